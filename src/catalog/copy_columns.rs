//! The columns of each table as data: for COPY lists, diff and export.

use std::collections::HashMap;

use crate::catalog::{Scope, bulk};
use crate::connect::ConnectError;
use crate::model::entry::CopyColumn;
use crate::model::ident::qualified;

/// For each relation of the scope that may hold rows, its columns in `attnum` order without dropped ones.
/// A table with no columns has an empty list: its rows still count.
pub fn read(scope: &Scope) -> Result<HashMap<u32, Vec<CopyColumn>>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid, a.attname, a.atttypid, a.attnotnull, a.attgenerated <> '' AS generated,
               pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
               cn.nspname AS coll_schema, co.collname AS coll_name
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o AND c.relkind IN ('r', 'p', 'm', 'f')
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
             LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
             LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
             ORDER BY c.oid, a.attnum"
        )
    })?;
    let mut columns: HashMap<u32, Vec<CopyColumn>> = HashMap::new();
    for row in &rows {
        let of_relation = columns.entry(row.oid("oid")?).or_default();
        let Some(name) = row.opt_string("attname")? else {
            continue;
        };
        of_relation.push(CopyColumn {
            name,
            type_name: row.string("type_name")?,
            type_oid: row.oid("atttypid")?,
            collation: match (row.opt("coll_schema")?, row.opt("coll_name")?) {
                (Some(schema), Some(name)) => Some(qualified(schema, name)),
                _ => None,
            },
            not_null: row.bool("attnotnull")?,
            generated: row.bool("generated")?,
        });
    }
    Ok(columns)
}
