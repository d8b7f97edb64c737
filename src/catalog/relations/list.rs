//! The list of relations, read before anything is locked.
//!
//! Calls no deparse function, because those see the latest catalog and fail on objects that were dropped meanwhile.

use std::collections::HashSet;

use crate::connect::{ConnectError, Control};
use crate::model::objects::relation::ListedRelation;
use crate::version::Version;

/// All tables, partitioned tables, views, materialized views, sequences and foreign tables outside
/// the system's and temporary schemas, ordered by oid. The session's `search_path` must be empty;
/// it is left empty.
pub(crate) fn list(control: &Control, version: Version) -> Result<Vec<ListedRelation>, ConnectError> {
    let _ = version; // every catalog column used here exists since 13
    let visible = visible(control)?;
    let rows = control.query(LIST)?;
    let mut relations = Vec::with_capacity(rows.len());
    for row in &rows {
        let oid = row.oid("oid")?;
        relations.push(ListedRelation {
            oid,
            schema: row.string("nspname")?,
            name: row.string("relname")?,
            kind: row.char("relkind")?,
            persistence: row.char("relpersistence")?,
            pages: u64::try_from(row.int("pages")?).unwrap_or(0),
            visible: visible.contains(&oid),
            member_of: row.opt_string("member_of")?,
            owned_by: row.opt_oid("owned_by")?,
            parents: row
                .opt_array("parents")?
                .unwrap_or_default()
                .iter()
                .filter_map(|oid| oid.parse().ok())
                .collect(),
            is_partition: row.bool("relispartition")?,
            foreign_server: row.opt_string("srvname")?,
        });
    }
    Ok(relations)
}

/// Oids of the relations that an unqualified name finds with the role's own `search_path`.
fn visible(control: &Control) -> Result<HashSet<u32>, ConnectError> {
    control.execute("RESET search_path")?;
    // Nothing here may be looked up along that path: every name and operator is qualified.
    let rows = control.query(
        "SELECT c.oid FROM pg_catalog.pg_class AS c \
         WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,S,f}'::pg_catalog.\"char\"[]) \
         AND pg_catalog.pg_table_is_visible(c.oid)",
    );
    control.execute("SELECT pg_catalog.set_config('search_path', '', false)")?;
    rows?.iter().map(|row| row.oid("oid")).collect()
}

const LIST: &str = "\
WITH member AS MATERIALIZED (
  SELECT d.objid, e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
  WHERE d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_extension'::regclass
), owned AS MATERIALIZED (
  SELECT d.objid, pg_catalog.min(d.refobjid) AS owner FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  GROUP BY d.objid
), inherits AS MATERIALIZED (
  SELECT i.inhrelid, pg_catalog.array_agg(i.inhparent ORDER BY i.inhseqno) AS parents
  FROM pg_catalog.pg_inherits i GROUP BY i.inhrelid
)
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition,
  GREATEST(c.relpages, 0)::int8 + GREATEST(t.relpages, 0)::int8 AS pages,
  member.extname AS member_of, owned.owner AS owned_by, inherits.parents, s.srvname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN member ON member.objid = c.oid
LEFT JOIN owned ON owned.objid = c.oid
LEFT JOIN inherits ON inherits.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY c.oid";
