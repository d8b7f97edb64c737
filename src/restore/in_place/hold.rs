//! The locks of a replacement in place.
//!
//! A table is first locked EXCLUSIVE: it can be read, so an archive can be made of it, but its rows can neither be
//! written nor locked. LOCK TABLE does not take sequences; an ALTER that changes nothing makes `nextval` wait. Listing
//! and locking are repeated until nothing new appears. A snapshot taken then tells later whether anything that cannot
//! be locked, such as a function or a type, was changed meanwhile.
//!
//! To be dropped, a table must not be read either. A session that has read one and waits to write would deadlock with
//! this one, so its statement is cancelled. No commit was confirmed to it yet.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::catalog::state::changed;
use crate::connect::{ConnectError, Control, Row, Wire};
use crate::job::Stop;
use crate::model::ident;
use crate::restore::error::{RestoreError, doing};

/// How long to wait for the locks, all attempts together, and for each lock that keeps readers away.
const PATIENCE: Duration = Duration::from_secs(60);
/// After this time an attempt releases all its locks, so that those in the way can finish, and starts again.
const ATTEMPT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);
const ROUNDS: usize = 20;
/// How many tables one statement locks.
const BATCH: usize = 200;

/// Conditions on the locks of other sessions.
pub(in crate::restore) const ANY: &str = "granted";
const WRITES: &str = "granted AND l.mode <> 'AccessShareLock'";

const DEADLOCK: &str = "40P01";
const LOCK_TIMEOUT: &str = "55P03";
const SAVE: &str = "SAVEPOINT pgark_lock";
const RELEASE: &str = "RELEASE SAVEPOINT pgark_lock";
const BACK: &str = "ROLLBACK TO SAVEPOINT pgark_lock; RELEASE SAVEPOINT pgark_lock";
/// SQLSTATEs for a listed object that is gone or is being replaced.
const GONE: [&str; 4] = ["42P01", "3F000", "XX000", "42809"];

/// The locked relations, by oid.
pub(in crate::restore) struct Holds {
    relations: BTreeMap<u32, LockedRelation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct LockedRelation {
    /// Quoted and qualified.
    name: String,
    /// Of a sequence: its CACHE, the count of numbers that a session takes at once.
    cache: Option<String>,
    /// The role has the rights of its owner.
    owned: bool,
    /// It belongs to an extension.
    member: bool,
}

/// All tables and sequences but temporary ones and those of the system, whose oids are smaller.
const LIST: &str = "SELECT c.oid, n.nspname, c.relname, s.seqcache::pg_catalog.text AS cache, \
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned, \
       EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND d.objid = c.oid AND d.deptype = 'e') AS member \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
       LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid \
     WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND c.oid >= 16384";

impl Holds {
    /// Begins the transaction of `wire` and locks everything; then `watcher` takes its snapshot.
    pub(super) fn take(wire: &mut Wire, watcher: &Control, stop: &Stop) -> Result<Self, RestoreError> {
        let begun = Instant::now();
        let relations = loop {
            if stop.by_user() {
                return Err(RestoreError::Interrupted);
            }
            match attempt(wire) {
                Ok(relations) => break relations,
                Err(RestoreError::Server { source, .. }) if may_pass(&source) => {
                    wire.execute("ROLLBACK").map_err(doing("cannot give the locks back"))?;
                    if begun.elapsed() > PATIENCE {
                        let error = doing("cannot lock the tables")(source);
                        return Err(in_the_way(error, wire, watcher, WRITES));
                    }
                    stop.sleep(PAUSE);
                }
                Err(error) => return Err(error),
            }
        };
        let failed = doing("cannot begin to watch for changes");
        watcher
            .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .map_err(&failed)?;
        // The first query of a transaction takes its snapshot.
        watcher.query("SELECT").map_err(failed)?;
        Ok(Self { relations })
    }

    /// Strengthens the locks so that nobody reads.
    pub(super) fn keep_readers_away(&self, wire: &mut Wire, watcher: &Control) -> Result<(), RestoreError> {
        let patience = format!("SET LOCAL lock_timeout = {}", PATIENCE.as_millis());
        wire.execute(&patience)
            .map_err(doing("cannot set up the transaction"))?;
        let begun = Instant::now();
        loop {
            let failed = doing("cannot lock the tables");
            wire.execute(SAVE).map_err(&failed)?;
            let tables = self.relations.values().filter(|relation| relation.cache.is_none());
            match lock(wire, tables, "ACCESS EXCLUSIVE") {
                // A session waits to write to a table that it has read. It is being cancelled.
                Err(RestoreError::Server { source, .. })
                    if source.sqlstate() == Some(DEADLOCK) && begun.elapsed() < PATIENCE =>
                {
                    wire.execute(BACK).map_err(&failed)?;
                    std::thread::sleep(PAUSE);
                }
                Err(error) => return Err(in_the_way(error, wire, watcher, ANY)),
                Ok(()) => return wire.execute(RELEASE).map_err(failed),
            }
        }
    }

