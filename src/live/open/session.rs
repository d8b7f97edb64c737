//! Settings that make a session's output portable and safe, before anything is read.
//!
//! PostgreSQL's own pg_dump explains what each statement prevents; the statements that only pgark has are explained
//! here. All sessions run the same list.

use std::time::Duration;

use crate::connect::{Control, Mark};
use crate::live::error::{ReadError, doing, missing};
use crate::live::options::ReadOptions;
use crate::model::ident;
use crate::version::Version;

/// The statements to run before the transaction begins. `version` is the server's.
pub fn settings(version: Version, options: &ReadOptions) -> Vec<String> {
    // The role comes first, because every later answer depends on it.
    let role = options
        .role
        .iter()
        .map(|role| format!("SET ROLE {}", ident::quote_ident(role)));
    let mut list: Vec<String> = role.collect();
    let fixed = [
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "SET standard_conforming_strings = on",
        "SET DateStyle = ISO",
        "SET IntervalStyle = postgres",
        // The same instant gives the same text, whatever the server's own time zone is.
        "SET TimeZone = 'UTC'",
        // Shortest text that reads back to the same float.
        "SET extra_float_digits = 3",
        "SET bytea_output = hex",
        "SET synchronize_seqscans = off",
        "SET statement_timeout = 0",
        "SET lock_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        // Otherwise a read of one partition may lock its parent, and wait behind whoever waits for that lock.
        "SET constraint_exclusion = off",
        // Compiling catalog queries costs more than it saves.
        "SET jit = off",
        // Parallel workers cost more than they save, too: there are as many sessions as are wanted.
        "SET max_parallel_workers_per_gather = 0",
    ];
    list.extend(fixed.map(str::to_owned));
    // `off` gives an error instead of leaving out rows that a policy would hide.
    let row_security = if options.row_security { "on" } else { "off" };
    list.push(format!("SET row_security = {row_security}"));
    // Keeps a table that was swapped for a view or a foreign table from running code (CVE-2024-7348).
    list.push(restrict("view, foreign-table"));
    if version.has_idle_session_timeout() {
        list.push("SET idle_session_timeout = 0".to_owned());
    }
    if version.has_transaction_timeout() {
        list.push("SET transaction_timeout = 0".to_owned());
    }
    list
}

/// The settings and the session's mark, as one message.
pub(crate) fn message(version: Version, options: &ReadOptions, mark: &Mark) -> String {
    mark.message(&settings(version, options))
}

/// A statement that sets which kinds of relations queries refuse to read. Older minor versions lack the setting; the
/// statement then gives no row and has no effect. Asking the view of all settings instead would take half of the time
/// that setting up a session takes.
pub(crate) fn restrict(kinds: &str) -> String {
    format!(
        "SELECT pg_catalog.set_config('restrict_nonsystem_relation_kind', '{kinds}', false) \
         WHERE pg_catalog.current_setting('restrict_nonsystem_relation_kind', true) IS NOT NULL"
    )
}

pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Separates the locks that the session holds until its end from those on catalogs, which come after.
pub(crate) const HOLD: &str = "SAVEPOINT pgark_catalogs";
/// Gives back the locks on catalogs; the savepoint stays.
pub(crate) const LET_GO: &str = "ROLLBACK TO SAVEPOINT pgark_catalogs";
/// Needed before a lock that is to be held until the end.
pub(crate) const END_HOLD: &str = "RELEASE SAVEPOINT pgark_catalogs";
/// How long a query of the catalogs waits for a lock. Printing a view locks the relations that it reads, chosen or not.
/// Whoever holds one of them may wait for a table that is locked here, and no server would notice that circle.
pub(crate) const CATALOG_PATIENCE: Duration = Duration::from_secs(5);

/// The leader's BEGIN. Only the session that takes the snapshot waits for a safe one; the others share it.
pub(crate) fn begin_leader(options: &ReadOptions) -> &'static str {
    if options.serializable_deferrable && options.snapshot.is_none() {
        "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE"
    } else {
        BEGIN
    }
}

/// The text of column `v` of a query that gives one row.
pub(crate) fn single(control: &Control, sql: &str) -> Result<String, ReadError> {
    let failed = doing("cannot read the server's settings");
    let rows = control.query(sql).map_err(&failed)?;
    rows.first().ok_or_else(|| missing(sql))?.string("v").map_err(&failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_comes_before_everything_else() {
        let options = ReadOptions {
            role: Some("My Role".into()),
            ..ReadOptions::default()
        };
        assert_eq!(settings(Version::first_of(13), &options)[0], "SET ROLE \"My Role\"");
        assert!(!settings(Version::first_of(13), &ReadOptions::default())[0].contains("ROLE"));
    }

    #[test]
    fn rows_are_hidden_only_when_asked_for() {
        let has =
            |options: &ReadOptions, text: &str| settings(Version::first_of(18), options).iter().any(|s| s == text);
        let mut options = ReadOptions::default();
        assert!(has(&options, "SET row_security = off"));
        options.row_security = true;
        assert!(has(&options, "SET row_security = on") && !has(&options, "SET row_security = off"));
    }

    #[test]
    fn an_imported_snapshot_is_not_waited_for() {
        let mut options = ReadOptions {
            serializable_deferrable: true,
            ..ReadOptions::default()
        };
        assert!(begin_leader(&options).contains("DEFERRABLE"));
        options.snapshot = Some("1".into());
        assert_eq!(begin_leader(&options), BEGIN);
    }
}
