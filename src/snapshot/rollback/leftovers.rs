//! Databases that killed rollbacks have left on the server, recognized by their marks and by nothing else.
//!
//! A database that is being made has a comment; until then it has a connection limit that nobody would choose, given by
//! CREATE DATABASE. A replaced database has a comment and a name derived from its successor's. A leftover that cannot
//! be dropped does not stop anything: it is reported, and the next rollback takes another name.

use super::fate::Fate;
use super::prepared::Rollback;
use super::report::{RollbackReport, said};
use super::{attached, target};
use crate::connect::{Control, Row};
use crate::model::causes::chain;
use crate::model::ident::{quote_ident, quote_literal};
use crate::repository::history::HistoryEntry;
use crate::repository::record::parse_id;
use crate::repository::{Action, HistoryEvent, Outcome, RepositoryError, pending};
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;
use crate::snapshot::unmake::unmake;

/// The comment of a database that is being made to replace `database`.
pub(super) fn mark_of_new(database: &str) -> String {
    format!("pgark: being made by a rollback of {database}")
}

const OLD: &str = "pgark: replaced by a rollback of ";
const SAVED: &str = ", saved as ";

/// The comment of a database that was replaced; `safety` is the id of its safety snapshot.
pub(super) fn mark_of_old(database: &str, safety: &str) -> String {
    format!("{OLD}{database}{SAVED}{safety}")
}

/// The id of the safety snapshot in the mark of a replaced database, if the mark names `database`.
fn safety_of<'a>(mark: &'a str, database: &str) -> Option<&'a str> {
    let id = mark.strip_prefix(OLD)?.strip_prefix(database)?.strip_prefix(SAVED)?;
    parse_id(id).map(|_| id)
}

/// The connection limit that marks a database as being made to replace `database`.
pub(super) fn mark_limit(database: &str) -> i32 {
    const FROM: u32 = 1_000_000_000;
    let hash = blake3::hash(format!("pgark rollback of {database}").as_bytes());
    let number = hash.as_bytes().first_chunk::<4>().map_or(0, |b| u32::from_le_bytes(*b));
    (FROM + number % FROM) as i32
}

/// Drops leftovers, where nothing is lost by that, and reports them.
pub(super) fn clean(rollback: &Rollback, control: &Control, report: &mut RollbackReport) -> Result<(), SnapshotError> {
    let database = rollback.params.database();
    drop_half_made(control, database, report)?;
    for (name, mark) in databases(control, &mark_begins(OLD))? {
        let Some(safety) = mark.as_deref().and_then(|mark| safety_of(mark, database)) else {
            continue;
        };
        // If it was renamed, somebody uses it.
        if !target::is_beside(&name, database, "old") {
            continue;
        }
        // A history that cannot be read is reported when it is next written.
        let _ = tell_late(rollback, safety);
        let kept = |why: String| format!("kept {name}, replaced by an earlier rollback: {why}");
        rollback
            .job
            .progress
            .stage("comparing what an earlier rollback replaced with its snapshot");
        let line = match drop_replaced(rollback, control, &name, safety) {
            Ok(None) => format!("dropped {name}, replaced by an earlier rollback and saved as {safety}"),
            Ok(Some(why)) => kept(why),
            Err(error) if error.is_interrupt() => return Err(error),
            Err(error) => kept(chain(&error)),
        };
        report.leftovers.push(line);
    }
    Ok(())
}

/// Writes the history entry of a rollback that was killed after its swap, before it could write it. The replaced
/// database is there, with a mark that only the swap gives.
fn tell_late(rollback: &Rollback, safety: &str) -> Result<(), RepositoryError> {
    let entries = rollback.repository.history().entries()?;
    let saved = said(Vec::new(), Some(safety));
    let is_rollback = |entry: &&HistoryEntry, begun: bool| {
        let event = &entry.event;
        event.action == Action::Rollback && (event.outcome == Outcome::Begun) == begun
    };
    if entries
        .iter()
        .any(|entry| is_rollback(&entry, false) && entry.event.message.contains(&saved))
    {
        return Ok(());
    }
    let is_safety = |entry: &HistoryEntry| {
        let event = &entry.event;
        event.action == Action::Create && event.snapshot.as_deref() == Some(safety)
    };
    let before = entries
        .iter()
        .position(is_safety)
        .map_or(&[][..], |taken| &entries[..taken]);
    let of_it = |entry: &&HistoryEntry| entry.event.database.as_deref() == Some(rollback.params.database());
    let begun = before
        .iter()
        .rev()
        .find(|entry| is_rollback(entry, true) && of_it(entry));
    if let Some(begun) = begun {
        let event = HistoryEvent {
            outcome: Outcome::Interrupted,
            message: said(vec![Fate::Replaced.to_string()], Some(safety)),
            ..begun.event.clone()
        };
        rollback.asked.audit.record(pending::late(&event));
    }
    Ok(())
}

