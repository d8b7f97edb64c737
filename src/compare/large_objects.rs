//! Large objects of two catalogs, compared one by one: an archive groups them by owner and privileges,
//! so a group of one side need not be a group of the other.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::compare::definitions::{Ignore, privileges};
use crate::compare::report::{CompareReport, Difference, Which};
use crate::model::objects::large_objects::describe;
use crate::model::{Catalog, Entry};

const KIND: &str = "LARGE OBJECT";

/// The attributes of one object, which are the same texts for all objects that are alike.
#[derive(Debug)]
struct Said<'a> {
    owner: &'a str,
    privileges: Rc<str>,
    comments: Vec<&'a str>,
    labels: Vec<&'a str>,
}

/// Adds the differences; objects that differ in the same way share one difference.
pub(super) fn compare(a: &Catalog, b: &Catalog, ignore: Ignore, report: &mut CompareReport) {
    let (left, right) = (by_oid(a), by_oid(b));
    report.large_objects = left.len() as u64;
    let only = |one: &BTreeMap<u32, Said>, other: &BTreeMap<u32, Said>| -> Vec<u32> {
        one.keys().filter(|oid| !other.contains_key(*oid)).copied().collect()
    };
    for (side, oids) in [(Which::A, only(&left, &right)), (Which::B, only(&right, &left))] {
        if !oids.is_empty() {
            report.differences.push(Difference::OnlyIn {
                side,
                kind: KIND.to_owned(),
                identity: describe(&oids),
            });
        }
    }
    let mut found: BTreeMap<(&'static str, String, String), Vec<u32>> = BTreeMap::new();
    for (oid, one) in &left {
        let Some(other) = right.get(oid) else { continue };
        let mut check = |aspect, a: String, b: String| {
            if a != b {
                found.entry((aspect, a, b)).or_default().push(*oid);
            }
        };
        check("comment", one.comments.join(";\n"), other.comments.join(";\n"));
        check("security label", one.labels.join(";\n"), other.labels.join(";\n"));
        if !ignore.owners {
            check("owner", one.owner.to_owned(), other.owner.to_owned());
        }
        if !ignore.privileges {
            check("privileges", one.privileges.to_string(), other.privileges.to_string());
        }
    }
    for ((aspect, a, b), oids) in found {
        report.differences.push(Difference::Object {
            kind: KIND.to_owned(),
            identity: describe(&oids),
            aspect,
            a,
            b,
        });
    }
}

fn by_oid(catalog: &Catalog) -> BTreeMap<u32, Said<'_>> {
    let mut objects = BTreeMap::new();
    for entry in &catalog.entries {
        let privileges: Rc<str> = group_privileges(entry).into();
        for oid in &entry.large_objects {
            let said = Said {
                owner: entry.owner.as_ref().map_or("", |owner| &owner.role),
                privileges: Rc::clone(&privileges),
                comments: Vec::new(),
                labels: Vec::new(),
            };
            objects.insert(*oid, said);
        }
        for comment in &entry.comments {
            if let Some(said) = objects.get_mut(&named(comment)) {
                said.comments.push(comment);
            }
        }
        for label in &entry.security_labels {
            if let Some(said) = objects.get_mut(&named(label)) {
                said.labels.push(label);
            }
        }
    }
    objects
}

/// The oid of the object that a statement is about; for statements about anything else 0, which no object has.
fn named(statement: &str) -> u32 {
    let rest = statement.split_once(" ON LARGE OBJECT ").map_or("", |(_, rest)| rest);
    let digits = rest.split(' ').next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// The privileges of the entry, without the list of the objects that they are on.
fn group_privileges(entry: &Entry) -> String {
    let oids: Vec<String> = entry.large_objects.iter().map(u32::to_string).collect();
    privileges(entry).replace(
        &format!(" ON LARGE OBJECT {} ", oids.join(", ")),
        " ON LARGE OBJECT .. ",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::model::entry::{Owner, Privilege};

    fn group(oids: &[u32], owner: &str, reader: &str) -> Entry {
        let list: Vec<String> = oids.iter().map(u32::to_string).collect();
        Entry {
            kind: Kind::LargeObjects,
            large_objects: oids.to_vec(),
            owner: Some(Owner {
                role: owner.to_owned(),
                statement: String::new(),
                also: Vec::new(),
            }),
            privileges: vec![Privilege {
                statement: format!("GRANT SELECT ON LARGE OBJECT {} TO {reader}", list.join(", ")),
                grantor: None,
                grantee: Some(reader.to_owned()),
            }],
            ..Entry::default()
        }
    }

    fn compared(a: Vec<Entry>, b: Vec<Entry>, ignore: Ignore) -> Vec<Difference> {
        let catalog = |entries| Catalog {
            entries,
            ..Catalog::default()
        };
        let mut report = CompareReport::default();
        compare(&catalog(a), &catalog(b), ignore, &mut report);
        report.differences
    }

    #[test]
    fn how_objects_are_grouped_makes_no_difference() {
        let a = || vec![group(&[1, 2, 3], "o", "r")];
        let b = || vec![group(&[1, 3], "o", "r"), group(&[2], "o", "r")];
        assert_eq!(compared(a(), b(), Ignore::default()), []);
        let other_owner = || vec![group(&[1, 3], "o", "r"), group(&[2], "p", "r")];
        let found = compared(a(), other_owner(), Ignore::default());
        assert!(matches!(&found[..], [Difference::Object { aspect: "owner", identity, .. }] if identity == "2"));
        let ignore = Ignore {
            owners: true,
            privileges: false,
        };
        assert_eq!(compared(a(), other_owner(), ignore), []);
    }

    #[test]
    fn objects_that_differ_alike_are_one_difference() {
        let found = compared(
            vec![group(&[1, 2, 3, 9], "o", "r")],
            vec![group(&[1, 2, 3, 4], "o", "other")],
            Ignore::default(),
        );
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(matches!(&found[0], Difference::OnlyIn { side: Which::A, identity, .. } if identity == "9"));
        let Difference::Object { identity, a, b, .. } = &found[2] else {
            panic!("{found:?}");
        };
        assert_eq!(identity, "1 .. 3 (3)");
        assert_eq!(a, "GRANT SELECT ON LARGE OBJECT .. TO r");
        assert_eq!(b, "GRANT SELECT ON LARGE OBJECT .. TO other");
    }

    #[test]
    fn a_comment_belongs_to_its_object_whatever_it_says() {
        let comment = |oid, text: &str| format!("COMMENT ON LARGE OBJECT {oid} IS '{text}'");
        let with = |comments: Vec<String>| {
            let mut entry = group(&[1, 2], "o", "r");
            entry.comments = comments;
            vec![entry]
        };
        let tricky = comment(2, "x ON LARGE OBJECT 1 IS y");
        let found = compared(with(vec![tricky]), with(vec![]), Ignore::default());
        assert!(matches!(&found[..], [Difference::Object { aspect: "comment", identity, .. }] if identity == "2"));
    }
}
