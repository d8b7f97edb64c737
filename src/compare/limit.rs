//! Limits an archive's catalog to the part that is compared, as a live side is limited.
//!
//! Pure. Entries keep their ids, so that references to them stay valid.

use std::collections::BTreeSet;

use crate::model::entry::SequenceState;
use crate::model::{Catalog, Entry, EntryId, Kind, Relation};
use crate::plan::choose::filter::Filter;
use crate::select::partitions::add_partition_entries;
use crate::select::pattern::{PatternError, RelationPattern};

/// The part of `catalog` that `filter` takes. A pattern that matches nothing is an error, as for a dump.
pub(super) fn catalog(catalog: &Catalog, filter: &Filter) -> Result<Catalog, PatternError> {
    check(catalog, filter)?;
    let chosen = choose(catalog, filter);
    let remote = |relation: &&Relation| {
        let server = relation.foreign_server.as_deref();
        server.is_none_or(|server| filter.includes_server(server))
    };
    let relations = catalog.relations.iter().filter(remote);
    let relations = relations.filter(|relation| match relation.entry {
        None if relation.large_objects => filter.wants_large_objects(),
        Some(entry) => chosen.contains(&entry),
        None => relation_wanted(filter, &relation.schema, &relation.name, true),
    });
    Ok(Catalog {
        entries: catalog
            .entries
            .iter()
            .filter(|e| chosen.contains(&e.id))
            .cloned()
            .collect(),
        relations: if filter.parts.rows() {
            relations.cloned().collect()
        } else {
            Vec::new()
        },
        not_covered: catalog.not_covered.clone(),
        partial: catalog.partial.clone(),
        warnings: catalog.warnings.clone(),
        ..Catalog::default()
    })
}

/// The positions of the sequences that are in `limited`.
pub(super) fn sequences(states: &[SequenceState], limited: &Catalog, filter: &Filter) -> Vec<SequenceState> {
    if !filter.parts.rows() {
        return Vec::new();
    }
    let entries: BTreeSet<EntryId> = limited.entries.iter().map(|e| e.id).collect();
    let wanted = |state: &&SequenceState| match state.entry {
        0 => relation_wanted(filter, &state.schema, &state.name, true),
        entry => entries.contains(&entry),
    };
    states.iter().filter(wanted).cloned().collect()
}

fn check(catalog: &Catalog, filter: &Filter) -> Result<(), PatternError> {
    let no_match = |what, pattern: &str| {
        let pattern = pattern.to_owned();
        Err(PatternError::NoMatch { what, pattern })
    };
    for pattern in &filter.schemas {
        let in_entries = catalog
            .entries
            .iter()
            .any(|e| schema_of(e).is_some_and(|s| pattern.matches(s)));
        if !in_entries && !catalog.relations.iter().any(|r| pattern.matches(&r.schema)) {
            return no_match("schema in the archive", pattern.text());
        }
    }
    for pattern in &filter.tables {
        let in_entries = catalog
            .entries
            .iter()
            .any(|e| e.kind.is_table_like() && hits(pattern, e));
        let loose = |r: &Relation| r.entry.is_none() && pattern.matches(&r.schema, &r.name, true);
        if !in_entries && !catalog.relations.iter().any(loose) {
            return no_match("table in the archive", pattern.text());
        }
    }
    Ok(())
}

fn choose(catalog: &Catalog, filter: &Filter) -> BTreeSet<EntryId> {
    let partitions = partitions(catalog, filter);
    let mut chosen = BTreeSet::new();
    for entry in &catalog.entries {
        // A shell type comes before its type, and is chosen by its schema, as its type is.
        let wanted = match entry.parent.filter(|parent| *parent < entry.id) {
            Some(parent) => chosen.contains(&parent) && has_both_ends(catalog, entry, &chosen),
            None if entry.kind.is_table_like() => table_wanted(filter, entry) || partitions.contains(&entry.id),
            None if entry.kind == Kind::LargeObjects => filter.wants_large_objects(),
            None => other_wanted(filter, schema_of(entry)),
        };
        if wanted {
            chosen.insert(entry.id);
        }
    }
    // A table brings the sequences it owns, wherever they live; they come before it.
    let owned = catalog
        .entries
        .iter()
        .filter(|e| e.kind == Kind::SequenceOwner && chosen.contains(&e.id))
        .flat_map(|e| &e.depends_on)
        .filter(|id| catalog.entry(**id).is_some_and(|e| e.kind == Kind::Sequence));
    let owned: Vec<EntryId> = owned.copied().collect();
    chosen.extend(owned);
    chosen
}

/// The tables chosen by `-t`, and the partitions that hold their rows.
fn partitions(catalog: &Catalog, filter: &Filter) -> BTreeSet<EntryId> {
    if filter.tables.is_empty() {
        return BTreeSet::new();
    }
    let named = |e: &&Entry| e.kind.is_table_like() && table_wanted(filter, e);
    let mut tables = catalog.entries.iter().filter(named).map(|e| e.id).collect();
    let excluded = |e: &Entry| filter.exclude_tables.iter().any(|p| hits(p, e));
    add_partition_entries(catalog, &mut tables, |partition| !excluded(partition));
    tables
}

