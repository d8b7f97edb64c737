//! Turns the selected entries of an archive into the steps of a restore.
//!
//! ```text
//! before (in order) -> rows + after (scheduled: tables, chunks, indexes, constraints)
//!                   -> privileges (in order) -> last (scheduled: refreshes) -> event triggers
//! ```
//!
//! Pure: ids and sizes in, ordered ids and schedule nodes out.

mod domain;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::kind::{Kind, Pass, Section};
use crate::model::{Catalog, Entry, EntryId, RelationId};
use crate::plan::restore::schedule::Node;
use crate::plan::restore::select::Selection;

/// The action of a node in a scheduled phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Execute this entry's definition.
    Define(EntryId),
    /// Wait for this relation's rows.
    Rows(RelationId),
}

/// Nodes for a [`crate::plan::restore::schedule::Schedule`], with the action of each one.
#[derive(Clone, Debug, Default)]
pub struct Phase {
    /// What the schedule knows of each node: needs, locks, weight.
    pub nodes: Vec<Node>,
    /// The action of the node at the same place.
    pub steps: Vec<Step>,
    /// Foreign keys whose check should read both tables from front to end, in any order.
    pub whole_scans: HashSet<EntryId>,
}

/// The phases of a restore.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// Entries to execute one after the other before any row is loaded.
    pub before: Vec<EntryId>,
    pub after: Phase,
    /// Entries whose privileges are set, in order.
    pub privileges: Vec<EntryId>,
    pub last: Phase,
    /// Entries to execute one after the other when everything else is done: event triggers, which would fire for later
    /// statements.
    pub at_end: Vec<EntryId>,
}

/// Builds the phases. `weights` are the relations' sizes in any one unit; absent means small.
pub fn build(catalog: &Catalog, selection: &Selection, weights: &HashMap<RelationId, u64>) -> Steps {
    let families = Families::new(catalog);
    let chosen = |section: Section, pass: Pass| {
        selection
            .entries
            .keys()
            .filter_map(|id| catalog.entry(*id))
            .filter(move |e| e.section == section && e.pass == pass)
            .collect::<Vec<&Entry>>()
    };
    let before = chosen(Section::PreData, Pass::Main).iter().map(|e| e.id).collect();
    let mut after = Phase::default();
    let mut rows_node = HashMap::new();
    for &relation in &selection.relations {
        rows_node.insert(relation, after.nodes.len());
        after.nodes.push(Node {
            external: true,
            ..Node::default()
        });
        after.steps.push(Step::Rows(relation));
    }
    add_entries(
        &mut after,
        &chosen(Section::PostData, Pass::Main),
        catalog,
        &families,
        &rows_node,
        weights,
    );
    let mut last = Phase::default();
    let mut late = chosen(Section::PreData, Pass::Last);
    late.extend(chosen(Section::PostData, Pass::Last));
    late.sort_by_key(|e| e.id);
    let (at_end, late): (Vec<&Entry>, Vec<&Entry>) = late.into_iter().partition(|e| e.kind == Kind::EventTrigger);
    add_entries(&mut last, &late, catalog, &families, &HashMap::new(), weights);
    let privileges = selection
        .entries
        .keys()
        .copied()
        .filter(|id| catalog.entry(*id).is_some_and(|e| !e.privileges.is_empty()))
        .collect();
    Steps {
        before,
        after,
        privileges,
        last,
        at_end: at_end.iter().map(|e| e.id).collect(),
    }
}

fn add_entries(
    phase: &mut Phase,
    entries: &[&Entry],
    catalog: &Catalog,
    families: &Families,
    rows_node: &HashMap<RelationId, usize>,
    weights: &HashMap<RelationId, u64>,
) {
    let mut node_of: HashMap<EntryId, usize> = HashMap::new();
    for (offset, entry) in entries.iter().enumerate() {
        node_of.insert(entry.id, phase.nodes.len() + offset);
    }
    for entry in entries {
        let own: BTreeSet<EntryId> = entry
            .depends_on
            .iter()
            .copied()
            .chain(entry.parent)
            .filter(|id| catalog.entry(*id).is_some_and(|e| holds_rows(e.kind)))
            .collect();
        // Attaching an index reads no rows and concerns two tables. With ten thousand partitions, naming the whole
        // family for each of them would take gigabytes.
        let attaches = entry.kind == Kind::IndexAttach;
        let tables: BTreeSet<EntryId> = if attaches {
            own.clone()
        } else {
            own.iter().flat_map(|&table| families.with_descendants(table)).collect()
        };
        // Rows wait for a table, and a table never waits for rows: its parents' family includes itself.
        let relations: Vec<RelationId> = tables
            .iter()
            .filter(|_| !matches!(entry.kind, Kind::Table | Kind::ForeignTable))
            .filter_map(|table| families.relation_of.get(table).copied())
            .collect();
        let mut after: Vec<usize> = entry
            .depends_on
            .iter()
            .filter_map(|d| node_of.get(d).copied())
            .collect();
        after.extend(relations.iter().filter_map(|relation| rows_node.get(relation).copied()));
        after.extend(domain::before(catalog, entry, rows_node, &node_of));
        let size = |table: EntryId| -> u64 {
            let family = families.with_descendants(table);
            let relations = family.iter().filter_map(|table| families.relation_of.get(table));
            relations.filter_map(|relation| weights.get(relation)).sum()
        };
        if scans_wholly(entry, &own, size) {
            phase.whole_scans.insert(entry.id);
        }
        let shares = entry.kind == Kind::Index;
        phase.nodes.push(Node {
            after,
            // An index on a partitioned table is made on the parent alone.
            tables: if shares {
                own.into_iter().collect()
            } else {
                tables.into_iter().collect()
            },
            shares,
            weight: relations.iter().map(|r| weights.get(r).copied().unwrap_or(1)).sum(),
            external: false,
        });
        phase.steps.push(Step::Define(entry.id));
    }
    // A broken loop has put this table after the data, so its rows come after the table.
    for (relation, node) in rows_node {
        let table = catalog.relation(*relation).and_then(|r| r.entry);
        if let Some(define) = table.and_then(|entry| node_of.get(&entry)) {
            phase.nodes[*node].after.push(*define);
        }
    }
}

