//! Constraints of tables: keys, exclusions, foreign keys, checks, and the named NOT NULLs of 18.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::{ConnectError, Row};
use crate::model::ident::qualified;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::{Constraint, ExclusionPart};
use crate::model::{Address, Class};
use crate::version::since;

/// Whether an exclusion constraint of a partitioned table by itself makes those of all its partitions as they are: none
/// lacks one, and none has one with differences that cannot be made later. Only the statement that makes the parent's
/// can make them parts of it on every server, because most servers refuse to attach an exclusion's index.
const REACHES_PARTITIONS: &str = "\
CASE WHEN con.contype = 'x' AND c.relkind = 'p' AND con.conparentid = 0 THEN NOT EXISTS (
  WITH RECURSIVE below(relid, indexrelid, alike) AS (
    SELECT con.conrelid, con.conindid, true
    UNION ALL
    SELECT t.oid, part.indexrelid, part.alike
    FROM below
    JOIN pg_catalog.pg_inherits ti ON ti.inhparent = below.relid
    JOIN pg_catalog.pg_class t ON t.oid = ti.inhrelid AND t.relkind IN ('r', 'p')
    LEFT JOIN LATERAL (
      SELECT pi.indexrelid, pi.indisready AND (pi.indisvalid OR t.relkind = 'p')
        AND pi.indclass::pg_catalog.oid[] = i.indclass::pg_catalog.oid[]
        AND pk.condeferrable = con.condeferrable AND pk.condeferred = con.condeferred
        AND (t.relkind = 'r' OR px.reloptions IS NOT DISTINCT FROM x.reloptions)
        AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attribute pa ON pa.attnum = a.attnum
          WHERE a.attrelid = con.conindid AND pa.attrelid = pi.indexrelid
            AND pa.attoptions IS DISTINCT FROM a.attoptions) AS alike
      FROM pg_catalog.pg_inherits xi
      JOIN pg_catalog.pg_index pi ON pi.indexrelid = xi.inhrelid
      JOIN pg_catalog.pg_class px ON px.oid = pi.indexrelid
      JOIN pg_catalog.pg_constraint pk ON pk.conindid = pi.indexrelid AND pk.contype = 'x'
      WHERE xi.inhparent = below.indexrelid AND pi.indrelid = t.oid
    ) part ON true
  )
  SELECT FROM below WHERE alike IS NOT TRUE)
ELSE false END";

/// One object per constraint that is written somewhere or may carry a comment. Left out are constraints that a parent's
/// constraint makes by itself (foreign keys of partitions, inherited constraints that are not valid), and keys whose
/// index is not usable.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let period = bulk::since(scope, since::PERIODS, "con.conperiod", "false");
    let not_null = bulk::since(scope, since::TABLE_NOT_NULL, "OR con.contype = 'n'", "");
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT con.oid, con.conname, con.contype, con.convalidated, con.conislocal, con.condeferrable,
               con.condeferred, con.conindid, con.confrelid, con.conrelid, {period} AS conperiod,
               con.conparentid, {REACHES_PARTITIONS} AS reaches_partitions,
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
             LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
             WHERE c.relkind IN ('r', 'p', 'f')
               AND (con.contype IN ('p', 'u', 'x') AND i.indisready AND (i.indisvalid OR c.relkind = 'p')
                    OR con.contype = 'f' AND con.conparentid = 0
                    OR con.contype = 'c' {not_null})
             ORDER BY con.conrelid, con.conname, con.oid"
        )
    })?;
    let mut constraints = Vec::with_capacity(rows.len());
    let mut parents = HashMap::new();
    for row in &rows {
        let object = constraint(row)?;
        let parent = row.oid("conparentid")?;
        if let (Some(object), true) = (&object, parent != 0) {
            parents.insert(object.address.oid, parent);
        }
        constraints.extend(object);
    }
    share_exclusions(&mut constraints, &parents);
    Ok(constraints)
}

/// Connects the exclusion constraints that reach all partitions with the constraints that they make.
fn share_exclusions(constraints: &mut [Object], parents: &HashMap<u32, u32>) {
    let mut made: HashMap<u32, Vec<ExclusionPart>> = HashMap::new();
    for object in constraints.iter() {
        if let Definition::Constraint(constraint) = &object.definition
            && constraint.reaches_partitions
        {
            made.insert(object.address.oid, Vec::new());
        }
    }
    if made.is_empty() {
        return;
    }
    for object in constraints.iter_mut() {
        let oid = object.address.oid;
        let Definition::Constraint(constraint) = &mut object.definition else {
            continue;
        };
        // A damaged catalog may have circles.
        let ancestors = std::iter::successors(parents.get(&oid), |parent| parents.get(parent)).take(parents.len());
        let Some(parts) = ancestors.last().and_then(|root| made.get_mut(root)) else {
            continue;
        };
        constraint.made_by_parent = true;
        let schema = object.schema.as_deref().unwrap_or_default();
        parts.push(ExclusionPart {
            relation: qualified(schema, &constraint.relation),
            name: object.name.clone(),
        });
    }
    for object in constraints {
        if let (Definition::Constraint(constraint), Some(mut parts)) =
            (&mut object.definition, made.remove(&object.address.oid))
        {
            // The order does not use oids, which differ on another server.
            parts.sort_by(|a, b| (&a.relation, &a.name).cmp(&(&b.relation, &b.name)));
            constraint.parts = parts;
        }
    }
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
        reaches_partitions: row.bool("reaches_partitions")?,
        made_by_parent: false,
        parts: Vec::new(),
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
