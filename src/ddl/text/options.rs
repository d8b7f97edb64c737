//! Storage parameters: `reloptions` and `attoptions` back to SQL.

use crate::model::ident::{quote_ident, quote_literal};

/// `a='1', b=on` from `a=1`, `b=on`; every name gets `prefix`, e.g. `toast.`.
pub(crate) fn list(options: &[String], prefix: &str) -> String {
    let items: Vec<String> = options.iter().map(|option| item(option, prefix)).collect();
    items.join(", ")
}

/// ` WITH (..)` for a relation and its TOAST table; empty when there is nothing to say.
pub(crate) fn with_clause(options: &[String], toast_options: &[String]) -> String {
    let mut items: Vec<String> = options.iter().map(|option| item(option, "")).collect();
    items.extend(toast_options.iter().map(|option| item(option, "toast.")));
    if items.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", items.join(", "))
    }
}

/// `ALTER <keyword> <relation> SET (..)`, one statement for each parameter, so that a server that does not know one of
/// them can still set the others.
pub(crate) fn set(
    keyword: &str,
    relation: &str,
    options: &[String],
    toast_options: &[String],
    statements: &mut Vec<String>,
) {
    let items = options.iter().map(|option| item(option, ""));
    let items = items.chain(toast_options.iter().map(|option| item(option, "toast.")));
    statements.extend(items.map(|item| format!("ALTER {keyword} {relation} SET ({item})")));
}

/// A value may hold anything, `=` included; an option without a value means true.
fn item(option: &str, prefix: &str) -> String {
    let Some((name, value)) = option.split_once('=') else {
        return format!("{prefix}{}", quote_ident(option));
    };
    let name = quote_ident(name);
    if quote_ident(value) == value {
        format!("{prefix}{name}={value}")
    } else {
        format!("{prefix}{name}={}", quote_literal(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bare_only_when_they_read_as_identifiers() {
        let options = [
            "fillfactor=70".to_owned(),
            "buffering=auto".to_owned(),
            "x=a'b=c".to_owned(),
        ];
        assert_eq!(list(&options, ""), "fillfactor='70', buffering=auto, x='a''b=c'");
        assert_eq!(list(&options[..1], "toast."), "toast.fillfactor='70'");
    }

    #[test]
    fn no_options_give_no_clause() {
        assert_eq!(with_clause(&[], &[]), "");
        let toast = ["autovacuum_enabled=false".to_owned()];
        assert_eq!(with_clause(&[], &toast), " WITH (toast.autovacuum_enabled='false')");
    }
}
