//! The columns of each table as data: for COPY lists, diff and export.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::{ConnectError, Row};
use crate::model::entry::CopyColumn;
use crate::model::ident::{qualified, quote_literal};
use crate::model::value_type::{UserType, ValueType};

/// For each relation of the scope that may hold rows, its columns in `attnum` order without dropped ones.
/// A table with no columns has an empty list: its rows still count.
pub(crate) fn read(scope: &Scope) -> Result<HashMap<u32, Vec<CopyColumn>>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid, a.attname, a.atttypid, a.attnotnull, a.attgenerated <> '' AS generated,
               a.attgenerated = 'v' AS is_virtual,
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
    let users = user_types(&mut |sql| scope.control.query(sql))?;
    let mut columns: HashMap<u32, Vec<CopyColumn>> = HashMap::new();
    for row in &rows {
        let of_relation = columns.entry(row.oid("oid")?).or_default();
        let Some(name) = row.opt_string("attname")? else {
            continue;
        };
        let type_oid = row.oid("atttypid")?;
        of_relation.push(CopyColumn {
            name,
            type_name: row.string("type_name")?,
            type_oid,
            value_type: ValueType::resolve(type_oid, &users),
            collation: match (row.opt("coll_schema")?, row.opt("coll_name")?) {
                (Some(schema), Some(name)) => Some(qualified(schema, name)),
                _ => None,
            },
            not_null: row.bool("attnotnull")?,
            generated: row.bool("generated")?,
            is_virtual: row.bool("is_virtual")?,
        });
    }
    Ok(columns)
}

/// Runs a query in one session.
pub(crate) type Query<'a> = dyn FnMut(&str) -> Result<Vec<Row>, ConnectError> + 'a;

/// The layouts of the binary values of a table's columns, by name; `table` is quoted and qualified. Empty if there is
/// no such table.
pub(crate) fn value_types(table: &str, query: &mut Query) -> Result<HashMap<String, Option<ValueType>>, ConnectError> {
    let users = user_types(query)?;
    let rows = query(&format!(
        "SELECT a.attname, a.atttypid FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped",
        quote_literal(table)
    ))?;
    rows.iter()
        .map(|row| Ok((row.string("attname")?, ValueType::resolve(row.oid("atttypid")?, &users))))
        .collect()
}

/// The kinds of all enums, domains, ranges and multiranges, those of the server included.
fn user_types(query: &mut Query) -> Result<HashMap<u32, UserType>, ConnectError> {
    // Before 14 there are no multiranges.
    let rows = query(
        "SELECT t.oid, t.typtype, t.typbasetype, r.rngsubtype, r.rngtypid
         FROM pg_catalog.pg_type t
         LEFT JOIN (SELECT r.rngsubtype, r.rngtypid,
           (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.oid AS multirange FROM pg_catalog.pg_range r) r
           ON t.oid IN (r.rngtypid, r.multirange)
         WHERE t.typtype IN ('d', 'e', 'r', 'm')",
    )?;
    let mut users = HashMap::new();
    for row in &rows {
        let made_of = match (
            row.char("typtype")?,
            row.opt_oid("rngsubtype")?,
            row.opt_oid("rngtypid")?,
        ) {
            ('e', _, _) => UserType::Enum,
            ('d', _, _) => UserType::Domain(row.oid("typbasetype")?),
            ('r', Some(subtype), _) => UserType::Range(subtype),
            ('m', _, Some(range)) => UserType::Multirange(range),
            _ => continue,
        };
        users.insert(row.oid("oid")?, made_of);
    }
    Ok(users)
}
