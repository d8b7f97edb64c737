//! Decides what a restore may run next: dependencies, table locks, biggest first.
//!
//! Pure state machine. Nodes are definitions that run after the data, and the loads that they wait for. Workers ask for
//! the next runnable node and report how it ended. Every definition except a plain index is assumed to lock its tables
//! exclusively, so no two of them compete for one table. Several plain indexes of one table may be built at once.
//!
//! ```text
//! waiting --dependencies done--> ready --take--> running --ended--> done
//!                                 |  ^
//!           a table is locked     v  | the table is let go, and it is its turn
//!                                parked
//! ```
//!
//! A node that a locked table excludes is parked at that table, and not looked at again before the table is released.
//! Then the biggest node that the table admits comes back; once it has been taken or parked elsewhere, the next one
//! does. So ten thousand partitions of one table do not slow each other down.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Position of a node in the schedule.
pub(crate) type NodeId = usize;

/// One thing to run, or to wait for.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Nodes that must have ended well before this one.
    pub after: Vec<NodeId>,
    /// Keys of the tables that the node locks.
    pub tables: Vec<u32>,
    /// Whether the node shares its locks with other sharing nodes.
    pub shares: bool,
    /// Bigger runs first.
    pub weight: u64,
    /// Whether the node is never handed out, but only ended by [`Schedule::ended`]: a table's rows.
    pub external: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// The node may be taken unless a table excludes it. If it was called from parking, `turn_at` is that table, whose
    /// next parked node is called after it.
    Ready {
        turn_at: Option<u32>,
    },
    /// The node is excluded by this table.
    Parked(u32),
    Running,
    Done,
    /// Failed, or skipped because of a failure.
    Lost,
}

/// Nodes in the order in which they are to run: (weight descending, position).
type Queue = BTreeSet<(Reverse<u64>, NodeId)>;

/// The locks held on a table, and the nodes parked at it.
#[derive(Debug, Default)]
struct Table {
    shared: u32,
    exclusive: bool,
    parked_sharing: Queue,
    parked_exclusive: Queue,
}

impl Table {
    fn admits(&self, shares: bool) -> bool {
        !self.exclusive && (shares || self.shared == 0)
    }

    fn parked(&mut self, shares: bool) -> &mut Queue {
        if shares {
            &mut self.parked_sharing
        } else {
            &mut self.parked_exclusive
        }
    }

    /// The biggest node parked here that could have the table now.
    fn pop(&mut self) -> Option<NodeId> {
        let sharing = self.parked_sharing.first().filter(|_| self.admits(true));
        let exclusive = self.parked_exclusive.first().filter(|_| self.admits(false));
        let first = *sharing.into_iter().chain(exclusive).min()?;
        self.parked_sharing.remove(&first);
        self.parked_exclusive.remove(&first);
        Some(first.1)
    }
}

/// The state of all nodes.
#[derive(Debug)]
pub struct Schedule {
    nodes: Vec<Node>,
    states: Vec<State>,
    open_dependencies: Vec<usize>,
    dependents: Vec<Vec<NodeId>>,
    /// Nodes whose dependencies have ended well, except for parked ones.
    ready: Queue,
    tables: HashMap<u32, Table>,
    left: usize,
    /// How often a node was looked at by [`Schedule::take`].
    #[cfg(test)]
    looks: usize,
}

impl Schedule {
    /// `nodes[i].after` must name existing nodes and form no cycle; a cycle would never run and
    /// is reported by [`Schedule::stuck`].
    pub fn new(nodes: Vec<Node>) -> Self {
        let mut dependents = vec![Vec::new(); nodes.len()];
        let mut open_dependencies = vec![0; nodes.len()];
        for (id, node) in nodes.iter().enumerate() {
            let after: BTreeSet<NodeId> = node
                .after
                .iter()
                .copied()
                .filter(|&d| d != id && d < nodes.len())
                .collect();
            open_dependencies[id] = after.len();
            for dependency in after {
                dependents[dependency].push(id);
            }
        }
        let mut schedule = Self {
            states: vec![State::Waiting; nodes.len()],
            left: nodes.len(),
            ready: Queue::new(),
            tables: HashMap::new(),
            dependents,
            open_dependencies,
            nodes,
            #[cfg(test)]
            looks: 0,
        };
        for id in 0..schedule.nodes.len() {
            schedule.make_ready_if_free(id);
        }
        schedule
    }

