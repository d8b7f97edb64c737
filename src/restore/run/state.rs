//! The state of a crew: what is to be done and what was done. It knows neither threads nor servers.
//!
//! ```text
//! a relation:  queued jobs --> finished --> ended, and as many rows stored as expected --> what needs them may run
//!                                      `--> anything else --> what needs them is skipped
//! ```
//!
//! Pure: results of jobs and definitions go in; the next work and the account come out.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::connect::ConnectError;
use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, EntryId, Relation, RelationId};
use crate::plan::restore::schedule::{Node, NodeId, Schedule};
use crate::plan::restore::steps::Step;
use crate::restore::failure::{Cause, Failure, Subject};
use crate::restore::load::copy::Rows;
use crate::restore::load::error::LoadError;
use crate::restore::record::journal::Done;
use crate::restore::refused::{Lesser, Refused};
use crate::restore::run::account::Account;

/// Definitions are taken several at once if their tables have at most this many bytes together.
const SMALL_TABLES_BYTES: u64 = 256 << 10;

/// Rows waiting to be loaded into one relation.
#[derive(Debug)]
pub(super) struct LoadJob {
    pub relation: RelationId,
    pub rows: Rows,
}

/// A session that broke, and what it was doing.
#[derive(Debug)]
pub(super) struct Fatal {
    pub doing: String,
    pub source: ConnectError,
}

/// What a session is to do.
#[derive(Debug)]
pub(super) enum Work {
    /// At least one node, each a definition.
    Define(Vec<NodeId>),
    /// At least one job.
    Load(Vec<LoadJob>),
}

/// The answer to a free session that asks for work.
#[derive(Debug)]
pub(super) enum Next {
    /// The session counts as running until [`State::ran`].
    Begin(Work),
    /// No work now; there may be some when another session is done or rows come.
    Wait,
    /// No work any more.
    End,
}

/// What is known about the rows of a relation.
#[derive(Debug, Default)]
struct RelationState {
    node: Option<NodeId>,
    queued: u64,
    finished: u64,
    /// No more jobs will be queued.
    ended: bool,
    failed: bool,
    /// The table could not be created, so its rows are dropped.
    inhibited: bool,
    stored: u64,
    /// The number of rows, from the archive's manifest or from the relation's end record.
    expected: Option<u64>,
    /// Rows of a table that does not exist yet.
    held: Vec<LoadJob>,
}

/// One scheduled phase.
#[derive(Debug)]
pub(super) struct State<'a> {
    catalog: &'a Catalog,
    steps: Vec<Step>,
    schedule: Schedule,
    loads: VecDeque<LoadJob>,
    relations: HashMap<RelationId, RelationState>,
    running: usize,
    /// Load jobs that were queued and have not finished.
    loading: u64,
    /// Nodes that are already listed as skipped.
    listed: HashSet<NodeId>,
    input_done: bool,
    account: Account,
    /// An error after which no work is possible.
    fatal: Option<Fatal>,
    /// No more work is to begin.
    stopped: bool,
}

impl<'a> State<'a> {
    /// The state before anything runs. [`State::pass_done`] and [`State::give_up_lost`] come next.
    pub(super) fn new(catalog: &'a Catalog, steps: Vec<Step>, nodes: Vec<Node>, account: Account) -> Self {
        let mut relations: HashMap<RelationId, RelationState> = HashMap::new();
        for (node, step) in steps.iter().enumerate() {
            if let Step::Rows(relation) = step {
                relations.entry(*relation).or_default().node = Some(node);
            }
        }
        Self {
            catalog,
            steps,
            schedule: Schedule::new(nodes),
            loads: VecDeque::new(),
            relations,
            running: 0,
            loading: 0,
            listed: HashSet::new(),
            input_done: false,
            account,
            fatal: None,
            stopped: false,
        }
    }