    /// Checks that everything that exists is locked, and that nothing else has changed since.
    pub(super) fn check_unchanged(&self, wire: &mut Wire, watcher: &Control) -> Result<(), RestoreError> {
        let failed = doing("cannot see what has changed");
        let now = list(wire)?;
        let mut changes: Vec<String> = Vec::new();
        let names = |of: &BTreeMap<u32, LockedRelation>, other: &BTreeMap<u32, LockedRelation>| {
            let differs = |(oid, relation): &(&u32, &LockedRelation)| {
                other.get(oid).is_none_or(|there| there.name != relation.name)
            };
            let named = of.iter().filter(differs).map(|(_, relation)| relation.name.clone());
            named.collect::<Vec<_>>()
        };
        changes.extend(names(&now, &self.relations));
        changes.extend(names(&self.relations, &now));
        let rows = watcher.query(&changed::query()).map_err(&failed)?;
        let others = changed::from_rows(&rows).map_err(&failed)?;
        if !others.is_empty() {
            changes.push(changed::names(&others));
        }
        let objects = "SELECT FROM pg_catalog.pg_largeobject_metadata LIMIT 1";
        if !wire.query(objects).map_err(&failed)?.is_empty() {
            changes.push("LARGE OBJECTS".to_owned());
        }
        changes.dedup();
        match changes.is_empty() {
            true => Ok(()),
            false => Err(RestoreError::ChangedMeanwhile {
                objects: changes.join(", "),
            }),
        }
    }
}

/// One transaction that locks everything there is.
fn attempt(wire: &mut Wire) -> Result<BTreeMap<u32, LockedRelation>, RestoreError> {
    let failed = doing("cannot begin the transaction");
    wire.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        .map_err(&failed)?;
    for setting in [
        // A rollback to a snapshot must survive a crash of the server.
        "SET LOCAL synchronous_commit = on".to_owned(),
        format!("SET LOCAL lock_timeout = {}", ATTEMPT.as_millis()),
    ] {
        wire.execute(&setting).map_err(&failed)?;
    }
    let mut held: BTreeMap<u32, LockedRelation> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let listed = list(wire)?;
        if listed == held {
            return Ok(held);
        }
        let foreign: Vec<&str> = listed
            .values()
            .filter(|r| !r.owned && !r.member)
            .map(|r| r.name.as_str())
            .collect();
        if !foreign.is_empty() {
            return Err(RestoreError::NotOwner {
                count: foreign.len(),
                examples: foreign.into_iter().take(3).collect::<Vec<_>>().join(", "),
            });
        }
        let new = || {
            listed
                .iter()
                .filter(|(oid, relation)| held.get(oid) != Some(relation))
                .map(|(_, r)| r)
        };
        lock(wire, new().filter(|relation| relation.cache.is_none()), "EXCLUSIVE")?;
        for sequence in new().filter(|relation| relation.owned) {
            if let Some(cache) = &sequence.cache {
                let sql = format!("ALTER SEQUENCE {} CACHE {cache}", sequence.name);
                wire.execute(&sql).map_err(doing("cannot lock the sequences"))?;
            }
        }
        held = listed;
    }
    Err(RestoreError::ChangedMeanwhile {
        objects: "the tables".to_owned(),
    })
}

fn list(wire: &mut Wire) -> Result<BTreeMap<u32, LockedRelation>, RestoreError> {
    let read = |row: &Row| -> Result<(u32, LockedRelation), ConnectError> {
        let relation = LockedRelation {
            name: ident::qualified(row.text("nspname")?, row.text("relname")?),
            cache: row.opt_string("cache")?,
            owned: row.bool("owned")?,
            member: row.bool("member")?,
        };
        Ok((row.oid("oid")?, relation))
    };
    let rows = wire.query(LIST);
    rows.and_then(|rows| rows.iter().map(read).collect())
        .map_err(doing("cannot list the tables"))
}

