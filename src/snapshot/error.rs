//! Why something with a snapshot and a server did not succeed.

use std::time::Duration;

use crate::archive::ArchiveError;
use crate::connect::ConnectError;
use crate::dump::DumpError;
use crate::repository::RepositoryError;
use crate::storage::StorageError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error("cannot connect to {server}")]
    Connect { server: String, source: ConnectError },
    #[error("{doing}")]
    Server { doing: &'static str, source: ConnectError },
    /// It was removed again.
    #[error("the archive that was just written is not intact: {first}")]
    NotIntact { first: String },
    #[error("not done within {} s", .limit.as_secs())]
    TimedOut { limit: Duration },
    #[error("the archive became larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("{place} has {free} bytes left, and the snapshot may need {needed}")]
    NoSpace { place: String, free: u64, needed: u64 },
    #[error("cannot start {what}")]
    Thread { what: &'static str, source: std::io::Error },
}

impl SnapshotError {
    /// The user stopped it.
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Self::Dump(DumpError::Interrupted))
    }
}
