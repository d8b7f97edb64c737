//! The user's choice from an archive by name: `-n`, `-t`, `--index` and similar options. Pure.

use std::collections::BTreeSet;

use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, EntryId, Relation};
use crate::plan::choose::leave_out::Without;
use crate::plan::choose::parts::Parts;
use crate::select::partitions::add_partition_entries;
use crate::select::pattern::{NamePattern, PatternError, RelationPattern, RoutinePattern};

/// The patterns as given; each must match something, except the excluding ones. In a restore an unqualified pattern
/// matches in any schema, because the archive has no `search_path`.
#[derive(Clone, Debug, Default)]
pub struct RestoreFilter {
    /// `-n`; of no effect where objects are chosen by their own names.
    pub schemas: Vec<NamePattern>,
    /// `-N`: neither the schemas nor what is in them.
    pub exclude_schemas: Vec<NamePattern>,
    /// Each includes its partitions, which hold its rows.
    pub tables: Vec<RelationPattern>,
    /// Neither their definitions nor their rows.
    pub exclude_tables: Vec<RelationPattern>,
    /// Without their tables, which the target must have.
    pub indexes: Vec<RelationPattern>,
    /// Without their tables, which the target must have.
    pub triggers: Vec<RelationPattern>,
    /// Functions, procedures and aggregates.
    pub functions: Vec<RoutinePattern>,
    /// The text of a list of items (see [`crate::plan::restore::list`]): exactly these are taken, and patterns are not
    /// used.
    pub list: Option<String>,
    /// The sections that are wanted.
    pub parts: Parts,
    /// What is left out of everything that is chosen.
    pub without: Without,
    /// As in [`crate::plan::choose::filter::Filter`].
    pub large_objects: Option<bool>,
}

impl RestoreFilter {
    /// Whether nothing is chosen by name.
    pub fn takes_everything(&self) -> bool {
        self.schemas.is_empty() && !self.names_objects()
    }

    /// Whether objects are chosen by their own names, so that schemas do not matter.
    fn names_objects(&self) -> bool {
        !(self.tables.is_empty() && self.indexes.is_empty() && self.triggers.is_empty() && self.functions.is_empty())
    }

    /// Whether this entry is chosen for itself. An entry that belongs to a chosen one is included elsewhere.
    pub fn includes(&self, entry: &Entry) -> bool {
        if self.names_objects() {
            let table = may_be_table(entry) && self.tables.iter().any(|p| hits(p, entry));
            table || self.names_part(entry) || self.functions.iter().any(|p| is_routine(p, entry))
        } else {
            schema_of(entry).map_or(self.schemas.is_empty(), |schema| {
                self.schemas.is_empty() || self.schemas.iter().any(|p| p.matches(schema))
            })
        }
    }

    /// Whether this entry is left out, even if it is chosen or belongs to a chosen one.
    pub fn excludes(&self, entry: &Entry) -> bool {
        self.without.kind(entry.kind)
            || schema_of(entry).is_some_and(|s| self.exclude_schemas.iter().any(|p| p.matches(s)))
            || (may_be_table(entry) && self.exclude_tables.iter().any(|p| hits(p, entry)))
    }

    /// Whether the entry is an index or a trigger chosen by its own name; the target must have its table.
    pub fn names_part(&self, entry: &Entry) -> bool {
        let patterns = match entry.kind {
            Kind::Index => &self.indexes,
            Kind::Trigger => &self.triggers,
            _ => return false,
        };
        patterns.iter().any(|p| hits(p, entry))
    }

    /// The tables that are chosen by their own names, with the partitions that hold their rows.
    pub fn partitions(&self, catalog: &Catalog) -> BTreeSet<EntryId> {
        let named = |e: &&Entry| may_be_table(e) && self.tables.iter().any(|p| hits(p, e)) && !self.excludes(e);
        let mut tables = catalog.entries.iter().filter(named).map(|e| e.id).collect();
        add_partition_entries(catalog, &mut tables, |partition| !self.excludes(partition));
        tables
    }

