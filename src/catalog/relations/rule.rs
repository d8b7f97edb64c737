//! Rewrite rules, those of views included: the dependencies of a view hang on its `_RETURN` rule.

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::Rule;
use crate::model::{Address, Class};

/// One object per rule of a table, view or materialized view.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT r.oid, r.rulename, r.ev_class, r.ev_enabled, n.nspname, c.relname,
               v.is_view_select,
               CASE WHEN NOT v.is_view_select THEN pg_catalog.pg_get_ruledef(r.oid) END AS definition
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid
             CROSS JOIN LATERAL (
               SELECT c.relkind IN ('v', 'm') AND r.ev_type = '1' AND r.is_instead AS is_view_select
             ) v
             WHERE c.relkind IN ('r', 'p', 'v', 'm') ORDER BY r.ev_class, r.rulename"
        )
    })?;
    let mut rules = Vec::with_capacity(rows.len());
    for row in &rows {
        let is_view_select = row.bool("is_view_select")?;
        let definition = if is_view_select { "" } else { row.text("definition")? };
        let definition = definition.trim_end();
        let rule = Rule {
            relation: row.string("relname")?,
            definition: definition.strip_suffix(';').unwrap_or(definition).to_owned(),
            enabled: row.char("ev_enabled")?,
            is_view_select,
        };
        let mut object = Object::new(
            Class::Rewrite,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("rulename")?,
            Definition::Rule(rule),
        );
        object.parent = Some(Address::new(Class::Relation, row.oid("ev_class")?));
        rules.push(object);
    }
    Ok(rules)
}
