//! Roles, their memberships and settings, tablespaces and privileges on parameters.
//!
//! Creating and altering are separate statements, each executed by itself, so that an existing role or tablespace also
//! gets the attributes of the source.

use crate::ddl::text::options;
use crate::ddl::text::set_clause::{set_clause, setting_name};
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{quote_ident, quote_literal, quote_role};
use crate::model::objects::globals::{Global, Membership, MembershipOptions, Role, Tablespace};

pub(crate) fn target(object: &Object, global: &Global) -> Naming {
    let (keyword, sql) = match global {
        Global::Role(_) => ("ROLE", quote_role(&object.name)),
        Global::RoleSettings(_) if object.name.is_empty() => ("ROLE", "ALL".to_owned()),
        Global::RoleSettings(_) => ("ROLE", quote_role(&object.name)),
        Global::Membership(membership) => ("ROLE", membership_name(membership)),
        Global::Tablespace(_) => ("TABLESPACE", quote_ident(&object.name)),
        Global::Parameter => ("PARAMETER", setting_name(&object.name)),
    };
    Naming {
        keyword,
        sql,
        grant_keyword: keyword,
    }
}

pub(crate) fn render(object: &Object, global: &Global, _context: &Context) -> Statements {
    let name = target(object, global).sql;
    match global {
        Global::Role(role) => render_role(&name, role),
        Global::RoleSettings(settings) => Statements {
            create: settings
                .iter()
                .map(|setting| format!("ALTER ROLE {name} {}", set_clause(setting)))
                .collect(),
            ..Statements::default()
        },
        Global::Membership(membership) => render_membership(membership),
        Global::Tablespace(tablespace) => render_tablespace(&name, tablespace),
        Global::Parameter => Statements::default(),
    }
}

fn render_role(name: &str, role: &Role) -> Statements {
    let attributes = [
        (role.superuser, "SUPERUSER"),
        (role.inherit, "INHERIT"),
        (role.create_role, "CREATEROLE"),
        (role.create_database, "CREATEDB"),
        (role.login, "LOGIN"),
        (role.replication, "REPLICATION"),
        (role.bypass_rls, "BYPASSRLS"),
    ];
    let mut alter = format!("ALTER ROLE {name} WITH");
    for (has, attribute) in attributes {
        alter.push_str(if has { " " } else { " NO" });
        alter.push_str(attribute);
    }
    alter.push_str(&format!(" CONNECTION LIMIT {}", role.connection_limit));
    if let Some(until) = &role.valid_until {
        alter.push_str(&format!(" VALID UNTIL {}", quote_literal(until)));
    }
    let mut create = vec![format!("CREATE ROLE {name}"), alter];
    if let Some(verifier) = &role.password {
        create.push(format!("ALTER ROLE {name} PASSWORD {}", quote_literal(&verifier.0)));
    }
    Statements {
        create,
        secret: role.password.is_some(),
        ..Statements::default()
    }
}

fn membership_name(membership: &Membership) -> String {
    let pair = format!("{} TO {}", quote_role(&membership.role), quote_role(&membership.member));
    match membership.options.as_ref().and_then(|options| options.grantor.as_ref()) {
        Some(grantor) => format!("{pair} GRANTED BY {}", quote_role(grantor)),
        None => pair,
    }
}

/// Renders a membership. The names are in the order role, member, grantor.
fn render_membership(membership: &Membership) -> Statements {
    Statements {
        create: vec![match &membership.options {
            None => plain_grant(membership),
            Some(options) => grant_with(membership, options),
        }],
        ..Statements::default()
    }
}

/// The statement in the form for servers before 16.
pub(crate) fn plain_grant(membership: &Membership) -> String {
    let admin = if membership.admin { " WITH ADMIN OPTION" } else { "" };
    format!("{}{admin}", grant(membership))
}

fn grant_with(membership: &Membership, options: &MembershipOptions) -> String {
    let word = |value: bool| if value { "TRUE" } else { "FALSE" };
    let admin = if membership.admin { "ADMIN OPTION, " } else { "" };
    let (inherit, set) = (word(options.inherit), word(options.set));
    let mut sql = format!("{} WITH {admin}INHERIT {inherit}, SET {set}", grant(membership));
    if let Some(grantor) = &options.grantor {
        sql.push_str(&format!(" GRANTED BY {}", quote_role(grantor)));
    }
    sql
}

fn grant(membership: &Membership) -> String {
    let (role, member) = (quote_role(&membership.role), quote_role(&membership.member));
    format!("GRANT {role} TO {member}")
}

