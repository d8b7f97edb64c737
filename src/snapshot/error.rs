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

/// Why an operation on a repository and a server together did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The repository refused, or its records or history could not be read or written.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// An object of the repository could not be read or written. An error of an archive is [`SnapshotError::Archive`].
    #[error(transparent)]
    Storage(StorageError),
    /// An archive cannot be read or written, or is damaged, or reading it was stopped.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The server could not be read, or not be dumped into the archive.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The first session of a step could not be opened.
    #[error("cannot connect to {server}")]
    Connect {
        /// Hosts, ports and database, in backquotes.
        server: String,
        /// Why there is no session.
        source: ConnectError,
    },
    /// The repository has no snapshot of this database, and nothing was written to it.
    #[error("there is no database `{database}`, and nothing was recorded")]
    NoDatabase {
        /// As the parameters name it.
        database: String,
        /// The server's refusal.
        source: Box<SnapshotError>,
    },
    /// A statement failed, or its session was lost.
    #[error("{doing}")]
    Server {
        /// What was being done, as a clause: `cannot look at the target`.
        doing: &'static str,
        /// The server's refusal, or how the session was lost.
        source: ConnectError,
    },
    /// The archive was removed again.
    #[error("the archive that was just written is not intact: {first}")]
    NotIntact {
        /// The first finding of the verification.
        first: String,
    },
    /// The time limit of the operation stopped it.
    #[error("not done within {} s", .limit.as_secs())]
    TimedOut {
        /// As the options give it.
        limit: Duration,
    },
    /// The size limit of the options stopped the dump. The archive was removed again.
    #[error("the archive became larger than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// Found before the dump. The need is estimated: from the last snapshot like it, else from the database.
    #[error("{place} has {free} bytes left, and the snapshot may need {needed}")]
    NoSpace {
        /// The repository, as messages name it.
        place: String,
        /// In bytes.
        free: u64,
        /// In bytes.
        needed: u64,
    },
    /// The restore of a drill or a rollback ended early.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The comparison with the snapshot ended early. Differences are [`SnapshotError::NotEqual`].
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The smoke checks could not be run. Failed checks are [`SnapshotError::SmokeFailed`].
    #[error(transparent)]
    Smoke(#[from] SmokeError),
    /// Neither method of rollback is possible, or not the one that was asked for. The database is unchanged.
    #[error("`{database}` cannot be replaced: {why}")]
    NoMethod {
        /// The database to be replaced.
        database: String,
        /// What is in the way, as a clause.
        why: String,
    },
    /// Found before anything was changed.
    #[error("`{database}` has prepared transactions: {}", .gids.join(", "))]
    Prepared {
        /// The database to be replaced.
        database: String,
        /// Their identifiers as SQL literals.
        gids: Vec<String>,
    },
    /// The server said so when it was asked again. The database is as it was.
    #[error("the connection was lost at the commit, which the server has not done")]
    NotCommitted {
        /// How the connection was lost.
        source: ConnectError,
    },
    /// The server could not be asked again, or did not know.
    #[error("the connection was lost at the commit: whether it was done is not known")]
    Unknown {
        /// The number, as `pg_xact_status` takes it.
        transaction: String,
        /// How the connection was lost.
        source: ConnectError,
    },
    /// A failure in a drill that the snapshot is not to blame for.
    #[error("the drill could not be run: {failure}")]
    CannotRun {
        /// The first such failure of the restore.
        failure: Box<Failure>,
    },
    /// Found after 30 s of waiting, before anything was changed.
    #[error("another rollback of `{database}` is running")]
    AnotherRollback {
        /// The database to be replaced.
        database: String,
    },
    /// Databases have all names that a rollback would use beside the one it replaces.
    #[error("a database `{name}` is in the way, and it is none that a rollback has left")]
    NameTaken {
        /// The first of these names.
        name: String,
    },
    /// The restored database was dropped again; the old one is unchanged.
    #[error("the restored database differs from the snapshot in {} things", .differences.len())]
    NotEqual {
        /// All of them, at least 1.
        differences: Vec<Difference>,
    },
    /// The restored database was dropped again; the old one is unchanged.
    #[error("{} of {} smoke checks failed", failed(.results), .results.len())]
    SmokeFailed {
        /// Of all checks, passed ones too, in the order of the script.
        results: Vec<SmokeResult>,
    },
    /// The drill ended early, and its database is still on the server.
    #[error("{}; and the scratch database `{database}` could not be dropped", chain(.cause))]
    ScratchLeft {
        /// Its name, not quoted.
        database: String,
        /// Why the drill ended.
        cause: Box<SnapshotError>,
    },
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
    /// The system gave no thread, or no random numbers.
    #[error("cannot start {what}")]
    Thread {
        /// As the object of `start`.
        what: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
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
