//! `ALTER ROLE .. SET` in all databases.

use crate::catalog::{CatalogError, Scope};
use crate::model::objects::globals::Global;
use crate::model::{Class, Definition, Object};

/// One object per role with settings, by name. The first is that of all roles, which has no name.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, CatalogError> {
    let rows = scope.control.query(
        "SELECT s.setrole, COALESCE(r.rolname::text, '') COLLATE \"C\" AS role, s.setconfig \
         FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
         WHERE s.setdatabase = 0 AND (s.setrole = 0 OR pg_catalog.left(r.rolname::text, 3) <> 'pg_') \
         ORDER BY 2, 1",
    )?;
    let mut settings = Vec::with_capacity(rows.len());
    for row in &rows {
        settings.push(Object::new(
            Class::RoleSettings,
            row.oid("setrole")?,
            None,
            row.string("role")?,
            Definition::Global(Global::RoleSettings(row.opt_array("setconfig")?.unwrap_or_default())),
        ));
    }
    Ok(settings)
}
