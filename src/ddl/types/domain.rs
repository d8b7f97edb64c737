//! `CREATE DOMAIN`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::ident::quote_ident;
use crate::model::objects::relation::Constraint;
use crate::model::objects::types::Domain;
use crate::model::{Definition, Object};

/// Renders the domain with those of its constraints (`parts`) that are not separate.
pub(crate) fn render(object: &Object, domain: &Domain, context: &Context) -> Statements {
    let name = object_name(object);
    let mut create = format!("CREATE DOMAIN {name} AS {}", domain.base_type);
    if let Some(collation) = &domain.collation {
        create.push_str(&format!("\n    COLLATE {collation}"));
    }
    if let Some(default) = &domain.default {
        create.push_str(&format!("\n    DEFAULT {default}"));
    }
    let parts = (context.parts)(object.address);
    let constraints: Vec<(&Object, &Constraint)> = parts
        .into_iter()
        .filter_map(|part| match &part.definition {
            Definition::Constraint(constraint) if !constraint.separate => Some((part, constraint)),
            _ => None,
        })
        .collect();
    // NOT NULL has a name of its own since 17. A name that every server would choose is left out.
    let not_null = constraints.iter().find(|(_, constraint)| constraint.kind == 'n');
    match not_null {
        Some((part, _)) if part.name != format!("{}_not_null", object.name) => {
            create.push_str(&format!("\n    CONSTRAINT {} NOT NULL", quote_ident(&part.name)));
        }
        _ if domain.not_null => create.push_str("\n    NOT NULL"),
        _ => {}
    }
    for (part, constraint) in constraints.iter().filter(|(_, constraint)| constraint.kind != 'n') {
        create.push_str(&format!(
            "\n    CONSTRAINT {} {}",
            quote_ident(&part.name),
            constraint.definition
        ));
    }
    Statements {
        create: vec![create],
        drop: Some(drops::plain("DOMAIN", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _domain: &Domain) -> Naming {
    Naming {
        keyword: "DOMAIN",
        sql: object_name(object),
        grant_keyword: "TYPE",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context, with_parts};
    use crate::model::objects::relation::Constraint;
    use crate::model::objects::types::Domain;
    use crate::model::{Class, Definition, Object};

    fn constraint(name: &str, kind: char, definition: &str, separate: bool) -> Object {
        let constraint = Constraint {
            relation: "D".to_owned(),
            kind,
            definition: definition.to_owned(),
            validated: !separate,
            is_local: true,
            separate,
            of_domain: true,
            ..Constraint::default()
        };
        object(Class::Constraint, Some("s"), name, Definition::Constraint(constraint))
    }

    #[test]
    fn validated_constraints_are_inline_and_others_come_later() {
        let parts = [
            constraint("Positive", 'c', "CHECK ((VALUE > 0))", false),
            constraint("nn", 'n', "NOT NULL", false),
            constraint("later", 'c', "CHECK ((VALUE < 9)) NOT VALID", true),
        ];
        let domain = Domain {
            base_type: "numeric(5,2)".to_owned(),
            not_null: true,
            default: Some("1.5".to_owned()),
            ..Domain::default()
        };
        let object = object(Class::Type, Some("s"), "D", Definition::Domain(domain.clone()));
        let create = with_parts(&parts, |context| render(&object, &domain, context)).create;
        assert_eq!(
            create,
            ["CREATE DOMAIN s.\"D\" AS numeric(5,2)\n    DEFAULT 1.5\n    \
              CONSTRAINT nn NOT NULL\n    CONSTRAINT \"Positive\" CHECK ((VALUE > 0))"]
        );
    }

    #[test]
    fn older_servers_say_not_null_without_a_name() {
        let domain = Domain {
            base_type: "text".to_owned(),
            collation: Some("pg_catalog.\"C\"".to_owned()),
            not_null: true,
            ..Domain::default()
        };
        let object = object(Class::Type, Some("s"), "d", Definition::Domain(domain.clone()));
        let create = with_context(|context| render(&object, &domain, context)).create;
        assert_eq!(
            create,
            ["CREATE DOMAIN s.d AS text\n    COLLATE pg_catalog.\"C\"\n    NOT NULL"]
        );
    }
}
