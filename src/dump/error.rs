//! Errors that stop a dump.

use crate::archive::ArchiveError;
use crate::live::error::{ReadError, RowCount};

/// Why a dump did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// Never [`ReadError::Interrupted`], for which there is a variant of its own.
    #[error(transparent)]
    Read(ReadError),
    /// The archive could not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The archive would hold another number of rows than the server has counted.
    #[error(transparent)]
    RowCount(#[from] RowCount),
    /// The system gave no thread.
    #[error("cannot start {what}")]
    Thread {
        /// What the thread was for, as the object of `start`.
        what: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The user stopped it. Whatever failed because of that is not given.
    #[error("interrupted")]
    Interrupted,
}

impl From<ReadError> for DumpError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Interrupted => Self::Interrupted,
            error => Self::Read(error),
        }
    }
}
