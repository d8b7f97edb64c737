//! Row-level security: switching it on, and the policies.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::entry::Requirement;
use crate::model::ident::{qualified, quote_ident, quote_role};
use crate::model::objects::relation::Policy;

pub(crate) fn target(object: &Object, policy: &Policy) -> Naming {
    Naming {
        keyword: "POLICY",
        sql: on(object, policy),
        grant_keyword: "POLICY",
    }
}

pub(crate) fn render(object: &Object, policy: &Policy, _ctx: &Context) -> Statements {
    let mut sql = format!("CREATE POLICY {}", on(object, policy));
    if !policy.permissive {
        sql.push_str(" AS RESTRICTIVE");
    }
    sql.push_str(match policy.command {
        'r' => " FOR SELECT",
        'a' => " FOR INSERT",
        'w' => " FOR UPDATE",
        'd' => " FOR DELETE",
        _ => "",
    });
    if !policy.roles.is_empty() {
        let roles: Vec<String> = policy.roles.iter().map(|role| quote_role(role)).collect();
        sql.push_str(&format!(" TO {}", roles.join(", ")));
    }
    if let Some(using) = &policy.using {
        sql.push_str(&format!(" USING ({using})"));
    }
    if let Some(check) = &policy.with_check {
        sql.push_str(&format!(" WITH CHECK ({check})"));
    }
    Statements {
        create: vec![sql],
        drop: Some(drops::plain("POLICY", &on(object, policy))),
        requires: policy.roles.iter().cloned().map(Requirement::Role).collect(),
        ..Statements::default()
    }
}

/// The table is the target: no statement names the switch itself.
pub(crate) fn row_security_target(object: &Object) -> Naming {
    Naming {
        keyword: "TABLE",
        sql: name(object),
        grant_keyword: "TABLE",
    }
}

pub(crate) fn render_row_security(object: &Object, _ctx: &Context) -> Statements {
    let name = name(object);
    let drop = "DISABLE ROW LEVEL SECURITY";
    Statements {
        create: vec![format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")],
        drop: Some(drops::alter_table(false, &name, drop, drop)),
        ..Statements::default()
    }
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

fn on(object: &Object, policy: &Policy) -> String {
    let table = qualified(object.schema.as_deref().unwrap_or_default(), &policy.relation);
    format!("{} ON {table}", quote_ident(&object.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::ddl::text::role_marks;
    use crate::model::Class;
    use crate::model::objects::object::Definition;

    #[test]
    fn a_policy_says_what_is_not_the_default() {
        let policy = Policy {
            relation: "t".to_owned(),
            permissive: false,
            command: 'w',
            roles: vec!["Anna".to_owned(), "public".to_owned()],
            using: Some("(a > 0)".to_owned()),
            with_check: Some("true".to_owned()),
        };
        let object = part(Class::Policy, "p", Definition::Policy(policy.clone()));
        let statements = render(&object, &policy, &context(&[]));
        assert_eq!(
            role_marks::plain(&statements.create[0]),
            "CREATE POLICY p ON public.t AS RESTRICTIVE FOR UPDATE TO \"Anna\", public USING ((a > 0)) \
             WITH CHECK (true)"
        );
        assert_eq!(statements.requires[0], Requirement::Role("Anna".to_owned()));
    }
}
