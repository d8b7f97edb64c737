//! The crate's error: the sum of the modules' errors. No colours, no hints, no exit codes.

pub use crate::archive::ArchiveError;
pub use crate::compare::CompareError;
pub use crate::connect::{ConnectError, ParamsError};
pub use crate::dump::DumpError;
pub use crate::export::error::ExportError;
pub use crate::repository::RepositoryError;
pub use crate::restore::error::RestoreError;
pub use crate::select::pattern::PatternError;
#[cfg(feature = "servers")]
pub use crate::server::ThrowawayError;
pub use crate::snapshot::SnapshotError;

/// Why an operation of the crate did not run to its end. Each variant is the error of one module, with its message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection parameters are wrong; no server was asked.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A session could not be opened, or failed.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A pattern that selects objects is wrong, or matches nothing.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// An archive cannot be read or written, is damaged, or reading it was stopped.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A dump ended early.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A restore ended early. Its own variants say whether the target was changed.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A comparison ended early. Differences are no error.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// An export ended early.
    #[error(transparent)]
    Export(Box<ExportError>),
    /// A throwaway server could not be found, fetched, started or stopped.
    #[cfg(feature = "servers")]
    #[error(transparent)]
    Server(#[from] ThrowawayError),
    /// A repository refused, or could not be read or written.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// An operation on a repository and a server together ended early: creating, drill, rollback.
    #[error(transparent)]
    Snapshot(Box<SnapshotError>),
}

impl Error {
    /// The user stopped it.
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Restore(error) => error.is_interrupt(),
            Self::Snapshot(error) => error.is_interrupt(),
            Self::Export(error) => matches!(error.as_ref(), ExportError::Interrupted),
            Self::Dump(DumpError::Interrupted)
            | Self::Archive(ArchiveError::Stopped)
            | Self::Repository(RepositoryError::Archive(ArchiveError::Stopped))
            | Self::Compare(CompareError::Interrupted) => true,
            Self::Dump(_)
            | Self::Compare(_)
            | Self::Params(_)
            | Self::Connect(_)
            | Self::Pattern(_)
            | Self::Archive(_)
            | Self::Repository(_) => false,
            #[cfg(feature = "servers")]
            Self::Server(_) => false,
        }
    }
}

/// In a box: results are not large for its sake.
impl From<SnapshotError> for Error {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(Box::new(error))
    }
}

/// In a box: results are not large for its sake.
impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        Self::Export(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::ReadError;

    #[test]
    fn an_interrupted_reading_is_an_interrupt_whoever_reads() {
        let dump = Error::from(DumpError::from(ReadError::Interrupted));
        let compare = Error::from(CompareError::from(ReadError::Interrupted));
        assert!(dump.is_interrupt() && compare.is_interrupt());
        assert_eq!(
            (dump.to_string(), compare.to_string()),
            ("interrupted".into(), "interrupted".into())
        );
        assert!(!Error::from(DumpError::from(ReadError::Stopped)).is_interrupt());
    }
}
