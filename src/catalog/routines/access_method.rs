//! Reads access methods.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::routine::AccessMethod;
use crate::model::{Class, Definition, Object};

/// Access methods that initdb did not create; they have no owner.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT a.oid, a.amname, a.amtype, {handler} AS handler FROM pg_catalog.pg_am a \
         WHERE a.oid >= {first} ORDER BY a.oid",
        handler = names::function("a.amhandler"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let method = AccessMethod {
            kind: row.char("amtype")?,
            handler: names::name(&row, "handler")?,
        };
        objects.push(Object::new(
            Class::AccessMethod,
            row.oid("oid")?,
            None,
            row.string("amname")?,
            Definition::AccessMethod(method),
        ));
    }
    Ok(objects)
}
