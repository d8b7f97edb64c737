//! Triggers and their states, those of partitions' copies included.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::Trigger;

pub(crate) fn target(object: &Object, trigger: &Trigger) -> Naming {
    Naming {
        keyword: "TRIGGER",
        sql: on(object, trigger),
        grant_keyword: "TRIGGER",
    }
}

/// Renders a trigger. A copy is created and dropped with the trigger that it was cloned from; only its state is set.
pub(crate) fn render(object: &Object, trigger: &Trigger, _ctx: &Context) -> Statements {
    if trigger.clone_of.is_some() {
        return Statements {
            create: vec![set_state(object, trigger, "ONLY ")],
            ..Statements::default()
        };
    }
    let mut create = vec![trigger.definition.clone()];
    if trigger.enabled != 'O' {
        // Without ONLY the state reaches the partitions' copies, which were just made.
        let only = if trigger.relation_kind == 'p' { "" } else { "ONLY " };
        create.push(set_state(object, trigger, only));
    }
    Statements {
        create,
        drop: Some(drops::plain("TRIGGER", &on(object, trigger))),
        ..Statements::default()
    }
}

fn set_state(object: &Object, trigger: &Trigger, only: &str) -> String {
    let state = match trigger.enabled {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!(
        "ALTER TABLE {only}{} {state} TRIGGER {}",
        relation(object, trigger),
        quote_ident(&object.name)
    )
}

fn relation(object: &Object, trigger: &Trigger) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &trigger.relation)
}

fn on(object: &Object, trigger: &Trigger) -> String {
    format!("{} ON {}", quote_ident(&object.name), relation(object, trigger))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::objects::object::Definition;
    use crate::model::{Address, Class};

    fn create(trigger: &Trigger) -> Statements {
        let object = part(Class::Trigger, "tr", Definition::Trigger(trigger.clone()));
        render(&object, trigger, &context(&[]))
    }

    fn trigger() -> Trigger {
        Trigger {
            relation: "t".to_owned(),
            relation_kind: 'p',
            definition: "CREATE TRIGGER tr AFTER INSERT ON public.t ..".to_owned(),
            enabled: 'A',
            clone_of: None,
        }
    }

    #[test]
    fn a_state_that_is_not_the_default_follows_and_reaches_partitions() {
        assert_eq!(
            create(&trigger()).create[1],
            "ALTER TABLE public.t ENABLE ALWAYS TRIGGER tr"
        );
        let of_table = Trigger {
            relation_kind: 'r',
            ..trigger()
        };
        assert_eq!(
            create(&of_table).create[1],
            "ALTER TABLE ONLY public.t ENABLE ALWAYS TRIGGER tr"
        );
        let default = Trigger {
            enabled: 'O',
            ..trigger()
        };
        assert_eq!(create(&default).create.len(), 1);
    }

    #[test]
    fn a_clone_is_only_switched() {
        let clone = Trigger {
            clone_of: Some(Address::new(Class::Trigger, 1)),
            enabled: 'O',
            relation_kind: 'r',
            ..trigger()
        };
        let statements = create(&clone);
        assert_eq!(statements.create, ["ALTER TABLE ONLY public.t ENABLE TRIGGER tr"]);
        assert_eq!(statements.drop, None);
    }
}
