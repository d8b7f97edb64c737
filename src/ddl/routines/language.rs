//! `CREATE LANGUAGE`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::objects::routine::Language;

/// Renders a language. Without a handler the server itself turns the statement into `CREATE EXTENSION`.
pub(crate) fn render(object: &Object, language: &Language, _context: &Context) -> Statements {
    let name = object_name(object);
    let create = match &language.handler {
        None => format!("CREATE OR REPLACE PROCEDURAL LANGUAGE {name}"),
        Some(handler) => {
            let trusted = if language.trusted { "TRUSTED " } else { "" };
            let mut create = format!("CREATE {trusted}PROCEDURAL LANGUAGE {name} HANDLER {handler}");
            if let Some(inline) = &language.inline {
                create.push_str(&format!(" INLINE {inline}"));
            }
            if let Some(validator) = &language.validator {
                create.push_str(&format!(" VALIDATOR {validator}"));
            }
            create
        }
    };
    Statements {
        create: vec![create],
        drop: Some(drops::plain("PROCEDURAL LANGUAGE", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _language: &Language) -> Naming {
    Naming {
        keyword: "LANGUAGE",
        sql: object_name(object),
        grant_keyword: "LANGUAGE",
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::Language;
    use crate::model::{Class, Definition};

    #[test]
    fn languages_name_their_functions() {
        let language = Language {
            trusted: true,
            handler: Some("app.handler".to_owned()),
            inline: None,
            validator: Some("pg_catalog.plpgsql_validator".to_owned()),
        };
        let object = object(Class::Language, None, "PL x", Definition::Language(language.clone()));
        let create = with_context(|context| render(&object, &language, context)).create;
        assert_eq!(
            create,
            ["CREATE TRUSTED PROCEDURAL LANGUAGE \"PL x\" HANDLER app.handler VALIDATOR pg_catalog.plpgsql_validator"]
        );
        let bare = with_context(|context| render(&object, &Language::default(), context)).create;
        assert_eq!(bare, ["CREATE OR REPLACE PROCEDURAL LANGUAGE \"PL x\""]);
    }
}
