//! Finds dependency loops: strongly connected components, and short loops inside one.
//!
//! The algorithms do not recurse, so that a chain of a hundred thousand views is no problem.

/// Marks a node in scratch space that is not in the set.
pub(crate) const ABSENT: u32 = u32::MAX;

/// A set of nodes with the edges between them, renumbered from 0 in the order of `nodes`.
pub(crate) struct Subgraph {
    /// Node ids of the whole graph, in order of position.
    pub nodes: Vec<u32>,
    start: Vec<u32>,
    targets: Vec<u32>,
}

/// A loop in ids of the whole graph: each node depends on the next, the last on the first.
pub(crate) type Loop = Vec<u32>;

impl Subgraph {
    /// `nodes` come in order of position; `successors` lists the nodes that a node depends on, inside or outside of the
    /// set. `scratch` has one [`ABSENT`] per node of the whole graph, before and after.
    pub(crate) fn new(nodes: Vec<u32>, scratch: &mut [u32], mut successors: impl FnMut(u32, &mut Vec<u32>)) -> Self {
        for (local, node) in nodes.iter().enumerate() {
            scratch[*node as usize] = local as u32;
        }
        let mut start = Vec::with_capacity(nodes.len() + 1);
        let mut targets = Vec::new();
        let mut buffer = Vec::new();
        start.push(0);
        for node in &nodes {
            buffer.clear();
            successors(*node, &mut buffer);
            let first = targets.len();
            targets.extend(
                buffer
                    .iter()
                    .map(|target| scratch[*target as usize])
                    .filter(|local| *local != ABSENT),
            );
            targets[first..].sort_unstable();
            let mut kept = first;
            for i in first..targets.len() {
                if i == first || targets[i] != targets[kept - 1] {
                    targets[kept] = targets[i];
                    kept += 1;
                }
            }
            targets.truncate(kept);
            start.push(targets.len() as u32);
        }
        // Only these places are reset, not the whole, because there may be as many sets as nodes.
        for node in &nodes {
            scratch[*node as usize] = ABSENT;
        }
        Self { nodes, start, targets }
    }

    fn targets_of(&self, local: u32) -> &[u32] {
        &self.targets[self.start[local as usize] as usize..self.start[local as usize + 1] as usize]
    }

    /// The components with more than one node, each in order of position. Tarjan's algorithm with
    /// an explicit stack.
    pub(crate) fn components(&self) -> Vec<Vec<u32>> {
        const UNSEEN: u32 = u32::MAX;
        let count = self.nodes.len();
        let mut index = vec![UNSEEN; count];
        let mut low = vec![0u32; count];
        let mut on_stack = vec![false; count];
        let mut stack: Vec<u32> = Vec::new();
        let mut calls: Vec<(u32, u32)> = Vec::new();
        let mut next_index = 0u32;
        let mut found = Vec::new();
        for root in 0..count as u32 {
            if index[root as usize] != UNSEEN {
                continue;
            }
            calls.push((root, 0));
            while let Some((node, edge)) = calls.pop() {
                let at = node as usize;
                if edge == 0 {
                    index[at] = next_index;
                    low[at] = next_index;
                    next_index += 1;
                    stack.push(node);
                    on_stack[at] = true;
                }
                let targets = self.targets_of(node);
                let mut edge = edge as usize;
                let mut child = None;
                while edge < targets.len() {
                    let target = targets[edge];
                    edge += 1;
                    if index[target as usize] == UNSEEN {
                        child = Some(target);
                        break;
                    }
                    if on_stack[target as usize] {
                        low[at] = low[at].min(index[target as usize]);
                    }
                }
                if let Some(child) = child {
                    calls.push((node, edge as u32));
                    calls.push((child, 0));
                    continue;
                }
                if low[at] == index[at] {
                    let mut component = Vec::new();
                    while let Some(member) = stack.pop() {
                        on_stack[member as usize] = false;
                        component.push(member);
                        if member == node {
                            break;
                        }
                    }
                    if component.len() > 1 {
                        component.sort_unstable();
                        found.push(component.into_iter().map(|local| self.nodes[local as usize]).collect());
                    }
                }
                if let Some((parent, _)) = calls.last() {
                    let parent = *parent as usize;
                    low[parent] = low[parent].min(low[at]);
                }
            }
        }
        found
    }

