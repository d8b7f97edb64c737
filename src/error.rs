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

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Params(#[from] ParamsError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Compare(#[from] CompareError),
    #[error(transparent)]
    Export(Box<ExportError>),
    #[cfg(feature = "servers")]
    #[error(transparent)]
    Server(#[from] ThrowawayError),
    #[error(transparent)]
    Repository(#[from] RepositoryError),
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
