//! Default privileges as every server would list them.

use crate::compare::spelling::TABLE_PRIVILEGES;
use crate::model::{Catalog, Entry, Kind};
use crate::version::since;

/// The major version that brought the privilege MAINTAIN on tables, which is included in `ALL` from then on.
const MAINTAIN: u32 = since::MAINTAIN.major();

/// Puts the statements in one order: REVOKE before GRANT, each by its text. A server keeps the list in the order of the
/// roles' oids, which differ on another server, and archives of earlier versions have that order.
pub(super) fn in_one_order(catalog: &mut Catalog) {
    for entry in of(catalog) {
        entry
            .create
            .sort_by_cached_key(|sql| (!sql.contains(" REVOKE "), sql.clone()));
    }
}

/// Leaves MAINTAIN out, as [`spelling`](crate::compare::spelling) does where MAINTAIN is granted on a table.
pub(super) fn even_out(catalog: &mut Catalog) {
    for entry in of(catalog).filter(|entry| entry.name == "TABLES") {
        let only =
            |sql: &String| sql.contains(" GRANT MAINTAIN ON TABLES ") || sql.contains(" REVOKE MAINTAIN ON TABLES ");
        entry.create.retain(|sql| !only(sql));
        for sql in &mut entry.create {
            *sql = sql.replace(", MAINTAIN", "").replace(TABLE_PRIVILEGES, "ALL");
        }
    }
}

/// Whether one of the majors knows the privilege and the other does not.
pub(super) fn differ(older: u32, newer: u32) -> bool {
    older < MAINTAIN && newer >= MAINTAIN
}

fn of(catalog: &mut Catalog) -> impl Iterator<Item = &mut Entry> {
    catalog
        .entries
        .iter_mut()
        .filter(|entry| entry.kind == Kind::DefaultPrivileges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evened(statements: &[&str]) -> Vec<String> {
        let head = "ALTER DEFAULT PRIVILEGES FOR ROLE o";
        let entry = Entry {
            kind: Kind::DefaultPrivileges,
            name: "TABLES".into(),
            create: statements.iter().map(|sql| format!("{head} {sql}")).collect(),
            ..Entry::default()
        };
        let mut catalog = Catalog {
            entries: vec![entry],
            ..Catalog::default()
        };
        even_out(&mut catalog);
        in_one_order(&mut catalog);
        catalog.entries.remove(0).create
    }

    #[test]
    fn maintain_and_the_order_of_roles_make_no_difference() {
        let older = [
            "REVOKE INSERT, SELECT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLES FROM o",
            "GRANT INSERT, UPDATE ON TABLES TO o",
            "GRANT SELECT ON TABLES TO b",
            "GRANT SELECT ON TABLES TO a",
        ];
        let newer = [
            "REVOKE ALL ON TABLES FROM o",
            "GRANT INSERT, UPDATE, MAINTAIN ON TABLES TO o",
            "GRANT MAINTAIN ON TABLES TO c",
            "GRANT SELECT ON TABLES TO a",
            "GRANT SELECT ON TABLES TO b",
        ];
        assert_eq!(evened(&older), evened(&newer));
        assert_ne!(evened(&older), evened(&older[1..]));
        assert!(evened(&older)[0].contains("REVOKE"));
    }
}
