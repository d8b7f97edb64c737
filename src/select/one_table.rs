//! One table of an archive by its name, with all relations that hold its rows. Pure.
//!
//! The rows of a partitioned table are in its partitions. The entries that attach partitions say which those are, at
//! any depth. An archive without definitions knows only those partitions whose rows a restore routes from their root.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::entry::CopyColumn;
use crate::model::ident;
use crate::model::kind::{Kind, Section};
use crate::model::{Catalog, Entry, EntryId, Missing, Relation, RelationId};
use crate::select::partitions::add_partition_entries;
use crate::select::pattern::{PatternError, RelationPattern};

/// How many names a message shows.
const SHOWN: usize = 10;

/// A table that was chosen by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTable {
    /// Not quoted.
    pub schema: String,
    /// Not quoted.
    pub name: String,
    /// Absent when the archive has only the table's rows.
    pub entry: Option<EntryId>,
    /// The relations that hold its rows, in the order of the archive: the table itself, or partitions below it.
    pub relations: Vec<RelationId>,
    /// Quoted names of partitions below it whose rows are not in the archive.
    pub without_rows: Vec<String>,
}

/// The entries that make a table, divided by the time when they are to be executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// In the order of the archive, which is the one to execute them in.
    pub before_rows: Vec<EntryId>,
    /// As `before_rows`: indexes, constraints, triggers and the like.
    pub after_rows: Vec<EntryId>,
}

impl OneTable {
    /// The one table that the pattern matches. A pattern without a schema matches in any schema, as in a restore.
    ///
    /// # Errors
    /// There is no such table, or more than one, or the archive has no rows of it.
    pub fn choose(catalog: &Catalog, pattern: &RelationPattern) -> Result<Self, PatternError> {
        let mut found: BTreeMap<(&str, &str), Option<EntryId>> = BTreeMap::new();
        for relation in catalog.relations.iter().filter(|r| !r.large_objects) {
            let own = (relation.schema.as_str(), relation.name.as_str(), relation.entry);
            let root = relation
                .load_via_root
                .as_ref()
                .map(|(s, n)| (s.as_str(), n.as_str(), None));
            for (schema, name, entry) in [Some(own), root].into_iter().flatten() {
                if pattern.matches(schema, name, true) {
                    let slot = found.entry((schema, name)).or_default();
                    *slot = slot.or(entry);
                }
            }
        }
        for entry in catalog.entries.iter().filter(|e| is_table(e.kind)) {
            let schema = entry.schema.as_deref().unwrap_or_default();
            if pattern.matches(schema, &entry.name, true) {
                found.insert((schema, &entry.name), Some(entry.id));
            }
        }
        if found.len() > 1 {
            let names: Vec<String> = found.keys().take(SHOWN).map(|(s, n)| ident::qualified(s, n)).collect();
            let more = if found.len() > SHOWN { ", .." } else { "" };
            return Err(PatternError::Several {
                pattern: pattern.text().to_owned(),
                names: names.join(", ") + more,
            });
        }
        match found.into_iter().next() {
            Some(((schema, name), entry)) => Self::of(catalog, schema, name, entry),
            None => Err(none(catalog, pattern)),
        }
    }

    /// Every relation of a schema whose rows are in the archive, each as a table by itself.
    ///
    /// # Errors
    /// There is no such relation.
    pub fn all_of(catalog: &Catalog, schema: &str) -> Result<Vec<Self>, PatternError> {
        let of_schema = |r: &&Relation| r.schema == schema && !r.large_objects;
        let relations: Vec<&Relation> = catalog.relations.iter().filter(of_schema).collect();
        let with_rows = relations.iter().filter(|r| !r.data_excluded);
        let tables: Vec<Self> = with_rows
            .map(|relation| Self {
                schema: relation.schema.clone(),
                name: relation.name.clone(),
                entry: relation.entry,
                relations: vec![relation.id],
                without_rows: Vec::new(),
            })
            .collect();
        match tables.is_empty() {
            true => Err(PatternError::NoRows {
                name: format!("any table of schema {}", ident::quote_ident(schema)),
            }),
            false => Ok(tables),
        }
    }

