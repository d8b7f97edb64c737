//! Worked examples, and the algebra: the statements turn what a new object has into what the
//! source has, played on a small model of the server.

use proptest::prelude::{Strategy, prop, prop_assert_eq, proptest};

use super::{Grantable, default_statements, statements};
use crate::ddl::text::role_marks;
use crate::model::objects::privileges::{Acl, AclItem, DefaultPrivileges};

const TABLE: Grantable = Grantable {
    keyword: "TABLE",
    sql: "s.t",
    owner: "o",
};
const ALL: &str = "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER MAINTAIN";

fn item(grantee: &str, grantor: &str, privileges: &str) -> AclItem {
    AclItem {
        grantee: (!grantee.is_empty()).then(|| grantee.to_owned()),
        grantor: grantor.to_owned(),
        privileges: privileges
            .split_whitespace()
            .map(|name| (name.trim_end_matches('*').to_owned(), name.ends_with('*')))
            .collect(),
    }
}

fn acl(base: Vec<AclItem>, actual: Vec<AclItem>) -> Acl {
    Acl {
        actual: Some(actual),
        base,
        ..Acl::default()
    }
}

fn plain_defaults(defaults: &DefaultPrivileges) -> Vec<String> {
    default_statements(defaults)
        .iter()
        .map(|sql| role_marks::plain(sql))
        .collect()
}

fn texts(acl: &Acl, target: Grantable) -> Vec<String> {
    statements(acl, target)
        .into_iter()
        .map(
            |privilege| match (privilege.grantor, role_marks::plain(&privilege.statement)) {
                (Some(grantor), statement) => format!("[{grantor}] {statement}"),
                (None, statement) => statement,
            },
        )
        .collect()
}

#[test]
fn untouched_privileges_need_no_statement() {
    assert!(texts(&Acl::default(), TABLE).is_empty());
    let own = vec![item("o", "o", ALL)];
    assert!(texts(&acl(own.clone(), own), TABLE).is_empty());
}

#[test]
fn an_empty_list_revokes_everything() {
    let schema = Grantable {
        keyword: "SCHEMA",
        sql: "s",
        owner: "o",
    };
    let base = vec![item("o", "o", "USAGE CREATE"), item("", "o", "USAGE")];
    assert_eq!(
        texts(&acl(base, Vec::new()), schema),
        ["REVOKE ALL ON SCHEMA s FROM o", "REVOKE USAGE ON SCHEMA s FROM PUBLIC"]
    );
}

#[test]
fn the_public_may_not_execute() {
    let function = Grantable {
        keyword: "FUNCTION",
        sql: "s.f(integer)",
        owner: "o",
    };
    let base = vec![item("", "o", "EXECUTE"), item("o", "o", "EXECUTE")];
    let actual = vec![item("o", "o", "EXECUTE"), item("a", "o", "EXECUTE")];
    assert_eq!(
        texts(&acl(base, actual), function),
        [
            "REVOKE ALL ON FUNCTION s.f(integer) FROM PUBLIC",
            "GRANT ALL ON FUNCTION s.f(integer) TO a"
        ]
    );
}

#[test]
fn chains_of_grants_keep_their_order_and_their_grantors() {
    let base = vec![item("o", "o", ALL)];
    let actual = vec![
        item("o", "o", ALL),
        item("A b", "o", "SELECT* INSERT"),
        item("c", "A b", "SELECT*"),
        item("", "c", "SELECT"),
    ];
    assert_eq!(
        texts(&acl(base, actual), TABLE),
        [
            "GRANT INSERT ON TABLE s.t TO \"A b\"",
            "GRANT SELECT ON TABLE s.t TO \"A b\" WITH GRANT OPTION",
            "[A b] GRANT SELECT ON TABLE s.t TO c WITH GRANT OPTION",
            "[c] GRANT SELECT ON TABLE s.t TO PUBLIC",
        ]
    );
}

