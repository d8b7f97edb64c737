//! Rewrite rules other than those that make views.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::Rule;

pub(crate) fn target(object: &Object, rule: &Rule) -> Naming {
    Naming {
        keyword: "RULE",
        sql: on(object, rule),
        grant_keyword: "RULE",
    }
}

/// Renders a rule. The rule of a view gives no statement, because CREATE VIEW makes it.
pub(crate) fn render(object: &Object, rule: &Rule, _ctx: &Context) -> Statements {
    if rule.is_view_select {
        return Statements::default();
    }
    let mut create = vec![rule.definition.clone()];
    let state = match rule.enabled {
        'D' => Some("DISABLE RULE"),
        'R' => Some("ENABLE REPLICA RULE"),
        'A' => Some("ENABLE ALWAYS RULE"),
        _ => None,
    };
    if let Some(state) = state {
        create.push(format!(
            "ALTER TABLE {} {state} {}",
            relation(object, rule),
            quote_ident(&object.name)
        ));
    }
    Statements {
        create,
        drop: Some(drops::plain("RULE", &on(object, rule))),
        ..Statements::default()
    }
}

fn relation(object: &Object, rule: &Rule) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &rule.relation)
}

fn on(object: &Object, rule: &Rule) -> String {
    format!("{} ON {}", quote_ident(&object.name), relation(object, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::Class;
    use crate::model::objects::object::Definition;

    #[test]
    fn a_disabled_rule_is_made_and_then_disabled() {
        let rule = Rule {
            relation: "t".to_owned(),
            definition: "CREATE RULE \"R\" AS\n    ON DELETE TO public.t DO INSTEAD NOTHING".to_owned(),
            enabled: 'D',
            is_view_select: false,
        };
        let object = part(Class::Rewrite, "R", Definition::Rule(rule.clone()));
        let statements = render(&object, &rule, &context(&[]));
        assert_eq!(statements.create[1], "ALTER TABLE public.t DISABLE RULE \"R\"");
        assert_eq!(
            statements.drop.expect("a drop").if_exists,
            "DROP RULE IF EXISTS \"R\" ON public.t"
        );
    }
}
