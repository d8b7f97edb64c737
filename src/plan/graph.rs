//! The dependency graph of one database, and the order in which its objects are restored.

use std::collections::HashMap;

use crate::model::object::Dependency;
use crate::model::{Address, Class, Definition, Object, Section};

use super::loops::{ABSENT, Subgraph};
use super::{edges, order, refresh, repair};

/// Objects in restore order.
#[derive(Debug, Default)]
pub struct Ordered {
    /// With the flags that loop repair set, and the shell types and view bodies that it added.
    pub objects: Vec<Object>,
    /// For each object what it depends on: smaller indexes into `objects`, ascending.
    pub depends_on: Vec<Vec<u32>>,
    /// For each object where its entry belongs; of no meaning for objects without an entry.
    pub sections: Vec<Section>,
    pub warnings: Vec<String>,
}

/// A node of the graph: an object, or the point between the sections.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one boundary, and objects become nodes where they are"
)]
pub(super) enum Node {
    Object(Object),
    /// Depends on every pre-data object; every post-data object depends on it. Table data is
    /// restored here.
    Boundary,
}

/// The graph while loops are repaired. Nodes are numbered in cosmetic order; repair appends.
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    /// What a node depends on; the boundary's own edges are in `early`.
    pub depends_on: Vec<Vec<u32>>,
    /// The boundary depends on this node.
    pub early: Vec<bool>,
    /// The boundary's edge to this node was taken away: its entry moves behind the data.
    pub late: Vec<bool>,
    pub position: Vec<u64>,
    pub by_address: HashMap<Address, u32>,
    pub boundary: u32,
    pub warnings: Vec<String>,
}

/// Orders `objects` so that each comes after what it depends on. `identities` has one text per
/// object, unique within a kind, such as `public.f(integer)`; it decides between objects of equal
/// kind, schema and name. `catalog` holds the rows of `pg_depend`.
pub fn restore_order(objects: Vec<Object>, identities: Vec<String>, catalog: &[Dependency]) -> Ordered {
    debug_assert_eq!(objects.len(), identities.len());
    let mut warnings = Vec::new();
    let mut objects = in_cosmetic_order(objects, &identities);
    drop(identities);

    let refreshes = refresh::plan(&objects, catalog);
    objects.retain(|object| !refreshes.impossible.contains(&object.address));
    warnings.extend(refreshes.warnings);
    let mut dependencies = edges::implied(&objects, catalog);
    dependencies.extend(refreshes.dependencies);
    dependencies.extend_from_slice(catalog);

    let mut graph = Graph::new(objects, &dependencies);
    graph.warnings = warnings;
    drop(dependencies);
    let order = graph.sort();
    graph.into_ordered(&order)
}

fn in_cosmetic_order(mut objects: Vec<Object>, identities: &[String]) -> Vec<Object> {
    let mut sorted: Vec<u32> = (0..objects.len() as u32).collect();
    // A sort compares each object some twenty times.
    let ranks: Vec<u32> = objects.iter().map(order::kind_rank).collect();
    let keyed = |index: u32| {
        let at = index as usize;
        (ranks[at], &objects[at], identities[at].as_str())
    };
    sorted.sort_by(|a, b| order::cosmetic(keyed(*a), keyed(*b)));
    let mut place = vec![0; sorted.len()];
    for (to, from) in (0..).zip(sorted) {
        place[from as usize] = to;
    }
    put_in_place(&mut objects, place);
    objects
}

/// Moves each item to its place; `place` is a permutation. A large catalog is never held twice.
fn put_in_place<T>(items: &mut [T], mut place: Vec<u32>) {
    for at in 0..items.len() {
        while place[at] as usize != at {
            let to = place[at] as usize;
            items.swap(at, to);
            place.swap(at, to);
        }
    }
}

