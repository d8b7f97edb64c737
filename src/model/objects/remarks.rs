//! The texts of `COMMENT ON` and `SECURITY LABEL ON` about an object.

/// Text for `COMMENT ON`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The column it is on, for tables, views and composite types.
    pub column: Option<String>,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityLabel {
    pub column: Option<String>,
    pub provider: String,
    pub label: String,
}
