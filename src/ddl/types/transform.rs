//! `CREATE TRANSFORM`.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::quote_ident;
use crate::model::objects::routine::Transform;

/// Renders a transform, which has at least one of the two directions.
pub(crate) fn render(_object: &Object, transform: &Transform, _context: &Context) -> Statements {
    let name = identity(transform);
    let direction = |word: &str, function: &Option<String>| {
        let function = function.as_ref()?;
        Some(format!("{word} SQL WITH FUNCTION {function}"))
    };
    let directions = [
        direction("FROM", &transform.from_sql),
        direction("TO", &transform.to_sql),
    ];
    let directions: Vec<String> = directions.into_iter().flatten().collect();
    Statements {
        create: vec![format!("CREATE TRANSFORM {name} ({})", directions.join(", "))],
        drop: Some(drops::plain("TRANSFORM", &name)),
        ..Statements::default()
    }
}

pub(crate) fn target(_object: &Object, transform: &Transform) -> Naming {
    Naming {
        keyword: "TRANSFORM",
        sql: identity(transform),
        grant_keyword: "TRANSFORM",
    }
}

/// `FOR type LANGUAGE language`; equal to the target's SQL.
fn identity(transform: &Transform) -> String {
    format!(
        "FOR {} LANGUAGE {}",
        transform.type_name,
        quote_ident(&transform.language)
    )
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::Transform;
    use crate::model::{Class, Definition, Drop};

    fn statements(from_sql: Option<&str>, to_sql: Option<&str>) -> (String, Option<Drop>) {
        let transform = Transform {
            type_name: "s.\"T\"".to_owned(),
            language: "PL x".to_owned(),
            from_sql: from_sql.map(str::to_owned),
            to_sql: to_sql.map(str::to_owned),
        };
        let definition = Definition::Transform(transform.clone());
        let object = object(Class::Transform, None, &transform.name(), definition);
        let mut statements = with_context(|context| render(&object, &transform, context));
        (statements.create.remove(0), statements.drop)
    }

    #[test]
    fn transforms_have_one_direction_or_both() {
        let (from, to) = (Some("s.a(internal)"), Some("pg_catalog.b(internal)"));
        let (create, drop) = statements(from, to);
        assert_eq!(
            create,
            "CREATE TRANSFORM FOR s.\"T\" LANGUAGE \"PL x\" \
             (FROM SQL WITH FUNCTION s.a(internal), TO SQL WITH FUNCTION pg_catalog.b(internal))"
        );
        assert_eq!(
            drop.map(|drop| drop.if_exists).as_deref(),
            Some("DROP TRANSFORM IF EXISTS FOR s.\"T\" LANGUAGE \"PL x\"")
        );
        assert!(
            statements(from, None)
                .0
                .ends_with(" (FROM SQL WITH FUNCTION s.a(internal))")
        );
        assert!(
            statements(None, to)
                .0
                .ends_with(" (TO SQL WITH FUNCTION pg_catalog.b(internal))")
        );
    }
}
