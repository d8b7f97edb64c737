//! `CREATE ACCESS METHOD`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::objects::routine::AccessMethod;

pub(crate) fn render(object: &Object, method: &AccessMethod, _context: &Context) -> Statements {
    let name = object_name(object);
    let kind = if method.kind == 't' { "TABLE" } else { "INDEX" };
    Statements {
        create: vec![format!(
            "CREATE ACCESS METHOD {name} TYPE {kind} HANDLER {}",
            method.handler
        )],
        drop: Some(drops::plain("ACCESS METHOD", &name)),
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _method: &AccessMethod) -> Naming {
    Naming {
        keyword: "ACCESS METHOD",
        sql: object_name(object),
        grant_keyword: "ACCESS METHOD",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::AccessMethod;
    use crate::model::{Class, Definition};

    #[test]
    fn access_methods_are_for_indexes_or_tables() {
        for (kind, expected) in [('i', "INDEX"), ('t', "TABLE")] {
            let method = AccessMethod {
                kind,
                handler: "s.\"H\"".to_owned(),
            };
            let object = object(
                Class::AccessMethod,
                None,
                "A m",
                Definition::AccessMethod(method.clone()),
            );
            let statements = with_context(|context| render(&object, &method, context));
            assert_eq!(
                statements.create,
                [format!("CREATE ACCESS METHOD \"A m\" TYPE {expected} HANDLER s.\"H\"")]
            );
            assert_eq!(
                statements.drop.map(|drop| drop.if_exists).as_deref(),
                Some("DROP ACCESS METHOD IF EXISTS \"A m\"")
            );
            assert!(!statements.has_owner);
        }
    }
}
