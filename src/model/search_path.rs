//! The settings of `search_path` that a database's sessions had.

use super::{Catalog, Kind};

/// The setting of a server that nobody has changed.
pub const DEFAULT: &str = "\"$user\", public";

/// Upper limit for the settings that are kept: more of them tell nothing about a database.
pub const MOST: usize = 16;

/// A setting that means the same for every role: `$user` is replaced by the schema that belongs to `user`, as a quoted
/// name.
pub fn of_user(path: &str, user: &str) -> String {
    let names = split(path).into_iter().map(|name| match name {
        "\"$user\"" | "$user" => user,
        name => name,
    });
    names.collect::<Vec<_>>().join(", ")
}

/// A setting under which no schema comes before those that every database has: unqualified names of these mean the same
/// as under an empty path.
pub fn behind_the_system(path: &str) -> String {
    let is_system = |name: &&str| name.trim_matches('"').eq_ignore_ascii_case("pg_catalog");
    let names: Vec<&str> = split(path).into_iter().filter(|name| !is_system(name)).collect();
    names.join(", ")
}

/// The names in a setting, as they are quoted there.
fn split(path: &str) -> Vec<&str> {
    let mut quoted = false;
    let names = path.split(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    names.map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// The settings of the database and of roles in it, from the statements that make them; each once.
pub fn of_settings(catalog: &Catalog) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let entries = catalog.entries.iter().filter(|e| e.kind == Kind::DatabaseSettings);
    for sql in entries.flat_map(|entry| &entry.create) {
        let path = sql.split_once(" SET search_path TO ").and_then(|(_, list)| names(list));
        paths.extend(path.filter(|path| !path.is_empty() && !paths.contains(path)));
        if paths.len() == MOST {
            break;
        }
    }
    paths
}

/// Turns a list of literals into the names that they hold, quoted and separated by commas; absent if the text is
/// anything else.
fn names(list: &str) -> Option<String> {
    let mut names = Vec::new();
    let mut left = list.trim();
    loop {
        let mut name = String::new();
        if let Some(quoted) = left.strip_prefix('\'') {
            let mut letters = quoted.char_indices().peekable();
            let end = loop {
                match letters.next()? {
                    (_, '\'') if letters.peek().is_some_and(|(_, next)| *next == '\'') => {
                        letters.next();
                        name.push('\'');
                    }
                    (end, '\'') => break end,
                    (_, letter) => name.push(letter),
                }
            };
            left = quoted[end + 1..].trim_start();
        } else {
            let end = left.find(',').unwrap_or(left.len());
            name.push_str(left[..end].trim().trim_matches('"'));
            left = &left[end..];
        }
        names.push(format!("\"{}\"", name.replace('"', "\"\"")));
        match left.strip_prefix(',') {
            Some(rest) => left = rest.trim_start(),
            None => break left.is_empty().then(|| names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Entry;

    #[test]
    fn lists_of_literals_are_read_as_names() {
        assert_eq!(names("app").as_deref(), Some("\"app\""));
        assert_eq!(
            names("'$user', 'App', 'it''s', public").as_deref(),
            Some("\"$user\", \"App\", \"it's\", \"public\"")
        );
        assert_eq!(names("'open"), None);
        assert_eq!(names("'a' b"), None);
    }

    #[test]
    fn the_user_of_a_setting_is_whoever_had_it() {
        assert_eq!(of_user("\"$user\",public", "\"Anna\""), "\"Anna\", public");
        assert_eq!(of_user("app, $user", "anna"), "app, anna");
        assert_eq!(of_user("\"a,b\" , c", "anna"), "\"a,b\", c");
    }

    #[test]
    fn nothing_comes_before_what_every_database_has() {
        assert_eq!(behind_the_system("app, pg_catalog, \"a\"\",b\""), "app, \"a\"\",b\"");
        assert_eq!(behind_the_system("\"pg_catalog\""), "");
    }

    #[test]
    fn settings_of_an_archive_are_found() {
        let sql = |text: &str| text.to_owned();
        let entry = Entry {
            kind: Kind::DatabaseSettings,
            create: vec![
                sql("ALTER DATABASE app SET work_mem TO '64MB'"),
                sql("ALTER DATABASE app SET search_path TO 'app', 'public'"),
                sql("ALTER ROLE web IN DATABASE app SET search_path TO web"),
                sql("ALTER ROLE job IN DATABASE app SET search_path TO web"),
            ],
            ..Entry::default()
        };
        let catalog = Catalog {
            entries: vec![entry],
            ..Catalog::default()
        };
        assert_eq!(of_settings(&catalog), ["\"app\", \"public\"", "\"web\""]);
    }
}
