//! The sessions that load rows and build what needs them, each a thread with one connection.
//!
//! ```text
//! reader of the archive --> load queue --> session 1 .. N --> schedule (indexes, constraints)
//!                                 `-- bounded when the archive is a pipe
//! ```
//!
//! A free session takes a runnable definition before more rows: indexes of loaded tables are built while other sessions
//! go on loading. Small definitions, and the rows of small tables, are taken several at once and sent in one round
//! trip, each in a transaction of its own. When a job fails, what depends on it is lost and the rest goes on, unless
//! the caller wants to stop at the first failure.
//!
//! With a thousand tables of a few rows with primary keys, most of the time is the server's: it makes files and rows of
//! its catalogs. What we can save is waiting and waking: one by one, such a restore took 1.3 times the processor time
//! of client and server and 1.5 times the wall time of several at once (which is 0.70 and 0.84 of `pg_restore -j2`).
//! Such rows are added without TRUNCATE, which would give the table new files. Several tables in one transaction, with
//! a savepoint for each, were not tried: with `synchronous_commit` off a commit costs less than making a file.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::archive::Archive;
use crate::connect::{EACH_BYTES, Wire};
use crate::job::{Job, Stop};
use crate::model::kind::Pass;
use crate::model::{Catalog, Entry, EntryId, Relation, RelationId};
use crate::plan::restore::schedule::NodeId;
use crate::plan::restore::steps::{Phase, Step};
use crate::restore::define::execute::{self, Definition};
use crate::restore::load::copy;
use crate::restore::load::error::LoadError;
use crate::restore::load::statements::CopyStatements;
use crate::restore::record::journal::{Done, Journal};
use crate::restore::run::account::Account;
use crate::restore::run::state::{Fatal, LoadJob, Next, State, Work};
use crate::restore::search_path::{self, SearchPaths};

/// One scheduled phase while it runs.
pub(super) struct Crew<'a> {
    setting: Setting<'a>,
    whole_scans: HashSet<EntryId>,
    /// How many small jobs a session takes at once.
    at_once: usize,
    state: Mutex<State<'a>>,
    changed: Condvar,
}

/// What all phases of one restore share.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub catalog: &'a Catalog,
    pub archive: Option<&'a Archive>,
    /// How to load each relation that is restored.
    pub statements: &'a BTreeMap<RelationId, CopyStatements>,
    /// Records what is done, in the transaction that does it.
    pub journal: Option<&'a Journal>,
    /// What earlier runs have done.
    pub done: &'a Done,
    pub paths: &'a SearchPaths,
    pub job: &'a Job,
}

