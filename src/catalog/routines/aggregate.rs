//! Reads aggregates.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::objects::routine::{Aggregate, AggregateTransition};
use crate::model::{Class, Definition, Object};

/// All user aggregates.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT p.oid, n.nspname, p.proname, {owner} AS owner, a.aggkind, p.proparallel, \
         pg_catalog.pg_get_function_arguments(p.oid) AS arguments, {types} AS identity_arguments, \
         {function} AS function, pg_catalog.format_type(a.aggtranstype, NULL) AS state_type, \
         a.aggtransspace AS state_space, {final_function} AS final_function, a.aggfinalextra AS final_extra, \
         a.aggfinalmodify AS final_modify, a.agginitval AS initial, \
         {combine} AS combine, {serialize} AS serialize, {deserialize} AS deserialize, \
         {moving} AS m_function, {inverse} AS m_inverse, \
         CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END AS m_state_type, \
         a.aggmtransspace AS m_state_space, {moving_final} AS m_final_function, a.aggmfinalextra AS m_final_extra, \
         a.aggmfinalmodify AS m_final_modify, a.aggminitval AS m_initial, {sort_operator} AS sort_operator \
         FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid \
         JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {wanted} ORDER BY p.oid",
        owner = names::role("p.proowner"),
        types = names::type_list("p.proargtypes"),
        function = names::function("a.aggtransfn"),
        final_function = names::function("a.aggfinalfn"),
        combine = names::function("a.aggcombinefn"),
        serialize = names::function("a.aggserialfn"),
        deserialize = names::function("a.aggdeserialfn"),
        moving = names::function("a.aggmtransfn"),
        inverse = names::function("a.aggminvtransfn"),
        moving_final = names::function("a.aggmfinalfn"),
        sort_operator = names::operator("a.aggsortop"),
        wanted = names::user_schema_or_member("n", "pg_proc", "p.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let moving = match names::opt_name(&row, "m_function")? {
            Some(function) => Some(transition(&row, function, "m_")?),
            None => None,
        };
        let aggregate = Aggregate {
            kind: row.char("aggkind")?,
            arguments: row.string("arguments")?,
            identity_arguments: names::sql_type(&row, "identity_arguments")?,
            transition: transition(&row, names::name(&row, "function")?, "")?,
            combine: names::opt_name(&row, "combine")?,
            serialize: names::opt_name(&row, "serialize")?,
            deserialize: names::opt_name(&row, "deserialize")?,
            moving,
            moving_inverse: names::opt_name(&row, "m_inverse")?,
            sort_operator: names::opt_operator(&row, "sort_operator")?,
            parallel: row.char("proparallel")?,
        };
        let mut object = Object::new(
            Class::Proc,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("proname")?,
            Definition::Aggregate(Box::new(aggregate)),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

fn transition(row: &Row, function: String, prefix: &str) -> Result<AggregateTransition, ConnectError> {
    let column = |name: &str| format!("{prefix}{name}");
    Ok(AggregateTransition {
        function,
        state_type: names::sql_type(row, &column("state_type"))?,
        state_space: row.int(&column("state_space"))?,
        final_function: names::opt_name(row, &column("final_function"))?,
        final_extra: row.bool(&column("final_extra"))?,
        final_modify: row.char(&column("final_modify"))?,
        initial: row.opt_string(&column("initial"))?,
    })
}
