//! Lets only one restore of a kind run in a database at a time, and ends the sessions that a killed one has left.
//!
//! A server does not notice the end of a client while it executes its statement: an index that a killed restore was
//! building would be finished and recorded after another run had read the record. Advisory locks show this. The control
//! session holds one while the restore runs, and its other sessions share a second one. Both end with their sessions.

use crate::connect::{ConnectError, Control, Wire};
use crate::restore::error::{RestoreError, doing};

/// The first half of the keys: any number that other programs are unlikely to use.
const RUNNING: u32 = 1_885_827_443;
const SESSION: u32 = RUNNING + 1;

/// How long to wait for the server to notice that the client of an idle session is gone.
const PATIENCE: &str = "SET lock_timeout = '10s'";
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Makes this the only restore with this key, now and until the control session ends.
///
/// # Errors
/// [`RestoreError::Running`].
pub(crate) fn be(control: &Control, key: u32) -> Result<(), RestoreError> {
    let failed = doing("cannot see whether the same restore is running");
    control.execute(PATIENCE).map_err(&failed)?;
    let locked = control.execute(&format!("SELECT pg_catalog.pg_advisory_lock({RUNNING}, {key})"));
    control.execute("SET lock_timeout = 0").map_err(&failed)?;
    match locked {
        Ok(()) => end_left(control, key).map_err(doing("cannot end the sessions of an earlier restore")),
        Err(error) if error.sqlstate() == Some(LOCK_NOT_AVAILABLE) => {
            let pids = holders(control, RUNNING, key).map_err(&failed)?;
            Err(RestoreError::Running { pids: pids.join(", ") })
        }
        Err(error) => Err(failed(error)),
    }
}

/// Marks `wire` as one of the other sessions of this restore.
pub(crate) fn join(wire: &mut Wire, key: u32) -> Result<(), ConnectError> {
    wire.execute(&format!("SELECT pg_catalog.pg_advisory_lock_shared({SESSION}, {key})"))
}

/// Ends the sessions that a killed run has left, and waits until they are gone.
fn end_left(control: &Control, key: u32) -> Result<(), ConnectError> {
    for pid in holders(control, SESSION, key)? {
        // Where this role may not end a session, it can only wait for it.
        match control.execute(&format!("SELECT pg_catalog.pg_terminate_backend({pid})")) {
            Err(error) if error.is_fatal() => return Err(error),
            _ => {}
        }
    }
    control.execute(&format!("SELECT pg_catalog.pg_advisory_lock({SESSION}, {key})"))?;
    control.execute(&format!("SELECT pg_catalog.pg_advisory_unlock({SESSION}, {key})"))
}

/// The process ids, as digits, of the sessions in this database that hold a lock.
fn holders(control: &Control, class: u32, key: u32) -> Result<Vec<String>, ConnectError> {
    let rows = control.query(&format!(
        "SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database \
         WHERE d.datname = pg_catalog.current_database() AND l.locktype = 'advisory' AND l.granted \
           AND l.objsubid = 2 AND l.classid = {class} AND l.objid = {key}"
    ))?;
    rows.iter().map(|row| Ok(row.int("pid")?.to_string())).collect()
}
