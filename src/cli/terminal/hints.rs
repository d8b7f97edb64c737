//! Hints: what the user can do about an error.

use crate::archive::ArchiveError;
use crate::compare::CompareError;
use crate::connect::ConnectError;
use crate::dump::DumpError;
use crate::error::Error;
use crate::export::error::ExportError;
use crate::live::ReadError;
use crate::plan::restore::missing::RoleUses;
use crate::repository::RepositoryError;
use crate::restore::error::RestoreError;
use crate::restore::failure::Failure;
use crate::restore::rows::error::RestoreRowsError;
use crate::select::pattern::PatternError;
use crate::snapshot::SnapshotError;

/// One line of advice, if there is some to give.
pub(crate) fn hint(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::Archive(error) => archive(error)?,
        Error::Dump(error) => dump(error)?,
        Error::Compare(error) => compare(error)?,
        Error::Restore(error) => restore(error)?,
        Error::Connect(error) => connect(error)?,
        Error::Export(error) => export(error)?,
        Error::Repository(error) => repository(error)?,
        Error::Snapshot(error) => snapshot(error)?,
        _ => return None,
    })
}

fn repository(error: &RepositoryError) -> Option<&'static str> {
    Some(match error {
        RepositoryError::Archive(error) => archive(error)?,
        RepositoryError::NotARepository { .. } => "the first `pgark snapshot create` makes it",
        RepositoryError::NotEmpty { .. } => "name a folder of its own for the repository",
        RepositoryError::Unknown { .. } | RepositoryError::NoneComplete { .. } | RepositoryError::Ambiguous { .. } => {
            "`pgark snapshot list` shows what there is"
        }
        RepositoryError::SeveralDatabases { .. } => "name the database: `DATABASE/REF`, or `--database NAME`",
        RepositoryError::SeveralEnvironments { .. } => "`--env NAME` names the environment",
        RepositoryError::OtherDatabase { .. } => {
            "`pgark snapshot list` shows what there is; `rollback --from-other-database` allows that"
        }
        RepositoryError::NotUsable { .. } => {
            "`pgark snapshot verify` says more; `pgark snapshot list` shows the others"
        }
        RepositoryError::Pinned { .. } => "`pgark snapshot unpin` lets it go",
        RepositoryError::NewestGood { .. } => {
            "`--force` deletes it all the same; `pgark snapshot retire` is for a whole database"
        }
        RepositoryError::Busy { .. } => "try again in a moment",
        _ => return None,
    })
}

fn snapshot(error: &SnapshotError) -> Option<&'static str> {
    Some(match error {
        SnapshotError::Repository(error) => repository(error)?,
        SnapshotError::Archive(error) => archive(error)?,
        SnapshotError::Dump(error) => dump(error)?,
        SnapshotError::Restore(error) => restore(error)?,
        SnapshotError::Connect { source, .. } | SnapshotError::Server { source, .. } => connect(source)?,
        SnapshotError::CannotRun { failure } => {
            drill(failure).unwrap_or("this says nothing of the snapshot: drill on a server that can take it")
        }
        SnapshotError::NoDatabase { .. } => "check the name: `psql -l` lists the databases of a server",
        SnapshotError::TooLarge { .. } => "raise `--max-size`, or leave tables out",
        SnapshotError::TimedOut { .. } => "raise `--timeout`; what blocks it, `pg_locks` of the server shows",
        SnapshotError::NoSpace { .. } => "`pgark prune` makes room; `--no-space-check` tries all the same",
        SnapshotError::NotEqual { .. } => {
            "`--accept-differences` goes on all the same; what a server of another version cannot hold is such a difference"
        }
        SnapshotError::NameTaken { .. } => "drop the old databases that nobody needs any more",
        SnapshotError::Prepared { .. } => {
            "finish each of them in that database: COMMIT PREPARED '..' or ROLLBACK PREPARED '..'"
        }
        SnapshotError::NoMethod { .. } => "connect as the database's owner with CREATEDB, or as a superuser",
        _ => return None,
    })
}

