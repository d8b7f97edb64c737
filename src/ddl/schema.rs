//! `CREATE SCHEMA`.

use super::object_name::object_name;
use super::{Context, Naming, Statements};
use crate::ddl::text::drops;
use crate::model::Object;

/// The schema that every new database has: never created or dropped.
const PUBLIC: &str = "public";
/// The role that owns `public` from 15 on, unless somebody changed that.
const PUBLIC_OWNER: &str = "pg_database_owner";

/// Renders a schema. For `public` there is only owner, comment and privileges.
pub(crate) fn render(object: &Object, _context: &Context) -> Statements {
    if object.name == PUBLIC {
        return Statements {
            has_owner: object.owner.as_deref() != Some(PUBLIC_OWNER),
            ..Statements::default()
        };
    }
    let name = object_name(object);
    Statements {
        create: vec![format!("CREATE SCHEMA {name}")],
        drop: Some(drops::plain("SCHEMA", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object) -> Naming {
    Naming {
        keyword: "SCHEMA",
        sql: object_name(object),
        grant_keyword: "SCHEMA",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{object, with_context};
    use super::{render, target};
    use crate::model::{Class, Definition};

    #[test]
    fn schemas_are_created_and_owned() {
        let schema = object(Class::Namespace, None, "Grün \"1\"", Definition::Schema);
        let statements = with_context(|context| render(&schema, context));
        assert_eq!(statements.create, ["CREATE SCHEMA \"Grün \"\"1\"\"\""]);
        assert_eq!(
            statements.drop.map(|d| d.if_exists).as_deref(),
            Some("DROP SCHEMA IF EXISTS \"Grün \"\"1\"\"\"")
        );
        assert!(statements.has_owner);
        assert_eq!(target(&schema).sql, "\"Grün \"\"1\"\"\"");
    }

    #[test]
    fn public_is_neither_created_nor_dropped() {
        let mut public = object(Class::Namespace, None, "public", Definition::Schema);
        public.owner = Some("postgres".to_owned());
        let statements = with_context(|context| render(&public, context));
        assert!(statements.create.is_empty() && statements.drop.is_none() && statements.has_owner);
        public.owner = Some("pg_database_owner".to_owned());
        assert!(!with_context(|context| render(&public, context)).has_owner);
    }
}