    fn of(catalog: &Catalog, schema: &str, name: &str, entry: Option<EntryId>) -> Result<Self, PatternError> {
        let family = family(catalog, entry);
        let belongs = |relation: &&Relation| {
            let via_root = relation.load_via_root.as_ref();
            let own = relation.schema == schema && relation.name == name;
            let below = relation.entry.is_some_and(|id| family.contains(&id));
            !relation.large_objects && (own || below || via_root.is_some_and(|(s, n)| s == schema && n == name))
        };
        let relations: Vec<&Relation> = catalog.relations.iter().filter(belongs).collect();
        let (without, with): (Vec<&Relation>, Vec<&Relation>) = relations.iter().partition(|r| r.data_excluded);
        let known: BTreeSet<EntryId> = relations.iter().filter_map(|r| r.entry).collect();
        let foreign = family.difference(&known).filter_map(|id| catalog.entry(*id));
        let foreign = foreign
            .filter(|e| e.kind == Kind::ForeignTable)
            .map(|e| e.identity.clone());
        let table = Self {
            schema: schema.to_owned(),
            name: name.to_owned(),
            entry,
            relations: with.iter().map(|r| r.id).collect(),
            without_rows: without.iter().map(|r| r.label()).chain(foreign).collect(),
        };
        match table.relations.is_empty() {
            true => Err(PatternError::NoRows { name: table.label() }),
            false => Ok(table),
        }
    }

    /// Quoted and qualified.
    pub fn label(&self) -> String {
        ident::qualified(&self.schema, &self.name)
    }

    /// Schema and name of the table that its rows are to be inserted into. If rows of a partition may belong to another
    /// partition on the target, this is the root.
    pub fn takes_rows<'a>(&'a self, catalog: &'a Catalog) -> (&'a str, &'a str) {
        let root = match self.relations[..] {
            [only] => catalog
                .relation(only)
                .and_then(|relation| relation.load_via_root.as_ref()),
            _ => None,
        };
        root.map_or((&self.schema, &self.name), |(schema, name)| (schema, name))
    }

    /// The columns of its rows, in the order of its first partition.
    ///
    /// # Errors
    /// The name of a column that not all partitions have.
    pub fn columns<'a>(&self, catalog: &'a Catalog) -> Result<Vec<&'a CopyColumn>, String> {
        let mut relations = self.relations.iter().filter_map(|id| catalog.relation(*id));
        let first: Vec<&CopyColumn> = relations.next().map_or_else(Vec::new, |r| r.copy_columns().collect());
        let names: BTreeSet<&str> = first.iter().map(|c| c.name.as_str()).collect();
        for relation in relations {
            let others: BTreeSet<&str> = relation.copy_columns().map(|c| c.name.as_str()).collect();
            if let Some(odd) = names.symmetric_difference(&others).next() {
                return Err((*odd).to_owned());
            }
        }
        Ok(first)
    }

    /// The columns that the server computes; an archive has no values of them.
    pub fn generated<'a>(&self, catalog: &'a Catalog) -> Vec<&'a str> {
        let first = self.relations.first().and_then(|id| catalog.relation(*id));
        let columns = first.map_or(&[][..], |relation| &relation.columns);
        columns
            .iter()
            .filter(|c| c.generated)
            .map(|c| c.name.as_str())
            .collect()
    }

    /// Parts of its rows that are known to be missing in the archive.
    pub fn missing<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = Missing> + 'a {
        let relations = self.relations.iter().filter_map(|id| catalog.relation(*id));
        let labels: BTreeSet<String> = relations.map(Relation::label).collect();
        let known = catalog.partial.iter();
        let known = known
            .filter(move |m| m.what != "position" && labels.contains(&m.name))
            .cloned();
        known.chain(self.without_rows.iter().map(|name| Missing {
            kind: "TABLE".to_owned(),
            name: name.clone(),
            what: "rows".to_owned(),
            reason: "left out of the dump".to_owned(),
        }))
    }

    /// The entries that make the table, its partitions and its own sequences. They include neither foreign keys to
    /// other tables nor objects that the table needs: schemas, types, functions.
    pub fn definition(&self, catalog: &Catalog) -> Definition {
        let tables = family(catalog, self.entry);
        let mut chosen = tables.clone();
        for entry in &catalog.entries {
            let part = entry.parent.is_some_and(|parent| chosen.contains(&parent));
            if part && !entry.secret && is_part(catalog, entry, &tables) {
                chosen.insert(entry.id);
            }
        }
        let owning = chosen.iter().filter_map(|id| catalog.entry(*id));
        let owning = owning.filter(|e| e.kind == Kind::SequenceOwner);
        let needed = owning.flat_map(|e| e.depends_on.iter().copied());
        let of_sequence = |id: &EntryId| catalog.entry(*id).is_some_and(|e| e.kind == Kind::Sequence);
        let sequences: Vec<EntryId> = needed.filter(of_sequence).collect();
        chosen.extend(sequences);
        let before = |id: &EntryId| catalog.entry(*id).is_some_and(|e| e.section == Section::PreData);
        let (before_rows, after_rows) = chosen.into_iter().partition(before);
        Definition {
            before_rows,
            after_rows,
        }
    }
}