fn drill(failure: &Failure) -> Option<&'static str> {
    Some(match failure.server.as_ref()?.sqlstate.as_str() {
        "53100" => "the server has no room left on its disk; this says nothing of the snapshot",
        "42501" => "drill as a superuser, or as a role that may create what the snapshot holds",
        "58P01" => "install the packages that provide it on the server's host; this says nothing of the snapshot",
        _ => return None,
    })
}

fn archive(error: &ArchiveError) -> Option<&'static str> {
    Some(match error {
        ArchiveError::Damaged { .. } => {
            "`pgark verify` lists all damage, `pgark salvage` keeps the rest; nothing damaged is ever restored"
        }
        ArchiveError::Incomplete { .. } => {
            "dump again, or keep what is whole with `pgark salvage`; an incomplete archive is never restored"
        }
        ArchiveError::NewerFormat { .. } => "use the version of pgark that wrote it, or a later one",
        ArchiveError::Folder { .. } => {
            "check the disk, then copy the archive to where it is safe, and `pgark verify` it"
        }
        ArchiveError::Exists { .. } => "choose another file, or replace it with `--overwrite`",
        _ => return None,
    })
}

fn rows(error: &RestoreRowsError) -> Option<&'static str> {
    Some(match error {
        RestoreRowsError::NoTarget { .. } => {
            "restore the table with `-t` alone, or make one under another name with `--into`"
        }
        RestoreRowsError::Condition { .. } => {
            "SQL as after WHERE, on the archive's columns: generated ones have no values there; `pgark show --sql` has them"
        }
        RestoreRowsError::Refused { source, .. } if source.sqlstate() == Some("23505") => {
            "nothing was changed; `--on-conflict skip` keeps what is there, `--on-conflict replace` takes the archive's"
        }
        _ => return None,
    })
}

fn export(error: &ExportError) -> Option<&'static str> {
    Some(match error {
        ExportError::Archive { source, .. } => archive(source)?,
        ExportError::Encoding { .. } => "`--format csv --no-header` writes values alone",
        _ => return None,
    })
}

/// The hint for a full lock table, also for a failure that is one of many.
pub(crate) const LOCK_TABLE_FULL: &str = "raise `max_locks_per_transaction` in postgresql.conf and restart the server, \
     or use fewer connections with `-j`";

/// The hint when a function did not find a name under any path that was tried.
pub(crate) const NOT_FOUND: &str = "give the path that the function needs with `--search-path`, or give it to the function with \
     `ALTER FUNCTION .. SET search_path` (17 and later build indexes and refresh views under no other); the same command \
     with `--resume` added does what failed";

fn connect(error: &ConnectError) -> Option<&'static str> {
    match error {
        ConnectError::Pooled => return Some("connect to the server itself, or to a pooler in session mode"),
        ConnectError::Scattered => return Some("connect to one server, not to a balancer in front of several"),
        error if error.is_lock_table_full() => return Some(LOCK_TABLE_FULL),
        _ => {}
    }
    if error.wants_password() {
        return Some("set PGPASSWORD, use ~/.pgpass, or ask for a prompt with `-W`");
    }
    Some(match error.sqlstate()? {
        "28P01" | "28000" => "check the user and the password; ~/.pgpass and PGPASSWORD are read too",
        "3D000" => "name an existing database; `--create` makes the archive's own",
        "42501" => "connect as the owner, a superuser, or a member of pg_read_all_data",
        "53200" => "the server has no memory left: use fewer connections with `-j`, or lower its memory settings",
        "53100" => "the server has no room left on its disk: it needs some for sorting and temporary files too",
        "57014" => "somebody cancelled the query, or a time limit of the server did; run it again",
        "40001" => {
            "a standby cancels reads that hold up its replay: raise max_standby_streaming_delay, \
             set hot_standby_feedback = on, or dump the primary"
        }
        "57P01" | "57P02" | "57P03" => "the server is starting or stopping; try again",
        _ => return None,
    })
}

