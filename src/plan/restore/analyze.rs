//! Decides which relations a restore analyzes, each once.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::ident::qualified;
use crate::model::{Catalog, EntryId, Kind, RelationId};
use crate::plan::restore::select::Selection;
use crate::version::Version;

/// ANALYZE statements for tables with rows, partitioned tables and refreshed materialized views, the biggest tables
/// first. `is_lost` tells entries that were not made.
pub fn statements(
    catalog: &Catalog,
    selection: &Selection,
    version: Version,
    weights: &HashMap<RelationId, u64>,
    is_lost: impl Fn(EntryId) -> bool,
) -> Vec<String> {
    let there = |id: EntryId| !is_lost(id);
    let mut parents: HashMap<EntryId, EntryId> = HashMap::new();
    let attached = catalog
        .entries
        .iter()
        .filter(|e| e.kind == Kind::TableAttach && there(e.id));
    for attach in attached {
        let is_table = |id: &&EntryId| catalog.entry(**id).is_some_and(|e| e.kind == Kind::Table);
        let root = attach
            .depends_on
            .iter()
            .filter(is_table)
            .find(|id| Some(**id) != attach.parent);
        parents.extend(attach.parent.zip(root.copied()));
    }
    // Before 18, ANALYZE of a partitioned table includes its partitions, so only the topmost table is named.
    let covered = |id: EntryId| !version.has_analyze_only() && parents.contains_key(&id);
    let mut named: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut add = |name: String, keyword: &str, weight: u64| {
        let sql = format!("ANALYZE {keyword}{name}");
        named.entry(name).or_insert((sql, weight));
    };
    let mut roots: HashSet<EntryId> = HashSet::new();
    for relation in selection.relations.iter().filter_map(|id| catalog.relation(*id)) {
        if relation.entry.is_some_and(&is_lost) {
            continue;
        }
        let mut next = relation.entry;
        // The way up cannot have more steps than there are parents.
        for _ in 0..parents.len() {
            let Some(parent) = next.and_then(|id| parents.get(&id)) else {
                break;
            };
            if !covered(*parent) {
                roots.insert(*parent);
            }
            next = Some(*parent);
        }
        if !relation.entry.is_some_and(covered) {
            let weight = weights.get(&relation.id).copied().unwrap_or(0);
            add(qualified(&relation.schema, &relation.name), "", weight);
        }
    }
    let refreshed = selection.entries.keys().filter_map(|id| catalog.entry(*id));
    for entry in refreshed.filter(|e| e.kind == Kind::MatviewRefresh && there(e.id)) {
        add(
            qualified(entry.schema.as_deref().unwrap_or_default(), &entry.name),
            "",
            1,
        );
    }
    for entry in roots.iter().filter_map(|id| catalog.entry(*id)).filter(|e| there(e.id)) {
        let keyword = if version.has_analyze_only() { "ONLY " } else { "" };
        let name = qualified(entry.schema.as_deref().unwrap_or_default(), &entry.name);
        // ANALYZE of a partitioned table reads rows of all its partitions.
        add(name, keyword, u64::MAX);
    }
    let mut list: Vec<(String, u64)> = named.into_values().collect();
    list.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    list.into_iter().map(|(sql, _)| sql).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, Relation};
    use crate::plan::restore::select::{RestoreFilter, select};

    fn entry(id: EntryId, kind: Kind, depends_on: &[EntryId], parent: Option<EntryId>) -> Entry {
        Entry {
            id,
            kind,
            section: kind.section(),
            pass: kind.pass(),
            schema: Some("s".to_owned()),
            name: format!("e{id}"),
            depends_on: depends_on.to_vec(),
            parent,
            ..Entry::default()
        }
    }

    #[test]
    fn every_relation_is_analyzed_once() {
        let relation = |id, entry: EntryId| Relation {
            id,
            entry: Some(entry),
            schema: "s".to_owned(),
            name: format!("e{entry}"),
            ..Relation::default()
        };
        let catalog = Catalog {
            entries: vec![
                entry(1, Kind::Table, &[], None),
                entry(2, Kind::Table, &[], None),
                entry(3, Kind::Table, &[], None),
                entry(4, Kind::TableAttach, &[1, 2], Some(2)),
                entry(5, Kind::MaterializedView, &[3], None),
                entry(6, Kind::MatviewRefresh, &[5], Some(5)),
            ],
            relations: vec![relation(1, 2), relation(2, 3)],
            ..Catalog::default()
        };
        let selection = select(&catalog, &RestoreFilter::default()).expect("no pattern");
        let weights = HashMap::from([(1, 5), (2, 9)]);
        let on = |version| statements(&catalog, &selection, version, &weights, |_| false);
        assert_eq!(
            on(Version::first_of(18)),
            ["ANALYZE ONLY s.e1", "ANALYZE s.e3", "ANALYZE s.e2", "ANALYZE s.e6"]
        );
        assert_eq!(
            on(Version::first_of(17)),
            ["ANALYZE s.e1", "ANALYZE s.e3", "ANALYZE s.e6"]
        );
        let without = statements(&catalog, &selection, Version::first_of(18), &weights, |id| id == 4);
        assert_eq!(without, ["ANALYZE s.e3", "ANALYZE s.e2", "ANALYZE s.e6"]);
    }
}
