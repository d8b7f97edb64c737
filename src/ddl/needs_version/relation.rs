//! Finds the versions that tables, views, indexes and constraints need.

use super::forms::refuse;
use crate::ddl::Context;
use crate::ddl::relations::table;
use crate::ddl::text::scan;
use crate::model::ident::quote_ident;
use crate::model::needs_version::{Limit, On, Otherwise};
use crate::model::objects::relation::{Column, Constraint, Table, View};
use crate::model::{Definition, Entry, Object};
use crate::version::{Version, since};

pub(super) fn table(object: &Object, table: &Table, entry: &Entry, context: &Context) -> Vec<Limit> {
    let mut limits = Vec::new();
    for part in (context.parts)(object.address) {
        let Definition::Default(default) = &part.definition else {
            continue;
        };
        let inline = default.generated && !default.inherited;
        if inline && default.is_virtual {
            limits.push(refuse(
                since::VIRTUAL_COLUMNS,
                format!("virtual generated column {}", default.column),
            ));
        }
        let listed = table.columns.iter().any(|c| c.listed && c.name == default.column);
        if inline && !listed {
            // Without the expression, the column would have its parent's values.
            let feature = format!("generation expression of the inherited column {}", default.column);
            limits.push(refuse(since::SET_EXPRESSION, feature));
        }
    }
    if let Some(older) = table::before_18(object, table, context) {
        let created = position(entry, |sql| sql.starts_with("CREATE "));
        let feature = "NOT NULL that is not inherited, or of an inherited column";
        limits.extend(
            created.map(|at| Limit::since(since::TABLE_NOT_NULL, On::Create(at), feature, Otherwise::Use(older))),
        );
    }
    if table.kind == 'p' {
        let method = position(entry, |sql| sql.contains(" SET ACCESS METHOD "));
        let feature = "access method of a partitioned table";
        limits.extend(method.map(|at| {
            Limit::since(
                since::PARTITIONED_ACCESS_METHODS,
                On::Create(at),
                feature,
                Otherwise::LeaveOut,
            )
        }));
    }
    limits.extend(settings(&table.columns, entry));
    limits
}

/// Storage parameters that came after 13, by the value that needs the version, if any does.
const PARAMETERS: &[(&str, Option<&str>, Version)] = &[
    ("vacuum_index_cleanup", Some("auto"), Version::first_of(14)),
    ("autovacuum_vacuum_max_threshold", None, Version::first_of(18)),
    ("vacuum_max_eager_freeze_failure_rate", None, Version::first_of(18)),
];

/// Limits of the settings that follow a table or materialized view.
pub(super) fn settings(columns: &[Column], entry: &Entry) -> Vec<Limit> {
    let mut limits = Vec::new();
    for column in columns {
        let Some(compression) = column.compression else {
            continue;
        };
        let end = format!(
            " ALTER COLUMN {} SET COMPRESSION {compression}",
            quote_ident(&column.name)
        );
        let feature = format!("compression of the column {}", column.name);
        let found = position(entry, |sql| sql.ends_with(&end));
        limits.extend(
            found.map(|at| Limit::since(since::COLUMN_COMPRESSION, On::Create(at), feature, Otherwise::LeaveOut)),
        );
    }
    for (name, value, since) in PARAMETERS {
        for prefix in ["", "toast."] {
            let start = format!(" SET ({prefix}{name}=");
            let wanted = |sql: &str| {
                let at = sql.rfind(&start)?;
                let given = sql[at + start.len()..].trim_end_matches(')').trim_matches('\'');
                value.is_none_or(|value| value == given).then_some(())
            };
            let found = position(entry, |sql| wanted(sql).is_some());
            let feature = format!("storage parameter {prefix}{name}");
            limits.extend(found.map(|at| Limit::since(*since, On::Create(at), feature, Otherwise::LeaveOut)));
        }
    }
    limits
}

fn position(entry: &Entry, wanted: impl Fn(&str) -> bool) -> Option<u32> {
    (0..).zip(&entry.create).find(|(_, sql)| wanted(sql)).map(|(at, _)| at)
}

/// Limits of a view with security_invoker. Without the option it would use its owner's privileges, and show rows that
/// it must not.
pub(super) fn view(view: &View) -> Vec<Limit> {
    let invoker = |option: &String| option.split('=').next() == Some("security_invoker");
    let limit = |_| refuse(since::SECURITY_INVOKER_VIEWS, "view with security_invoker");
    view.options
        .iter()
        .filter(|option| invoker(option))
        .map(limit)
        .collect()
}

pub(super) fn constraint(constraint: &Constraint, entry: &Entry) -> Vec<Limit> {
    let says = |words: &str| entry.create.iter().any(|sql| scan::says(sql, words));
    let mut limits = Vec::new();
    let mut need = |needed: bool, version: Version, feature: &str| {
        if needed {
            limits.push(refuse(version, feature));
        }
    };
    if constraint.kind == 'n' {
        let version = if constraint.of_domain {
            since::DOMAIN_NOT_NULL
        } else {
            since::TABLE_NOT_NULL
        };
        need(true, version, "NOT NULL constraint that is not valid");
        return limits;
    }
    need(
        says("NULLS NOT DISTINCT"),
        since::NULLS_NOT_DISTINCT,
        "NULLS NOT DISTINCT",
    );
    need(says("NOT ENFORCED"), since::UNENFORCED_CONSTRAINTS, "NOT ENFORCED");
    need(says("WITHOUT OVERLAPS"), since::PERIODS, "WITHOUT OVERLAPS");
    if constraint.kind == 'x' {
        need(
            constraint.relation_kind == 'p',
            since::PARTITIONED_EXCLUSION,
            "exclusion constraint of a partitioned table",
        );
    }
    if constraint.kind == 'f' {
        let columns = says("SET NULL (") || says("SET DEFAULT (");
        need(columns, since::SET_COLUMNS_OF_FOREIGN_KEYS, "columns of ON DELETE SET");
        need(constraint.period, since::PERIODS, "PERIOD");
        let unchecked = constraint.relation_kind == 'p' && says("NOT VALID");
        need(
            unchecked,
            since::PARTITIONED_NOT_VALID,
            "foreign key of a partitioned table that is not valid",
        );
    }
    limits
}

pub(super) fn index(entry: &Entry) -> Vec<Limit> {
    let distinct = entry.create.iter().any(|sql| scan::says(sql, "NULLS NOT DISTINCT"));
    distinct
        .then(|| refuse(since::NULLS_NOT_DISTINCT, "NULLS NOT DISTINCT"))
        .into_iter()
        .collect()
}
