//! Finds the versions that an entry needs of the server that executes it, where PostgreSQL 13 to 18 differ.
//!
//! Only requirements that can be seen from the object are found. Text that a server deparsed (queries, bodies,
//! expressions) may contain anything that its version knows; the target judges it.

mod access;
mod forms;
mod globals;
mod relation;
mod replication;

use crate::ddl::Context;
use crate::ddl::comments::own_comments;
use crate::ddl::needs_version::forms::{instead, refuse};
use crate::ddl::relations::sequence;
use crate::ddl::routines::routine;
use crate::ddl::target::target_of;
use crate::ddl::text::scan::{says, unquoted};
use crate::ddl::types::defined;
use crate::model::needs_version::{Limit, On, Otherwise};
use crate::model::objects::relation::{ExtendedStatistics, Sequence};
use crate::model::objects::replication::EventTrigger;
use crate::model::objects::routine::{Operator, Routine, RoutineBody};
use crate::model::objects::types::{BaseType, Collation, RangeType};
use crate::model::{Definition, Entry, Object};
use crate::version::since;

/// The limits of an entry whose statements are made.
pub(crate) fn of(object: &Object, entry: &Entry, context: &Context) -> Vec<Limit> {
    let mut limits = match &object.definition {
        Definition::Global(global) => globals::limits(global).into_iter().collect(),
        _ if entry.create.is_empty() => Vec::new(),
        _ => of_definition(object, entry, context),
    };
    limits.extend(comments(object, entry, context));
    limits.extend(access::limits(object, entry));
    limits
}

fn of_definition(object: &Object, entry: &Entry, context: &Context) -> Vec<Limit> {
    match &object.definition {
        Definition::Table(table) => relation::table(object, table, entry, context),
        Definition::MaterializedView(view) => relation::settings(&view.columns, entry),
        Definition::View(view) | Definition::ViewBody(view) => relation::view(view),
        Definition::Constraint(constraint) => relation::constraint(constraint, entry),
        Definition::Index(_) => relation::index(entry),
        Definition::Sequence(definition) => unlogged_sequence(object, definition, context).into_iter().collect(),
        Definition::ExtendedStatistics(statistics) => expressions(statistics).into_iter().collect(),
        Definition::Routine(definition) => of_routine(object, definition, context),
        Definition::Operator(operator) => postfix(operator).into_iter().collect(),
        Definition::RangeType(range) => multirange(object, range, context).into_iter().collect(),
        Definition::BaseType(base) => subscript(object, base, context).into_iter().collect(),
        Definition::Collation(collation) => of_collation(collation),
        Definition::EventTrigger(trigger) => login(trigger).into_iter().collect(),
        Definition::Publication(_) => replication::publication(entry),
        Definition::PublicationTable(_) => replication::member(entry),
        Definition::PublicationSchema(_) => vec![refuse(
            since::PUBLICATION_FILTERS,
            "all tables of a schema in a publication",
        )],
        Definition::Subscription(_) => replication::subscription(entry),
        _ => Vec::new(),
    }
}

/// NOT NULL constraints are objects, with comments, since 17 for domains and 18 for tables.
fn comments(object: &Object, entry: &Entry, context: &Context) -> Vec<Limit> {
    if entry.comments.is_empty() {
        return Vec::new();
    }
    let mut limits = Vec::new();
    for part in (context.parts)(object.address) {
        let Definition::Constraint(constraint) = &part.definition else {
            continue;
        };
        if constraint.kind != 'n' || part.comments.is_empty() {
            continue;
        }
        let since = if constraint.of_domain {
            since::DOMAIN_NOT_NULL
        } else {
            since::TABLE_NOT_NULL
        };
        for statement in own_comments(part, &target_of(part)) {
            let found = (0..).zip(&entry.comments).find(|(_, own)| **own == statement);
            limits.extend(found.map(|(position, _)| {
                let feature = format!("comment on the NOT NULL constraint {}", part.name);
                Limit::since(since, On::Comment(position), feature, Otherwise::LeaveOut)
            }));
        }
    }
    limits
}