fn lock<'a>(wire: &mut Wire, tables: impl Iterator<Item = &'a LockedRelation>, mode: &str) -> Result<(), RestoreError> {
    let names: Vec<String> = tables.map(|table| format!("ONLY {}", table.name)).collect();
    names.chunks(BATCH).try_for_each(|names| {
        let sql = format!("LOCK TABLE {} IN {mode} MODE", names.join(", "));
        wire.execute(&sql).map_err(doing("cannot lock the tables"))
    })
}

fn may_pass(error: &ConnectError) -> bool {
    let state = error.sqlstate().unwrap_or_default();
    is_busy(error) || GONE.contains(&state)
}

/// Whether others hold what is to be locked.
pub(in crate::restore) fn is_busy(error: &ConnectError) -> bool {
    matches!(error.sqlstate(), Some(DEADLOCK | LOCK_TIMEOUT))
}

/// Replaces the error by one that names the sessions in the way, if there are any. `condition` selects their locks:
/// [`ANY`] or [`WRITES`].
pub(in crate::restore) fn in_the_way(
    error: RestoreError,
    wire: &Wire,
    watcher: &Control,
    condition: &str,
) -> RestoreError {
    match &error {
        RestoreError::Server { source, .. } if is_busy(source) => busy(wire, watcher, condition).unwrap_or(error),
        _ => error,
    }
}

fn busy(wire: &Wire, watcher: &Control, condition: &str) -> Result<RestoreError, RestoreError> {
    let failed = doing("cannot see who holds the locks");
    // A session of its own: inside a transaction the view of others' activity does not change.
    let observer = Control::connect(watcher.params()).map_err(&failed)?;
    let sql = format!(
        "SELECT DISTINCT a.pid, pg_catalog.format('session %s (user %s, application `%s`, %s)', a.pid, a.usename, \
             a.application_name, COALESCE(a.state, 'at work')) AS who \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE l.locktype = 'relation' AND l.{condition} AND l.relation >= 16384::pg_catalog.oid \
           AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
           AND l.pid <> {} ORDER BY a.pid LIMIT 5",
        wire.backend_pid()
    );
    let rows = observer.query(&sql).map_err(&failed)?;
    let who: Result<Vec<String>, ConnectError> = rows.iter().map(|row| row.string("who")).collect();
    let who = who.map_err(failed)?;
    Ok(RestoreError::Busy {
        holders: match who.is_empty() {
            true => "sessions that have ended since".to_owned(),
            false => who.join(", "),
        },
    })
}

/// Runs `run`; meanwhile cancels sessions that would deadlock with this one.
pub(in crate::restore) fn while_others_give_way<T>(
    watcher: &Control,
    own: u32,
    run: impl FnOnce() -> Result<T, RestoreError>,
) -> Result<T, RestoreError> {
    let failed = doing("cannot open a session that watches the locks");
    let canceller = Control::connect(watcher.params()).map_err(&failed)?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let cancelling = || cancel_waiting(&canceller, own, &done);
        let thread = std::thread::Builder::new().name("cancel waiting".into());
        thread
            .spawn_scoped(scope, cancelling)
            .map_err(|source| RestoreError::Thread {
                what: "watching the locks",
                source,
            })?;
        let result = run();
        done.store(true, SeqCst);
        result
    })
}

/// Cancels every session that waits for this one and that this one waits for, or will: it holds a lock on a relation.
fn cancel_waiting(canceller: &Control, own: u32, done: &AtomicBool) {
    let in_the_way = format!(
        "WITH RECURSIVE waits(pid) AS (SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids({own})) \
           UNION SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) FROM waits w WHERE w.pid <> {own}), \
         holds(pid) AS (SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database \
           WHERE l.locktype = 'relation' AND l.granted AND l.relation >= 16384::pg_catalog.oid \
             AND d.datname = pg_catalog.current_database()) \
         SELECT w.pid FROM (SELECT pid FROM waits UNION SELECT pid FROM holds) w \
         WHERE w.pid > 0 AND w.pid <> {own} AND {own} = ANY (pg_catalog.pg_blocking_pids(w.pid))"
    );
    while !done.load(SeqCst) {
        let Ok(rows) = canceller.query(&in_the_way) else { return };
        for pid in rows.iter().filter_map(|row| row.int("pid").ok()) {
            // Where cancelling is not allowed there is a deadlock, which the server then reports.
            let _ = canceller.query(&format!("SELECT pg_catalog.pg_cancel_backend({pid})"));
        }
        std::thread::sleep(PAUSE);
    }
}
