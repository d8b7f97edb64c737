//! Quoting of identifiers and literals, and names made safe to print.
//!
//! Identifiers are quoted more often than any one server demands: a name is bare only if no
//! PostgreSQL from 13 to 18 reserves it, because the target may be newer than the source.

/// Every keyword that some PostgreSQL from 13 to 18 lists as anything but unreserved
/// (`pg_get_keywords()`, `catcode` not `U`), sorted.
const KEYWORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// The identifier as SQL text: bare when it is plain lower case and no keyword, else quoted.
pub fn quote_ident(name: &str) -> String {
    if is_plain(name) && KEYWORDS.binary_search(&name).is_err() {
        return name.to_owned();
    }
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars() {
        if c == '"' {
            quoted.push('"');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `schema.name`, both quoted as needed.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_ident(schema), quote_ident(name))
}

/// The mark around a role's name in statements that are being made: a byte that no name and no text of PostgreSQL can
/// contain. It never leaves the layer that makes statements (`ddl::role_marks`).
pub const ROLE_MARK: char = '\0';

/// Quotes a role's name for SQL text and marks it as one, so that a restore can map it. Inside a literal the marks are
/// lost, and the name is not mapped.
pub fn quote_role(name: &str) -> String {
    format!("{ROLE_MARK}{}{ROLE_MARK}", quote_ident(name))
}

/// The name from which [`quote_ident`] made this text; `None` if it made it of no name.
pub fn unquote_ident(text: &str) -> Option<String> {
    let name = match text.strip_prefix('"') {
        Some(inner) => inner.strip_suffix('"')?.replace("\"\"", "\""),
        None => text.to_owned(),
    };
    (quote_ident(&name) == text).then_some(name)
}

/// Names as a user writes them, with a separator and maybe spaces between: folded to lower case unless they are quoted.
pub fn split_names(text: &str, separator: char) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_name(quoted)?,
            None => {
                let end = rest.find([separator, '"']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                (name.trim_end().to_lowercase(), after)
            }
        };
        names.push(Some(name).filter(|name| !name.is_empty())?);
        rest = match after.trim_start() {
            "" => return Some(names),
            more => more.strip_prefix(separator)?.trim_start(),
        };
    }
}

/// The name before its closing quotation mark, and what is behind it.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

/// A string literal that reads the same whatever `standard_conforming_strings` is. It may begin
/// with `E`, so it must not follow a letter or digit directly.
pub fn quote_literal(text: &str) -> String {
    let escape = text.contains('\\');
    let mut quoted = String::with_capacity(text.len() + 3);
    quoted.push_str(if escape { "E'" } else { "'" });
    for c in text.chars().filter(|c| *c != ROLE_MARK) {
        if matches!(c, '\'' | '\\') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// The body between dollar quotes. Their tag does not occur in the body, not even together with the body's end.
pub fn dollar_quote(body: &str) -> String {
    let mut tag = String::new();
    let mut attempt = 0u32;
    // The tag is searched without its closing `$`, because a body that ends in `$tag` would use that of the end quote.
    while body.contains(&format!("${tag}")) {
        attempt += 1;
        tag = if attempt == 1 {
            "_".to_owned()
        } else {
            format!("_{attempt}_")
        };
    }
    format!("${tag}${body}${tag}$")
}

/// The name for messages, listings and terminals: line breaks and tabs become spaces, other control, escape, invisible
/// and text-direction characters become U+FFFD. A character that stands for a byte of a text without declared encoding
/// becomes `\xE9`.
pub fn sanitize(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\r' | '\n' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            '\u{10ff80}'..='\u{10ffff}' => shown.push_str(&format!("\\x{:02X}", u32::from(c) & 0xff)),
            c if c.is_control() || is_invisible(c) => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    shown
}

/// Whether a terminal shows nothing for the character, or changes the direction of the text after it.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{
        KEYWORDS, dollar_quote, qualified, quote_ident, quote_literal, quote_role, sanitize, split_names, unquote_ident,
    };

    #[test]
    fn names_are_split_as_users_write_them() {
        let split = |text| split_names(text, ',').map(|names| names.join("|"));
        assert_eq!(split("a, Bc ,\"D,\"\"e\" , f g").as_deref(), Some("a|bc|D,\"e|f g"));
        assert_eq!(
            split_names("s.\"T.1\"", '.').map(|names| names.join("|")).as_deref(),
            Some("s|T.1")
        );
        for wrong in ["", "a,", ",a", "a,,b", "\"a", "\"a\"b", "a\"b\"", "\"\""] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn only_plain_lower_case_names_stay_bare() {
        assert_eq!(quote_ident("a_1"), "a_1");
        assert_eq!(quote_ident("_x"), "_x");
        for (name, quoted) in [
            ("A", "\"A\""),
            ("1a", "\"1a\""),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a$b", "\"a$b\""),
            ("select", "\"select\""),
            ("int", "\"int\""),
            ("system_user", "\"system_user\""),
            ("\u{e4}", "\"\u{e4}\""),
        ] {
            assert_eq!(quote_ident(name), quoted);
        }
        assert_eq!(quote_ident("abort"), "abort");
        assert_eq!(qualified("public", "Order"), "public.\"Order\"");
    }

    #[test]
    fn quoted_names_are_read_back() {
        for name in ["a", "A", "select", "a\"b", "\"", "", "\u{e4} \\"] {
            assert_eq!(unquote_ident(&quote_ident(name)).as_deref(), Some(name));
        }
        for text in ["A", "\"", "\"a", "\"a\"b\"", "\"a\"", "select", "a b"] {
            assert_eq!(unquote_ident(text), None, "{text}");
        }
    }

    #[test]
    fn marks_of_roles_are_lost_in_literals() {
        assert_eq!(quote_role("A"), "\0\"A\"\0");
        assert_eq!(quote_literal(&format!("TO {}", quote_role("a"))), "'TO a'");
    }

    #[test]
    fn literals_double_quotes_and_backslashes() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("a\\'"), "E'a\\\\'''");
        assert_eq!(quote_literal(""), "''");
    }

    #[test]
    fn dollar_tags_never_occur_in_the_body() {
        assert_eq!(dollar_quote("select 1"), "$$select 1$$");
        assert_eq!(dollar_quote("select $1"), "$_$select $1$_$");
        assert_eq!(dollar_quote("x$"), "$_$x$$_$");
        assert_eq!(dollar_quote("x $_"), "$_2_$x $_$_2_$");
        assert_eq!(dollar_quote("$_$ $_2_"), "$_3_$$_$ $_2_$_3_$");
    }

    #[test]
    fn printed_names_hold_no_control_characters() {
        assert_eq!(sanitize("a\nb\r\u{1b}[31m\u{202e}c"), "a b \u{fffd}[31m\u{fffd}c");
        assert_eq!(sanitize("Stra\u{df}e"), "Stra\u{df}e");
        assert_eq!(sanitize("caf\u{10ffe9}"), "caf\\xE9");
    }
}
