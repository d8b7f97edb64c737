//! The scratch database of a drill: its name, how it is made, and how it is dropped even if the drill was killed.
//!
//! A drill notes in the repository which database it makes, holds an advisory lock on the server while it lives, and
//! marks the database by a comment. A database that has the mark, or that the record of a dead drill names, and that no
//! lock protects was left by a killed drill: the next drill drops it. A name alone is never enough to drop a database.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::connect::{ConnectError, Control, Params, Row};
use crate::model::causes::chain;
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::{Catalog, Source};
use crate::repository::{Repository, Underway, Who};
use crate::restore::database::create_statement;
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;
use crate::snapshot::unmake::unmake;
use crate::storage::Lock;

const PREFIX: &str = "pgark_drill_";
/// The time in the name: when the database was made.
const TIME: &str = "%Y%m%d_%H%M%S";
const TIME_LETTERS: usize = 15;
const RANDOM_LETTERS: usize = 12;
/// A database without a mark that is older than this cannot belong to a running drill of any version.
const LEFT_OVER_SECONDS: i64 = 24 * 60 * 60;
/// How the comment of a scratch database begins, and that of one that the user wanted to keep.
const MARK: &str = "pgark: scratch database of a drill";
const KEPT: &str = "pgark: kept by a drill";

/// A new name for a scratch database, unique by its random letters.
pub(super) fn name(now: Timestamp) -> Result<String, SnapshotError> {
    let mut random = [0; RANDOM_LETTERS / 2];
    getrandom::fill(&mut random).map_err(|error| SnapshotError::Thread {
        what: "a drill: there are no random numbers",
        source: std::io::Error::other(error.to_string()),
    })?;
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{PREFIX}{}_{random}", now.strftime(TIME)))
}

/// When a database of this name was made; `None` if [`name`] does not make such names.
fn made_at(name: &str) -> Option<Timestamp> {
    let rest = name.strip_prefix(PREFIX)?;
    let time = DateTime::strptime(TIME, rest.get(..TIME_LETTERS)?).ok()?;
    let random = rest.get(TIME_LETTERS..)?.strip_prefix('_')?;
    let is_random = random.len() == RANDOM_LETTERS && random.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_random.then_some(())?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The two halves of the key of the advisory lock that a drill holds while it lives.
fn lock_key(name: &str) -> (i32, i32) {
    let hash = blake3::hash(format!("pgark drill {name}").as_bytes());
    let half = |at: usize| {
        let bytes = hash.as_bytes().get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, i32::from_le_bytes)
    };
    (half(0), half(4))
}

/// An existing scratch database.
pub(super) struct Scratch<'a> {
    repository: &'a Repository,
    params: &'a Params,
    control: &'a Control,
    name: String,
    _underway: Option<Lock>,
}

impl<'a> Scratch<'a> {
    /// Makes it like the source's database, in the server's default tablespace. `control` is the drill's own session,
    /// which keeps the lock. A throwaway server goes away as a whole, so for one no record is written.
    pub(super) fn make(
        repository: &'a Repository,
        control: &'a Control,
        params: &'a Params,
        source: &Source,
        underway: &Underway,
        throwaway: bool,
    ) -> Result<Self, SnapshotError> {
        let name = underway.database.clone();
        let lock = match throwaway {
            true => None,
            false => Some(repository.begin_drill(&Underway {
                system_identifier: system_identifier(control),
                ..underway.clone()
            })?),
        };
        let scratch = Self {
            repository,
            params,
            control,
            name,
            _underway: lock,
        };
        match scratch.create(source, underway) {
            Ok(()) => Ok(scratch),
            Err(error) => {
                // A session that does not answer may still be making the database. If it is not dropped now, the next
                // drill drops it.
                if control.query("SELECT").is_ok() {
                    let _ = scratch.end(false);
                }
                Err(error)
            }
        }
    }

    fn create(&self, source: &Source, underway: &Underway) -> Result<(), SnapshotError> {
        let failed = doing("cannot create the scratch database");
        let (high, low) = lock_key(&self.name);
        self.control
            .query(&format!(
                "SELECT pg_catalog.pg_advisory_lock({high}, {low})::text AS got"
            ))
            .map_err(&failed)?;
        let sql = create_statement(source, &Catalog::default(), &self.name, self.control.server_version());
        self.control.execute(&sql).map_err(&failed)?;
        let who = &underway.who;
        self.comment(&format!(
            "{MARK} of {}, begun {} by {}@{}",
            underway.snapshot, underway.at, who.os_user, who.host
        ))
    }

    fn comment(&self, text: &str) -> Result<(), SnapshotError> {
        let (name, text) = (quote_ident(&self.name), quote_literal(text));
        self.control
            .execute(&format!("COMMENT ON DATABASE {name} IS {text}"))
            .map_err(doing("cannot mark the scratch database"))
    }

    /// Drops it, or marks it as kept, and forgets its record.
    pub(super) fn end(&self, keep: bool) -> Result<(), SnapshotError> {
        match keep {
            true => self.comment(KEPT)?,
            false => drop_if_there(self.params, &self.name)?,
        }
        Ok(self.repository.end_drill(&self.name)?)
    }
}

fn drop_if_there(params: &Params, name: &str) -> Result<(), SnapshotError> {
    match unmake(params, name) {
        Err(SnapshotError::Server { source, .. }) if source.lacks_database() => Ok(()),
        ended => ended,
    }
}

/// What was found of killed drills on a server.
#[derive(Debug, Default)]
pub(super) struct Cleared {
    pub dropped: Vec<String>,
    /// Databases that are still there.
    pub left: Vec<String>,
    /// Why databases that could have been dropped were not.
    pub notes: Vec<String>,
}

