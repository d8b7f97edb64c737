//! Reads the objects that came with initdb whose privileges were changed since.
//!
//! Only their names are read here. Their lists, and the lists to compare with, are in
//! [`privileges`](crate::catalog::said_of_all::privileges).

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::object::SystemObject;
use crate::model::{Class, Definition, Kind, Object};

pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = scope.control.query(&sql())?;
    rows.iter().map(object).collect()
}

/// Routines, relations, types and languages of the system whose list differs from the one that initdb left, and the
/// schema of the system's own catalogs. initdb notes nothing about the information schema, so all of its relations with
/// grants are here; those that nobody changed lead to no statement.
fn sql() -> String {
    // A join is used instead of a look-up for each object, because a server has thousands of them.
    let initial = |catalog: &str, oid: &str, sub: &str| {
        format!(
            "LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass \
             AND i.objoid = {oid} AND i.objsubid = {sub}"
        )
    };
    format!(
        "SELECT 'pg_proc' AS class, p.oid, n.nspname AS schema, p.proname AS name, p.prokind AS kind, \
           {owner_p} AS owner, {types} AS types \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace {initial_p} \
         WHERE p.oid < {first} AND p.proacl IS DISTINCT FROM i.initprivs \
         UNION ALL \
         SELECT 'pg_class', c.oid, n.nspname, c.relname, c.relkind, {owner_c}, NULL \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {initial_c} \
         WHERE c.oid < {first} AND c.relkind IN ('r', 'v', 'm', 'S', 'p', 'f') AND (c.relacl IS DISTINCT FROM i.initprivs OR c.oid IN (\
           SELECT a.attrelid FROM pg_catalog.pg_attribute a {initial_a} \
           WHERE a.attrelid < {first} AND NOT a.attisdropped AND a.attacl IS DISTINCT FROM i.initprivs)) \
         UNION ALL \
         SELECT 'pg_type', t.oid, n.nspname, t.typname, t.typtype, {owner_t}, NULL \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace {initial_t} \
         WHERE t.oid < {first} AND t.typacl IS DISTINCT FROM i.initprivs \
         UNION ALL \
         SELECT 'pg_language', l.oid, NULL, l.lanname, 'l', {owner_l}, NULL \
         FROM pg_catalog.pg_language l {initial_l} \
         WHERE l.oid < {first} AND l.lanacl IS DISTINCT FROM i.initprivs \
         UNION ALL \
         SELECT 'pg_namespace', n.oid, NULL, n.nspname, 'n', {owner_n}, NULL \
         FROM pg_catalog.pg_namespace n {initial_n} \
         WHERE n.nspname IN ('pg_catalog', 'information_schema') AND n.nspacl IS DISTINCT FROM i.initprivs \
         ORDER BY 1, 2",
        first = names::FIRST_NORMAL_OID,
        types = names::type_list("p.proargtypes"),
        owner_p = names::role("p.proowner"),
        owner_c = names::role("c.relowner"),
        owner_t = names::role("t.typowner"),
        owner_l = names::role("l.lanowner"),
        owner_n = names::role("n.nspowner"),
        initial_p = initial("pg_proc", "p.oid", "0"),
        initial_c = initial("pg_class", "c.oid", "0"),
        initial_a = initial("pg_class", "a.attrelid", "a.attnum"),
        initial_t = initial("pg_type", "t.oid", "0"),
        initial_l = initial("pg_language", "l.oid", "0"),
        initial_n = initial("pg_namespace", "n.oid", "0"),
    )
}

fn object(row: &Row) -> Result<Object, ConnectError> {
    let schema = row.opt_string("schema")?;
    let name = row.string("name")?;
    let sql = match &schema {
        Some(schema) => qualified(schema, &name),
        None => quote_ident(&name),
    };
    let (class, kind, grant_keyword) = match (row.text("class")?, row.char("kind")?) {
        ("pg_proc", 'p') => (Class::Proc, Kind::Procedure, "PROCEDURE"),
        ("pg_proc", 'a') => (Class::Proc, Kind::Aggregate, "FUNCTION"),
        ("pg_proc", _) => (Class::Proc, Kind::Function, "FUNCTION"),
        ("pg_class", 'v') => (Class::Relation, Kind::View, "TABLE"),
        ("pg_class", 'S') => (Class::Relation, Kind::Sequence, "SEQUENCE"),
        ("pg_class", _) => (Class::Relation, Kind::Table, "TABLE"),
        ("pg_type", 'd') => (Class::Type, Kind::Domain, "TYPE"),
        ("pg_type", _) => (Class::Type, Kind::Type, "TYPE"),
        ("pg_language", _) => (Class::Language, Kind::Language, "LANGUAGE"),
        _ => (Class::Namespace, Kind::Schema, "SCHEMA"),
    };
    let sql = match row.opt_string("types")? {
        Some(_) => format!("{sql}({})", names::sql_type(row, "types")?),
        None => sql,
    };
    let definition = Definition::SystemObject(SystemObject {
        kind,
        grant_keyword,
        sql,
    });
    let mut object = Object::new(class, row.oid("oid")?, schema, name, definition);
    object.owner = Some(row.string("owner")?);
    Ok(object)
}
