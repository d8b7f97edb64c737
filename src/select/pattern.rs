//! Name patterns as psql and pg_dump users write them, turned into regular expressions.
//!
//! Rules: <https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-PATTERNS>. `*` is any
//! run of characters, `?` one character, a dot separates schema and name, unquoted text is folded
//! to lower case, text in double quotes is literal, `$` is literal, and other regular expression
//! characters keep their meaning outside quotes.

use regex::Regex;

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// A name has at most two parts, or three where there are schemas.
    #[error("pattern `{pattern}` has too many dotted names")]
    TooManyParts {
        /// As given.
        pattern: String,
    },
    /// The first of the most parts that a name can have does not match the database.
    #[error("pattern `{pattern}` names database `{database}`, but this is `{connected}`")]
    OtherDatabase {
        /// As given.
        pattern: String,
        /// Its first part, as a regular expression.
        database: String,
        /// The database that is read, or that was dumped; empty where a pattern may name none.
        connected: String,
    },
    /// A name in double quotes does not end.
    #[error("pattern `{pattern}` has an unclosed double quote")]
    UnclosedQuote {
        /// As given.
        pattern: String,
    },
    /// A function's pattern has `(` outside quotes, and does not end with `)`.
    #[error("pattern `{pattern}` has no closing parenthesis at its end")]
    UnclosedArguments {
        /// As given.
        pattern: String,
    },
    /// A part of the pattern is no regular expression.
    #[error("pattern `{pattern}` is not a valid expression: {reason}")]
    Invalid {
        /// As given.
        pattern: String,
        /// The last line of what the parser of expressions says.
        reason: String,
    },
    /// A list of items does not fit the archive.
    #[error("line {line} of the list: {problem}")]
    List {
        /// Counted from 1.
        line: usize,
        /// What is wrong with the line.
        problem: String,
    },
    /// Nothing matches a pattern of what is wanted.
    #[error("no {what} matches pattern `{pattern}`")]
    NoMatch {
        /// E.g. `schema`, `table in the archive`.
        what: &'static str,
        /// As given.
        pattern: String,
    },
    /// The pattern may match only one table.
    #[error("pattern `{pattern}` matches more than one table: {names}")]
    Several {
        /// As given.
        pattern: String,
        /// The first of the tables, quoted and qualified.
        names: String,
    },
    /// What was named has no rows of its own, or the dump left them out.
    #[error("the archive has no rows of {name}")]
    NoRows {
        /// A table, quoted and qualified; or kind and name of something else; or any table of a schema.
        name: String,
    },
}

/// A pattern for one name, e.g. of a schema.
#[derive(Clone, Debug)]
pub struct NamePattern {
    text: String,
    name: Regex,
}

/// A pattern for a relation: a name, or `schema.name`, or `database.schema.name`.
#[derive(Clone, Debug)]
pub struct RelationPattern {
    text: String,
    schema: Option<Regex>,
    name: Regex,
}

/// A pattern for a function: like one for a relation, and optionally `(types)` to choose one of several.
#[derive(Clone, Debug)]
pub struct RoutinePattern {
    text: String,
    name: RelationPattern,
    arguments: Option<String>,
}

impl RoutinePattern {
    /// `connected` is the database that a `database.schema.name` pattern must name.
    pub fn parse(text: &str, connected: &str) -> Result<Self, PatternError> {
        let (name, arguments) = match unquoted(text, '(') {
            None => (text, None),
            Some(at) => {
                let arguments = text[at..]
                    .trim_end()
                    .strip_prefix('(')
                    .and_then(|a| a.strip_suffix(')'));
                let arguments = arguments.ok_or_else(|| PatternError::UnclosedArguments {
                    pattern: text.to_owned(),
                })?;
                (text[..at].trim_end(), Some(even(arguments)))
            }
        };
        Ok(Self {
            text: text.to_owned(),
            name: RelationPattern::parse(name, connected)?,
            arguments,
        })
    }