    /// Whether to take rows whose definition is not in the archive. Rows that are loaded through a partitioned table
    /// belong to that table.
    pub fn takes_rows(&self, relation: &Relation) -> bool {
        let of_root = |(schema, name): &(String, String)| self.tables.iter().any(|p| p.matches(schema, name, true));
        let by_root = relation.load_via_root.as_ref().is_some_and(of_root)
            && self.parts.rows()
            && !self.excludes_rows_of(&relation.schema, &relation.name);
        by_root || self.takes_rows_of(&relation.schema, &relation.name)
    }

    fn excludes_rows_of(&self, schema: &str, name: &str) -> bool {
        self.exclude_schemas.iter().any(|p| p.matches(schema))
            || self.exclude_tables.iter().any(|p| p.matches(schema, name, true))
    }

    /// Whether to take the rows or the position of a relation whose definition is not in the archive.
    pub fn takes_rows_of(&self, schema: &str, name: &str) -> bool {
        let included = if self.names_objects() {
            self.tables.iter().any(|p| p.matches(schema, name, true))
        } else {
            self.schemas.is_empty() || self.schemas.iter().any(|p| p.matches(schema))
        };
        self.parts.rows() && included && !self.excludes_rows_of(schema, name)
    }

    /// Fails for the first pattern that chooses nothing in the archive.
    pub fn check(&self, catalog: &Catalog) -> Result<(), PatternError> {
        let no_match = |what, pattern: &str| {
            let pattern = pattern.to_owned();
            Err(PatternError::NoMatch { what, pattern })
        };
        let any = |of: &dyn Fn(&Entry) -> bool| catalog.entries.iter().any(of);
        let schemas = catalog.entries.iter().filter_map(schema_of);
        let schemas: BTreeSet<&str> = schemas
            .chain(catalog.relations.iter().map(|r| r.schema.as_str()))
            .collect();
        for pattern in &self.schemas {
            if !schemas.iter().any(|name| pattern.matches(name)) {
                return no_match("schema in the archive", pattern.text());
            }
        }
        for pattern in &self.tables {
            let mut relations = catalog.relations.iter();
            if !any(&|e| e.kind.is_table_like() && hits(pattern, e))
                && !relations.any(|r| {
                    let root = r.load_via_root.as_ref();
                    pattern.matches(&r.schema, &r.name, true)
                        || root.is_some_and(|(schema, name)| pattern.matches(schema, name, true))
                })
            {
                return no_match("table in the archive", pattern.text());
            }
        }
        for (kind, what, patterns) in [
            (Kind::Index, "index in the archive", &self.indexes),
            (Kind::Trigger, "trigger in the archive", &self.triggers),
        ] {
            for pattern in patterns {
                if !any(&|e| e.kind == kind && hits(pattern, e)) {
                    return no_match(what, pattern.text());
                }
            }
        }
        for pattern in &self.functions {
            if !any(&|e| is_routine(pattern, e)) {
                return no_match("function in the archive", pattern.text());
            }
        }
        Ok(())
    }
}

fn hits(pattern: &RelationPattern, entry: &Entry) -> bool {
    pattern.matches(entry.schema.as_deref().unwrap_or(""), &entry.name, true)
}

fn schema_of(entry: &Entry) -> Option<&str> {
    if entry.kind == Kind::Schema {
        Some(&entry.name)
    } else {
        entry.schema.as_deref()
    }
}

fn is_routine(pattern: &RoutinePattern, entry: &Entry) -> bool {
    matches!(entry.kind, Kind::Function | Kind::Procedure | Kind::Aggregate)
        && pattern.matches(entry.schema.as_deref().unwrap_or(""), &entry.name, &entry.identity)
}

/// Whether `-t` may match the entry. Statistics of a table whose definition is not in the archive are chosen as the
/// table would be.
fn may_be_table(entry: &Entry) -> bool {
    entry.kind.is_table_like() || (entry.kind == Kind::StatisticsData && entry.parent.is_none())
}
