//! Takes the locks of the chosen tables, in the leader's and the control session's transactions.

use std::time::Duration;

use crate::connect::{ConnectError, Control, Wire};
use crate::live::error::{ReadError, doing};
use crate::live::open::session::CATALOG_PATIENCE;
use crate::model::ident;
use crate::model::objects::relation::ListedRelation;

/// Approximate upper limit for one LOCK statement, in bytes.
const LOCK_BATCH_BYTES: usize = 100_000;

/// Locks all of `tables` for both sessions. The leader waits, at most `wait` for each table; the control session never
/// does. False when a table is gone, the leader lost a deadlock, or the control session would have to wait; the caller
/// then rolls both back.
pub(crate) fn take(
    control: &Control,
    leader: &mut Wire,
    tables: &[&ListedRelation],
    wait: Option<Duration>,
) -> Result<bool, ReadError> {
    let statements = statements(tables);
    if let Some(wait) = wait {
        set_timeout(leader, wait)?;
    }
    for statement in &statements {
        match leader.execute(statement) {
            Ok(()) => {}
            Err(error) if is_gone(&error) || is_deadlock(&error) => return Ok(false),
            Err(error) if is_held(&error) => return Err(waited_too_long(control, tables, wait)),
            Err(error) => return Err(failed(control, tables, error)),
        }
    }
    if wait.is_some() {
        leader
            .execute("SET LOCAL lock_timeout = 0")
            .map_err(doing("cannot set the lock timeout"))?;
    }
    for statement in &statements {
        match control.execute(&format!("{statement} NOWAIT")) {
            Ok(()) => {}
            Err(error) if is_gone(&error) || is_held(&error) => return Ok(false),
            Err(error) => return Err(failed(control, tables, error)),
        }
    }
    Ok(true)
}

/// Sets how long the leader waits for a lock, until its transaction ends.
pub(crate) fn set_timeout(leader: &mut Wire, wait: Duration) -> Result<(), ReadError> {
    let milliseconds = wait.as_millis().clamp(1, i32::MAX as u128);
    leader
        .execute(&format!("SET LOCAL lock_timeout = {milliseconds}"))
        .map_err(doing("cannot set the lock timeout"))
}

fn statements(tables: &[&ListedRelation]) -> Vec<String> {
    let mut statements = Vec::new();
    let mut names = String::new();
    for table in tables {
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&ident::qualified(&table.schema, &table.name));
        if names.len() >= LOCK_BATCH_BYTES {
            statements.push(format!("LOCK TABLE {names} IN ACCESS SHARE MODE"));
            names.clear();
        }
    }
    if !names.is_empty() {
        statements.push(format!("LOCK TABLE {names} IN ACCESS SHARE MODE"));
    }
    statements
}

/// Whether the name no longer means a table: undefined table, undefined schema, wrong object type.
fn is_gone(error: &ConnectError) -> bool {
    matches!(error.sqlstate(), Some("42P01" | "3F000" | "42809"))
}

/// Whether somebody else has or waits for a lock that excludes ours: lock_not_available.
pub(crate) fn is_held(error: &ConnectError) -> bool {
    error.sqlstate() == Some("55P03")
}

/// Whether two sessions waited for each other, and the server chose ours to give in.
pub(crate) fn is_deadlock(error: &ConnectError) -> bool {
    error.sqlstate() == Some("40P01")
}

/// The error that names the tables which others still hold.
fn waited_too_long(control: &Control, tables: &[&ListedRelation], wait: Option<Duration>) -> ReadError {
    let held = match held_by_others(control) {
        Ok(held) => held,
        Err(error) => return error,
    };
    let chosen = |name: &String| tables.iter().any(|t| *name == ident::qualified(&t.schema, &t.name));
    let (of_dump, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|(name, _)| chosen(name));
    // A partition that was not chosen is locked with its parent, so that it may be the one to name.
    let named = if of_dump.is_empty() { others } else { of_dump };
    wait_error(&named, wait.unwrap_or_default())
}

/// The error for catalogs that could not be read without waiting for a lock. Ends the control session's transaction.
pub(crate) fn behind(control: &Control) -> Result<ReadError, ReadError> {
    control.execute("ROLLBACK").map_err(doing("cannot roll back"))?;
    Ok(wait_error(&held_by_others(control)?, CATALOG_PATIENCE))
}

