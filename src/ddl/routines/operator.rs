//! `CREATE OPERATOR`.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::quote_ident;
use crate::model::objects::routine::Operator;

/// Renders an operator. Its statement declares a commutator or negator that does not exist yet; that operator's own
/// statement defines it.
pub(crate) fn render(object: &Object, operator: &Operator, _context: &Context) -> Statements {
    let mut options = vec![format!("FUNCTION = {}", operator.function)];
    for (option, value) in [
        ("LEFTARG", &operator.left),
        ("RIGHTARG", &operator.right),
        ("COMMUTATOR", &operator.commutator),
        ("NEGATOR", &operator.negator),
        ("RESTRICT", &operator.restrict),
        ("JOIN", &operator.join),
    ] {
        if let Some(value) = value {
            options.push(format!("{option} = {value}"));
        }
    }
    for (set, option) in [(operator.merges, "MERGES"), (operator.hashes, "HASHES")] {
        if set {
            options.push(option.to_owned());
        }
    }
    Statements {
        create: vec![format!(
            "CREATE OPERATOR {} (\n    {}\n)",
            name(object),
            options.join(",\n    ")
        )],
        drop: Some(drops::plain("OPERATOR", &identity(object, operator))),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, operator: &Operator) -> Naming {
    Naming {
        keyword: "OPERATOR",
        sql: identity(object, operator),
        grant_keyword: "OPERATOR",
    }
}

/// `schema.+ (left, right)`, with NONE for what is missing; equal to the target's SQL.
pub(crate) fn identity(object: &Object, operator: &Operator) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "NONE".to_owned());
    format!("{} ({}, {})", name(object), side(&operator.left), side(&operator.right))
}

/// Operator names are never quoted.
fn name(object: &Object) -> String {
    format!(
        "{}.{}",
        quote_ident(object.schema.as_deref().unwrap_or_default()),
        object.name
    )
}

#[cfg(test)]
mod tests {
    use super::{identity, render};
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::Operator;
    use crate::model::{Class, Definition};

    #[test]
    fn operators_name_their_partners_with_schema() {
        let operator = Operator {
            function: "s.lt".to_owned(),
            left: Some("s.t".to_owned()),
            right: Some("integer[]".to_owned()),
            commutator: Some("OPERATOR(\"S 2\".>)".to_owned()),
            negator: Some("OPERATOR(s.>=)".to_owned()),
            merges: true,
            hashes: true,
            restrict: Some("pg_catalog.scalarltsel".to_owned()),
            join: Some("pg_catalog.scalarltjoinsel".to_owned()),
        };
        let object = object(
            Class::Operator,
            Some("S 1"),
            "<",
            Definition::Operator(Box::new(operator.clone())),
        );
        let statements = with_context(|context| render(&object, &operator, context));
        assert_eq!(
            statements.create,
            [
                "CREATE OPERATOR \"S 1\".< (\n    FUNCTION = s.lt,\n    LEFTARG = s.t,\n    RIGHTARG = integer[],\n    \
              COMMUTATOR = OPERATOR(\"S 2\".>),\n    NEGATOR = OPERATOR(s.>=),\n    \
              RESTRICT = pg_catalog.scalarltsel,\n    JOIN = pg_catalog.scalarltjoinsel,\n    MERGES,\n    HASHES\n)"
            ]
        );
        assert_eq!(
            statements.drop.map(|d| d.if_exists).as_deref(),
            Some("DROP OPERATOR IF EXISTS \"S 1\".< (s.t, integer[])")
        );
    }

    #[test]
    fn prefix_operators_have_no_left_side() {
        let operator = Operator {
            function: "s.neg".to_owned(),
            right: Some("bigint".to_owned()),
            ..Operator::default()
        };
        let object = object(
            Class::Operator,
            Some("s"),
            "!!!",
            Definition::Operator(Box::new(operator.clone())),
        );
        assert_eq!(identity(&object, &operator), "s.!!! (NONE, bigint)");
    }
}
