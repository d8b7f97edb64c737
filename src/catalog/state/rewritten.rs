//! Tables that are no longer those that the snapshot sees: their rows are in another file, or their name means another
//! table. After TRUNCATE or a rewrite, an older snapshot sees none of the old rows.

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;
use crate::model::ident::qualified;

/// Names of such tables among the scope's relations, which are locked, so that nothing changes afterwards.
/// `pg_relation_filenode` and `to_regclass` see the latest state, the catalogs that of the snapshot.
pub(crate) fn read(scope: &Scope) -> Result<Vec<String>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT n.nspname, c.relname
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM NULLIF(c.relfilenode, 0)
               OR pg_catalog.to_regclass(pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname))::pg_catalog.oid
                  IS DISTINCT FROM c.oid
             ORDER BY c.oid"
        )
    })?;
    rows.iter()
        .map(|row| Ok(qualified(row.text("nspname")?, row.text("relname")?)))
        .collect()
}
