//! `CREATE CONVERSION`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::quote_literal;
use crate::model::objects::routine::Conversion;

pub(crate) fn render(object: &Object, conversion: &Conversion, _context: &Context) -> Statements {
    let name = object_name(object);
    let default = if conversion.is_default { "DEFAULT " } else { "" };
    Statements {
        create: vec![format!(
            "CREATE {default}CONVERSION {name} FOR {} TO {} FROM {}",
            quote_literal(&conversion.source),
            quote_literal(&conversion.destination),
            conversion.function
        )],
        drop: Some(drops::plain("CONVERSION", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _conversion: &Conversion) -> Naming {
    Naming {
        keyword: "CONVERSION",
        sql: object_name(object),
        grant_keyword: "CONVERSION",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::Conversion;
    use crate::model::{Class, Definition};

    #[test]
    fn conversions_say_when_they_are_the_default() {
        for (is_default, expected) in [(false, ""), (true, "DEFAULT ")] {
            let conversion = Conversion {
                is_default,
                source: "LATIN1".to_owned(),
                destination: "UTF8".to_owned(),
                function: "pg_catalog.iso8859_1_to_utf8".to_owned(),
            };
            let definition = Definition::Conversion(conversion.clone());
            let object = object(Class::Conversion, Some("s"), "C", definition);
            let statements = with_context(|context| render(&object, &conversion, context));
            assert_eq!(
                statements.create,
                [format!(
                    "CREATE {expected}CONVERSION s.\"C\" FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8"
                )]
            );
            assert!(statements.has_owner);
        }
    }
}