    /// `identity` ends with the types of the arguments in parentheses.
    pub fn matches(&self, schema: &str, name: &str, identity: &str) -> bool {
        let arguments = || {
            let at = unquoted(identity, '(')?;
            Some(even(identity[at..].trim_start_matches('(').strip_suffix(')')?))
        };
        self.name.matches(schema, name, true) && (self.arguments.is_none() || self.arguments == arguments())
    }

    /// The pattern as given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The first place of `wanted` outside double quotes.
fn unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

/// A list of types without spaces and the mode `IN`, which do not distinguish functions. Types are compared without
/// needless quotes: a server that quotes all names prints `"date"`.
fn even(arguments: &str) -> String {
    let arguments = without_needless_quotes(arguments);
    let words = |argument: &str| argument.split_whitespace().collect::<Vec<_>>().join(" ");
    let arguments = arguments.split(',').map(words);
    let arguments: Vec<String> = arguments
        .map(|a| a.strip_prefix("IN ").unwrap_or(&a).to_owned())
        .collect();
    arguments.join(",")
}

/// Removes the quotes around names of lower-case letters, except for `"char"`, which is another type than `char`.
fn without_needless_quotes(text: &str) -> String {
    let is_plain = |name: &str| {
        let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.chars().all(rest) && name != "char"
    };
    let mut out = String::with_capacity(text.len());
    for (number, part) in text.split('"').enumerate() {
        if number % 2 == 1 && !is_plain(part) {
            out.extend(["\"", part, "\""]);
        } else {
            out.push_str(part);
        }
    }
    out
}

impl NamePattern {
    /// `connected` is the database that a `database.name` pattern must name.
    pub fn parse(text: &str, connected: &str) -> Result<Self, PatternError> {
        let mut parts = split(text, 2)?;
        let name = parts.pop().unwrap_or_default();
        if let Some(database) = parts.pop() {
            check_database(text, &database, connected)?;
        }
        Ok(Self {
            text: text.to_owned(),
            name: compile(text, &name)?,
        })
    }

    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.name.is_match(name)
    }

    /// The pattern as given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl RelationPattern {
    /// `connected` is the database that a `database.schema.name` pattern must name.
    pub fn parse(text: &str, connected: &str) -> Result<Self, PatternError> {
        let mut parts = split(text, 3)?;
        let name = parts.pop().unwrap_or_default();
        let schema = parts.pop();
        if let Some(database) = parts.pop() {
            check_database(text, &database, connected)?;
        }
        Ok(Self {
            text: text.to_owned(),
            schema: schema.map(|s| compile(text, &s)).transpose()?,
            name: compile(text, &name)?,
        })
    }

    /// A pattern without a schema matches only what `search_path` shows.
    pub fn matches(&self, schema: &str, name: &str, visible: bool) -> bool {
        let schema_fits = match &self.schema {
            Some(pattern) => pattern.is_match(schema),
            None => visible,
        };
        schema_fits && self.name.is_match(name)
    }

    /// The pattern as given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn check_database(pattern: &str, database: &str, connected: &str) -> Result<(), PatternError> {
    if compile(pattern, database)?.is_match(connected) {
        return Ok(());
    }
    Err(PatternError::OtherDatabase {
        pattern: pattern.to_owned(),
        database: database.to_owned(),
        connected: connected.to_owned(),
    })
}

fn compile(pattern: &str, expression: &str) -> Result<Regex, PatternError> {
    Regex::new(&format!("(?s)^(?:{expression})$")).map_err(|error| PatternError::Invalid {
        pattern: pattern.to_owned(),
        reason: one_line(&error),
    })
}

fn one_line(error: &regex::Error) -> String {
    error
        .to_string()
        .lines()
        .last()
        .unwrap_or("invalid")
        .trim()
        .trim_start_matches("error: ")
        .to_owned()
}

