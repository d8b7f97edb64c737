//! Dependencies between objects: `pg_depend`, with the rows of catalogs that are no objects of
//! their own translated to the object that they belong to.

use std::collections::HashMap;

use crate::catalog::extension::class_of_catalog;
use crate::catalog::{CatalogError, Scope};
use crate::model::object::Dependency;
use crate::model::{Address, Class};

/// Every dependency of a user object on another, in no order; sub-object numbers are dropped.
/// Pinned objects and extension membership are left out.
pub fn read(scope: &Scope) -> Result<Vec<Dependency>, CatalogError> {
    let mut results = scope
        .control
        .query_all(&[DEPEND.to_owned(), COMPOSITE.to_owned()])?
        .into_iter();
    let (depend, composite) = (results.next().unwrap_or_default(), results.next().unwrap_or_default());

    // A composite type and its row in pg_class are one object here.
    let mut type_of_relation = HashMap::with_capacity(composite.len());
    for row in &composite {
        type_of_relation.insert(row.oid("typrelid")?, row.oid("oid")?);
    }
    let address = |class: &str, oid: u32| -> Option<Address> {
        let class = class_of_catalog(class)?;
        match type_of_relation.get(&oid) {
            Some(composite) if class == Class::Relation => Some(Address::new(Class::Type, *composite)),
            _ => Some(Address::new(class, oid)),
        }
    };
    let mut dependencies = Vec::with_capacity(depend.len());
    for row in &depend {
        let dependent = address(row.text("class")?, row.oid("objid")?);
        let referenced = address(row.text("refclass")?, row.oid("refobjid")?);
        // Catalogs without a class, and toast tables, take no part.
        if let (Some(dependent), Some(referenced)) = (dependent, referenced)
            && dependent != referenced
        {
            dependencies.push(Dependency { dependent, referenced });
        }
    }
    Ok(dependencies)
}

// What belongs to an operator family's member belongs to the family; that the member is part of a
// class or family is no dependency of the family.
const DEPEND: &str = "\
WITH depend AS MATERIALIZED (
  SELECT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype
  FROM pg_catalog.pg_depend d
  WHERE d.deptype <> 'p' AND d.deptype <> 'e' AND d.refobjid <> 0
)
SELECT DISTINCT c.relname AS class, s.objid, rc.relname AS refclass, s.refobjid
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
) AS s
JOIN pg_catalog.pg_class c ON c.oid = s.classid
JOIN pg_catalog.pg_class rc ON rc.oid = s.refclassid";

const COMPOSITE: &str = "\
SELECT t.oid, t.typrelid FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE t.typtype = 'c' AND c.relkind = 'c'";