impl Graph {
    fn new(objects: Vec<Object>, dependencies: &[Dependency]) -> Self {
        // Gaps of four leave room for the nodes that belong beside another.
        let position = |index: usize| (index as u64 + 1) * 4;
        let first_late = objects
            .iter()
            .position(|object| object.section() == Some(Section::PostData))
            .unwrap_or(objects.len());
        let boundary = objects.len() as u32;
        let mut positions: Vec<u64> = (0..objects.len()).map(position).collect();
        positions.push(position(first_late) - 2);

        let mut by_address = HashMap::with_capacity(objects.len());
        for (node, object) in objects.iter().enumerate() {
            by_address.entry(object.address).or_insert(node as u32);
        }
        let mut depends_on: Vec<Vec<u32>> = vec![Vec::new(); objects.len() + 1];
        let mut early = vec![false; objects.len() + 1];
        for (node, object) in objects.iter().enumerate() {
            match object.section() {
                Some(Section::PreData) => early[node] = true,
                Some(Section::PostData) => depends_on[node].push(boundary),
                None => {}
            }
        }
        for edge in dependencies {
            // A missing end is an object that is not carried, such as a toast table.
            if let (Some(from), Some(to)) = (by_address.get(&edge.dependent), by_address.get(&edge.referenced))
                && from != to
            {
                depends_on[*from as usize].push(*to);
            }
        }
        for targets in &mut depends_on {
            targets.sort_unstable();
            targets.dedup();
        }
        let late = vec![false; objects.len() + 1];
        let mut nodes: Vec<Node> = objects.into_iter().map(Node::Object).collect();
        nodes.push(Node::Boundary);
        Self {
            nodes,
            depends_on,
            early,
            late,
            position: positions,
            by_address,
            boundary,
            warnings: Vec::new(),
        }
    }

    /// Repairs loops until the graph can be sorted; returns the nodes in order.
    fn sort(&mut self) -> Vec<u32> {
        loop {
            let all = self.all_edges();
            if let Some(order) = order::topological(&all, &self.position) {
                return order;
            }
            drop(all);
            self.repair_all();
        }
    }

    fn all_edges(&self) -> Vec<Vec<u32>> {
        let mut all = self.depends_on.clone();
        all[self.boundary as usize] = (0..self.nodes.len() as u32)
            .filter(|node| self.early[*node as usize])
            .collect();
        all
    }

    fn subgraph(&self, mut nodes: Vec<u32>, scratch: &mut Vec<u32>) -> Subgraph {
        nodes.sort_unstable_by_key(|node| (self.position[*node as usize], *node));
        scratch.resize(self.nodes.len(), ABSENT);
        let members = if nodes.contains(&self.boundary) {
            nodes.clone()
        } else {
            Vec::new()
        };
        Subgraph::new(nodes, scratch, |node, out| {
            if node == self.boundary {
                out.extend(members.iter().filter(|member| self.early[**member as usize]));
            } else {
                out.extend_from_slice(&self.depends_on[node as usize]);
            }
        })
    }

    /// One round over the whole graph: afterwards no component of before has a loop left in it.
    fn repair_all(&mut self) {
        let mut scratch = Vec::new();
        let whole = (0..self.nodes.len() as u32).collect();
        let mut pending = self.subgraph(whole, &mut scratch).components();
        while let Some(component) = pending.pop() {
            // Loops among objects first: they are there wherever the data stands.
            if component.contains(&self.boundary) {
                let inner = component
                    .iter()
                    .copied()
                    .filter(|node| *node != self.boundary)
                    .collect();
                let inner = self.subgraph(inner, &mut scratch).components();
                if !inner.is_empty() {
                    pending.push(component);
                    pending.extend(inner);
                    continue;
                }
            }
            let subgraph = self.subgraph(component, &mut scratch);
            let through = subgraph.loops_through(self.boundary);
            let loops = if through.is_empty() {
                subgraph.shortest_loops()
            } else {
                through
            };
            for found in loops {
                // An earlier repair may have broken this loop too.
                if self.is_loop(&found) {
                    repair::repair(self, &found);
                }
            }
            let Subgraph { nodes, .. } = subgraph;
            pending.extend(self.subgraph(nodes, &mut scratch).components());
        }
    }

    fn is_loop(&self, nodes: &[u32]) -> bool {
        (0..nodes.len()).all(|i| self.has_edge(nodes[i], nodes[(i + 1) % nodes.len()]))
    }

    pub fn object(&self, node: u32) -> Option<&Object> {
        match &self.nodes[node as usize] {
            Node::Object(object) => Some(object),
            Node::Boundary => None,
        }
    }

    pub fn object_mut(&mut self, node: u32) -> Option<&mut Object> {
        match &mut self.nodes[node as usize] {
            Node::Object(object) => Some(object),
            Node::Boundary => None,
        }
    }

    pub fn definition(&self, node: u32) -> Option<&Definition> {
        self.object(node).map(|object| &object.definition)
    }

    pub fn has_edge(&self, from: u32, to: u32) -> bool {
        if from == self.boundary {
            self.early[to as usize]
        } else {
            self.depends_on[from as usize].contains(&to)
        }
    }

