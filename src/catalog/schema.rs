//! Reads schemas.

use super::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::{Class, Definition, Object};

/// All schemas but the system's own (`pg_*`, `information_schema`).
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT n.oid, n.nspname, {owner} AS owner FROM pg_catalog.pg_namespace n WHERE {user} ORDER BY n.oid",
        owner = names::role("n.nspowner"),
        user = names::user_schema("n"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let mut object = Object::new(
            Class::Namespace,
            row.oid("oid")?,
            None,
            row.string("nspname")?,
            Definition::Schema,
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}