fn render_tablespace(name: &str, tablespace: &Tablespace) -> Statements {
    let mut create = vec![format!(
        "CREATE TABLESPACE {name} LOCATION {}",
        quote_literal(&tablespace.location)
    )];
    if tablespace.location.is_empty() {
        // Where the setting is not known, the query has no row and no effect.
        create.insert(
            0,
            "SELECT pg_catalog.set_config(name, 'on', false) FROM pg_catalog.pg_settings \
             WHERE name = 'allow_in_place_tablespaces'"
                .to_owned(),
        );
    }
    if !tablespace.options.is_empty() {
        create.push(format!(
            "ALTER TABLESPACE {name} SET ({})",
            options::list(&tablespace.options, "")
        ));
    }
    Statements {
        create,
        has_owner: true,
        ..Statements::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::entry;
    use crate::ddl::testing::context;
    use crate::model::needs_version::{Limit, On, Otherwise};
    use crate::model::objects::globals::{MembershipOptions, Verifier};
    use crate::model::objects::remarks::Comment;
    use crate::model::{Class, Components, Definition, Entry};
    use crate::version::since;

    fn rendered(class: Class, name: &str, global: Global) -> Entry {
        let mut object = Object::new(class, 7, None, name.to_owned(), Definition::Global(global));
        object.owner = Some("Me".to_owned());
        object.comments.push(Comment {
            column: None,
            text: "c".to_owned(),
        });
        entry::render(&object, Components::ALL, &context(&[])).expect("an entry")
    }

    #[test]
    fn a_role_is_created_bare_and_altered() {
        let role = Role {
            login: true,
            connection_limit: 3,
            valid_until: Some("infinity".to_owned()),
            ..Role::default()
        };
        let entry = rendered(Class::Role, "A\"b\\", Global::Role(role.clone()));
        assert_eq!(
            entry.create,
            [
                "CREATE ROLE \"A\"\"b\\\"",
                "ALTER ROLE \"A\"\"b\\\" WITH NOSUPERUSER NOINHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION \
                 NOBYPASSRLS CONNECTION LIMIT 3 VALID UNTIL 'infinity'"
            ]
        );
        assert_eq!(entry.comments, ["COMMENT ON ROLE \"A\"\"b\\\" IS 'c'"]);
        assert_eq!(
            (entry.secret, entry.owner.is_some(), entry.roles.len()),
            (false, false, 3)
        );
        let role = Role {
            password: Some(Verifier("md5x".to_owned())),
            ..role
        };
        let entry = rendered(Class::Role, "a", Global::Role(role));
        assert_eq!(entry.create[2], "ALTER ROLE a PASSWORD 'md5x'");
        assert!(entry.secret);
    }

    #[test]
    fn memberships_say_what_their_version_knows() {
        let mut membership = Membership {
            role: "r".to_owned(),
            member: "m".to_owned(),
            admin: true,
            options: None,
        };
        let entry = rendered(Class::RoleMembership, "r", Global::Membership(membership.clone()));
        assert_eq!(entry.create, ["GRANT r TO m WITH ADMIN OPTION"]);
        assert!(entry.limits.is_empty());
        membership.options = Some(MembershipOptions {
            inherit: false,
            set: true,
            grantor: Some("G".to_owned()),
            member_inherits: true,
        });
        let entry = rendered(Class::RoleMembership, "r", Global::Membership(membership));
        assert_eq!(
            entry.create,
            ["GRANT r TO m WITH ADMIN OPTION, INHERIT FALSE, SET TRUE GRANTED BY \"G\""]
        );
        assert_eq!(entry.identity, "r TO m GRANTED BY \"G\"");
        let otherwise = Otherwise::Use(vec!["GRANT r TO m WITH ADMIN OPTION".to_owned()]);
        let lost = "INHERIT FALSE of a membership";
        assert_eq!(
            entry.limits,
            [Limit::since(since::MEMBERSHIP_OPTIONS, On::Create(0), lost, otherwise)]
        );
    }

    #[test]
    fn a_tablespace_may_lie_in_the_data_directory() {
        let tablespace = Tablespace {
            location: String::new(),
            options: vec!["random_page_cost=1.5".to_owned()],
        };
        let entry = rendered(Class::Tablespace, "T", Global::Tablespace(tablespace));
        assert!(entry.create[0].contains("allow_in_place_tablespaces"));
        assert_eq!(
            entry.create[1..],
            [
                "CREATE TABLESPACE \"T\" LOCATION ''",
                "ALTER TABLESPACE \"T\" SET (random_page_cost='1.5')"
            ]
        );
        assert_eq!(
            entry.owner.map(|owner| owner.statement).as_deref(),
            Some("ALTER TABLESPACE \"T\" OWNER TO \"Me\"")
        );
    }
}