    /// The biggest node that may run now; the caller runs it and calls [`Schedule::ended`].
    pub fn take(&mut self) -> Option<NodeId> {
        while let Some((_, id)) = self.ready.pop_first() {
            #[cfg(test)]
            {
                self.looks += 1;
            }
            let State::Ready { turn_at } = self.states[id] else {
                continue;
            };
            let excluding = self.excluding(id);
            match excluding {
                Some(table) => self.park(id, table),
                None => self.hold(id),
            }
            if let Some(table) = turn_at {
                self.call_next(table);
            }
            if excluding.is_none() {
                return Some(id);
            }
        }
        None
    }

    /// As [`Schedule::take`]; if the node's weight is at most `small`, other nodes that may run now are taken too, up
    /// to `most` in all.
    pub fn take_some(&mut self, small: u64, most: usize) -> Vec<NodeId> {
        let mut taken: Vec<NodeId> = self.take().into_iter().collect();
        while taken.len() < most && taken.last().is_some_and(|&id| self.nodes[id].weight <= small) {
            match self.take() {
                Some(id) => taken.push(id),
                None => break,
            }
        }
        taken
    }

    /// Reports how a node ended. If it failed, returns the nodes that can no longer run, each with the failed node that
    /// it needed.
    pub fn ended(&mut self, id: NodeId, well: bool) -> Vec<(NodeId, NodeId)> {
        if matches!(self.states[id], State::Done | State::Lost) {
            return Vec::new();
        }
        self.finish(id, if well { State::Done } else { State::Lost });
        if well {
            for dependent in std::mem::take(&mut self.dependents[id]) {
                self.open_dependencies[dependent] -= 1;
                self.make_ready_if_free(dependent);
            }
            return Vec::new();
        }
        self.lose_dependents(id)
    }

    /// Whether no node is waiting or running any more.
    pub fn is_finished(&self) -> bool {
        self.left == 0
    }

    /// Whether all nodes that this node comes after have ended well.
    pub fn is_open(&self, id: NodeId) -> bool {
        self.open_dependencies[id] == 0
    }

    /// Nodes that wait for each other although nothing runs and no rows are awaited.
    pub fn stuck(&self) -> Vec<NodeId> {
        (0..self.nodes.len())
            .filter(|&id| self.states[id] == State::Waiting)
            .collect()
    }

    fn key(&self, id: NodeId) -> (Reverse<u64>, NodeId) {
        (Reverse(self.nodes[id].weight), id)
    }

    fn make_ready_if_free(&mut self, id: NodeId) {
        if self.states[id] == State::Waiting && self.open_dependencies[id] == 0 && !self.nodes[id].external {
            self.make_ready(id, None);
        }
    }

    fn make_ready(&mut self, id: NodeId, turn_at: Option<u32>) {
        self.states[id] = State::Ready { turn_at };
        self.ready.insert(self.key(id));
    }

    /// The first of its tables that this node cannot have now.
    fn excluding(&self, id: NodeId) -> Option<u32> {
        let node = &self.nodes[id];
        let excludes = |key: &&u32| self.tables.get(key).is_some_and(|table| !table.admits(node.shares));
        node.tables.iter().find(excludes).copied()
    }

    fn park(&mut self, id: NodeId, table: u32) {
        self.states[id] = State::Parked(table);
        let (key, shares) = (self.key(id), self.nodes[id].shares);
        self.tables.entry(table).or_default().parked(shares).insert(key);
    }

    /// Calls the next node that is parked at this table, if the table admits any.
    fn call_next(&mut self, table: u32) {
        if let Some(id) = self.tables.get_mut(&table).and_then(Table::pop) {
            self.make_ready(id, Some(table));
        }
    }

