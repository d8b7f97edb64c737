//! What rollbacks that were killed have left on the server: known by its name and by the comment it was given.

use super::{Rollback, RollbackReport, target};
use crate::connect::{Control, Row};
use crate::model::ident::quote_literal;
use crate::repository::record::parse_id;
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

/// The safety snapshot that a mark names, if it is one of this database.
fn safety_of<'a>(mark: &'a str, database: &str) -> Option<&'a str> {
    let id = mark.strip_prefix(OLD)?.strip_prefix(database)?.strip_prefix(SAVED)?;
    parse_id(id).map(|_| id)
}

/// Drops what was left, where nothing is lost by it, and says so.
pub(super) fn clean(rollback: &Rollback, control: &Control, report: &mut RollbackReport) -> Result<(), SnapshotError> {
    let database = rollback.params.database();
    let new = target::beside(database, "new");
    for (name, mark) in databases(control, &format!("d.datname = {}", quote_literal(&new)))? {
        if mark.as_deref() != Some(&mark_of_new(database)) && !is_empty(rollback, &name)? {
            return Err(SnapshotError::NameTaken { name });
        }
        unmake(control.params(), &name)?;
        report
            .leftovers
            .push(format!("dropped {name}, half made by a rollback that was ended"));
    }
    let condition = format!(
        "pg_catalog.starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), {})",
        quote_literal(OLD)
    );
    for (name, mark) in databases(control, &condition)? {
        let Some(safety) = mark.as_deref().and_then(|mark| safety_of(mark, database)) else {
            continue;
        };
        rollback
            .progress
            .stage("comparing what an earlier rollback replaced with its snapshot");
        let line = match rollback.is_saved(&name, safety) {
            Ok(true) => {
                target::drop_database(control, &name)?;
                format!("dropped {name}, replaced by an earlier rollback and saved as {safety}")
            }
            Ok(false) => format!("kept {name}, replaced by an earlier rollback: it is not what {safety} has"),
            Err(error) if error.is_interrupt() => return Err(error),
            Err(error) => format!(
                "kept {name}, replaced by an earlier rollback: {}",
                crate::model::causes::chain(&error)
            ),
        };
        report.leftovers.push(line);
    }
    Ok(())
}

fn databases(control: &Control, condition: &str) -> Result<Vec<(String, Option<String>)>, SnapshotError> {
    let failed = doing("cannot look for what an earlier rollback left");
    let rows = control
        .query(&format!(
            "SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') AS mark \
             FROM pg_catalog.pg_database d WHERE {condition} ORDER BY d.datname"
        ))
        .map_err(&failed)?;
    let read = |row: &Row| Ok((row.string("datname")?, row.opt_string("mark")?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(&failed)
}

/// A rollback that was killed right after it made the database has left it without a mark, and without anything in it.
fn is_empty(rollback: &Rollback, name: &str) -> Result<bool, SnapshotError> {
    let control = target::connect(&rollback.params.with_database(name))?;
    let anything = "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LIMIT 1";
    let rows = control.query(anything).map_err(doing("cannot look at a database"))?;
    Ok(rows.is_empty())
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
}
