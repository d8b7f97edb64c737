//! Why rows of one table were not recovered. After any of these errors but [`RestoreRowsError::Unknown`] nothing has changed on the target.

use crate::connect::ConnectError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreRowsError {
    #[error("the target has no table {table}")]
    NoTarget { table: String },
    #[error("{table} of the target is no table")]
    NotATable { table: String },
    #[error("{table} of the target lacks columns that the archive has: {columns}")]
    NoColumns { table: String, columns: String },
    #[error("the target computes columns of {table} of which the archive has values: {columns}")]
    Computed { table: String, columns: String },
    #[error(
        "{table} has no primary key or unique constraint over columns of the archive by which rows could be replaced"
    )]
    NoKey { table: String },
    #[error("rows of {table} cannot be replaced: identity column {column} is GENERATED ALWAYS and not in the key")]
    AlwaysIdentity { table: String, column: String },
    #[error("the partitions of {table} do not all have a column `{column}`")]
    Columns { table: String, column: String },
    #[error(
        "the target has no {what} `{name}`, which column {column} of {table} is of: create it first, or restore its extension"
    )]
    NoType {
        table: String,
        column: String,
        what: &'static str,
        name: String,
    },
    /// Another name for the new table would help.
    #[error("the target has {table} already")]
    Exists { table: String },
    #[error("not a condition on {table}")]
    Condition { table: String, source: ConnectError },
    #[error("cannot {doing}")]
    Refused { doing: String, source: ConnectError },
    #[error("the connection was lost at the commit: whether it was done is not known")]
    Unknown { source: ConnectError },
    #[error("cannot read rows of {table} from the archive: {cause}")]
    Rows { table: String, cause: String },
}

impl RestoreRowsError {
    /// What the server said besides its message.
    pub fn server(&self) -> Option<&crate::connect::ErrorResponse> {
        match self {
            Self::Condition { source, .. } | Self::Refused { source, .. } => source.server(),
            _ => None,
        }
    }
}

/// Makes an error that says what the server refused to do.
pub(crate) fn refused(doing: impl Into<String>) -> impl FnOnce(ConnectError) -> RestoreRowsError {
    move |source| RestoreRowsError::Refused {
        doing: doing.into(),
        source,
    }
}
