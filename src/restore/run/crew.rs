//! The sessions that load rows and build what needs them, each a thread with one connection.
//!
//! ```text
//! reader of the archive --> load queue --> session 1 .. N --> schedule (indexes, constraints)
//!                                 `-- bounded when the archive is a pipe
//! ```
//!
//! A free session takes a runnable definition before more rows: indexes of tables that are loaded
//! are built while other sessions go on loading. Small definitions and the rows of small tables are taken
//! several at once and sent in one round trip, each in a transaction of its own. A failed job loses what depends on it; the
//! rest goes on, unless the caller wants to stop at the first failure.
//!
//! Of a thousand tables of a few rows with primary keys, most of the time is the server's: making files, and rows
//! of its catalogs. What is ours to save is waiting and waking: taken one by one, such a restore used 1.3 times
//! the processor time of client and server and 1.5 times the wall time of what it uses with several at once
//! (which is 0.70 and 0.84 of `pg_restore -j2`). Their rows are added to the table as it was made, for TRUNCATE would give it new
//! files. Several tables in one transaction, with a savepoint for each, were not tried: with
//! `synchronous_commit` off a commit costs less than making a file.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::archive::Archive;
use crate::connect::{ConnectError, EACH_BYTES, Interrupt, Wire};
use crate::model::kind::{Kind, Pass};
use crate::model::{Catalog, Entry, EntryId, RelationId};
use crate::plan::schedule::{NodeId, Schedule};
use crate::plan::steps::{Phase, Step};
use crate::progress::Progress;
use crate::restore::define::execute::{self, Definition};
use crate::restore::failure::{Failure, Skipped};
use crate::restore::load::copy::{self, Rows};
use crate::restore::load::error::LoadError;
use crate::restore::load::statements::Statements;
use crate::restore::record::journal::{Done, Journal};
use crate::restore::refused::{Lesser, Refused};
use crate::restore::search_path::{self, SearchPaths};

/// Definitions for tables of at most so many bytes in all are taken several at once.
const SMALL_BYTES: u64 = 256 << 10;

/// Rows waiting to be loaded into one relation.
#[derive(Debug)]
pub struct LoadJob {
    pub relation: RelationId,
    pub rows: Rows,
}

/// What is known of a relation's rows.
#[derive(Debug, Default)]
struct RelationState {
    node: Option<NodeId>,
    queued: u64,
    finished: u64,
    /// No more jobs will be queued.
    ended: bool,
    failed: bool,
    /// The table could not be created: rows are dropped.
    inhibited: bool,
    stored: u64,
    /// By the archive's manifest or the relation's end record.
    expected: Option<u64>,
    /// Rows of a table that is not there yet.
    held: Vec<LoadJob>,
}

/// What happened, as far as it is worth telling.
#[derive(Debug, Default)]
pub struct Outcome {
    pub failures: Vec<Failure>,
    pub skipped: Vec<Skipped>,
    pub rows: u64,
    pub entries: u64,
    /// An error after which nothing can go on.
    pub fatal: Option<Fatal>,
}

/// A session that broke, and what it was doing.
#[derive(Debug)]
pub struct Fatal {
    pub doing: String,
    pub source: ConnectError,
}

struct State {
    schedule: Schedule,
    loads: VecDeque<LoadJob>,
    relations: HashMap<RelationId, RelationState>,
    running: usize,
    /// Load jobs that were queued and have not finished.
    loading: u64,
    /// Nodes that are listed as skipped.
    listed: HashSet<NodeId>,
    input_done: bool,
    outcome: Outcome,
}

/// One scheduled phase while it runs.
pub struct Crew<'a> {
    setting: Setting<'a>,
    steps: Vec<Step>,
    whole_scans: HashSet<EntryId>,
    /// How many small things a session takes at once.
    at_once: usize,
    state: Mutex<State>,
    changed: Condvar,
}

/// What all phases of one restore share.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub catalog: &'a Catalog,
    pub archive: Option<&'a Archive>,
    pub statements: &'a BTreeMap<RelationId, Statements>,
    /// Where it is recorded what is there.
    pub journal: Option<&'a Journal>,
    pub done: &'a Done,
    pub paths: &'a SearchPaths,
    pub exit_on_error: bool,
    pub interrupt: &'a Interrupt,
    pub progress: &'a Progress,
}

