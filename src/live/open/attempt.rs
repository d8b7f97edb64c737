//! One attempt to lock the chosen tables and then take the snapshot that all sessions share.
//!
//! `LOCK TABLE` does not take a transaction's snapshot, so the order is: list the relations, begin, lock by name, and
//! only then export the snapshot. The list is read again inside the snapshot: if a chosen table is new, renamed or
//! replaced, everything is rolled back and tried again. So the snapshot also sees every TRUNCATE or rewrite that was
//! committed before the lock, and after the lock neither can happen.
//!
//! A snapshot that somebody else exported (`--snapshot`) is older than the locks. In that case the tables are checked
//! for rows that have become invisible to it, and another attempt would not help.
//!
//! A comparison of more tables than the server has room to lock takes its snapshot without locks. Each table is locked
//! while it is read, and then checked in the same way.

use std::collections::HashMap;
use std::time::Duration;

use crate::catalog::Scope;
use crate::catalog::relations::list;
use crate::catalog::state::rewritten;
use crate::connect::{Control, Mark, Wire};
use crate::live::error::{ReadError, doing, missing};
use crate::live::open::joining::import_statement;
use crate::live::open::readable::{self, Findings};
use crate::live::open::session::{HOLD, LET_GO};
use crate::live::open::{locks, session};
use crate::live::options::ReadOptions;
use crate::model::objects::relation::ListedRelation;
use crate::plan::choose::filter::{Chosen, Filter};
use crate::version::Version;

/// How long to wait for a table that is locked only while it is read.
const BRIEF_LOCK_PATIENCE: Duration = Duration::from_secs(300);

/// The leader and the control session before they have a snapshot.
pub(super) struct Pair {
    pub(super) control: Control,
    pub(super) leader: Wire,
    /// The marks of the control session and the leader.
    pub(super) marks: (Mark, Mark),
    pub(super) version: Version,
    pub(super) standby: bool,
    pub(super) filter: Filter,
    pub(super) options: ReadOptions,
    /// Whether the server has no room for locks on all tables.
    pub(super) brief_locks: bool,
}

/// All relations, which of them are chosen, and which of the chosen can be read.
pub(super) struct Seen {
    pub(super) relations: Vec<ListedRelation>,
    pub(super) chosen: Chosen,
    pub(super) findings: Findings,
}

impl Seen {
    fn lockable(&self) -> Vec<&ListedRelation> {
        let lockable = |r: &&ListedRelation| self.findings.lockable.contains(&r.oid);
        self.relations.iter().filter(lockable).collect()
    }
}

impl Pair {
    /// Locks the tables and takes the snapshot; `None` when the locked tables are not those that the snapshot sees.
    pub(super) fn attempt(&mut self) -> Result<Option<(String, Seen)>, ReadError> {
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
        // Must come before the transaction, which may run no query before it gets its snapshot.
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
            return Err(ReadError::Rewritten { tables });
        }
        self.again()
    }

    /// Locks the tables, unless there are too many and they may be read without; false when another attempt is needed.
    fn lock(&mut self, tables: &[&ListedRelation]) -> Result<bool, ReadError> {
        if self.brief_locks {
            // The leader then holds no other lock, but somebody may wait for a lock of the control session.
            let wait = self.options.lock_wait.unwrap_or(BRIEF_LOCK_PATIENCE);
            locks::set_timeout(&mut self.leader, wait)?;
            return Ok(true);
        }
        let taken = locks::take(&self.control, &mut self.leader, tables, self.options.lock_wait);
        match taken {
            Err(ReadError::LocksExhausted { .. }) if self.options.brief_locks => {
                self.brief_locks = true;
                Ok(false)
            }
            taken => taken,
        }
    }

    fn begin(&mut self) -> Result<(), ReadError> {
        let begin = session::begin_leader(&self.options);
        self.leader.execute(begin).map_err(doing("cannot begin"))?;
        self.control.execute(session::BEGIN).map_err(doing("cannot begin"))
    }

    /// Rolls both sessions back for another attempt.
    fn again<T>(&mut self) -> Result<Option<T>, ReadError> {
        self.leader.execute("ROLLBACK").map_err(doing("cannot roll back"))?;
        self.control.execute("ROLLBACK").map_err(doing("cannot roll back"))?;
        Ok(None)
    }

    fn look(&self) -> Result<Seen, ReadError> {
        let failed = doing("cannot list the relations");
        let relations = list::list(&self.control, self.version).map_err(&failed)?;
        let mut chosen = self.filter.choose(&names(&self.control, SCHEMAS)?, &relations)?;
        chosen.extensions = self.filter.choose_extensions(&names(&self.control, EXTENSIONS)?)?;
        let (control, options) = (&self.control, &self.options);
        let findings = readable::find(control, self.version, &relations, &chosen, options, self.standby)
            .map_err(doing("cannot see what may be read"))?;
        if !findings.unreadable.is_empty() && !options.skip_unreadable {
            return Err(ReadError::Unreadable {
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

/// Whether every table to lock has been locked by its present name.
fn is_settled(locked: &[&ListedRelation], seen: &Seen) -> bool {
    let locked: HashMap<u32, &ListedRelation> = locked.iter().map(|r| (r.oid, *r)).collect();
    seen.lockable().iter().all(|now| {
        locked
            .get(&now.oid)
            .is_some_and(|then| then.schema == now.schema && then.name == now.name && then.kind == now.kind)
    })
}

/// The names of the tables whose rows the snapshot no longer sees.
pub(super) fn rewritten_of(control: &Control, version: Version, relations: &[u32]) -> Result<Vec<String>, ReadError> {
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

/// The column `v` of a query.
pub(super) fn names(control: &Control, sql: &str) -> Result<Vec<String>, ReadError> {
    let failed = doing("cannot list schemas, extensions or servers");
    let rows = control.query(sql).map_err(&failed)?;
    rows.iter().map(|row| row.string("v").map_err(&failed)).collect()
}
