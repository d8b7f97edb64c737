//! Rows of the catalogs that name objects which do not exist. A damaged disk leaves such rows, or somebody who deleted
//! from `pg_namespace`.
//!
//! The readers join catalogs, so a row whose schema, type or owner is gone is in no answer, and would silently be
//! missing from the archive. All such rows are found here, independently of the readers: a few queries ask which oids
//! are named and do not exist, and nearly always there are none. They read plain rows in the dump's own snapshot, so
//! objects that others create and drop meanwhile do not matter.

mod list;

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use crate::catalog::Scope;
use crate::catalog::extensions::extension::class_of_catalog;
use crate::catalog::query::names::FIRST_NORMAL_OID;
use crate::connect::{Ask, ConnectError, Row};
use crate::model::ident::quote_ident;
use crate::model::objects::database::Dangling;
use crate::model::{Address, Definition, Missing, Object};
use list::{COMPANIONS, Companion, References, SOURCES, Source};

/// How many rows of one kind are named; the last one says how many more there are.
const NAMED: usize = 100;

/// How many catalogs one statement reads.
const CATALOGS_AT_ONCE: usize = 6;

/// One thing to look for.
enum Check {
    /// Rows of a source that name a row of another catalog, with those columns that the server has.
    Reference(&'static Source, &'static References, Vec<&'static str>),
    Companion(&'static Source, &'static Companion),
}

/// Every dangling row of an object that a user made. Pages of large objects are checked if the role may read them.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Dangling>, ConnectError> {
    let columns = readable_columns(scope.control)?;
    let checks = checks(&columns);
    let mut found = Vec::new();
    for row in scope.control.query_all(&first_looks(&checks))?.iter().flatten() {
        let at = usize::try_from(row.int("number")?).unwrap_or(usize::MAX);
        if let Some(check) = checks.get(at) {
            name(scope.control, check, row.oid("oid")?, &mut found)?;
        }
    }
    // A row may lack several things, and its parts lack the row.
    found.sort_by(|a: &Dangling, b: &Dangling| {
        let key = |d: &Dangling| (d.missing.kind.clone(), d.missing.name.clone(), d.missing.reason.clone());
        key(a).cmp(&key(b))
    });
    found.dedup();
    if columns.contains(&("pg_largeobject".to_owned(), "loid".to_owned())) {
        pages_alone(scope.control, &mut found)?;
    }
    Ok(found)
}

/// (catalog, column) of all columns that the role may read.
fn readable_columns(control: &dyn Ask) -> Result<HashSet<(String, String)>, ConnectError> {
    let mut catalogs: Vec<&str> = SOURCES.iter().map(|source| source.catalog).collect();
    catalogs.push("pg_largeobject");
    let rows = control.query(&format!(
        "SELECT c.relname, a.attname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relname = ANY ('{{{}}}'::pg_catalog.name[]) \
         AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')",
        catalogs.join(",")
    ))?;
    rows.iter()
        .map(|row| Ok((row.string("relname")?, row.string("attname")?)))
        .collect()
}