impl<'a> Crew<'a> {
    pub fn new(setting: Setting<'a>, phase: Phase) -> Self {
        let mut relations: HashMap<RelationId, RelationState> = HashMap::new();
        for (node, step) in phase.steps.iter().enumerate() {
            if let Step::Rows(relation) = step {
                let state = relations.entry(*relation).or_default();
                state.node = Some(node);
                state.stored = setting.done.stored(*relation).map_or(0, |stored| stored.rows);
            }
        }
        // What a refresh takes says nothing of the next.
        let is_main = |step: &Step| match step {
            Step::Define(id) => setting.catalog.entry(*id).is_some_and(|e| e.pass == Pass::Main),
            Step::Rows(_) => true,
        };
        let one_by_one = setting.exit_on_error || !phase.steps.iter().all(is_main);
        Self {
            setting,
            steps: phase.steps,
            whole_scans: phase.whole_scans,
            at_once: execute::at_once(one_by_one),
            state: Mutex::new(State {
                schedule: Schedule::new(phase.nodes),
                loads: VecDeque::new(),
                relations,
                running: 0,
                loading: 0,
                listed: HashSet::new(),
                input_done: false,
                outcome: Outcome::default(),
            }),
            changed: Condvar::new(),
        }
    }

    /// Definitions that earlier runs have executed.
    pub fn pass_done(&self) {
        let mut state = self.lock();
        for (node, step) in self.steps.iter().enumerate() {
            if matches!(step, Step::Define(id) if self.setting.done.entry(*id).is_some()) {
                state.schedule.ended(node, true);
            }
        }
    }

    /// Lists rows that cannot be loaded, before anything runs.
    pub fn refuse_rows(&self, relation: RelationId, cause: String) {
        let mut state = self.lock();
        let entry = state.relations.entry(relation).or_default();
        entry.inhibited = true;
        let node = entry.node;
        state
            .outcome
            .failures
            .push(Failure::of_rows(&self.label(relation), cause, None));
        if let Some(node) = node {
            self.lose(&mut state, node);
        }
    }

    /// Gives a node up before anything runs, because an earlier phase lost what it needs.
    pub fn give_up(&self, lost: impl Fn(&Step) -> Option<String>) {
        let mut state = self.lock();
        for (node, step) in self.steps.iter().enumerate() {
            let Some(because) = lost(step) else { continue };
            if let Step::Rows(relation) = step {
                state.relations.entry(*relation).or_default().inhibited = true;
            }
            self.skip(&mut state, node, because);
        }
    }

    /// Queues rows; waits while `limit` jobs are queued already. Returns false once the work has
    /// stopped.
    pub fn queue(&self, job: LoadJob, limit: usize) -> bool {
        let mut state = self.lock();
        while state.loads.len() >= limit && !self.setting.interrupt.stopped() {
            state = self.wait(state);
        }
        let relation = state.relations.entry(job.relation).or_default();
        if relation.inhibited {
            return !self.setting.interrupt.stopped();
        }
        relation.queued += 1;
        let node = relation.node;
        state.loading += 1;
        if node.is_some_and(|node| !state.schedule.is_open(node)) {
            state.relations.entry(job.relation).or_default().held.push(job);
        } else {
            state.loads.push_back(job);
        }
        drop(state);
        self.changed.notify_all();
        !self.setting.interrupt.stopped()
    }

    /// No more jobs for this relation; `expected` rows in all.
    pub fn end_relation(&self, relation: RelationId, expected: u64) {
        let mut state = self.lock();
        let entry = state.relations.entry(relation).or_default();
        entry.ended = true;
        entry.expected = Some(expected);
        self.close_if_complete(&mut state, relation);
        drop(state);
        self.changed.notify_all();
    }

