//! What can stop a restore, and what it lists when it goes on.

use crate::archive::ArchiveError;
use crate::connect::{ConnectError, ServerError};
use crate::model::Entry;
use crate::model::kind::Kind;
use crate::plan::missing::RoleUses;
use crate::plan::pattern::PatternError;
use crate::restore::define::Lesser;
use crate::restore::rows::error::RowsError;

/// Why a restore did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    #[error("cannot connect to {server}")]
    Connect { server: String, source: ConnectError },
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("cannot read the archive")]
    Archive(#[from] ArchiveError),
    /// The stream's reader gives the source and the catalog first, whatever the archive.
    #[error("the archive does not begin with its catalog")]
    NoCatalog,
    #[error("{doing}")]
    Server { doing: String, source: ConnectError },
    /// Found before anything was changed.
    #[error("the target already has {count} of the archive's objects, e.g. {examples}")]
    Exists { count: usize, examples: String },
    /// Found before anything was changed.
    #[error("the target has no {what}: {names}")]
    Missing {
        what: &'static str,
        names: String,
        uses: RoleUses,
    },
    /// Found before anything was changed.
    #[error("the target lacks {count} things that the restore needs and does not make: {examples}")]
    Needs { count: usize, examples: String },
    #[error("--disable-triggers is for rows alone: use it with --data-only")]
    NotRowsAlone,
    /// Found before anything was changed.
    #[error("--disable-triggers does not disable what is enabled ALWAYS or for REPLICA: {triggers}")]
    Firing { triggers: String },
    #[error("--skip-damaged reads the archive twice, which a pipe cannot give: save it in a file")]
    DamageInPipe,
    #[error("the archive has no globals: it was made of a part of a database")]
    NoGlobals,
    #[error("the archive has globals only: restore them with --globals")]
    OnlyGlobals,
    #[error("--role-map: the archive names no role `{names}`")]
    UnknownRoles { names: String },
    /// Found after the globals, before anything else was changed.
    #[error("{cause}; {count} globals failed, the first: {first}")]
    Globals {
        cause: Box<RestoreError>,
        count: usize,
        first: Box<Failure>,
    },
    #[error("target is PostgreSQL {version}; pgark restores into {oldest} and later")]
    UnsupportedServer { version: String, oldest: u32 },
    #[error("the target is a standby, which takes no changes")]
    Standby,
    #[error("cannot become role `{role}`")]
    Role { role: String, source: ConnectError },
    #[error("{failure}")]
    Failed { failure: Box<Failure> },
    #[error("cannot start {what}")]
    Thread { what: &'static str, source: std::io::Error },
    #[error("interrupted")]
    Interrupted,
    /// What was restored is recorded in the target: a run with `resume` goes on with it.
    #[error(transparent)]
    Resumable(Box<RestoreError>),
    /// Found before anything was changed.
    #[error("the target has an unfinished restore of this archive (schema `{schema}` is its record)")]
    Unfinished { schema: String },
    /// `resume`, and what was recorded is another restore. Found before anything was changed.
    #[error("the target has no record of this restore; unfinished with another archive or other options: {schemas}")]
    OtherRecords { schemas: String },
    /// `resume`, and to begin anew would double rows, or make what is there. Found before anything was changed.
    #[error("the target has no record of this restore: it was not begun, or it was finished")]
    NothingToResume,
    /// `resume` and `create`. Found before anything was changed.
    #[error("database `{database}` exists, is not empty and has no record of this restore")]
    NotTheOne { database: String },
    #[error("the record of the restore in schema `{schema}` was lost in a crash of the server")]
    RecordLost { schema: String },
    #[error("schema `{schema}` is not a record that this role has made")]
    ForeignRecord { schema: String },
    /// Recorded as restored. Found before anything was changed.
    #[error("the restore has made {what}, and it is not there any more")]
    Gone { what: String },
    #[error("the same restore is running (server process {pids})")]
    Running { pids: String },
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// In place. Found before anything was changed.
    #[error("the role does not own {count} of the relations that are to be replaced: {examples}")]
    NotOwner { count: usize, examples: String },
    /// In place. Nothing was changed.
    #[error("what is there cannot be locked: it is held by {holders}")]
    Busy { holders: String },
    /// In place. Nothing was changed.
    #[error("changed after it was saved: {objects}")]
    ChangedMeanwhile { objects: String },
    /// In place: the server knows by the transaction's number whether it was done.
    #[error("the connection was lost at the commit")]
    CommitLost { transaction: String, source: ConnectError },
}

impl RestoreError {
    /// The user stopped it.
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Interrupted => true,
            Self::Resumable(cause) => cause.is_interrupt(),
            _ => false,
        }
    }
}

