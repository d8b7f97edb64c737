//! The user's choice of schemas, tables and extensions by `-n -N -t -T -e` and similar options.
//!
//! Pure: patterns and the list of relations in, sets of oids out.

use std::collections::{HashMap, HashSet};

use crate::model::Kind;
use crate::model::entry::Reference;
use crate::model::objects::relation::ListedRelation;
use crate::plan::choose::children::{add_descendants, add_partitions};
use crate::plan::choose::leave_out::Without;
use crate::select::pattern::{NamePattern, PatternError, RelationPattern};

pub(crate) use crate::plan::choose::parts::Parts;

/// The patterns as given; each must match something, except the excluding ones.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `-n`; of no effect where tables are named.
    pub schemas: Vec<NamePattern>,
    /// `-N`; of no effect where tables are named.
    pub exclude_schemas: Vec<NamePattern>,
    /// Each includes its partitions, which hold its rows.
    pub tables: Vec<RelationPattern>,
    /// Only what matches by itself, not its partitions.
    pub exclude_tables: Vec<RelationPattern>,
    /// Each includes its partitions, as in `tables`.
    pub exclude_table_data: Vec<RelationPattern>,
    /// As the three above, but each includes its partitions and everything that inherits from it.
    pub tables_and_children: Vec<RelationPattern>,
    /// As `exclude_tables`, with partitions and everything that inherits.
    pub exclude_tables_and_children: Vec<RelationPattern>,
    /// As `exclude_table_data`, with everything that inherits.
    pub exclude_table_data_and_children: Vec<RelationPattern>,
    /// See [`Filter::choose_extensions`].
    pub extensions: Vec<NamePattern>,
    /// See [`Filter::choose_extensions`].
    pub exclude_extensions: Vec<NamePattern>,
    /// Servers whose foreign tables' rows are wanted; see [`Filter::check_servers`].
    pub include_foreign_data: Vec<NamePattern>,
    /// The sections that are wanted.
    pub parts: Parts,
    /// What is left out of everything that is chosen.
    pub without: Without,
    /// `-b` and `-B`. If absent, large objects are wanted unless something is chosen by name.
    pub large_objects: Option<bool>,
    /// Take nothing of the database, only the objects of the server.
    pub globals_only: bool,
}

/// A relation that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchosen {
    /// The name by which a restore looks for the relation, or for the extension that makes it.
    pub reference: Reference,
    /// The oids of the tables that it is a partition or child of.
    pub parents: Vec<u32>,
}

impl Unchosen {
    fn new(relation: &ListedRelation) -> Self {
        let kind = match relation.kind {
            'v' => Kind::View,
            'm' => Kind::MaterializedView,
            'S' => Kind::Sequence,
            'f' => Kind::ForeignTable,
            _ => Kind::Table,
        };
        let (kind, schema, name) = match &relation.member_of {
            Some(extension) => (Kind::Extension, None, extension),
            None => (kind, Some(relation.schema.clone()), &relation.name),
        };
        let name = name.clone();
        Self {
            reference: Reference { kind, schema, name },
            parents: relation.parents.clone(),
        }
    }
}

/// The objects that a [`Filter`] chooses in one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// oids of the relations whose definition and rows are wanted.
    pub relations: HashSet<u32>,
    /// The rest of the relations, by oid.
    pub unchosen: HashMap<u32, Unchosen>,
    /// oids among the chosen whose rows are not wanted.
    pub without_rows: HashSet<u32>,
    /// oids of the chosen foreign tables whose rows are wanted.
    pub foreign_rows: HashSet<u32>,
    /// Names of the schemas whose other objects (types, routines, ..) are wanted.
    pub schemas: HashSet<String>,
    /// Whether nothing is chosen by name, so that objects outside schemas are wanted too.
    pub everything: bool,
    /// Names of the wanted extensions; absent if there is no choice among them: then a dump of everything has all.
    pub extensions: Option<HashSet<String>>,
    /// Whether tables were chosen by `-t`: then neither schemas themselves nor objects other than relations are wanted.
    pub tables_only: bool,
    /// Whether large objects are wanted. They are data, so they never come with definitions alone.
    pub large_objects: bool,
    pub parts: Parts,
    pub without: Without,
    /// As in [`Filter`].
    pub globals_only: bool,
}

