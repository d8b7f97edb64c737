//! GRANT and REVOKE for the difference between an object's privileges and those of a new one.
//!
//! Items are compared as a whole: an item whose grant option changed is revoked and granted again. Grants keep the
//! order of the list, because that is the order in which chains of grants were made.

use crate::model::entry::{Privilege, Requirement};
use crate::model::ident::{quote_ident, quote_role};
use crate::model::objects::privileges::{Acl, AclItem, DefaultPrivileges};

/// The object that GRANT names.
#[derive(Clone, Copy, Debug)]
pub struct Grantable<'a> {
    /// The keyword after ON, e.g. `TABLE`.
    pub keyword: &'a str,
    /// The object, quoted SQL.
    pub sql: &'a str,
    /// The owner, not quoted. Grants by any other role name their grantor.
    pub owner: &'a str,
}

/// Every privilege that a kind of object can have. An item with all of them is written as ALL, so that it means the
/// same on a server that knows more.
fn all_privileges(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "TABLE" | "TABLES" => &[
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "TRUNCATE",
            "REFERENCES",
            "TRIGGER",
            "MAINTAIN",
        ],
        "SEQUENCE" | "SEQUENCES" => &["SELECT", "UPDATE", "USAGE"],
        "SCHEMA" | "SCHEMAS" => &["USAGE", "CREATE"],
        "FUNCTION" | "PROCEDURE" | "ROUTINE" | "FUNCTIONS" => &["EXECUTE"],
        "TYPE" | "DOMAIN" | "TYPES" | "LANGUAGE" | "FOREIGN DATA WRAPPER" | "FOREIGN SERVER" => &["USAGE"],
        "DATABASE" => &["CREATE", "CONNECT", "TEMPORARY"],
        "TABLESPACE" => &["CREATE"],
        "PARAMETER" => &["SET", "ALTER SYSTEM"],
        "LARGE OBJECT" | "LARGE OBJECTS" => &["SELECT", "UPDATE"],
        COLUMN => &["SELECT", "INSERT", "UPDATE", "REFERENCES"],
        _ => &[],
    }
}

/// The pseudo keyword for the privileges of a column.
const COLUMN: &str = "COLUMN";

/// The statements for an object and its columns, in the order to run them.
pub fn statements(acl: &Acl, target: Grantable) -> Vec<Privilege> {
    let on = format!("ON {} {}", target.keyword, target.sql);
    let mut statements = difference(acl, target.keyword, target.owner, |privileges| {
        format!("{privileges} {on}")
    });
    for (column, acl) in &acl.columns {
        let column = quote_ident(column);
        statements.extend(difference(acl, COLUMN, target.owner, |privileges| {
            let listed: Vec<String> = privileges
                .split(", ")
                .map(|privilege| format!("{privilege}({column})"))
                .collect();
            format!("{} {on}", listed.join(", "))
        }));
    }
    statements
}

/// `ALTER DEFAULT PRIVILEGES` for one row. The statement names the role, so that it never changes the defaults of
/// another role if this one may not be altered.
pub(crate) fn default_statements(defaults: &DefaultPrivileges) -> Vec<String> {
    let mut prefix = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}", quote_role(&defaults.role));
    if let Some(schema) = &defaults.in_schema {
        prefix.push_str(&format!(" IN SCHEMA {}", quote_ident(schema)));
    }
    difference(&defaults.acl, &defaults.objects, &defaults.role, |privileges| {
        format!("{privileges} ON {}", defaults.objects)
    })
    .into_iter()
    .map(|privilege| format!("{prefix} {}", privilege.statement))
    .collect()
}

