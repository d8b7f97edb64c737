//! What the target has already, read before anything is changed.

use std::collections::{BTreeSet, HashSet};

use crate::connect::{ConnectError, Control, Row, Wire};
use crate::model::entry::{Entry, EntryId, Reference, Requirement};
use crate::model::ident;
use crate::model::kind::Kind;

/// Names that the target knows, each set quoted the way entries' identities are.
#[derive(Debug, Default)]
pub(crate) struct TargetDatabase {
    schemas: HashSet<String>,
    relations: HashSet<String>,
    types: HashSet<String>,
    routines: HashSet<String>,
    /// Names without arguments, because majors print arguments differently.
    routine_names: HashSet<String>,
    collations: HashSet<String>,
    extensions: HashSet<String>,
    roles: HashSet<String>,
    tablespaces: HashSet<String>,
    available_extensions: HashSet<String>,
    /// Objects of the kinds in [`NAMED`]: kind, schema and name, unquoted.
    named: HashSet<(Kind, Option<String>, String)>,
    user_mappings: HashSet<String>,
    /// By oid.
    large_objects: HashSet<u32>,
}

/// Kinds whose objects are told apart by schema and name, each with the query for both, spelled as entries spell them.
const NAMED: &[(Kind, &str)] = &[
    (
        Kind::ForeignDataWrapper,
        "SELECT NULL, fdwname FROM pg_catalog.pg_foreign_data_wrapper",
    ),
    (
        Kind::ForeignServer,
        "SELECT NULL, srvname FROM pg_catalog.pg_foreign_server",
    ),
    (Kind::AccessMethod, "SELECT NULL, amname FROM pg_catalog.pg_am"),
    (
        Kind::Conversion,
        "SELECT connamespace, conname FROM pg_catalog.pg_conversion",
    ),
    (
        Kind::Transform,
        "SELECT NULL, 'FOR ' || pg_catalog.format_type(t.trftype, NULL) || ' LANGUAGE ' || l.lanname \
         FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang",
    ),
    (
        Kind::TextSearchParser,
        "SELECT prsnamespace, prsname FROM pg_catalog.pg_ts_parser",
    ),
    (
        Kind::TextSearchTemplate,
        "SELECT tmplnamespace, tmplname FROM pg_catalog.pg_ts_template",
    ),
    (
        Kind::TextSearchDictionary,
        "SELECT dictnamespace, dictname FROM pg_catalog.pg_ts_dict",
    ),
    (
        Kind::TextSearchConfiguration,
        "SELECT cfgnamespace, cfgname FROM pg_catalog.pg_ts_config",
    ),
    (Kind::Publication, "SELECT NULL, pubname FROM pg_catalog.pg_publication"),
    (
        Kind::Subscription,
        "SELECT NULL, s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d \
         ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()",
    ),
    (
        Kind::EventTrigger,
        "SELECT NULL, evtname FROM pg_catalog.pg_event_trigger",
    ),
];

/// All queries of [`NAMED`] in one: the position in [`NAMED`], schema and name.
fn named_query() -> String {
    let pieces: Vec<String> = NAMED
        .iter()
        .enumerate()
        .map(|(index, (_, query))| {
            format!("SELECT {index} AS kind, o.schema::pg_catalog.oid, o.name::pg_catalog.text FROM ({query}) AS o(schema, name)")
        })
        .collect();
    format!(
        "SELECT o.kind, n.nspname, o.name FROM ({}) AS o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema",
        pieces.join(" UNION ALL ")
    )
}

fn named_objects(rows: &[Row]) -> Result<HashSet<(Kind, Option<String>, String)>, ConnectError> {
    let mut named = HashSet::with_capacity(rows.len());
    for row in rows {
        let index = usize::try_from(row.int("kind")?).unwrap_or(usize::MAX);
        if let Some((kind, _)) = NAMED.get(index) {
            named.insert((*kind, row.opt_string("nspname")?, row.string("name")?));
        }
    }
    Ok(named)
}

/// Position of the query in [`TargetDatabase::read`] that names routines.
const ROUTINES: usize = 3;
/// Position of the query that names user mappings.
const USER_MAPPINGS: usize = 9;

/// SQLSTATE when the server has the extension's control file, but not the version asked for.
const NO_SUCH_VERSION: &str = "22023";
const DUPLICATE_OBJECT: &str = "42710";