fn drop_half_made(control: &Control, database: &str, report: &mut RollbackReport) -> Result<(), SnapshotError> {
    let condition = format!(
        "{mark} = {ours} OR {mark} IS NULL AND d.datconnlimit = {limit}",
        mark = MARK,
        ours = quote_literal(&mark_of_new(database)),
        limit = mark_limit(database)
    );
    for (name, _) in databases(control, &condition)? {
        // If it was renamed, somebody uses it.
        if !target::is_beside(&name, database, "new") {
            continue;
        }
        report.leftovers.push(match unmake(control.params(), &name) {
            Ok(()) => format!("dropped {name}, half made by a rollback that was ended"),
            Err(error) => format!("kept {name}, half made by a rollback that was ended: {}", chain(&error)),
        });
    }
    let new = target::beside(database, "new");
    if !databases(control, &format!("d.datname = {}", quote_literal(&new)))?.is_empty() {
        let line = format!("left {new} alone: it is none that a rollback of {database} has made");
        let is_named = report
            .leftovers
            .iter()
            .any(|line| line.starts_with(&format!("kept {new},")));
        if !is_named {
            report.leftovers.push(line);
        }
    }
    Ok(())
}

/// Drops a replaced database if its safety snapshot holds all its content; else returns why it is kept.
pub(super) fn drop_replaced(
    rollback: &Rollback,
    control: &Control,
    name: &str,
    safety: &str,
) -> Result<Option<String>, SnapshotError> {
    let list = |names: Vec<String>| names.join(", ");
    let slots = attached::slots(control, name)?;
    if !slots.is_empty() {
        return Ok(Some(format!(
            "it holds logical replication slots, which would go with it: {} (when nobody needs them any more: \
             pg_drop_replication_slot)",
            list(slots.into_iter().map(|slot| slot.name).collect())
        )));
    }
    let subscriptions = attached::subscriptions(control, name)?;
    if !subscriptions.is_empty() {
        return Ok(Some(format!(
            "it holds subscriptions, and their slots at the publisher: {} (DROP SUBSCRIPTION there ends them)",
            list(
                subscriptions
                    .into_iter()
                    .map(|subscription| subscription.name)
                    .collect()
            )
        )));
    }
    if !rollback.is_saved(name, safety)? {
        return Ok(Some(format!("it is not what {safety} has: changed after it was saved")));
    }
    match drop_unused(control, name) {
        Ok(()) => Ok(None),
        Err(error) => Ok(Some(chain(&error))),
    }
}

/// Drops a database, even a template, unless somebody is connected to it.
fn drop_unused(control: &Control, name: &str) -> Result<(), SnapshotError> {
    const IS_A_TEMPLATE: &str = "42809";
    let failed = doing("cannot drop a database");
    let drop = format!("DROP DATABASE {}", quote_ident(name));
    match control.execute(&drop) {
        Err(error) if error.sqlstate() == Some(IS_A_TEMPLATE) => {
            let sql = format!("ALTER DATABASE {} IS_TEMPLATE false", quote_ident(name));
            control.execute(&sql).map_err(&failed)?;
            control.execute(&drop).map_err(failed)
        }
        result => result.map_err(failed),
    }
}

const MARK: &str = "pg_catalog.shobj_description(d.oid, 'pg_database')";

fn mark_begins(with: &str) -> String {
    format!("pg_catalog.starts_with({MARK}, {})", quote_literal(with))
}

fn databases(control: &Control, condition: &str) -> Result<Vec<(String, Option<String>)>, SnapshotError> {
    let failed = doing("cannot look for what an earlier rollback left");
    let rows = control
        .query(&format!(
            "SELECT d.datname, {MARK} AS mark FROM pg_catalog.pg_database d WHERE {condition} ORDER BY d.datname"
        ))
        .map_err(&failed)?;
    let read = |row: &Row| Ok((row.string("datname")?, row.opt_string("mark")?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(&failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_names_its_database_and_snapshot() {
        let id = "20261122T040506Z_emergency_pre_rollback";
        let mark = mark_of_old("app", id);
        assert_eq!(safety_of(&mark, "app"), Some(id));
        assert_eq!(safety_of(&mark, "ap"), None);
        assert_eq!(safety_of(&mark, "app2"), None);
        assert_eq!(safety_of(&mark_of_old("app", "../../x"), "app"), None);
        assert_eq!(safety_of("mine", "app"), None);
    }

    #[test]
    fn the_limit_that_marks_is_one_that_nobody_chooses() {
        assert!(mark_limit("app") >= 1_000_000_000);
        assert_ne!(mark_limit("app"), mark_limit("app2"));
    }
}
