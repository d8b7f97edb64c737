//! Objects that other sessions have changed or dropped in the catalogs since the snapshot was taken.
//!
//! Functions that print definitions see the latest catalogs, plain queries those of the snapshot. The results of both
//! match only while none of the objects changes. Tables are locked; functions, types, views, sequences and others
//! cannot be. If the snapshot still sees a row of a catalog that somebody has replaced or deleted since, the row has
//! the number of that transaction in `xmax`. So one query afterwards gives all objects that may have been read in two
//! states, with their names.

use crate::connect::{ConnectError, Row};

/// An object that is not, or no longer, what the snapshot sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub kind: String,
    pub schema: Option<String>,
    pub name: String,
    /// The table, view, sequence, .. that the object is or belongs to.
    pub relation: Option<u32>,
}

pub(crate) fn from_rows(rows: &[Row]) -> Result<Vec<Changed>, ConnectError> {
    rows.iter()
        .map(|row| {
            Ok(Changed {
                kind: row.string("kind")?,
                schema: row.opt_string("schema")?,
                name: row.string("name")?,
                relation: row.opt_oid("relation")?,
            })
        })
        .collect()
}

/// How many objects a message names at most.
const NAMED: usize = 10;

/// `VIEW app.v, FUNCTION app.f`, shortened.
pub(crate) fn names(changes: &[Changed]) -> String {
    let mut names: Vec<String> = Vec::new();
    for change in changes {
        let name = match &change.schema {
            Some(schema) if change.kind != "SCHEMA" => format!("{} {schema}.{}", change.kind, change.name),
            _ => format!("{} {}", change.kind, change.name),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// The query to run in the snapshot's transaction; it gives the rows for [`from_rows`].
///
/// A transaction that the snapshot does not see has a number from the snapshot's `xmin` on. Older numbers in `xmax` are
/// of transactions that were rolled back, or the row would not be visible. `pg_class` is only read for sequences and
/// indexes: rows of tables and views change with every grant and refresh, while the row of their type changes when they
/// are renamed, moved or dropped. An array's type changes with that of its elements.
pub(crate) fn query() -> String {
    let by_schema: String = BY_SCHEMA
        .iter()
        .map(|(kind, catalog, prefix)| {
            format!(
                "UNION ALL SELECT '{kind}', n.nspname, o.{prefix}name, NULL, o.xmax
                 FROM pg_catalog.{catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.{prefix}namespace
                 WHERE o.xmax <> '0'::pg_catalog.xid\n"
            )
        })
        .collect();
    let global: String = GLOBAL
        .iter()
        .map(|(kind, catalog, name)| {
            format!(
                "UNION ALL SELECT '{kind}', NULL, {name}, NULL, o.xmax FROM pg_catalog.{catalog} o
                 WHERE o.xmax <> '0'::pg_catalog.xid\n"
            )
        })
        .collect();
    let of_type: String = OF_TYPE
        .iter()
        .map(|(catalog, of)| {
            format!(
                "UNION ALL SELECT 'TYPE', n.nspname, t.typname, NULL, o.xmax
                 FROM pg_catalog.{catalog} o JOIN pg_catalog.pg_type t ON t.oid = o.{of}
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 WHERE o.xmax <> '0'::pg_catalog.xid\n"
            )
        })
        .collect();
    let of_relation: String = OF_RELATION
        .iter()
        .map(|(kind, catalog, relation, name)| {
            format!(
                "UNION ALL SELECT '{kind}', n.nspname, c.relname || '.' || {name}, NULLIF(c.oid, CASE c.relkind WHEN 'c' THEN c.oid END), o.xmax
                 FROM pg_catalog.{catalog} o JOIN pg_catalog.pg_class c ON c.oid = o.{relation}
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE o.xmax <> '0'::pg_catalog.xid\n"
            )
        })
        .collect();
    format!(
        "WITH since AS MATERIALIZED (
           SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.text::pg_catalog.int8 AS xmin
         ), touched(kind, schema, name, relation, xmax) AS (
           SELECT CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'TABLE' WHEN 'v' THEN 'VIEW'
               WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TYPE' END,
             n.nspname, t.typname, NULLIF(c.oid, CASE c.relkind WHEN 'c' THEN c.oid END), t.xmax
           FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
           LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
           WHERE t.xmax <> '0'::pg_catalog.xid
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
           UNION ALL SELECT 'SCHEMA', n.nspname, n.nspname, NULL, n.xmax
           FROM pg_catalog.pg_namespace n WHERE n.xmax <> '0'::pg_catalog.xid
           UNION ALL SELECT 'SEQUENCE', n.nspname, c.relname, c.oid, c.xmax
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'S' AND c.xmax <> '0'::pg_catalog.xid
           UNION ALL SELECT 'INDEX', n.nspname, c.relname, i.indrelid, c.xmax
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
           WHERE c.relkind IN ('i', 'I') AND c.xmax <> '0'::pg_catalog.xid
           {by_schema}{global}{of_type}{of_relation}
         ), numbered AS (
           SELECT t.*, since.xmin, ((t.xmax::pg_catalog.text::pg_catalog.int8 - since.xmin) % 4294967296 + 4294967296) % 4294967296 AS ahead
           FROM touched t, since
         )
         SELECT DISTINCT o.kind, o.schema::pg_catalog.text AS schema, o.name::pg_catalog.text AS name, o.relation
         FROM numbered o
         WHERE o.schema IS DISTINCT FROM 'pg_toast' AND COALESCE(pg_catalog.left(o.schema::pg_catalog.text, 8) NOT IN ('pg_temp_', 'pg_toast'), true)
           AND CASE WHEN o.ahead < 2147483648
               THEN pg_catalog.pg_xact_status((o.xmin + o.ahead)::pg_catalog.text::pg_catalog.xid8) = 'committed' END
         UNION ALL
         SELECT 'ROLE', NULL, r.rolname::pg_catalog.text, NULL FROM pg_catalog.pg_roles r
         WHERE r.rolname <> pg_catalog.pg_get_userbyid(r.oid)
         ORDER BY 1, 2, 3"
    )
}

/// Kind, catalog, prefix of its columns.
const BY_SCHEMA: &[(&str, &str, &str)] = &[
    ("FUNCTION", "pg_proc", "pro"),
    ("OPERATOR", "pg_operator", "opr"),
    ("OPERATOR CLASS", "pg_opclass", "opc"),
    ("OPERATOR FAMILY", "pg_opfamily", "opf"),
    ("COLLATION", "pg_collation", "coll"),
    ("CONVERSION", "pg_conversion", "con"),
    ("TEXT SEARCH CONFIGURATION", "pg_ts_config", "cfg"),
    ("TEXT SEARCH DICTIONARY", "pg_ts_dict", "dict"),
    ("TEXT SEARCH PARSER", "pg_ts_parser", "prs"),
    ("TEXT SEARCH TEMPLATE", "pg_ts_template", "tmpl"),
    ("STATISTICS", "pg_statistic_ext", "stx"),
];

/// Kind, catalog, name.
const GLOBAL: &[(&str, &str, &str)] = &[
    ("EXTENSION", "pg_extension", "o.extname"),
    ("LANGUAGE", "pg_language", "o.lanname"),
    ("ACCESS METHOD", "pg_am", "o.amname"),
    ("FOREIGN DATA WRAPPER", "pg_foreign_data_wrapper", "o.fdwname"),
    ("SERVER", "pg_foreign_server", "o.srvname"),
    ("EVENT TRIGGER", "pg_event_trigger", "o.evtname"),
    ("PUBLICATION", "pg_publication", "o.pubname"),
    (
        "CAST",
        "pg_cast",
        "o.castsource::pg_catalog.text || ' AS ' || o.casttarget::pg_catalog.text",
    ),
    ("TRANSFORM", "pg_transform", "o.trftype::pg_catalog.text"),
];

/// Catalog, its column for the type: constraints of domains, values of enums.
const OF_TYPE: &[(&str, &str)] = &[("pg_constraint", "contypid"), ("pg_enum", "enumtypid")];

/// Kind, catalog, its column for the relation, name.
const OF_RELATION: &[(&str, &str, &str, &str)] = &[
    ("COLUMN", "pg_attribute", "attrelid", "o.attname"),
    ("DEFAULT", "pg_attrdef", "adrelid", "o.adnum::pg_catalog.text"),
    ("CONSTRAINT", "pg_constraint", "conrelid", "o.conname"),
    ("INDEX", "pg_index", "indrelid", "o.indexrelid::pg_catalog.text"),
    ("RULE", "pg_rewrite", "ev_class", "o.rulename"),
    ("TRIGGER", "pg_trigger", "tgrelid", "o.tgname"),
    ("POLICY", "pg_policy", "polrelid", "o.polname"),
    ("PARENT", "pg_inherits", "inhrelid", "o.inhparent::pg_catalog.text"),
];
