//! Definitions, owners, privileges and comments of two catalogs, matched by kind and identity.
//!
//! Definitions are compared by the text that printed statements settle at ([`settled`]). For servers of different
//! majors, differences in printing are evened out first ([`spelling`]).

use std::collections::BTreeMap;

use crate::compare::report::{CompareReport, Difference, Which};
use crate::compare::spelling::Majors;
use crate::compare::{settled, spelling};
use crate::model::{Catalog, Entry, Kind};

/// The aspects that a comparison ignores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// Owners of all objects.
    pub owners: bool,
    /// Privileges of objects and columns, and default privileges.
    pub privileges: bool,
}

/// Compares every entry of two catalogs; `majors` are those of the servers that printed them.
pub(super) fn compare(a: &Catalog, b: &Catalog, majors: Majors, ignore: Ignore, report: &mut CompareReport) {
    let left = by_key(a, ignore);
    let right = by_key(b, ignore);
    report.objects = left.len() as u64;
    for ((kind, identity), one) in &left {
        match right.get(&(*kind, identity.clone())) {
            Some(other) => compare_entry(one, other, majors, ignore, &mut report.differences),
            None => report.differences.push(only_in(Which::A, *kind, &one.identity)),
        }
    }
    for ((kind, _), other) in right.iter().filter(|(k, _)| !left.contains_key(*k)) {
        report.differences.push(only_in(Which::B, *kind, &other.identity));
    }
}

/// The entries that only one side has, in the order of their kinds and names. Entries that hold secrets come without
/// them.
pub(super) fn lone(a: &Catalog, b: &Catalog, ignore: Ignore) -> Vec<(Which, Entry)> {
    let (left, right) = (by_key(a, ignore), by_key(b, ignore));
    let only = |which, one: &BTreeMap<(Kind, String), &Entry>, other: &BTreeMap<(Kind, String), &Entry>| {
        let alone = one.iter().filter(|(key, _)| !other.contains_key(*key));
        alone
            .map(|(_, entry)| (which, shown(entry, ignore)))
            .collect::<Vec<_>>()
    };
    let mut found = only(Which::A, &left, &right);
    found.extend(only(Which::B, &right, &left));
    found
}

fn shown(entry: &Entry, ignore: Ignore) -> Entry {
    let mut entry = entry.clone();
    if ignore.owners {
        entry.owner = None;
    }
    if ignore.privileges {
        entry.privileges.clear();
    }
    if entry.secret {
        entry.create = vec![format!("-- {SECRET}")];
    }
    entry
}

fn by_key(catalog: &Catalog, ignore: Ignore) -> BTreeMap<(Kind, String), &Entry> {
    let wanted = |e: &&Entry| match e.kind {
        // The results of ANALYZE are no part of a database, and only archives have them.
        Kind::StatisticsData => false,
        // Large objects are compared one by one.
        Kind::LargeObjects => false,
        // Databases of different names may be equal.
        Kind::Database | Kind::DatabaseSettings => false,
        Kind::DefaultPrivileges => !ignore.privileges,
        // The entry of a schema `public` that is as its server made it has been emptied.
        Kind::Schema => !e.is_empty(),
        _ => true,
    };
    // An object that every database has gets an entry only for its comments, privileges and the like.
    let says_nothing = |e: &Entry| {
        e.create.is_empty()
            && e.comments.is_empty()
            && e.security_labels.is_empty()
            && (e.owner.is_none() || ignore.owners)
            && (e.privileges.is_empty() || ignore.privileges)
            && (ignore.owners || ignore.privileges)
    };
    let entries = catalog.entries.iter().filter(wanted).filter(|e| !says_nothing(e));
    entries.map(|e| ((e.kind, settled::name(&e.identity)), e)).collect()
}

fn only_in(side: Which, kind: Kind, identity: &str) -> Difference {
    Difference::OnlyIn {
        side,
        kind: kind.label().to_owned(),
        identity: identity.to_owned(),
    }
}

/// Stands in place of a definition.
const SECRET: &str = "(holds secrets, not shown)";

