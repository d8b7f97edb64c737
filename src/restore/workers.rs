//! The sessions that load rows and build what needs them, each a thread with one connection.
//!
//! ```text
//! reader of the archive --> load queue --> session 1 .. N --> schedule (indexes, constraints)
//!                                 `-- bounded when the archive is a pipe
//! ```
//!
//! A free session takes a runnable definition before more rows: indexes of tables that are loaded
//! are built while other sessions go on loading. A failed job loses what depends on it; the
//! rest goes on, unless the caller wants to stop at the first failure.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::archive::Archive;
use crate::connect::{ConnectError, Interrupt, Wire};
use crate::model::kind::Kind;
use crate::model::{Catalog, EntryId, RelationId};
use crate::plan::schedule::{NodeId, Schedule};
use crate::plan::steps::{Phase, Step};
use crate::progress::Progress;
use crate::restore::define::{self, Refused};
use crate::restore::error::{Failure, Skipped};
use crate::restore::load::{self, LoadError, Rows, Statements};

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
    state: Mutex<State>,
    changed: Condvar,
}

/// What all phases of one restore share.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub catalog: &'a Catalog,
    pub archive: Option<&'a Archive>,
    pub statements: &'a BTreeMap<RelationId, Statements>,
    pub exit_on_error: bool,
    pub interrupt: &'a Interrupt,
    pub progress: &'a Progress,
}

impl<'a> Crew<'a> {
    pub fn new(setting: Setting<'a>, phase: Phase) -> Self {
        let mut relations: HashMap<RelationId, RelationState> = HashMap::new();
        for (node, step) in phase.steps.iter().enumerate() {
            if let Step::Rows(relation) = step {
                relations.entry(*relation).or_default().node = Some(node);
            }
        }
        Self {
            setting,
            steps: phase.steps,
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
                if let Some(node) = state.schedule.take() {
                    break Work::Define(node);
                }
                if let Some(job) = state.loads.pop_front() {
                    break Work::Load(job);
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
                Work::Define(node) => self.run_definition(wire, node),
                Work::Load(job) => self.run_load(wire, job),
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

    fn run_definition(&self, wire: &mut Wire, node: NodeId) {
        let Step::Define(id) = self.steps[node] else { return };
        let Some(entry) = self.setting.catalog.entry(id) else {
            return;
        };
        self.setting
            .progress
            .stage(format!("{} {}", entry.kind, entry.identity));
        let result = define::define(wire, entry);
        let mut state = self.lock();
        match result {
            Ok(lesser) => {
                state.outcome.entries += 1;
                for lesser in lesser {
                    self.fail(&mut state, Failure::of_lesser(entry, &lesser), lesser.into_error());
                }
                state.schedule.ended(node, true);
                if matches!(entry.kind, Kind::Table | Kind::ForeignTable) {
                    self.release_held(&mut state, id);
                }
            }
            Err(Refused { statement, error }) => {
                let failure = Failure::of_entry(entry, statement.as_deref(), &error);
                self.fail(&mut state, failure, error);
                self.lose(&mut state, node);
            }
        }
    }

    fn run_load(&self, wire: &mut Wire, job: LoadJob) {
        let Some(statements) = self.setting.statements.get(&job.relation) else {
            return;
        };
        let already_failed = self.lock().relations.get(&job.relation).is_some_and(|r| r.failed);
        let result = if already_failed {
            Ok(0)
        } else {
            self.setting
                .progress
                .stage(format!("rows of {}", self.label(job.relation)));
            load::load(wire, self.setting.archive, job.rows, statements, self.setting.progress)
        };
        let mut state = self.lock();
        state.loading -= 1;
        let relation = state.relations.entry(job.relation).or_default();
        relation.finished += 1;
        match result {
            Ok(stored) => {
                relation.stored += stored;
                let of_table = self.setting.catalog.relation(job.relation);
                if of_table.is_some_and(|r| !r.large_objects) {
                    state.outcome.rows += stored;
                }
            }
            Err(error) => {
                let first = !std::mem::replace(&mut relation.failed, true);
                let failure = Failure::of_rows(&self.label(job.relation), error.to_string(), error.server());
                if first {
                    state.outcome.failures.push(failure);
                }
                if error.is_fatal()
                    && let LoadError::Server(source) = error
                {
                    let doing = format!("cannot load the rows of {}", self.label(job.relation));
                    state.outcome.fatal.get_or_insert(Fatal { doing, source });
                    self.setting.interrupt.stop();
                } else if self.setting.exit_on_error {
                    self.setting.interrupt.stop();
                }
            }
        }
        self.close_if_complete(&mut state, job.relation);
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
    Define(NodeId),
    Load(LoadJob),
}
