//! Errors in a binary value.

/// Bytes that no server can have sent for a value of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    #[error("a value of {found} bytes cannot be of type {kind}")]
    Length { kind: &'static str, found: usize },
    #[error("a value of type {kind} ends early")]
    Cut { kind: &'static str },
    #[error("a value of type {kind} {problem}")]
    Invalid { kind: &'static str, problem: &'static str },
}
