//! Reads casts.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::routine::Cast;
use crate::model::{Class, Definition, Object};

/// Casts that initdb did not create, without those that come with a range type (to its multirange).
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let made_with_range = if scope.version.has_multiranges() {
        "AND NOT EXISTS (SELECT FROM pg_catalog.pg_range r WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)"
    } else {
        ""
    };
    let sql = format!(
        "SELECT c.oid, pg_catalog.format_type(c.castsource, NULL) AS source, \
         pg_catalog.format_type(c.casttarget, NULL) AS target, {function} AS function, \
         c.castmethod, c.castcontext FROM pg_catalog.pg_cast c WHERE c.oid >= {first} {made_with_range} ORDER BY c.oid",
        function = names::signature("c.castfunc"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let cast = Cast {
            source: names::sql_type(&row, "source")?,
            target: names::sql_type(&row, "target")?,
            method: row.char("castmethod")?,
            function: names::opt_signature(&row, "function")?,
            context: row.char("castcontext")?,
        };
        let name = format!("({} AS {})", cast.source, cast.target);
        objects.push(Object::new(
            Class::Cast,
            row.oid("oid")?,
            None,
            name,
            Definition::Cast(cast),
        ));
    }
    Ok(objects)
}
