//! Partitions whose rows may belong elsewhere on the target.
//!
//! The hash of an enum value is made from its oid, which a restore changes: rows of a table that is hash
//! partitioned by an enum must be routed again, from the root of its partition tree.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;
use crate::model::objects::relation::RelationRef;
use crate::model::{Address, Class};

/// For each leaf partition of the scope below such a table, the root to load it through.
pub(crate) fn read(scope: &Scope) -> Result<HashMap<u32, RelationRef>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "WITH RECURSIVE line AS (
               SELECT c.oid AS leaf, i.inhparent AS ancestor
               FROM pg_catalog.unnest({relations}) AS src(o)
               JOIN pg_catalog.pg_class c ON c.oid = src.o AND c.relispartition AND c.relkind IN ('r', 'f')
               JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
               UNION ALL
               SELECT line.leaf, i.inhparent FROM line
               JOIN pg_catalog.pg_class a ON a.oid = line.ancestor AND a.relispartition
               JOIN pg_catalog.pg_inherits i ON i.inhrelid = line.ancestor
             ), unsafe AS (
               SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p
               WHERE p.partstrat = 'h' AND EXISTS (
                 SELECT FROM pg_catalog.unnest(p.partclass::pg_catalog.oid[]) AS k(class)
                 JOIN pg_catalog.pg_opclass o ON o.oid = k.class
                 JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod AND am.amname = 'hash'
                 WHERE o.opcname = 'enum_ops' AND o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace)
             )
             SELECT line.leaf, r.oid, n.nspname, r.relname
             FROM line
             JOIN pg_catalog.pg_class r ON r.oid = line.ancestor AND NOT r.relispartition
             JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
             WHERE line.leaf IN (SELECT l.leaf FROM line l JOIN unsafe ON unsafe.partrelid = l.ancestor)"
        )
    })?;
    let mut roots = HashMap::with_capacity(rows.len());
    for row in &rows {
        let root = RelationRef {
            address: Address::new(Class::Relation, row.oid("oid")?),
            schema: row.string("nspname")?,
            name: row.string("relname")?,
        };
        roots.insert(row.oid("leaf")?, root);
    }
    Ok(roots)
}
