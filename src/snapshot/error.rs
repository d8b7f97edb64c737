//! Errors of operations on a repository and a server together.

use std::time::Duration;

use crate::archive::ArchiveError;
use crate::compare::{CompareError, Difference};
use crate::connect::ConnectError;
use crate::dump::DumpError;
use crate::model::causes::chain;
use crate::repository::RepositoryError;
use crate::restore::error::RestoreError;
use crate::restore::failure::Failure;
use crate::snapshot::smoke::{SmokeError, SmokeResult};
use crate::storage::StorageError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Storage(StorageError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error("cannot connect to {server}")]
    Connect { server: String, source: ConnectError },
    /// The repository has no snapshot of this database, and nothing was written to it.
    #[error("there is no database `{database}`, and nothing was recorded")]
    NoDatabase {
        database: String,
        source: Box<SnapshotError>,
    },
    #[error("{doing}")]
    Server { doing: &'static str, source: ConnectError },
    /// The archive was removed again.
    #[error("the archive that was just written is not intact: {first}")]
    NotIntact { first: String },
    #[error("not done within {} s", .limit.as_secs())]
    TimedOut { limit: Duration },
    #[error("the archive became larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("{place} has {free} bytes left, and the snapshot may need {needed}")]
    NoSpace { place: String, free: u64, needed: u64 },
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Compare(#[from] CompareError),
    #[error(transparent)]
    Smoke(#[from] SmokeError),
    #[error("`{database}` cannot be replaced: {why}")]
    NoMethod { database: String, why: String },
    /// Found before anything was changed.
    #[error("`{database}` has prepared transactions: {}", .gids.join(", "))]
    Prepared { database: String, gids: Vec<String> },
    #[error("the connection was lost at the commit, which the server has not done")]
    NotCommitted { source: ConnectError },
    #[error("the connection was lost at the commit: whether it was done is not known")]
    Unknown { transaction: String, source: ConnectError },
    /// A failure in a drill that the snapshot is not to blame for.
    #[error("the drill could not be run: {failure}")]
    CannotRun { failure: Box<Failure> },
    #[error("another rollback of `{database}` is running")]
    AnotherRollback { database: String },
    #[error("a database `{name}` is in the way, and it is none that a rollback has left")]
    NameTaken { name: String },
    /// The restored database was dropped again; the old one is unchanged.
    #[error("the restored database differs from the snapshot in {} things", .differences.len())]
    NotEqual { differences: Vec<Difference> },
    /// The restored database was dropped again; the old one is unchanged.
    #[error("{} of {} smoke checks failed", failed(.results), .results.len())]
    SmokeFailed { results: Vec<SmokeResult> },
    #[error("{}; and the scratch database `{database}` could not be dropped", chain(.cause))]
    ScratchLeft {
        database: String,
        cause: Box<SnapshotError>,
    },
    #[error("interrupted")]
    Interrupted,
    #[error("cannot start {what}")]
    Thread { what: &'static str, source: std::io::Error },
}

impl From<StorageError> for SnapshotError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Archive(error) => Self::Archive(error),
            error => Self::Storage(error),
        }
    }
}

impl SnapshotError {
    /// Whether the user stopped it.
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Interrupted
            | Self::Archive(ArchiveError::Stopped)
            | Self::Repository(RepositoryError::Archive(ArchiveError::Stopped))
            | Self::Dump(DumpError::Interrupted)
            | Self::Compare(CompareError::Interrupted)
            | Self::Smoke(SmokeError::Interrupted) => true,
            Self::Restore(error) => error.is_interrupt(),
            Self::ScratchLeft { cause, .. } => cause.is_interrupt(),
            _ => false,
        }
    }
}

/// Makes an error that says what was being done when a session failed.
pub(super) fn doing(doing: &'static str) -> impl Fn(ConnectError) -> SnapshotError {
    move |source| SnapshotError::Server { doing, source }
}

fn failed(results: &[SmokeResult]) -> usize {
    results.iter().filter(|result| !result.passed()).count()
}