fn unlogged_sequence(object: &Object, definition: &Sequence, context: &Context) -> Option<Limit> {
    let says_so = definition.unlogged || definition.identity.as_ref().is_some_and(|i| i.persistence_differs);
    if !context.version.has_unlogged_sequences() || !says_so {
        return None;
    }
    let mut logged = definition.clone();
    logged.unlogged = false;
    if let Some(identity) = &mut logged.identity {
        identity.persistence_differs = false;
    }
    let create = sequence::render(object, &logged, context).create;
    let feature = if definition.unlogged {
        "unlogged sequence"
    } else {
        "logged sequence"
    };
    Some(instead(since::UNLOGGED_SEQUENCES, feature, create))
}

fn expressions(statistics: &ExtendedStatistics) -> Option<Limit> {
    let text = unquoted(&statistics.definition);
    let columns = &text[text.find(" ON ")?..text.rfind(" FROM ")?];
    columns
        .contains('(')
        .then(|| refuse(since::STATISTICS_ON_EXPRESSIONS, "extended statistics on expressions"))
}

fn of_routine(object: &Object, definition: &Routine, context: &Context) -> Vec<Limit> {
    let mut limits = Vec::new();
    if definition.kind == 'p' && says(&definition.arguments, "OUT") {
        limits.push(refuse(since::PROCEDURES_WITH_OUT, "OUT argument of a procedure"));
    }
    if let RoutineBody::Sql(body) = &definition.body {
        let text = Routine {
            body: RoutineBody::Source(body_as_text(body)),
            ..definition.clone()
        };
        let create = routine::render(object, &text, context).create;
        limits.push(instead(
            since::SQL_BODIES,
            "SQL-standard body, made a quoted one",
            create,
        ));
    }
    limits
}

/// The statements of a body that a server printed: names in it are qualified.
fn body_as_text(body: &str) -> String {
    let body = body.trim();
    if let Some(inner) = body
        .strip_prefix("BEGIN ATOMIC")
        .and_then(|rest| rest.strip_suffix("END"))
    {
        return inner.trim_end().trim_start_matches('\n').to_owned();
    }
    body.strip_prefix("RETURN ")
        .map_or_else(|| body.to_owned(), |value| format!("SELECT {value}"))
}

fn postfix(operator: &Operator) -> Option<Limit> {
    let limit = || {
        Limit::until(
            since::NO_POSTFIX_OPERATORS,
            On::Entry,
            "postfix operator",
            Otherwise::Refuse,
        )
    };
    operator.right.is_none().then(limit)
}

fn multirange(object: &Object, range: &RangeType, context: &Context) -> Option<Limit> {
    let (schema, name) = range.multirange.as_ref()?;
    let alone = RangeType {
        multirange: None,
        ..range.clone()
    };
    let create = defined::render_range(object, &alone, context).create;
    let feature = format!("multirange type {}", crate::model::ident::qualified(schema, name));
    Some(instead(since::MULTIRANGES, feature, create))
}

fn subscript(object: &Object, base: &BaseType, context: &Context) -> Option<Limit> {
    base.subscript.as_ref()?;
    let plain = BaseType {
        subscript: None,
        ..base.clone()
    };
    let create = defined::render_base(object, &plain, context).create;
    Some(instead(
        since::SUBSCRIPT_FUNCTIONS,
        "SUBSCRIPT function of a type",
        create,
    ))
}

fn of_collation(collation: &Collation) -> Vec<Limit> {
    let mut limits = Vec::new();
    if collation.provider == 'b' {
        limits.push(refuse(since::BUILTIN_PROVIDER, "collation of the builtin provider"));
    }
    if collation.rules.is_some() {
        limits.push(refuse(since::ICU_RULES, "rules of an ICU collation"));
    }
    limits
}

fn login(trigger: &EventTrigger) -> Option<Limit> {
    (trigger.event == "login").then(|| refuse(since::LOGIN_TRIGGERS, "event trigger on login"))
}

#[cfg(test)]
mod tests;