    fn hold(&mut self, id: NodeId) {
        self.states[id] = State::Running;
        let node = &self.nodes[id];
        for key in &node.tables {
            let table = self.tables.entry(*key).or_default();
            if node.shares {
                table.shared += 1;
            } else {
                table.exclusive = true;
            }
        }
    }

    fn let_go(&mut self, id: NodeId) {
        let shares = self.nodes[id].shares;
        let keys = std::mem::take(&mut self.nodes[id].tables);
        for key in &keys {
            if let Some(table) = self.tables.get_mut(key) {
                if shares {
                    table.shared = table.shared.saturating_sub(1);
                } else {
                    table.exclusive = false;
                }
            }
        }
        for key in keys {
            self.call_next(key);
        }
    }

    /// Removes a node from its present place and sets its final state.
    fn finish(&mut self, id: NodeId, state: State) {
        let before = std::mem::replace(&mut self.states[id], state);
        self.left -= 1;
        let key = self.key(id);
        match before {
            State::Running => self.let_go(id),
            State::Ready { turn_at } => {
                self.ready.remove(&key);
                if let Some(table) = turn_at {
                    self.call_next(table);
                }
            }
            State::Parked(table) => {
                let shares = self.nodes[id].shares;
                if let Some(table) = self.tables.get_mut(&table) {
                    table.parked(shares).remove(&key);
                }
            }
            State::Waiting | State::Done | State::Lost => {}
        }
    }

