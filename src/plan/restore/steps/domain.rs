//! Finds the nodes that a domain's constraint waits for, if the constraint is an entry of its own.
//!
//! Rows may break such a constraint: it is not valid, or it comes late together with the objects it needs. The server
//! checks it for every value that arrives. So it comes after all values, and after everything that computes such values
//! from them.

use std::collections::{HashMap, HashSet};

use crate::model::{Catalog, Entry, EntryId, Kind};
use crate::plan::restore::schedule::NodeId;

/// The domain to which the constraint belongs. Absent for a constraint of a table, and if the archive lacks the domain.
fn domain_of(catalog: &Catalog, entry: &Entry) -> Option<EntryId> {
    let parent = catalog.entry(entry.parent?)?;
    (parent.kind == Kind::Domain).then_some(parent.id)
}

fn is_constraint(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::CheckConstraint | Kind::NotNullConstraint)
}

/// Everything that is made of the domain, directly or indirectly: types, tables, their parts.
fn made_of(catalog: &Catalog, domain: EntryId) -> HashSet<EntryId> {
    let mut made = HashSet::from([domain]);
    // An entry depends only on earlier ones.
    for entry in catalog.entries.iter().filter(|entry| entry.id > domain) {
        if entry.depends_on.iter().chain(&entry.parent).any(|id| made.contains(id)) {
            made.insert(entry.id);
        }
    }
    made
}

/// The nodes before the constraint's own node. `rows` and `others` are the nodes of relations and of entries.
pub(super) fn before(
    catalog: &Catalog,
    entry: &Entry,
    rows: &HashMap<u32, NodeId>,
    others: &HashMap<EntryId, NodeId>,
) -> Vec<NodeId> {
    if !is_constraint(entry) {
        return Vec::new();
    }
    let Some(domain) = domain_of(catalog, entry) else {
        // A constraint of a table waits for its table anyway. In an archive without definitions before the rows,
        // nothing tells to which object the constraint belongs.
        return match entry.parent {
            Some(_) => Vec::new(),
            None => rows.values().copied().collect(),
        };
    };
    let made = made_of(catalog, domain);
    let of_domain = |relation: u32| {
        let table = catalog.relation(relation).and_then(|relation| relation.entry);
        table.is_none_or(|table| made.contains(&table))
    };
    let loads = rows
        .iter()
        .filter(|(relation, _)| of_domain(**relation))
        .map(|(_, node)| *node);
    let computes = |other: &&Entry| !is_constraint(other) && other.depends_on.contains(&domain);
    let computed = catalog.entries.iter().filter(computes);
    let computed =
        computed.filter(|other| !other.depends_on.contains(&entry.id) && !entry.depends_on.contains(&other.id));
    loads
        .chain(computed.filter_map(|other| others.get(&other.id).copied()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Relation;

    fn entry(id: EntryId, kind: Kind, depends_on: &[EntryId], parent: Option<EntryId>) -> Entry {
        Entry {
            id,
            kind,
            depends_on: depends_on.to_vec(),
            parent,
            ..Entry::default()
        }
    }

    #[test]
    fn a_constraint_of_a_domain_waits_for_the_rows_that_hold_its_values() {
        let relation = |id, entry| Relation {
            id,
            entry,
            ..Relation::default()
        };
        let catalog = Catalog {
            entries: vec![
                entry(1, Kind::Domain, &[], None),
                entry(2, Kind::Type, &[1], None),
                entry(3, Kind::Table, &[2], None),
                entry(4, Kind::Table, &[], None),
                entry(5, Kind::Index, &[1, 4], Some(4)),
                entry(6, Kind::CheckConstraint, &[1], Some(1)),
                entry(7, Kind::CheckConstraint, &[1, 4], Some(4)),
            ],
            relations: vec![relation(1, Some(3)), relation(2, Some(4)), relation(3, None)],
            ..Catalog::default()
        };
        let rows = HashMap::from([(1, 10), (2, 20), (3, 30)]);
        let others = HashMap::from([(5, 50), (6, 60), (7, 70)]);
        let before = |id| {
            let mut nodes = before(&catalog, catalog.entry(id).unwrap(), &rows, &others);
            nodes.sort_unstable();
            nodes
        };
        assert_eq!(before(6), [10, 30, 50]);
        assert!(before(5).is_empty() && before(7).is_empty());
        let orphan = entry(6, Kind::CheckConstraint, &[], None);
        assert_eq!(super::before(&catalog, &orphan, &rows, &others).len(), 3);
    }
}
