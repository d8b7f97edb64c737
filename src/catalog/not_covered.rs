//! What the database holds and this version does not carry, by name, so that nothing is left out
//! silently. A kind that becomes covered loses its line here.

use crate::catalog::{CatalogError, Scope};
use crate::model::object::Uncarried;

/// One kind that is not carried.
struct Kind {
    label: &'static str,
    /// The catalog whose row makes an object a member of an extension; empty if none can.
    catalog: &'static str,
    /// SELECT of oid (0 if none), schema (NULL if none) and name; without operators on user types.
    query: &'static str,
}

const KINDS: &[Kind] = &[
    kind(
        "DATABASE SETTING",
        "",
        "SELECT 0::oid, NULL, COALESCE('ROLE ' || r.rolname || ' SET ', 'SET ') || pg_catalog.split_part(c.setting, '=', 1) FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND d.datname = pg_catalog.current_database() LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)",
    ),
    kind(
        "DATABASE PRIVILEGES",
        "",
        "SELECT 0::oid, NULL, d.datname FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() AND d.datacl IS NOT NULL",
    ),
    kind(
        "DATABASE COMMENT",
        "",
        "SELECT 0::oid, NULL, d.datname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_catalog.pg_database'::regclass WHERE d.datname = pg_catalog.current_database()",
    ),
    kind(
        "DATABASE SECURITY LABEL",
        "",
        "SELECT 0::oid, NULL, d.datname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_shseclabel s ON s.objoid = d.oid AND s.classoid = 'pg_catalog.pg_database'::regclass WHERE d.datname = pg_catalog.current_database()",
    ),
];

const fn kind(label: &'static str, catalog: &'static str, query: &'static str) -> Kind {
    Kind { label, catalog, query }
}

/// Named one by one at most; more are counted.
const NAMES_PER_KIND: usize = 1_000;

/// Every object of the kinds above, members of extensions and what initdb made excluded. In the
/// order of the kinds, then by name.
pub fn read(scope: &Scope) -> Result<Vec<Uncarried>, CatalogError> {
    let pieces: Vec<String> = KINDS
        .iter()
        .enumerate()
        .map(|(index, kind)| piece(index, kind))
        .collect();
    let sql = format!(
        "SELECT kind, schema, name, total FROM ({}) AS uncarried ORDER BY kind, position",
        pieces.join("\nUNION ALL\n")
    );
    let mut found: Vec<Uncarried> = Vec::new();
    let mut counted: Option<(usize, Uncarried)> = None;
    for row in &scope.control.query(&sql)? {
        let index = usize::try_from(row.int("kind")?).unwrap_or(usize::MAX);
        let Some(kind) = KINDS.get(index) else { continue };
        if counted.as_ref().is_some_and(|(of, _)| *of != index) {
            found.extend(counted.take().map(|(_, rest)| rest));
        }
        let uncarried = |schema, name| Uncarried {
            kind: kind.label.to_owned(),
            schema,
            name,
        };
        found.push(uncarried(row.opt_string("schema")?, row.string("name")?));
        let total = usize::try_from(row.int("total")?).unwrap_or(usize::MAX);
        if total > NAMES_PER_KIND {
            counted = Some((index, uncarried(None, format!("and {} more", total - NAMES_PER_KIND))));
        }
    }
    found.extend(counted.map(|(_, rest)| rest));
    Ok(found)
}

fn piece(index: usize, kind: &Kind) -> String {
    let Kind { catalog, query, .. } = kind;
    // Objects without an oid have no birth certificate: their query says which are the user's.
    let member = if catalog.is_empty() {
        String::new()
    } else {
        format!(
            "AND i.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = i.oid AND d.objsubid = 0 AND d.deptype = 'e')"
        )
    };
    format!(
        "SELECT {index} AS kind, o.schema, o.name, o.total, o.position FROM (\n\
         SELECT i.oid, i.schema::text, i.name::text, pg_catalog.count(*) OVER () AS total,\n\
           pg_catalog.row_number() OVER (ORDER BY i.schema::text COLLATE \"C\", i.name::text COLLATE \"C\") AS position\n\
         FROM ({query}) AS i(oid, schema, name)\n\
         WHERE (i.schema IS NULL OR (pg_catalog.left(i.schema::text, 3) <> 'pg_' AND i.schema::text <> 'information_schema'))\n\
         {member}) AS o WHERE o.position <= {NAMES_PER_KIND}"
    )
}
