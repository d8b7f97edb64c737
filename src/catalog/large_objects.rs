//! Reads the list of large objects, and which of them this role may read.

use std::collections::{BTreeMap, HashSet};

use crate::catalog::said_of_all::privileges::{DroppedRoles, item, with_items};
use crate::catalog::{CatalogError, Scope};
use crate::connect::{ConnectError, Control, Row};
use crate::model::objects::large_objects::{LargeObjects, PIECE_BYTES, describe};
use crate::model::objects::privileges::{Acl, AclItem};
use crate::model::{Class, Definition, Object};

/// Most objects of one group, so that no statement and no transaction grows without bound.
const GROUP: usize = 1_000;

/// What the objects of a group share: owner, and sorted privileges unless they are the default.
type Shared = (String, Option<Vec<AclItem>>);

/// Groups of objects that share owner and privileges, and warnings. The groups do not depend on the order of items in a
/// list, or on whether the list spells out the default.
pub(crate) fn read(scope: &Scope) -> Result<(Vec<Object>, Vec<String>), CatalogError> {
    let mut results = scope
        .control
        .query_all(&[OBJECTS.to_owned(), with_items(LISTS)])?
        .into_iter();
    let (objects, lists) = (results.next().unwrap_or_default(), results.next().unwrap_or_default());
    let mut dropped = DroppedRoles::default();
    let lists = read_lists(&lists, &mut dropped)?;
    let mut groups: BTreeMap<Shared, (Option<Acl>, Vec<u32>)> = BTreeMap::new();
    for row in &objects {
        let acl = match row.opt("acl")? {
            Some(text) => lists.get(&(row.oid("owner")?, text.to_owned())).cloned(),
            None => None,
        };
        let acl = acl.filter(|acl| acl.actual.as_deref().map(sorted) != Some(sorted(&acl.base)));
        let items = acl.as_ref().and_then(|acl| acl.actual.as_deref()).map(sorted);
        let (_, oids) = groups
            .entry((row.string("owner_name")?, items))
            .or_insert_with(|| (acl, Vec::new()));
        oids.extend(row.array("oids")?.iter().filter_map(|oid| oid.parse::<u32>().ok()));
    }
    let mut found = Vec::new();
    for ((owner, _), (acl, mut oids)) in groups {
        oids.sort_unstable();
        for oids in oids.chunks(GROUP) {
            let definition = Definition::LargeObjects(LargeObjects {
                oids: oids.to_vec(),
                ..LargeObjects::default()
            });
            let mut object = Object::new(Class::LargeObject, oids[0], None, describe(oids), definition);
            object.owner = Some(owner.clone());
            object.acl = acl.clone();
            found.push(object);
        }
    }
    Ok((found, dropped.warnings))
}

/// Whether the pieces can be read as rows of `pg_largeobject`: the role may read it, and the server keeps pieces of the
/// archive's size.
pub(crate) fn readable_as_table(control: &Control) -> Result<bool, ConnectError> {
    let rows = control.query(&format!(
        "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT') \
           AND pg_catalog.current_setting('block_size')::pg_catalog.int8 = {} AS v",
        PIECE_BYTES * 4
    ))?;
    rows.first().map_or(Ok(false), |row| row.bool("v"))
}

/// The objects whose content this role may not read, ascending. The query evaluates the privileges itself, because
/// `has_largeobject_privilege` came in 18.
pub(crate) fn unreadable(control: &Control) -> Result<Vec<u32>, ConnectError> {
    control.query(UNREADABLE)?.iter().map(|row| row.oid("oid")).collect()
}

/// The size of each object in the session's snapshot except for `unreadable`: (oid, bytes), by oid. The role must be
/// able to read them all.
pub(crate) fn sizes(control: &Control, unreadable: &HashSet<u32>) -> Result<Vec<(u32, u64)>, ConnectError> {
    let size = |row: &Row| Ok((row.oid("oid")?, row.int("bytes")?.max(0) as u64));
    let unreadable: Vec<String> = unreadable.iter().map(u32::to_string).collect();
    let query = SIZES.replace("{UNREADABLE}", &unreadable.join(","));
    control.query(&query)?.iter().map(size).collect()
}

/// The meaning of each list that occurs, by owner and text.
fn read_lists(rows: &[Row], dropped: &mut DroppedRoles) -> Result<BTreeMap<(u32, String), Acl>, CatalogError> {
    let mut lists: BTreeMap<(u32, String), Acl> = BTreeMap::new();
    for row in rows {
        let acl = lists.entry((row.oid("owner")?, row.string("acl")?)).or_default();
        let actual = acl.actual.get_or_insert_default();
        let list = if row.text("list")? == "actual" {
            actual
        } else {
            &mut acl.base
        };
        list.extend(item(row, dropped)?);
    }
    Ok(lists)
}

fn sorted(items: &[AclItem]) -> Vec<AclItem> {
    let mut items = items.to_vec();
    items.iter_mut().for_each(|item| item.privileges.sort_unstable());
    items.sort_unstable();
    items
}

const OBJECTS: &str = "\
SELECT m.lomowner AS owner, r.rolname AS owner_name, m.lomacl::text AS acl, pg_catalog.array_agg(m.oid) AS oids
FROM pg_catalog.pg_largeobject_metadata m JOIN pg_catalog.pg_roles r ON r.oid = m.lomowner
GROUP BY m.lomowner, r.rolname, m.lomacl::text
ORDER BY m.lomowner, m.lomacl::text COLLATE \"C\"";

const LISTS: &str = "\
WITH found AS (
  SELECT DISTINCT ON (m.lomowner, m.lomacl::text) m.lomowner AS owner, m.lomacl AS acl
  FROM pg_catalog.pg_largeobject_metadata m WHERE m.lomacl IS NOT NULL
)
SELECT f.owner, f.acl::text AS acl, w.list, {ITEM}
FROM found f
CROSS JOIN LATERAL (VALUES ('actual', f.acl), ('base', pg_catalog.acldefault('L', f.owner))) AS w(list, acl)
{ITEMS}
ORDER BY f.owner, f.acl::text COLLATE \"C\", w.list, item.ord";

const UNREADABLE: &str = "\
SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m
WHERE pg_catalog.current_setting('lo_compat_privileges') <> 'on' AND NOT EXISTS (
  SELECT FROM pg_catalog.aclexplode(COALESCE(m.lomacl, pg_catalog.acldefault('L', m.lomowner))) AS e
  WHERE e.privilege_type = 'SELECT' AND (e.grantee = 0 OR pg_catalog.pg_has_role(e.grantee, 'USAGE')))
ORDER BY m.oid";

// 262144 opens for reading, 2 seeks from the end.
const SIZES: &str = "\
SELECT m.oid, s.bytes, s.closed
FROM (
  SELECT oid FROM pg_catalog.pg_largeobject_metadata
  WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest('{{UNREADABLE}}'::pg_catalog.oid[]) AS u(unreadable) WHERE unreadable = oid)
  OFFSET 0
) AS m
CROSS JOIN LATERAL (SELECT pg_catalog.lo_open(m.oid, 262144) AS fd OFFSET 0) AS o
CROSS JOIN LATERAL (
  SELECT pg_catalog.lo_lseek64(o.fd, 0, 2) AS bytes, pg_catalog.lo_close(o.fd) AS closed OFFSET 0
) AS s
ORDER BY m.oid";
