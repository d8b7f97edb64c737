//! Foreign data wrappers, servers and user mappings.

use super::object_name::object_name;
use super::{Context, Naming, Statements};
use crate::ddl::text::drops;
use crate::model::Object;
use crate::model::entry::Requirement;
use crate::model::ident::{quote_ident, quote_literal, quote_role};
use crate::model::objects::foreign::{ForeignDataWrapper, ForeignServer, UserMapping};
use crate::model::objects::object::Definition;

pub(crate) fn render_wrapper(object: &Object, wrapper: &ForeignDataWrapper, _context: &Context) -> Statements {
    let name = object_name(object);
    let mut create = format!("CREATE FOREIGN DATA WRAPPER {name}");
    if let Some(handler) = &wrapper.handler {
        create.push_str(&format!(" HANDLER {handler}"));
    }
    if let Some(validator) = &wrapper.validator {
        create.push_str(&format!(" VALIDATOR {validator}"));
    }
    create.push_str(&options_clause(&wrapper.options));
    Statements {
        create: vec![create],
        drop: Some(drops::plain("FOREIGN DATA WRAPPER", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn wrapper_target(object: &Object, _wrapper: &ForeignDataWrapper) -> Naming {
    Naming {
        keyword: "FOREIGN DATA WRAPPER",
        sql: object_name(object),
        grant_keyword: "FOREIGN DATA WRAPPER",
    }
}

pub(crate) fn render_server(object: &Object, server: &ForeignServer, _context: &Context) -> Statements {
    let name = object_name(object);
    let mut create = format!("CREATE SERVER {name}");
    if let Some(server_type) = &server.server_type {
        create.push_str(&format!(" TYPE {}", quote_literal(server_type)));
    }
    if let Some(version) = &server.version {
        create.push_str(&format!(" VERSION {}", quote_literal(version)));
    }
    create.push_str(&format!(" FOREIGN DATA WRAPPER {}", quote_ident(&server.wrapper)));
    create.push_str(&options_clause(&server.options));
    Statements {
        create: vec![create],
        drop: Some(drops::plain("SERVER", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn server_target(object: &Object, _server: &ForeignServer) -> Naming {
    Naming {
        keyword: "SERVER",
        sql: object_name(object),
        grant_keyword: "FOREIGN SERVER",
    }
}

pub(crate) fn render_mapping(_object: &Object, mapping: &UserMapping, _context: &Context) -> Statements {
    let target = for_user(mapping, quote_role);
    Statements {
        create: vec![format!(
            "CREATE USER MAPPING {target}{}",
            options_clause(&mapping.options)
        )],
        drop: Some(drops::plain("USER MAPPING", &target)),
        requires: mapping.user.iter().cloned().map(Requirement::Role).collect(),
        ..Statements::default()
    }
}

pub(crate) fn mapping_target(_object: &Object, mapping: &UserMapping) -> Naming {
    Naming {
        keyword: "USER MAPPING",
        sql: for_user(mapping, quote_role),
        grant_keyword: "USER MAPPING",
    }
}

/// A user mapping has no name of its own; its user and its server identify it.
pub(crate) fn mapping_identity(mapping: &UserMapping) -> String {
    for_user(mapping, quote_ident)
}

fn for_user(mapping: &UserMapping, quote: fn(&str) -> String) -> String {
    let user = mapping.user.as_deref().map_or_else(|| "PUBLIC".to_owned(), quote);
    format!("FOR {user} SERVER {}", quote_ident(&mapping.server))
}

/// ` OPTIONS (a 'x', "B" 'y')`; empty when there are none.
pub(crate) fn options_clause(options: &[(String, String)]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let item = |(name, value): &(String, String)| format!("{} {}", quote_ident(name), quote_literal(value));
    let items: Vec<String> = options.iter().map(item).collect();
    format!(" OPTIONS ({})", items.join(", "))
}

/// Whether the object's statements may hold passwords.
pub(crate) fn is_secret(object: &Object) -> bool {
    match &object.definition {
        Definition::ForeignDataWrapper(wrapper) => !wrapper.options.is_empty(),
        Definition::ForeignServer(server) => !server.options.is_empty(),
        Definition::UserMapping(mapping) => !mapping.options.is_empty(),
        _ => false,
    }
}

/// The part of this object that is not in the archive, because the role of the dump may not see it.
pub(crate) fn hidden(object: &Object) -> Option<String> {
    match &object.definition {
        Definition::UserMapping(mapping) if mapping.options_hidden => Some(format!(
            "the role may not read the options of user mapping {}: it is dumped without any",
            mapping_identity(mapping)
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{object, with_context};
    use super::*;
    use crate::ddl::text::role_marks;
    use crate::model::Class;

    fn options(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn wrappers_name_their_functions_and_options() {
        let wrapper = ForeignDataWrapper {
            handler: Some("app.handler".to_owned()),
            validator: Some("app.\"Check\"".to_owned()),
            options: options(&[("debug", "it's"), ("Order", "")]),
        };
        let definition = Definition::ForeignDataWrapper(wrapper.clone());
        let object = object(Class::ForeignDataWrapper, None, "W x", definition);
        let create = with_context(|context| render_wrapper(&object, &wrapper, context)).create;
        assert_eq!(
            create,
            [
                "CREATE FOREIGN DATA WRAPPER \"W x\" HANDLER app.handler VALIDATOR app.\"Check\" \
              OPTIONS (debug 'it''s', \"Order\" '')"
            ]
        );
        assert!(is_secret(&object));
    }

    #[test]
    fn servers_say_type_and_version_even_when_empty() {
        let server = ForeignServer {
            wrapper: "w".to_owned(),
            server_type: Some(String::new()),
            version: Some("1\\2".to_owned()),
            options: Vec::new(),
        };
        let object = object(
            Class::ForeignServer,
            None,
            "s",
            Definition::ForeignServer(server.clone()),
        );
        let rendered = with_context(|context| render_server(&object, &server, context));
        assert_eq!(
            rendered.create,
            ["CREATE SERVER s TYPE '' VERSION E'1\\\\2' FOREIGN DATA WRAPPER w"]
        );
        assert!(!is_secret(&object));
    }

    #[test]
    fn a_mapping_is_for_a_role_that_must_exist_or_for_everybody() {
        let mapping = UserMapping {
            user: Some("Anna".to_owned()),
            server: "s".to_owned(),
            options: options(&[("password", "secret")]),
            options_hidden: false,
        };
        let object = object(Class::UserMapping, None, "x", Definition::UserMapping(mapping.clone()));
        let rendered = with_context(|context| render_mapping(&object, &mapping, context));
        assert_eq!(
            [role_marks::plain(&rendered.create[0])],
            ["CREATE USER MAPPING FOR \"Anna\" SERVER s OPTIONS (password 'secret')"]
        );
        assert_eq!(rendered.requires, [Requirement::Role("Anna".to_owned())]);
        assert_eq!(hidden(&object), None);
        let public = UserMapping {
            server: "s".to_owned(),
            ..UserMapping::default()
        };
        let rendered = with_context(|context| render_mapping(&object, &public, context));
        assert_eq!(rendered.create, ["CREATE USER MAPPING FOR PUBLIC SERVER s"]);
        assert_eq!(
            rendered.drop.expect("mappings can be dropped").if_exists,
            "DROP USER MAPPING IF EXISTS FOR PUBLIC SERVER s"
        );
    }
}
