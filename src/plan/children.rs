//! A table with its partitions and everything that inherits from it. Pure.

use std::collections::{HashMap, HashSet};

use crate::model::relation::RelationSummary;

/// Adds to `tables` (oids) all their descendants.
pub fn add_descendants(relations: &[RelationSummary], tables: &mut HashSet<u32>) {
    if tables.is_empty() {
        return;
    }
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for relation in relations {
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
        let relation = |oid, parents: &[u32]| RelationSummary {
            oid,
            parents: parents.to_vec(),
            ..RelationSummary::default()
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
