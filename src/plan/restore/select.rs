//! Selects the entries and rows of an archive that a restore takes, and says what it leaves out and why.
//!
//! Pure: the archive's catalog and the user's patterns in, ids out.

use std::collections::BTreeSet;

use crate::model::kind::{Kind, Section};
use crate::model::{Catalog, Entry, EntryId};
use crate::plan::restore::list;
use crate::plan::restore::selection::is_large_objects;
use crate::select::pattern::PatternError;

pub use crate::plan::restore::filter::RestoreFilter;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::plan::restore::selection::Selection;
pub(crate) use crate::plan::restore::selection::{LeftOut, Reason};

/// Applies the filter. Selected tables bring their parts (indexes, constraints, triggers, owned sequences) and the
/// objects before the data that these need. A foreign key to a table that was not chosen is left out and listed.
pub fn select(catalog: &Catalog, filter: &RestoreFilter) -> Result<Selection, PatternError> {
    if let Some(list) = &filter.list {
        return list::select(catalog, filter, list);
    }
    let mut chosen = choose(catalog, filter)?;
    let large_objects = take_large_objects(catalog, filter, &mut chosen);
    let mut selection = Selection::default();
    for relation in &catalog.relations {
        let wanted = match relation.entry {
            None if relation.large_objects => large_objects,
            Some(entry) => chosen.contains(&entry),
            // These are rows without a definition (a configuration table, a data-only archive).
            None => filter.takes_rows(relation),
        };
        if wanted && !relation.data_excluded && filter.parts.rows() {
            selection.relations.insert(relation.id);
        }
    }
    if filter.parts.rows() {
        selection.sequences = chosen
            .iter()
            .copied()
            .filter(|id| catalog.entry(*id).is_some_and(|e| e.kind == Kind::Sequence))
            .collect();
    }
    selection.large_objects = chosen
        .iter()
        .copied()
        .filter(|id| catalog.entry(*id).is_some_and(is_large_objects))
        .collect();
    take_with_needs(catalog, &chosen, filter, &mut selection);
    Ok(selection)
}

/// Adds the large objects to the chosen entries or removes them; gives whether they are wanted.
fn take_large_objects(catalog: &Catalog, filter: &RestoreFilter, chosen: &mut BTreeSet<EntryId>) -> bool {
    let wanted = filter.parts.rows() && filter.large_objects.unwrap_or(filter.takes_everything());
    for entry in catalog.entries.iter().filter(|e| is_large_objects(e)) {
        if wanted {
            chosen.insert(entry.id);
        } else {
            chosen.remove(&entry.id);
        }
    }
    wanted
}

/// The entries that the patterns match, with their parts.
fn choose(catalog: &Catalog, filter: &RestoreFilter) -> Result<BTreeSet<EntryId>, PatternError> {
    filter.check(catalog)?;
    let everything = filter.takes_everything();
    let partitions = filter.partitions(catalog);
    let mut chosen = BTreeSet::new();
    // The entries of the database itself are only for a restore that creates it.
    let of_contents = |entry: &&Entry| !matches!(entry.kind, Kind::Database | Kind::DatabaseSettings);
    for entry in catalog.entries.iter().filter(of_contents) {
        // Parts and owned sequences come after what they belong to, so one pass is enough.
        let belongs = entry.parent.is_some_and(|parent| chosen.contains(&parent));
        let by_itself = filter.includes(entry) && !(everything && entry.parent.is_some());
        let included = by_itself || partitions.contains(&entry.id);
        if (included || belongs) && !filter.excludes(entry) {
            chosen.insert(entry.id);
        }
    }
    // A table brings the sequences it owns, with their positions; they come before it.
    let owned: Vec<EntryId> = catalog
        .entries
        .iter()
        .filter(|e| e.kind == Kind::SequenceOwner && chosen.contains(&e.id))
        .flat_map(|e| e.depends_on.iter().copied())
        .filter(|id| catalog.entry(*id).is_some_and(|e| e.kind == Kind::Sequence))
        .collect();
    chosen.extend(owned);
    Ok(chosen)
}

