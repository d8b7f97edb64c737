//! Finds the names in the statements of an archive that only some servers know. Pure.
//!
//! Definitions qualify every name except those that come with the server: a function that is called without a schema,
//! or a type in a cast, is the server's own. Quoted texts are not searched, so of functions only standard SQL bodies
//! are; a JSON path is the exception.

use std::collections::BTreeSet;

use crate::model::tokens::{Token, tokens};

/// Something that a server may not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    /// A name called as a function, folded to lower case; keywords with the syntax of functions too.
    Function(String),
    Type(String),
    /// A keyword that begins a statement or a test.
    Keyword(&'static str),
    JsonPathMethod(&'static str),
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Function(name) => write!(f, "function {name}"),
            Self::Type(name) => write!(f, "type {name}"),
            Self::Keyword(word) => write!(f, "{word}"),
            Self::JsonPathMethod(name) => write!(f, "method {name}() in a JSON path"),
        }
    }
}

/// Methods of JSON paths that came with 17.
const JSON_PATH_METHODS: [&str; 11] = [
    "bigint",
    "boolean",
    "date",
    "decimal",
    "integer",
    "number",
    "string",
    "time",
    "time_tz",
    "timestamp",
    "timestamp_tz",
];

/// Words that come before an expression. A word after any other word is an alias, or is declared there.
const BEFORE_EXPRESSIONS: [&str; 34] = [
    "ALL",
    "AND",
    "ANY",
    "BETWEEN",
    "BY",
    "CASE",
    "CHECK",
    "DEFAULT",
    "DISTINCT",
    "ELSE",
    "EXCEPT",
    "FROM",
    "HAVING",
    "ILIKE",
    "IN",
    "IS",
    "JOIN",
    "LATERAL",
    "LIKE",
    "LIMIT",
    "NOT",
    "OFFSET",
    "ON",
    "OR",
    "RETURN",
    "RETURNING",
    "SELECT",
    "SET",
    "SIMILAR",
    "SOME",
    "THEN",
    "UNION",
    "WHEN",
    "WHERE",
];

/// Every such word of one statement; none if no server would print the text.
pub(crate) fn of(sql: &str) -> BTreeSet<Word> {
    let tokens = tokens(sql).unwrap_or_default();
    let mut found = BTreeSet::new();
    let at = |index: usize| tokens.get(index).copied();
    let before = |index: usize, steps: usize| index.checked_sub(steps).and_then(at);
    let is_cast = |index: usize| before(index, 1) == Some(Token::Symbol("::"));
    for (index, token) in tokens.iter().enumerate() {
        match *token {
            Token::Word(word) if is_cast(index) => {
                let is_part = at(index + 1) == Some(Token::Symbol("."));
                if !is_part {
                    found.insert(Word::Type(word.to_lowercase()));
                }
                let path = before(index, 2);
                if let (true, Some(Token::Literal(text))) = (word == "jsonpath", path) {
                    let methods = JSON_PATH_METHODS.iter();
                    let used = methods.filter(|method| text.contains(&format!(".{method}(")));
                    found.extend(used.map(|method| Word::JsonPathMethod(method)));
                }
            }
            // A word that begins with `$` is a parameter, not a function.
            Token::Word(word) if !word.starts_with('$') && at(index + 1) == Some(Token::Open('(')) => {
                let called = match before(index, 1) {
                    None | Some(Token::Quoted(_) | Token::Literal(_) | Token::Close(_) | Token::Symbol(".")) => false,
                    Some(Token::Word(word)) => BEFORE_EXPRESSIONS.contains(&word),
                    Some(Token::Number(_) | Token::Symbol(_) | Token::Open(_)) => true,
                };
                if called && !is_common_table(&tokens, index + 1) {
                    found.insert(Word::Function(word.to_lowercase()));
                }
            }
            Token::Word("MERGE") if at(index + 1) == Some(Token::Word("INTO")) => {
                found.insert(Word::Keyword("MERGE"));
            }
            Token::Word("JSON") if matches!(before(index, 1), Some(Token::Word("IS" | "NOT"))) => {
                found.insert(Word::Keyword("IS JSON"));
            }
            _ => {}
        }
    }
    found
}

/// Whether the name is that of a common table expression: `name (columns) AS ..`; `open` is the parenthesis.
fn is_common_table(tokens: &[Token<'_>], open: usize) -> bool {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Open('(') => depth += 1,
            Token::Close(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let next = (tokens.get(index + 1), tokens.get(index + 2));
            let body = [Token::Open('('), Token::Word("MATERIALIZED"), Token::Word("NOT")];
            return next.0 == Some(&Token::Word("AS")) && next.1.is_some_and(|token| body.contains(token));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<String> {
        of(sql).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_called_without_a_schema_is_the_servers() {
        assert_eq!(
            found(
                "CREATE TABLE public.t (a double precision DEFAULT random_normal(0, 1), b public.x(3), CHECK ((lower(c) = 'f(x)'::text)))"
            ),
            [
                "function check",
                "function lower",
                "function random_normal",
                "type text"
            ]
        );
        assert_eq!(
            found("CREATE VIEW v AS SELECT x.a FROM JSON_TABLE(j, '$' COLUMNS (a int)) x"),
            ["function json_table"]
        );
        assert_eq!(
            found("CREATE INDEX i ON public.t USING btree (\"f\"(a), public.g(b), uuidv7())"),
            ["function uuidv7"]
        );
    }

    #[test]
    fn aliases_declare_columns_and_call_nothing() {
        let view = "CREATE VIEW v AS WITH w(a) AS (SELECT 1), z(b) AS MATERIALIZED (SELECT 2) \
                    SELECT any_value(u.x) FROM public.t u(x) JOIN (SELECT 1) k(y) ON true, LATERAL public.f(1) g(h)";
        assert_eq!(found(view), ["function any_value"]);
    }

    #[test]
    fn bodies_in_quotes_are_left_alone() {
        assert_eq!(
            found("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $_$ SELECT g() $_$"),
            [""; 0]
        );
        assert_eq!(found("SELECT 'a''b(' , $1(2)"), [""; 0]);
        let body = "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql BEGIN ATOMIC MERGE INTO public.t USING (SELECT 1) s ON true; END";
        assert_eq!(found(body), ["MERGE"]);
    }

    #[test]
    fn json_paths_are_looked_into() {
        let check =
            "ALTER TABLE t ADD CHECK (jsonb_path_exists(j, '$.a.bigint() ? (@ > 1)'::jsonpath) AND (j IS JSON OBJECT))";
        assert_eq!(
            found(check),
            [
                "function jsonb_path_exists",
                "type jsonpath",
                "IS JSON",
                "method bigint() in a JSON path"
            ]
        );
    }
}
