//! `CREATE SUBSCRIPTION`, without connecting to the publisher.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::objects::replication::{OlderWay, Subscription};

/// Renders a subscription. Whether it was enabled, and how far it had come, is not restored: the user decides when it
/// starts.
pub(crate) fn render(object: &Object, subscription: &Subscription, _context: &Context) -> Statements {
    let name = object_name(object);
    let publications: Vec<String> = subscription.publications.iter().map(|name| quote_ident(name)).collect();
    let slot = match &subscription.slot_name {
        Some(slot) => quote_literal(slot),
        None => "NONE".to_owned(),
    };
    let mut options = format!("connect = false, slot_name = {slot}");
    for (option, value) in &subscription.options {
        options.push_str(&format!(", {option} = {}", quote_literal(value)));
    }
    let mut create = vec![format!(
        "CREATE SUBSCRIPTION {name} CONNECTION {} PUBLICATION {} WITH ({options})",
        quote_literal(&subscription.connection),
        publications.join(", ")
    )];
    for OlderWay { since, option, value } in &subscription.older_ways {
        let needed = format!(
            "pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= {}",
            since.0
        );
        let set = format!("ALTER SUBSCRIPTION {name} SET ({option} = {value})");
        create.push(drops::only_if(&needed, &set));
    }
    Statements {
        create,
        drop: Some(drops::plain("SUBSCRIPTION", &name)),
        has_owner: true,
        secret: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _definition: &Subscription) -> Naming {
    Naming {
        keyword: "SUBSCRIPTION",
        sql: object_name(object),
        grant_keyword: "SUBSCRIPTION",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::Statements;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::replication::{OlderWay, Subscription};
    use crate::model::{Class, Definition};
    use crate::version::since;

    fn rendered(subscription: &Subscription) -> Statements {
        let definition = Definition::Subscription(subscription.clone());
        let object = object(Class::Subscription, None, "S", definition);
        with_context(|context| render(&object, subscription, context))
    }

    #[test]
    fn nothing_connects_and_the_slot_is_always_said() {
        let subscription = Subscription {
            connection: "host=h password='it''s'".to_owned(),
            slot_name: None,
            publications: vec!["p".to_owned(), "Q".to_owned()],
            options: vec![("binary", "true".to_owned()), ("origin", "none".to_owned())],
            older_ways: Vec::new(),
        };
        let statements = rendered(&subscription);
        assert_eq!(
            statements.create,
            [
                "CREATE SUBSCRIPTION \"S\" CONNECTION 'host=h password=''it''''s''' PUBLICATION p, \"Q\" \
              WITH (connect = false, slot_name = NONE, binary = 'true', origin = 'none')"
            ]
        );
        assert!(statements.secret);
    }

    #[test]
    fn streaming_stays_off_where_that_is_no_longer_the_default() {
        let subscription = Subscription {
            publications: vec!["p".to_owned()],
            slot_name: Some("slot".to_owned()),
            older_ways: vec![OlderWay {
                since: since::STREAMING_BY_DEFAULT,
                option: "streaming",
                value: "off",
            }],
            ..Subscription::default()
        };
        let create = rendered(&subscription).create;
        assert!(create[0].ends_with("WITH (connect = false, slot_name = 'slot')"));
        assert!(create[1].contains(">= 180000 THEN ALTER SUBSCRIPTION \"S\" SET (streaming = off)"));
    }
}
