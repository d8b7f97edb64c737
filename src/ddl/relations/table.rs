//! CREATE TABLE with its inline parts, then the ALTERs that belong to the same entry.

use crate::ddl::relations::column;
use crate::ddl::relations::column::Form;
use crate::ddl::text::{drops, options, settings};
use crate::ddl::{Context, Naming, Statements, foreign};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::object::Definition;
use crate::model::objects::relation::{Column, ColumnDefault, Table};
use crate::model::storage::alter_access_method;
use crate::version::{Version, since};

pub(crate) fn target(object: &Object, table: &Table) -> Naming {
    Naming {
        keyword: keyword(table),
        sql: name(object),
        grant_keyword: "TABLE",
    }
}

fn keyword(table: &Table) -> &'static str {
    if table.foreign.is_some() {
        "FOREIGN TABLE"
    } else {
        "TABLE"
    }
}

/// Renders a table. A partition is made as a table by itself; [`crate::ddl::relations::partition`] attaches it.
pub(crate) fn render(object: &Object, table: &Table, ctx: &Context) -> Statements {
    let name = name(object);
    let parts = (ctx.parts)(object.address);
    let mut statements = Statements {
        has_owner: true,
        ..Statements::default()
    };
    statements.drop = Some(drops::plain(keyword(table), &name));
    statements.create.push(create(&name, table, &parts, ctx.version));
    if table.kind == 'p' {
        settings::surround(&mut statements, table.tablespace.as_deref(), None);
        if let Some(method) = &table.access_method {
            statements
                .create
                .push(format!("{}{}", alter_access_method(&name), quote_ident(method)));
        }
    } else {
        settings::surround(
            &mut statements,
            table.tablespace.as_deref(),
            table.access_method.as_deref(),
        );
    }
    if table.inherits_later {
        for parent in &table.parents {
            let parent = qualified(&parent.schema, &parent.name);
            statements
                .create
                .push(format!("ALTER TABLE ONLY {name} INHERIT {parent}"));
        }
    }
    unlisted_columns(&name, table, &parts, ctx.version, &mut statements.create);
    if table.foreign.is_some() {
        options::set("FOREIGN TABLE ONLY", &name, &table.options, &[], &mut statements.create);
        column::settings(column::FOREIGN, &name, &table.columns, &mut statements.create);
        return statements; // it has neither replica identity nor row-level security
    }
    options::set(
        "TABLE ONLY",
        &name,
        &table.options,
        &table.toast_options,
        &mut statements.create,
    );
    column::settings("TABLE ONLY", &name, &table.columns, &mut statements.create);
    statements
        .create
        .extend(replica_identity(&name, table.replica_identity));
    if table.force_row_security {
        statements
            .create
            .push(format!("ALTER TABLE ONLY {name} FORCE ROW LEVEL SECURITY"));
    }
    statements
}