    /// Some shortest loops: all loops of two nodes, or, if there are none, the loops of the
    /// smallest length that was found, one through each starting node. The set must be strongly
    /// connected. Stops searching after a multiple of the set's size, so the length is the true
    /// minimum only in small sets.
    pub(crate) fn shortest_loops(&self) -> Vec<Loop> {
        let pairs = self.pairs();
        if !pairs.is_empty() {
            return pairs;
        }
        let mut budget = 64 * (self.nodes.len() + self.targets.len()) + 1_000_000;
        let mut search = Search::new(self.nodes.len());
        let mut best: Vec<Vec<u32>> = Vec::new();
        for origin in 0..self.nodes.len() as u32 {
            let limit = best.first().map_or(usize::MAX, Vec::len);
            if let Some(found) = search.through(self, origin, limit, &mut budget) {
                if found.len() < limit {
                    best.clear();
                }
                // A loop is found again from each of its nodes; it is kept where it starts at the lowest one.
                if found.iter().all(|node| *node >= origin) || best.is_empty() {
                    best.push(found);
                }
            }
            if budget == 0 && !best.is_empty() {
                break;
            }
        }
        best.into_iter()
            .map(|found| found.into_iter().map(|local| self.nodes[local as usize]).collect())
            .collect()
    }

    /// For every node that the boundary depends on: a shortest loop through both, nearest first. One search backwards
    /// from the boundary finds them all. `boundary` is its id in the whole graph. Stops when the loops together are a
    /// multiple of the set's size.
    pub(crate) fn loops_through(&self, boundary: u32) -> Vec<Loop> {
        let Some(origin) = self.nodes.iter().position(|node| *node == boundary) else {
            return Vec::new();
        };
        let origin = origin as u32;
        let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for node in (0..self.nodes.len() as u32).filter(|node| *node != origin) {
            for target in self.targets_of(node) {
                dependents[*target as usize].push(node);
            }
        }
        let mut next = vec![ABSENT; self.nodes.len()];
        let mut queue = vec![origin];
        let mut budget = 8 * (self.nodes.len() + self.targets.len()) + 1_000_000;
        let mut loops = Vec::new();
        let mut head = 0;
        while let Some(node) = queue.get(head).copied() {
            head += 1;
            for dependent in &dependents[node as usize] {
                if next[*dependent as usize] == ABSENT {
                    next[*dependent as usize] = node;
                    queue.push(*dependent);
                }
            }
            if node != origin && self.targets_of(origin).binary_search(&node).is_ok() {
                let mut found = vec![boundary];
                let mut at = node;
                while at != origin {
                    found.push(self.nodes[at as usize]);
                    at = next[at as usize];
                }
                budget = budget.saturating_sub(found.len());
                loops.push(found);
                if budget == 0 {
                    break;
                }
            }
        }
        loops
    }

    fn pairs(&self) -> Vec<Loop> {
        let mut pairs = Vec::new();
        for node in 0..self.nodes.len() as u32 {
            for target in self.targets_of(node).iter().filter(|target| **target > node) {
                if self.targets_of(*target).binary_search(&node).is_ok() {
                    pairs.push(vec![self.nodes[node as usize], self.nodes[*target as usize]]);
                }
            }
        }
        pairs
    }
}

/// Breadth-first search for the shortest loop through one node.
struct Search {
    seen: Vec<u32>,
    previous: Vec<u32>,
    round: u32,
    queue: Vec<(u32, u32)>,
}

impl Search {
    fn new(count: usize) -> Self {
        Self {
            seen: vec![0; count],
            previous: vec![0; count],
            round: 0,
            queue: Vec::new(),
        }
    }

    /// A loop through `origin` in local ids; `None` if there is none within `limit` nodes or the budget ran out.
    fn through(&mut self, graph: &Subgraph, origin: u32, limit: usize, budget: &mut usize) -> Option<Vec<u32>> {
        self.round += 1;
        self.queue.clear();
        self.queue.push((origin, 1));
        let mut head = 0;
        while let Some((node, depth)) = self.queue.get(head).copied() {
            head += 1;
            let targets = graph.targets_of(node);
            if targets.binary_search(&origin).is_ok() {
                let mut path = vec![node];
                let mut at = node;
                while at != origin {
                    at = self.previous[at as usize];
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            if depth as usize >= limit {
                return None;
            }
            for target in targets {
                if self.seen[*target as usize] != self.round {
                    self.seen[*target as usize] = self.round;
                    self.previous[*target as usize] = node;
                    self.queue.push((*target, depth + 1));
                }
            }
            *budget = budget.saturating_sub(targets.len() + 1);
            // The first search always runs to its end, so that there is progress.
            if *budget == 0 && self.round > 1 {
                return None;
            }
        }
        None
    }
}
