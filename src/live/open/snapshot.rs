//! The sessions that share one snapshot of a live database, and the relations chosen in it.
//!
//! Tables are locked before the snapshot is taken: see `attempt`.
//!
//! The leader is a data session. It owns the locks, so it can always read a table, even when an ACCESS EXCLUSIVE
//! request waits in the queue and the other sessions must not wait behind it. The control session owns the same locks,
//! because measuring a table and printing its rules lock it too. It never waits for them: when a request came between
//! the two sessions, both let go and try again. Having the same snapshot and locks, the two share the reading of the
//! catalogs.
//!
//! Queries lock the catalogs that they read until the transaction ends. Whoever wants such a catalog exclusively
//! (VACUUM FULL, REINDEX) would wait for these two sessions, and every other session would wait behind. So both
//! sessions set a savepoint after their locks, and go back to it when the catalogs have been read.

use std::collections::HashSet;

use crate::catalog::state::changed::Changed;
use crate::catalog::{self, Scope};
use crate::connect::session_identity;
use crate::connect::session_identity::ServerStart;
use crate::connect::{ConnectError, Control, Lent, Mark, Params, Wire};
use crate::job::Stop;
use crate::live::error::{ReadError, doing};
use crate::live::open::attempt::{Pair, Seen, names, rewritten_of};
use crate::live::open::joining::Joining;
use crate::live::open::session::{self, CATALOG_PATIENCE, END_HOLD, HOLD, LET_GO, single};
use crate::live::options::ReadOptions;
use crate::model::entry::Relation;
use crate::model::objects::relation::ListedRelation;
use crate::model::{Database, Missing};
use crate::plan::choose::filter::{Chosen, Filter};
use crate::select::pattern::PatternError;
use crate::version::Version;

const ATTEMPTS: u32 = 20;

/// Sessions that share one snapshot, and the relations chosen in it.
pub(crate) struct SharedSnapshot {
    pub control: Control,
    pub leader: Wire,
    /// The snapshot's id for `SET TRANSACTION SNAPSHOT`.
    pub id: String,
    server: ServerStart,
    pub version: Version,
    pub relations: Vec<ListedRelation>,
    pub chosen: Chosen,
    /// Rows and positions of chosen relations that cannot be read.
    pub missing: Vec<Missing>,
    /// Large objects whose content cannot be read.
    pub skipped_objects: HashSet<u32>,
    /// Whether a table is locked only while it is read.
    pub brief_locks: bool,
    options: ReadOptions,
}

impl SharedSnapshot {
    /// Connects, locks what `filter` chooses and exports a snapshot. The filter's patterns are
    /// parsed by `filter_for` once the database's name is known.
    pub(crate) fn take(
        params: &Params,
        options: &ReadOptions,
        filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
        stop: &Stop,
    ) -> Result<Self, ReadError> {
        let connect = |source| ReadError::Connect {
            server: params.describe(),
            source,
        };
        let control = Control::connect(params).map_err(connect)?;
        stop.watch(control.canceller());
        let version = control.server_version();
        check_version(&control, version)?;
        let marks = (Mark::default(), Mark::default());
        let patience = format!("; SET lock_timeout = {}", CATALOG_PATIENCE.as_millis());
        // Both steps run at once: the server starts the second session while it sets up the first.
        let (leader, set_up) = std::thread::scope(|threads| {
            let leader = threads.spawn(|| Wire::connect(control.params()));
            let set_up = control.execute(&(session::message(version, options, &marks.0) + &patience));
            (
                leader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                set_up,
            )
        });
        let mut leader = leader.map_err(connect)?;
        stop.watch(leader.canceller());
        let failed = doing("cannot set up the session");
        set_up.map_err(&failed)?;
        leader
            .execute(&session::message(version, options, &marks.1))
            .map_err(&failed)?;
        let server = session_identity::check((&control, &marks.0), (&mut leader, &marks.1)).map_err(&failed)?;
        let database = single(&control, "SELECT pg_catalog.current_database()::pg_catalog.text AS v")?;
        let standby = single(&control, "SELECT pg_catalog.pg_is_in_recovery()::pg_catalog.text AS v")? == "true";
        if standby && options.serializable_deferrable {
            return Err(ReadError::DeferrableOnStandby);
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
            if stop.stopped() {
                return Err(ReadError::Interrupted);
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
        Err(ReadError::Unsettled { attempts: ATTEMPTS })
    }

    /// Everything that further sessions need to see the same data.
    pub(crate) fn joining(&self) -> Joining {
        Joining {
            params: self.control.params().clone(),
            version: self.version,
            options: self.options.clone(),
            id: self.id.clone(),
            server: self.server.clone(),
        }
    }

    /// Reads the catalogs over both sessions. Neither waits long for a lock.
    pub(crate) fn read_catalog(&mut self, relations: &[u32]) -> Result<Database, ReadError> {
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
    pub(crate) fn revive_leader(&mut self) {
        // If this fails, the next query fails too, and its error is reported.
        let _ = self.leader.execute(LET_GO);
    }

    /// Gives back all locks except those that [`locks`](super::locks) took. A session that failed keeps its locks, but
    /// ends soon.
    pub(crate) fn let_go(&mut self) -> Result<(), ReadError> {
        let failed = doing("cannot let go of the catalogs");
        self.control.execute(LET_GO).map_err(&failed)?;
        self.leader.execute(LET_GO).map_err(&failed)
    }

    /// Locks one more table in the leader until the end, as [`locks`](super::locks) does with the chosen tables.
    pub(crate) fn lock(&mut self, table: &str) -> Result<(), ConnectError> {
        self.leader.execute(LET_GO)?;
        self.leader.execute(END_HOLD)?;
        self.leader
            .execute(&format!("LOCK TABLE {table} IN ACCESS SHARE MODE"))?;
        self.leader.execute(HOLD)
    }

    /// Fails if a table without a lock was emptied or replaced after the snapshot: its measured size would then be
    /// wrong.
    pub(crate) fn check_measured(&self, relations: &[Relation]) -> Result<(), ReadError> {
        if !self.brief_locks {
            return Ok(());
        }
        let oids: Vec<u32> = relations.iter().map(|r| r.oid).collect();
        let tables = rewritten_of(&self.control, self.version, &oids)?;
        if tables.is_empty() {
            Ok(())
        } else {
            Err(ReadError::Rewritten { tables })
        }
    }

    /// Whether the change concerns the catalog rows that were read for the chosen objects.
    pub(crate) fn concerns(&self, change: &Changed) -> bool {
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
    pub(crate) fn chosen_relations(&self) -> impl Iterator<Item = &ListedRelation> {
        self.relations.iter().filter(|r| self.chosen.relations.contains(&r.oid))
    }
}

const SERVERS: &str = "SELECT srvname::pg_catalog.text AS v FROM pg_catalog.pg_foreign_server";

fn check_version(control: &Control, version: Version) -> Result<(), ReadError> {
    if version.is_known() {
        return Ok(());
    }
    Err(ReadError::UnsupportedServer {
        version: single(control, "SELECT pg_catalog.current_setting('server_version') AS v")?,
        oldest: Version::OLDEST.major(),
        newest: Version::NEWEST.major(),
    })
}