    /// Marks what earlier runs have done as ended, before anything runs.
    pub(super) fn pass_done(&mut self, done: &Done) {
        for (node, step) in self.steps.iter().enumerate() {
            match step {
                Step::Define(id) if done.entry(*id).is_some() => {
                    self.schedule.ended(node, true);
                }
                Step::Define(_) => {}
                Step::Rows(relation) => {
                    let stored = done.stored(*relation).map_or(0, |stored| stored.rows);
                    self.relations.entry(*relation).or_default().stored = stored;
                }
            }
        }
    }

    /// Lists rows that cannot be loaded, before anything runs.
    pub(super) fn refuse_rows(&mut self, relation: RelationId, cause: String) {
        let state = self.relations.entry(relation).or_default();
        state.inhibited = true;
        let node = state.node;
        let failure = Failure::of_rows(self.relation(relation), cause, None);
        self.account.failures.push(failure);
        if let Some(node) = node {
            self.lose(node);
        }
    }

    /// Skips what needs something that an earlier phase lost, before anything runs. Entries that are `done` are not
    /// skipped.
    pub(super) fn give_up_lost(&mut self, done: &Done) {
        for node in 0..self.steps.len() {
            let cause = match self.steps[node] {
                Step::Define(id) if done.entry(id).is_some() => None,
                Step::Define(id) => self.account.cause_of_needs(self.entry(id)),
                Step::Rows(relation) => {
                    let table = self.relation(relation).entry;
                    table.and_then(|table| self.account.cause(table))
                }
            };
            if let Some(because) = cause.cloned() {
                if let Step::Rows(relation) = self.steps[node] {
                    self.relations.entry(relation).or_default().inhibited = true;
                }
                self.skip(node, &because);
            }
        }
    }

    /// Whether `limit` jobs are waiting already.
    pub(super) fn is_full(&self, limit: usize) -> bool {
        self.loads.len() >= limit
    }

    /// Whether load jobs are queued or under way.
    pub(super) fn is_loading(&self) -> bool {
        self.loading > 0
    }

    /// Whether something has happened after which no more work is to begin.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Queues rows. Rows of a table that will not exist are dropped.
    pub(super) fn queue(&mut self, job: LoadJob) {
        let relation = self.relations.entry(job.relation).or_default();
        if relation.inhibited {
            return;
        }
        relation.queued += 1;
        self.loading += 1;
        if relation.node.is_some_and(|node| !self.schedule.is_open(node)) {
            relation.held.push(job);
        } else {
            self.loads.push_back(job);
        }
    }

    /// Notes that no more jobs come for this relation, which has `expected` rows in all.
    pub(super) fn end_relation(&mut self, relation: RelationId, expected: u64) {
        let state = self.relations.entry(relation).or_default();
        state.ended = true;
        state.expected = Some(expected);
        self.close_if_complete(relation);
    }

    /// Notes that no more jobs come at all. Relations that never ended are lost with `because`.
    pub(super) fn end_input(&mut self, because: &str) {
        self.input_done = true;
        let mut open: Vec<RelationId> = self
            .relations
            .iter()
            .filter(|(_, r)| !r.ended && !r.inhibited)
            .map(|(id, _)| *id)
            .collect();
        open.sort_unstable();
        for relation in open {
            let state = self.relations.entry(relation).or_default();
            (state.ended, state.failed) = (true, true);
            let failure = Failure::of_rows(self.relation(relation), because.to_owned(), None);
            self.account.failures.push(failure);
            self.close_if_complete(relation);
        }
    }

    /// The next work: at most `at_once` small definitions, or the waiting jobs that `take` removes.
    pub(super) fn next(&mut self, at_once: usize, take: impl FnOnce(&mut VecDeque<LoadJob>) -> Vec<LoadJob>) -> Next {
        if self.fatal.is_some() {
            return Next::End;
        }
        let nodes = self.schedule.take_some(SMALL_TABLES_BYTES, at_once);
        if !nodes.is_empty() {
            self.running += 1;
            return Next::Begin(Work::Define(nodes));
        }
        let jobs = take(&mut self.loads);
        if !jobs.is_empty() {
            self.running += 1;
            return Next::Begin(Work::Load(jobs));
        }
        if self.schedule.is_finished() && self.input_done {
            return Next::End;
        }
        if self.running == 0 && self.input_done {
            // Nothing runs, and what is left can never run.
            for node in self.schedule.stuck() {
                self.skip(node, &Cause::Loop);
            }
            return Next::End;
        }
        Next::Wait
    }

