//! Locks the chosen tables, then takes the snapshot that every session of the dump shares.
//!
//! `LOCK TABLE` does not take a transaction's snapshot, so the order is: list the relations,
//! begin, lock by name, and only then export the snapshot. The list is read again inside it: if a
//! chosen table is new, renamed or replaced, everything is rolled back and tried again. What
//! TRUNCATE or a rewrite committed before the lock is thereby seen by the snapshot too, and after
//! the lock neither can happen.
//!
//! The leader is a data session: it owns the locks, so it can always read a table, even when an
//! ACCESS EXCLUSIVE request waits in the queue and the other sessions must not wait behind it. The
//! control session owns the same locks: measuring a table and printing its rules lock it too. It
//! never waits for them; when a request came between the two, both let go and try again. With the same snapshot and
//! locks, the two share the reading of the catalogs.
//!
//! Queries lock the catalogs that they read until the transaction ends. Whoever wants such a catalog for
//! itself (VACUUM FULL, REINDEX) would wait for these two sessions, and every other session behind it. So both
//! have a savepoint after their locks, and go back to it when the catalogs have been read.
//!
//! A snapshot that somebody else exported (`--snapshot`) is older than the locks: then the tables are
//! checked for what has become invisible to it, and there is nothing to try again.
//!
//! A comparison of more tables than the server has room to lock takes its snapshot without locks. Each table
//! is locked while it is read, and then checked in the same way.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::catalog::changed::Changed;
use crate::catalog::{self, Scope, relation_list, rewritten};
use crate::connect::mark::{self, ServerStart};
use crate::connect::{ConnectError, Control, Interrupt, Lent, Mark, Params, Wire};
use crate::dump::error::DumpError;
use crate::dump::joining::{Joining, import_statement};
use crate::dump::options::ReadOptions;
use crate::dump::readable::{self, Findings};
use crate::dump::{locks, session};
use crate::model::entry::Relation;
use crate::model::relation::RelationSummary;
use crate::model::{Database, Missing};
use crate::plan::filter::{Chosen, Filter};

const ATTEMPTS: u32 = 20;
const HOLD: &str = "SAVEPOINT pgark_catalogs";
/// The savepoint stays.
const LET_GO: &str = "ROLLBACK TO SAVEPOINT pgark_catalogs";
const END_HOLD: &str = "RELEASE SAVEPOINT pgark_catalogs";
/// Printing a view locks what it reads, chosen or not, and whoever holds that may wait for a table that
/// is locked here: no server would notice.
pub const CATALOG_PATIENCE: Duration = Duration::from_secs(5);

/// How long a table is waited for that is locked only while it is read.
const BRIEF_LOCK_PATIENCE: Duration = Duration::from_secs(300);

/// Sessions that share one snapshot, and the relations chosen in it.
pub struct Snapshot {
    pub control: Control,
    pub leader: Wire,
    /// For `SET TRANSACTION SNAPSHOT`.
    pub id: String,
    server: ServerStart,
    pub version: u32,
    pub relations: Vec<RelationSummary>,
    pub chosen: Chosen,
    /// Rows and positions of the chosen that cannot be had.
    pub missing: Vec<Missing>,
    /// Large objects whose content cannot be had.
    pub skipped_objects: HashSet<u32>,
    /// Nothing is locked but what is being read.
    pub brief_locks: bool,
    options: ReadOptions,
}