fn compare_entry(a: &Entry, b: &Entry, majors: Majors, ignore: Ignore, differences: &mut Vec<Difference>) {
    let secret = a.secret || b.secret;
    let mut check = |aspect: &'static str, left: String, right: String| {
        if left != right {
            let hide = secret && aspect == "definition";
            let shown = |text: String| if hide { SECRET.to_owned() } else { text };
            differences.push(Difference::Object {
                kind: a.kind.label().to_owned(),
                identity: a.identity.clone(),
                aspect,
                a: shown(left),
                b: shown(right),
            });
        }
    };
    let mut statements = |aspect: &'static str, a: &[String], b: &[String]| {
        if !settled::are_equal(a, b) {
            check(aspect, a.join(";\n"), b.join(";\n"));
        }
    };
    if !(majors.differ() && spelling::are_equal(a, b, majors)) {
        statements("definition", &a.create, &b.create);
    }
    statements("comment", &a.comments, &b.comments);
    statements("security label", &a.security_labels, &b.security_labels);
    if !ignore.owners {
        let owner = |e: &Entry| e.owner.as_ref().map_or_else(String::new, |o| o.role.clone());
        check("owner", owner(a), owner(b));
    }
    let privileges_match = majors.differ() && spelling::privileges(a) == spelling::privileges(b);
    if !ignore.privileges && !privileges_match {
        check("privileges", privileges(a), privileges(b));
    }
}

/// The privileges as a sorted set, because the order of grants by different grantors has no meaning.
pub(super) fn privileges(entry: &Entry) -> String {
    let mut list: Vec<String> = entry
        .privileges
        .iter()
        .map(|p| match &p.grantor {
            Some(grantor) => format!("{} (by {grantor})", settled::name(&p.statement)),
            None => settled::name(&p.statement),
        })
        .collect();
    list.sort_unstable();
    list.join(";\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(identity: &str, create: &str, owner: &str) -> Entry {
        Entry {
            kind: Kind::Table,
            identity: identity.into(),
            create: vec![create.into()],
            owner: Some(crate::model::entry::Owner {
                role: owner.into(),
                statement: String::new(),
                also: Vec::new(),
            }),
            ..Entry::default()
        }
    }

    fn compared(a: Vec<Entry>, b: Vec<Entry>, ignore: Ignore) -> Vec<Difference> {
        let mut report = CompareReport::default();
        let catalog = |entries| Catalog {
            entries,
            ..Catalog::default()
        };
        compare(&catalog(a), &catalog(b), Majors::of(18, 18), ignore, &mut report);
        report.differences
    }

    #[test]
    fn objects_are_matched_by_kind_and_identity() {
        let a = vec![entry("s.t", "CREATE TABLE s.t ()", "x"), entry("s.gone", "", "x")];
        let b = vec![entry("s.t", "CREATE TABLE s.t (i int)", "x"), entry("s.new", "", "x")];
        let found = compared(a, b, Ignore::default());
        assert_eq!(found.len(), 3);
        assert!(matches!(
            found[1],
            Difference::Object {
                aspect: "definition",
                ..
            }
        ));
    }

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let secret = |create: &str| Entry {
            secret: true,
            ..entry("FOR a SERVER s", create, "x")
        };
        let (a, b) = (
            vec![secret("OPTIONS (password 'p')")],
            vec![secret("OPTIONS (password 'q')")],
        );
        let found = format!("{:?}", compared(a.clone(), b, Ignore::default()));
        assert!(found.contains("definition") && !found.contains("password"), "{found}");
        assert!(compared(a.clone(), a, Ignore::default()).is_empty());
    }

    #[test]
    fn what_only_says_who_owns_is_nothing_where_owners_are_ignored() {
        let owners = Ignore {
            owners: true,
            privileges: false,
        };
        let only_owner = || {
            vec![Entry {
                create: Vec::new(),
                ..entry("s.t", "", "x")
            }]
        };
        assert!(compared(only_owner(), Vec::new(), owners).is_empty());
        assert_eq!(compared(only_owner(), Vec::new(), Ignore::default()).len(), 1);
    }

    #[test]
    fn owners_can_be_ignored() {
        let (a, b) = (vec![entry("s.t", "", "x")], vec![entry("s.t", "", "y")]);
        assert_eq!(compared(a.clone(), b.clone(), Ignore::default()).len(), 1);
        assert!(
            compared(
                a,
                b,
                Ignore {
                    owners: true,
                    privileges: false
                }
            )
            .is_empty()
        );
    }
}