impl Chosen {
    /// Whether something of the database is left out.
    pub fn is_partial(&self) -> bool {
        !self.everything || self.extensions.is_some() || !self.unchosen.is_empty() || self.parts != Parts::All
    }

    pub fn wants_extension(&self, name: &str) -> bool {
        self.extensions
            .as_ref()
            .map_or(self.everything, |names| names.contains(name))
    }
}

impl Filter {
    /// Whether large objects are wanted: never without rows; else as asked, or if nothing is chosen by name.
    pub fn wants_large_objects(&self) -> bool {
        self.parts.rows() && self.large_objects.unwrap_or(self.takes_everything())
    }

    /// Whether nothing is chosen by name.
    pub fn takes_everything(&self) -> bool {
        self.schemas.is_empty() && !self.names_tables() && self.extensions.is_empty()
    }

    fn names_tables(&self) -> bool {
        !(self.tables.is_empty() && self.tables_and_children.is_empty())
    }

    /// Resolves the patterns against the database's schemas and relations.
    pub fn choose(&self, schemas: &[String], relations: &[ListedRelation]) -> Result<Chosen, PatternError> {
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
        let hits = |pattern: &RelationPattern, r: &ListedRelation| pattern.matches(&r.schema, &r.name, r.visible);
        for pattern in self.tables.iter().chain(&self.tables_and_children) {
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
        let any = |patterns: &[RelationPattern], r: &ListedRelation| patterns.iter().any(|p| hits(p, r));
        let matched = |patterns: &[RelationPattern], with_children: &[RelationPattern]| -> HashSet<u32> {
            let of = |patterns: &[RelationPattern]| -> HashSet<u32> {
                let hits = relations.iter().filter(|r| any(patterns, r));
                hits.map(|r| r.oid).collect()
            };
            let mut family = of(with_children);
            add_descendants(relations, &mut family);
            family.extend(of(patterns));
            family
        };
        let excluded = matched(&self.exclude_tables, &self.exclude_tables_and_children);
        let mut included = matched(&self.tables, &self.tables_and_children);
        included.retain(|oid| !excluded.contains(oid));
        add_partitions(relations, &mut included, |partition| !excluded.contains(&partition.oid));
        let mut no_rows = matched(&self.exclude_table_data, &self.exclude_table_data_and_children);
        add_partitions(relations, &mut no_rows, |_| true);
        let wanted = |r: &ListedRelation| {
            // As in pg_dump, -n and -N have no effect where -t is given.
            let included = if self.names_tables() {
                included.contains(&r.oid)
            } else {
                schema_wanted(&r.schema)
            };
            included && !excluded.contains(&r.oid)
        };
        let mut chosen = Chosen {
            everything: self.takes_everything(),
            tables_only: self.names_tables(),
            large_objects: self.wants_large_objects(),
            parts: self.parts,
            without: self.without,
            ..Chosen::default()
        };
        if !self.names_tables() {
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
        let others = relations.iter().filter(|r| !chosen.relations.contains(&r.oid));
        chosen.unchosen = others.map(|r| (r.oid, Unchosen::new(r))).collect();
        for relation in relations {
            let unlogged = self.without.unlogged_rows && relation.persistence == 'u';
            if (unlogged || no_rows.contains(&relation.oid)) && chosen.relations.contains(&relation.oid) {
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

    /// The wanted extensions of the database, if there is any choice; each including pattern must match.
    pub fn choose_extensions(&self, extensions: &[String]) -> Result<Option<HashSet<String>>, PatternError> {
        if self.extensions.is_empty() && self.exclude_extensions.is_empty() {
            return Ok(None);
        }
        let any = |patterns: &[NamePattern], name: &str| patterns.iter().any(|p| p.matches(name));
        let missing = |pattern: &&NamePattern| !extensions.iter().any(|name| pattern.matches(name));
        if let Some(pattern) = self.extensions.iter().find(missing) {
            return Err(PatternError::NoMatch {
                what: "extension",
                pattern: pattern.text().to_owned(),
            });
        }
        let included = |name: &&String| self.takes_everything() || any(&self.extensions, name);
        let wanted = extensions.iter().filter(included);
        let wanted = wanted.filter(|name| !any(&self.exclude_extensions, name));
        Ok(Some(wanted.cloned().collect()))
    }

    /// Fails unless each pattern for foreign data matches one of the database's servers.
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

    fn relation(oid: u32, schema: &str, name: &str) -> ListedRelation {
        ListedRelation {
            oid,
            schema: schema.into(),
            name: name.into(),
            kind: 'r',
            visible: schema == "public",
            ..ListedRelation::default()
        }
    }

    fn database() -> (Vec<String>, Vec<ListedRelation>) {
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

    fn sorted(set: HashSet<u32>) -> Vec<u32> {
        let mut oids: Vec<u32> = set.into_iter().collect();
        oids.sort_unstable();
        oids
    }

    #[test]
    fn children_follow_where_they_are_asked_for() {
        let (schema_names, mut relations) = database();
        relations[2].parents = vec![1];
        let oids = |filter: Filter| {
            let chosen = filter.choose(&schema_names, &relations).expect("nothing is missing");
            (sorted(chosen.relations), sorted(chosen.without_rows))
        };
        let included = Filter {
            tables_and_children: tables(&["items"]),
            ..Filter::default()
        };
        assert_eq!(oids(included), (vec![1, 3], vec![]));
        let excluded = Filter {
            exclude_tables_and_children: tables(&["items"]),
            ..Filter::default()
        };
        assert_eq!(oids(excluded), (vec![2, 4], vec![]));
        let emptied = Filter {
            tables: tables(&["*.o*"]),
            exclude_table_data_and_children: tables(&["items"]),
            ..Filter::default()
        };
        assert_eq!(oids(emptied), (vec![2, 3, 4], vec![3]));
    }

    #[test]
    fn a_partitioned_table_brings_its_partitions() {
        let (schema_names, mut relations) = database();
        // `items` over `old` over `orders`; `heir` only inherits.
        relations[0].kind = 'p';
        relations[2].kind = 'p';
        for (at, parent) in [(2, 1), (1, 3)] {
            relations[at].is_partition = true;
            relations[at].parents = vec![parent];
        }
        let mut heir = relation(5, "public", "heir");
        heir.parents = vec![1];
        relations.push(heir);
        let chosen = |include: &[&str], exclude: &[&str], no_rows: &[&str]| {
            let filter = Filter {
                tables: tables(include),
                exclude_tables: tables(exclude),
                exclude_table_data: tables(no_rows),
                ..Filter::default()
            };
            let chosen = filter.choose(&schema_names, &relations).expect("nothing is missing");
            (sorted(chosen.relations), sorted(chosen.without_rows))
        };
        assert_eq!(chosen(&["items"], &[], &[]), (vec![1, 2, 3, 4], vec![]));
        assert_eq!(chosen(&["sales.old"], &[], &[]), (vec![2, 3, 4], vec![]));
        assert_eq!(chosen(&["items"], &["sales.old"], &[]), (vec![1], vec![]));
        assert_eq!(chosen(&["items"], &["sales.orders"], &[]), (vec![1, 3], vec![]));
        assert_eq!(chosen(&["*"], &["items"], &[]), (vec![4, 5], vec![]));
        assert_eq!(chosen(&["items"], &[], &["sales.old"]), (vec![1, 2, 3, 4], vec![2, 3]));
        // As in pg_dump: partitions of a table that is left out are tables by themselves.
        assert_eq!(chosen(&[], &["items"], &[]), (vec![2, 3, 4, 5], vec![]));
    }

    #[test]
    fn extensions_are_chosen_by_name() {
        let choose = |include: &[&str], exclude: &[&str]| {
            let filter = Filter {
                extensions: schemas(include),
                exclude_extensions: schemas(exclude),
                ..Filter::default()
            };
            let chosen = filter.choose_extensions(&["citext".to_owned(), "hstore".to_owned()]);
            chosen.map(|names| names.map(|names| names.into_iter().collect::<Vec<_>>()))
        };
        assert_eq!(choose(&[], &[]), Ok(None));
        assert_eq!(choose(&["cit*"], &[]), Ok(Some(vec!["citext".to_owned()])));
        assert_eq!(choose(&[], &["cit*"]), Ok(Some(vec!["hstore".to_owned()])));
        assert_eq!(choose(&["*"], &["*t*"]), Ok(Some(vec![])));
        assert!(choose(&["postgis"], &[]).is_err());
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
