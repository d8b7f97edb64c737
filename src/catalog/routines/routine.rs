//! Reads functions, window functions and procedures.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::objects::routine::{Routine, RoutineBody};
use crate::model::{Class, Definition, Object};

/// All user routines but aggregates and those that come with another object (range constructors).
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql_body = if scope.version.has_sql_bodies() {
        "pg_catalog.pg_get_function_sqlbody(p.oid)"
    } else {
        "NULL"
    };
    let sql = format!(
        "SELECT p.oid, n.nspname, p.proname, {owner} AS owner, p.prokind, l.lanname, \
         pg_catalog.pg_get_function_arguments(p.oid) AS arguments, \
         pg_catalog.pg_get_function_result(p.oid) AS result, \
         {types} AS input_types, {moded_types} AS moded_types, {transforms} AS transforms, \
         p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, \
         p.procost, p.prorows, {support} AS support, p.proconfig, p.prosrc, p.probin, {sql_body} AS sql_body \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
         WHERE p.prokind <> 'a' AND {wanted} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i') \
         ORDER BY p.oid",
        owner = names::role("p.proowner"),
        types = names::type_list("p.proargtypes"),
        moded_types = moded_type_list(),
        transforms = "ARRAY(SELECT pg_catalog.format_type(t.type, NULL) \
             FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY t(type, position) ORDER BY t.position)",
        support = names::function("p.prosupport"),
        wanted = names::user_schema_or_member("n", "pg_proc", "p.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let mut object = Object::new(
            Class::Proc,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("proname")?,
            Definition::Routine(Box::new(routine(&row)?)),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

/// Modes and types of all arguments, which name a procedure without ambiguity: 14 and later match types without modes
/// against the input arguments and against all of them.
fn moded_type_list() -> &'static str {
    "(SELECT COALESCE(pg_catalog.string_agg(CASE m.mode WHEN 'o' THEN 'OUT ' WHEN 'b' THEN 'INOUT ' \
     WHEN 'v' THEN 'VARIADIC ' ELSE 'IN ' END || pg_catalog.format_type(m.type, NULL), ', ' ORDER BY m.position), '') \
     FROM ROWS FROM (pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[])), \
     pg_catalog.unnest(p.proargmodes)) WITH ORDINALITY m(type, mode, position))"
}

fn routine(row: &Row) -> Result<Routine, ConnectError> {
    let kind = row.char("prokind")?;
    let identity_arguments = if kind == 'p' { "moded_types" } else { "input_types" };
    let source = row.string("prosrc")?;
    let body = match (row.opt_string("sql_body")?, row.opt_string("probin")?) {
        (Some(body), _) => RoutineBody::Sql(body),
        (None, Some(file)) if !file.is_empty() => RoutineBody::Library { file, symbol: source },
        _ => RoutineBody::Source(source),
    };
    Ok(Routine {
        kind,
        arguments: row.string("arguments")?,
        identity_arguments: names::sql_type(row, identity_arguments)?,
        result: if kind == 'p' { None } else { Some(row.string("result")?) },
        language: row.string("lanname")?,
        transforms: row.array("transforms")?,
        volatility: row.char("provolatile")?,
        strict: row.bool("proisstrict")?,
        security_definer: row.bool("prosecdef")?,
        leakproof: row.bool("proleakproof")?,
        parallel: row.char("proparallel")?,
        cost: row.string("procost")?,
        rows: row.string("prorows")?,
        support: names::opt_name(row, "support")?,
        config: row.opt_array("proconfig")?.unwrap_or_default(),
        body,
        postponed: false,
    })
}
