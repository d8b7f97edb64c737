//! The database itself: its properties and its settings.

use super::{acl, described};
use crate::catalog::query::names;
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::globals::{DatabaseProperties, DatabaseSetting};
use crate::model::{Class, Definition, Object};

/// The connected database, and its settings if it has any; with warnings about roles that are gone.
/// Security labels are read with those of all other objects.
pub(crate) fn read(scope: &Scope) -> Result<(Vec<Object>, Vec<String>), CatalogError> {
    let rows = scope.control.query(&format!(
        "SELECT d.oid, d.datname, {owner} AS owner, d.datconnlimit, d.datistemplate, t.spcname \
         FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_tablespace t \
         ON t.oid = d.dattablespace AND t.spcname <> 'pg_default' WHERE {CURRENT}",
        owner = names::role("d.datdba"),
    ))?;
    let mut objects = Vec::new();
    for row in &rows {
        let properties = DatabaseProperties {
            connection_limit: row.int("datconnlimit")?,
            is_template: row.bool("datistemplate")?,
            tablespace: row.opt_string("spcname")?,
        };
        let (oid, name) = (row.oid("oid")?, row.string("datname")?);
        let definition = Definition::Database(properties);
        let mut object = Object::new(Class::Database, oid, None, name, definition);
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    let source = format!("SELECT d.oid, d.datacl, 'd', d.datdba FROM pg_catalog.pg_database d WHERE {CURRENT}");
    let mut warnings = acl::read(scope, &source, &mut objects)?;
    described::read(scope, "pg_database", &mut objects)?;
    for object in &mut objects {
        object.security_labels.clear();
    }
    let settings = settings(scope, &mut warnings)?;
    if let (Some(database), false) = (objects.first(), settings.is_empty()) {
        let definition = Definition::DatabaseSettings(settings);
        let (oid, name) = (database.address.oid, database.name.clone());
        objects.push(Object::new(Class::DatabaseSettings, oid, None, name, definition));
    }
    Ok((objects, warnings))
}

const CURRENT: &str = "d.datname = pg_catalog.current_database()";

/// The settings of the database, then those of roles in it, by name.
fn settings(scope: &Scope, warnings: &mut Vec<String>) -> Result<Vec<DatabaseSetting>, CatalogError> {
    let rows = scope.control.query(&format!(
        "SELECT s.setrole, r.rolname, s.setconfig FROM pg_catalog.pg_db_role_setting s \
         JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND {CURRENT} \
         LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
         ORDER BY s.setrole <> 0, r.rolname::text COLLATE \"C\""
    ))?;
    let mut settings = Vec::new();
    for row in &rows {
        let role = row.opt_string("rolname")?;
        let oid = row.oid("setrole")?;
        if oid != 0 && role.is_none() {
            warnings.push(format!(
                "settings of the role with oid {oid} in this database are left out: the role no longer exists"
            ));
            continue;
        }
        let list = row.opt_array("setconfig")?.unwrap_or_default();
        settings.extend(list.into_iter().map(|setting| DatabaseSetting {
            role: role.clone(),
            setting,
        }));
    }
    Ok(settings)
}
