//! `SET name TO value` from the stored `name=value` of a function, role or database.

use crate::model::ident::{quote_ident, quote_literal, quote_role};

/// Settings whose stored value is a list of already quoted names (`GUC_LIST_QUOTE`).
const NAME_LISTS: &[&str] = &[
    "local_preload_libraries",
    "oauth_validator_libraries",
    "output_plugin_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// A server would cut longer names of roles.
const MAX_NAME_BYTES: usize = 63;

/// The SET clause for one element of `proconfig` or `setconfig`.
pub(crate) fn set_clause(setting: &str) -> String {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    if name.eq_ignore_ascii_case("role") && (1..=MAX_NAME_BYTES).contains(&value.len()) {
        return format!("SET {} TO {}", setting_name(name), quote_role(value));
    }
    let value = if NAME_LISTS.iter().any(|list| list.eq_ignore_ascii_case(name)) {
        split_names(value).map(|names| names.iter().map(|n| quote_literal(n)).collect::<Vec<_>>().join(", "))
    } else {
        None
    }
    .filter(|list| !list.is_empty())
    .unwrap_or_else(|| quote_literal(value));
    format!("SET {} TO {value}", setting_name(name))
}

/// A setting's name as SQL text; each part of a dotted name is quoted by itself.
pub(crate) fn setting_name(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(quote_ident).collect();
    parts.join(".")
}

/// The names of a stored list: bare, or in double quotes with inner ones doubled. `None` if the
/// text is no such list.
fn split_names(list: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = list.trim_start();
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = split_quoted(quoted)?;
            names.push(name);
            rest = after;
        } else {
            let end = rest
                .find(|c: char| c == ',' || c.is_ascii_whitespace())
                .unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            names.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => return Some(names),
            None => return None,
        }
    }
}

/// The name up to its closing quote, and what follows that.
fn split_quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{set_clause, split_names};

    #[test]
    fn lists_are_quoted_name_by_name() {
        assert_eq!(
            set_clause("search_path=pg_catalog, \"A,\"\"b\",c"),
            "SET search_path TO 'pg_catalog', 'A,\"b', 'c'"
        );
        assert_eq!(set_clause("search_path=\"\""), "SET search_path TO ''");
        assert_eq!(set_clause("search_path="), "SET search_path TO ''");
        assert_eq!(
            set_clause("search_path=\"$user\", public"),
            "SET search_path TO '$user', 'public'"
        );
    }

    #[test]
    fn other_settings_are_one_literal() {
        assert_eq!(set_clause("DateStyle=ISO, DMY"), "SET \"DateStyle\" TO 'ISO, DMY'");
        assert_eq!(set_clause("app.user=a=b'c\\"), "SET app.\"user\" TO E'a=b''c\\\\'");
        assert_eq!(set_clause("search_path=a b"), "SET search_path TO 'a b'");
    }

    #[test]
    fn damaged_lists_are_no_lists() {
        for list in ["\"a", "a,", ",a", "a,,b", "\"a\"b"] {
            assert_eq!(split_names(list), None, "{list}");
        }
    }
}