    /// No more jobs at all. Relations that never ended are lost with `because`.
    pub fn end_input(&self, because: &str) {
        let mut state = self.lock();
        state.input_done = true;
        let open: Vec<RelationId> = state
            .relations
            .iter()
            .filter(|(_, r)| !r.ended && !r.inhibited)
            .map(|(id, _)| *id)
            .collect();
        for relation in open {
            let label = self.label(relation);
            let entry = state.relations.entry(relation).or_default();
            (entry.ended, entry.failed) = (true, true);
            state
                .outcome
                .failures
                .push(Failure::of_rows(&label, because.to_owned(), None));
            self.close_if_complete(&mut state, relation);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Its table was made by this restore, so one session may load it in the transaction that truncates it.
    pub fn is_fresh(&self, relation: RelationId) -> bool {
        self.setting.statements.get(&relation).is_some_and(|s| s.fresh)
    }

    /// Waits until everything that was queued has been loaded, or work has stopped.
    pub fn wait_for_loads(&self) {
        let mut state = self.lock();
        while !self.setting.interrupt.stopped() && state.loading > 0 {
            state = self.wait(state);
        }
    }

    /// One session's work, until nothing is left.
    pub fn work(&self, wire: &mut Wire) {
        // The others must not wait for a session that panicked.
        let _panic = StopOnPanic(self.setting.interrupt);
        loop {
            let mut state = self.lock();
            let job = loop {
                if self.setting.interrupt.stopped() || state.outcome.fatal.is_some() {
                    return;
                }
                let nodes = state.schedule.take_some(SMALL_BYTES, self.at_once);
                if !nodes.is_empty() {
                    break Work::Define(nodes);
                }
                let jobs = self.take_loads(&mut state.loads);
                if !jobs.is_empty() {
                    break Work::Load(jobs);
                }
                if state.schedule.is_finished() && state.input_done {
                    return;
                }
                if state.running == 0 && state.input_done {
                    self.report_stuck(&mut state);
                    return;
                }
                state = self.wait(state);
            };
            state.running += 1;
            drop(state);
            // The reader may be waiting for room in the queue.
            self.changed.notify_all();
            match job {
                Work::Define(nodes) => self.run_definitions(wire, &nodes),
                Work::Load(jobs) => self.run_loads(wire, jobs),
            }
            self.lock().running -= 1;
            self.changed.notify_all();
        }
    }

    /// Lets all sessions return after what they are doing.
    pub fn stop(&self) {
        self.setting.interrupt.stop();
    }

    /// What happened; call after all sessions have returned.
    pub fn into_outcome(self) -> Outcome {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).outcome
    }

    /// The next job; when it is small, the small ones after it too.
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
        let statements = self.setting.statements.get(&job.relation)?;
        let by_itself = self.setting.paths.always().is_some() || statements.path.get().is_some();
        copy::small_bytes(&job.rows, statements).filter(|_| !by_itself)
    }

    fn run_definitions(&self, wire: &mut Wire, nodes: &[NodeId]) {
        let definition = |node: &NodeId| match self.steps[*node] {
            Step::Define(id) => Some(Definition {
                entry: self.setting.catalog.entry(id)?,
                whole_scan: self.whole_scans.contains(&id),
                journal: self.setting.journal,
                paths: Some(self.setting.paths),
            }),
            Step::Rows(_) => None,
        };
        let mut left: Vec<(NodeId, Definition)> = nodes
            .iter()
            .filter_map(|node| Some((*node, definition(node)?)))
            .collect();
        while let Some((_, first)) = left.first()
            && !wire.is_broken()
        {
            self.setting.progress.stage(first.entry.label());
            let definitions: Vec<Definition> = left.iter().map(|(_, definition)| *definition).collect();
            let results = execute::define(wire, &definitions);
            let after = left.split_off(results.len().clamp(1, left.len()));
            let mut state = self.lock();
            for ((node, definition), result) in left.iter().zip(results) {
                self.defined(&mut state, *node, definition.entry, result);
            }
            left = after;
        }
    }

