//! `CREATE EVENT TRIGGER` and its state.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::objects::replication::EventTrigger;

pub(crate) fn render(object: &Object, trigger: &EventTrigger, _context: &Context) -> Statements {
    let name = object_name(object);
    let mut create = format!("CREATE EVENT TRIGGER {name} ON {}", quote_ident(&trigger.event));
    if !trigger.tags.is_empty() {
        let tags: Vec<String> = trigger.tags.iter().map(|tag| quote_literal(tag)).collect();
        create.push_str(&format!(" WHEN TAG IN ({})", tags.join(", ")));
    }
    create.push_str(&format!(" EXECUTE FUNCTION {}()", trigger.function));
    let mut create = vec![create];
    let state = match trigger.enabled {
        'D' => Some("DISABLE"),
        'R' => Some("ENABLE REPLICA"),
        'A' => Some("ENABLE ALWAYS"),
        _ => None,
    };
    create.extend(state.map(|state| format!("ALTER EVENT TRIGGER {name} {state}")));
    Statements {
        create,
        drop: Some(drops::plain("EVENT TRIGGER", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _definition: &EventTrigger) -> Naming {
    Naming {
        keyword: "EVENT TRIGGER",
        sql: object_name(object),
        grant_keyword: "EVENT TRIGGER",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::replication::EventTrigger;
    use crate::model::{Class, Definition};

    fn create(trigger: &EventTrigger) -> Vec<String> {
        let object = object(
            Class::EventTrigger,
            None,
            "No Drops",
            Definition::EventTrigger(trigger.clone()),
        );
        with_context(|context| render(&object, trigger, context)).create
    }

    #[test]
    fn tags_and_states_are_said_when_there_are_any() {
        let trigger = EventTrigger {
            event: "sql_drop".to_owned(),
            tags: vec!["DROP TABLE".to_owned(), "DROP VIEW".to_owned()],
            function: "app.refuse".to_owned(),
            enabled: 'A',
        };
        assert_eq!(
            create(&trigger),
            [
                "CREATE EVENT TRIGGER \"No Drops\" ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW') \
                 EXECUTE FUNCTION app.refuse()",
                "ALTER EVENT TRIGGER \"No Drops\" ENABLE ALWAYS",
            ]
        );
        let plain = EventTrigger {
            tags: Vec::new(),
            enabled: 'O',
            ..trigger
        };
        assert_eq!(
            create(&plain),
            ["CREATE EVENT TRIGGER \"No Drops\" ON sql_drop EXECUTE FUNCTION app.refuse()"]
        );
    }
}