/// If the referenced table is larger than the referencing one by this factor, lookups by its index are better than a
/// scan.
const MUCH_LARGER: u64 = 16;

/// Whether the check of a foreign key reads so much of the referenced tables that it may as well read all of them.
fn scans_wholly(entry: &Entry, tables: &BTreeSet<EntryId>, size: impl Fn(EntryId) -> u64) -> bool {
    let Some(referencing) = entry.parent.filter(|_| entry.kind == Kind::ForeignKey) else {
        return false;
    };
    let limit = size(referencing).saturating_mul(MUCH_LARGER);
    let mut referenced = tables.iter().filter(|table| **table != referencing);
    referenced.all(|table| size(*table) <= limit)
}

fn holds_rows(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::MaterializedView | Kind::ForeignTable)
}

/// The tables whose rows are part of another table's rows: partitions and inheritance children.
struct Families {
    children: HashMap<EntryId, Vec<EntryId>>,
    relation_of: HashMap<EntryId, RelationId>,
}

impl Families {
    fn new(catalog: &Catalog) -> Self {
        let is_table = |id: &EntryId| {
            catalog
                .entry(*id)
                .is_some_and(|e| matches!(e.kind, Kind::Table | Kind::ForeignTable))
        };
        let mut children: HashMap<EntryId, Vec<EntryId>> = HashMap::new();
        for entry in &catalog.entries {
            match entry.kind {
                // An inheritance child depends on its parents. If a table depends on another for any other reason, a
                // part only waits a little longer.
                Kind::Table | Kind::ForeignTable => {
                    for parent in entry.depends_on.iter().filter(|id| is_table(id)) {
                        children.entry(*parent).or_default().push(entry.id);
                    }
                }
                // The partition is the entry's parent object; the other table is what it joins.
                Kind::TableAttach => {
                    let Some(partition) = entry.parent else { continue };
                    for root in entry.depends_on.iter().filter(|id| is_table(id) && **id != partition) {
                        children.entry(*root).or_default().push(partition);
                    }
                }
                _ => {}
            }
        }
        let relation_of = catalog
            .relations
            .iter()
            .filter_map(|r| Some((r.entry?, r.id)))
            .collect();
        Self { children, relation_of }
    }

    fn with_descendants(&self, table: EntryId) -> Vec<EntryId> {
        let mut seen = HashSet::from([table]);
        let mut open = vec![table];
        let mut family = Vec::new();
        while let Some(next) = open.pop() {
            family.push(next);
            for &child in self.children.get(&next).map_or(&[][..], Vec::as_slice) {
                if seen.insert(child) {
                    open.push(child);
                }
            }
        }
        family
    }
}

/// A chain of foreign keys that is longer than this counts as a cycle.
const MAX_LEVELS: usize = 1_000;

