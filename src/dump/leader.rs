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
//! never waits for them; when a request came between the two, both let go and try again.

use std::collections::HashMap;

use crate::catalog::relation_list;
use crate::connect::{ConnectError, Control, Interrupt, Params, Wire};
use crate::dump::error::DumpError;
use crate::dump::session;
use crate::model::ident;
use crate::model::relation::RelationSummary;
use crate::plan::filter::{Chosen, Filter};

/// A whole LOCK statement is kept near this many bytes.
const LOCK_BATCH_BYTES: usize = 100_000;
const ATTEMPTS: u32 = 20;

/// Sessions that share one snapshot, and the relations chosen in it.
pub struct Snapshot {
    pub control: Control,
    pub leader: Wire,
    /// For `SET TRANSACTION SNAPSHOT`.
    pub id: String,
    pub version: u32,
    pub relations: Vec<RelationSummary>,
    pub chosen: Chosen,
}

impl Snapshot {
    /// Connects, locks what `filter` chooses and exports a snapshot. The filter's patterns are
    /// parsed by `filter_for` once the database's name is known.
    pub fn take(
        params: &Params,
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
        let mut leader = Wire::connect(control.params()).map_err(connect)?;
        interrupt.watch(leader.canceller());
        for statement in session::settings(version) {
            control
                .execute(&statement)
                .map_err(doing("cannot set up the session"))?;
            leader.execute(&statement).map_err(doing("cannot set up the session"))?;
        }
        let database = single(&control, "SELECT pg_catalog.current_database()::pg_catalog.text AS v")?;
        let filter = filter_for(&database)?;
        for _ in 0..ATTEMPTS {
            if interrupt.stopped() {
                return Err(DumpError::Interrupted);
            }
            if let Some(seen) = attempt(&control, &mut leader, version, &filter)? {
                let Seen { id, relations, chosen } = seen;
                return Ok(Self {
                    control,
                    leader,
                    id,
                    version,
                    relations,
                    chosen,
                });
            }
        }
        Err(DumpError::Unsettled { attempts: ATTEMPTS })
    }

    /// One more session that sees the same data.
    pub fn join(&self, interrupt: &Interrupt) -> Result<Wire, DumpError> {
        let params = self.control.params();
        let connect = |source| DumpError::Connect {
            server: params.describe(),
            source,
        };
        let mut wire = Wire::connect(params).map_err(connect)?;
        interrupt.watch(wire.canceller());
        for statement in session::settings(self.version) {
            wire.execute(&statement).map_err(doing("cannot set up the session"))?;
        }
        wire.execute(session::BEGIN).map_err(doing("cannot begin"))?;
        let import = format!("SET TRANSACTION SNAPSHOT {}", ident::quote_literal(&self.id));
        wire.execute(&import).map_err(doing("cannot import the snapshot"))?;
        Ok(wire)
    }

    /// The chosen relations in oid order.
    pub fn chosen_relations(&self) -> impl Iterator<Item = &RelationSummary> {
        self.relations.iter().filter(|r| self.chosen.relations.contains(&r.oid))
    }
}

/// What one attempt saw in its snapshot.
struct Seen {
    id: String,
    relations: Vec<RelationSummary>,
    chosen: Chosen,
}

fn attempt(control: &Control, leader: &mut Wire, version: u32, filter: &Filter) -> Result<Option<Seen>, DumpError> {
    let listed = list(control, version)?;
    let chosen = filter.choose(&schemas(control)?, &listed)?;
    let lockable: Vec<&RelationSummary> = listed
        .iter()
        .filter(|r| is_lockable(r) && chosen.relations.contains(&r.oid))
        .collect();
    leader.execute(session::BEGIN).map_err(doing("cannot begin"))?;
    control.execute(session::BEGIN).map_err(doing("cannot begin"))?;
    let statements = lock_statements(&lockable);
    let mut locks = statements.iter().map(|statement| leader.execute(statement));
    let mut held = all_locked(&mut locks)?;
    if held {
        let mut locks = statements
            .iter()
            .map(|statement| control.execute(&format!("{statement} NOWAIT")));
        held = all_locked(&mut locks)?;
    }
    if !held {
        rollback(control, leader)?;
        return Ok(None);
    }
    let rows = leader
        .query("SELECT pg_catalog.pg_export_snapshot() AS id")
        .map_err(doing("cannot export a snapshot"))?;
    let id = rows
        .first()
        .ok_or_else(|| missing("pg_export_snapshot"))?
        .string("id")
        .map_err(doing("snapshot"))?;
    control
        .execute(&format!("SET TRANSACTION SNAPSHOT {}", ident::quote_literal(&id)))
        .map_err(doing("cannot import the snapshot"))?;
    let seen = list(control, version)?;
    let chosen = filter.choose(&schemas(control)?, &seen)?;
    let locked: HashMap<u32, &RelationSummary> = lockable.iter().map(|r| (r.oid, *r)).collect();
    let settled = seen
        .iter()
        .filter(|r| is_lockable(r) && chosen.relations.contains(&r.oid))
        .all(|now| {
            locked
                .get(&now.oid)
                .is_some_and(|then| then.schema == now.schema && then.name == now.name && then.kind == now.kind)
        });
    if !settled {
        rollback(control, leader)?;
        return Ok(None);
    }
    Ok(Some(Seen {
        id,
        relations: seen,
        chosen,
    }))
}

/// Whether every statement got its locks; false when a table is gone or would have to be waited for.
fn all_locked(locks: &mut dyn Iterator<Item = Result<(), ConnectError>>) -> Result<bool, DumpError> {
    for result in locks {
        match result {
            Ok(()) => {}
            Err(error) if is_gone(&error) || is_held(&error) => return Ok(false),
            Err(source) => {
                return Err(DumpError::Server {
                    doing: "cannot lock the tables".into(),
                    source,
                });
            }
        }
    }
    Ok(true)
}

fn rollback(control: &Control, leader: &mut Wire) -> Result<(), DumpError> {
    leader.execute("ROLLBACK").map_err(doing("cannot roll back"))?;
    control.execute("ROLLBACK").map_err(doing("cannot roll back"))
}

fn list(control: &Control, version: u32) -> Result<Vec<RelationSummary>, DumpError> {
    relation_list::list(control, version).map_err(doing("cannot list the relations"))
}

/// The names of all schemas that are not the system's.
fn schemas(control: &Control) -> Result<Vec<String>, DumpError> {
    let failed = doing("cannot list the schemas");
    let rows = control
        .query(
            "SELECT nspname::pg_catalog.text AS v FROM pg_catalog.pg_namespace \
             WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY oid",
        )
        .map_err(&failed)?;
    rows.iter().map(|row| row.string("v").map_err(&failed)).collect()
}

/// Only tables can be locked with `LOCK TABLE` and matter: views and sequences are read from the
/// catalogs, foreign tables are not read.
fn is_lockable(relation: &RelationSummary) -> bool {
    matches!(relation.kind, 'r' | 'p')
}

fn lock_statements(tables: &[&RelationSummary]) -> Vec<String> {
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

/// The name no longer means a table: undefined table, undefined schema, wrong object type.
fn is_gone(error: &ConnectError) -> bool {
    matches!(error.sqlstate(), Some("42P01" | "3F000" | "42809"))
}

/// Somebody has or waits for a lock that excludes ours: lock_not_available.
fn is_held(error: &ConnectError) -> bool {
    error.sqlstate() == Some("55P03")
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