    pub fn add_edge(&mut self, from: u32, to: u32) {
        if from == self.boundary {
            self.early[to as usize] = true;
        } else if from != to && !self.depends_on[from as usize].contains(&to) {
            self.depends_on[from as usize].push(to);
        }
    }

    pub fn remove_edge(&mut self, from: u32, to: u32) {
        if from == self.boundary {
            self.early[to as usize] = false;
            self.late[to as usize] = true;
        } else {
            self.depends_on[from as usize].retain(|target| *target != to);
        }
    }

    /// A new node placed `offset` (-1 or 1) beside another.
    pub fn insert(&mut self, object: Object, beside: u32, offset: i8) -> u32 {
        let node = self.nodes.len() as u32;
        self.position
            .push(self.position[beside as usize].saturating_add_signed(i64::from(offset)));
        self.by_address.insert(object.address, node);
        self.early.push(object.section() == Some(Section::PreData));
        self.late.push(false);
        let edges = if object.section() == Some(Section::PostData) {
            vec![self.boundary]
        } else {
            Vec::new()
        };
        self.depends_on.push(edges);
        self.nodes.push(Node::Object(object));
        node
    }

    /// How warnings name a node.
    pub fn describe(&self, node: u32) -> String {
        match self.object(node) {
            None => "the data".to_owned(),
            Some(object) => {
                let kind = object
                    .kind()
                    .map_or_else(|| class_name(object.address.class), |kind| kind.label());
                match &object.schema {
                    Some(schema) => format!("{kind} `{schema}.{}`", object.name),
                    None => format!("{kind} `{}`", object.name),
                }
            }
        }
    }

    fn into_ordered(mut self, order: &[u32]) -> Ordered {
        let mut new_index = vec![0; self.nodes.len()];
        let objects = order.iter().filter(|node| **node != self.boundary);
        for (index, node) in (0..).zip(objects) {
            new_index[*node as usize] = index;
        }
        new_index[self.boundary as usize] = self.nodes.len() as u32 - 1;
        let mut ordered = Ordered {
            warnings: self.warnings,
            ..Ordered::default()
        };
        for node in order.iter().filter(|node| **node != self.boundary) {
            let at = *node as usize;
            let mut targets: Vec<u32> = std::mem::take(&mut self.depends_on[at])
                .into_iter()
                .filter(|target| *target != self.boundary)
                .map(|target| new_index[target as usize])
                .collect();
            targets.sort_unstable();
            targets.dedup();
            ordered.depends_on.push(targets);
            ordered.sections.push(match &self.nodes[at] {
                Node::Object(object) if !self.late[at] => object.section().unwrap_or(Section::PreData),
                _ => Section::PostData,
            });
        }
        put_in_place(&mut self.nodes, new_index);
        let objects = self.nodes.into_iter().filter_map(|node| match node {
            Node::Object(object) => Some(object),
            Node::Boundary => None,
        });
        ordered.objects = objects.collect();
        ordered
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Type => "row type",
        Class::AttributeDefault => "default",
        Class::Constraint => "constraint",
        Class::Rewrite => "view rule",
        Class::Relation => "index",
        _ => "object",
    }
}

impl Ordered {
    /// For each emitted object the emitted objects it needs: objects without an entry are walked
    /// through, so that no dependency is lost. Indexes into `objects`, ascending, all smaller.
    pub fn flatten(&self, emitted: &[bool]) -> Vec<Vec<u32>> {
        let index_of: HashMap<Address, u32> = self
            .objects
            .iter()
            .enumerate()
            .map(|(index, object)| (object.address, index as u32))
            .collect();
        let mut seen = vec![u32::MAX; self.objects.len()];
        let mut stack = Vec::new();
        let mut flattened = Vec::with_capacity(self.objects.len());
        for index in 0..self.objects.len() {
            let mut found = Vec::new();
            if emitted[index] {
                stack.extend_from_slice(&self.depends_on[index]);
                while let Some(target) = stack.pop() {
                    let at = target as usize;
                    if seen[at] == index as u32 {
                        continue;
                    }
                    seen[at] = index as u32;
                    if emitted[at] {
                        found.push(target);
                        continue;
                    }
                    stack.extend_from_slice(&self.depends_on[at]);
                    // What needs an inline part needs the entry that creates it.
                    let parent = self.objects[at].parent.and_then(|parent| index_of.get(&parent));
                    stack.extend(parent.filter(|parent| (**parent as usize) < index));
                }
                found.sort_unstable();
            }
            flattened.push(found);
        }
        flattened
    }
}

#[cfg(test)]
mod tests;