fn dump(error: &DumpError) -> Option<&'static str> {
    match error {
        DumpError::Read(error) => read(error),
        DumpError::Archive(error) => archive(error),
        _ => None,
    }
}

fn pattern(error: &PatternError) -> Option<&'static str> {
    Some(match error {
        PatternError::NoMatch { what: "table", .. } => {
            "an unqualified name must be in the role's search_path; `schema.name` and `*.name` look further"
        }
        _ => return None,
    })
}

fn read(error: &ReadError) -> Option<&'static str> {
    Some(match error {
        ReadError::Pattern(error) => pattern(error)?,
        ReadError::Unreadable { .. } => {
            "members of pg_read_all_data (14 and later) read everything but what row-level security hides; \
             `dump --skip-unreadable` leaves these rows out, `dump --enable-row-security` takes what is shown"
        }
        ReadError::NotBinary { .. } => {
            "they have columns whose binary values pgark does not decode: `--copy-format auto` reads these tables as text"
        }
        ReadError::LocksExhausted { .. } => {
            "change it in postgresql.conf and restart the server, or dump fewer tables with `-n` and `-t`"
        }
        ReadError::LockWait { .. } => "try again when nobody holds it, or leave it out with `-T`",
        ReadError::Rewritten { .. } | ReadError::ChangedSince { .. } => {
            "run it again when nobody changes tables; with `--snapshot`, export a new one first"
        }
        ReadError::Changing { .. } => "try again when no DDL is running",
        ReadError::DeferrableOnStandby => "dump without `--serializable-deferrable`, or from the primary",
        ReadError::Unsettled { .. } => "try again when no DDL is running",
        // A server that cannot send its rows cannot say why it ends the session.
        ReadError::Read {
            source: ConnectError::Io(_),
            ..
        }
        | ReadError::SnapshotLost {
            source: ConnectError::Io(_),
            ..
        }
        | ReadError::ControlLost {
            source: ConnectError::Io(_),
        } => {
            "run it again; the server's log says why it ended; a standby may end sessions that hold up its replay: raise \
             max_standby_streaming_delay, set hot_standby_feedback = on, or dump the primary"
        }
        ReadError::OtherRows { .. } => "run it again; only tables are sure to give their rows in the same order twice",
        error => {
            let source = error.connect()?;
            connect(source).or_else(|| source.is_lost().then_some(LOST))?
        }
    })
}

const LOST: &str = "run it again; the server's log says why it ended";

/// The hints of a dump, without options that a comparison does not have.
fn compare(error: &CompareError) -> Option<&'static str> {
    Some(match error {
        CompareError::Read(ReadError::Unreadable { .. }) => {
            "compare as a role that may read everything, leave them out with `-T` or `-N`, or compare \
             definitions alone with `--schema-only`"
        }
        CompareError::Read(error) => read(error)?,
        CompareError::Archive(error) => archive(error)?,
        CompareError::Pattern(error) => pattern(error)?,
        _ => return None,
    })
}

/// How to continue a restore that can be resumed. There is no such hint if the archive cannot be read.
pub(crate) fn resumption(error: &Error) -> Option<&'static str> {
    let Error::Restore(RestoreError::Resumable(cause)) = error else {
        return None;
    };
    let may_go_on = !matches!(**cause, RestoreError::Archive(_));
    may_go_on.then_some("what was restored is recorded in the target: the same command with `--resume` goes on")
}

