//! Column defaults that are entries of their own.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::ColumnDefault;

pub(crate) fn target(object: &Object, default: &ColumnDefault) -> Naming {
    let sql = format!("{}.{}", relation(object, default), quote_ident(&default.column));
    Naming {
        keyword: "COLUMN",
        sql,
        grant_keyword: "COLUMN",
    }
}

/// Renders a default. A generation expression has no statement of its own, because CREATE TABLE contains it.
pub(crate) fn render(object: &Object, default: &ColumnDefault, _ctx: &Context) -> Statements {
    if default.generated {
        return Statements::default();
    }
    let relation = relation(object, default);
    let column = format!("ALTER COLUMN {}", quote_ident(&default.column));
    let drop = format!("{column} DROP DEFAULT");
    Statements {
        create: vec![format!(
            "ALTER TABLE ONLY {relation} {column} SET DEFAULT {}",
            default.expression
        )],
        drop: Some(drops::alter_table(true, &relation, &drop, &drop)),
        ..Statements::default()
    }
}

fn relation(object: &Object, default: &ColumnDefault) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &default.relation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::Class;
    use crate::model::objects::object::Definition;

    #[test]
    fn a_separate_default_is_set_on_its_relation_only() {
        let default = ColumnDefault {
            relation: "v".to_owned(),
            column: "a".to_owned(),
            expression: "42".to_owned(),
            separate: true,
            ..ColumnDefault::default()
        };
        let object = part(Class::AttributeDefault, "a", Definition::Default(default.clone()));
        let statements = render(&object, &default, &context(&[]));
        assert_eq!(
            statements.create,
            ["ALTER TABLE ONLY public.v ALTER COLUMN a SET DEFAULT 42"]
        );
        let drop = statements.drop.expect("a default can be dropped");
        assert_eq!(
            drop.if_exists,
            "ALTER TABLE IF EXISTS ONLY public.v ALTER COLUMN a DROP DEFAULT"
        );
    }
}