/// Splits at unquoted dots into at most `limit` parts and translates each to a regular expression.
fn split(pattern: &str, limit: usize) -> Result<Vec<String>, PatternError> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let part = parts
            .last_mut()
            .expect("there is always a last part, because parts starts with one");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            _ if quoted => part.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            '.' => parts.push(String::new()),
            '*' => part.push_str(".*"),
            '?' => part.push('.'),
            '$' => part.push_str("\\$"),
            _ => part.extend(c.to_lowercase()),
        }
    }
    if quoted {
        return Err(PatternError::UnclosedQuote {
            pattern: pattern.to_owned(),
        });
    }
    if parts.len() > limit {
        return Err(PatternError::TooManyParts {
            pattern: pattern.to_owned(),
        });
    }
    Ok(parts)
}

/// Parses patterns for names that have no schema.
pub fn names(patterns: &[String], connected: &str) -> Result<Vec<NamePattern>, PatternError> {
    patterns.iter().map(|p| NamePattern::parse(p, connected)).collect()
}

/// Parses patterns for names that have one.
pub fn relations(patterns: &[String], connected: &str) -> Result<Vec<RelationPattern>, PatternError> {
    patterns.iter().map(|p| RelationPattern::parse(p, connected)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, schema: &str, name: &str) -> bool {
        RelationPattern::parse(pattern, "db")
            .expect("pattern is valid")
            .matches(schema, name, true)
    }

    #[test]
    fn stars_and_question_marks_are_wildcards() {
        assert!(matches("ord*", "public", "orders"));
        assert!(matches("s?les.*", "sales", "orders"));
        assert!(!matches("ord?", "public", "orders"));
    }

    #[test]
    fn unquoted_text_is_folded_and_quoted_text_is_literal() {
        assert!(matches("ORDERS", "public", "orders"));
        assert!(!matches("\"ORDERS\"", "public", "orders"));
        assert!(matches("\"a.b*\"", "public", "a.b*"));
        assert!(matches("\"a\"\"b\"", "public", "a\"b"));
        assert!(matches("a$b", "public", "a$b"));
    }

    #[test]
    fn functions_are_told_apart_by_their_types() {
        let matches = |pattern: &str, identity: &str| {
            let pattern = RoutinePattern::parse(pattern, "db").expect("pattern is valid");
            pattern.matches("s", "f(1", identity)
        };
        assert!(matches("\"f(1\"", "s.\"f(1\"(integer, text)"));
        assert!(matches("s.\"f(1\" ( integer,text )", "s.\"f(1\"(integer, text)"));
        assert!(matches("f*(IN integer, text)", "s.\"f(1\"(integer, text)"));
        assert!(!matches("f*()", "s.\"f(1\"(integer, text)"));
        assert!(matches("f*()", "s.\"f(1\"()"));
        assert!(matches("f*(\"date\", s.\"T\")", "s.\"f(1\"(date, s.\"T\")"));
        assert!(matches("f*(date, s.\"T\"[])", "s.\"f(1\"(\"date\", \"s\".\"T\"[])"));
        assert!(!matches("f*(char)", "s.\"f(1\"(\"char\")"));
        assert!(RoutinePattern::parse("f(integer", "db").is_err());
    }

    #[test]
    fn the_whole_name_must_match() {
        assert!(!matches("order", "public", "orders"));
        assert!(!matches("a|b", "public", "ab"));
        assert!(matches("a|b", "public", "b"));
    }

    #[test]
    fn an_unqualified_pattern_sees_only_visible_relations() {
        let pattern = RelationPattern::parse("t", "db").expect("pattern is valid");
        assert!(!pattern.matches("hidden", "t", false));
        let pattern = RelationPattern::parse("hidden.t", "db").expect("pattern is valid");
        assert!(pattern.matches("hidden", "t", false));
    }

    #[test]
    fn bad_patterns_say_what_is_wrong() {
        let parse = |p| RelationPattern::parse(p, "db").map(|_| ());
        assert!(matches!(parse("a.b.c.d"), Err(PatternError::TooManyParts { .. })));
        assert!(matches!(parse("other.s.t"), Err(PatternError::OtherDatabase { .. })));
        assert!(matches!(parse("\"t"), Err(PatternError::UnclosedQuote { .. })));
        assert!(matches!(parse("t("), Err(PatternError::Invalid { .. })));
        assert!(parse("db.s.t").is_ok());
    }
}