/// The column that an expression like `r.oid` or `r.aggfnoid::pg_catalog.oid` reads.
fn column_of(key: &'static str) -> &'static str {
    let column = key.trim_start_matches("r.");
    column
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .map_or(column, |end| &column[..end])
}

fn checks(readable: &HashSet<(String, String)>) -> Vec<Check> {
    let has = |catalog: &str, column: &str| readable.contains(&(catalog.to_owned(), column.to_owned()));
    let mut checks = Vec::new();
    for source in SOURCES {
        // Of some catalogs an ordinary role may read only single columns.
        if !has(source.catalog, column_of(source.key)) {
            continue;
        }
        for references in source.references {
            let columns = references.columns.iter().copied();
            let columns: Vec<&str> = columns.filter(|column| has(source.catalog, column)).collect();
            if !columns.is_empty() {
                checks.push(Check::Reference(source, references, columns));
            }
        }
    }
    for companion in COMPANIONS {
        let source = SOURCES.iter().find(|source| source.catalog == companion.catalog);
        checks.extend(source.map(|source| Check::Companion(source, companion)));
    }
    checks
}

/// The statements of the first look at all catalogs, a few at a time. The locks of each are given back at once, because
/// all catalogs together need more locks than a small server may have left.
fn first_looks(checks: &[Check]) -> Vec<String> {
    const BACK: &str = "ROLLBACK TO SAVEPOINT pgark_dangling";
    let mut statements = vec!["SAVEPOINT pgark_dangling".to_owned()];
    for sources in SOURCES.chunks(CATALOGS_AT_ONCE) {
        if let Some(look) = first_look(checks, sources) {
            statements.extend([look, BACK.to_owned()]);
        }
    }
    statements.push("RELEASE SAVEPOINT pgark_dangling".to_owned());
    statements
}

/// A query of rows with `number`, the position of a check, and `oid`, the one that is named or the row's own. Each
/// catalog is read once, and one join looks for all named oids among all existing ones. A query for each check would
/// take longer to plan than a small database takes to read. Absent if there is nothing to look for.
fn first_look(checks: &[Check], sources: &[Source]) -> Option<String> {
    let mut targets: Vec<&str> = Vec::new();
    let mut named_rows: Vec<String> = Vec::new();
    let mut lacking: Vec<String> = Vec::new();
    for source in sources {
        let mut oids = Vec::new();
        for (number, check) in checks.iter().enumerate() {
            match check {
                Check::Reference(of, references, columns) if of.catalog == source.catalog => {
                    let target = references.target;
                    let position = targets.iter().position(|known| *known == target).unwrap_or_else(|| {
                        targets.push(target);
                        targets.len() - 1
                    });
                    let named = named(references, columns);
                    oids.push(format!(
                        "SELECT {number} AS number, {position} AS target, pg_catalog.unnest({named}) AS oid"
                    ));
                }
                Check::Companion(of, companion) if of.catalog == source.catalog => lacking.push(format!(
                    "SELECT {number} AS number, {key} AS oid FROM pg_catalog.{catalog} r WHERE {of_user} AND {lacks}",
                    key = source.key,
                    catalog = source.catalog,
                    of_user = of_user(source),
                    lacks = companion.lacks,
                )),
                _ => {}
            }
        }
        if !oids.is_empty() {
            named_rows.push(format!(
                "SELECT x.number, x.target, x.oid FROM pg_catalog.{} r CROSS JOIN LATERAL ({}) x WHERE {}",
                source.catalog,
                oids.join(" UNION ALL "),
                of_user(source)
            ));
        }
    }
    let there = targets.iter().enumerate();
    let there = there.map(|(position, target)| format!("SELECT {position} AS target, oid FROM pg_catalog.{target}"));
    let all = " UNION ALL ";
    let mut parts = Vec::new();
    if !named_rows.is_empty() {
        parts.push(format!(
            "SELECT DISTINCT v.number, v.oid FROM ({}) v WHERE v.oid <> 0 AND NOT EXISTS (\
             SELECT FROM ({}) t WHERE t.target = v.target AND t.oid = v.oid)",
            named_rows.join(all),
            there.collect::<Vec<_>>().join(all)
        ));
    }
    parts.extend(lacking);
    (!parts.is_empty()).then(|| parts.join(all))
}

/// SQL condition on a row of the source: that initdb did not make its object.
fn of_user(source: &Source) -> String {
    format!("{} >= {FIRST_NORMAL_OID} AND {}", source.key, source.condition)
}

/// SQL: the oids that the columns of a row hold, as an array.
fn named(references: &References, columns: &[&str]) -> String {
    match references.lists {
        // An array that is NULL adds nothing.
        true => {
            let arrays = columns.iter().map(|column| format!("r.{column}::pg_catalog.oid[]"));
            arrays.collect::<Vec<_>>().join(" || ")
        }
        false => {
            let oids = columns.iter().map(|column| format!("r.{column}::pg_catalog.oid"));
            format!("ARRAY[{}]", oids.collect::<Vec<_>>().join(", "))
        }
    }
}

/// SQL: the name of a row, below its schema.
fn quoted_name(source: &Source) -> String {
    let own = format!("pg_catalog.quote_ident({})", source.name);
    match source.qualified {
        true => format!("COALESCE(pg_catalog.quote_ident(there.relname) || '.', '') || {own}"),
        false => own,
    }
}

/// Names the rows that one answer of the first look found.
fn name(control: &dyn Ask, check: &Check, oid: u32, found: &mut Vec<Dangling>) -> Result<(), ConnectError> {
    let (source, condition) = match check {
        Check::Reference(source, references, columns) => {
            (source, format!("{oid} = ANY ({})", named(references, columns)))
        }
        Check::Companion(source, companion) => (source, format!("{} = {oid} AND {}", source.key, companion.lacks)),
    };
    let rows = control.query(&format!(
        "SELECT d.*, n.nspname, pg_catalog.count(*) OVER () AS rows FROM (SELECT DISTINCT {kind} AS kind, {name} AS name, \
           {key} AS key, {schema}::pg_catalog.oid AS schema, {relation}::pg_catalog.oid AS relation \
         FROM pg_catalog.{catalog} r LEFT JOIN pg_catalog.pg_class there ON there.oid = {relation}::pg_catalog.oid \
         WHERE {of_user} AND {condition}) d \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.schema ORDER BY d.key, d.name LIMIT {NAMED}",
        kind = source.kind,
        name = quoted_name(source),
        key = source.key,
        schema = source.schema.replace("RELATION", source.relation),
        relation = source.relation,
        catalog = source.catalog,
        of_user = of_user(source),
    ))?;
    let found_before = found.len();
    for row in &rows {
        found.push(dangling(row, check, oid)?);
    }
    if let (Some(row), Some(last)) = (rows.first(), found[found_before..].last_mut()) {
        let more = row.int("rows")? - rows.len() as i64;
        if more > 0 {
            let _ = write!(last.missing.reason, " (so do {more} more)");
        }
    }
    Ok(())
}

fn dangling(row: &Row, check: &Check, oid: u32) -> Result<Dangling, ConnectError> {
    let key = row.oid("key")?;
    let schema = row.opt_string("nspname")?;
    let name = row.opt_string("name")?.unwrap_or_else(|| "unknown".to_owned());
    let name = match &schema {
        Some(schema) if row.text("kind")? != "SCHEMA" => format!("{}.{name}", quote_ident(schema)),
        _ => name,
    };
    let relation = row.opt_oid("relation")?.filter(|oid| *oid != 0);
    let (what, reason, source) = match check {
        Check::Reference(source, references, columns) => {
            let owner = references.target == "pg_roles" && columns.iter().any(|column| column.ends_with("owner"));
            let (word, column) = (references.word, columns.join(" or "));
            let what = match owner && source.catalog != "pg_largeobject_metadata" {
                true => "owner and privileges",
                false => "definition",
            };
            let reason = format!(
                "it names {word} {oid}, which does not exist ({}.{column})",
                source.catalog
            );
            (what, reason, source)
        }
        Check::Companion(source, companion) => ("definition", format!("it has no {}", companion.what), source),
    };
    let class = class_of_catalog(source.catalog);
    Ok(Dangling {
        missing: Missing {
            kind: row.string("kind")?,
            name: format!("{name} (oid {key})"),
            what: what.to_owned(),
            reason,
        },
        schema,
        relation,
        address: class
            .filter(|_| source.key == "r.oid")
            .map(|class| Address::new(class, key)),
        only_owner: what != "definition",
    })
}

/// Finds pages of large objects that have no row of their own, with one probe of an index for each large object.
fn pages_alone(control: &dyn Ask, found: &mut Vec<Dangling>) -> Result<(), ConnectError> {
    let rows = control.query(&format!(
        "WITH RECURSIVE object(loid) AS ( \
           (SELECT p.loid FROM pg_catalog.pg_largeobject p ORDER BY p.loid LIMIT 1) \
           UNION ALL \
           SELECT (SELECT p.loid FROM pg_catalog.pg_largeobject p WHERE p.loid > object.loid ORDER BY p.loid LIMIT 1) \
           FROM object WHERE object.loid IS NOT NULL) \
         SELECT object.loid AS oid FROM object WHERE object.loid IS NOT NULL AND NOT EXISTS (\
           SELECT FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = object.loid) LIMIT {NAMED}"
    ))?;
    for row in &rows {
        let oid = row.oid("oid")?;
        found.push(Dangling {
            missing: Missing {
                kind: "LARGE OBJECT".to_owned(),
                name: oid.to_string(),
                what: "content".to_owned(),
                reason: "it has no row in pg_largeobject_metadata".to_owned(),
            },
            schema: None,
            relation: None,
            address: None,
            only_owner: false,
        });
    }
    Ok(())
}

/// Removes from the objects the parts that dangling rows make wrong: an owner that is no role, and the whole object if
/// a role that it needs does not exist (a policy without its role would be for everybody).
pub(crate) fn settle(found: &[Dangling], objects: &mut Vec<Object>) {
    if found.is_empty() {
        return;
    }
    let mut lacks: HashMap<Address, bool> = HashMap::new();
    for dangling in found {
        if let Some(address) = dangling.address {
            let only_owner = lacks.entry(address).or_insert(true);
            *only_owner &= dangling.only_owner;
        }
    }
    objects.retain_mut(|object| match lacks.get(&object.address) {
        None => true,
        Some(true) => {
            object.owner = None;
            true
        }
        Some(false) => !needs_role(object),
    });
}

fn needs_role(object: &Object) -> bool {
    matches!(
        object.definition,
        Definition::Policy(_) | Definition::UserMapping(_) | Definition::DefaultPrivileges(_)
    )
}
