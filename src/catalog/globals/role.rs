//! Roles with their attributes.

use super::described;
use crate::catalog::{CatalogError, Scope};
use crate::connect::{Ask, ConnectError};
use crate::model::objects::globals::{Global, Role, Verifier};
use crate::model::{Class, Definition, Object};

/// The oid of the role that initdb makes.
pub(crate) const BOOTSTRAP_SUPERUSER: u32 = 10;

/// All roles but the system's own, by name. Verifiers of passwords are in `pg_authid`, which few may
/// read; everything else is in a view that all may read.
pub(crate) fn read(scope: &Scope, passwords: bool) -> Result<Vec<Object>, CatalogError> {
    if passwords && !may_read_passwords(scope)? {
        return Err(CatalogError::RolePasswords);
    }
    let (catalog, password) = if passwords {
        ("pg_authid", "r.rolpassword")
    } else {
        ("pg_roles", "NULL::text")
    };
    let rows = scope.control.query(&format!(
        "SELECT r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, \
         r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil, {password} AS password \
         FROM pg_catalog.{catalog} r WHERE pg_catalog.left(r.rolname::text, 3) <> 'pg_' \
         ORDER BY r.rolname::text COLLATE \"C\""
    ))?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in &rows {
        let role = Role {
            superuser: row.bool("rolsuper")?,
            inherit: row.bool("rolinherit")?,
            create_role: row.bool("rolcreaterole")?,
            create_database: row.bool("rolcreatedb")?,
            login: row.bool("rolcanlogin")?,
            replication: row.bool("rolreplication")?,
            bypass_rls: row.bool("rolbypassrls")?,
            connection_limit: row.int("rolconnlimit")?,
            valid_until: row.opt_string("rolvaliduntil")?,
            password: row.opt_string("password")?.map(Verifier),
        };
        roles.push(Object::new(
            Class::Role,
            row.oid("oid")?,
            None,
            row.string("rolname")?,
            Definition::Global(Global::Role(role)),
        ));
    }
    described::read(scope, "pg_authid", &mut roles)?;
    Ok(roles)
}

fn may_read_passwords(scope: &Scope) -> Result<bool, CatalogError> {
    let rows = scope.control.query(
        "SELECT pg_catalog.has_column_privilege('pg_catalog.pg_authid'::pg_catalog.regclass, 'rolpassword', 'SELECT') \
         AND pg_catalog.has_column_privilege('pg_catalog.pg_authid'::pg_catalog.regclass, 'rolname', 'SELECT') AS allowed",
    )?;
    match rows.first() {
        Some(row) => Ok(row.bool("allowed")?),
        None => Ok(false),
    }
}

/// The name of the role that initdb made. Every role may ask for it, even one that may not read `pg_roles`.
pub(crate) fn bootstrap_superuser(control: &dyn Ask) -> Result<String, ConnectError> {
    let rows = control.query(&format!(
        "SELECT pg_catalog.pg_get_userbyid({BOOTSTRAP_SUPERUSER}) AS rolname"
    ))?;
    rows.first().map_or(Ok(String::new()), |row| row.string("rolname"))
}
