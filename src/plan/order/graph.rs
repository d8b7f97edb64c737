//! The dependency graph of one database, while its loops are repaired.

use std::collections::HashMap;

use crate::model::objects::database::Dependency;
use crate::model::{Address, Class, Definition, Object, Section};

use crate::plan::order::loops::{ABSENT, Subgraph};

/// A node of the graph: an object, or the point between the sections.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one boundary, and objects become nodes where they are"
)]
pub(in crate::plan) enum Node {
    Object(Object),
    /// The point where table data are restored. It depends on every pre-data object, and every post-data object depends
    /// on it.
    Boundary,
}

/// The graph while loops are repaired. Nodes are numbered in cosmetic order; repair appends.
pub(in crate::plan) struct Graph {
    pub nodes: Vec<Node>,
    /// The nodes that each node depends on; the boundary's own edges are in `early`.
    pub depends_on: Vec<Vec<u32>>,
    /// The boundary depends on this node.
    pub early: Vec<bool>,
    /// The boundary's edge to this node was removed, so that the node's entry moves behind the data.
    pub late: Vec<bool>,
    pub position: Vec<u64>,
    pub by_address: HashMap<Address, u32>,
    pub boundary: u32,
    pub warnings: Vec<String>,
}

impl Graph {
    /// The graph before any repair; `objects` are in cosmetic order.
    pub(crate) fn new(objects: Vec<Object>, dependencies: &[Dependency]) -> Self {
        // Gaps of four leave room for nodes that are inserted beside another.
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
            // If an end is missing, it is an object that is not carried, such as a toast table.
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

    /// The nodes that each node depends on, including the boundary.
    pub(crate) fn all_edges(&self) -> Vec<Vec<u32>> {
        let mut all = self.depends_on.clone();
        all[self.boundary as usize] = (0..self.nodes.len() as u32)
            .filter(|node| self.early[*node as usize])
            .collect();
        all
    }

    /// The nodes and the edges between them. `scratch` is memory that calls may share.
    pub(crate) fn subgraph(&self, mut nodes: Vec<u32>, scratch: &mut Vec<u32>) -> Subgraph {
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

    pub(crate) fn object(&self, node: u32) -> Option<&Object> {
        match &self.nodes[node as usize] {
            Node::Object(object) => Some(object),
            Node::Boundary => None,
        }
    }

    pub(crate) fn object_mut(&mut self, node: u32) -> Option<&mut Object> {
        match &mut self.nodes[node as usize] {
            Node::Object(object) => Some(object),
            Node::Boundary => None,
        }
    }

    pub(crate) fn definition(&self, node: u32) -> Option<&Definition> {
        self.object(node).map(|object| &object.definition)
    }

    pub(crate) fn has_edge(&self, from: u32, to: u32) -> bool {
        if from == self.boundary {
            self.early[to as usize]
        } else {
            self.depends_on[from as usize].contains(&to)
        }
    }

    pub(crate) fn add_edge(&mut self, from: u32, to: u32) {
        if from == self.boundary {
            self.early[to as usize] = true;
        } else if from != to && !self.depends_on[from as usize].contains(&to) {
            self.depends_on[from as usize].push(to);
        }
    }

    pub(crate) fn remove_edge(&mut self, from: u32, to: u32) {
        if from == self.boundary {
            self.early[to as usize] = false;
            self.late[to as usize] = true;
        } else {
            self.depends_on[from as usize].retain(|target| *target != to);
        }
    }

    /// A new node placed `offset` (-1 or 1) beside another.
    pub(crate) fn insert(&mut self, object: Object, beside: u32, offset: i8) -> u32 {
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

    /// The name of a node in warnings.
    pub(crate) fn describe(&self, node: u32) -> String {
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
