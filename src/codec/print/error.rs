//! Errors in a binary value.

/// Bytes that no server can have sent for a value of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// All values of the type are of one length, and this one is not.
    #[error("a value of {found} bytes cannot be of type {kind}")]
    Length {
        /// The type's name.
        kind: &'static str,
        /// Bytes of the value.
        found: usize,
    },
    /// The value declares more than it has.
    #[error("a value of type {kind} ends early")]
    Cut {
        /// The type's name.
        kind: &'static str,
    },
    /// The value has a part that its type does not allow.
    #[error("a value of type {kind} {problem}")]
    Invalid {
        /// The type's name.
        kind: &'static str,
        /// The predicate of the message.
        problem: &'static str,
    },
}
