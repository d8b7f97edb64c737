//! A table with its partitions and everything that inherits from it, in a live database. Pure.
//!
//! The rows of a partitioned table are in its partitions, so choosing the table by name includes its partitions at any
//! depth. Other tables that inherit from a table have rows of their own, and are included only on request.

use std::collections::{HashMap, HashSet};

use crate::model::objects::relation::ListedRelation;

/// Adds to `tables` (oids) all their descendants.
pub(crate) fn add_descendants(relations: &[ListedRelation], tables: &mut HashSet<u32>) {
    add(relations, tables, |_| true);
}

/// Adds to `tables` (oids) their partitions, at any depth, except for those that are not `wanted` and everything below
/// these.
pub(crate) fn add_partitions(
    relations: &[ListedRelation],
    tables: &mut HashSet<u32>,
    wanted: impl Fn(&ListedRelation) -> bool,
) {
    add(relations, tables, |relation| relation.is_partition && wanted(relation));
}

fn add(relations: &[ListedRelation], tables: &mut HashSet<u32>, follows: impl Fn(&ListedRelation) -> bool) {
    if tables.is_empty() {
        return;
    }
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for relation in relations.iter().filter(|relation| follows(relation)) {
        for parent in &relation.parents {
            children.entry(*parent).or_default().push(relation.oid);
        }
    }
    let mut open: Vec<u32> = tables.iter().copied().collect();
    while let Some(table) = open.pop() {
        for child in children.get(&table).into_iter().flatten() {
            if tables.insert(*child) {
                open.push(*child);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_of_any_depth_follow() {
        let relation = |oid, parents: &[u32]| ListedRelation {
            oid,
            parents: parents.to_vec(),
            ..ListedRelation::default()
        };
        let relations = [
            relation(4, &[3]),
            relation(3, &[1, 2]),
            relation(1, &[]),
            relation(2, &[]),
            relation(5, &[2]),
        ];
        let of = |table| {
            let mut tables = HashSet::from([table]);
            add_descendants(&relations, &mut tables);
            tables
        };
        assert_eq!(of(1), HashSet::from([1, 3, 4]));
        assert_eq!(of(2), HashSet::from([2, 3, 4, 5]));
        assert_eq!(of(4), HashSet::from([4]));
    }
}
