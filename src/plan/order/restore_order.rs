//! Orders the objects of one database for a restore: cosmetically first, then by dependencies, with loops repaired.

use std::collections::HashMap;

use crate::model::objects::database::Dependency;
use crate::model::{Address, Object, Section};

use crate::plan::order::graph::{Graph, Node};
use crate::plan::order::{edges, refresh, sort};

/// Objects in restore order.
#[derive(Debug, Default)]
pub(crate) struct Ordered {
    /// The objects, with the flags that loop repair set, and with the shell types and view bodies that it added.
    pub objects: Vec<Object>,
    /// For each object, the objects that it depends on: smaller indexes into `objects`, ascending.
    pub depends_on: Vec<Vec<u32>>,
    /// For each object, the section of its entry; meaningless for objects without an entry.
    pub sections: Vec<Section>,
    pub warnings: Vec<String>,
}

/// Orders `objects` so that each comes after what it depends on. `identities` has one text per
/// object, unique within a kind, such as `public.f(integer)`; it decides between objects of equal
/// kind, schema and name. `catalog` holds the rows of `pg_depend`.
pub(crate) fn restore_order(objects: Vec<Object>, identities: Vec<String>, catalog: &[Dependency]) -> Ordered {
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
    // The ranks are computed once, because a sort compares each object some twenty times.
    let ranks: Vec<u32> = objects.iter().map(sort::kind_rank).collect();
    let keyed = |index: u32| {
        let at = index as usize;
        (ranks[at], &objects[at], identities[at].as_str())
    };
    sorted.sort_by(|a, b| sort::cosmetic(keyed(*a), keyed(*b)));
    let mut place = vec![0; sorted.len()];
    for (to, from) in (0..).zip(sorted) {
        place[from as usize] = to;
    }
    put_in_place(&mut objects, place);
    objects
}

/// Moves each item to its place; `place` is a permutation. The items move in place, so that a large catalog is never
/// held twice.
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
    /// Repairs loops until the graph can be sorted; returns the nodes in order.
    fn sort(&mut self) -> Vec<u32> {
        loop {
            let all = self.all_edges();
            if let Some(order) = sort::topological(&all, &self.position) {
                return order;
            }
            drop(all);
            self.repair_all();
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

impl Ordered {
    /// For each emitted object, the emitted objects that it needs. Objects without an entry are walked through, so that
    /// no dependency is lost. Indexes into `objects`, ascending, all smaller than the object's own.
    pub(crate) fn flatten(&self, emitted: &[bool]) -> Vec<Vec<u32>> {
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
                    // An object that needs an inline part needs the entry that creates the part.
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