fn none(catalog: &Catalog, pattern: &RelationPattern) -> PatternError {
    let hit = |e: &&Entry| pattern.matches(e.schema.as_deref().unwrap_or_default(), &e.name, true);
    let mut others = catalog.entries.iter().filter(|e| e.kind.is_table_like());
    match others.find(hit) {
        Some(other) => PatternError::NoRows { name: other.label() },
        None => PatternError::NoMatch {
            what: "table in the archive",
            pattern: pattern.text().to_owned(),
        },
    }
}

fn is_table(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable)
}

/// A table's entry with those of all partitions below it.
fn family(catalog: &Catalog, entry: Option<EntryId>) -> BTreeSet<EntryId> {
    let mut family: BTreeSet<EntryId> = entry.into_iter().collect();
    add_partition_entries(catalog, &mut family, |_| true);
    family
}

/// Whether an entry that belongs to a chosen table is useful without other tables.
fn is_part(catalog: &Catalog, entry: &Entry, tables: &BTreeSet<EntryId>) -> bool {
    let mut needed = entry.depends_on.iter().filter_map(|id| catalog.entry(*id));
    let refers = |needed: &Entry| is_table(needed.kind) && !tables.contains(&needed.id);
    match entry.kind {
        Kind::StatisticsData | Kind::PublicationTable | Kind::MatviewRefresh => false,
        Kind::ForeignKey | Kind::TableAttach | Kind::IndexAttach => !needed.any(refers),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: EntryId, kind: Kind, name: &str, depends_on: &[EntryId], parent: Option<EntryId>) -> Entry {
        Entry {
            id,
            kind,
            section: kind.section(),
            schema: Some("s".to_owned()),
            name: name.to_owned(),
            identity: format!("s.{name}"),
            depends_on: depends_on.to_vec(),
            parent,
            ..Entry::default()
        }
    }

    fn relation(id: RelationId, name: &str, entry: Option<EntryId>, columns: &[&str]) -> Relation {
        let column = |name: &&str| CopyColumn {
            name: (*name).to_owned(),
            ..CopyColumn::default()
        };
        Relation {
            id,
            entry,
            schema: "s".to_owned(),
            name: name.to_owned(),
            columns: columns.iter().map(column).collect(),
            ..Relation::default()
        }
    }

    /// `visit` over `old` over `oldest`, and `new`; `orders` with a sequence, a key and a foreign key to `visit`.
    fn catalog() -> Catalog {
        Catalog {
            entries: vec![
                entry(1, Kind::Table, "visit", &[], None),
                entry(2, Kind::Table, "old", &[], None),
                entry(3, Kind::Table, "oldest", &[], None),
                entry(4, Kind::ForeignTable, "new", &[], None),
                entry(5, Kind::TableAttach, "old", &[1, 2], Some(2)),
                entry(6, Kind::TableAttach, "oldest", &[2, 3], Some(3)),
                entry(7, Kind::TableAttach, "new", &[1, 4], Some(4)),
                entry(8, Kind::Sequence, "orders_id", &[], None),
                entry(9, Kind::Table, "orders", &[], None),
                entry(10, Kind::SequenceOwner, "orders_id", &[8, 9], Some(9)),
                entry(11, Kind::Constraint, "orders_pkey", &[9], Some(9)),
                entry(12, Kind::ForeignKey, "orders_fk", &[1, 9], Some(9)),
                entry(13, Kind::View, "seen", &[1], None),
            ],
            relations: vec![
                relation(1, "oldest", Some(3), &["a", "b"]),
                relation(2, "orders", Some(9), &["id"]),
            ],
            ..Catalog::default()
        }
    }

    fn choose(catalog: &Catalog, pattern: &str) -> Result<OneTable, PatternError> {
        OneTable::choose(catalog, &RelationPattern::parse(pattern, "").unwrap())
    }

    #[test]
    fn a_partitioned_table_is_its_partitions() {
        let catalog = catalog();
        for name in ["visit", "s.old", "oldest"] {
            let table = choose(&catalog, name).unwrap();
            assert_eq!(table.relations, [1], "{name}");
            let unread: Vec<String> = if name == "visit" { vec!["s.new".into()] } else { vec![] };
            assert_eq!(table.without_rows, unread);
        }
        let mut alone = catalog.clone();
        alone.entries.clear();
        alone.relations[0].entry = None;
        assert!(matches!(choose(&alone, "visit"), Err(PatternError::NoMatch { .. })));
        alone.relations[0].load_via_root = Some(("s".into(), "visit".into()));
        for name in ["visit", "oldest"] {
            let table = choose(&alone, name).unwrap();
            assert_eq!(table.relations, [1]);
            assert_eq!(table.takes_rows(&alone), ("s", "visit"));
        }
    }

    #[test]
    fn partitions_in_a_circle_end_too() {
        let mut catalog = catalog();
        catalog
            .entries
            .push(entry(14, Kind::TableAttach, "visit", &[1, 3], Some(1)));
        assert_eq!(choose(&catalog, "visit").unwrap().relations, [1]);
    }

    #[test]
    fn exactly_one_table_with_rows_is_chosen() {
        let mut catalog = catalog();
        let Err(PatternError::Several { names, .. }) = choose(&catalog, "o*") else {
            panic!("several")
        };
        assert_eq!(names, "s.old, s.oldest, s.orders");
        assert!(matches!(choose(&catalog, "none"), Err(PatternError::NoMatch { .. })));
        assert!(matches!(choose(&catalog, "seen"), Err(PatternError::NoRows { name }) if name == "VIEW s.seen"));
        assert!(matches!(choose(&catalog, "new"), Err(PatternError::NoRows { .. })));
        catalog.relations[1].data_excluded = true;
        assert!(matches!(choose(&catalog, "orders"), Err(PatternError::NoRows { .. })));
        assert_eq!(OneTable::all_of(&catalog, "s").unwrap().len(), 1);
        assert!(OneTable::all_of(&catalog, "t").is_err());
    }

    #[test]
    fn partitions_have_the_same_columns_in_any_order() {
        let mut catalog = catalog();
        catalog.entries.push(entry(14, Kind::Table, "more", &[], None));
        catalog
            .entries
            .push(entry(15, Kind::TableAttach, "more", &[1, 14], Some(14)));
        catalog.relations.push(relation(3, "more", Some(14), &["b", "a"]));
        let names = |catalog: &Catalog| {
            let columns = choose(catalog, "visit").unwrap().columns(catalog)?;
            Ok::<_, String>(columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(names(&catalog).unwrap(), ["a", "b"]);
        catalog.relations[2].columns[0].name = "c".into();
        assert!(names(&catalog).is_err());
    }

    #[test]
    fn a_definition_is_the_table_with_its_parts() {
        let catalog = catalog();
        let definition = choose(&catalog, "orders").unwrap().definition(&catalog);
        assert_eq!(definition.before_rows, [8, 9, 10]);
        assert_eq!(definition.after_rows, [11]);
        let whole = choose(&catalog, "visit").unwrap().definition(&catalog);
        assert_eq!(whole.before_rows, [1, 2, 3, 4, 5, 6, 7]);
        // A partition alone is attached to nothing.
        let leaf = choose(&catalog, "oldest").unwrap().definition(&catalog);
        assert_eq!(leaf.before_rows, [3]);
    }
}