/// The replica identity, if it needs no index.
pub(crate) fn replica_identity(name: &str, identity: char) -> Option<String> {
    let identity = match identity {
        'n' => "NOTHING",
        'f' => "FULL",
        _ => return None,
    };
    Some(format!("ALTER TABLE ONLY {name} REPLICA IDENTITY {identity}"))
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

fn create(name: &str, table: &Table, parts: &[&Object], version: Version) -> String {
    let typed = table.of_type.is_some();
    let form = match &table.foreign {
        Some(_) => Form::Foreign,
        None if typed => Form::Typed,
        None => Form::Plain,
    };
    let mut items: Vec<String> = Vec::new();
    for column in table.columns.iter().filter(|c| c.listed) {
        let default = default_of(column, parts).filter(|d| !d.separate && !d.inherited);
        items.extend(column::clause(column, default, form, version));
    }
    if version.has_table_not_null() {
        let unlisted = table.columns.iter().filter(|c| !c.listed);
        items.extend(unlisted.filter_map(|c| Some(column::table_constraint(c, c.not_null_clause.as_ref()?))));
    } else {
        items.extend(table.columns.iter().filter_map(column::uninherited_check));
    }
    items.extend(parts.iter().filter_map(|part| inline_check(part, table)));

    let mut sql = String::from("CREATE ");
    // Partitioned tables have no storage, and 18 refuses the keyword for them.
    if table.unlogged && table.kind != 'p' {
        sql.push_str("UNLOGGED ");
    }
    sql.push_str(keyword(table));
    sql.push(' ');
    sql.push_str(name);
    if let Some(of_type) = &table.of_type {
        sql.push_str(" OF ");
        sql.push_str(of_type);
    }
    if !items.is_empty() {
        sql.push_str(" (\n    ");
        sql.push_str(&items.join(",\n    "));
        sql.push_str("\n)");
    } else if !typed {
        sql.push_str(" (\n)");
    }
    if !stands_alone(table) && !table.parents.is_empty() {
        let parents: Vec<String> = table.parents.iter().map(|p| qualified(&p.schema, &p.name)).collect();
        sql.push_str(&format!("\nINHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = &table.partition_key {
        sql.push_str("\nPARTITION BY ");
        sql.push_str(key);
    }
    if let Some(foreign) = &table.foreign {
        sql.push_str(&format!("\nSERVER {}", quote_ident(&foreign.server)));
        sql.push_str(&foreign::options_clause(&foreign.options));
    }
    sql
}

/// CREATE TABLE in the form for servers before 18, with the statements that must follow it there; absent if every
/// server accepts the ordinary form.
pub(crate) fn before_18(object: &Object, table: &Table, ctx: &Context) -> Option<Vec<String>> {
    let new_form = |c: &Column| {
        c.not_null_clause
            .as_ref()
            .is_some_and(|clause| clause.no_inherit || !c.listed)
    };
    if !ctx.version.has_table_not_null() || !table.columns.iter().any(new_form) {
        return None;
    }
    let (name, parts) = (name(object), (ctx.parts)(object.address));
    let older = Version::first_of(since::TABLE_NOT_NULL.major() - 1);
    let mut statements = vec![create(&name, table, &parts, older)];
    let mut inherited = Vec::new();
    unlisted_columns(&name, table, &parts, older, &mut inherited);
    statements.extend(inherited.into_iter().filter(|sql| sql.ends_with(" SET NOT NULL")));
    Some(statements)
}

fn inline_check(part: &Object, table: &Table) -> Option<String> {
    match &part.definition {
        Definition::Constraint(c) if c.kind == 'c' && !c.separate && (c.is_local || stands_alone(table)) => {
            Some(format!("CONSTRAINT {} {}", quote_ident(&part.name), c.definition))
        }
        _ => None,
    }
}

/// Whether CREATE TABLE does not name the parents.
fn stands_alone(table: &Table) -> bool {
    table.is_partition || table.inherits_later
}

fn default_of<'a>(column: &Column, parts: &[&'a Object]) -> Option<&'a ColumnDefault> {
    let address = column.default?;
    parts
        .iter()
        .find(|part| part.address == address)
        .and_then(|part| match &part.definition {
            Definition::Default(default) => Some(default),
            _ => None,
        })
}

/// The differences from the parents of columns that CREATE TABLE does not list.
fn unlisted_columns(name: &str, table: &Table, parts: &[&Object], version: Version, create: &mut Vec<String>) {
    for column in table.columns.iter().filter(|c| !c.listed) {
        let alter = format!("ALTER TABLE ONLY {name} ALTER COLUMN {}", quote_ident(&column.name));
        if column.default_null {
            create.push(format!("{alter} SET DEFAULT NULL"));
        }
        if let Some(default) = default_of(column, parts).filter(|d| d.generated && !d.inherited) {
            create.push(format!("{alter} SET EXPRESSION AS ({})", default.expression));
        }
        if !version.has_table_not_null() && column.not_null_clause.as_ref().is_some_and(|clause| !clause.no_inherit) {
            create.push(format!("{alter} SET NOT NULL"));
        }
    }
}

#[cfg(test)]
mod tests;
