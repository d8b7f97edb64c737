//! Options that a server stores for itself among those of users.
//!
//! PostgreSQL 15.20 as Debian serves it notes `pg_attver=NNN` among the options of every column. Its own pg_dump leaves
//! that out, and the server accepts and ignores it in SET. The number is the server's alone, and other servers refuse
//! the name. So it is no part of a database: it is not read, and it is removed from archives that already hold it.
//! Other servers may store more, so the rule is the prefix that PostgreSQL reserves for itself: on no major does an
//! option of a column, relation or tablespace that a user may set begin with it. A foreign data wrapper chooses the
//! names of its options freely, so of those only the known names count as a server's.

use super::entry::{Catalog, Entry};
use super::kind::Kind;
use crate::model::needs_version::On;

const RESERVED: &str = "pg_";
const KNOWN: &[&str] = &["pg_attver"];

/// Whether an element of `attoptions`, `reloptions` or `spcoptions` (`name` or `name=value`) is the server's own.
pub fn is_option(option: &str) -> bool {
    option.starts_with(RESERVED)
}

/// Whether the option of this name of a foreign object is the server's own.
pub fn is_foreign_option(name: &str) -> bool {
    KNOWN.contains(&name)
}

impl Catalog {
    /// Takes the server's own options out of definitions that an earlier version made.
    pub fn forget_server_kept(&mut self) {
        for entry in &mut self.entries {
            if matches!(entry.kind, Kind::Table | Kind::ForeignTable | Kind::MaterializedView) {
                forget(entry);
            }
        }
    }
}

fn forget(entry: &mut Entry) {
    // Only names can contain the prefix by chance, and these are checked below.
    if !entry.create.iter().any(|sql| sql.contains(RESERVED)) {
        return;
    }
    let cleaned: Vec<Option<Cleaned>> = entry.create.iter().map(|sql| clean(sql)).collect();
    for (sql, cleaned) in entry.create.iter_mut().zip(&cleaned) {
        if let Some(Cleaned::Shorter(shorter)) = cleaned {
            sql.clone_from(shorter);
        }
    }
    let is_empty = |on| match on {
        On::Create(at) => matches!(cleaned.get(at as usize), Some(Some(Cleaned::Nothing))),
        _ => false,
    };
    entry.retain(|_, on| !is_empty(on));
}

/// The rest of a statement that named an option of the server.
#[derive(Debug, PartialEq, Eq)]
enum Cleaned {
    Shorter(String),
    Nothing,
}

/// The user's part of `ALTER .. ALTER COLUMN .. SET (pg_attver='7', n_distinct='5')`; `None` for every other statement.
fn clean(sql: &str) -> Option<Cleaned> {
    let list = sql.strip_suffix(')')?;
    if !sql.starts_with("ALTER ") {
        return None;
    }
    let open = unquoted_positions(list).find(|at| list[*at..].starts_with(" SET ("))? + " SET (".len();
    let (head, items) = (&list[..open], split_items(&list[open..]));
    let own: Vec<&str> = items.iter().copied().filter(|item| !is_option(item)).collect();
    if own.len() == items.len() {
        None
    } else if own.is_empty() {
        Some(Cleaned::Nothing)
    } else {
        Some(Cleaned::Shorter(format!("{head}{})", own.join(", "))))
    }
}

fn split_items(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut start = 0;
    for at in unquoted_positions(list).filter(|at| list[*at..].starts_with(", ")) {
        items.push(&list[start..at]);
        start = at + ", ".len();
    }
    items.push(&list[start..]);
    items
}

/// The positions of characters outside of quotes. `ident::quote_literal` made the values: in `E'..'` a backslash is
/// always doubled, and so are quotes, so that an odd number of quotes means the inside of a literal.
fn unquoted_positions(text: &str) -> impl Iterator<Item = usize> {
    let mut inside: Option<char> = None;
    text.char_indices().filter_map(move |(at, c)| match inside {
        Some(quote) => {
            if c == quote {
                inside = None;
            }
            None
        }
        None if c == '\'' || c == '"' => {
            inside = Some(c);
            None
        }
        None => Some(at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "ALTER TABLE ONLY public.t ALTER COLUMN a SET ";

    #[test]
    fn the_users_own_options_stay() {
        let cleaned = |list: &str| clean(&format!("{HEAD}{list}"));
        let shorter = |list: &str| Some(Cleaned::Shorter(format!("{HEAD}{list}")));
        assert_eq!(cleaned("(n_distinct='5', pg_attver='12')"), shorter("(n_distinct='5')"));
        assert_eq!(
            cleaned("(pg_attver='12', n_distinct='5', n_distinct_inherited='-0.4')"),
            shorter("(n_distinct='5', n_distinct_inherited='-0.4')")
        );
        assert_eq!(cleaned("(pg_attver='12')"), Some(Cleaned::Nothing));
        assert_eq!(
            cleaned("(pg_attver='1, n_distinct=''5', pg_else)"),
            Some(Cleaned::Nothing)
        );
        assert_eq!(cleaned("(n_distinct='5')"), None);
    }

    #[test]
    fn names_and_values_that_look_alike_stay() {
        for sql in [
            "ALTER TABLE ONLY public.\"x SET (pg_attver='1')\" ALTER COLUMN a SET STORAGE MAIN",
            "ALTER TABLE ONLY public.\"x SET (pg_\" ALTER COLUMN \", pg_a\" SET (n_distinct='5')",
            "ALTER TABLE ONLY public.t SET (user_catalog_table='x, pg_a')",
            "ALTER FOREIGN TABLE ONLY f ALTER COLUMN a OPTIONS (pg_a 'x')",
            "CREATE TABLE t (a text DEFAULT ' SET (pg_attver=1)')",
        ] {
            assert_eq!(clean(sql), None, "{sql}");
        }
    }

    #[test]
    fn positions_of_what_can_be_left_out_follow() {
        let mut entry = Entry {
            kind: Kind::Table,
            create: vec![
                "CREATE TABLE public.t (a integer)".to_owned(),
                format!("{HEAD}(pg_attver='1')"),
                format!("{HEAD}(pg_attver='1', n_distinct='5')"),
                "ALTER TABLE ONLY public.t REPLICA IDENTITY FULL".to_owned(),
            ],
            extras: vec![1, 2, 3],
            ..Entry::default()
        };
        forget(&mut entry);
        assert_eq!(entry.create.len(), 3);
        assert_eq!(entry.create[1], format!("{HEAD}(n_distinct='5')"));
        assert_eq!(entry.extras, [1, 2]);
    }
}