    fn lose_dependents(&mut self, failed: NodeId) -> Vec<(NodeId, NodeId)> {
        let mut lost = Vec::new();
        let mut open = vec![failed];
        while let Some(cause) = open.pop() {
            for dependent in std::mem::take(&mut self.dependents[cause]) {
                if matches!(
                    self.states[dependent],
                    State::Waiting | State::Ready { .. } | State::Parked(_)
                ) {
                    self.finish(dependent, State::Lost);
                    lost.push((dependent, failed));
                    open.push(dependent);
                }
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(after: &[NodeId], tables: &[u32], shares: bool, weight: u64) -> Node {
        Node {
            after: after.to_vec(),
            tables: tables.to_vec(),
            shares,
            weight,
            external: false,
        }
    }

    #[test]
    fn the_biggest_ready_node_comes_first() {
        let mut schedule = Schedule::new(vec![node(&[], &[1], false, 1), node(&[], &[2], false, 9)]);
        assert_eq!(schedule.take(), Some(1));
        assert_eq!(schedule.take(), Some(0));
        assert_eq!(schedule.take(), None);
    }

    #[test]
    fn small_nodes_come_together_and_big_ones_alone() {
        let weights = [9, 3, 2, 2, 1];
        let nodes = weights
            .iter()
            .zip(1..)
            .map(|(weight, table)| node(&[], &[table], false, *weight));
        let mut schedule = Schedule::new(nodes.collect());
        assert_eq!(schedule.take_some(2, 2), [0]);
        assert_eq!(schedule.take_some(2, 2), [1]);
        assert_eq!(schedule.take_some(2, 2), [2, 3]);
        assert_eq!(schedule.take_some(2, 2), [4]);
        assert!(schedule.take_some(2, 2).is_empty());
        let mut schedule = Schedule::new(vec![node(&[], &[1], false, 1), node(&[], &[1], false, 1)]);
        assert_eq!(schedule.take_some(2, 2), [0]);
        assert!(schedule.take_some(2, 2).is_empty());
        schedule.ended(0, true);
        assert_eq!(schedule.take_some(2, 2), [1]);
    }

    #[test]
    fn two_exclusive_nodes_never_share_a_table() {
        let mut schedule = Schedule::new(vec![node(&[], &[1], false, 2), node(&[], &[1, 2], false, 1)]);
        assert_eq!(schedule.take(), Some(0));
        assert_eq!(schedule.take(), None);
        schedule.ended(0, true);
        assert_eq!(schedule.take(), Some(1));
        schedule.ended(1, true);
        assert!(schedule.is_finished());
    }

    #[test]
    fn indexes_of_one_table_run_together_but_not_with_a_constraint() {
        let mut schedule = Schedule::new(vec![
            node(&[], &[1], true, 3),
            node(&[], &[1], true, 2),
            node(&[], &[1], false, 1),
        ]);
        assert_eq!(
            (schedule.take(), schedule.take(), schedule.take()),
            (Some(0), Some(1), None)
        );
        schedule.ended(0, true);
        assert_eq!(schedule.take(), None);
        schedule.ended(1, true);
        assert_eq!(schedule.take(), Some(2));
    }

    #[test]
    fn rows_are_waited_for_and_never_handed_out() {
        let rows = Node {
            external: true,
            ..Node::default()
        };
        let mut schedule = Schedule::new(vec![rows, node(&[0], &[1], false, 1)]);
        assert_eq!(schedule.take(), None);
        assert!(!schedule.is_finished());
        schedule.ended(0, true);
        assert_eq!(schedule.take(), Some(1));
    }

    #[test]
    fn a_failure_loses_everything_that_depends_on_it_and_nothing_else() {
        let mut schedule = Schedule::new(vec![
            node(&[], &[], true, 9),
            node(&[0], &[], true, 1),
            node(&[1], &[], true, 1),
            node(&[], &[], true, 1),
        ]);
        assert_eq!(schedule.take(), Some(0));
        assert_eq!(schedule.ended(0, false), [(1, 0), (2, 0)]);
        assert_eq!(schedule.take(), Some(3));
        schedule.ended(3, true);
        assert!(schedule.is_finished());
    }

    #[test]
    fn a_node_that_waits_elsewhere_lets_the_next_have_its_turn() {
        let mut schedule = Schedule::new(vec![
            node(&[], &[1], false, 9),
            node(&[], &[2], false, 8),
            node(&[], &[1, 2], false, 7),
            node(&[], &[1], false, 6),
        ]);
        assert_eq!(
            (schedule.take(), schedule.take(), schedule.take()),
            (Some(0), Some(1), None)
        );
        schedule.ended(0, true);
        // Node 2 has its turn at table 1, but table 2 is locked.
        assert_eq!((schedule.take(), schedule.take()), (Some(3), None));
        schedule.ended(1, true);
        assert_eq!(schedule.take(), None);
        schedule.ended(3, true);
        assert_eq!(schedule.take(), Some(2));
    }

    #[test]
    fn a_lost_node_lets_the_next_have_its_turn() {
        let mut schedule = Schedule::new(vec![
            node(&[], &[1], false, 9),
            node(&[], &[1], false, 8),
            node(&[], &[1], false, 7),
        ]);
        assert_eq!((schedule.take(), schedule.take()), (Some(0), None));
        schedule.ended(0, true);
        schedule.ended(1, false);
        assert_eq!(schedule.take(), Some(2));
        schedule.ended(2, true);
        assert!(schedule.is_finished());
    }

    /// Partitions of one table with the attachments of their indexes: all of them lock the parent.
    #[test]
    fn many_nodes_at_one_table_are_looked_at_a_few_times_each() {
        const NODES: usize = 100_000;
        let nodes = (0..NODES).map(|id| node(&[], &[0, id as u32 + 1], false, (id % 7) as u64));
        let mut schedule = Schedule::new(nodes.collect());
        let mut ended = 0;
        while let Some(id) = schedule.take() {
            assert_eq!(schedule.take(), None);
            schedule.ended(id, true);
            ended += 1;
        }
        assert!(schedule.is_finished());
        assert_eq!(ended, NODES);
        assert!(schedule.looks <= 3 * NODES, "{} looks", schedule.looks);
    }

    #[test]
    fn many_indexes_beside_constraints_are_looked_at_a_few_times_each() {
        const NODES: usize = 100_000;
        let nodes = (0..NODES).map(|id| node(&[], &[0], id % 2 == 0, (id % 5) as u64));
        let mut schedule = Schedule::new(nodes.collect());
        let mut running = std::collections::VecDeque::new();
        while !schedule.is_finished() {
            running.extend(std::iter::from_fn(|| schedule.take()).take(4));
            let id = running.pop_front().expect("something runs until all have ended");
            schedule.ended(id, true);
        }
        assert!(schedule.looks <= 4 * NODES, "{} looks", schedule.looks);
    }

    proptest::proptest! {
        /// What is taken is the biggest of all that could be, and nothing is left over when some fail.
        #[test]
        fn the_biggest_that_may_run_is_taken(
            shape in proptest::collection::vec((
                proptest::collection::vec(0usize..60, 0..2),
                proptest::collection::vec(0u32..4, 0..3),
                proptest::bool::ANY,
                0u64..5,
            ), 1..60),
            order in proptest::collection::vec((0usize..8, 0u8..10, 0usize..4), 300),
        ) {
            let nodes: Vec<Node> = shape.iter().enumerate().map(|(id, (after, tables, shares, weight))| {
                let after: Vec<NodeId> = after.iter().copied().filter(|&d| d < id).collect();
                node(&after, tables, *shares, *weight)
            }).collect();
            let mut schedule = Schedule::new(nodes.clone());
            let mut running: Vec<NodeId> = Vec::new();
            let (mut done, mut gone) = (BTreeSet::new(), BTreeSet::new());
            let mut picks = order.into_iter().cycle();
            while !schedule.is_finished() {
                let (pick, fate, most) = picks.next().unwrap_or_default();
                for _ in 0..=most {
                    let free = |id: &NodeId| !gone.contains(id) && nodes[*id].after.iter().all(|d| done.contains(d))
                        && running.iter().all(|other| (nodes[*other].shares && nodes[*id].shares)
                            || !nodes[*other].tables.iter().any(|t| nodes[*id].tables.contains(t)));
                    let expected = (0..nodes.len()).filter(free).min_by_key(|id| (Reverse(nodes[*id].weight), *id));
                    let taken = schedule.take();
                    proptest::prop_assert_eq!(taken, expected);
                    let Some(id) = taken else { break };
                    gone.insert(id);
                    running.push(id);
                }
                proptest::prop_assert!(!running.is_empty());
                let id = running.swap_remove(pick % running.len());
                if fate > 0 {
                    schedule.ended(id, true);
                    done.insert(id);
                } else {
                    gone.extend(schedule.ended(id, false).into_iter().map(|(lost, _)| lost));
                }
            }
            proptest::prop_assert_eq!(gone.len(), nodes.len());
        }
    }

    proptest::proptest! {
        /// Any graph runs to its end, in dependency order and without lock conflicts.
        #[test]
        fn every_graph_runs_to_its_end(
            shape in proptest::collection::vec((proptest::collection::vec(0usize..40, 0..4), 0u32..4, proptest::bool::ANY), 1..40),
            order in proptest::collection::vec(0usize..8, 200),
        ) {
            let nodes: Vec<Node> = shape.iter().enumerate().map(|(id, (after, table, shares))| {
                let after: Vec<NodeId> = after.iter().copied().filter(|&d| d < id).collect();
                node(&after, &[*table], *shares, u64::from(*table))
            }).collect();
            let mut schedule = Schedule::new(nodes.clone());
            let mut running: Vec<NodeId> = Vec::new();
            let mut done = BTreeSet::new();
            let mut picks = order.into_iter().cycle();
            while !schedule.is_finished() {
                while let Some(id) = schedule.take() {
                    proptest::prop_assert!(nodes[id].after.iter().all(|d| done.contains(d)));
                    for &other in &running {
                        let same = nodes[other].tables == nodes[id].tables;
                        proptest::prop_assert!(!same || (nodes[other].shares && nodes[id].shares));
                    }
                    running.push(id);
                }
                proptest::prop_assert!(!running.is_empty());
                let pick = picks.next().unwrap_or(0) % running.len();
                let id = running.swap_remove(pick);
                schedule.ended(id, true);
                done.insert(id);
            }
            proptest::prop_assert_eq!(done.len(), nodes.len());
        }
    }
}
