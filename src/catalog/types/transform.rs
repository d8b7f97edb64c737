//! Reads transforms.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::routine::Transform;
use crate::model::{Class, Definition, Object};

/// Transforms that initdb did not create; they have no owner.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT t.oid, pg_catalog.format_type(t.trftype, NULL) AS type_name, l.lanname, \
         {from_sql} AS from_sql, {to_sql} AS to_sql FROM pg_catalog.pg_transform t \
         JOIN pg_catalog.pg_language l ON l.oid = t.trflang WHERE t.oid >= {first} ORDER BY t.oid",
        from_sql = names::signature("t.trffromsql"),
        to_sql = names::signature("t.trftosql"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let transform = Transform {
            type_name: names::sql_type(&row, "type_name")?,
            language: row.string("lanname")?,
            from_sql: names::opt_signature(&row, "from_sql")?,
            to_sql: names::opt_signature(&row, "to_sql")?,
        };
        objects.push(Object::new(
            Class::Transform,
            row.oid("oid")?,
            None,
            transform.name(),
            Definition::Transform(transform),
        ));
    }
    Ok(objects)
}
