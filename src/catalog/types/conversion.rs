//! Reads conversions between encodings.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::routine::Conversion;
use crate::model::{Class, Definition, Object};

pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT c.oid, n.nspname, c.conname, {owner} AS owner, c.condefault, {function} AS function, \
         pg_catalog.pg_encoding_to_char(c.conforencoding) AS source, \
         pg_catalog.pg_encoding_to_char(c.contoencoding) AS destination \
         FROM pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace \
         WHERE {wanted} ORDER BY c.oid",
        owner = names::role("c.conowner"),
        function = names::function("c.conproc"),
        wanted = names::user_schema_or_member("n", "pg_conversion", "c.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let conversion = Conversion {
            is_default: row.bool("condefault")?,
            source: row.string("source")?,
            destination: row.string("destination")?,
            function: names::name(&row, "function")?,
        };
        let mut object = Object::new(
            Class::Conversion,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("conname")?,
            Definition::Conversion(conversion),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}
