//! Which schemas and tables the user chose with `-n -N -t -T --exclude-table-data`.
//!
//! Pure: patterns and the list of relations in, sets of oids out.

use std::collections::HashSet;

use crate::model::relation::RelationSummary;
use crate::plan::pattern::{NamePattern, PatternError, RelationPattern};
use crate::plan::without::Without;

/// Which parts of the chosen objects are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    #[default]
    All,
    /// Definitions, no rows and no sequence positions.
    Schema,
    /// Rows and sequence positions, no definitions.
    Data,
}

/// The patterns as given; each must match something, except the excluding ones.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub schemas: Vec<NamePattern>,
    pub exclude_schemas: Vec<NamePattern>,
    pub tables: Vec<RelationPattern>,
    pub exclude_tables: Vec<RelationPattern>,
    pub exclude_table_data: Vec<RelationPattern>,
    /// Servers whose foreign tables' rows are wanted; see [`Filter::check_servers`].
    pub include_foreign_data: Vec<NamePattern>,
    pub parts: Parts,
    pub without: Without,
    /// `-b` and `-B`; absent: where nothing is chosen by name.
    pub large_objects: Option<bool>,
    /// Nothing of the database, only what belongs to the server.
    pub globals_only: bool,
}

/// What a [`Filter`] means in one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// oids of the relations whose definition and rows are wanted.
    pub relations: HashSet<u32>,
    /// oids among them whose rows are not wanted.
    pub without_rows: HashSet<u32>,
    /// oids among them of the foreign tables whose rows are wanted.
    pub foreign_rows: HashSet<u32>,
    /// Names of the schemas whose other objects (types, routines, ..) are wanted.
    pub schemas: HashSet<String>,
    /// Neither `-n` nor `-t`: objects outside schemas are wanted too.
    pub everything: bool,
    /// `-t`: schemas themselves and objects that are no relations are not wanted.
    pub tables_only: bool,
    /// They are data: never with definitions alone.
    pub large_objects: bool,
    pub parts: Parts,
    pub without: Without,
    /// As in [`Filter`].
    pub globals_only: bool,
}

impl Filter {
    pub fn wants_large_objects(&self) -> bool {
        let everything = self.schemas.is_empty() && self.tables.is_empty();
        self.parts != Parts::Schema && self.large_objects.unwrap_or(everything)
    }

    /// Resolves the patterns against the database's schemas and relations.
    pub fn choose(&self, schemas: &[String], relations: &[RelationSummary]) -> Result<Chosen, PatternError> {
        if self.globals_only {
            return Ok(Chosen {
                globals_only: true,
                ..Chosen::default()
            });
        }
        for pattern in &self.schemas {
            if !schemas.iter().any(|name| pattern.matches(name)) {
                return Err(PatternError::NoMatch {
                    what: "schema",
                    pattern: pattern.text().to_owned(),
                });
            }
        }
        let hits = |pattern: &RelationPattern, r: &RelationSummary| pattern.matches(&r.schema, &r.name, r.visible);
        for pattern in &self.tables {
            if !relations.iter().any(|r| hits(pattern, r)) {
                return Err(PatternError::NoMatch {
                    what: "table",
                    pattern: pattern.text().to_owned(),
                });
            }
        }
        let schema_wanted = |name: &str| {
            (self.schemas.is_empty() || self.schemas.iter().any(|p| p.matches(name)))
                && !self.exclude_schemas.iter().any(|p| p.matches(name))
        };
        let any = |patterns: &[RelationPattern], r: &RelationSummary| patterns.iter().any(|p| hits(p, r));
        let wanted = |r: &RelationSummary| {
            // As in pg_dump, -t chooses by itself and -n and -N do not matter to it.
            let included = if self.tables.is_empty() {
                schema_wanted(&r.schema)
            } else {
                any(&self.tables, r)
            };
            included && !any(&self.exclude_tables, r)
        };
        let mut chosen = Chosen {
            everything: self.schemas.is_empty() && self.tables.is_empty(),
            tables_only: !self.tables.is_empty(),
            large_objects: self.wants_large_objects(),
            parts: self.parts,
            without: self.without,
            ..Chosen::default()
        };
        if self.tables.is_empty() {
            chosen.schemas = schemas.iter().filter(|name| schema_wanted(name)).cloned().collect();
        }
        for relation in relations {
            if wanted(relation) {
                chosen.relations.insert(relation.oid);
            }
        }
        // A table brings the sequences it owns, wherever they live.
        for relation in relations {
            if relation.owned_by.is_some_and(|table| chosen.relations.contains(&table)) {
                chosen.relations.insert(relation.oid);
            }
        }
        for relation in relations {
            let unlogged = self.without.unlogged_rows && relation.persistence == 'u';
            if (unlogged || any(&self.exclude_table_data, relation)) && chosen.relations.contains(&relation.oid) {
                chosen.without_rows.insert(relation.oid);
            }
            let server = relation.foreign_server.as_deref();
            if server.is_some_and(|server| self.includes_server(server)) && chosen.relations.contains(&relation.oid) {
                chosen.foreign_rows.insert(relation.oid);
            }
        }
        Ok(chosen)
    }

