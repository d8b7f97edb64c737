//! The scratch database of a drill: its name, its making and its end.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::connect::{ConnectError, Control};
use crate::model::ident::quote_literal;
use crate::model::{Catalog, Source};
use crate::restore::database::create_statement;
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;

const PREFIX: &str = "pgark_drill_";
/// When it was made, so that a later drill knows what is left over.
const TIME: &str = "%Y%m%d_%H%M%S";
const TIME_LETTERS: usize = 15;
/// A scratch database that is older is no running drill's.
const LEFT_OVER_SECONDS: i64 = 24 * 60 * 60;

/// A name that nobody else has.
pub fn name(now: Timestamp) -> Result<String, SnapshotError> {
    let mut random = [0; 6];
    getrandom::fill(&mut random).map_err(|error| SnapshotError::Thread {
        what: "a drill: there are no random numbers",
        source: std::io::Error::other(error.to_string()),
    })?;
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{PREFIX}{}_{random}", now.strftime(TIME)))
}

/// The scratch databases that drills have left more than a day ago.
pub fn leftovers(control: &Control, now: Timestamp) -> Result<Vec<String>, SnapshotError> {
    let sql = format!(
        "SELECT d.datname::pg_catalog.text AS name FROM pg_catalog.pg_database d \
         WHERE pg_catalog.starts_with(d.datname::pg_catalog.text, {}) ORDER BY 1",
        quote_literal(PREFIX)
    );
    let failed = doing("cannot list the databases");
    let rows = control.query(&sql).map_err(&failed)?;
    let names: Result<Vec<String>, ConnectError> = rows.iter().map(|row| row.string("name")).collect();
    let mut names = names.map_err(failed)?;
    names.retain(|name| is_left_over(name, now));
    Ok(names)
}

fn is_left_over(name: &str, now: Timestamp) -> bool {
    let made = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.get(..TIME_LETTERS))
        .and_then(|time| DateTime::strptime(TIME, time).ok())
        .and_then(|time| time.to_zoned(TimeZone::UTC).ok());
    made.is_some_and(|made| now.as_second() - made.timestamp().as_second() > LEFT_OVER_SECONDS)
}

/// Makes it like the source's, in the server's default tablespace.
pub fn create(control: &Control, source: &Source, name: &str) -> Result<(), SnapshotError> {
    let sql = create_statement(source, &Catalog::default(), name, control.server_version());
    control
        .execute(&sql)
        .map_err(doing("cannot create the scratch database"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scratch_databases_of_before_yesterday_are_left_over() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let made = name(now).unwrap();
        assert!(made.starts_with("pgark_drill_20260310_120000_") && made.len() <= 63);
        assert_ne!(made, name(now).unwrap());
        assert!(!is_left_over(&made, now));
        assert!(is_left_over("pgark_drill_20260309_115900_aabb", now));
        assert!(!is_left_over("pgark_drill_20260309_120100_aabb", now));
        for other in [
            "pgark_drill_",
            "pgark_drill_notes_of_2025_a",
            "app",
            "pgark_drill_2026é",
        ] {
            assert!(!is_left_over(other, now), "{other}");
        }
    }
}
