//! `ALTER DEFAULT PRIVILEGES`: the rows of `pg_default_acl`.

use crate::catalog::said_of_all::privileges::{DroppedRoles, item, with_items};
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::privileges::{Acl, DefaultPrivileges};
use crate::model::{Class, Definition, Object};

/// One object per role, schema and kind of object, with warnings about dropped roles.
pub(crate) fn read(scope: &Scope) -> Result<(Vec<Object>, Vec<String>), CatalogError> {
    let mut objects: Vec<Object> = Vec::new();
    let mut dropped = DroppedRoles::default();
    for row in &scope.control.query(&with_items(ROWS))? {
        let oid = row.oid("oid")?;
        if objects.last().is_none_or(|last| last.address.oid != oid) {
            let Some(kind) = kind_of(row.char("defaclobjtype")?) else {
                continue;
            };
            let in_schema = row.opt_string("nspname")?;
            objects.push(Object::new(
                Class::DefaultAcl,
                oid,
                in_schema.clone(),
                kind.to_owned(),
                Definition::DefaultPrivileges(Box::new(DefaultPrivileges {
                    role: row.string("rolname")?,
                    in_schema,
                    objects: kind.to_owned(),
                    acl: Acl {
                        actual: Some(Vec::new()),
                        ..Acl::default()
                    },
                })),
            ));
        }
        let Some(Definition::DefaultPrivileges(privileges)) = objects.last_mut().map(|last| &mut last.definition)
        else {
            continue;
        };
        let item = item(row, &mut dropped)?;
        if row.text("list")? == "actual" {
            privileges.acl.actual.get_or_insert_default().extend(item);
        } else {
            privileges.acl.base.extend(item);
        }
    }
    for object in &mut objects {
        if let Definition::DefaultPrivileges(privileges) = &mut object.definition {
            // The server sorts the items by the oids of roles, which differ elsewhere. One role granted them all, so no
            // grant depends on another and their order is free.
            privileges.acl.actual.iter_mut().for_each(|items| items.sort());
            privileges.acl.base.sort();
        }
    }
    Ok((objects, dropped.warnings))
}

fn kind_of(letter: char) -> Option<&'static str> {
    Some(match letter {
        'r' => "TABLES",
        'S' => "SEQUENCES",
        'f' => "FUNCTIONS",
        'T' => "TYPES",
        'n' => "SCHEMAS",
        'L' => "LARGE OBJECTS",
        _ => return None,
    })
}

// A list without a schema replaces the built-in default; one with a schema adds to it.
const ROWS: &str = "\
SELECT d.oid, r.rolname, n.nspname, d.defaclobjtype, w.list, {ITEM}
FROM pg_catalog.pg_default_acl d
JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (VALUES
  ('actual', d.defaclacl),
  ('base', CASE WHEN d.defaclnamespace = 0 THEN
    pg_catalog.acldefault(CASE WHEN d.defaclobjtype = 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END)
) AS w(list, acl)
{ITEMS}
ORDER BY d.oid, w.list, item.ord";
