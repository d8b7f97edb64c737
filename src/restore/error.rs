//! What can stop a restore.

use crate::archive::ArchiveError;
use crate::connect::ConnectError;
use crate::plan::restore::missing::RoleUses;
use crate::restore::failure::Failure;
use crate::restore::rows::error::RestoreRowsError;
use crate::select::pattern::PatternError;

/// Why a restore did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The first session, or one of those that load rows: then something may have been restored.
    #[error("cannot connect to {server}")]
    Connect {
        /// Hosts, ports and database, in backquotes.
        server: String,
        /// Why there is no session.
        source: ConnectError,
    },
    /// A pattern of the filter is wrong or matches nothing.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The archive, the file or the pipe cannot be read, or its bytes are damaged.
    #[error("cannot read the archive")]
    Archive(#[from] ArchiveError),
    /// Not expected from any archive: the stream's reader always gives the source and the catalog first.
    #[error("the archive does not begin with its catalog")]
    NoCatalog,
    /// A statement failed that the restore cannot do without, or a session was lost.
    #[error("{doing}")]
    Server {
        /// What was being done: `cannot drop the old database`, or the failure in which the session was lost.
        doing: String,
        /// The server's refusal, or how the session was lost.
        source: ConnectError,
    },
    /// Found before anything was changed.
    #[error("the target already has {count} of the archive's objects, e.g. {examples}")]
    Exists {
        /// All of them, at least 1.
        count: usize,
        /// Kinds and names of the first few, with commas.
        examples: String,
    },
    /// Found before anything was changed.
    #[error("the target has no {what}: {names}")]
    Missing {
        /// `role`, `extension`, `tablespace` or `table`; each is an error of its own.
        what: &'static str,
        /// The first few in backquotes, and how many more there are.
        names: String,
        /// What the missing roles are used for, whichever kind `what` is.
        uses: RoleUses,
    },
    /// Found before anything was changed.
    #[error("the target lacks {count} things that the restore needs and does not make: {examples}")]
    Needs {
        /// All of them, at least 1.
        count: usize,
        /// The first few, with semicolons.
        examples: String,
    },
    /// The selection makes tables, too. None of it was restored.
    #[error("--disable-triggers is for rows alone: use it with --data-only")]
    NotRowsAlone,
    /// Found before anything was changed.
    #[error("--disable-triggers does not disable what is enabled ALWAYS or for REPLICA: {triggers}")]
    Firing {
        /// Every trigger with its table, with commas.
        triggers: String,
    },
    /// Found before anything was changed.
    #[error("--skip-damaged reads the archive twice, which a pipe cannot give: save it in a file")]
    DamageInPipe,
    /// With `globals`. Found before anything was changed.
    #[error("the archive has no globals: it was made of a part of a database")]
    NoGlobals,
    /// Without `globals`. Found before anything was changed.
    #[error("the archive has globals only: restore them with --globals")]
    OnlyGlobals,
    /// The role map would rename what is not there. Found before anything was changed.
    #[error("--role-map: the archive names no role `{names}`")]
    UnknownRoles {
        /// All of them, separated by a backquote, a comma and a backquote.
        names: String,
    },
    /// Found after the globals, before anything else was changed.
    #[error("{cause}; {count} globals failed, the first: {first}")]
    Globals {
        /// Why the rest cannot be restored, most likely because of the failures.
        cause: Box<RestoreError>,
        /// How many globals failed, at least 1.
        count: usize,
        /// The first of them.
        first: Box<Failure>,
    },
    /// Found before anything was changed.
    #[error("target is PostgreSQL {version}; pgark restores into {oldest} and later")]
    UnsupportedServer {
        /// The target's major version.
        version: String,
        /// The oldest major version that can be a target.
        oldest: u32,
    },
    /// Found before anything was changed.
    #[error("the target is a standby, which takes no changes")]
    Standby,
    /// There is no such role, or the session's user may not become it. The first session finds it, before anything was
    /// changed.
    #[error("cannot become role `{role}`")]
    Role {
        /// As the options name it.
        role: String,
        /// The server's refusal.
        source: ConnectError,
    },
    /// With `exit_on_error` or in place; other restores list the failure and continue.
    #[error("{failure}")]
    Failed {
        /// What failed and why.
        failure: Box<Failure>,
    },
    /// The system gave no thread.
    #[error("cannot start {what}")]
    Thread {
        /// What the thread was for, as the object of `start`.
        what: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The job was stopped, by the user or by a time limit.
    #[error("interrupted")]
    Interrupted,
    /// What was restored is recorded in the target: a run with `resume` continues it.
    #[error(transparent)]
    Resumable(Box<RestoreError>),
    /// Found before anything was changed.
    #[error("the target has an unfinished restore of this archive (schema `{schema}` is its record)")]
    Unfinished {
        /// The record's name, not quoted.
        schema: String,
    },
    /// With `resume`: the records there are of other restores. Found before anything was changed.
    #[error("the target has no record of this restore; unfinished with another archive or other options: {schemas}")]
    OtherRecords {
        /// Every other record, with commas.
        schemas: String,
    },
    /// With `resume`: there is no record, and a new start would double rows or meet existing objects. Found before
    /// anything was changed.
    #[error("the target has no record of this restore: it was not begun, or it was finished")]
    NothingToResume,
    /// With `resume` and `create`. Found before anything was changed.
    #[error("database `{database}` exists, is not empty and has no record of this restore")]
    NotTheOne {
        /// The name in the archive, not quoted.
        database: String,
    },
    /// With `resume`. A crash empties a record in unlogged tables: what was restored is not known any more.
    #[error("the record of the restore in schema `{schema}` was lost in a crash of the server")]
    RecordLost {
        /// The record's name, not quoted.
        schema: String,
    },
    /// Another role made a schema with the record's name: its tables could be traps, so nothing in it is read.
    #[error("schema `{schema}` is not a record that this role has made")]
    ForeignRecord {
        /// The record's name, not quoted.
        schema: String,
    },
    /// An object that the record says was restored. Found before anything was changed.
    #[error("the restore has made {what}, and it is not there any more")]
    Gone {
        /// Kind and name.
        what: String,
    },
    /// Found after 10 s of waiting for it to end.
    #[error("the same restore is running (server process {pids})")]
    Running {
        /// Ids of server processes, with commas.
        pids: String,
    },
    /// Rows of single tables were not recovered. Nothing was changed, except perhaps for [`RestoreRowsError::Unknown`].
    #[error(transparent)]
    Rows(#[from] RestoreRowsError),
    /// In place. Found before anything was changed.
    #[error("the role does not own {count} of the relations that are to be replaced: {examples}")]
    NotOwner {
        /// All of them, at least 1.
        count: usize,
        /// The first three, with commas.
        examples: String,
    },
    /// In place. Nothing was changed.
    #[error("what is there cannot be locked: it is held by {holders}")]
    Busy {
        /// Up to five sessions with user, application and state.
        holders: String,
    },
    /// In place. Nothing was changed.
    #[error("changed after it was saved: {objects}")]
    ChangedMeanwhile {
        /// What has changed, with commas.
        objects: String,
    },
    /// In place: the transaction's number lets the server tell later whether it was committed.
    #[error("the connection was lost at the commit")]
    CommitLost {
        /// The number, as `pg_xact_status` takes it.
        transaction: String,
        /// How the connection was lost.
        source: ConnectError,
    },
}

impl RestoreError {
    /// Whether the user stopped it.
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Interrupted => true,
            Self::Resumable(cause) => cause.is_interrupt(),
            _ => false,
        }
    }
}

/// Wraps a connection error with what was being done.
pub(crate) fn doing(what: &str) -> impl Fn(ConnectError) -> RestoreError + '_ {
    move |source| RestoreError::Server {
        doing: what.to_owned(),
        source,
    }
}
