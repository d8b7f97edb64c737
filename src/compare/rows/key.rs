//! Reads the primary key of a table from the statement that makes it. Pure.

use crate::model::ident::unquote_ident;
use crate::model::{Catalog, Kind, Relation};

/// The names of the key's columns, in the key's order; absent where the catalog has no key.
pub(super) fn primary(catalog: &Catalog, relation: &Relation) -> Option<Vec<String>> {
    let table = relation.entry?;
    let constraints = catalog.entries.iter();
    let mut constraints = constraints.filter(|e| e.kind == Kind::Constraint && e.parent == Some(table));
    constraints.find_map(|entry| entry.create.iter().find_map(|sql| columns(sql)))
}

/// The columns of `ALTER TABLE .. ADD CONSTRAINT name PRIMARY KEY (a, "b")`.
fn columns(sql: &str) -> Option<Vec<String>> {
    let list = after_keywords(sql)?;
    let mut names = Vec::new();
    let mut rest = list;
    loop {
        let length = identifier(rest)?;
        names.push(unquote_ident(&rest[..length])?);
        rest = &rest[length..];
        // Follows the last column of a temporal key, which is a column like any other.
        rest = rest.strip_prefix(" WITHOUT OVERLAPS").unwrap_or(rest);
        match rest.strip_prefix(", ") {
            Some(next) => rest = next,
            None => return rest.starts_with(')').then_some(names),
        }
    }
}

/// What follows `PRIMARY KEY (` outside of quotes.
fn after_keywords(sql: &str) -> Option<&str> {
    const KEYWORDS: &str = " PRIMARY KEY (";
    let mut quoted = false;
    for (at, byte) in sql.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b' ' if !quoted && sql[at..].starts_with(KEYWORDS) => return Some(&sql[at + KEYWORDS.len()..]),
            _ => {}
        }
    }
    None
}

/// The length of the name at the beginning, in bytes.
fn identifier(rest: &str) -> Option<usize> {
    if !rest.starts_with('"') {
        return rest.find([',', ')', ' ']);
    }
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_primary_key_are_found() {
        for (sql, expected) in [
            (
                "ALTER TABLE ONLY s.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)",
                &["id"][..],
            ),
            (
                "ALTER TABLE ONLY s.t ADD CONSTRAINT \"a PRIMARY KEY (x)\" PRIMARY KEY (\"a, \"\"b\"\")\", id) INCLUDE (z)",
                &["a, \"b\")", "id"],
            ),
            (
                "ALTER TABLE ONLY s.t ADD CONSTRAINT k PRIMARY KEY (id, valid WITHOUT OVERLAPS) DEFERRABLE",
                &["id", "valid"],
            ),
        ] {
            assert_eq!(columns(sql).unwrap(), expected, "{sql}");
        }
        for sql in [
            "ALTER TABLE ONLY s.t ADD CONSTRAINT \" PRIMARY KEY (x)\" UNIQUE (id)",
            "ALTER TABLE ONLY s.t ADD CONSTRAINT k PRIMARY KEY (id",
            "ALTER TABLE ONLY s.t ADD CONSTRAINT k PRIMARY KEY (\"id",
            "ALTER TABLE ONLY s.t ADD CONSTRAINT k PRIMARY KEY ()",
            "é PRIMARY KEY (",
        ] {
            assert_eq!(columns(sql), None, "{sql}");
        }
    }
}