impl<'a> Crew<'a> {
    /// `refused` lists rows that cannot be loaded, each with the cause.
    pub(super) fn new(
        setting: Setting<'a>,
        phase: Phase,
        account: Account,
        refused: Vec<(RelationId, String)>,
    ) -> Self {
        // How long one refresh takes tells nothing about the next, so they are taken one by one.
        let is_main = |step: &Step| match step {
            Step::Define(id) => setting.catalog.entry(*id).is_some_and(|e| e.pass == Pass::Main),
            Step::Rows(_) => true,
        };
        let one_by_one = account.exits_on_error() || !phase.steps.iter().all(is_main);
        let mut state = State::new(setting.catalog, phase.steps, phase.nodes, account);
        state.pass_done(setting.done);
        for (relation, cause) in refused {
            state.refuse_rows(relation, cause);
        }
        state.give_up_lost(setting.done);
        Self {
            setting,
            whole_scans: phase.whole_scans,
            at_once: execute::at_once(one_by_one),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Queues rows; waits while `limit` jobs are queued already. Returns false once the work has stopped.
    pub(super) fn queue(&self, job: LoadJob, limit: usize) -> bool {
        let mut state = self.lock();
        while state.is_full(limit) && !self.setting.job.is_stopped() {
            state = self.wait(state);
        }
        state.queue(job);
        drop(state);
        self.changed.notify_all();
        !self.setting.job.is_stopped()
    }

    /// Says that no more jobs come for this relation, which has `expected` rows in all.
    pub(super) fn end_relation(&self, relation: RelationId, expected: u64) {
        self.lock().end_relation(relation, expected);
        self.changed.notify_all();
    }

    /// Says that no more jobs come at all. Relations that never ended are lost with `because`.
    pub(super) fn end_input(&self, because: &str) {
        self.lock().end_input(because);
        self.changed.notify_all();
    }

    /// Whether this restore made the table, so that one session may truncate and load it in one transaction.
    pub(super) fn is_fresh(&self, relation: RelationId) -> bool {
        self.setting.statements.get(&relation).is_some_and(|s| s.fresh)
    }

    /// Waits until everything that was queued has been loaded, or work has stopped.
    pub(super) fn wait_for_loads(&self) {
        let mut state = self.lock();
        while !self.setting.job.is_stopped() && state.is_loading() {
            state = self.wait(state);
        }
    }

    /// The work of one session, until nothing is left.
    pub(super) fn work(&self, wire: &mut Wire) {
        // Without this the other sessions would wait for one that panicked.
        let _panic = StopOnPanic(&self.setting.job.stop);
        while let Some(work) = self.next() {
            // The reader may be waiting for room in the queue.
            self.changed.notify_all();
            match work {
                Work::Define(nodes) => self.run_definitions(wire, &nodes),
                Work::Load(jobs) => self.run_loads(wire, &jobs),
            }
            self.lock().ran();
            self.changed.notify_all();
        }
    }

    /// Waits for something to do.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if self.setting.job.is_stopped() {
                return None;
            }
            match state.next(self.at_once, |loads| self.take_loads(loads)) {
                Next::Begin(work) => return Some(work),
                Next::Wait => state = self.wait(state),
                Next::End => return None,
            }
        }
    }

    /// Lets all sessions return after what they are doing.
    pub(super) fn stop(&self) {
        self.setting.job.stop.stop();
    }

    /// The account, and the error that ended the work. Call it after all sessions have returned.
    pub(super) fn into_account(self) -> (Account, Option<Fatal>) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.into_account()
    }

    /// Takes the next job; if it is small, also small ones after it.
    fn take_loads(&self, loads: &mut VecDeque<LoadJob>) -> Vec<LoadJob> {
        let mut jobs: Vec<LoadJob> = loads.pop_front().into_iter().collect();
        let Some(mut bytes) = jobs.first().and_then(|job| self.small_bytes(job)) else {
            return jobs;
        };
        while jobs.len() < self.at_once
            && let Some(more) = loads.front().and_then(|job| self.small_bytes(job))
            && bytes + more <= EACH_BYTES
        {
            bytes += more;
            jobs.extend(loads.pop_front());
        }
        jobs
    }

    fn small_bytes(&self, job: &LoadJob) -> Option<usize> {
        let statements = self.statements(job);
        let by_itself = self.setting.paths.always().is_some() || statements.path.get().is_some();
        copy::small_bytes(&job.rows, statements).filter(|_| !by_itself)
    }

    fn run_definitions(&self, wire: &mut Wire, nodes: &[NodeId]) {
        let definition = |id: EntryId| Definition {
            entry: self.entry(id),
            whole_scan: self.whole_scans.contains(&id),
            journal: self.setting.journal,
            paths: Some(self.setting.paths),
        };
        let mut left: Vec<(NodeId, Definition)> = {
            let state = self.lock();
            nodes
                .iter()
                .map(|node| (*node, definition(state.defines(*node))))
                .collect()
        };
        while let Some((_, first)) = left.first()
            && !wire.is_broken()
        {
            self.setting.job.progress.stage(first.entry.label());
            let definitions: Vec<Definition> = left.iter().map(|(_, definition)| *definition).collect();
            let results = execute::define(wire, &definitions);
            let after = left.split_off(results.len().clamp(1, left.len()));
            let mut state = self.lock();
            for ((node, _), result) in left.iter().zip(results) {
                state.defined(*node, result);
            }
            self.stop_with(&state);
            drop(state);
            left = after;
        }
    }

    fn run_loads(&self, wire: &mut Wire, jobs: &[LoadJob]) {
        let first = jobs.first().expect("a session is given at least one job");
        let label = self.relation(first).label();
        self.setting.job.progress.stage(format!("rows of {label}"));
        let (archive, progress) = (self.setting.archive, &*self.setting.job.progress);
        let results = if let [job] = jobs {
            let already_failed = self.lock().has_failed(job.relation);
            vec![if already_failed { Ok(0) } else { self.load(wire, job) }]
        } else {
            let rows: Vec<_> = jobs.iter().map(|job| (&job.rows, self.statements(job))).collect();
            let mut results = copy::load_small(wire, archive, &rows, progress);
            for (job, result) in jobs.iter().zip(&mut results) {
                if search_path::is_wanted_by(result) && !wire.is_broken() {
                    *result = self.load(wire, job);
                }
            }
            results
        };
        let mut state = self.lock();
        for (job, result) in jobs.iter().zip(results) {
            state.loaded(job.relation, result);
        }
        self.stop_with(&state);
    }

    /// Loads one job, under another `search_path` if the server does not find a name.
    fn load(&self, wire: &mut Wire, job: &LoadJob) -> Result<u64, LoadError> {
        let (statements, relation) = (self.statements(job), self.relation(job));
        let (archive, progress) = (self.setting.archive, &*self.setting.job.progress);
        let load = |wire: &mut Wire| copy::load(wire, archive, &job.rows, statements, progress);
        self.setting.paths.load(wire, relation, &statements.path, None, load)
    }

    /// Lets the sessions return if the state says that work has stopped.
    fn stop_with(&self, state: &State) {
        if state.is_stopped() {
            self.setting.job.stop.stop();
        }
    }

    fn entry(&self, id: EntryId) -> &'a Entry {
        let entry = self.setting.catalog.entry(id);
        entry.expect("steps are made of the entries of this catalog")
    }

    fn relation(&self, job: &LoadJob) -> &'a Relation {
        let relation = self.setting.catalog.relation(job.relation);
        relation.expect("rows are queued for relations of this catalog alone")
    }

    fn statements(&self, job: &LoadJob) -> &'a CopyStatements {
        let statements = self.setting.statements.get(&job.relation);
        statements.expect("rows are queued for relations that were selected, and all of these have statements")
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes up now and then, because a stop from outside notifies nobody.
    fn wait<'s>(&self, state: MutexGuard<'s, State<'a>>) -> MutexGuard<'s, State<'a>> {
        let tick = std::time::Duration::from_millis(200);
        self.changed
            .wait_timeout(state, tick)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

/// Stops the whole restore when the thread that holds it panics.
struct StopOnPanic<'a>(&'a Stop);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