    /// Notes that a session has finished what [`State::next`] gave it.
    pub(super) fn ran(&mut self) {
        self.running -= 1;
    }

    /// The entry that this node defines.
    pub(super) fn defines(&self, node: NodeId) -> EntryId {
        match self.steps[node] {
            Step::Define(id) => id,
            Step::Rows(_) => unreachable!("rows are external to the schedule, which never hands them out"),
        }
    }

    /// Takes the result of a node's definition.
    pub(super) fn defined(&mut self, node: NodeId, result: Result<Vec<Lesser>, Refused>) {
        let entry = self.entry(self.defines(node));
        match result {
            Ok(lesser) => {
                self.account.entries += 1;
                for lesser in lesser {
                    self.fail(Failure::of_lesser(entry, &lesser), lesser.into_error());
                }
                self.schedule.ended(node, true);
                if matches!(entry.kind, Kind::Table | Kind::ForeignTable) {
                    self.release_held(entry.id);
                }
            }
            Err(Refused { statement, error }) => {
                self.fail(Failure::of_entry(entry, statement.as_deref(), &error), error);
                self.account.lose(entry);
                self.lose(node);
            }
        }
    }

    /// Whether rows of this relation have failed: its other rows need not be tried.
    pub(super) fn has_failed(&self, relation: RelationId) -> bool {
        self.relations.get(&relation).is_some_and(|r| r.failed)
    }

    /// Takes the result of a job.
    pub(super) fn loaded(&mut self, id: RelationId, result: Result<u64, LoadError>) {
        let of = self.relation(id);
        self.loading -= 1;
        let relation = self.relations.entry(id).or_default();
        relation.finished += 1;
        match result {
            Ok(stored) => {
                relation.stored += stored;
                if !of.large_objects {
                    self.account.rows += stored;
                }
            }
            Err(error) => {
                let first = !std::mem::replace(&mut relation.failed, true);
                if first {
                    let failure = Failure::of_rows(of, error.to_string(), error.server());
                    self.account.failures.push(failure);
                }
                if error.is_fatal()
                    && let LoadError::Server(source) = error
                {
                    self.give_up(format!("cannot load the rows of {}", of.label()), source);
                } else if self.account.exits_on_error() {
                    self.stopped = true;
                }
            }
        }
        self.close_if_complete(id);
    }

    /// The account, and the error that ended the work. Call it when no session works any more.
    pub(super) fn into_account(self) -> (Account, Option<Fatal>) {
        (self.account, self.fatal)
    }

    /// Ends the relation's node once every job is done and no more can come.
    fn close_if_complete(&mut self, id: RelationId) {
        let of = self.relation(id);
        let relation = self.relations.entry(id).or_default();
        if !relation.ended || relation.finished < relation.queued {
            return;
        }
        let (stored, expected) = (relation.stored, relation.expected.unwrap_or(relation.stored));
        if !relation.failed && !relation.inhibited && stored != expected {
            relation.failed = true;
            let cause = format!("{stored} rows were stored, the archive has {expected}");
            self.account.failures.push(Failure::of_rows(of, cause, None));
        }
        match (relation.node, relation.failed) {
            (Some(node), true) => self.lose(node),
            (Some(node), false) => _ = self.schedule.ended(node, true),
            (None, _) => {}
        }
    }

    fn fail(&mut self, failure: Failure, error: ConnectError) {
        let doing = format!("cannot create {}", failure.what);
        self.account.failures.push(failure);
        if error.is_fatal() {
            self.give_up(doing, error);
        } else if self.account.exits_on_error() {
            self.stopped = true;
        }
    }

    fn give_up(&mut self, doing: String, source: ConnectError) {
        self.fatal.get_or_insert(Fatal { doing, source });
        self.stopped = true;
    }