    fn defined(&self, state: &mut State, node: NodeId, entry: &Entry, result: Result<Vec<Lesser>, Refused>) {
        match result {
            Ok(lesser) => {
                state.outcome.entries += 1;
                for lesser in lesser {
                    self.fail(state, Failure::of_lesser(entry, &lesser), lesser.into_error());
                }
                state.schedule.ended(node, true);
                if matches!(entry.kind, Kind::Table | Kind::ForeignTable) {
                    self.release_held(state, entry.id);
                }
            }
            Err(Refused { statement, error }) => {
                let failure = Failure::of_entry(entry, statement.as_deref(), &error);
                self.fail(state, failure, error);
                self.lose(state, node);
            }
        }
    }

    fn run_loads(&self, wire: &mut Wire, jobs: Vec<LoadJob>) {
        let Some(first) = jobs.first() else { return };
        let label = self.label(first.relation);
        self.setting.progress.stage(format!("rows of {label}"));
        let (archive, progress) = (self.setting.archive, self.setting.progress);
        if let [job] = &jobs[..] {
            let already_failed = self.lock().relations.get(&job.relation).is_some_and(|r| r.failed);
            let result = if already_failed { Ok(0) } else { self.load(wire, job) };
            self.loaded(&mut self.lock(), job.relation, result);
            return;
        }
        let rows = jobs
            .iter()
            .filter_map(|job| Some((&job.rows, self.setting.statements.get(&job.relation)?)));
        let rows: Vec<_> = rows.collect();
        let mut results = copy::load_small(wire, archive, &rows, progress);
        for (job, result) in jobs.iter().zip(&mut results) {
            if search_path::is_wanted_by(result) && !wire.is_broken() {
                *result = self.load(wire, job);
            }
        }
        let mut state = self.lock();
        for (job, result) in jobs.iter().zip(results) {
            self.loaded(&mut state, job.relation, result);
        }
    }

    /// One job, under another `search_path` where the server does not find a name.
    fn load(&self, wire: &mut Wire, job: &LoadJob) -> Result<u64, LoadError> {
        let Some(statements) = self.setting.statements.get(&job.relation) else {
            return Ok(0);
        };
        let (archive, progress) = (self.setting.archive, self.setting.progress);
        let relation = self.setting.catalog.relation(job.relation);
        let schema = relation.map_or("", |relation| &relation.schema);
        let known = statements.path.get().map(String::as_str);
        let load = |wire: &mut Wire| copy::load(wire, archive, &job.rows, statements, progress);
        let (result, path) = self.setting.paths.load(wire, schema, known, load);
        if let Some(path) = path {
            self.setting
                .paths
                .note(format!("rows of {}", self.label(job.relation)), &path);
            // Another session may have found the same.
            let _ = statements.path.set(path);
        }
        result
    }

    fn loaded(&self, state: &mut State, id: RelationId, result: Result<u64, LoadError>) {
        state.loading -= 1;
        let relation = state.relations.entry(id).or_default();
        relation.finished += 1;
        match result {
            Ok(stored) => {
                relation.stored += stored;
                let of_table = self.setting.catalog.relation(id);
                if of_table.is_some_and(|r| !r.large_objects) {
                    state.outcome.rows += stored;
                }
            }
            Err(error) => {
                let first = !std::mem::replace(&mut relation.failed, true);
                let failure = Failure::of_rows(&self.label(id), error.to_string(), error.server());
                if first {
                    state.outcome.failures.push(failure);
                }
                if error.is_fatal()
                    && let LoadError::Server(source) = error
                {
                    let doing = format!("cannot load the rows of {}", self.label(id));
                    state.outcome.fatal.get_or_insert(Fatal { doing, source });
                    self.setting.interrupt.stop();
                } else if self.setting.exit_on_error {
                    self.setting.interrupt.stop();
                }
            }
        }
        self.close_if_complete(state, id);
    }

    /// Ends the relation's node once every job is done and no more can come.
    fn close_if_complete(&self, state: &mut State, relation: RelationId) {
        let Some(entry) = state.relations.get_mut(&relation) else {
            return;
        };
        if !entry.ended || entry.finished < entry.queued {
            return;
        }
        let (node, stored, expected) = (entry.node, entry.stored, entry.expected.unwrap_or(entry.stored));
        if !entry.failed && !entry.inhibited && stored != expected {
            entry.failed = true;
            let cause = format!("{stored} rows were stored, the archive has {expected}");
            state
                .outcome
                .failures
                .push(Failure::of_rows(&self.label(relation), cause, None));
        }
        let failed = state.relations.get(&relation).is_some_and(|r| r.failed);
        match node {
            Some(node) if failed => self.lose(state, node),
            Some(node) => {
                state.schedule.ended(node, true);
            }
            None => {}
        }
    }

