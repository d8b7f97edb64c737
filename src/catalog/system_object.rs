//! Reads the objects that came with initdb whose privileges were changed since.
//!
//! Only their names are read here: their lists, and what they are compared with, are in
//! [`privileges`](super::privileges).

use super::{Scope, names};
use crate::connect::{ConnectError, Row};
use crate::model::ident::{qualified, quote_ident};
use crate::model::object::SystemObject;
use crate::model::{Class, Definition, Kind, Object};

pub fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = scope.control.query(&sql())?;
    rows.iter().map(object).collect()
}

/// Routines, relations, types and languages of the system with a list that initdb did not leave so, and
/// the schema of the system's own catalogs. As initdb notes nothing of the information schema, all of
/// its relations that were ever granted are here; those that nobody changed come to nothing.
fn sql() -> String {
    let changed = |catalog: &str, oid: &str, sub: &str, acl: &str| {
        format!(
            "{acl} IS DISTINCT FROM (SELECT i.initprivs FROM pg_catalog.pg_init_privs i \
             WHERE i.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND i.objoid = {oid} AND i.objsubid = {sub})"
        )
    };
    format!(
        "SELECT 'pg_proc' AS class, p.oid, n.nspname AS schema, p.proname AS name, p.prokind AS kind, \
           {owner_p} AS owner, {types} AS types \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         WHERE p.oid < {first} AND {changed_p} \
         UNION ALL \
         SELECT 'pg_class', c.oid, n.nspname, c.relname, c.relkind, {owner_c}, NULL \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid < {first} AND c.relkind IN ('r', 'v', 'm', 'S', 'p', 'f') AND ({changed_c} OR EXISTS (\
           SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND {changed_a})) \
         UNION ALL \
         SELECT 'pg_type', t.oid, n.nspname, t.typname, t.typtype, {owner_t}, NULL \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         WHERE t.oid < {first} AND {changed_t} \
         UNION ALL \
         SELECT 'pg_language', l.oid, NULL, l.lanname, 'l', {owner_l}, NULL \
         FROM pg_catalog.pg_language l WHERE l.oid < {first} AND {changed_l} \
         UNION ALL \
         SELECT 'pg_namespace', n.oid, NULL, n.nspname, 'n', {owner_n}, NULL \
         FROM pg_catalog.pg_namespace n WHERE n.nspname IN ('pg_catalog', 'information_schema') AND {changed_n} \
         ORDER BY 1, 2",
        first = names::FIRST_NORMAL_OID,
        types = names::type_list("p.proargtypes"),
        owner_p = names::role("p.proowner"),
        owner_c = names::role("c.relowner"),
        owner_t = names::role("t.typowner"),
        owner_l = names::role("l.lanowner"),
        owner_n = names::role("n.nspowner"),
        changed_p = changed("pg_proc", "p.oid", "0", "p.proacl"),
        changed_c = changed("pg_class", "c.oid", "0", "c.relacl"),
        changed_a = changed("pg_class", "c.oid", "a.attnum", "a.attacl"),
        changed_t = changed("pg_type", "t.oid", "0", "t.typacl"),
        changed_l = changed("pg_language", "l.oid", "0", "l.lanacl"),
        changed_n = changed("pg_namespace", "n.oid", "0", "n.nspacl"),
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
