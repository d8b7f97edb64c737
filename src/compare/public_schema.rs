//! Compares the schema `public` of servers before 15 with that of later ones.
//!
//! Before 15 the schema belongs to the role that initdb made, and PUBLIC may create in it. Since then it belongs to
//! `pg_database_owner`, and PUBLIC may use it. As in pg_dump, neither a dump nor a restore mentions this for a schema
//! that nobody changed: each database keeps the default of its server. So the older default and the newer one are no
//! difference.

use crate::model::{Catalog, Entry, Kind};
use crate::version::since;

/// The major version since which the newer default holds.
const CHANGED: u32 = since::CLOSED_PUBLIC_SCHEMA.major();

/// Removes the server's default from the older side if the newer side has the default of its own server. `bootstrap` is
/// the older server's first superuser.
pub(super) fn even_out(older: &mut Catalog, newer: &Catalog, bootstrap: Option<&str>) {
    let newer = newer.entries.iter().find(|entry| is_public(entry));
    let Some(older) = older.entries.iter_mut().find(|entry| is_public(entry)) else {
        return;
    };
    let has_owner = newer.is_some_and(|entry| entry.owner.is_some());
    if !has_owner
        && older
            .owner
            .as_ref()
            .is_some_and(|owner| Some(owner.role.as_str()) == bootstrap)
    {
        older.owner = None;
    }
    let says_of_everybody = |entry: &Entry| entry.privileges.iter().any(|privilege| privilege.grantee.is_none());
    let is_default = older
        .privileges
        .iter()
        .any(|privilege| privilege.grantee.is_none() && DEFAULTS.contains(&privilege.statement.as_str()));
    if is_default && newer.is_none_or(|entry| !says_of_everybody(entry)) {
        older.privileges.retain(|privilege| privilege.grantee.is_some());
    }
}

/// The default privileges of PUBLIC before and since 15, as a dump from an older server writes them.
const DEFAULTS: &[&str] = &[
    "GRANT ALL ON SCHEMA public TO PUBLIC",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
];

/// Whether the defaults of these two majors differ.
pub(super) fn differs(a: u32, b: u32) -> bool {
    (a < CHANGED) != (b < CHANGED)
}

fn is_public(entry: &Entry) -> bool {
    entry.kind == Kind::Schema && entry.name == "public"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Owner, Privilege};

    const ALL: &str = DEFAULTS[0];

    fn catalog(owner: Option<&str>, privileges: &[(&str, Option<&str>)]) -> Catalog {
        let privilege = |(statement, grantee): &(&str, Option<&str>)| Privilege {
            statement: (*statement).to_owned(),
            grantor: None,
            grantee: grantee.map(str::to_owned),
        };
        let entry = Entry {
            kind: Kind::Schema,
            name: "public".into(),
            owner: owner.map(|role| Owner {
                role: role.into(),
                statement: String::new(),
                also: Vec::new(),
            }),
            privileges: privileges.iter().map(privilege).collect(),
            ..Entry::default()
        };
        Catalog {
            entries: vec![entry],
            ..Catalog::default()
        }
    }

    fn evened(mut older: Catalog, newer: &Catalog) -> (Option<String>, usize) {
        even_out(&mut older, newer, Some("postgres"));
        let entry = &older.entries[0];
        (
            entry.owner.as_ref().map(|owner| owner.role.clone()),
            entry.privileges.len(),
        )
    }

    #[test]
    fn two_defaults_are_equal() {
        let older = catalog(
            Some("postgres"),
            &[("REVOKE USAGE ON SCHEMA public FROM PUBLIC", None), (ALL, None)],
        );
        assert_eq!(evened(older.clone(), &Catalog::default()), (None, 0));
        let closed = catalog(Some("postgres"), &[(DEFAULTS[1], None)]);
        assert_eq!(evened(closed, &Catalog::default()), (None, 0));
        assert_eq!(
            evened(
                older,
                &catalog(None, &[("GRANT USAGE ON SCHEMA public TO a", Some("a"))])
            ),
            (None, 0)
        );
    }

    #[test]
    fn what_somebody_changed_remains() {
        let default = || catalog(Some("postgres"), &[(ALL, None)]);
        // Restored from the older server.
        assert_eq!(evened(default(), &default()), (Some("postgres".to_owned()), 1));
        let owned = catalog(Some("app"), &[(ALL, None)]);
        assert_eq!(evened(owned, &Catalog::default()), (Some("app".to_owned()), 0));
        let closed = catalog(Some("postgres"), &[("REVOKE ALL ON SCHEMA public FROM PUBLIC", None)]);
        assert_eq!(evened(closed, &Catalog::default()), (None, 1));
        let granted = catalog(
            Some("postgres"),
            &[(ALL, None), ("GRANT ALL ON SCHEMA public TO a", Some("a"))],
        );
        assert_eq!(evened(granted, &Catalog::default()), (None, 1));
    }
}
