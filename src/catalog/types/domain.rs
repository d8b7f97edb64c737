//! Reads domains and their constraints.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::relation::Constraint;
use crate::model::objects::types::Domain;
use crate::model::{Address, Class, Definition, Object};

/// Domains, then their CHECK and (from 17 on) NOT NULL constraints, each with the domain as parent.
/// A constraint that is not validated is an entry of its own.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut objects = read_domains(scope)?;
    objects.extend(read_constraints(scope)?);
    Ok(objects)
}

fn read_domains(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT t.oid, n.nspname, t.typname, {owner} AS owner, \
         pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base_type, t.typnotnull, \
         CASE WHEN t.typcollation <> b.typcollation THEN {collation} END AS collation, \
         CASE WHEN t.typdefaultbin IS NOT NULL \
         THEN pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::pg_catalog.regclass) END AS default_value \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype \
         WHERE t.typtype = 'd' AND {wanted} ORDER BY t.oid",
        owner = names::role("t.typowner"),
        collation = names::collation("t.typcollation"),
        wanted = names::user_schema_or_member("n", "pg_type", "t.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let domain = Domain {
            base_type: names::sql_type(&row, "base_type")?,
            collation: names::opt_name(&row, "collation")?,
            not_null: row.bool("typnotnull")?,
            default: row.opt_string("default_value")?,
        };
        let mut object = Object::new(
            Class::Type,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("typname")?,
            Definition::Domain(domain),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

fn read_constraints(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT c.oid, c.contypid, n.nspname, t.typname, c.conname, c.contype, c.convalidated, \
         pg_catalog.pg_get_constraintdef(c.oid) AS definition \
         FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_type t ON t.oid = c.contypid \
         JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         WHERE c.contypid <> 0 AND c.contype IN ('c', 'n') AND {wanted} ORDER BY c.conname, c.oid",
        wanted = names::user_schema_or_member("n", "pg_type", "t.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let validated = row.bool("convalidated")?;
        let constraint = Constraint {
            relation: row.string("typname")?,
            kind: row.char("contype")?,
            definition: row.string("definition")?,
            validated,
            is_local: true,
            separate: !validated,
            of_domain: true,
            ..Constraint::default()
        };
        let mut object = Object::new(
            Class::Constraint,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("conname")?,
            Definition::Constraint(constraint),
        );
        object.parent = Some(Address::new(Class::Type, row.oid("contypid")?));
        objects.push(object);
    }
    Ok(objects)
}