/// The roles that statements for this list name.
pub(crate) fn required_roles(acl: &Acl) -> Vec<Requirement> {
    let lists = std::iter::once(acl).chain(acl.columns.iter().map(|(_, acl)| acl));
    let mut roles: Vec<Requirement> = lists
        .flat_map(|acl| {
            let actual = acl.actual.as_deref().unwrap_or_default();
            let differs = |item: &&AclItem| acl.actual.is_some() && acl.base.contains(item) != actual.contains(item);
            acl.base.iter().chain(actual).filter(differs)
        })
        .flat_map(|item| item.grantee.iter().chain(std::iter::once(&item.grantor)))
        .map(|role| Requirement::Role(role.clone()))
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// The REVOKEs, then the grants. `clause` turns `SELECT, UPDATE` into `SELECT, UPDATE ON TABLE t`.
fn difference(acl: &Acl, keyword: &str, owner: &str, clause: impl Fn(&str) -> String) -> Vec<Privilege> {
    let Some(actual) = &acl.actual else { return Vec::new() };
    let all = all_privileges(keyword);
    let mut statements = Vec::new();
    for item in acl.base.iter().filter(|item| !actual.contains(item)) {
        let names: Vec<&str> = item.privileges.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(privileges) = privilege_list(&names, all) {
            statements.push(Privilege {
                statement: format!("REVOKE {} FROM {}", clause(&privileges), grantee(item)),
                grantor: None,
                grantee: item.grantee.clone(),
            });
        }
    }
    let is_own = |item: &&AclItem| item.grantee.as_deref() == Some(owner) && item.grantor == owner;
    let granted: Vec<&AclItem> = actual.iter().filter(|item| !acl.base.contains(item)).collect();
    let own = granted.iter().copied().filter(|item| is_own(item));
    let others: Vec<&AclItem> = granted.iter().copied().filter(|item| !is_own(item)).collect();
    let kept = acl.base.iter().filter(|item| actual.contains(item));
    for item in own.chain(in_chains(others, kept, owner)) {
        for grantable in [false, true] {
            let names: Vec<&str> = item
                .privileges
                .iter()
                .filter(|(_, go)| *go == grantable)
                .map(|(name, _)| name.as_str())
                .collect();
            let Some(privileges) = privilege_list(&names, all) else {
                continue;
            };
            let option = if grantable { " WITH GRANT OPTION" } else { "" };
            statements.push(Privilege {
                statement: format!("GRANT {} TO {}{option}", clause(&privileges), grantee(item)),
                grantor: (item.grantor != owner).then(|| item.grantor.clone()),
                grantee: item.grantee.clone(),
            });
        }
    }
    statements
}

/// Puts each grant after those that allow its grantor to make it. Mostly the list already has this order. It has the
/// wrong one if a grantor lost the grant option from one role and keeps it from another.
fn in_chains<'a>(
    mut waiting: Vec<&'a AclItem>,
    kept: impl Iterator<Item = &'a AclItem>,
    owner: &str,
) -> Vec<&'a AclItem> {
    let mut made: Vec<&AclItem> = kept.collect();
    let first = made.len();
    while !waiting.is_empty() {
        let may_grant = |item: &AclItem| {
            item.grantor == owner
                || item.privileges.iter().all(|(name, _)| {
                    made.iter().any(|earlier| {
                        earlier.grantee.as_ref() == Some(&item.grantor)
                            && earlier.privileges.contains(&(name.clone(), true))
                    })
                })
        };
        // A superuser's grant needs nobody's grant option, so it keeps its place.
        let next = waiting.iter().position(|item| may_grant(item)).unwrap_or(0);
        made.push(waiting.remove(next));
    }
    made.split_off(first)
}

fn grantee(item: &AclItem) -> String {
    item.grantee.as_deref().map_or_else(|| "PUBLIC".to_owned(), quote_role)
}

/// The list of privileges as SQL; `None` if it is empty. A privilege's name from the server is put into SQL only if it
/// consists of letters.
fn privilege_list(names: &[&str], all: &[&str]) -> Option<String> {
    if !all.is_empty() && all.iter().all(|privilege| names.contains(privilege)) {
        return Some("ALL".to_owned());
    }
    let safe = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
    let kept: Vec<&str> = names.iter().copied().filter(safe).collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

#[cfg(test)]
mod tests;