#[test]
fn the_owners_own_grant_goes_first_and_a_changed_option_is_granted_anew() {
    let base = vec![item("o", "o", ALL)];
    let actual = vec![item("a", "o", "SELECT"), item("o", "o", "SELECT INSERT*")];
    assert_eq!(
        texts(&acl(base, actual), TABLE),
        [
            "REVOKE ALL ON TABLE s.t FROM o",
            "GRANT SELECT ON TABLE s.t TO o",
            "GRANT INSERT ON TABLE s.t TO o WITH GRANT OPTION",
            "GRANT SELECT ON TABLE s.t TO a",
        ]
    );
}

#[test]
fn a_server_without_maintain_lists_what_it_knows() {
    let known = "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER";
    let actual = vec![item("o", "o", known), item("a", "o", known)];
    assert_eq!(
        texts(&acl(vec![item("o", "o", known)], actual), TABLE),
        ["GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLE s.t TO a"]
    );
}

#[test]
fn columns_follow_their_table() {
    let mut table = acl(
        vec![item("o", "o", ALL)],
        vec![item("o", "o", ALL), item("a", "o", "DELETE")],
    );
    table.columns = vec![
        (
            "Col, 1".to_owned(),
            acl(Vec::new(), vec![item("a", "o", "SELECT UPDATE")]),
        ),
        (
            "c".to_owned(),
            acl(Vec::new(), vec![item("b", "a", "SELECT INSERT UPDATE REFERENCES")]),
        ),
    ];
    assert_eq!(
        texts(&table, TABLE),
        [
            "GRANT DELETE ON TABLE s.t TO a",
            "GRANT SELECT(\"Col, 1\"), UPDATE(\"Col, 1\") ON TABLE s.t TO a",
            "[a] GRANT ALL(c) ON TABLE s.t TO b",
        ]
    );
}

#[test]
fn defaults_name_the_role_and_the_schema() {
    let defaults = |in_schema: Option<&str>, base: Vec<AclItem>, actual: Vec<AclItem>| DefaultPrivileges {
        role: "r".to_owned(),
        in_schema: in_schema.map(str::to_owned),
        objects: "FUNCTIONS".to_owned(),
        acl: acl(base, actual),
    };
    let built_in = vec![item("", "r", "EXECUTE"), item("r", "r", "EXECUTE")];
    assert_eq!(
        plain_defaults(&defaults(None, built_in, vec![item("r", "r", "EXECUTE")])),
        ["ALTER DEFAULT PRIVILEGES FOR ROLE r REVOKE ALL ON FUNCTIONS FROM PUBLIC"]
    );
    assert_eq!(
        plain_defaults(&defaults(Some("My s"), Vec::new(), vec![item("a", "r", "EXECUTE*")])),
        ["ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA \"My s\" GRANT ALL ON FUNCTIONS TO a WITH GRANT OPTION"]
    );
}

#[test]
fn a_privilege_with_a_strange_name_is_not_put_into_sql() {
    let actual = vec![AclItem {
        grantee: None,
        grantor: "o".to_owned(),
        privileges: vec![("SELECT ON x TO y; --".to_owned(), false), ("SELECT".to_owned(), false)],
    }];
    assert_eq!(
        texts(&acl(Vec::new(), actual), TABLE),
        ["GRANT SELECT ON TABLE s.t TO PUBLIC"]
    );
}

/// The server's rules, as far as these statements use them: grantors, grantees and privileges, and that a grantor needs
/// the grant option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    items: Vec<AclItem>,
}

impl Server {
    fn holds_option(&self, role: &str, privilege: &str) -> bool {
        role == "o"
            || self.items.iter().any(|item| {
                item.grantee.as_deref() == Some(role)
                    && item.privileges.iter().any(|(name, go)| name == privilege && *go)
            })
    }

