//! Which entries and rows of an archive a restore takes, and what it leaves out and why.
//!
//! Pure: the archive's catalog and the user's patterns in, ids out.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::kind::{Kind, Section};
use crate::model::{Catalog, Entry, EntryId, RelationId, SequenceState};
use crate::plan::filter::Parts;
use crate::plan::pattern::{NamePattern, PatternError, RelationPattern};
use crate::plan::without::Without;

/// `-n`, `-t` and which parts of what they match.
#[derive(Clone, Debug, Default)]
pub struct RestoreFilter {
    pub schemas: Vec<NamePattern>,
    pub exclude_schemas: Vec<NamePattern>,
    pub tables: Vec<RelationPattern>,
    pub exclude_tables: Vec<RelationPattern>,
    pub parts: Parts,
    pub without: Without,
    /// As in [`crate::plan::filter::Filter`].
    pub large_objects: Option<bool>,
}

/// Why an entry is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Matched, or part of something that matched.
    Chosen,
    /// Something chosen depends on it; not created again where the target has it.
    Needed,
}

/// An entry that matched but cannot come without something that did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub entry: EntryId,
    /// Kind and name of what it needs.
    pub missing: String,
}

/// What a restore takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub entries: BTreeMap<EntryId, Reason>,
    pub relations: BTreeSet<RelationId>,
    /// Sequences whose position is set.
    pub sequences: BTreeSet<EntryId>,
    /// The entries among `entries` that make large objects: they are data.
    pub large_objects: BTreeSet<EntryId>,
    pub left_out: Vec<LeftOut>,
}

impl Selection {
    /// Whether the position of a sequence is set, which has no entry in an archive without definitions or when it
    /// comes with an extension.
    pub fn sets(&self, state: &SequenceState, filter: &RestoreFilter) -> bool {
        match state.entry {
            0 => filter.parts != Parts::Schema && loose_relation_matches(filter, &state.schema, &state.name),
            entry => self.sequences.contains(&entry),
        }
    }

    /// No table is created: the rows go into tables that the target has.
    pub fn rows_alone(&self) -> bool {
        self.entries.len() == self.large_objects.len()
    }
}

