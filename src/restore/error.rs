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
    #[error("cannot connect to {server}")]
    Connect { server: String, source: ConnectError },
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("cannot read the archive")]
    Archive(#[from] ArchiveError),
    /// Not expected from any archive: the stream's reader always gives the source and the catalog first.
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
    /// What was restored is recorded in the target: a run with `resume` continues it.
    #[error(transparent)]
    Resumable(Box<RestoreError>),
    /// Found before anything was changed.
    #[error("the target has an unfinished restore of this archive (schema `{schema}` is its record)")]
    Unfinished { schema: String },
    /// With `resume`: the records there are of other restores. Found before anything was changed.
    #[error("the target has no record of this restore; unfinished with another archive or other options: {schemas}")]
    OtherRecords { schemas: String },
    /// With `resume`: there is no record, and a new start would double rows or meet existing objects. Found before
    /// anything was changed.
    #[error("the target has no record of this restore: it was not begun, or it was finished")]
    NothingToResume,
    /// With `resume` and `create`. Found before anything was changed.
    #[error("database `{database}` exists, is not empty and has no record of this restore")]
    NotTheOne { database: String },
    #[error("the record of the restore in schema `{schema}` was lost in a crash of the server")]
    RecordLost { schema: String },
    #[error("schema `{schema}` is not a record that this role has made")]
    ForeignRecord { schema: String },
    /// An object that the record says was restored. Found before anything was changed.
    #[error("the restore has made {what}, and it is not there any more")]
    Gone { what: String },
    #[error("the same restore is running (server process {pids})")]
    Running { pids: String },
    #[error(transparent)]
    Rows(#[from] RestoreRowsError),
    /// In place. Found before anything was changed.
    #[error("the role does not own {count} of the relations that are to be replaced: {examples}")]
    NotOwner { count: usize, examples: String },
    /// In place. Nothing was changed.
    #[error("what is there cannot be locked: it is held by {holders}")]
    Busy { holders: String },
    /// In place. Nothing was changed.
    #[error("changed after it was saved: {objects}")]
    ChangedMeanwhile { objects: String },
    /// In place: the transaction's number lets the server tell later whether it was committed.
    #[error("the connection was lost at the commit")]
    CommitLost { transaction: String, source: ConnectError },
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
