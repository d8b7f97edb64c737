//! The partitions of tables of an archive. Pure.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Catalog, Entry, EntryId, Kind};

/// Adds to `tables`, entries of an archive, their partitions at any depth, except for those that are not `wanted` and everything
/// below these.
pub fn add_partition_entries(catalog: &Catalog, tables: &mut BTreeSet<EntryId>, wanted: impl Fn(&Entry) -> bool) {
    if tables.is_empty() {
        return;
    }
    let is_table = |id: &EntryId| {
        let kind = catalog.entry(*id).map(|entry| entry.kind);
        matches!(kind, Some(Kind::Table | Kind::ForeignTable))
    };
    let mut partitions: HashMap<EntryId, Vec<EntryId>> = HashMap::new();
    for attach in catalog.entries.iter().filter(|e| e.kind == Kind::TableAttach) {
        let Some(partition) = attach.parent else { continue };
        let mut above = attach.depends_on.iter().filter(|id| **id != partition && is_table(id));
        if let Some(parent) = above.next() {
            partitions.entry(*parent).or_default().push(partition);
        }
    }
    let mut open: Vec<EntryId> = tables.iter().copied().collect();
    while let Some(next) = open.pop() {
        for partition in partitions.get(&next).into_iter().flatten() {
            if catalog.entry(*partition).is_some_and(&wanted) && tables.insert(*partition) {
                open.push(*partition);
            }
        }
    }
}