    /// Skips everything that needs a failed node.
    fn lose(&mut self, node: NodeId) {
        let because = Cause::Failed(self.subject(node));
        for (lost, _) in self.schedule.ended(node, false) {
            self.drop_held(lost);
            self.list_skipped(lost, &because);
        }
    }

    /// Queues the rows that waited for a table.
    fn release_held(&mut self, table: EntryId) {
        let catalog = self.catalog;
        let waits = |id: &RelationId, r: &RelationState| {
            !r.held.is_empty() && catalog.relation(*id).and_then(|r| r.entry) == Some(table)
        };
        for (id, relation) in &mut self.relations {
            if waits(id, relation) {
                self.loads.extend(std::mem::take(&mut relation.held));
            }
        }
    }

    /// Drops the waiting rows of a table that will not exist.
    fn drop_held(&mut self, node: NodeId) {
        let Step::Rows(relation) = self.steps[node] else { return };
        let relation = self.relations.entry(relation).or_default();
        relation.inhibited = true;
        let dropped = std::mem::take(&mut relation.held).len() as u64;
        relation.finished += dropped;
        self.loading -= dropped;
    }

    fn skip(&mut self, node: NodeId, because: &Cause) {
        let lost = self.schedule.ended(node, false);
        for node in std::iter::once(node).chain(lost.into_iter().map(|(lost, _)| lost)) {
            self.drop_held(node);
            self.list_skipped(node, because);
        }
    }

    fn list_skipped(&mut self, node: NodeId, because: &Cause) {
        // A node may be reached from several failures; the first is its reason.
        if self.listed.insert(node) {
            self.account.skip(self.subject(node), because.clone());
        }
    }

    fn subject(&self, node: NodeId) -> Subject {
        match self.steps[node] {
            Step::Define(id) => Subject::entry(self.entry(id)),
            Step::Rows(relation) => Subject::rows(self.relation(relation)),
        }
    }