impl Snapshot {
    /// Connects, locks what `filter` chooses and exports a snapshot. The filter's patterns are
    /// parsed by `filter_for` once the database's name is known.
    pub fn take(
        params: &Params,
        options: &ReadOptions,
        filter_for: &dyn Fn(&str) -> Result<Filter, DumpError>,
        interrupt: &Interrupt,
    ) -> Result<Self, DumpError> {
        let connect = |source| DumpError::Connect {
            server: params.describe(),
            source,
        };
        let control = Control::connect(params).map_err(connect)?;
        interrupt.watch(control.canceller());
        let version = control.server_version();
        check_version(&control, version)?;
        let marks = (Mark::default(), Mark::default());
        let patience = format!("; SET lock_timeout = {}", CATALOG_PATIENCE.as_millis());
        // The server starts the second session while it sets up the first.
        let (leader, set_up) = std::thread::scope(|threads| {
            let leader = threads.spawn(|| Wire::connect(control.params()));
            let set_up = control.execute(&(session::message(version, options, &marks.0) + &patience));
            (
                leader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                set_up,
            )
        });
        let mut leader = leader.map_err(connect)?;
        interrupt.watch(leader.canceller());
        let failed = doing("cannot set up the session");
        set_up.map_err(&failed)?;
        leader
            .execute(&session::message(version, options, &marks.1))
            .map_err(&failed)?;
        let server = mark::check((&control, &marks.0), (&mut leader, &marks.1)).map_err(&failed)?;
        let database = single(&control, "SELECT pg_catalog.current_database()::pg_catalog.text AS v")?;
        let standby = single(&control, "SELECT pg_catalog.pg_is_in_recovery()::pg_catalog.text AS v")? == "true";
        if standby && options.serializable_deferrable {
            return Err(DumpError::DeferrableOnStandby);
        }
        let filter = filter_for(&database)?;
        if !filter.include_foreign_data.is_empty() {
            filter.check_servers(&names(&control, SERVERS)?)?;
        }
        let mut pair = Pair {
            marks,
            control,
            leader,
            version,
            standby,
            filter,
            options: options.clone(),
            brief_locks: false,
        };
        for _ in 0..ATTEMPTS {
            if interrupt.stopped() {
                return Err(DumpError::Interrupted);
            }
            if let Some((id, seen)) = pair.attempt()? {
                let Seen {
                    relations,
                    mut chosen,
                    findings,
                } = seen;
                chosen.without_rows.extend(findings.skipped);
                let unreadable = findings.unreadable.into_iter().map(|u| u.missing);
                return Ok(Self {
                    skipped_objects: findings.skipped_objects,
                    control: pair.control,
                    leader: pair.leader,
                    id,
                    server,
                    version,
                    relations,
                    chosen,
                    missing: unreadable.chain(findings.missing).collect(),
                    brief_locks: pair.brief_locks,
                    options: pair.options,
                });
            }
        }
        Err(DumpError::Unsettled { attempts: ATTEMPTS })
    }

    /// What more sessions need, to see the same data.
    pub fn joining(&self) -> Joining {
        Joining {
            params: self.control.params().clone(),
            version: self.version,
            options: self.options.clone(),
            id: self.id.clone(),
            server: self.server.clone(),
        }
    }

    /// Reads the catalogs over both sessions. Neither waits long for a lock.
    pub fn read_catalog(&mut self, relations: &[u32]) -> Result<Database, DumpError> {
        let patience = format!("SET LOCAL lock_timeout = {}", CATALOG_PATIENCE.as_millis());
        self.leader
            .execute(&patience)
            .map_err(doing("cannot set the lock timeout"))?;
        let leader = Lent::new(&mut self.leader);
        let version = self.version;
        let scope = |control| Scope {
            control,
            version,
            relations,
        };
        Ok(catalog::read(&scope(&self.control), &[scope(&leader)])?)
    }

    /// Lets the leader answer again after a query of a catalog that may have failed in it.
    pub fn revive_leader(&mut self) {
        // When this fails, so does the next question, which is the one to report.
        let _ = self.leader.execute(LET_GO);
    }

    /// Gives back all locks but those that [`locks`] took. Sessions that failed keep them; they end soon.
    pub fn let_go(&mut self) -> Result<(), DumpError> {
        let failed = doing("cannot let go of the catalogs");
        self.control.execute(LET_GO).map_err(&failed)?;
        self.leader.execute(LET_GO).map_err(&failed)
    }

    /// Locks one more table in the leader until the end, as [`locks`] does with the chosen ones.
    pub fn lock(&mut self, table: &str) -> Result<(), ConnectError> {
        self.leader.execute(LET_GO)?;
        self.leader.execute(END_HOLD)?;
        self.leader
            .execute(&format!("LOCK TABLE {table} IN ACCESS SHARE MODE"))?;
        self.leader.execute(HOLD)
    }

    /// What was measured may have been emptied or replaced before, where it is not locked.
    pub fn check_measured(&self, relations: &[Relation]) -> Result<(), DumpError> {
        if !self.brief_locks {
            return Ok(());
        }
        let oids: Vec<u32> = relations.iter().map(|r| r.oid).collect();
        let tables = rewritten_of(&self.control, self.version, &oids)?;
        if tables.is_empty() {
            Ok(())
        } else {
            Err(DumpError::Rewritten { tables })
        }
    }

