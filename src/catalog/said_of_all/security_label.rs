//! Security labels, of all kinds of objects at once.

use std::collections::HashMap;

use crate::catalog::extensions::extension::class_of_catalog;
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::remarks::SecurityLabel;
use crate::model::{Address, Class, Definition, Object};

/// The labels of each object and of its columns.
pub(crate) fn read(scope: &Scope) -> Result<HashMap<Address, Vec<SecurityLabel>>, CatalogError> {
    let mut found: HashMap<Address, Vec<SecurityLabel>> = HashMap::new();
    for row in &scope.control.query(LABELS)? {
        let Some(class) = class_of_catalog(row.text("class")?) else {
            continue;
        };
        found
            .entry(Address::new(class, row.oid("objoid")?))
            .or_default()
            .push(SecurityLabel {
                column: row.opt_string("column_name")?,
                provider: row.string("provider")?,
                label: row.string("label")?,
            });
    }
    Ok(found)
}

/// Adds to each object its own labels and those on its columns.
pub(crate) fn add(mut found: HashMap<Address, Vec<SecurityLabel>>, objects: &mut [Object]) {
    if found.is_empty() {
        return;
    }
    for object in objects {
        if let Definition::LargeObjects(group) = &mut object.definition {
            for oid in &group.oids {
                let labels = found.remove(&Address::new(Class::LargeObject, *oid));
                let labels = labels.into_iter().flatten().map(|label| (*oid, label));
                group.security_labels.extend(labels);
            }
            continue;
        }
        if let Some(labels) = found.remove(&object.address) {
            object.security_labels.extend(labels);
        }
    }
}

// The view also holds labels of shared objects.
const LABELS: &str = "\
SELECT c.relname AS class, l.objoid, a.attname AS column_name, l.provider, l.label
FROM pg_catalog.pg_seclabels l
JOIN pg_catalog.pg_class c ON c.oid = l.classoid
LEFT JOIN pg_catalog.pg_attribute a
  ON l.classoid = 'pg_catalog.pg_class'::regclass AND l.objsubid > 0
  AND a.attrelid = l.objoid AND a.attnum = l.objsubid AND NOT a.attisdropped
WHERE l.objsubid = 0 OR a.attname IS NOT NULL
ORDER BY c.relname COLLATE \"C\", l.objoid, l.objsubid, l.provider COLLATE \"C\"";