/// Relations in the order that existing foreign keys allow: a relation's level is above the levels of all relations
/// that it references. Members of a cycle share the level at which the cycle is met.
pub fn load_levels(catalog: &Catalog, relations: &BTreeSet<RelationId>) -> Vec<Vec<RelationId>> {
    let mut level: BTreeMap<RelationId, usize> = relations.iter().map(|id| (*id, 0)).collect();
    // Each round settles one more level; only in a cycle would levels go on rising.
    for _ in 0..relations.len().min(MAX_LEVELS) {
        let mut changed = false;
        for relation in relations.iter().filter_map(|id| catalog.relation(*id)) {
            let wanted = relation
                .references
                .iter()
                .filter(|r| **r != relation.id)
                .filter_map(|r| level.get(r))
                .map(|l| l + 1)
                .max()
                .unwrap_or(0)
                .min(MAX_LEVELS);
            if level.get(&relation.id).is_some_and(|l| *l < wanted) {
                level.insert(relation.id, wanted);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut levels: BTreeMap<usize, Vec<RelationId>> = BTreeMap::new();
    for (relation, level) in level {
        levels.entry(level).or_default().push(relation);
    }
    levels.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Relation;
    use crate::plan::restore::select::{RestoreFilter, select};

    fn entry(id: EntryId, kind: Kind, depends_on: &[EntryId], parent: Option<EntryId>) -> Entry {
        let name = format!("e{id}");
        let depends_on = depends_on.to_vec();
        Entry {
            id,
            kind,
            section: kind.section(),
            pass: kind.pass(),
            name,
            depends_on,
            parent,
            ..Entry::default()
        }
    }

    fn relation(id: RelationId, entry: EntryId, references: &[RelationId]) -> Relation {
        Relation {
            id,
            entry: Some(entry),
            references: references.to_vec(),
            ..Relation::default()
        }
    }

    #[test]
    fn a_constraint_on_a_partitioned_table_waits_for_the_rows_of_its_partitions() {
        let catalog = Catalog {
            entries: vec![
                entry(1, Kind::Table, &[], None),
                entry(2, Kind::Table, &[], None),
                entry(3, Kind::TableAttach, &[1, 2], Some(2)),
                entry(4, Kind::ForeignKey, &[1], Some(1)),
                entry(5, Kind::Index, &[2], Some(2)),
            ],
            relations: vec![relation(1, 2, &[])],
            ..Catalog::default()
        };
        let selection = select(&catalog, &RestoreFilter::default()).expect("no pattern");
        let steps = build(&catalog, &selection, &HashMap::from([(1, 50)]));
        assert_eq!(steps.before, [1, 2, 3]);
        assert_eq!(steps.after.steps, [Step::Rows(1), Step::Define(4), Step::Define(5)]);
        assert_eq!(steps.after.nodes[1].after, [0]);
        assert_eq!(steps.after.nodes[1].tables, [1, 2]);
        assert_eq!(steps.after.nodes[2].tables, [2]);
        assert_eq!(steps.after.nodes[1].weight, 50);
    }

    #[test]
    fn a_key_to_a_table_that_is_not_much_larger_is_checked_by_reading_both() {
        let catalog = Catalog {
            entries: vec![
                entry(1, Kind::Table, &[], None),
                entry(2, Kind::Table, &[], None),
                entry(3, Kind::ForeignKey, &[1, 2], Some(2)),
                entry(4, Kind::ForeignKey, &[1, 2], Some(1)),
                entry(5, Kind::ForeignKey, &[1], Some(1)),
            ],
            relations: vec![relation(1, 1, &[]), relation(2, 2, &[])],
            ..Catalog::default()
        };
        let selection = select(&catalog, &RestoreFilter::default()).expect("no pattern");
        let scans =
            |weights: [(RelationId, u64); 2]| build(&catalog, &selection, &HashMap::from(weights)).after.whole_scans;
        assert_eq!(scans([(1, 160), (2, 10)]), HashSet::from([3, 4, 5]));
        assert_eq!(scans([(1, 161), (2, 10)]), HashSet::from([4, 5]));
    }

    #[test]
    fn rows_of_a_table_that_comes_after_the_data_wait_for_it() {
        let mut late = entry(3, Kind::Table, &[1, 2], None);
        late.section = Section::PostData;
        let catalog = Catalog {
            entries: vec![
                entry(1, Kind::Table, &[], None),
                entry(2, Kind::Constraint, &[1], Some(1)),
                late,
                entry(4, Kind::Index, &[3], Some(3)),
            ],
            relations: vec![relation(1, 1, &[]), relation(2, 3, &[])],
            ..Catalog::default()
        };
        let selection = select(&catalog, &RestoreFilter::default()).expect("no pattern");
        let after = build(&catalog, &selection, &HashMap::new()).after;
        let node = |step| after.steps.iter().position(|s| *s == step).expect("there");
        let (rows, define) = (node(Step::Rows(2)), node(Step::Define(3)));
        assert_eq!(after.nodes[rows].after, [define]);
        assert!(!after.nodes[define].after.contains(&rows));
        assert!(after.nodes[node(Step::Define(4))].after.contains(&rows));
    }

    #[test]
    fn referenced_tables_load_first_and_cycles_end() {
        let catalog = Catalog {
            entries: vec![],
            relations: vec![
                relation(1, 1, &[2]),
                relation(2, 2, &[3]),
                relation(3, 3, &[]),
                relation(4, 4, &[4]),
            ],
            ..Catalog::default()
        };
        assert_eq!(
            load_levels(&catalog, &BTreeSet::from([1, 2, 3, 4])),
            [vec![3, 4], vec![2], vec![1]]
        );
        let cycle = Catalog {
            relations: vec![relation(1, 1, &[2]), relation(2, 2, &[1])],
            ..Catalog::default()
        };
        let levels = load_levels(&cycle, &BTreeSet::from([1, 2]));
        assert_eq!(levels.iter().map(Vec::len).sum::<usize>(), 2);
    }
}
