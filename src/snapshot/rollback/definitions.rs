//! Definitions of the database itself (owner, settings, privileges, limits, comment), rewritten for another name.

use crate::model::ident::quote_ident;
use crate::model::{Entry, Kind};
use crate::restore::define;

/// The settings, which a restore's sessions should have already. `from` is the database's name in the archive.
pub(super) fn settings(entries: &[Entry], from: &str, to: &str) -> Vec<String> {
    let settings = of_kind(entries, Kind::DatabaseSettings).flat_map(|entry| &entry.create);
    settings.map(|sql| renamed(sql, from, to)).collect()
}

/// All other definitions, for the transaction that gives the database its name. Earlier, a connection limit or another
/// owner might prevent the restore.
pub(super) fn properties(entries: &[Entry], from: &str, to: &str) -> Vec<String> {
    let mut list = Vec::new();
    for entry in of_kind(entries, Kind::Database) {
        let owner = entry.owner.iter().flat_map(|owner| owner.statements());
        let remarks = entry.comments.iter().chain(&entry.security_labels);
        list.extend(entry.create.iter().chain(remarks).chain(owner).cloned());
        list.extend(define::privilege_statements(&entry.privileges, "RESET ROLE"));
    }
    list.iter().map(|sql| renamed(sql, from, to)).collect()
}

fn of_kind(entries: &[Entry], kind: Kind) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| entry.kind == kind)
}

/// The statement with the other name. In each of them the name follows the word DATABASE.
fn renamed(sql: &str, from: &str, to: &str) -> String {
    let old = format!("DATABASE {}", quote_ident(from));
    let is_whole = |end: usize| sql[end..].is_empty() || sql[end..].starts_with(' ');
    let found = sql.match_indices(&old).find(|(at, old)| is_whole(at + old.len()));
    match found {
        Some((at, old)) => format!("{}DATABASE {}{}", &sql[..at], quote_ident(to), &sql[at + old.len()..]),
        None => sql.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn the_name_is_changed_where_it_stands_whole() {
        for (sql, expected) in [
            (
                "ALTER DATABASE app SET search_path TO app",
                "ALTER DATABASE \"App2\" SET search_path TO app",
            ),
            (
                "GRANT CONNECT ON DATABASE app TO app",
                "GRANT CONNECT ON DATABASE \"App2\" TO app",
            ),
            (
                "ALTER ROLE r IN DATABASE app SET x TO '1'",
                "ALTER ROLE r IN DATABASE \"App2\" SET x TO '1'",
            ),
            ("COMMENT ON DATABASE app2 IS 'x'", "COMMENT ON DATABASE app2 IS 'x'"),
        ] {
            assert_eq!(renamed(sql, "app", "App2"), expected);
        }
    }
}
