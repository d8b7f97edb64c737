//! Privileges on objects of a shared catalog.

use std::collections::HashMap;

use crate::catalog::said_of_all::privileges::{DroppedRoles, item, with_items};
use crate::catalog::{CatalogError, Scope};
use crate::model::Object;
use crate::model::objects::privileges::Acl;

/// Sets the `acl` of the objects whose privileges were ever touched; the warnings are about roles
/// that are gone. `source` selects oid, list, the letter of `acldefault` and the owner's oid.
pub(super) fn read(scope: &Scope, source: &str, objects: &mut [Object]) -> Result<Vec<String>, CatalogError> {
    let sql = with_items(LISTS).replace("{SOURCE}", source);
    let mut dropped = DroppedRoles::default();
    let mut lists: HashMap<u32, Acl> = HashMap::new();
    for row in &scope.control.query(&sql)? {
        let acl = lists.entry(row.oid("oid")?).or_default();
        let actual = acl.actual.get_or_insert_default();
        let item = item(row, &mut dropped)?;
        if row.text("list")? == "actual" {
            actual.extend(item);
        } else {
            acl.base.extend(item);
        }
    }
    for object in objects {
        object.acl = lists.remove(&object.address.oid);
    }
    Ok(dropped.warnings)
}

const LISTS: &str = "\
WITH src(oid, acl, kind, owner) AS ({SOURCE})
SELECT s.oid, w.list, {ITEM}
FROM src s
CROSS JOIN LATERAL (VALUES
  ('actual', s.acl),
  ('base', pg_catalog.acldefault(s.kind::\"char\", s.owner))
) AS w(list, acl)
{ITEMS}
WHERE s.acl IS NOT NULL
ORDER BY s.oid, w.list, item.ord";