impl TargetDatabase {
    /// Reads everything in two round trips.
    pub(crate) fn read(control: &Control) -> Result<Self, ConnectError> {
        let schema_filter = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
        let pair = |catalog: &str, prefix: &str, condition: &str| {
            format!(
                "SELECT n.nspname::pg_catalog.text AS a, t.{prefix}name::pg_catalog.text AS b \
                 FROM pg_catalog.{catalog} t JOIN pg_catalog.pg_namespace n ON n.oid = t.{prefix}namespace \
                 WHERE {schema_filter} {condition}"
            )
        };
        let single =
            |catalog: &str, column: &str| format!("SELECT {column}::pg_catalog.text AS a FROM pg_catalog.{catalog}");
        let queries = [
            single("pg_namespace", "nspname"),
            pair("pg_class", "rel", ""),
            pair("pg_type", "typ", ""),
            format!(
                "SELECT n.nspname::pg_catalog.text AS a, p.proname::pg_catalog.text AS b, \
                   pg_catalog.pg_get_function_identity_arguments(p.oid) AS c, \
                   (SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format_type(a.type, NULL), ', ' ORDER BY a.position), '') \
                    FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY a(type, position)) AS d \
                 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                 WHERE {schema_filter}"
            ),
            pair("pg_collation", "coll", ""),
            single("pg_extension", "extname"),
            single("pg_roles", "rolname"),
            single("pg_tablespace", "spcname"),
            single("pg_available_extensions", "name"),
            "SELECT m.srvname::pg_catalog.text AS a, \
               CASE WHEN m.umuser <> 0 THEN m.usename::pg_catalog.text END AS b \
             FROM pg_catalog.pg_user_mappings m"
                .to_owned(),
        ];
        let results = control.query_all(&queries)?;
        let named = named_objects(&control.query(&named_query())?)?;
        let large_objects = control.query("SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m")?;
        let routine_names = results.get(ROUTINES).map_or(&[][..], Vec::as_slice);
        let routine_names: Result<HashSet<String>, ConnectError> = routine_names
            .iter()
            .map(|row| Ok(ident::qualified(row.text("a")?, row.text("b")?)))
            .collect();
        let mut sets = Vec::with_capacity(results.len());
        for (index, rows) in results.iter().enumerate() {
            let mut set = HashSet::with_capacity(rows.len());
            for row in rows {
                if index == ROUTINES {
                    // The identity of a function has argument types alone, that of a procedure has their modes, too.
                    let name = ident::qualified(row.text("a")?, row.text("b")?);
                    set.insert(format!("{name}({})", row.text("d")?));
                }
                set.insert(match index {
                    1 | 2 | 4 => ident::qualified(row.text("a")?, row.text("b")?),
                    ROUTINES => format!(
                        "{}({})",
                        ident::qualified(row.text("a")?, row.text("b")?),
                        row.text("c")?
                    ),
                    USER_MAPPINGS => {
                        let user = row.opt("b")?.map_or_else(|| "PUBLIC".to_owned(), ident::quote_ident);
                        format!("FOR {user} SERVER {}", ident::quote_ident(row.text("a")?))
                    }
                    _ => row.string("a")?,
                });
            }
            sets.push(set);
        }
        let mut sets = sets.into_iter();
        let mut next = || sets.next().unwrap_or_default();
        Ok(Self {
            schemas: next(),
            relations: next(),
            types: next(),
            routines: next(),
            routine_names: routine_names?,
            collations: next(),
            extensions: next(),
            roles: next(),
            tablespaces: next(),
            available_extensions: next(),
            named,
            user_mappings: next(),
            large_objects: large_objects
                .iter()
                .map(|row| row.oid("oid"))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Counts the roles and tablespaces that a restore of `globals` makes as present.
    pub(crate) fn expect(&mut self, globals: &[Entry]) {
        for entry in globals {
            match entry.kind {
                Kind::Role => self.roles.insert(entry.name.clone()),
                Kind::Tablespace => self.tablespaces.insert(entry.name.clone()),
                _ => false,
            };
        }
    }

    /// Whether an object of this kind and name exists, so that creating the entry would fail.
    pub(crate) fn has(&self, entry: &Entry) -> bool {
        // An entry without a create statement belongs to the database or an extension: only its privileges are set.
        if entry.create.is_empty() {
            return false;
        }
        let name = || ident::qualified(entry.schema.as_deref().unwrap_or(""), &entry.name);
        match entry.kind {
            // `public` comes with every database and is never created.
            Kind::Schema => !entry.create.is_empty() && self.schemas.contains(&entry.name),
            Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::Index => {
                self.relations.contains(&name())
            }
            Kind::Type | Kind::Domain | Kind::ShellType => self.types.contains(&name()),
            Kind::Function | Kind::Procedure | Kind::Aggregate => self.routines.contains(&entry.identity),
            Kind::Collation => self.collations.contains(&name()),
            Kind::Extension => self.extensions.contains(&entry.name),
            Kind::UserMapping => self.user_mappings.contains(&entry.identity),
            Kind::LargeObjects => entry.large_objects.iter().any(|oid| self.large_objects.contains(oid)),
            _ => self
                .named
                .contains(&(entry.kind, entry.schema.clone(), entry.name.clone())),
        }
    }

    /// Whether a relation of this name exists.
    pub(crate) fn has_relation(&self, schema: &str, name: &str) -> bool {
        self.relations.contains(&ident::qualified(schema, name))
    }

    /// Whether the target has what an entry needs from outside the archive, as far as names tell. Kinds that are not
    /// looked up count as present; if one is absent, the server says so later.
    pub(crate) fn has_reference(&self, reference: &Reference) -> bool {
        let Reference { kind, schema, name } = reference;
        let qualified = || ident::qualified(schema.as_deref().unwrap_or(""), name);
        match kind {
            Kind::Schema => self.schemas.contains(name),
            Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::Index => {
                self.relations.contains(&qualified())
            }
            Kind::Type | Kind::Domain | Kind::ShellType => self.types.contains(&qualified()),
            Kind::Function | Kind::Procedure | Kind::Aggregate => self.routine_names.contains(&qualified()),
            Kind::Collation => self.collations.contains(&qualified()),
            Kind::Extension => self.extensions.contains(name),
            kind if NAMED.iter().any(|(named, _)| named == kind) => {
                self.named.contains(&(*kind, schema.clone(), name.clone()))
            }
            _ => true,
        }
    }

    /// Like [`TargetDatabase::has_reference`], for an entry of the archive.
    pub(crate) fn may_have(&self, entry: &Entry) -> bool {
        // Parts of objects, and what comes with the database or an extension, are not looked up.
        let part = entry.parent.is_some() && entry.kind != Kind::Index;
        let reference = Reference {
            kind: entry.kind,
            schema: entry.schema.clone(),
            name: entry.name.clone(),
        };
        entry.create.is_empty() || part || self.has_reference(&reference)
    }

    pub(crate) fn has_role(&self, name: &str) -> bool {
        self.roles.contains(name)
    }

    pub(crate) fn has_tablespace(&self, name: &str) -> bool {
        self.tablespaces.contains(name)
    }

    /// Probes for missing extensions that the server may have without listing them: some servers find control files in
    /// folders that `pg_available_extensions` does not read.
    pub(crate) fn look_for(&mut self, control: &Control, missing: &BTreeSet<Requirement>) -> Result<(), ConnectError> {
        for requirement in missing {
            let Requirement::Extension(name) = requirement else {
                continue;
            };
            // No extension has a version of this name, so this never creates anything.
            let probe = format!(
                "CREATE EXTENSION {} VERSION 'none of this name'",
                ident::quote_ident(name)
            );
            let Err(error) = control.execute(&probe) else { continue };
            match error.sqlstate() {
                Some(NO_SUCH_VERSION) => _ = self.available_extensions.insert(name.clone()),
                Some(DUPLICATE_OBJECT) => _ = self.extensions.insert(name.clone()),
                _ if error.is_fatal() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the extension is installed in the database or available on the server.
    pub(crate) fn can_have_extension(&self, name: &str) -> bool {
        self.extensions.contains(name) || self.available_extensions.contains(name)
    }

    /// What the entries require and the target lacks.
    pub(crate) fn missing<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> BTreeSet<Requirement> {
        let mut missing = BTreeSet::new();
        let mut require = |requirement: Requirement| {
            let there = match &requirement {
                Requirement::Role(name) => self.has_role(name),
                Requirement::Extension(name) => self.can_have_extension(name),
                Requirement::Tablespace(name) => self.has_tablespace(name),
            };
            if !there {
                missing.insert(requirement);
            }
        };
        for entry in entries {
            if let Some(owner) = &entry.owner {
                require(Requirement::Role(owner.role.clone()));
            }
            for privilege in &entry.privileges {
                let roles = privilege.grantor.iter().chain(&privilege.grantee);
                roles.for_each(|role| require(Requirement::Role(role.clone())));
            }
            for requirement in &entry.requires {
                require(requirement.clone());
            }
        }
        missing
    }
}

/// Those of the entries that the target has already.
pub(crate) fn existing<'a>(target: &TargetDatabase, entries: impl Iterator<Item = &'a Entry>) -> BTreeSet<EntryId> {
    entries
        .filter(|entry| target.has(entry))
        .map(|entry| entry.id)
        .collect()
}
/// The tables, quoted and qualified, that have foreign keys.
pub(crate) fn tables_with_foreign_keys(wire: &mut Wire) -> Result<HashSet<String>, ConnectError> {
    let rows = wire.query(
        "SELECT DISTINCT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name \
         FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f'",
    )?;
    names(&rows)
}

/// The tables, quoted and qualified, whose rows a crash of the server takes; also the partitioned tables above them.
pub(crate) fn unlogged_tables(wire: &mut Wire) -> Result<HashSet<String>, ConnectError> {
    let rows = wire.query(
        "SELECT DISTINCT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name \
         FROM pg_catalog.pg_class u CROSS JOIN LATERAL (SELECT u.oid UNION ALL \
           SELECT a.relid FROM pg_catalog.pg_partition_ancestors(u.oid) a WHERE u.relispartition) AS t(oid) \
         JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE u.relpersistence = 'u' AND u.relkind = 'r'",
    )?;
    names(&rows)
}

/// Names from the columns `schema` and `name`, quoted and qualified.
fn names(rows: &[Row]) -> Result<HashSet<String>, ConnectError> {
    rows.iter()
        .map(|row| Ok(ident::qualified(row.text("schema")?, row.text("name")?)))
        .collect()
}
