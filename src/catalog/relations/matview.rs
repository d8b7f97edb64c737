//! Materialized views and their refreshes.

use crate::catalog::Scope;
use crate::catalog::query::{bulk, options};
use crate::catalog::relations::column;
use crate::catalog::relations::column::ColumnRow;
use crate::catalog::relations::table::{compression_keyword, storage_keyword};
use crate::catalog::relations::view;
use crate::connect::ConnectError;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::{Column, MaterializedView};
use crate::model::{Address, Class};

/// One object per materialized view, followed by a [`Definition::MatviewRefresh`] if it is populated.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
               am.amname, ts.spcname, c.reloptions, t.reloptions AS toast_options, c.relispopulated,
               c.relreplident, pg_catalog.pg_get_viewdef(c.oid) AS query
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
             LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
             LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
             WHERE c.relkind = 'm' ORDER BY c.oid"
        )
    })?;
    let mut columns = column::read(scope, &['m'])?;
    let mut objects = Vec::with_capacity(rows.len() * 2);
    for row in &rows {
        let oid = row.oid("oid")?;
        let schema = row.string("nspname")?;
        let name = row.string("relname")?;
        let populated = row.bool("relispopulated")?;
        let definition = MaterializedView {
            query: view::query(row, &schema, &name)?,
            columns: columns
                .remove(&oid)
                .unwrap_or_default()
                .into_iter()
                .map(column)
                .collect(),
            access_method: row.opt_string("amname")?,
            tablespace: row.opt_string("spcname")?,
            options: options::own(row, "reloptions")?,
            toast_options: options::own(row, "toast_options")?,
            replica_identity: row.char("relreplident")?,
            populated,
            postponed: false,
        };
        let mut object = Object::new(
            Class::Relation,
            oid,
            Some(schema.clone()),
            name.clone(),
            Definition::MaterializedView(Box::new(definition)),
        );
        object.owner = row.opt_string("owner")?;
        objects.push(object);
        if populated {
            let mut refresh = Object::new(
                Class::MatviewRefresh,
                oid,
                Some(schema),
                name,
                Definition::MatviewRefresh,
            );
            refresh.parent = Some(Address::new(Class::Relation, oid));
            objects.push(refresh);
        }
    }
    Ok(objects)
}

fn column(row: ColumnRow) -> Column {
    Column {
        number: row.number,
        name: row.name,
        type_name: row.type_name,
        type_oid: row.type_oid,
        collation: row.collation,
        listed: true,
        not_null: row.not_null,
        storage: if row.storage == row.type_storage {
            None
        } else {
            storage_keyword(row.storage)
        },
        compression: if row.compression == '\0' {
            None
        } else {
            compression_keyword(row.compression)
        },
        statistics: row.statistics,
        options: row.options,
        ..Column::default()
    }
}
