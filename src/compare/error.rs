//! Errors that stop a comparison.

use crate::archive::ArchiveError;
use crate::codec::CodecError;
use crate::compare::rows::error::RowDiffError;
use crate::live::ReadError;
use crate::select::pattern::PatternError;

/// Why a comparison did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// An error of a live side. Errors of patterns and interrupts have variants of their own, because an archive can
    /// cause them too.
    #[error(transparent)]
    Read(ReadError),
    /// An archive cannot be read, or its bytes are damaged.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A chunk whose checksums are right does not match its columns.
    #[error("cannot read `{relation}`: a chunk of the archive is not what its columns say")]
    Chunk {
        /// The table's quoted name with its schema, or `large objects`.
        relation: String,
        /// The first mismatch.
        source: CodecError,
    },
    /// A pattern is wrong or matches nothing, on either side.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The rows cannot be told apart by key; only a comparison of one table's rows asks for that.
    #[error(transparent)]
    Rows(#[from] RowDiffError),
    /// The job was stopped, by the user or by a time limit.
    #[error("interrupted")]
    Interrupted,
}

impl From<ReadError> for CompareError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Interrupted => Self::Interrupted,
            ReadError::Pattern(error) => Self::Pattern(error),
            error => Self::Read(error),
        }
    }
}
