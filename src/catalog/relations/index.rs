//! Indexes of tables and materialized views, and their attachments to partitioned indexes.

use crate::catalog::Scope;
use crate::catalog::query::{bulk, options};
use crate::catalog::relations::column::number;
use crate::connect::{ConnectError, Row};
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::{Index, IndexAttach};
use crate::model::{Address, Class};
use crate::version::since;

/// One object per usable index, each followed by its attachment if it has one. The remains of an interrupted CREATE
/// INDEX CONCURRENTLY are left out; a partitioned index may still be incomplete.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let nulls = bulk::since(scope, since::NULLS_NOT_DISTINCT, "i.indnullsnotdistinct", "false");
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT i.indexrelid, i.indrelid, n.nspname, c.relname, x.relname AS index_name,
               CASE WHEN con.oid IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid) ELSE '' END AS definition,
               i.indisclustered, i.indisreplident, {nulls} AS nulls_not_distinct,
               x.reloptions, ts.spcname, con.oid AS constraint_oid,
               pn.nspname AS parent_schema, p.relname AS parent_name, p.oid AS parent_oid,
               CASE WHEN i.indnatts > i.indnkeyatts THEN
                 (SELECT pg_catalog.array_agg(a.attname ORDER BY k.ord)
                  FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(num, ord)
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
                  WHERE k.ord > i.indnkeyatts) END AS include,
               st.numbers, st.targets
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
             JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
             LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = x.reltablespace
             LEFT JOIN pg_catalog.pg_constraint con ON con.conindid = i.indexrelid
               AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
             LEFT JOIN pg_catalog.pg_inherits inh ON inh.inhrelid = i.indexrelid
             LEFT JOIN pg_catalog.pg_class p ON p.oid = inh.inhparent
             LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
             LEFT JOIN LATERAL (
               SELECT pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS numbers,
                 pg_catalog.array_agg(a.attstattarget ORDER BY a.attnum) AS targets
               FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0
             ) st ON true
             WHERE c.relkind IN ('r', 'p', 'm') AND i.indisready AND (i.indisvalid OR c.relkind = 'p')
             ORDER BY i.indrelid, x.relname"
        )
    })?;
    let mut indexes = Vec::with_capacity(rows.len());
    for row in &rows {
        index(row, &mut indexes)?;
    }
    Ok(indexes)
}

fn index(row: &Row, objects: &mut Vec<Object>) -> Result<(), ConnectError> {
    let oid = row.oid("indexrelid")?;
    let address = Address::new(Class::Relation, oid);
    let schema = row.string("nspname")?;
    let name = row.string("index_name")?;
    let table = Address::new(Class::Relation, row.oid("indrelid")?);
    let parent_index = row.opt_oid("parent_oid")?.map(|oid| Address::new(Class::Relation, oid));
    let constraint = row
        .opt_oid("constraint_oid")?
        .map(|oid| Address::new(Class::Constraint, oid));
    let definition = Index {
        relation: row.string("relname")?,
        definition: row.string("definition")?,
        constraint,
        parent_index,
        options: options::own(row, "reloptions")?,
        tablespace: row.opt_string("spcname")?,
        include: row.opt_array("include")?.unwrap_or_default(),
        nulls_not_distinct: row.bool("nulls_not_distinct")?,
        clustered: row.bool("indisclustered")?,
        replica_identity: row.bool("indisreplident")?,
        statistics: statistics(row)?,
    };
    let attach = match (
        parent_index,
        row.opt_string("parent_schema")?,
        row.opt_string("parent_name")?,
    ) {
        (Some(parent_index), Some(parent_schema), Some(parent_name)) => Some(IndexAttach {
            index: address,
            parent_index,
            parent_schema,
            parent_name,
        }),
        _ => None,
    };
    let mut object = Object::new(
        Class::Relation,
        oid,
        Some(schema.clone()),
        name.clone(),
        Definition::Index(Box::new(definition)),
    );
    object.parent = Some(table);
    objects.push(object);
    if let Some(attach) = attach {
        let mut object = Object::new(
            Class::IndexAttach,
            oid,
            Some(schema),
            name,
            Definition::IndexAttach(attach),
        );
        object.parent = Some(table);
        objects.push(object);
    }
    Ok(())
}

fn statistics(row: &Row) -> Result<Vec<(i16, i32)>, ConnectError> {
    let numbers = row.opt_array("numbers")?.unwrap_or_default();
    let targets = row.opt_array("targets")?.unwrap_or_default();
    Ok(numbers
        .iter()
        .zip(&targets)
        .filter_map(|(position, target)| Some((number(position.parse().ok()?), target.parse().ok()?)))
        .collect())
}
