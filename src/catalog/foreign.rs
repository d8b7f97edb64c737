//! Reads foreign data wrappers, servers and user mappings, and the options of everything foreign.

use super::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::objects::foreign::{ForeignDataWrapper, ForeignServer, UserMapping};
use crate::model::server_kept;
use crate::model::{Class, Definition, Object};

/// All wrappers, then all servers, then all user mappings.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut objects = wrappers(scope)?;
    objects.append(&mut servers(scope)?);
    objects.append(&mut mappings(scope)?);
    Ok(objects)
}

/// SQL for the options in a column such as `ftoptions`: names and values in turn, sorted by name; NULL for none.
pub(crate) fn options_sql(column: &str) -> String {
    format!(
        "CASE WHEN {column} IS NOT NULL THEN \
         (SELECT pg_catalog.array_agg(option_p.part ORDER BY option_o.option_name COLLATE \"C\", option_p.position) \
         FROM pg_catalog.pg_options_to_table({column}) option_o CROSS JOIN LATERAL \
         (VALUES (1, option_o.option_name), (2, COALESCE(option_o.option_value, ''))) option_p(position, part)) END"
    )
}

/// (name, value) pairs from a column made by [`options_sql`].
pub(crate) fn options(row: &Row, column: &str) -> Result<Vec<(String, String)>, ConnectError> {
    let mut parts = row.opt_array(column)?.unwrap_or_default().into_iter();
    let mut options = Vec::with_capacity(parts.len() / 2);
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        if !server_kept::is_foreign_option(&name) {
            options.push((name, value));
        }
    }
    Ok(options)
}

fn wrappers(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT w.oid, w.fdwname, {owner} AS owner, {handler} AS handler, {validator} AS validator, \
         {options} AS options FROM pg_catalog.pg_foreign_data_wrapper w ORDER BY w.oid",
        owner = names::role("w.fdwowner"),
        handler = names::function("w.fdwhandler"),
        validator = names::function("w.fdwvalidator"),
        options = options_sql("w.fdwoptions"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let definition = Definition::ForeignDataWrapper(ForeignDataWrapper {
            handler: names::opt_name(&row, "handler")?,
            validator: names::opt_name(&row, "validator")?,
            options: options(&row, "options")?,
        });
        let (oid, name) = (row.oid("oid")?, row.string("fdwname")?);
        let mut object = Object::new(Class::ForeignDataWrapper, oid, None, name, definition);
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

fn servers(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT s.oid, s.srvname, {owner} AS owner, w.fdwname, s.srvtype, s.srvversion, {options} AS options \
         FROM pg_catalog.pg_foreign_server s \
         JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw ORDER BY s.oid",
        owner = names::role("s.srvowner"),
        options = options_sql("s.srvoptions"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let definition = Definition::ForeignServer(ForeignServer {
            wrapper: row.string("fdwname")?,
            server_type: row.opt_string("srvtype")?,
            version: row.opt_string("srvversion")?,
            options: options(&row, "options")?,
        });
        let (oid, name) = (row.oid("oid")?, row.string("srvname")?);
        let mut object = Object::new(Class::ForeignServer, oid, None, name, definition);
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

/// Reads user mappings. The catalog itself is only for superusers and `pg_read_all_data`. Other roles have the view, in
/// which options that the role may not see look like none; the view decides who sees which.
fn mappings(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let source = if reads_catalog(scope)? {
        "SELECT u.oid AS umid, u.umserver AS srvid, u.umuser, u.umoptions, true AS seen FROM pg_catalog.pg_user_mapping u"
    } else {
        "SELECT v.umid, v.srvid, v.umuser, v.umoptions, CASE WHEN v.umuser = 0 \
           THEN pg_catalog.pg_has_role(o.srvowner, 'USAGE') \
           ELSE v.usename = CURRENT_USER AND (pg_catalog.pg_has_role(o.srvowner, 'USAGE') \
             OR pg_catalog.has_server_privilege(o.oid, 'USAGE')) END AS seen \
         FROM pg_catalog.pg_user_mappings v JOIN pg_catalog.pg_foreign_server o ON o.oid = v.srvid"
    };
    let sql = format!(
        "SELECT m.umid, s.srvname, CASE WHEN m.umuser <> 0 THEN {user} END AS user_name, {options} AS options, \
           m.umoptions IS NULL AND NOT m.seen AS hidden \
         FROM ({source}) m JOIN pg_catalog.pg_foreign_server s ON s.oid = m.srvid ORDER BY m.umid",
        user = names::role("m.umuser"),
        options = options_sql("m.umoptions"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let mapping = UserMapping {
            user: row.opt_string("user_name")?,
            server: row.string("srvname")?,
            options: options(&row, "options")?,
            options_hidden: row.bool("hidden")?,
        };
        let user = mapping.user.as_deref().unwrap_or("PUBLIC");
        let name = format!("{user} SERVER {}", mapping.server);
        let (oid, definition) = (row.oid("umid")?, Definition::UserMapping(mapping));
        objects.push(Object::new(Class::UserMapping, oid, None, name, definition));
    }
    Ok(objects)
}

fn reads_catalog(scope: &Scope) -> Result<bool, ConnectError> {
    let rows = scope
        .control
        .query("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_user_mapping', 'SELECT') AS allowed")?;
    rows.first().map_or(Ok(false), |row| row.bool("allowed"))
}
