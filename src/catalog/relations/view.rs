//! Views and the defaults of their columns.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::{bulk, options};
use crate::catalog::relations::column;
use crate::catalog::relations::column::ColumnRow;
use crate::connect::{ConnectError, Row};
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::{ColumnDefault, View, ViewColumn};
use crate::model::{Address, Class};

/// One object per view, each followed by its columns' defaults.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
               c.reloptions, pg_catalog.pg_get_viewdef(c.oid) AS query
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'v' ORDER BY c.oid"
        )
    })?;
    let columns = column::read(scope, &['v'])?;
    let mut objects = Vec::with_capacity(rows.len());
    for row in &rows {
        view(row, &columns, &mut objects)?;
    }
    Ok(objects)
}

fn view(row: &Row, columns: &HashMap<u32, Vec<ColumnRow>>, objects: &mut Vec<Object>) -> Result<(), ConnectError> {
    let oid = row.oid("oid")?;
    let schema = row.string("nspname")?;
    let name = row.string("relname")?;
    let columns: &[ColumnRow] = columns.get(&oid).map_or(&[], Vec::as_slice);
    let (check, options): (Vec<String>, Vec<String>) = options::own(row, "reloptions")?
        .into_iter()
        .partition(|option| option.starts_with("check_option="));
    let definition = View {
        query: query(row, &schema, &name)?,
        columns: columns
            .iter()
            .map(|c| ViewColumn {
                name: c.name.clone(),
                type_name: c.type_name.clone(),
                collation: c.collation.clone(),
            })
            .collect(),
        options,
        check_option: check.first().map(|option| {
            if option.eq_ignore_ascii_case("check_option=local") {
                "LOCAL"
            } else {
                "CASCADED"
            }
        }),
        dummy: false,
    };
    let mut object = Object::new(
        Class::Relation,
        oid,
        Some(schema.clone()),
        name.clone(),
        Definition::View(definition),
    );
    object.owner = row.opt_string("owner")?;
    objects.push(object);
    for column in columns {
        let Some(default) = &column.default else { continue };
        let definition = Definition::Default(ColumnDefault {
            relation: name.clone(),
            column: column.name.clone(),
            expression: default.expression.clone(),
            separate: true,
            ..ColumnDefault::default()
        });
        let mut object = Object::new(
            Class::AttributeDefault,
            default.oid,
            Some(schema.clone()),
            column.name.clone(),
            definition,
        );
        object.parent = Some(Address::new(Class::Relation, oid));
        objects.push(object);
    }
    Ok(())
}

/// The text of `pg_get_viewdef` in column `query`, without its semicolon.
pub(crate) fn query(row: &Row, schema: &str, name: &str) -> Result<String, ConnectError> {
    let text = row.opt("query")?.unwrap_or_default().trim_end();
    let text = text.strip_suffix(';').unwrap_or(text);
    if text.trim().is_empty() {
        // The deparse functions see the latest catalog, not the snapshot.
        return Err(ConnectError::Protocol(format!(
            "the definition of view `{schema}.{name}` is empty: it was dropped or changed during the dump"
        )));
    }
    Ok(text.to_owned())
}
