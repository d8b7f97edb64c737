//! What is said of the database itself (owner, settings, privileges, limits, comment), said of one under another name.

use crate::connect::Wire;
use crate::model::ident::quote_ident;
use crate::model::{Entry, Kind};
use crate::snapshot::SnapshotError;

/// Says of the database `to` what an archive says of its database `from`. The session is of a role that may.
pub(super) fn apply(wire: &mut Wire, entries: &[Entry], from: &str, to: &str) -> Result<(), SnapshotError> {
    let of_database = |kind: Kind| entries.iter().filter(move |e| e.kind == kind);
    // The owner last: what was said before is then said by the owner of now.
    for entry in of_database(Kind::DatabaseSettings).chain(of_database(Kind::Database)) {
        for statement in statements(entry, from, to) {
            // One statement per message.
            wire.pipeline(&[statement.as_str()])
                .map_err(|(_, source)| SnapshotError::Server {
                    doing: "cannot define the new database as the snapshot has it",
                    source,
                })?;
        }
    }
    Ok(())
}

fn statements(entry: &Entry, from: &str, to: &str) -> Vec<String> {
    let owner = entry.owner.iter().flat_map(|owner| owner.statements());
    let mut list: Vec<String> = entry
        .create
        .iter()
        .chain(&entry.security_labels)
        .map(|sql| renamed(sql, from, to))
        .collect();
    for privilege in &entry.privileges {
        let sql = renamed(&privilege.statement, from, to);
        match &privilege.grantor {
            None => list.push(sql),
            Some(grantor) => {
                list.push(format!("SET ROLE {}", quote_ident(grantor)));
                list.push(sql);
                list.push("RESET ROLE".to_owned());
            }
        }
    }
    list.extend(owner.map(|sql| renamed(sql, from, to)));
    list
}

/// A comment is said at the end: until then it marks the database.
pub(super) fn comments(entries: &[Entry], from: &str, to: &str) -> Vec<String> {
    let databases = entries.iter().filter(|e| e.kind == Kind::Database);
    databases
        .flat_map(|e| &e.comments)
        .map(|sql| renamed(sql, from, to))
        .collect()
}

/// The statement with the name of the other database, which follows the word in every one of them.
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