/// Whether the relations that an attachment joins are chosen, too; true for other entries.
fn has_both_ends(catalog: &Catalog, entry: &Entry, chosen: &BTreeSet<EntryId>) -> bool {
    let end = match entry.kind {
        Kind::TableAttach => Kind::Table,
        Kind::IndexAttach => Kind::Index,
        _ => return true,
    };
    let is_end = |id: &&EntryId| catalog.entry(**id).is_some_and(|e| e.kind == end);
    entry.depends_on.iter().filter(is_end).all(|id| chosen.contains(id))
}

fn schema_of(entry: &Entry) -> Option<&str> {
    if entry.kind == Kind::Schema {
        Some(&entry.name)
    } else {
        entry.schema.as_deref()
    }
}

fn hits(pattern: &RelationPattern, entry: &Entry) -> bool {
    pattern.matches(entry.schema.as_deref().unwrap_or_default(), &entry.name, entry.visible)
}

fn table_wanted(filter: &Filter, entry: &Entry) -> bool {
    relation_wanted(
        filter,
        entry.schema.as_deref().unwrap_or_default(),
        &entry.name,
        entry.visible,
    )
}

fn relation_wanted(filter: &Filter, schema: &str, name: &str, visible: bool) -> bool {
    let any = |patterns: &[RelationPattern]| patterns.iter().any(|p| p.matches(schema, name, visible));
    let included = if filter.tables.is_empty() {
        schema_wanted(filter, schema)
    } else {
        any(&filter.tables)
    };
    included && !any(&filter.exclude_tables)
}

/// Whether an object other than a table is chosen: by its schema, never by `-t`.
fn other_wanted(filter: &Filter, schema: Option<&str>) -> bool {
    filter.tables.is_empty()
        && match schema {
            Some(schema) => schema_wanted(filter, schema),
            None => filter.schemas.is_empty(),
        }
}

fn schema_wanted(filter: &Filter, schema: &str) -> bool {
    (filter.schemas.is_empty() || filter.schemas.iter().any(|p| p.matches(schema)))
        && !filter.exclude_schemas.iter().any(|p| p.matches(schema))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::choose::filter::Parts;
    use crate::select::pattern::NamePattern;

    fn entry(id: EntryId, kind: Kind, schema: Option<&str>, name: &str, depends_on: &[EntryId], parent: u32) -> Entry {
        Entry {
            id,
            kind,
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            depends_on: depends_on.to_vec(),
            parent: (parent > 0).then_some(parent),
            visible: schema == Some("public"),
            ..Entry::default()
        }
    }

    fn sample() -> Catalog {
        let entries = vec![
            entry(1, Kind::Schema, None, "sales", &[], 0),
            entry(2, Kind::Type, Some("sales"), "mood", &[1], 0),
            entry(3, Kind::Sequence, Some("other"), "numbers", &[], 0),
            entry(4, Kind::Table, Some("sales"), "orders", &[1, 2], 0),
            entry(5, Kind::SequenceOwner, Some("other"), "numbers", &[3, 4], 4),
            entry(6, Kind::Index, Some("sales"), "orders_i", &[4], 4),
            entry(7, Kind::Table, Some("public"), "orders", &[], 0),
            entry(8, Kind::Extension, None, "hstore", &[], 0),
        ];
        let relation = |id, entry| Relation {
            id,
            entry: Some(entry),
            ..Relation::default()
        };
        Catalog {
            entries,
            relations: vec![relation(1, 4), relation(2, 7)],
            ..Catalog::default()
        }
    }

    fn limited(filter: &Filter) -> (Vec<EntryId>, Vec<u32>) {
        let catalog = catalog(&sample(), filter).expect("patterns match");
        let ids = catalog.entries.iter().map(|e| e.id).collect();
        (ids, catalog.relations.iter().map(|r| r.id).collect())
    }

    fn tables(pattern: &str) -> Filter {
        Filter {
            tables: vec![RelationPattern::parse(pattern, "").expect("valid")],
            ..Filter::default()
        }
    }

    #[test]
    fn without_patterns_everything_stays() {
        assert_eq!(limited(&Filter::default()), ((1..=8).collect(), vec![1, 2]));
        let schema = Filter {
            parts: Parts::Schema,
            ..Filter::default()
        };
        assert_eq!(limited(&schema), ((1..=8).collect(), vec![]));
    }

    #[test]
    fn a_table_brings_its_parts_and_its_sequences() {
        assert_eq!(limited(&tables("sales.orders")), (vec![3, 4, 5, 6], vec![1]));
        // Without a schema only what the source's search_path showed.
        assert_eq!(limited(&tables("orders")), (vec![7], vec![2]));
    }

    #[test]
    fn a_schema_brings_what_is_in_it() {
        let pattern = || vec![NamePattern::parse("sales", "").expect("valid")];
        let only = Filter {
            schemas: pattern(),
            ..Filter::default()
        };
        assert_eq!(limited(&only), (vec![1, 2, 3, 4, 5, 6], vec![1]));
        let without = Filter {
            exclude_schemas: pattern(),
            ..Filter::default()
        };
        assert_eq!(limited(&without), (vec![3, 7, 8], vec![2]));
    }

    #[test]
    fn a_pattern_without_a_match_is_an_error() {
        assert!(catalog(&sample(), &tables("nothing")).is_err());
    }
}
