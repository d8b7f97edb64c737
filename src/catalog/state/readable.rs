//! Finds out what the role may read, before anything is locked or read.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;

/// The rights of the current role on one table or sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// USAGE on its schema, without which its name cannot be used.
    pub schema: bool,
    /// SELECT on the whole relation, which `LOCK TABLE` needs too; SELECT on columns alone is not enough.
    pub select: bool,
    /// Whether row-level security hides rows from the role.
    pub filtered: bool,
}

/// The rights by oid, for the tables, partitioned tables and sequences of the scope. A relation that was just dropped
/// counts as readable; locking it will fail.
pub(crate) fn read(scope: &Scope) -> Result<HashMap<u32, Access>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid,
               COALESCE(pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'), true) AS schema,
               COALESCE(CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                 ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END, true) AS may_select,
               c.relkind <> 'S' AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS filtered
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o AND c.relkind IN ('r', 'p', 'S')"
        )
    })?;
    rows.iter()
        .map(|row| {
            let access = Access {
                schema: row.bool("schema")?,
                select: row.bool("may_select")?,
                filtered: row.bool("filtered")?,
            };
            Ok((row.oid("oid")?, access))
        })
        .collect()
}