    /// Something that was read of the catalogs for this dump.
    pub fn concerns(&self, change: &Changed) -> bool {
        let chosen = &self.chosen;
        match (change.relation, &change.schema) {
            (Some(relation), _) => chosen.relations.contains(&relation),
            (None, _) if chosen.everything => true,
            (None, Some(schema)) if change.kind == "SCHEMA" => {
                chosen.schemas.contains(schema) || self.chosen_relations().any(|r| r.schema == *schema)
            }
            (None, Some(schema)) => chosen.schemas.contains(schema),
            (None, None) => change.kind == "ROLE",
        }
    }

    /// The chosen relations in oid order.
    pub fn chosen_relations(&self) -> impl Iterator<Item = &RelationSummary> {
        self.relations.iter().filter(|r| self.chosen.relations.contains(&r.oid))
    }
}

/// The sessions of one dump before they have a snapshot.
struct Pair {
    control: Control,
    leader: Wire,
    /// Those of control and leader.
    marks: (Mark, Mark),
    version: u32,
    standby: bool,
    filter: Filter,
    options: ReadOptions,
    /// There is no room for locks on all tables.
    brief_locks: bool,
}

/// What there is, what of it is chosen and what of that can be read.
struct Seen {
    relations: Vec<RelationSummary>,
    chosen: Chosen,
    findings: Findings,
}

impl Seen {
    fn lockable(&self) -> Vec<&RelationSummary> {
        let lockable = |r: &&RelationSummary| self.findings.lockable.contains(&r.oid);
        self.relations.iter().filter(lockable).collect()
    }
}

impl Pair {
    /// Locks and takes the snapshot; `None` when what was locked is not what the snapshot has.
    fn attempt(&mut self) -> Result<Option<(String, Seen)>, DumpError> {
        let imported = self.options.snapshot.clone();
        if let Some(id) = &imported {
            self.begin()?;
            self.leader
                .execute(&import_statement(id))
                .map_err(doing("cannot import the snapshot"))?;
            self.control
                .execute(&import_statement(id))
                .map_err(doing("cannot import the snapshot"))?;
        }
        let listed = if imported.is_some() {
            self.control.execute(HOLD).map_err(doing("cannot begin"))?;
            let listed = self.look()?;
            self.control.execute(LET_GO).map_err(doing("cannot let go"))?;
            listed
        } else {
            self.look()?
        };
        let lockable = listed.lockable();
        // Asked before the transaction, which must have had no query when it gets its snapshot.
        if self.options.brief_locks && !self.brief_locks {
            self.brief_locks = !locks::have_room(&self.control, lockable.len())?;
        }
        if imported.is_none() {
            self.begin()?;
        }
        if !self.lock(&lockable)? {
            return self.again();
        }
        let rows = self
            .leader
            .query("SELECT pg_catalog.pg_export_snapshot() AS id")
            .map_err(doing("cannot export a snapshot"))?;
        let id = rows
            .first()
            .ok_or_else(|| missing("pg_export_snapshot"))?
            .string("id")
            .map_err(doing("snapshot"))?;
        let moved = doing("cannot keep the session");
        self.marks.1.find(|sql| self.leader.query(sql)).map_err(&moved)?;
        if imported.is_none() {
            self.control
                .execute(&import_statement(&id))
                .map_err(doing("cannot import the snapshot"))?;
        }
        self.marks.0.find(|sql| self.control.query(sql)).map_err(&moved)?;
        self.leader.execute(HOLD).map_err(doing("cannot begin"))?;
        self.control.execute(HOLD).map_err(doing("cannot begin"))?;
        let seen = self.look()?;
        if !is_settled(&lockable, &seen) {
            return self.again();
        }
        let oids: Vec<u32> = lockable.iter().map(|r| r.oid).collect();
        let tables = rewritten_of(&self.control, self.version, &oids)?;
        if tables.is_empty() {
            return Ok(Some((id, seen)));
        }
        if imported.is_some() {
            return Err(DumpError::Rewritten { tables });
        }
        self.again()
    }

    /// Locks the tables, unless they are too many and may be read without.
    fn lock(&mut self, tables: &[&RelationSummary]) -> Result<bool, DumpError> {
        if self.brief_locks {
            // The leader holds nothing else then, but somebody may wait for what the control session has.
            let wait = self.options.lock_wait.unwrap_or(BRIEF_LOCK_PATIENCE);
            locks::set_timeout(&mut self.leader, wait)?;
            return Ok(true);
        }
        let taken = locks::take(&self.control, &mut self.leader, tables, self.options.lock_wait);
        match taken {
            Err(DumpError::LocksExhausted { .. }) if self.options.brief_locks => {
                self.brief_locks = true;
                Ok(false)
            }
            taken => taken,
        }
    }

