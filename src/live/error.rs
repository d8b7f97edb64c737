//! Errors that stop the reading of a live database.

use std::fmt;

use crate::catalog::CatalogError;
use crate::catalog::relations::sequence_state::SequenceStateError;
use crate::codec::CodecError;
use crate::connect::ConnectError;
use crate::model::Missing;
use crate::select::pattern::PatternError;

/// How many damaged rows a message shows.
const SHOWN: usize = 5;

/// Why a live database could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    #[error("cannot connect to {server}")]
    Connect { server: String, source: ConnectError },
    #[error("server is PostgreSQL {version}; pgark reads {oldest} to {newest}")]
    UnsupportedServer { version: String, oldest: u32, newest: u32 },
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("{doing}")]
    Server { doing: String, source: ConnectError },
    #[error("cannot read `{relation}`")]
    Read { relation: String, source: ConnectError },
    /// The leader was lost, and the snapshot with it: rows read from a new snapshot would not match those read before.
    #[error("cannot read `{relation}`: the session that holds the snapshot was lost")]
    SnapshotLost { relation: String, source: ConnectError },
    #[error("lost the session that reads the catalog")]
    ControlLost { source: ConnectError },
    #[error("cannot go on with `{relation}` after its connection was lost ({lost})")]
    NotReplaced {
        relation: String,
        lost: String,
        source: Box<ReadError>,
    },
    #[error("cannot go on with `{relation}` after its connection was lost: its rows came in another order")]
    OtherRows { relation: String },
    #[error("cannot read `{relation}`: the COPY stream is not what its columns say")]
    Stream { relation: String, source: CodecError },
    #[error(transparent)]
    RowCount(#[from] RowCount),
    #[error("cannot read `{relation}`: another table took its name while the dump ran")]
    Replaced { relation: String },
    #[error(
        "cannot read all tables in binary format: {}{}",
        .tables.join(", "),
        if *.more > 0 { format!(" and {more} more") } else { String::new() }
    )]
    NotBinary { tables: Vec<String>, more: usize },
    #[error("cannot read the catalog")]
    Catalog(#[from] CatalogError),
    /// The catalogs are damaged where a dump cannot leave anything out: the server itself cannot answer the query.
    #[error(
        "the catalogs of the database are damaged: {}{}",
        .rows.iter().take(SHOWN).map(Missing::to_string).collect::<Vec<_>>().join("; "),
        if rows.len() > SHOWN { format!("; and {} more", rows.len() - SHOWN) } else { String::new() }
    )]
    DamagedCatalogs { rows: Vec<Missing>, source: Box<ReadError> },
    #[error(transparent)]
    Sequence(#[from] SequenceStateError),
    #[error("cannot lock the tables: they changed {attempts} times between listing and locking")]
    Unsettled { attempts: u32 },
    /// Found before any row was read; the objects are listed one by one.
    #[error("the role cannot read {} of the objects to dump", .objects.len())]
    Unreadable { objects: Vec<Unreadable> },
    #[error("cannot lock {tables} within {milliseconds} ms")]
    LockWait { tables: String, milliseconds: u128 },
    #[error(
        "the server has no room for the locks of {tables} tables: `max_locks_per_transaction` is {now} and should be at least {needed}"
    )]
    LocksExhausted { tables: usize, now: i64, needed: i64 },
    /// Possible with a snapshot that somebody else exported, or where there was no room for locks on all tables.
    #[error("the snapshot no longer shows the rows of {}: rewritten, emptied or renamed since", .tables.join(", "))]
    Rewritten { tables: Vec<String> },
    #[error("{objects} changed while the catalog was read, {attempts} times in a row")]
    Changing { objects: String, attempts: u32 },
    /// Possible only with a snapshot that somebody else exported.
    #[error("{objects} changed since the snapshot was exported")]
    ChangedSince { objects: String },
    #[error("the server is a standby, where no snapshot can be waited for")]
    DeferrableOnStandby,
    #[error("cannot start {what}")]
    Thread { what: &'static str, source: std::io::Error },
    #[error("interrupted")]
    Interrupted,
    /// Another part failed first; that failure is the one reported.
    #[error("stopped")]
    Stopped,
}

impl ReadError {
    /// The error of the connection or the server, if it is the cause.
    pub fn connect(&self) -> Option<&ConnectError> {
        match self {
            Self::Connect { source, .. }
            | Self::Server { source, .. }
            | Self::Read { source, .. }
            | Self::SnapshotLost { source, .. }
            | Self::ControlLost { source } => Some(source),
            Self::NotReplaced { source, .. } | Self::DamagedCatalogs { source, .. } => source.connect(),
            Self::Catalog(CatalogError::Connect(source)) | Self::Sequence(SequenceStateError::Connect(source)) => {
                Some(source)
            }
            _ => None,
        }
    }
}

/// A table did not give as many rows as the server counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{relation}` gave {received} rows, the server counted {counted}")]
pub struct RowCount {
    pub relation: String,
    pub received: u64,
    pub counted: u64,
}

impl RowCount {
    /// # Errors
    /// The two numbers differ.
    pub fn check(relation: &str, received: u64, counted: u64) -> Result<(), Self> {
        if received == counted {
            return Ok(());
        }
        Err(Self {
            relation: relation.to_owned(),
            received,
            counted,
        })
    }
}

/// Wanted rows, or a wanted position, that the role cannot read.
#[derive(Clone, Debug)]
pub struct Unreadable {
    pub missing: Missing,
    /// What the user can do to make it readable.
    pub remedy: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Missing { kind, name, reason, .. } = &self.missing;
        write!(f, "{kind} {name}: {reason}; {}", self.remedy)
    }
}

/// Wraps a connection error with a description of the step that failed.
pub(crate) fn doing(what: &str) -> impl Fn(ConnectError) -> ReadError + '_ {
    move |source| ReadError::Server {
        doing: what.to_owned(),
        source,
    }
}

/// The server gave no row for the query `what`, which always has one.
pub(crate) fn missing(what: &str) -> ReadError {
    ReadError::Server {
        doing: "the server gave no row".to_owned(),
        source: ConnectError::Protocol(format!("no row for `{what}`")),
    }
}