fn wait_error(held: &[(String, i64)], wait: Duration) -> ReadError {
    let list: Vec<String> = held
        .iter()
        .map(|(name, pid)| format!("`{name}` (held by server process {pid})"))
        .collect();
    ReadError::LockWait {
        tables: if list.is_empty() {
            "a table".to_owned()
        } else {
            list.join(", ")
        },
        milliseconds: wait.as_millis(),
    }
}

fn held_by_others(control: &Control) -> Result<Vec<(String, i64)>, ReadError> {
    let failed = doing("cannot see who holds a lock");
    let rows = control
        .query(
            "SELECT n.nspname, c.relname, pg_catalog.min(l.pid)::pg_catalog.int8 AS pid FROM pg_catalog.pg_locks l \
             JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database() \
             JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS NOT NULL \
             GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname LIMIT 10",
        )
        .map_err(&failed)?;
    rows.iter()
        .map(|row| {
            let name = ident::qualified(
                row.text("nspname").map_err(&failed)?,
                row.text("relname").map_err(&failed)?,
            );
            Ok((name, row.int("pid").map_err(&failed)?))
        })
        .collect()
}

fn failed(control: &Control, tables: &[&ListedRelation], error: ConnectError) -> ReadError {
    if error.sqlstate() == Some("53200") {
        // This session's transaction may be the failed one; nothing in it is needed any more.
        let asked = control.execute("ROLLBACK").map_err(doing("cannot roll back"));
        return match asked.and_then(|()| needed_setting(control, tables.len() as i64)) {
            Ok((now, needed)) => ReadError::LocksExhausted {
                tables: tables.len(),
                now,
                needed,
            },
            Err(error) => error,
        };
    }
    ReadError::Server {
        doing: "cannot lock the tables".into(),
        source: error,
    }
}

/// Whether the locks of `tables` tables would leave at least half of the server's room to others.
pub(crate) fn have_room(control: &Control, tables: usize) -> Result<bool, ReadError> {
    let room = room(control)?;
    Ok(tables as i64 <= room.per_transaction.saturating_mul(room.sessions) / 2)
}

/// The server has room for `per_transaction` locks for each of `sessions`; `held` are taken.
struct Room {
    per_transaction: i64,
    sessions: i64,
    held: i64,
}

/// The present value of `max_locks_per_transaction`, and the value that is needed: two sessions lock every table, and
/// the sessions that read lock theirs.
fn needed_setting(control: &Control, tables: i64) -> Result<(i64, i64), ReadError> {
    let Room {
        per_transaction: now,
        sessions,
        held,
    } = room(control)?;
    // Steps of 64, the server's own default.
    let needed = ((2 * tables + held) / sessions + 64) / 64 * 64;
    Ok((now, needed.max(now + 64)))
}

fn room(control: &Control) -> Result<Room, ReadError> {
    let failed = doing("cannot read the server's settings");
    let rows = control
        .query(
            "SELECT pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8 AS now, \
               pg_catalog.current_setting('max_connections')::pg_catalog.int8 \
               + pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8 AS sessions, \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks) AS held",
        )
        .map_err(&failed)?;
    let row = rows.first().ok_or_else(|| ReadError::Server {
        doing: "cannot read the server's settings".into(),
        source: ConnectError::Protocol("the server gave no row".to_owned()),
    })?;
    let number = |column| row.int(column).map_err(&failed);
    Ok(Room {
        per_transaction: number("now")?,
        sessions: number("sessions")?.max(1),
        held: number("held")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_tables_are_locked_in_several_statements() {
        let summary = |number: u32| ListedRelation {
            oid: number,
            schema: "s".into(),
            name: format!("{}{number}", "t".repeat(50)),
            ..ListedRelation::default()
        };
        let tables: Vec<ListedRelation> = (0..5_000).map(summary).collect();
        let statements = statements(&tables.iter().collect::<Vec<_>>());
        assert!(statements.len() > 1);
        assert!(statements.iter().all(|s| s.len() < LOCK_BATCH_BYTES + 200));
        let named: usize = statements.iter().map(|s| s.matches("s.t").count()).sum();
        assert_eq!(named, 5_000);
    }
}
