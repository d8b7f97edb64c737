//! `CREATE CAST`.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::objects::routine::Cast;

pub(crate) fn render(_object: &Object, cast: &Cast, _context: &Context) -> Statements {
    let name = identity(cast);
    let method = match (cast.method, &cast.function) {
        ('i', _) => "WITH INOUT".to_owned(),
        (_, Some(function)) => format!("WITH FUNCTION {function}"),
        (_, None) => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match cast.context {
        'a' => " AS ASSIGNMENT",
        'i' => " AS IMPLICIT",
        _ => "",
    };
    Statements {
        create: vec![format!("CREATE CAST {name} {method}{context}")],
        drop: Some(drops::plain("CAST", &name)),
        has_owner: false,
        ..Statements::default()
    }
}

pub(crate) fn target(_object: &Object, cast: &Cast) -> Naming {
    Naming {
        keyword: "CAST",
        sql: identity(cast),
        grant_keyword: "CAST",
    }
}

/// `(source AS target)`; equal to the target's SQL.
pub(crate) fn identity(cast: &Cast) -> String {
    format!("({} AS {})", cast.source, cast.target)
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::Cast;
    use crate::model::{Class, Definition};

    #[test]
    fn casts_have_three_methods_and_three_contexts() {
        for (method, function, context, expected) in [
            (
                'f',
                Some("s.f(s.t, integer)"),
                'i',
                "WITH FUNCTION s.f(s.t, integer) AS IMPLICIT",
            ),
            ('i', None, 'a', "WITH INOUT AS ASSIGNMENT"),
            ('b', None, 'e', "WITHOUT FUNCTION"),
        ] {
            let cast = Cast {
                source: "s.t".to_owned(),
                target: "text".to_owned(),
                method,
                function: function.map(str::to_owned),
                context,
            };
            let object = object(Class::Cast, None, "(s.t AS text)", Definition::Cast(cast.clone()));
            let statements = with_context(|context| render(&object, &cast, context));
            assert_eq!(statements.create, [format!("CREATE CAST (s.t AS text) {expected}")]);
            assert!(!statements.has_owner);
        }
    }
}