    fn entry(&self, id: EntryId) -> &'a Entry {
        let entry = self.catalog.entry(id);
        entry.expect("steps are made of the entries of this catalog")
    }

    fn relation(&self, id: RelationId) -> &'a Relation {
        let relation = self.catalog.relation(id);
        relation.expect("steps and jobs are of the relations of this catalog")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::ErrorResponse;

    /// A table (1), its key (2) and a view (3) that needs the key; the table's rows are relation 1.
    fn catalog() -> Catalog {
        let entry = |id, kind, identity: &str, depends_on: &[EntryId]| Entry {
            id,
            kind,
            identity: identity.to_owned(),
            depends_on: depends_on.to_vec(),
            ..Entry::default()
        };
        let relation = Relation {
            id: 1,
            schema: "public".to_owned(),
            name: "t".to_owned(),
            entry: Some(1),
            ..Relation::default()
        };
        Catalog {
            entries: vec![
                entry(1, Kind::Table, "public.t", &[]),
                entry(2, Kind::Constraint, "public.t.t_pkey", &[1]),
                entry(3, Kind::View, "public.v", &[2]),
            ],
            relations: vec![relation],
            ..Catalog::default()
        }
    }

    /// Rows of the table, then its key, then the view.
    fn state(catalog: &Catalog, exit_on_error: bool) -> State<'_> {
        let steps = vec![Step::Rows(1), Step::Define(2), Step::Define(3)];
        State::new(catalog, steps, nodes(&[&[], &[0], &[1]]), Account::new(exit_on_error))
    }

    /// Nodes with these predecessors. The first node stands for rows.
    fn nodes(after: &[&[NodeId]]) -> Vec<Node> {
        let node = |(id, after): (NodeId, &&[NodeId])| Node {
            after: after.to_vec(),
            external: id == 0,
            ..Node::default()
        };
        after.iter().enumerate().map(node).collect()
    }

    fn job() -> LoadJob {
        LoadJob {
            relation: 1,
            rows: Rows::Run(Vec::new()),
        }
    }

    /// The next work as text: `rows`, the ids of entries, `wait` or `end`.
    fn next(state: &mut State) -> String {
        match state.next(1, |loads| loads.pop_front().into_iter().collect()) {
            Next::Begin(Work::Load(jobs)) => format!("rows of {}", jobs[0].relation),
            Next::Begin(Work::Define(nodes)) => format!("entry {}", state.defines(nodes[0])),
            Next::Wait => "wait".to_owned(),
            Next::End => "end".to_owned(),
        }
    }

    fn refused() -> Refused {
        let error = ErrorResponse {
            severity: "ERROR".to_owned(),
            sqlstate: "23505".to_owned(),
            message: "no".to_owned(),
            detail: None,
            hint: None,
            context: None,
            position: None,
        };
        Refused {
            statement: None,
            error: ConnectError::Server(Box::new(error)),
        }
    }

    /// The failures, then what was skipped, as text.
    fn told(state: State) -> Vec<String> {
        let (account, _) = state.into_account();
        let failures = account.failures.iter().map(|f| format!("{}: {}", f.what, f.cause));
        let skipped = account
            .skipped
            .iter()
            .map(|s| format!("{}, because {}", s.what, s.because));
        failures.chain(skipped).collect()
    }

    #[test]
    fn a_table_whose_rows_are_all_stored_gets_its_key() {
        let catalog = catalog();
        let mut state = state(&catalog, false);
        state.queue(job());
        state.queue(job());
        state.end_relation(1, 30);
        state.end_input("");
        assert_eq!(next(&mut state), "rows of 1");
        assert_eq!(next(&mut state), "rows of 1");
        state.loaded(1, Ok(10));
        state.ran();
        assert_eq!(next(&mut state), "wait");
        assert!(state.is_loading());
        state.loaded(1, Ok(20));
        state.ran();
        assert!(!state.is_loading());
        assert_eq!(next(&mut state), "entry 2");
        state.defined(1, Ok(Vec::new()));
        state.ran();
        assert_eq!(next(&mut state), "entry 3");
        state.defined(2, Ok(Vec::new()));
        state.ran();
        assert_eq!(next(&mut state), "end");
        assert_eq!((state.account.entries, state.account.rows), (2, 30));
        assert!(told(state).is_empty());
    }

    #[test]
    fn a_table_that_lacks_rows_has_failed_though_every_job_went_well() {
        let catalog = catalog();
        let mut state = state(&catalog, false);
        state.queue(job());
        state.end_relation(1, 11);
        state.end_input("");
        assert_eq!(next(&mut state), "rows of 1");
        state.loaded(1, Ok(10));
        state.ran();
        assert_eq!(next(&mut state), "end");
        assert_eq!(
            told(state),
            [
                "TABLE DATA public.t: 10 rows were stored, the archive has 11",
                "CONSTRAINT public.t.t_pkey, because TABLE DATA public.t failed",
                "VIEW public.v, because TABLE DATA public.t failed",
            ]
        );
    }

    #[test]
    fn rows_whose_end_never_comes_are_lost() {
        let catalog = catalog();
        let mut state = state(&catalog, false);
        state.end_input("the archive ended before its rows were complete");
        assert_eq!(next(&mut state), "end");
        let told = told(state);
        assert_eq!(
            told[0],
            "TABLE DATA public.t: the archive ended before its rows were complete"
        );
        assert_eq!(told.len(), 3);
    }

    #[test]
    fn a_second_failure_of_one_table_is_not_told() {
        let catalog = catalog();
        let mut state = state(&catalog, false);
        state.queue(job());
        state.queue(job());
        state.end_relation(1, 2);
        for _ in 0..2 {
            next(&mut state);
            state.loaded(1, Err(LoadError::NotDecoded));
            state.ran();
        }
        assert!(state.has_failed(1) && !state.is_stopped());
        assert_eq!(
            told(state)
                .iter()
                .filter(|line| line.contains("decoding ended"))
                .count(),
            1
        );
    }

    #[test]
    fn rows_wait_for_their_table_and_go_with_it() {
        let catalog = catalog();
        // The table comes in the same phase, before its rows.
        let with_table = |account| {
            let mut nodes = nodes(&[&[1], &[]]);
            nodes[0].external = true;
            State::new(&catalog, vec![Step::Rows(1), Step::Define(1)], nodes, account)
        };
        let mut state = with_table(Account::new(false));
        state.queue(job());
        assert_eq!(next(&mut state), "entry 1");
        assert_eq!(next(&mut state), "wait");
        state.defined(1, Ok(Vec::new()));
        assert_eq!(next(&mut state), "rows of 1");
        let mut state = with_table(Account::new(false));
        state.queue(job());
        assert_eq!(next(&mut state), "entry 1");
        state.defined(1, Err(refused()));
        state.ran();
        assert!(!state.is_loading());
        // Rows of this relation that come later are dropped at once.
        state.queue(job());
        assert!(!state.is_loading());
        state.end_input("");
        assert_eq!(next(&mut state), "end");
        assert!(state.account.is_lost(1));
        assert_eq!(
            told(state),
            [
                "TABLE public.t: no (SQLSTATE 23505)",
                "TABLE DATA public.t, because TABLE public.t failed"
            ]
        );
    }

    #[test]
    fn a_later_phase_is_told_the_first_cause() {
        let catalog = catalog();
        let mut state = state(&catalog, false);
        state.end_relation(1, 0);
        state.end_input("");
        assert_eq!(next(&mut state), "entry 2");
        state.defined(1, Err(refused()));
        state.ran();
        assert_eq!(next(&mut state), "end");
        let (account, _) = state.into_account();
        let mut entries = catalog.entries.clone();
        entries.push(Entry {
            id: 4,
            kind: Kind::View,
            identity: "public.last".to_owned(),
            depends_on: vec![3],
            ..Entry::default()
        });
        let catalog = Catalog {
            entries,
            ..catalog.clone()
        };
        let mut state = State::new(&catalog, vec![Step::Define(4)], vec![Node::default()], account);
        state.give_up_lost(&Done::default());
        state.end_input("");
        assert_eq!(next(&mut state), "end");
        assert_eq!(
            told(state)[1..],
            [
                "VIEW public.v, because CONSTRAINT public.t.t_pkey failed",
                "VIEW public.last, because CONSTRAINT public.t.t_pkey failed",
            ]
        );
    }

    #[test]
    fn a_loop_is_told_and_ends() {
        let catalog = catalog();
        let steps = vec![Step::Define(2), Step::Define(3)];
        let node = |after: NodeId| Node {
            after: vec![after],
            ..Node::default()
        };
        let mut state = State::new(&catalog, steps, vec![node(1), node(0)], Account::new(false));
        assert_eq!(next(&mut state), "wait");
        state.end_input("");
        assert_eq!(next(&mut state), "end");
        let told = told(state);
        assert_eq!(told.len(), 2);
        assert_eq!(
            told[0],
            "CONSTRAINT public.t.t_pkey, because its dependencies form a loop"
        );
    }

    #[test]
    fn the_first_failure_ends_it_where_that_is_asked_for() {
        let catalog = catalog();
        for exit_on_error in [false, true] {
            let mut state = state(&catalog, exit_on_error);
            state.end_relation(1, 0);
            assert_eq!(next(&mut state), "entry 2");
            state.defined(1, Err(refused()));
            assert_eq!(state.is_stopped(), exit_on_error);
        }
    }

    #[test]
    fn a_session_that_breaks_ends_it_for_all() {
        let catalog = catalog();
        let mut state = state(&catalog, false);
        state.queue(job());
        assert_eq!(next(&mut state), "rows of 1");
        state.loaded(1, Err(LoadError::Server(ConnectError::Protocol("cut".to_owned()))));
        assert!(state.is_stopped());
        assert_eq!(next(&mut state), "end");
        let (_, fatal) = state.into_account();
        assert_eq!(fatal.expect("fatal").doing, "cannot load the rows of public.t");
    }
}
