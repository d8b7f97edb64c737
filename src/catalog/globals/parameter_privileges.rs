//! Privileges on configuration parameters (15 and later).

use super::role::BOOTSTRAP_SUPERUSER;
use super::{acl, role};
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::globals::Global;
use crate::model::{Class, Definition, Object};

/// One object per parameter with privileges, by name. All belong to the bootstrap superuser.
pub(crate) fn read(scope: &Scope) -> Result<(Vec<Object>, Vec<String>), CatalogError> {
    let owner = role::bootstrap_superuser(scope.control)?;
    let rows = scope
        .control
        .query("SELECT p.oid, p.parname FROM pg_catalog.pg_parameter_acl p ORDER BY p.parname COLLATE \"C\"")?;
    let mut parameters = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut object = Object::new(
            Class::Parameter,
            row.oid("oid")?,
            None,
            row.string("parname")?,
            Definition::Global(Global::Parameter),
        );
        object.owner = Some(owner.clone());
        parameters.push(object);
    }
    let source = format!("SELECT p.oid, p.paracl, 'p', {BOOTSTRAP_SUPERUSER}::oid FROM pg_catalog.pg_parameter_acl p");
    let warnings = acl::read(scope, &source, &mut parameters)?;
    Ok((parameters, warnings))
}
