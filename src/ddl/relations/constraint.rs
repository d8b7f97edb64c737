//! Constraints that are entries of their own: keys, exclusions, foreign keys, checks not yet valid.

mod parts;

use crate::ddl::relations::index;
use crate::ddl::text::{drops, options, settings};
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::object::Definition;
use crate::model::objects::relation::{Constraint, Index};

pub(crate) fn target(object: &Object, constraint: &Constraint) -> Naming {
    let of = if constraint.of_domain { "DOMAIN " } else { "" };
    let sql = format!("{} ON {of}{}", quote_ident(&object.name), relation(object, constraint));
    Naming {
        keyword: "CONSTRAINT",
        sql,
        grant_keyword: "CONSTRAINT",
    }
}

/// Renders a constraint. For one inside CREATE TABLE or CREATE DOMAIN, the result is the statement that would add it
/// later.
pub(crate) fn render(object: &Object, constraint: &Constraint, ctx: &Context) -> Statements {
    let relation = relation(object, constraint);
    let name = quote_ident(&object.name);
    if constraint.of_domain {
        return Statements {
            create: vec![format!(
                "ALTER DOMAIN {relation} ADD CONSTRAINT {name} {}",
                constraint.definition
            )],
            drop: Some(crate::model::Drop {
                statement: format!("ALTER DOMAIN {relation} DROP CONSTRAINT {name}"),
                if_exists: drops::only_if(
                    &format!(
                        "pg_catalog.to_regtype({}) IS NOT NULL",
                        crate::model::ident::quote_literal(&relation)
                    ),
                    &format!("ALTER DOMAIN {relation} DROP CONSTRAINT IF EXISTS {name}"),
                ),
            }),
            ..Statements::default()
        };
    }
    let index = constraint
        .index
        .and_then(ctx.object)
        .and_then(|object| match &object.definition {
            Definition::Index(index) => Some((object, index)),
            _ => None,
        });
    let definition = match constraint.kind {
        'p' | 'u' => key(constraint, index.map(|(_, index)| &**index)),
        _ => constraint.definition.clone(),
    };
    // A constraint that is added without ONLY reaches the tables that inherit from this one.
    let only = match constraint.kind {
        'p' | 'u' => true,
        // The partitions' keys are attached later, as are exclusions that only some of them have.
        'x' => !constraint.reaches_partitions,
        'f' => constraint.relation_kind != 'p',
        _ => false,
    };
    let only_word = if only { "ONLY " } else { "" };
    let add = format!("ALTER TABLE {only_word}{relation} ADD CONSTRAINT {name} {definition}");
    let parent = index.filter(|_| constraint.made_by_parent).and_then(|(_, index)| {
        match &(ctx.object)(index.parent_index?)?.definition {
            Definition::Index(parent) => Some(parent),
            _ => None,
        }
    });
    let mut statements = Statements {
        create: vec![add.clone()],
        ..Statements::default()
    };
    let mut attached = false;
    if let Some((object, index)) = index {
        let index_name = qualified(object.schema.as_deref().unwrap_or_default(), &object.name);
        if let Some(parent) = parent {
            statements = parts::render(&relation, &object.name, &add, (&index_name, index), parent);
        } else {
            settings::surround(&mut statements, index.tablespace.as_deref(), None);
            statements.create.extend(parts::rename(&index_name, &constraint.parts));
        }
        statements.create.extend(index::settings(object, index));
        attached = index.parent_index.is_some();
    }
    if !attached {
        statements.drop = Some(drops::alter_table(
            only,
            &relation,
            &format!("DROP CONSTRAINT {name}"),
            &format!("DROP CONSTRAINT IF EXISTS {name}"),
        ));
    }
    statements
}

fn relation(object: &Object, constraint: &Constraint) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &constraint.relation)
}

/// The text of a key. It is made here, because the server's own text leaves out the storage parameters of its index.
fn key(constraint: &Constraint, index: Option<&Index>) -> String {
    let primary = constraint.kind == 'p';
    let mut sql = String::from(if primary { "PRIMARY KEY" } else { "UNIQUE" });
    // A primary key could once have this mark, but no server accepts it now.
    if !primary && index.is_some_and(|index| index.nulls_not_distinct) {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    let overlaps = if constraint.period { " WITHOUT OVERLAPS" } else { "" };
    sql.push_str(&format!(" ({}{overlaps})", columns(&constraint.columns)));
    if let Some(index) = index {
        if !index.include.is_empty() {
            sql.push_str(&format!(" INCLUDE ({})", columns(&index.include)));
        }
        sql.push_str(&options::with_clause(&index.options, &[]));
    }
    if constraint.deferrable {
        sql.push_str(" DEFERRABLE");
        if constraint.initially_deferred {
            sql.push_str(" INITIALLY DEFERRED");
        }
    }
    sql
}

fn columns(names: &[String]) -> String {
    names
        .iter()
        .map(|name| quote_ident(name))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;
