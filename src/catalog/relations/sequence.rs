//! Sequences, the identity columns they serve, and the columns that own them.

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::{ConnectError, Row};
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::{Identity, RelationRef, Sequence, SequenceOwner};
use crate::model::{Address, Class};

/// One object per sequence, each followed by a [`SequenceOwner`] if a column owns it. The parent of an
/// identity column's sequence is its table, that of a [`SequenceOwner`] the owning table.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
               c.relpersistence, pg_catalog.format_type(s.seqtypid, NULL) AS data_type, s.seqstart,
               s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, d.deptype,
               t.oid AS table_oid, tn.nspname AS table_schema, t.relname AS table_name,
               t.relpersistence AS table_persistence, a.attname, a.attidentity
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
             LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
               AND d.objid = c.oid AND d.objsubid = 0
               AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0
               AND d.deptype IN ('a', 'i')
             LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
             LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
             WHERE c.relkind = 'S' ORDER BY c.oid"
        )
    })?;
    let mut objects = Vec::with_capacity(rows.len());
    for row in &rows {
        sequence(row, &mut objects)?;
    }
    Ok(objects)
}

fn sequence(row: &Row, objects: &mut Vec<Object>) -> Result<(), ConnectError> {
    let oid = row.oid("oid")?;
    let address = Address::new(Class::Relation, oid);
    let schema = row.string("nspname")?;
    let name = row.string("relname")?;
    let persistence = row.char("relpersistence")?;
    let column = match row.opt_string("attname")? {
        None => None,
        Some(column) => Some((
            RelationRef {
                address: Address::new(Class::Relation, row.oid("table_oid")?),
                schema: row.string("table_schema")?,
                name: row.string("table_name")?,
            },
            column,
        )),
    };
    let mut definition = Sequence {
        data_type: row.string("data_type")?,
        start: row.int("seqstart")?,
        increment: row.int("seqincrement")?,
        minimum: row.int("seqmin")?,
        maximum: row.int("seqmax")?,
        cache: row.int("seqcache")?,
        cycle: row.bool("seqcycle")?,
        unlogged: persistence == 'u',
        identity: None,
    };
    let mut parent = None;
    let mut owned_by = None;
    if let Some((table, column)) = column {
        if row.char("deptype")? == 'i' {
            parent = Some(table.address);
            definition.identity = Some(Identity {
                column,
                always: row.char("attidentity")? == 'a',
                persistence_differs: row.char("table_persistence")? != persistence,
                table,
            });
        } else {
            owned_by = Some(SequenceOwner {
                table: table.address,
                column,
                sequence: address,
                table_schema: table.schema,
                table_name: table.name,
            });
        }
    }
    let owner = row.opt_string("owner")?;
    let mut object = Object::new(
        Class::Relation,
        oid,
        Some(schema.clone()),
        name.clone(),
        Definition::Sequence(Box::new(definition)),
    );
    object.owner = owner.clone();
    object.parent = parent;
    objects.push(object);
    if let Some(owned_by) = owned_by {
        let table = owned_by.table;
        let mut object = Object::new(
            Class::SequenceOwner,
            oid,
            Some(schema),
            name,
            Definition::SequenceOwner(owned_by),
        );
        object.owner = owner;
        object.parent = Some(table);
        objects.push(object);
    }
    Ok(())
}