fn take_with_needs(catalog: &Catalog, chosen: &BTreeSet<EntryId>, filter: &RestoreFilter, selection: &mut Selection) {
    let taken = |id: EntryId| catalog.entry(id).filter(|entry| filter.parts.take(entry));
    for &id in chosen {
        let Some(entry) = taken(id) else { continue };
        let named = filter.names_part(entry);
        let mut needs = BTreeSet::new();
        let mut open = vec![id];
        let mut missing = None;
        while let Some(next) = open.pop() {
            for &dependency in catalog.entry(next).map_or(&[][..], |e| &e.depends_on) {
                // The target must have objects of another section.
                if chosen.contains(&dependency) || taken(dependency).is_none() || !needs.insert(dependency) {
                    continue;
                }
                // A post-data part needs two kinds of objects before the data: another table (a foreign key), or
                // something it cannot be created without. Only the latter is brought along.
                match catalog.entry(dependency) {
                    Some(e) if named && (e.section == Section::PostData || e.kind.is_table_like()) => {
                        needs.remove(&dependency);
                        selection.expected.insert(dependency);
                    }
                    Some(e) if e.section == Section::PostData => missing = missing.or(Some(dependency)),
                    Some(e) if entry.section == Section::PostData && e.kind.is_table_like() => {
                        missing = missing.or(Some(dependency));
                    }
                    _ => open.push(dependency),
                }
            }
        }
        match missing {
            Some(missing) => {
                let missing = catalog.entry(missing).map_or_else(String::new, Entry::label);
                selection.left_out.push(LeftOut { entry: id, missing });
            }
            None => {
                selection.entries.insert(id, Reason::Chosen);
                for need in needs {
                    selection.entries.entry(need).or_insert(Reason::Needed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Relation;
    use crate::plan::choose::parts::Parts;
    use crate::select::pattern::{RelationPattern, RoutinePattern};

    fn entry(id: EntryId, kind: Kind, name: &str, depends_on: &[EntryId], parent: Option<EntryId>) -> Entry {
        Entry {
            id,
            kind,
            section: kind.section(),
            pass: kind.pass(),
            schema: (kind != Kind::Schema).then(|| "sales".to_owned()),
            name: name.to_owned(),
            depends_on: depends_on.to_vec(),
            parent,
            ..Entry::default()
        }
    }

    fn catalog() -> Catalog {
        let entries = vec![
            entry(1, Kind::Schema, "sales", &[], None),
            entry(2, Kind::Type, "mood", &[1], None),
            entry(3, Kind::Table, "orders", &[1, 2], None),
            entry(4, Kind::Table, "items", &[1], None),
            entry(5, Kind::Constraint, "orders_pkey", &[3], Some(3)),
            entry(6, Kind::ForeignKey, "items_fk", &[3, 4, 5], Some(4)),
        ];
        let relation = |id, entry| Relation {
            id,
            entry: Some(entry),
            ..Relation::default()
        };
        Catalog {
            entries,
            relations: vec![relation(1, 3), relation(2, 4)],
            ..Catalog::default()
        }
    }

    fn select_tables(pattern: &str) -> Selection {
        let tables = vec![RelationPattern::parse(pattern, "").expect("valid")];
        select(
            &catalog(),
            &RestoreFilter {
                tables,
                ..RestoreFilter::default()
            },
        )
        .expect("matches")
    }

    #[test]
    fn everything_is_taken_without_patterns() {
        let selection = select(&catalog(), &RestoreFilter::default()).expect("no pattern");
        assert_eq!(selection.entries.len(), 6);
        assert!(selection.entries.values().all(|r| *r == Reason::Chosen));
        assert_eq!(selection.relations.len(), 2);
    }

    #[test]
    fn a_table_brings_its_parts_and_what_it_needs() {
        let selection = select_tables("orders");
        let entries: Vec<_> = selection.entries.into_iter().collect();
        assert_eq!(
            entries,
            [
                (1, Reason::Needed),
                (2, Reason::Needed),
                (3, Reason::Chosen),
                (5, Reason::Chosen)
            ]
        );
        assert_eq!(selection.relations, BTreeSet::from([1]));
    }

    #[test]
    fn a_foreign_key_to_a_table_that_is_not_chosen_is_listed() {
        let selection = select_tables("items");
        assert_eq!(selection.left_out.len(), 1);
        assert_eq!(selection.left_out[0].entry, 6);
        assert!(!selection.entries.contains_key(&6));
    }

    #[test]
    fn an_index_by_its_name_comes_alone_and_a_trigger_with_its_function() {
        let mut catalog = catalog();
        let function = Entry {
            identity: "sales.f(integer)".to_owned(),
            ..entry(7, Kind::Function, "f", &[1], None)
        };
        catalog.entries.push(function);
        catalog.entries.push(entry(8, Kind::Index, "orders_by", &[3], Some(3)));
        catalog.entries.push(entry(9, Kind::Trigger, "watch", &[3, 7], Some(3)));
        let patterns = |names: &[&str]| -> Vec<RelationPattern> {
            names
                .iter()
                .map(|n| RelationPattern::parse(n, "").expect("valid"))
                .collect()
        };
        let filter = RestoreFilter {
            indexes: patterns(&["orders*"]),
            triggers: patterns(&["sales.watch"]),
            ..RestoreFilter::default()
        };
        let selection = select(&catalog, &filter).expect("both match");
        assert_eq!(selection.entries.into_keys().collect::<Vec<_>>(), [1, 7, 8, 9]);
        assert_eq!(selection.expected, BTreeSet::from([3]));
        assert!(selection.relations.is_empty() && selection.left_out.is_empty());
        let of_function = |pattern: &str| {
            let functions = vec![RoutinePattern::parse(pattern, "").expect("valid")];
            let filter = RestoreFilter {
                functions,
                ..RestoreFilter::default()
            };
            select(&catalog, &filter).map(|s| s.entries.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(of_function("f(integer)"), Ok(vec![1, 7]));
        assert!(of_function("f(text)").is_err());
    }

    #[test]
    fn data_only_takes_no_definitions() {
        let filter = RestoreFilter {
            parts: Parts::Data,
            ..RestoreFilter::default()
        };
        let selection = select(&catalog(), &filter).expect("no pattern");
        assert!(selection.entries.is_empty());
        assert_eq!(selection.relations.len(), 2);
    }

    #[test]
    fn large_objects_are_data() {
        let with_objects = || {
            let mut catalog = catalog();
            catalog.entries.push(Entry {
                schema: None,
                large_objects: vec![5],
                ..entry(7, Kind::LargeObjects, "5", &[], None)
            });
            catalog.relations.push(Relation {
                id: 3,
                ..crate::model::objects::large_objects::relation()
            });
            catalog
        };
        let taken = |parts, tables: &[&str], large_objects| {
            let parse = |pattern: &&str| RelationPattern::parse(pattern, "").expect("valid");
            let filter = RestoreFilter {
                tables: tables.iter().map(parse).collect(),
                parts,
                large_objects,
                ..RestoreFilter::default()
            };
            let selection = select(&with_objects(), &filter).expect("matches");
            assert_eq!(selection.entries.contains_key(&7), selection.large_objects.contains(&7));
            assert_eq!(selection.rows_alone(&with_objects()), parts == Parts::Data);
            (selection.entries.contains_key(&7), selection.relations.contains(&3))
        };
        assert_eq!(taken(Parts::All, &[], None), (true, true));
        assert_eq!(taken(Parts::All, &[], Some(false)), (false, false));
        assert_eq!(taken(Parts::Data, &[], None), (true, true));
        assert_eq!(taken(Parts::Schema, &[], Some(true)), (false, false));
        assert_eq!(taken(Parts::All, &["orders"], None), (false, false));
        assert_eq!(taken(Parts::All, &["orders"], Some(true)), (true, true));
        assert_eq!(taken(Parts::Data, &["orders"], Some(true)), (true, true));
    }

    #[test]
    fn unknown_patterns_are_errors() {
        let tables = vec![RelationPattern::parse("nothing", "").expect("valid")];
        assert!(
            select(
                &catalog(),
                &RestoreFilter {
                    tables,
                    ..RestoreFilter::default()
                }
            )
            .is_err()
        );
    }
}
