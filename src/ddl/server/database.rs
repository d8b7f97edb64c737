//! Statements about the database itself after it has been created.

use crate::ddl::text::set_clause::set_clause;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::entry::Requirement;
use crate::model::ident::{quote_ident, quote_role};
use crate::model::objects::globals::{DatabaseProperties, DatabaseSetting};

pub(crate) fn target(object: &Object) -> Naming {
    Naming {
        keyword: "DATABASE",
        sql: quote_ident(&object.name),
        grant_keyword: "DATABASE",
    }
}

/// Renders the database's properties. The tablespace is a requirement, because CREATE DATABASE names it.
pub(crate) fn render(object: &Object, properties: &DatabaseProperties, _context: &Context) -> Statements {
    let name = quote_ident(&object.name);
    let mut create = Vec::new();
    if properties.is_template {
        create.push(format!("ALTER DATABASE {name} WITH IS_TEMPLATE true"));
    }
    if properties.connection_limit != -1 {
        create.push(format!(
            "ALTER DATABASE {name} WITH CONNECTION LIMIT {}",
            properties.connection_limit
        ));
    }
    Statements {
        create,
        has_owner: true,
        requires: properties
            .tablespace
            .clone()
            .map(Requirement::Tablespace)
            .into_iter()
            .collect(),
        ..Statements::default()
    }
}

pub(crate) fn render_settings(object: &Object, settings: &[DatabaseSetting], _context: &Context) -> Statements {
    let name = quote_ident(&object.name);
    let statement = |setting: &DatabaseSetting| {
        let clause = set_clause(&setting.setting);
        match &setting.role {
            Some(role) => format!("ALTER ROLE {} IN DATABASE {name} {clause}", quote_role(role)),
            None => format!("ALTER DATABASE {name} {clause}"),
        }
    };
    Statements {
        create: settings.iter().map(statement).collect(),
        requires: settings
            .iter()
            .filter_map(|setting| setting.role.clone().map(Requirement::Role))
            .collect(),
        ..Statements::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::entry;
    use crate::ddl::testing::context;
    use crate::model::{Class, Components, Definition};

    #[test]
    fn only_what_differs_from_a_new_database_is_said() {
        let mut object = Object::new(
            Class::Database,
            5,
            None,
            "My db".to_owned(),
            Definition::Database(DatabaseProperties {
                connection_limit: -1,
                ..DatabaseProperties::default()
            }),
        );
        object.owner = Some("o".to_owned());
        let entry = entry::render(&object, Components::ALL, &context(&[])).expect("an entry");
        assert!(entry.create.is_empty());
        object.definition = Definition::Database(DatabaseProperties {
            connection_limit: 0,
            is_template: true,
            tablespace: Some("fast".to_owned()),
        });
        let entry = entry::render(&object, Components::ALL, &context(&[])).expect("an entry");
        assert_eq!(
            entry.create,
            [
                "ALTER DATABASE \"My db\" WITH IS_TEMPLATE true",
                "ALTER DATABASE \"My db\" WITH CONNECTION LIMIT 0"
            ]
        );
        assert_eq!(entry.requires, [Requirement::Tablespace("fast".to_owned())]);
    }

    #[test]
    fn settings_may_be_those_of_one_role() {
        let setting = |role: Option<&str>, setting: &str| DatabaseSetting {
            role: role.map(str::to_owned),
            setting: setting.to_owned(),
        };
        let settings = vec![setting(None, "search_path=a, \"B\""), setting(Some("R"), "role=Other")];
        let object = Object::new(
            Class::DatabaseSettings,
            5,
            None,
            "db".to_owned(),
            Definition::DatabaseSettings(settings),
        );
        let entry = entry::render(&object, Components::ALL, &context(&[])).expect("an entry");
        assert_eq!(
            entry.create,
            [
                "ALTER DATABASE db SET search_path TO 'a', 'B'",
                "ALTER ROLE \"R\" IN DATABASE db SET role TO \"Other\""
            ]
        );
        assert_eq!(entry.roles.len(), 2);
        assert_eq!(entry.requires, [Requirement::Role("R".to_owned())]);
    }
}
