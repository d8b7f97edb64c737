//! Dependencies between objects: `pg_depend`, in which rows that are no objects of their own are replaced by the object
//! that they belong to.

use std::collections::HashMap;

use crate::catalog::extensions::extension::class_of_catalog;
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::database::Dependency;
use crate::model::{Address, Class};

/// Every dependency of a user object on another, in no order; sub-object numbers are dropped.
/// Pinned objects and extension membership are left out.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Dependency>, CatalogError> {
    let mut results = scope
        .control
        .query_all(&[CATALOGS.to_owned(), COMPOSITE.to_owned(), DEPEND.to_owned()])?
        .into_iter();
    let mut next = || results.next().unwrap_or_default();
    let (catalogs, composite, depend) = (next(), next(), next());

    let mut classes = HashMap::with_capacity(catalogs.len());
    for row in &catalogs {
        if let Some(class) = class_of_catalog(row.text("relname")?) {
            classes.insert(row.oid("oid")?, class);
        }
    }
    // A composite type and its row in pg_class are one object here.
    let mut type_of_relation = HashMap::with_capacity(composite.len());
    for row in &composite {
        type_of_relation.insert(row.oid("typrelid")?, row.oid("oid")?);
    }
    let address = |class: u32, oid: u32| -> Option<Address> {
        let class = *classes.get(&class)?;
        match type_of_relation.get(&oid) {
            Some(composite) if class == Class::Relation => Some(Address::new(Class::Type, *composite)),
            _ => Some(Address::new(class, oid)),
        }
    };
    let mut dependencies = Vec::with_capacity(depend.len());
    for row in &depend {
        let dependent = address(row.oid("classid")?, row.oid("objid")?);
        let referenced = address(row.oid("refclassid")?, row.oid("refobjid")?);
        // Catalogs without a class, and toast tables, take no part.
        if let (Some(dependent), Some(referenced)) = (dependent, referenced)
            && dependent != referenced
        {
            dependencies.push(Dependency { dependent, referenced });
        }
    }
    // Several columns of one table are one object.
    dependencies.sort_unstable();
    dependencies.dedup();
    Ok(dependencies)
}

const CATALOGS: &str = "\
SELECT c.oid, c.relname FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'";

// Dependencies of an operator family's member count as the family's. That the member is part of a class or family is no
// dependency of the family.
const DEPEND: &str = "\
WITH depend AS MATERIALIZED (
  SELECT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype
  FROM pg_catalog.pg_depend d
  WHERE d.deptype <> 'p' AND d.deptype <> 'e' AND d.refobjid <> 0
)
SELECT s.classid::pg_catalog.oid, s.objid, s.refclassid::pg_catalog.oid, s.refobjid
FROM (
  SELECT d.classid, d.objid, d.refclassid, d.refobjid FROM depend d
  WHERE d.classid NOT IN ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass)
  UNION ALL
  SELECT 'pg_catalog.pg_opfamily'::regclass, o.amopfamily, d.refclassid, d.refobjid
  FROM depend d JOIN pg_catalog.pg_amop o ON o.oid = d.objid
  WHERE d.classid = 'pg_catalog.pg_amop'::regclass AND d.deptype <> 'i'
    AND NOT (d.refclassid = 'pg_catalog.pg_opfamily'::regclass AND d.refobjid = o.amopfamily)
  UNION ALL
  SELECT 'pg_catalog.pg_opfamily'::regclass, p.amprocfamily, d.refclassid, d.refobjid
  FROM depend d JOIN pg_catalog.pg_amproc p ON p.oid = d.objid
  WHERE d.classid = 'pg_catalog.pg_amproc'::regclass AND d.deptype <> 'i'
    AND NOT (d.refclassid = 'pg_catalog.pg_opfamily'::regclass AND d.refobjid = p.amprocfamily)
) AS s";

const COMPOSITE: &str = "\
SELECT t.oid, t.typrelid FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typtype = 'c' AND c.relkind = 'c'";
