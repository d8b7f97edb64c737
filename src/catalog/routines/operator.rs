//! Reads operators.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::routine::Operator;
use crate::model::{Class, Definition, Object};

/// Operators with a function. Operators that were only named as a commutator or negator have none.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT o.oid, n.nspname, o.oprname, {owner} AS owner, {function} AS function, \
         CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END AS left_type, \
         CASE WHEN o.oprright <> 0 THEN pg_catalog.format_type(o.oprright, NULL) END AS right_type, \
         {commutator} AS commutator, {negator} AS negator, o.oprcanmerge, o.oprcanhash, \
         {restrict} AS restrict_function, {join} AS join_function \
         FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
         WHERE {wanted} AND o.oprcode <> 0 ORDER BY o.oid",
        owner = names::role("o.oprowner"),
        function = names::function("o.oprcode"),
        commutator = names::operator("o.oprcom"),
        negator = names::operator("o.oprnegate"),
        restrict = names::function("o.oprrest"),
        join = names::function("o.oprjoin"),
        wanted = names::user_schema_or_member("n", "pg_operator", "o.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let operator = Operator {
            function: names::name(&row, "function")?,
            left: names::opt_sql_type(&row, "left_type")?,
            right: names::opt_sql_type(&row, "right_type")?,
            commutator: names::opt_operator(&row, "commutator")?,
            negator: names::opt_operator(&row, "negator")?,
            merges: row.bool("oprcanmerge")?,
            hashes: row.bool("oprcanhash")?,
            restrict: names::opt_name(&row, "restrict_function")?,
            join: names::opt_name(&row, "join_function")?,
        };
        let mut object = Object::new(
            Class::Operator,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("oprname")?,
            Definition::Operator(Box::new(operator)),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}