/// What helps when roles with these uses are missing.
fn roles(uses: RoleUses) -> &'static str {
    match (uses.rights, uses.policies || uses.others) {
        (true, false) => {
            "create them, with `--globals` if the archive has them, let others stand for them with `--role-map`, or \
             restore without: `--no-owner --no-privileges`"
        }
        (false, true) if !uses.others => {
            "policies name them: create them, with `--globals` if the archive has them, let others stand for them with \
             `--role-map`, or restore without: `--no-policies`, or `--skip-missing`, which leaves out these alone"
        }
        _ => {
            "create them, with `--globals` if the archive has them, let others stand for them with `--role-map`, or go on \
             without what names them: `--skip-missing`"
        }
    }
}

fn restore(error: &RestoreError) -> Option<&'static str> {
    Some(match error {
        RestoreError::Resumable(cause) => restore(cause)?,
        RestoreError::Unfinished { .. } => {
            "go on with `--resume`; to begin anew, drop that schema and what was restored, or use `--clean`"
        }
        RestoreError::OtherRecords { .. } => {
            "go on with the archive and the options that the restore was begun with, or drop the schema and what was restored"
        }
        RestoreError::NothingToResume => {
            "`pgark compare` tells whether it is all there; without `--resume` the restore begins anew"
        }
        RestoreError::NotOwner { .. } => "connect as the owner of all of them, or as a superuser",
        RestoreError::Busy { .. } => "try again when those sessions are done, or end them with pg_terminate_backend",
        RestoreError::ChangedMeanwhile { .. } => "try again while nobody changes definitions",
        RestoreError::NotTheOne { .. } => "without `--create`, `-d` names a database to restore into",
        RestoreError::RecordLost { .. } => {
            "its tables are unlogged where all tables are published: drop the schema and what was restored, and begin anew"
        }
        RestoreError::ForeignRecord { .. } => {
            "connect as the role that began the restore; if that is no restore's, look who made the schema"
        }
        RestoreError::Gone { .. } => "drop the rest of what was restored and the schema of the record, and begin anew",
        RestoreError::Running { .. } => {
            "wait for it; if its client is gone, end its session with `SELECT pg_terminate_backend(PID)`"
        }
        RestoreError::Server { source, doing } if doing.contains("triggers") && source.sqlstate() == Some("42501") => {
            "only superusers may, and roles with SET on session_replication_role (15 and later)"
        }
        RestoreError::Firing { .. } => "disable them by hand, and enable them after the restore",
        RestoreError::Connect { source, .. } | RestoreError::Server { source, .. } => connect(source)?,
        RestoreError::Standby => "restore into the primary; what it gets, the standby follows",
        RestoreError::Role { .. } => "`--role` takes a role that exists and that the connecting role is a member of",
        RestoreError::Exists { .. } => {
            "restore into an empty database, replace what is there with `--clean --if-exists`, or load rows alone \
             with `--data-only`; `--plan` shows what would happen"
        }
        RestoreError::Missing { what: "role", uses, .. } => roles(*uses),
        RestoreError::Missing { what: "extension", .. } => {
            "install the packages that provide them on the target's host, or go on without them and what needs them: \
             `--skip-missing`"
        }
        RestoreError::Missing { what: "tablespace", .. } => {
            "create them on the target first, or store everything in the default one: `--no-tablespaces`"
        }
        RestoreError::Missing { what: "table", .. } => "`--data-only` needs the tables; restore them first",
        RestoreError::Pattern(PatternError::List { .. }) => {
            "`pgark show ARCHIVE --list` prints the lines of this archive"
        }
        RestoreError::Needs { .. } => {
            "restore or create them first, or go on without what needs them: `--skip-missing`; `--plan` lists all of them; a dump of the whole database has what its objects need"
        }
        RestoreError::Archive(error) => archive(error)?,
        RestoreError::Rows(error) => rows(error)?,
        RestoreError::Failed { failure } if failure.is_lock_table_full() => LOCK_TABLE_FULL,
        RestoreError::Failed { .. } => "without `--exit-on-error` the restore goes on with what does not depend on it",
        _ => return None,
    })
}