/// Drops what dead drills have left, and forgets the records of those whose database is gone.
pub(super) fn clear(
    repository: &Repository,
    control: &Control,
    params: &Params,
    now: Timestamp,
) -> Result<Cleared, SnapshotError> {
    let dead = repository.dead_drills()?;
    let failed = doing("cannot look for what killed drills have left");
    // Locks are read first: if the maker of a database holds no lock any more, the database exists by now or never
    // will.
    let living = locks(control).map_err(&failed)?;
    let databases = databases(control).map_err(&failed)?;
    let mut cleared = Cleared::default();
    let mut there: BTreeSet<String> = databases.iter().map(|found| found.name.clone()).collect();
    for found in databases {
        let Some(made) = made_at(&found.name) else { continue };
        let mark = found.mark.as_deref().unwrap_or_default();
        if mark.starts_with(KEPT) || living.contains(&lock_key(&found.name)) {
            continue;
        }
        let is_known = mark.starts_with(MARK) || dead.iter().any(|drill| drill.database == found.name);
        let is_old = now.as_second() - made.as_second() > LEFT_OVER_SECONDS;
        match is_known && found.may_drop {
            true => match drop_if_there(params, &found.name) {
                Ok(()) => {
                    there.remove(&found.name);
                    cleared.dropped.push(found.name);
                }
                Err(error) => {
                    cleared
                        .notes
                        .push(format!("cannot drop {}: {}", found.name, chain(&error)));
                    cleared.left.push(found.name);
                }
            },
            false if is_known || is_old => cleared.left.push(found.name),
            false => {}
        }
    }
    let here = system_identifier(control);
    let server = server_of(params);
    for drill in dead {
        let is_here = match (drill.system_identifier, here) {
            (Some(of_drill), Some(here)) => of_drill == here,
            _ => drill.server == server,
        };
        let may_come = living.contains(&lock_key(&drill.database));
        if is_here && !may_come && !there.contains(&drill.database) {
            repository.end_drill(&drill.database)?;
        }
    }
    Ok(cleared)
}

struct ScratchDatabase {
    name: String,
    mark: Option<String>,
    may_drop: bool,
}

fn databases(control: &Control) -> Result<Vec<ScratchDatabase>, ConnectError> {
    let sql = format!(
        "SELECT d.datname::pg_catalog.text AS name, pg_catalog.shobj_description(d.oid, 'pg_database') AS mark, \
           (r.rolsuper OR COALESCE(pg_catalog.pg_has_role(d.datdba, 'USAGE'), false)) AS may_drop \
         FROM pg_catalog.pg_database d, pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER \
           AND pg_catalog.starts_with(d.datname::pg_catalog.text, {}) ORDER BY 1",
        quote_literal(PREFIX)
    );
    let read = |row: &Row| {
        Ok(ScratchDatabase {
            name: row.string("name")?,
            mark: row.opt_string("mark")?,
            may_drop: row.bool("may_drop")?,
        })
    };
    control.query(&sql)?.iter().map(read).collect()
}

/// The keys, in two halves, of all advisory locks, including those in other databases of the server.
fn locks(control: &Control) -> Result<BTreeSet<(i32, i32)>, ConnectError> {
    let sql = "SELECT l.classid::pg_catalog.int8 AS high, l.objid::pg_catalog.int8 AS low FROM pg_catalog.pg_locks l \
               WHERE l.locktype = 'advisory' AND l.objsubid = 2";
    // The server shows the halves as unsigned numbers.
    let half = |number: i64| number as u32 as i32;
    let read = |row: &Row| Ok((half(row.int("high")?), half(row.int("low")?)));
    control.query(sql)?.iter().map(read).collect()
}

/// The server's identifier; `None` where the role may not read it.
fn system_identifier(control: &Control) -> Option<u64> {
    let sql = "SELECT system_identifier AS id FROM pg_catalog.pg_control_system()";
    let rows = control.query(sql).ok()?;
    Some(rows.first()?.int("id").ok()? as u64)
}

/// The server's address, without the database.
fn server_of(params: &Params) -> String {
    let described = params.describe();
    let text = described.trim_matches('`');
    let server = text
        .strip_suffix(params.database())
        .and_then(|text| text.strip_suffix('/'));
    server.unwrap_or(text).to_owned()
}

/// The record that a drill writes to the repository before it makes its database.
pub(super) fn underway(database: &str, snapshot: &str, params: &Params, at: Timestamp, who: &Who) -> Underway {
    Underway {
        database: database.to_owned(),
        server: server_of(params),
        system_identifier: None,
        snapshot: snapshot.to_owned(),
        at,
        who: who.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_drills_give_are_theirs() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let made = name(now).unwrap();
        assert!(made.starts_with("pgark_drill_20260310_120000_") && made.len() <= 63);
        assert_ne!(made, name(now).unwrap());
        assert_eq!(made_at(&made), Some(now));
        for other in [
            "pgark_drill_",
            "pgark_drill_notes_of_2025_a",
            "app",
            "pgark_drill_2026é",
            "pgark_drill_20260310_120000_aabb",
            "pgark_drill_20260310_120000_aabbccddeeff1",
            "pgark_drill_20260310_120000_aabbccddeeFF",
            "pgark_drill_20261310_120000_aabbccddeeff",
        ] {
            assert!(made_at(other).is_none(), "{other}");
        }
        assert_ne!(lock_key("a"), lock_key("b"));
    }
}
