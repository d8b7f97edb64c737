//! `CREATE EXTENSION`.

use super::object_name::object_name;
use super::{Context, Naming, Statements};
use crate::ddl::text::drops;
use crate::model::Object;
use crate::model::entry::Requirement;
use crate::model::ident::quote_ident;

/// The target chooses the version, and the role that runs the statement becomes the owner.
pub(crate) fn render(object: &Object, schema: &str, _context: &Context) -> Statements {
    let name = object_name(object);
    Statements {
        create: vec![format!(
            "CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {}",
            quote_ident(schema)
        )],
        drop: Some(drops::plain("EXTENSION", &name)),
        has_owner: false,
        requires: vec![Requirement::Extension(object.name.clone())],
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object) -> Naming {
    Naming {
        keyword: "EXTENSION",
        sql: object_name(object),
        grant_keyword: "EXTENSION",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{object, with_context};
    use super::render;
    use crate::model::entry::Requirement;
    use crate::model::{Class, Definition};

    #[test]
    fn extensions_must_be_installed_on_the_target() {
        let schema = "Ext".to_owned();
        let extension = object(
            Class::Extension,
            None,
            "uuid-ossp",
            Definition::Extension { schema: schema.clone() },
        );
        let statements = with_context(|context| render(&extension, &schema, context));
        assert_eq!(
            statements.create,
            ["CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA \"Ext\""]
        );
        assert_eq!(statements.requires, [Requirement::Extension("uuid-ossp".to_owned())]);
        assert!(!statements.has_owner);
    }
}
