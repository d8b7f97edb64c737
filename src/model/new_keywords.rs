//! Words that are keywords since 16 or 17, so that names spelt like them need quotes from then on.
//!
//! An older server prints such names without quotes. A newer one refuses them, or takes them for something else: a
//! column `system_user` for the function. Servers print these keywords in capitals, so that a name is never taken for
//! one.

use super::tokens::{Token, tokens};

/// The words that `pg_get_keywords` of the majors 13 to 18 gives.
pub const NEW_KEYWORDS: &[&str] = &[
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
    "merge_action",
    "system_user",
];

/// A statement of a server before 17, with quotes around such names. `json` is a type more often than a name, and stays
/// without quotes unless it names an argument, which is followed by its type.
pub fn quoted(statement: &str) -> String {
    let Some(all) = tokens(statement).filter(|all| all.iter().any(|token| is_new(*token))) else {
        return statement.to_owned();
    };
    let mut out = String::with_capacity(statement.len() + 16);
    let mut rest = statement;
    for (at, token) in all.iter().enumerate() {
        let text = token.text();
        let after_point = at > 0 && all[at - 1] == Token::Symbol(".");
        let is_name = match *token {
            Token::Word("json") => matches!(all.get(at + 1), Some(next) if begins_type(*next)),
            token => is_new(token),
        };
        let begin = rest.len() - rest.trim_start().len();
        out.push_str(&rest[..begin]);
        match is_name && !after_point {
            true => out.extend(["\"", text, "\""]),
            false => out.push_str(text),
        }
        rest = &rest[begin + text.len()..];
    }
    out.push_str(rest);
    out
}

fn is_new(token: Token) -> bool {
    matches!(token, Token::Word(word) if NEW_KEYWORDS.contains(&word))
}

fn begins_type(token: Token) -> bool {
    match token {
        Token::Word(word) => word.starts_with(|c: char| c.is_ascii_lowercase()) || word == "SETOF",
        Token::Quoted(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_nothing_else() {
        for (printed, wanted) in [
            (
                "CREATE FUNCTION public.f(json json, OUT merge_action integer)\n AS $$json_table$$",
                "CREATE FUNCTION public.f(\"json\" json, OUT \"merge_action\" integer)\n AS $$json_table$$",
            ),
            (
                "CHECK (((system_user <> 'system_user'::text) AND (new.system_user > 1) AND (SYSTEM_USER = \"json_value\")))",
                "CHECK (((\"system_user\" <> 'system_user'::text) AND (new.system_user > 1) AND (SYSTEM_USER = \"json_value\")))",
            ),
            (
                "POLICY p TO \0json_table\0 USING (json_table > 1)",
                "POLICY p TO \0\"json_table\"\0 USING (\"json_table\" > 1)",
            ),
        ] {
            assert_eq!(quoted(printed), wanted);
            assert_eq!(quoted(wanted), wanted);
        }
        for kept in [
            "a json, b json[]",
            "RETURNS json LANGUAGE sql",
            "x::json ->> 'a'",
            "it's not closed: json_table",
        ] {
            assert_eq!(quoted(kept), kept);
        }
    }
}