/// One entry or table that could not be restored.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot restore {kind} {identity}: {cause}")]
pub struct Failure {
    pub kind: String,
    pub identity: String,
    /// The statement that failed, shortened; absent for rows.
    pub statement: Option<String>,
    pub cause: String,
    /// The server's own fields, when the server said no.
    pub server: Option<ServerError>,
}

impl Failure {
    /// The server had no room left for locks.
    pub fn is_lock_table_full(&self) -> bool {
        self.server.as_ref().is_some_and(ServerError::is_lock_table_full)
    }

    pub fn of_server(kind: Kind, identity: &str, statement: Option<&str>, error: &ConnectError) -> Self {
        // Statistics are samples of the rows, which messages do not show.
        let shown = statement.filter(|_| kind != Kind::StatisticsData);
        Self {
            kind: kind.label().to_owned(),
            identity: identity.to_owned(),
            statement: shown.map(shorten),
            cause: error.to_string(),
            server: error.server().cloned(),
        }
    }

    /// Of a statement of an entry, which is not shown when the entry holds secrets; nor is what the
    /// server says it was doing.
    pub fn of_entry(entry: &Entry, statement: Option<&str>, error: &ConnectError) -> Self {
        let shown = statement.filter(|_| !entry.secret);
        let mut failure = Self::of_server(entry.kind, &entry.identity, shown, error);
        if let Some(server) = failure.server.as_mut().filter(|_| entry.secret) {
            server.context = None;
        }
        failure
    }

    /// The object is there, but belongs to the restoring role, or lacks a setting, comment or label.
    pub fn of_lesser(entry: &Entry, lesser: &Lesser) -> Self {
        let (what, refused) = match lesser {
            Lesser::Owner(refused) => ("OWNER", refused),
            Lesser::Extra(refused) => ("SETTING", refused),
        };
        let mut failure = Self::of_entry(entry, refused.statement.as_deref(), &refused.error);
        failure.kind = format!("{what} OF {}", entry.kind);
        failure
    }

    pub fn of_analyze(statement: &str, error: &ConnectError) -> Self {
        let of = statement.trim_start_matches("ANALYZE ").trim_start_matches("ONLY ");
        Self {
            kind: "ANALYZE OF".to_owned(),
            identity: of.to_owned(),
            statement: Some(statement.to_owned()),
            cause: error.to_string(),
            server: error.server().cloned(),
        }
    }

    /// Something that a statement or rows call did not find a name, under no `search_path` that was tried.
    pub fn is_of_path(&self) -> bool {
        self.server.as_ref().is_some_and(ServerError::is_not_found_within)
    }

    /// Rows that a foreign key refused.
    pub fn is_of_order(&self) -> bool {
        let refused = |server: &ServerError| server.sqlstate == "23503";
        self.kind == "TABLE DATA" && self.server.as_ref().is_some_and(refused)
    }

    pub fn of_rows(relation: &str, cause: String, server: Option<ServerError>) -> Self {
        Self {
            kind: "TABLE DATA".to_owned(),
            identity: relation.to_owned(),
            statement: None,
            cause,
            server,
        }
    }
}

/// One entry that was not tried because something it needs failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub kind: String,
    pub identity: String,
    pub because: String,
}

/// At most this many characters of a statement are shown.
const SHOWN: usize = 300;

fn shorten(statement: &str) -> String {
    if statement.chars().count() <= SHOWN {
        return statement.to_owned();
    }
    let mut text: String = statement.chars().take(SHOWN).collect();
    text.push_str(" ..");
    text
}