    fn run(&mut self, statement: &str, grantor: &str) -> Result<(), String> {
        let (verb, rest) = statement.split_once(' ').ok_or("verb")?;
        let (names, rest) = rest.split_once(" ON TABLE s.t ").ok_or("target")?;
        let names: Vec<&str> = if names == "ALL" {
            ALL.split(' ').collect()
        } else {
            names.split(", ").collect()
        };
        let (grantee, option) = match rest.strip_suffix(" WITH GRANT OPTION") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let grantee = grantee.split_once(' ').ok_or("grantee")?.1;
        let grantee = (grantee != "PUBLIC").then(|| grantee.to_owned());
        let at = self
            .items
            .iter()
            .position(|item| item.grantee == grantee && item.grantor == grantor);
        if verb == "REVOKE" {
            if let Some(at) = at {
                self.items[at]
                    .privileges
                    .retain(|(name, _)| !names.contains(&name.as_str()));
                if self.items[at].privileges.is_empty() {
                    self.items.remove(at);
                }
            }
            return Ok(());
        }
        for name in names {
            if !self.holds_option(grantor, name) {
                return Err(format!("{grantor} may not grant {name}"));
            }
            let at = self
                .items
                .iter()
                .position(|item| item.grantee == grantee && item.grantor == grantor)
                .unwrap_or_else(|| {
                    self.items.push(AclItem {
                        grantee: grantee.clone(),
                        grantor: grantor.to_owned(),
                        privileges: Vec::new(),
                    });
                    self.items.len() - 1
                });
            let held = &mut self.items[at].privileges;
            match held.iter_mut().find(|(held, _)| held == name) {
                Some((_, go)) => *go |= option,
                None => held.push((name.to_owned(), option)),
            }
        }
        Ok(())
    }

    fn normalised(mut self) -> Vec<AclItem> {
        for item in &mut self.items {
            item.privileges.sort_by_key(|(name, _)| ALL.find(name.as_str()));
        }
        self.items.sort();
        self.items
    }
}

fn history() -> impl Strategy<Value = Vec<(usize, usize, usize, bool, bool)>> {
    prop::collection::vec(
        (
            0usize..5,
            0usize..5,
            0usize..8,
            prop::bool::ANY,
            prop::bool::weighted(0.2),
        ),
        0..30,
    )
}

proptest! {
    /// Makes grants at random, by roles that may make them, then runs the statements on a new table.
    #[test]
    fn statements_rebuild_what_the_source_has(history in history()) {
        let roles = ["o", "a", "b", "c", ""];
        let names: Vec<&str> = ALL.split(' ').collect();
        let base = vec![item("o", "o", ALL)];
        let mut source = Server { items: base.clone() };
        for (grantor, grantee, privilege, option, revoke) in history {
            let grantor = roles[grantor];
            let to = if roles[grantee].is_empty() { "PUBLIC" } else { roles[grantee] };
            // The server refuses to give PUBLIC a grant option, and circles of grants.
            if grantor.is_empty() || (option && to == "PUBLIC") || (grantee <= roles.iter().position(|r| *r == grantor).unwrap_or(0) && to != "o") {
                continue;
            }
            if revoke {
                // Only grants that no other depends on: without CASCADE the server refuses the rest.
                if to == "PUBLIC" || to == "c" || to == "o" {
                    let _ = source.run(&format!("REVOKE {} ON TABLE s.t FROM {to}", names[privilege]), grantor);
                }
                continue;
            }
            if to == "o" && grantor != "o" {
                continue;
            }
            let option = if option { " WITH GRANT OPTION" } else { "" };
            let _ = source.run(&format!("GRANT {} ON TABLE s.t TO {to}{option}", names[privilege]), grantor);
        }
        let mut wanted = source.clone();
        for item in &mut wanted.items {
            item.privileges.sort_by_key(|(name, _)| ALL.find(name.as_str()));
        }
        let list = acl(base.clone(), wanted.items.clone());
        let mut copy = Server { items: base };
        for privilege in statements(&list, TABLE) {
            let grantor = privilege.grantor.as_deref().unwrap_or("o");
            let ran = copy.run(&role_marks::plain(&privilege.statement), grantor);
            prop_assert_eq!(ran, Ok(()), "{}", privilege.statement);
        }
        prop_assert_eq!(copy.normalised(), wanted.normalised());
    }
}
