//! Evens out how different majors print equal definitions, for comparisons across majors.
//!
//! Pure. Everything that is evened out is listed here, with the major that changed it. Anything else that differs is
//! reported as a difference.
//!
//! - Names of NOT NULL constraints of tables (18) and domains (17) are new, and so is the place of such constraints on
//!   inherited columns. Whether a column may be NULL is compared with the columns.
//! - Range types name their multirange type (14).
//! - Base types with elements name the function that reads an element (14); before, it was the same for all of them.
//! - Procedures print `IN` before arguments (14).
//! - Views and rules no longer print needless qualifiers of columns, those of the only table (16).
//! - Words that became keywords are quoted (16, 17): [`settled`].
//! - Operator classes and families divide their members between them in another way (14); these are compared by name.
//! - `MAINTAIN` is a table privilege (17), which `ALL` includes.
//! - PUBLIC may no longer create in `public` by default (15).

use crate::compare::settled;
use crate::model::{Entry, Kind};
use crate::version::{Version, since};

/// The majors of the two servers that printed what is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Majors {
    older: u32,
    newer: u32,
}

impl Majors {
    pub(super) fn of(a: u32, b: u32) -> Self {
        Self {
            older: a.min(b),
            newer: a.max(b),
        }
    }

    pub(super) fn differ(self) -> bool {
        self.older != self.newer
    }

    /// Whether one major is older than the version that changed something, and the other is not.
    pub(super) fn cross(self, changed: Version) -> bool {
        self.older < changed.major() && changed.major() <= self.newer
    }
}

/// Whether two definitions are the same definition in the spelling of two majors.
pub(super) fn are_equal(a: &Entry, b: &Entry, majors: Majors) -> bool {
    if a.create.is_empty() != b.create.is_empty() {
        return false;
    }
    if matches!(a.kind, Kind::OperatorClass | Kind::OperatorFamily) && majors.cross(since::LOOSE_OPERATOR_MEMBERS) {
        return true;
    }
    let (Some(left), Some(right)) = (definition(a), definition(b)) else {
        return false;
    };
    match a.kind {
        Kind::View | Kind::MaterializedView | Kind::Rule if majors.cross(since::BARE_COLUMNS_OF_VIEWS) => {
            without_qualifiers(&left, &right)
        }
        _ => left == right,
    }
}

/// The tokens of a definition as every major would print them; absent for texts that no server prints.
fn definition(entry: &Entry) -> Option<Vec<String>> {
    let statements: Vec<String> = match entry.kind {
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
        _ => entry.create.clone(),
    };
    let mut tokens: Vec<String> = Vec::new();
    for statement in &statements {
        tokens.extend(settled::settled(statement)?);
        tokens.push(";".to_owned());
    }
    let mut kept: Vec<String> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let last = kept.last().map_or("", String::as_str);
        if token == ")" && last == "," {
            kept.pop();
        } else if entry.kind == Kind::Procedure && token == "IN" && matches!(last, "(" | ",") {
            continue;
        }
        kept.push(token);
    }
    Some(kept)
}

/// The privileges as every major would print them, sorted.
pub(super) fn privileges(entry: &Entry) -> Vec<String> {
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

/// Every privilege on a table before 17, as servers print the list.
pub(super) const TABLE_PRIVILEGES: &str = "INSERT, SELECT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER";

fn is_public_schema(entry: &Entry) -> bool {
    entry.kind == Kind::Schema && entry.name == "public"
}

/// Whether the statement is one by which a dump from an older major expresses the default of 15 and later.
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

/// Turns `CONSTRAINT name NOT NULL` into `NOT NULL`, and drops whole lines that only say this of another column.
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

/// Whether the texts are the same if one of them may have left out the name of its only table before columns. A name
/// that both texts have must be the same.
fn without_qualifiers(a: &[String], b: &[String]) -> bool {
    let (mut a, mut b) = (a, b);
    let mut left_out: Option<&str> = None;
    while let (Some(one), Some(other)) = (dotted(a), dotted(b)) {
        let qualifier = match (one, other) {
            (one, other) if one == other => None,
            ([qualifier, _, column], [only]) | ([only], [qualifier, _, column]) if column == only => Some(qualifier),
            _ => return false,
        };
        if let Some(qualifier) = qualifier
            && left_out.get_or_insert(qualifier) != &qualifier.as_str()
        {
            return false;
        }
        (a, b) = (&a[one.len()..], &b[other.len()..]);
    }
    a.is_empty() && b.is_empty()
}

/// The first token, or the whole name at the beginning if its parts are joined by points.
fn dotted(tokens: &[String]) -> Option<&[String]> {
    let is_name = |at: usize| {
        let first = tokens.get(at).and_then(|token| token.chars().next());
        first.is_some_and(|c| c.is_alphabetic() || c == '_' || c == '"')
    };
    tokens.first()?;
    let mut length = 1;
    while is_name(0) && tokens.get(length).is_some_and(|token| token == ".") && is_name(length + 1) {
        length += 2;
    }
    Some(&tokens[..length])
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
        assert!(
            are_equal(&entry(kind, a), &entry(kind, b), Majors::of(13, 18)),
            "{a} and {b}"
        );
    }

    fn other(kind: Kind, a: &str, b: &str) {
        assert!(
            !are_equal(&entry(kind, a), &entry(kind, b), Majors::of(13, 18)),
            "{a} and {b}"
        );
    }

    #[test]
    fn qualifiers_of_columns_do_not_matter_in_views() {
        same(
            Kind::View,
            "CREATE VIEW s.v AS\n SELECT t.a,\n  t.\"B.c\" FROM s.t",
            "CREATE VIEW s.v AS\n SELECT a, \"B.c\" FROM s.t",
        );
        same(Kind::View, "SELECT t.t, (t.ct).a FROM s.t", "SELECT t, (ct).a FROM s.t");
        other(Kind::View, "SELECT t.a FROM s.t, s.u", "SELECT u.a FROM s.t, s.u");
        other(Kind::View, "SELECT t.a, u.b FROM s.t, s.u", "SELECT a, b FROM s.t, s.u");
        other(Kind::View, "SELECT a FROM s.t", "SELECT a FROM u.t");
        other(Kind::View, "SELECT 't.a'", "SELECT 'a'");
        other(Kind::View, "SELECT 'a  b'", "SELECT 'a b'");
        other(Kind::Function, "SELECT t.a FROM s.t", "SELECT a FROM s.t");
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
        other(Kind::View, "SELECT t.a FROM t", "SELECT t.b FROM t");
        other(Kind::Table, "CREATE TABLE t (a integer)", "CREATE TABLE t (a bigint)");
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
