//! `--role-map FROM=TO`: other names for the roles of an archive, wherever its SQL names them.
//!
//! Replaces only the spans that the archive marks as names of roles.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::entry::Requirement;
use crate::model::ident::{quote_ident, unquote_ident};
use crate::model::mentions::{RoleMention, StatementList};
use crate::model::{Catalog, Entry, Kind};

/// Each role to be replaced, with the role that stands for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleMap {
    pairs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleMapError {
    #[error("`{0}` is not FROM=TO; a name with `=` goes in double quotes")]
    NotAPair(String),
    #[error("role `{0}` is mapped twice")]
    Twice(String),
}

impl RoleMap {
    /// Parses texts `FROM=TO`. Names are taken as written; in double quotes they may contain `=`.
    pub fn parse(texts: &[String]) -> Result<Self, RoleMapError> {
        let mut pairs = BTreeMap::new();
        for text in texts {
            let Some((from, to)) = split(text) else {
                return Err(RoleMapError::NotAPair(text.clone()));
            };
            if pairs.insert(from.clone(), to).is_some() {
                return Err(RoleMapError::Twice(from));
            }
        }
        Ok(Self { pairs })
    }

    /// Whether no role is replaced.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The role that stands for `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).map(String::as_str)
    }

    /// Each role with the one that stands for it, in the order of their names.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(from, to)| (from.as_str(), to.as_str()))
    }

    /// The roles that take the place of others.
    pub fn replacements(&self) -> impl Iterator<Item = &String> {
        self.pairs.values()
    }

    /// The roles to be replaced that the archive does not name.
    pub fn unknown(&self, catalog: &Catalog) -> Vec<String> {
        let known = named(catalog);
        let unknown = self.pairs.keys().filter(|name| !known.contains(*name));
        unknown.cloned().collect()
    }
}

/// Splits `FROM=TO` into its names.
fn split(text: &str) -> Option<(String, String)> {
    let (from, rest) = if text.starts_with('"') {
        let ends = text.match_indices("\"=").map(|(at, _)| at + 1);
        ends.filter_map(|end| Some((unquoted(&text[..end])?, &text[end + 1..])))
            .next()?
    } else {
        let (from, rest) = text.split_once('=')?;
        (from.to_owned(), rest)
    };
    let to = if rest.starts_with('"') {
        unquoted(rest)?
    } else {
        rest.to_owned()
    };
    (!from.is_empty() && !to.is_empty()).then_some((from, to))
}

fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let name = inner.replace("\"\"", "\"");
    (name.replace('"', "\"\"") == inner).then_some(name)
}

/// Every role that the archive names.
fn named(catalog: &Catalog) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in catalog.globals.iter().chain(&catalog.entries) {
        names.extend(entry.owner.iter().map(|owner| owner.role.clone()));
        for privilege in &entry.privileges {
            names.extend(privilege.grantor.iter().chain(&privilege.grantee).cloned());
        }
        names.extend(entry.requires.iter().filter_map(|requirement| match requirement {
            Requirement::Role(name) => Some(name.clone()),
            _ => None,
        }));
        names.extend(
            entry
                .roles
                .iter()
                .filter_map(|mention| unquote_ident(entry.mentioned(mention)?)),
        );
    }
    names
}

/// Replaces the names of roles in the whole catalog. Roles that others stand for are not created and get no settings.
/// `superusers` are the names of the bootstrap superuser at the source and at the target: memberships that the one
/// granted on its own authority are granted by the other.
pub fn apply(catalog: &mut Catalog, map: &RoleMap, superusers: Option<(&str, &str)>) {
    catalog.globals.retain(|entry| {
        let own = matches!(entry.kind, Kind::Role | Kind::RoleSettings);
        !own || map.get(&entry.name).is_none()
    });
    for entry in &mut catalog.globals {
        let membership = entry.kind == Kind::RoleMembership;
        rename(entry, map, |mention_number, list, name| match superusers {
            Some((source, target)) if membership && list == StatementList::Create && mention_number == GRANTOR => {
                (name == source).then(|| target.to_owned())
            }
            _ => None,
        });
    }
    catalog.globals.retain(|entry| !is_member_of_itself(entry));
    for (entry, id) in catalog.globals.iter_mut().zip(1..) {
        entry.id = id;
    }
    if !map.is_empty() {
        for entry in &mut catalog.entries {
            rename(entry, map, |_, _, _| None);
        }
    }
}

/// The names in a membership's statement are role, member, grantor.
const GRANTOR: usize = 2;

fn is_member_of_itself(entry: &Entry) -> bool {
    let mut names = entry
        .roles
        .iter()
        .filter(|mention| mention.list == StatementList::Create)
        .map(|mention| entry.mentioned(mention));
    entry.kind == Kind::RoleMembership && names.next().flatten() == names.next().flatten()
}

/// Renames the roles of an entry. `special` is asked before the map; its first argument is the name's position among
/// those of its list.
fn rename(entry: &mut Entry, map: &RoleMap, special: impl Fn(usize, StatementList, &str) -> Option<String>) {
    let changed = |name: &mut String| {
        if let Some(other) = map.get(name) {
            *name = other.to_owned();
        }
    };
    entry.owner.iter_mut().for_each(|owner| changed(&mut owner.role));
    let owner = entry.owner.as_ref().map(|owner| owner.role.clone());
    for privilege in &mut entry.privileges {
        privilege.grantor.iter_mut().for_each(changed);
        privilege.grantee.iter_mut().for_each(changed);
        if owner.is_some() && privilege.grantor == owner {
            privilege.grantor = None;
        }
    }
    for requirement in &mut entry.requires {
        if let Requirement::Role(name) = requirement {
            changed(name);
        }
    }
    let mut mentions = std::mem::take(&mut entry.roles);
    for (list, statement, text) in entry.statements_mut() {
        let own = mentions
            .iter_mut()
            .filter(|m| (m.list, m.statement) == (list, statement));
        rewrite(text, own, |number, name| {
            special(number, list, name).or_else(|| map.get(name).map(str::to_owned))
        });
    }
    entry.roles = mentions;
}