    fn begin(&mut self) -> Result<(), DumpError> {
        let begin = session::begin_leader(&self.options);
        self.leader.execute(begin).map_err(doing("cannot begin"))?;
        self.control.execute(session::BEGIN).map_err(doing("cannot begin"))
    }

    /// Lets go of everything, for another attempt.
    fn again<T>(&mut self) -> Result<Option<T>, DumpError> {
        self.leader.execute("ROLLBACK").map_err(doing("cannot roll back"))?;
        self.control.execute("ROLLBACK").map_err(doing("cannot roll back"))?;
        Ok(None)
    }

    fn look(&self) -> Result<Seen, DumpError> {
        let failed = doing("cannot list the relations");
        let relations = relation_list::list(&self.control, self.version).map_err(&failed)?;
        let mut chosen = self.filter.choose(&names(&self.control, SCHEMAS)?, &relations)?;
        chosen.extensions = self.filter.choose_extensions(&names(&self.control, EXTENSIONS)?)?;
        let (control, options) = (&self.control, &self.options);
        let findings = readable::find(control, self.version, &relations, &chosen, options, self.standby)
            .map_err(doing("cannot see what may be read"))?;
        if !findings.unreadable.is_empty() && !options.skip_unreadable {
            return Err(DumpError::Unreadable {
                objects: findings.unreadable,
            });
        }
        Ok(Seen {
            relations,
            chosen,
            findings,
        })
    }
}

/// Every table to lock has been locked by the name that it has.
fn is_settled(locked: &[&RelationSummary], seen: &Seen) -> bool {
    let locked: HashMap<u32, &RelationSummary> = locked.iter().map(|r| (r.oid, *r)).collect();
    seen.lockable().iter().all(|now| {
        locked
            .get(&now.oid)
            .is_some_and(|then| then.schema == now.schema && then.name == now.name && then.kind == now.kind)
    })
}

/// Those of the tables whose rows the snapshot does not see any more, by name.
fn rewritten_of(control: &Control, version: u32, relations: &[u32]) -> Result<Vec<String>, DumpError> {
    let scope = Scope {
        control,
        version,
        relations,
    };
    rewritten::read(&scope).map_err(doing("cannot check the tables"))
}

const SCHEMAS: &str = "SELECT nspname::pg_catalog.text AS v FROM pg_catalog.pg_namespace \
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY oid";
const EXTENSIONS: &str = "SELECT extname::pg_catalog.text AS v FROM pg_catalog.pg_extension";
const SERVERS: &str = "SELECT srvname::pg_catalog.text AS v FROM pg_catalog.pg_foreign_server";

/// The column `v` of a query.
fn names(control: &Control, sql: &str) -> Result<Vec<String>, DumpError> {
    let failed = doing("cannot list schemas, extensions or servers");
    let rows = control.query(sql).map_err(&failed)?;
    rows.iter().map(|row| row.string("v").map_err(&failed)).collect()
}

fn check_version(control: &Control, version: u32) -> Result<(), DumpError> {
    let major = version / 10_000;
    if (session::OLDEST_MAJOR..=session::NEWEST_MAJOR).contains(&major) {
        return Ok(());
    }
    Err(DumpError::UnsupportedServer {
        version: single(control, "SELECT pg_catalog.current_setting('server_version') AS v")?,
        oldest: session::OLDEST_MAJOR,
        newest: session::NEWEST_MAJOR,
    })
}

/// The text of column `v` of a query that gives one row.
pub fn single(control: &Control, sql: &str) -> Result<String, DumpError> {
    let failed = doing("cannot read the server's settings");
    let rows = control.query(sql).map_err(&failed)?;
    rows.first().ok_or_else(|| missing(sql))?.string("v").map_err(&failed)
}

/// Wraps a connection error with what was being done.
pub fn doing(what: &str) -> impl Fn(ConnectError) -> DumpError + '_ {
    move |source| DumpError::Server {
        doing: what.to_owned(),
        source,
    }
}

fn missing(what: &str) -> DumpError {
    DumpError::Server {
        doing: "the server gave no row".to_owned(),
        source: ConnectError::Protocol(format!("no row for `{what}`")),
    }
}