    fn fail(&self, state: &mut State, failure: Failure, error: ConnectError) {
        let doing = format!("cannot create {} {}", failure.kind, failure.identity);
        state.outcome.failures.push(failure);
        if error.is_fatal() {
            state.outcome.fatal.get_or_insert(Fatal { doing, source: error });
            self.setting.interrupt.stop();
        } else if self.setting.exit_on_error {
            self.setting.interrupt.stop();
        }
    }

    fn lose(&self, state: &mut State, node: NodeId) {
        let because = format!("{} failed", self.name(node));
        for (lost, _) in state.schedule.ended(node, false) {
            self.drop_held(state, lost);
            self.list_skipped(state, lost, &because);
        }
    }

    /// Queues the rows that waited for a table.
    fn release_held(&self, state: &mut State, table: EntryId) {
        let waiting: Vec<RelationId> = state
            .relations
            .iter()
            .filter(|(_, r)| !r.held.is_empty())
            .map(|(id, _)| *id)
            .filter(|id| self.setting.catalog.relation(*id).and_then(|r| r.entry) == Some(table))
            .collect();
        for relation in waiting {
            let held = state.relations.get_mut(&relation).map(|r| std::mem::take(&mut r.held));
            state.loads.extend(held.unwrap_or_default());
        }
    }

    /// Gives up the rows of a table that will not be there.
    fn drop_held(&self, state: &mut State, node: NodeId) {
        let Step::Rows(relation) = self.steps[node] else { return };
        let entry = state.relations.entry(relation).or_default();
        entry.inhibited = true;
        let dropped = std::mem::take(&mut entry.held).len() as u64;
        entry.finished += dropped;
        state.loading -= dropped;
    }

    fn skip(&self, state: &mut State, node: NodeId, because: String) {
        let lost = state.schedule.ended(node, false);
        self.drop_held(state, node);
        self.list_skipped(state, node, &because);
        for (lost, _) in lost {
            self.drop_held(state, lost);
            self.list_skipped(state, lost, &because);
        }
    }

    fn list_skipped(&self, state: &mut State, node: NodeId, because: &str) {
        // A node may be reached from several failures; the first is the reason.
        if !state.listed.insert(node) {
            return;
        }
        let (kind, identity) = match self.steps[node] {
            Step::Define(id) => match self.setting.catalog.entry(id) {
                Some(entry) => (entry.kind.label().to_owned(), entry.identity.clone()),
                None => return,
            },
            Step::Rows(relation) => ("TABLE DATA".to_owned(), self.label(relation)),
        };
        state.outcome.skipped.push(Skipped {
            kind,
            identity,
            because: because.to_owned(),
        });
    }

    /// Nothing runs and nothing can: the archive's dependencies form a loop.
    fn report_stuck(&self, state: &mut State) {
        for node in state.schedule.stuck() {
            self.skip(state, node, "its dependencies form a loop".to_owned());
        }
    }

    fn name(&self, node: NodeId) -> String {
        match self.steps[node] {
            Step::Define(id) => self
                .setting
                .catalog
                .entry(id)
                .map_or_else(String::new, |e| format!("{} {}", e.kind, e.identity)),
            Step::Rows(relation) => format!("TABLE DATA {}", self.label(relation)),
        }
    }

    fn label(&self, relation: RelationId) -> String {
        self.setting
            .catalog
            .relation(relation)
            .map_or_else(String::new, crate::model::Relation::label)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes up now and then, because a stop from outside notifies nobody.
    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let tick = std::time::Duration::from_millis(200);
        self.changed
            .wait_timeout(state, tick)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

/// Stops the whole restore when the thread that holds it panics.
struct StopOnPanic<'a>(&'a Interrupt);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

enum Work {
    Define(Vec<NodeId>),
    Load(Vec<LoadJob>),
}