/// Applies the filter. Selected tables bring their parts (indexes, constraints, triggers, owned
/// sequences) and whatever those need before the data; a foreign key to a table that was not
/// chosen is left out and listed.
pub fn select(catalog: &Catalog, filter: &RestoreFilter) -> Result<Selection, PatternError> {
    let mut chosen = choose(catalog, filter)?;
    let large_objects = take_large_objects(catalog, filter, &mut chosen);
    let mut selection = Selection::default();
    for relation in &catalog.relations {
        let wanted = match relation.entry {
            None if relation.large_objects => large_objects,
            Some(entry) => chosen.contains(&entry),
            // Rows without a definition (a configuration table, a data-only archive).
            None => loose_relation_matches(filter, &relation.schema, &relation.name),
        };
        if wanted && !relation.data_excluded && filter.parts != Parts::Schema {
            selection.relations.insert(relation.id);
        }
    }
    if filter.parts != Parts::Schema {
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
    if filter.parts == Parts::Data {
        let data = selection.large_objects.iter().map(|id| (*id, Reason::Chosen));
        selection.entries = data.collect();
        return Ok(selection);
    }
    take_with_needs(catalog, &chosen, &mut selection);
    Ok(selection)
}

/// Puts the large objects among the chosen entries or takes them out; whether they are wanted.
fn take_large_objects(catalog: &Catalog, filter: &RestoreFilter, chosen: &mut BTreeSet<EntryId>) -> bool {
    let everything = filter.schemas.is_empty() && filter.tables.is_empty();
    let wanted = filter.parts != Parts::Schema && filter.large_objects.unwrap_or(everything);
    for entry in catalog.entries.iter().filter(|e| is_large_objects(e)) {
        if wanted {
            chosen.insert(entry.id);
        } else {
            chosen.remove(&entry.id);
        }
    }
    wanted
}

fn is_large_objects(entry: &Entry) -> bool {
    entry.kind == Kind::LargeObjects
}

/// The entries that the patterns match, with their parts.
fn choose(catalog: &Catalog, filter: &RestoreFilter) -> Result<BTreeSet<EntryId>, PatternError> {
    let schema_names: BTreeSet<&str> = catalog
        .entries
        .iter()
        .filter_map(|e| {
            if e.kind == Kind::Schema {
                Some(e.name.as_str())
            } else {
                e.schema.as_deref()
            }
        })
        .chain(catalog.relations.iter().map(|r| r.schema.as_str()))
        .collect();
    for pattern in &filter.schemas {
        if !schema_names.iter().any(|name| pattern.matches(name)) {
            return Err(PatternError::NoMatch {
                what: "schema in the archive",
                pattern: pattern.text().to_owned(),
            });
        }
    }
    for pattern in &filter.tables {
        let in_entries = catalog
            .entries
            .iter()
            .any(|e| is_table_like(e.kind) && matches(pattern, e));
        let in_relations = catalog
            .relations
            .iter()
            .any(|r| pattern.matches(&r.schema, &r.name, true));
        if !in_entries && !in_relations {
            return Err(PatternError::NoMatch {
                what: "table in the archive",
                pattern: pattern.text().to_owned(),
            });
        }
    }
    let everything = filter.schemas.is_empty() && filter.tables.is_empty();
    let mut chosen = BTreeSet::new();
    // What is said of the database itself is for a restore that creates it.
    let of_contents = |entry: &&Entry| !matches!(entry.kind, Kind::Database | Kind::DatabaseSettings);
    for entry in catalog.entries.iter().filter(of_contents) {
        let schema = if entry.kind == Kind::Schema {
            Some(&entry.name)
        } else {
            entry.schema.as_ref()
        };
        let excluded = filter.without.kind(entry.kind)
            || schema.is_some_and(|s| filter.exclude_schemas.iter().any(|p| p.matches(s)))
            || (is_table_like(entry.kind) && filter.exclude_tables.iter().any(|p| matches(p, entry)));
        // Parts and owned sequences come after what they belong to, so one pass is enough.
        let belongs = entry.parent.is_some_and(|parent| chosen.contains(&parent));
        let included = if !filter.tables.is_empty() {
            is_table_like(entry.kind) && filter.tables.iter().any(|p| matches(p, entry))
        } else if !filter.schemas.is_empty() {
            schema.is_some_and(|s| filter.schemas.iter().any(|p| p.matches(s)))
        } else {
            everything && entry.parent.is_none_or(|parent| chosen.contains(&parent))
        };
        if (included || belongs) && !excluded {
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

fn loose_relation_matches(filter: &RestoreFilter, schema: &str, name: &str) -> bool {
    let included = if !filter.tables.is_empty() {
        filter.tables.iter().any(|p| p.matches(schema, name, true))
    } else {
        filter.schemas.is_empty() || filter.schemas.iter().any(|p| p.matches(schema))
    };
    included
        && !filter.exclude_schemas.iter().any(|p| p.matches(schema))
        && !filter.exclude_tables.iter().any(|p| p.matches(schema, name, true))
}

/// In a restore an unqualified pattern means any schema: the archive has no `search_path`.
fn matches(pattern: &RelationPattern, entry: &Entry) -> bool {
    pattern.matches(entry.schema.as_deref().unwrap_or(""), &entry.name, true)
}

/// Kinds that `-t` matches, as in pg_dump.
pub fn is_table_like(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Sequence
    )
}

fn take_with_needs(catalog: &Catalog, chosen: &BTreeSet<EntryId>, selection: &mut Selection) {
    for &id in chosen {
        let Some(entry) = catalog.entry(id) else { continue };
        let mut needs = BTreeSet::new();
        let mut open = vec![id];
        let mut missing = None;
        while let Some(next) = open.pop() {
            for &dependency in catalog.entry(next).map_or(&[][..], |e| &e.depends_on) {
                if chosen.contains(&dependency) || !needs.insert(dependency) {
                    continue;
                }
                // What a post-data part needs before the data is another table (a foreign key) or
                // something it cannot be created without; only the latter is brought along.
                match catalog.entry(dependency) {
                    Some(e) if e.section == Section::PostData => missing = missing.or(Some(dependency)),
                    Some(e) if entry.section == Section::PostData && is_table_like(e.kind) => {
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
                ..crate::model::large_objects::relation()
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
            assert_eq!(selection.rows_alone(), parts == Parts::Data);
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
