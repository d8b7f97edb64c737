//! `ALTER .. DEPENDS ON EXTENSION`: rows of `pg_depend` with deptype `x`.

use std::collections::HashMap;

use crate::catalog::extensions::extension::class_of_catalog;
use crate::catalog::{CatalogError, Scope};
use crate::model::{Address, Object};

/// The names of the extensions that each object was made to depend on.
pub(crate) fn read(scope: &Scope) -> Result<HashMap<Address, Vec<String>>, CatalogError> {
    let mut found: HashMap<Address, Vec<String>> = HashMap::new();
    for row in &scope.control.query(ROWS)? {
        if let Some(class) = class_of_catalog(row.text("class")?) {
            found
                .entry(Address::new(class, row.oid("objid")?))
                .or_default()
                .push(row.string("extname")?);
        }
    }
    Ok(found)
}

/// Adds the names to the objects.
pub(crate) fn add(mut found: HashMap<Address, Vec<String>>, objects: &mut [Object]) {
    for object in objects {
        if let Some(extensions) = found.remove(&object.address) {
            object.depends_on_extensions.extend(extensions);
        }
    }
}

const ROWS: &str = "\
SELECT DISTINCT c.relname AS class, d.objid, e.extname
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_class c ON c.oid = d.classid
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE d.deptype = 'x' AND d.refclassid = 'pg_catalog.pg_extension'::regclass
ORDER BY c.relname, d.objid, e.extname";
