//! Constraints of tables: keys, exclusions, foreign keys, checks, and the named NOT NULLs of 18.

use crate::catalog::{Scope, bulk};
use crate::connect::{ConnectError, Row};
use crate::model::object::{Definition, Object};
use crate::model::relation::Constraint;
use crate::model::{Address, Class};

/// One object per constraint that is written somewhere or may carry a comment. Left out: what a parent's
/// constraint brings about by itself (foreign keys and exclusions of partitions, inherited constraints that
/// are not valid) and keys whose index is not usable.
pub fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let period = bulk::since(scope, 180_000, "con.conperiod", "false");
    let not_null = bulk::since(scope, 180_000, "OR con.contype = 'n'", "");
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT con.oid, con.conname, con.contype, con.convalidated, con.conislocal, con.condeferrable,
               con.condeferred, con.conindid, con.confrelid, con.conrelid, {period} AS conperiod,
               n.nspname, c.relname, c.relkind, c.relispartition,
               CASE WHEN con.contype NOT IN ('p', 'u') AND (con.contype <> 'n' OR NOT con.convalidated)
                    THEN pg_catalog.pg_get_constraintdef(con.oid) ELSE '' END AS definition,
               CASE WHEN con.contype IN ('p', 'u') THEN
                 ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey)
                       ORDER BY pg_catalog.array_position(con.conkey, a.attnum)) END AS columns
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_constraint con ON con.conrelid = c.oid
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = con.conindid AND i.indrelid = con.conrelid
             WHERE c.relkind IN ('r', 'p', 'f')
               AND (con.contype IN ('p', 'u', 'x') AND i.indisready AND (i.indisvalid OR c.relkind = 'p')
                    AND (con.contype <> 'x' OR con.conparentid = 0)
                    OR con.contype = 'f' AND con.conparentid = 0
                    OR con.contype = 'c' {not_null})
             ORDER BY con.conrelid, con.conname, con.oid"
        )
    })?;
    let mut constraints = Vec::with_capacity(rows.len());
    for row in &rows {
        constraints.extend(constraint(row)?);
    }
    Ok(constraints)
}

fn constraint(row: &Row) -> Result<Option<Object>, ConnectError> {
    let kind = row.char("contype")?;
    let validated = row.bool("convalidated")?;
    let is_local = row.bool("conislocal")?;
    let separate = match kind {
        'c' | 'n' => !validated,
        _ => true,
    };
    if matches!(kind, 'c' | 'n') && separate && !is_local {
        return Ok(None); // adding the parent's, which is written without ONLY, adds this one
    }
    let index = row.oid("conindid")?;
    let references = row.oid("confrelid")?;
    let definition = Constraint {
        relation: row.string("relname")?,
        relation_kind: row.char("relkind")?,
        kind,
        definition: row.string("definition")?,
        columns: row.opt_array("columns")?.unwrap_or_default(),
        validated,
        is_local,
        deferrable: row.bool("condeferrable")?,
        initially_deferred: row.bool("condeferred")?,
        period: row.bool("conperiod")?,
        separate,
        of_domain: false,
        index: (matches!(kind, 'p' | 'u' | 'x') && index != 0).then(|| Address::new(Class::Relation, index)),
        references: (references != 0).then(|| Address::new(Class::Relation, references)),
    };
    let mut object = Object::new(
        Class::Constraint,
        row.oid("oid")?,
        Some(row.string("nspname")?),
        row.string("conname")?,
        Definition::Constraint(definition),
    );
    object.parent = Some(Address::new(Class::Relation, row.oid("conrelid")?));
    Ok(Some(object))
}