    /// Whether the rows of this server's foreign tables are wanted.
    pub fn includes_server(&self, server: &str) -> bool {
        self.include_foreign_data.iter().any(|p| p.matches(server))
    }

    /// Each pattern for foreign data must match one of the database's servers.
    pub fn check_servers(&self, servers: &[String]) -> Result<(), PatternError> {
        let missing = |pattern: &&NamePattern| !servers.iter().any(|server| pattern.matches(server));
        match self.include_foreign_data.iter().find(missing) {
            None => Ok(()),
            Some(pattern) => Err(PatternError::NoMatch {
                what: "foreign server",
                pattern: pattern.text().to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(oid: u32, schema: &str, name: &str) -> RelationSummary {
        RelationSummary {
            oid,
            schema: schema.into(),
            name: name.into(),
            kind: 'r',
            visible: schema == "public",
            ..RelationSummary::default()
        }
    }

    fn database() -> (Vec<String>, Vec<RelationSummary>) {
        let mut sequence = relation(4, "public", "orders_id_seq");
        sequence.kind = 'S';
        sequence.owned_by = Some(2);
        let relations = vec![
            relation(1, "public", "items"),
            relation(2, "sales", "orders"),
            relation(3, "sales", "old"),
            sequence,
        ];
        (vec!["public".into(), "sales".into()], relations)
    }

    fn choose(filter: &Filter) -> Result<Vec<u32>, PatternError> {
        let (schemas, relations) = database();
        let mut oids: Vec<u32> = filter.choose(&schemas, &relations)?.relations.into_iter().collect();
        oids.sort_unstable();
        Ok(oids)
    }

    fn tables(patterns: &[&str]) -> Vec<RelationPattern> {
        patterns
            .iter()
            .map(|p| RelationPattern::parse(p, "db").expect("valid"))
            .collect()
    }

    fn schemas(patterns: &[&str]) -> Vec<NamePattern> {
        patterns
            .iter()
            .map(|p| NamePattern::parse(p, "db").expect("valid"))
            .collect()
    }

    #[test]
    fn no_pattern_means_everything() {
        assert_eq!(choose(&Filter::default()), Ok(vec![1, 2, 3, 4]));
    }

    #[test]
    fn a_table_brings_its_sequences() {
        let filter = Filter {
            tables: tables(&["sales.orders"]),
            ..Filter::default()
        };
        assert_eq!(choose(&filter), Ok(vec![2, 4]));
    }

    #[test]
    fn exclusions_win() {
        let filter = Filter {
            schemas: schemas(&["sales"]),
            exclude_tables: tables(&["sales.o*d"]),
            ..Filter::default()
        };
        assert_eq!(choose(&filter), Ok(vec![2, 4]));
        let filter = Filter {
            exclude_schemas: schemas(&["sales"]),
            ..Filter::default()
        };
        assert_eq!(choose(&filter), Ok(vec![1, 4]));
    }

    #[test]
    fn foreign_rows_are_wanted_by_server() {
        let (schema_names, mut relations) = database();
        relations[0].foreign_server = Some("far".to_owned());
        relations[1].foreign_server = Some("near".to_owned());
        let filter = Filter {
            include_foreign_data: schemas(&["f*"]),
            ..Filter::default()
        };
        let chosen = filter.choose(&schema_names, &relations).expect("nothing is missing");
        assert_eq!(chosen.foreign_rows, HashSet::from([1]));
        assert_eq!(filter.check_servers(&["near".to_owned(), "far".to_owned()]), Ok(()));
        assert!(matches!(
            filter.check_servers(&["near".to_owned()]),
            Err(PatternError::NoMatch {
                what: "foreign server",
                ..
            })
        ));
        let none = Filter::default().choose(&schema_names, &relations).expect("everything");
        assert!(none.foreign_rows.is_empty());
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_an_error() {
        let filter = Filter {
            tables: tables(&["items", "nothing"]),
            ..Filter::default()
        };
        assert!(matches!(
            choose(&filter),
            Err(PatternError::NoMatch { what: "table", .. })
        ));
        let filter = Filter {
            schemas: schemas(&["nothing"]),
            ..Filter::default()
        };
        assert!(matches!(
            choose(&filter),
            Err(PatternError::NoMatch { what: "schema", .. })
        ));
    }
}
