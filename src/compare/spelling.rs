//! Evens out how different majors print equal definitions, for comparisons across majors.
//!
//! Pure. Everything that is evened out is listed here, with the major that changed it; whatever
//! else differs is a difference.
//!
//! - Names of NOT NULL constraints of tables (18) and domains (17) are new, and so is the place of
//!   those on inherited columns; whether a column may be NULL is compared with the columns.
//! - Range types name their multirange type (14).
//! - Base types with elements name the function that finds one, the same for all of them before (14).
//! - Procedures print `IN` before arguments (14).
//! - Views and rules lost needless qualifiers of columns (16).
//! - Operator classes and families share their members out differently (14); compared by name.
//! - `MAINTAIN` is a table privilege (17), so that `ALL` means more.
//! - PUBLIC may no longer create in `public` by default (15).

use crate::model::{Entry, Kind};

/// The definition as every major would print it, on one line.
pub fn definition(entry: &Entry) -> String {
    let statements: Vec<String> = match entry.kind {
        Kind::OperatorClass | Kind::OperatorFamily => return String::new(),
        Kind::View | Kind::MaterializedView | Kind::Rule => {
            entry.create.iter().map(|s| without_qualifiers(s)).collect()
        }
        Kind::Table | Kind::ForeignTable => entry
            .create
            .iter()
            .filter(|s| !s.ends_with(" SET NOT NULL"))
            .map(|s| plain_not_null(s))
            .collect(),
        Kind::Domain => entry.create.iter().map(|s| plain_not_null(s)).collect(),
        Kind::Type => entry
            .create
            .iter()
            .map(|s| without_lines(s, "MULTIRANGE_TYPE_NAME"))
            .map(|s| without_lines(&s, "SUBSCRIPT = pg_catalog.raw_array_subscript_handler"))
            .collect(),
        Kind::Procedure => entry
            .create
            .iter()
            .map(|s| s.replace("(IN ", "(").replace(", IN ", ", "))
            .collect(),
        _ => entry.create.clone(),
    };
    let text = statements.join("; ");
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(", )", " )")
        .replace(",)", ")")
}

/// The privileges as every major would print them, sorted.
pub fn privileges(entry: &Entry) -> Vec<String> {
    let mut list: Vec<String> = entry
        .privileges
        .iter()
        .filter(|p| !(is_public_schema(entry) && p.grantee.is_none() && is_default_of_public(&p.statement)))
        .filter(|p| !p.statement.starts_with("GRANT MAINTAIN ON") && !p.statement.starts_with("REVOKE MAINTAIN ON"))
        .map(|p| {
            let text = p.statement.replace(", MAINTAIN", "").replace(TABLE_PRIVILEGES, "ALL");
            match &p.grantor {
                Some(grantor) => format!("{text} (by {grantor})"),
                None => text,
            }
        })
        .collect();
    list.sort_unstable();
    list
}

/// Every privilege on a table before 17, as the list is printed.
const TABLE_PRIVILEGES: &str = "INSERT, SELECT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER";

fn is_public_schema(entry: &Entry) -> bool {
    entry.kind == Kind::Schema && entry.name == "public"
}

/// What older majors must say to mean the default of 15 and later.
fn is_default_of_public(statement: &str) -> bool {
    ["REVOKE ALL ON", "REVOKE USAGE ON", "REVOKE CREATE ON", "GRANT USAGE ON"]
        .iter()
        .any(|s| statement.starts_with(s))
}

fn without_lines(text: &str, word: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with(word))
        .collect::<Vec<_>>()
        .join("\n")
}

/// `CONSTRAINT name NOT NULL` becomes `NOT NULL`; whole lines that only say so for another column go.
fn plain_not_null(text: &str) -> String {
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        let named = line.starts_with("CONSTRAINT ") && line.contains(" NOT NULL ");
        !named && !line.starts_with("NOT NULL ")
    });
    let mut out = Vec::new();
    for line in lines {
        let Some(at) = line.find(" NOT NULL") else {
            out.push(line.to_owned());
            continue;
        };
        let before = &line[..at];
        let kept = before
            .rfind("CONSTRAINT ")
            .filter(|c| is_one_name(&before[c + "CONSTRAINT ".len()..]));
        match kept {
            Some(constraint) => out.push(format!("{}{}", before[..constraint].trim_end(), &line[at..])),
            None => out.push(line.to_owned()),
        }
    }
    out.join("\n")
}

fn is_one_name(text: &str) -> bool {
    let text = text.trim();
    let quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    quoted || (!text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$'))
}

/// Removes `name.` before names, outside string literals.
fn without_qualifiers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => literal_length(rest, '\''),
            '"' => literal_length(rest, '"'),
            c if c.is_alphabetic() || c == '_' => rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(rest.len()),
            // A number keeps its point.
            c if c.is_ascii_digit() => rest
                .find(|c: char| !(c.is_ascii_digit() || c == '.'))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        let is_name = first == '"' || first.is_alphabetic() || first == '_';
        match after.strip_prefix('.') {
            Some(after_dot) if is_name => rest = after_dot,
            _ => {
                out.push_str(token);
                rest = after;
            }
        }
    }
    out
}

/// Bytes of a quoted token with doubled quotes inside, the rest of the text if it never ends.
fn literal_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + c.len_utf8();
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, create: &str) -> Entry {
        Entry {
            kind,
            create: vec![create.to_owned()],
            ..Entry::default()
        }
    }

    fn same(kind: Kind, a: &str, b: &str) {
        assert_eq!(definition(&entry(kind, a)), definition(&entry(kind, b)));
    }

    #[test]
    fn qualifiers_of_columns_do_not_matter_in_views() {
        same(
            Kind::View,
            "CREATE VIEW s.v AS\n SELECT t.a,\n  t.\"B.c\" FROM s.t",
            "CREATE VIEW s.v AS\n SELECT a, \"B.c\" FROM s.t",
        );
        assert_eq!(without_qualifiers("SELECT 'a.b' || t.c, 1.5"), "SELECT 'a.b' || c, 1.5");
        assert_eq!(without_qualifiers("it's.never closed"), "it's.never closed");
    }

    #[test]
    fn names_of_not_null_constraints_do_not_matter() {
        same(
            Kind::Domain,
            "CREATE DOMAIN d AS text\n    NOT NULL",
            "CREATE DOMAIN d AS text\n    CONSTRAINT d_not_null NOT NULL",
        );
        same(
            Kind::Table,
            "CREATE TABLE t (\n    a integer NOT NULL\n)",
            "CREATE TABLE t (\n    a integer CONSTRAINT \"x y\" NOT NULL\n)",
        );
    }

    #[test]
    fn other_differences_remain() {
        let view = |text: &str| definition(&entry(Kind::View, text));
        assert_ne!(view("SELECT t.a FROM t"), view("SELECT t.b FROM t"));
        let table = |text: &str| definition(&entry(Kind::Table, text));
        assert_ne!(table("CREATE TABLE t (a integer)"), table("CREATE TABLE t (a bigint)"));
    }

    #[test]
    fn ranges_and_procedures_are_evened_out() {
        same(
            Kind::Type,
            "CREATE TYPE r AS RANGE (\n    SUBTYPE = text\n)",
            "CREATE TYPE r AS RANGE (\n    SUBTYPE = text,\n    MULTIRANGE_TYPE_NAME = m\n)",
        );
        same(
            Kind::Procedure,
            "CREATE PROCEDURE p(a integer, INOUT b text)",
            "CREATE PROCEDURE p(IN a integer, INOUT b text)",
        );
    }
}
