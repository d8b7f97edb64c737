//! Gives the new database the name of the old one.
//!
//! Both renames and the definitions of both databases are one transaction. The server renames a database only if nobody
//! is connected to it, and locks it from then on: a client that connects meanwhile waits. So it is enough to end the
//! sessions that exist while the rename waits for them.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use super::prepared::Rollback;
use super::{attached, definitions, fate, leftovers, target};
use crate::connect::{ConnectError, Control, Wire};
use crate::model::ident::{quote_ident, quote_literal};
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;

/// The SQLSTATE for a database that somebody is connected to. The server waits five seconds before it gives it.
const IN_USE: &str = "55006";
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(50);

/// Swaps the names. Returns the new name of the old database, if there was one.
pub(super) fn swap(
    rollback: &Rollback,
    control: &Control,
    new: &str,
    safety: Option<&str>,
) -> Result<Option<String>, SnapshotError> {
    let database = rollback.params.database();
    rollback.job.progress.stage("swapping the names");
    let old = match rollback.target.exists {
        true => Some(free_name(control, database, "old")?),
        false => None,
    };
    let statements = statements(rollback, database, new, old.as_deref().zip(safety));
    let failed = doing("cannot swap the names of the databases");
    let ender = target::connect(control.params())?;
    let mut wire = Wire::connect(control.params()).map_err(&failed)?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let ending = || end_sessions(&ender, &[database, new], control, &done);
        let thread = std::thread::Builder::new().name("end sessions".into());
        thread
            .spawn_scoped(scope, ending)
            .map_err(|source| SnapshotError::Thread {
                what: "ending sessions",
                source,
            })?;
        let result = rename(rollback, control, &mut wire, &statements);
        done.store(true, SeqCst);
        result
    })?;
    Ok(old)
}

/// Commits the swap as soon as nobody is connected.
fn rename(rollback: &Rollback, control: &Control, wire: &mut Wire, statements: &[String]) -> Result<(), SnapshotError> {
    let mut attempt = 1;
    loop {
        attached::check_prepared(control, rollback.params.database())?;
        match in_transaction(wire, statements) {
            Ok(()) => return Ok(()),
            Err(Ended::AtCommit(transaction, error)) => {
                return fate::settle(control.params(), &transaction, error, &rollback.job.stop);
            }
            Err(Ended::Before(error)) => {
                let in_use = error.sqlstate() == Some(IN_USE) && !rollback.job.stop.by_user();
                if !in_use || attempt == ATTEMPTS {
                    return Err(doing("cannot swap the names of the databases")(error));
                }
                attempt += 1;
            }
        }
    }
}

/// At which point the transaction failed.
enum Ended {
    /// Nothing was committed.
    Before(ConnectError),
    /// Not known; the server can tell by the transaction's number.
    AtCommit(String, ConnectError),
}

/// The statements of the swap. `old` is the new name of the old database, with the id of its safety snapshot.
fn statements(rollback: &Rollback, database: &str, new: &str, old: Option<(&str, &str)>) -> Vec<String> {
    let rename = |from: &str, to: &str| format!("ALTER DATABASE {} RENAME TO {}", quote_ident(from), quote_ident(to));
    let comment = |name: &str, text: &str| format!("COMMENT ON DATABASE {} IS {text}", quote_ident(name));
    let mut list = Vec::new();
    if let Some((old, safety)) = old {
        list.push(rename(database, old));
        list.push(comment(old, &quote_literal(&leftovers::mark_of_old(database, safety))));
    }
    list.push(rename(new, database));
    list.push(comment(database, "NULL"));
    list.push(format!("ALTER DATABASE {} CONNECTION LIMIT -1", quote_ident(database)));
    let archive = &rollback.archive;
    list.extend(definitions::properties(
        &archive.catalog().entries,
        &archive.source().database,
        database,
    ));
    list
}

/// Runs the statements in one transaction. They contain text of an archive, so each goes in a message of its own.
fn in_transaction(wire: &mut Wire, statements: &[String]) -> Result<(), Ended> {
    let prepared = prepare(wire, statements).map_err(|error| {
        // A lost session has rolled back by itself.
        let _ = wire.execute("ROLLBACK");
        Ended::Before(error)
    });
    let transaction = prepared?;
    wire.execute("COMMIT").map_err(|error| match error.is_fatal() {
        true => Ended::AtCommit(transaction, error),
        false => Ended::Before(error),
    })
}

/// Runs everything but the commit, and returns the number of the transaction.
fn prepare(wire: &mut Wire, statements: &[String]) -> Result<String, ConnectError> {
    wire.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
    // A rollback to a snapshot must survive a crash of the server.
    wire.execute("SET LOCAL synchronous_commit = on")?;
    let run = |sql: &String| wire.pipeline(&[sql.as_str()]).map_err(|(_, error)| error);
    statements.iter().try_for_each(run)?;
    let rows = wire.query("SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS id")?;
    rows.first().map_or_else(|| Ok(String::new()), |row| row.string("id"))
}

/// Ends the sessions that exist, again and again until the swap is done.
fn end_sessions(ender: &Control, databases: &[&str], control: &Control, done: &AtomicBool) {
    let names: Vec<String> = databases.iter().map(|name| quote_literal(name)).collect();
    let own = control.params().database();
    let sql = format!(
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a \
         WHERE a.datname IN ({}) AND a.datname <> {}",
        names.join(", "),
        quote_literal(own)
    );
    while !done.load(SeqCst) {
        // A session that may not be ended keeps the database in use, and the rename reports that.
        if ender.query(&sql).is_err() {
            let each = sql.replace("SELECT pg_catalog.pg_terminate_backend(a.pid)", "SELECT a.pid AS pid");
            let Ok(rows) = ender.query(&each) else { return };
            for pid in rows.iter().filter_map(|row| row.int("pid").ok()) {
                let _ = ender.query(&format!("SELECT pg_catalog.pg_terminate_backend({pid})"));
            }
        }
        std::thread::sleep(PAUSE);
    }
}

/// `app_pgark_old`, or with the first free number: a kept database, or somebody else's, may have that name.
pub(super) fn free_name(control: &Control, database: &str, what: &str) -> Result<String, SnapshotError> {
    let failed = doing("cannot look for a free name");
    for number in 1..1000 {
        let what = match number {
            1 => what.to_owned(),
            _ => format!("{what}{number}"),
        };
        let name = target::beside(database, &what);
        let taken = format!(
            "SELECT FROM pg_catalog.pg_database d WHERE d.datname = {}",
            quote_literal(&name)
        );
        if control.query(&taken).map_err(&failed)?.is_empty() {
            return Ok(name);
        }
    }
    Err(SnapshotError::NameTaken {
        name: target::beside(database, what),
    })
}