/// Replaces names in one statement, and updates their places.
fn rewrite<'a>(
    text: &mut String,
    mentions: impl Iterator<Item = &'a mut RoleMention>,
    other: impl Fn(usize, &str) -> Option<String>,
) {
    let mut new = String::with_capacity(text.len());
    let mut copied = 0;
    for (number, mention) in mentions.enumerate() {
        let start = mention.offset as usize;
        let end = start + mention.length as usize;
        let (Some(before), Some(quoted)) = (text.get(copied..start), text.get(start..end)) else {
            continue;
        };
        let replaced = unquote_ident(quoted).and_then(|name| other(number, &name));
        let quoted = replaced.map_or_else(|| quoted.to_owned(), |name| quote_ident(&name));
        new.push_str(before);
        mention.offset = new.len() as u32;
        mention.length = quoted.len() as u32;
        new.push_str(&quoted);
        copied = end;
    }
    new.push_str(text.get(copied..).unwrap_or_default());
    *text = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Owner, Privilege};

    fn mention(list: StatementList, offset: u32, length: u32) -> RoleMention {
        RoleMention {
            list,
            statement: 0,
            offset,
            length,
        }
    }

    fn map(texts: &[&str]) -> RoleMap {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        RoleMap::parse(&texts).expect("pairs")
    }

    #[test]
    fn names_may_be_quoted() {
        let map = map(&["a=B c", "\"x=\"\"y\"=\"=\""]);
        assert_eq!((map.get("a"), map.get("x=\"y")), (Some("B c"), Some("=")));
        for wrong in ["a", "=b", "a=", "\"a=b", "\"a\"b=c"] {
            assert!(RoleMap::parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
        assert!(RoleMap::parse(&["a=b".to_owned(), "a=c".to_owned()]).is_err());
    }

    #[test]
    fn only_marked_names_change() {
        let mut catalog = Catalog {
            entries: vec![Entry {
                create: vec!["CREATE POLICY a ON a TO a, b USING (a)".to_owned()],
                owner: Some(Owner {
                    role: "a".to_owned(),
                    statement: "OWNER TO a".to_owned(),
                    also: Vec::new(),
                }),
                privileges: vec![Privilege {
                    statement: "GRANT SELECT ON a TO b".to_owned(),
                    grantor: Some("b".to_owned()),
                    grantee: Some("b".to_owned()),
                }],
                requires: vec![Requirement::Role("b".to_owned())],
                roles: vec![
                    mention(StatementList::Create, 24, 1),
                    mention(StatementList::Create, 27, 1),
                    mention(StatementList::Owner, 9, 1),
                    mention(StatementList::Privileges, 21, 1),
                ],
                ..Entry::default()
            }],
            ..Catalog::default()
        };
        let swap = map(&["a=O'x \"y", "b=a"]);
        assert!(swap.unknown(&catalog).is_empty());
        assert_eq!(map(&["c=a"]).unknown(&catalog), ["c"]);
        apply(&mut catalog, &swap, None);
        let entry = &catalog.entries[0];
        assert_eq!(entry.create[0], "CREATE POLICY a ON a TO \"O'x \"\"y\", a USING (a)");
        assert_eq!(entry.mentioned(&entry.roles[1]), Some("a"));
        assert_eq!(
            entry.owner.as_ref().map(|o| o.statement.as_str()),
            Some("OWNER TO \"O'x \"\"y\"")
        );
        assert_eq!(entry.privileges[0].statement, "GRANT SELECT ON a TO a");
        assert_eq!(entry.privileges[0].grantor.as_deref(), Some("a"));
        assert_eq!(entry.requires, [Requirement::Role("a".to_owned())]);
    }

    #[test]
    fn the_bootstrap_superuser_grants_for_the_other() {
        let role = |name: &str| Entry {
            kind: Kind::Role,
            name: name.to_owned(),
            ..Entry::default()
        };
        let grant = |sql: &str| {
            let at = |word: &str| (sql.find(word).expect("there") + word.len()) as u32;
            Entry {
                kind: Kind::RoleMembership,
                create: vec![sql.to_owned()],
                roles: vec![
                    mention(StatementList::Create, at("GRANT "), 1),
                    mention(StatementList::Create, at(" TO "), 1),
                    mention(StatementList::Create, at(" BY "), 2),
                ],
                ..Entry::default()
            }
        };
        let mut catalog = Catalog {
            globals: vec![
                role("a"),
                role("b"),
                grant("GRANT a TO b GRANTED BY pg"),
                grant("GRANT b TO c GRANTED BY pg"),
            ],
            ..Catalog::default()
        };
        apply(&mut catalog, &map(&["a=b"]), Some(("pg", "Boss")));
        let left: Vec<(u32, Kind)> = catalog.globals.iter().map(|e| (e.id, e.kind)).collect();
        assert_eq!(left, [(1, Kind::Role), (2, Kind::RoleMembership)]);
        assert_eq!(catalog.globals[1].create, ["GRANT b TO c GRANTED BY \"Boss\""]);
    }
}
