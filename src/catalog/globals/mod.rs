//! Objects of the whole server, and the properties of the database itself: one file per kind.
//!
//! Every role may read shared catalogs unless somebody revoked it. Catalogs that the role may not read are listed. Only
//! verifiers of passwords need `pg_authid`.

mod acl;
pub(crate) mod database;
mod described;
pub(crate) mod membership;
pub(crate) mod parameter_privileges;
pub(crate) mod role;
pub(crate) mod role_setting;
pub(crate) mod tablespace;

use std::collections::HashSet;

use crate::catalog::{CatalogError, Scope};
use crate::model::objects::database::Globals;
use crate::model::objects::database::Uncarried;

/// Reads these objects inside the dump's transaction. `passwords` asks for the verifiers too.
pub(crate) fn read(scope: &Scope, passwords: bool) -> Result<Globals, CatalogError> {
    let closed = closed_catalogs(scope)?;
    let mut globals = Globals::default();
    let mut open = |catalogs: &[&str], kind: &str| {
        let missing: Vec<String> = catalogs
            .iter()
            .filter(|name| closed.contains(**name))
            .map(|name| format!("(the role may not read {name})"))
            .collect();
        let open = missing.is_empty();
        globals.not_covered.extend(missing.into_iter().map(|name| Uncarried {
            kind: kind.to_owned(),
            schema: None,
            name,
        }));
        open
    };
    let roles = open(&["pg_roles"], "ROLE");
    let settings = roles && open(&["pg_db_role_setting"], "ROLE SETTINGS");
    let memberships = roles && open(&["pg_auth_members"], "ROLE MEMBERSHIP");
    let tablespaces = open(&["pg_tablespace"], "TABLESPACE");
    let parameters = scope.version.has_parameter_privileges() && open(&["pg_parameter_acl"], "PARAMETER PRIVILEGES");
    if roles {
        globals.bootstrap_superuser = role::bootstrap_superuser(scope.control)?;
        globals.roles = role::read(scope, passwords)?;
    }
    if settings {
        globals.settings = role_setting::read(scope)?;
    }
    if memberships {
        let (memberships, warnings) = membership::read(scope)?;
        globals.memberships = memberships;
        globals.warnings.extend(warnings);
    }
    if tablespaces {
        let (tablespaces, warnings) = tablespace::read(scope)?;
        globals.tablespaces = tablespaces;
        globals.warnings.extend(warnings);
    }
    if parameters {
        let (parameters, warnings) = parameter_privileges::read(scope)?;
        globals.parameters = parameters;
        globals.warnings.extend(warnings);
    }
    Ok(globals)
}

/// The catalogs among those above that the role may not read.
fn closed_catalogs(scope: &Scope) -> Result<HashSet<String>, CatalogError> {
    let rows = scope.control.query(
        "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace \
         AND c.relname IN ('pg_roles', 'pg_auth_members', 'pg_db_role_setting', 'pg_tablespace', 'pg_parameter_acl') \
         AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')",
    )?;
    rows.iter().map(|row| Ok(row.string("relname")?)).collect()
}
