//! Decides what a restore may run next: dependencies, table locks, biggest first.
//!
//! Pure state machine. Nodes are definitions that run after the data and the loads they wait for;
//! workers ask for the next runnable node and report how it ended. Every definition but a plain
//! index is taken to lock its tables exclusively, so two of them never fight over one table;
//! several plain indexes of one table may be built at once.

use std::collections::{BTreeSet, HashMap};

/// Position of a node in the schedule.
pub type NodeId = usize;

/// One thing to run, or to wait for.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Nodes that must have ended well before this one.
    pub after: Vec<NodeId>,
    /// Keys of the tables that it locks.
    pub tables: Vec<u32>,
    /// Shares its locks with other sharing nodes.
    pub shares: bool,
    /// Bigger runs first.
    pub weight: u64,
    /// Ended by [`Schedule::ended`] alone, never handed out: a table's rows.
    pub external: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Ready,
    Running,
    Done,
    /// Failed, or skipped because of a failure.
    Lost,
}

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    shared: u32,
    exclusive: bool,
}

/// The state of all nodes.
#[derive(Debug)]
pub struct Schedule {
    nodes: Vec<Node>,
    states: Vec<State>,
    open_dependencies: Vec<usize>,
    dependents: Vec<Vec<NodeId>>,
    /// (weight descending, position) of nodes whose dependencies have ended well.
    ready: BTreeSet<(std::cmp::Reverse<u64>, NodeId)>,
    held: HashMap<u32, Held>,
    left: usize,
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
            ready: BTreeSet::new(),
            held: HashMap::new(),
            dependents,
            open_dependencies,
            nodes,
        };
        for id in 0..schedule.nodes.len() {
            schedule.make_ready_if_free(id);
        }
        schedule
    }

    /// The biggest node that may run now; the caller runs it and calls [`Schedule::ended`].
    pub fn take(&mut self) -> Option<NodeId> {
        let found = self.ready.iter().find(|(_, id)| !self.conflicts(*id)).copied()?;
        self.ready.remove(&found);
        let id = found.1;
        self.states[id] = State::Running;
        let shares = self.nodes[id].shares;
        for table in self.nodes[id].tables.clone() {
            let held = self.held.entry(table).or_default();
            if shares {
                held.shared += 1;
            } else {
                held.exclusive = true;
            }
        }
        Some(id)
    }

    /// Reports how a node ended. When it failed, returns the nodes that can no longer run, each
    /// with the failed node it needed.
    pub fn ended(&mut self, id: NodeId, well: bool) -> Vec<(NodeId, NodeId)> {
        if matches!(self.states[id], State::Done | State::Lost) {
            return Vec::new();
        }
        if self.states[id] == State::Running {
            self.release(id);
        }
        self.ready.remove(&self.key(id));
        self.left -= 1;
        if well {
            self.states[id] = State::Done;
            for dependent in self.dependents[id].clone() {
                self.open_dependencies[dependent] -= 1;
                self.make_ready_if_free(dependent);
            }
            return Vec::new();
        }
        self.states[id] = State::Lost;
        self.lose_dependents(id)
    }

    /// No node is waiting or running any more.
    pub fn is_finished(&self) -> bool {
        self.left == 0
    }

    /// Everything that this node comes after has ended well.
    pub fn is_open(&self, id: NodeId) -> bool {
        self.open_dependencies[id] == 0
    }

    /// Nodes that wait for each other although nothing runs and no rows are awaited.
    pub fn stuck(&self) -> Vec<NodeId> {
        (0..self.nodes.len())
            .filter(|&id| self.states[id] == State::Waiting)
            .collect()
    }

    fn key(&self, id: NodeId) -> (std::cmp::Reverse<u64>, NodeId) {
        (std::cmp::Reverse(self.nodes[id].weight), id)
    }

    fn make_ready_if_free(&mut self, id: NodeId) {
        if self.states[id] == State::Waiting && self.open_dependencies[id] == 0 && !self.nodes[id].external {
            self.states[id] = State::Ready;
            self.ready.insert(self.key(id));
        }
    }

    fn conflicts(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        node.tables
            .iter()
            .filter_map(|table| self.held.get(table))
            .any(|held| held.exclusive || (!node.shares && held.shared > 0))
    }

    fn release(&mut self, id: NodeId) {
        let shares = self.nodes[id].shares;
        for table in self.nodes[id].tables.clone() {
            if let Some(held) = self.held.get_mut(&table) {
                if shares {
                    held.shared = held.shared.saturating_sub(1);
                } else {
                    held.exclusive = false;
                }
            }
        }
    }

    fn lose_dependents(&mut self, failed: NodeId) -> Vec<(NodeId, NodeId)> {
        let mut lost = Vec::new();
        let mut open = vec![failed];
        while let Some(cause) = open.pop() {
            for dependent in self.dependents[cause].clone() {
                if matches!(self.states[dependent], State::Waiting | State::Ready) {
                    self.ready.remove(&self.key(dependent));
                    self.states[dependent] = State::Lost;
                    self.left -= 1;
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
