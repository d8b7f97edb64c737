//! The text of arrays as servers print it, and what lists of privileges become: names of any text stay names.

use pgark::internals::connect::parse_array;
use pgark::internals::ddl::privileges::{Grantable, statements};
use pgark::model::ident::{quote_ident, quote_literal, sanitize, unquote_ident};
use pgark::model::objects::privileges::{Acl, AclItem};

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "array",
    run,
    memory: |data| MIB + 256 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let delimiter = if input.u8().is_multiple_of(4) { ';' } else { ',' };
    let flags = input.u8();
    let text = String::from_utf8_lossy(input.rest()).into_owned();
    let names = match parse_array(&text, delimiter) {
        Some(elements) => {
            assert_eq!(
                parse_array(&printed(&elements, delimiter), delimiter),
                Some(elements.clone())
            );
            elements.into_iter().flatten().collect()
        }
        None => vec![text],
    };
    names.iter().for_each(|name| named(name));
    granted(&names, flags);
}

/// As a server prints an array whose elements all need quotes.
fn printed(elements: &[Option<String>], delimiter: char) -> String {
    let element = |element: &Option<String>| match element {
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        None => "NULL".to_owned(),
    };
    let elements: Vec<String> = elements.iter().map(element).collect();
    format!("{{{}}}", elements.join(&delimiter.to_string()))
}

fn named(name: &str) {
    let quoted = quote_ident(name);
    assert_eq!(unquote_ident(&quoted).as_deref(), Some(name));
    // Some names cannot be: they hold a NUL.
    if !name.contains('\0') {
        assert_eq!(outside_quotes(&quoted).trim_start_matches(is_plain), "");
    }
    let literal = quote_literal(name);
    assert_eq!(outside_quotes(&literal).trim_start_matches('E'), "");
    assert!(!sanitize(name).chars().any(|c| c.is_control()));
}

/// The privileges that the names are taken for, granted by and to them.
fn granted(names: &[String], flags: u8) {
    let item = |(at, name): (usize, &String)| AclItem {
        grantee: (at % 3 > 0).then(|| name.clone()),
        grantor: names[(at + 1) % names.len()].clone(),
        privileges: names
            .iter()
            .map(|privilege| match privilege.strip_suffix('*') {
                Some(name) => (name.to_owned(), true),
                None => (privilege.clone(), false),
            })
            .collect(),
    };
    let items: Vec<AclItem> = names.iter().take(4).enumerate().map(item).collect();
    let (base, actual) = items.split_at(items.len() / 2);
    let mut acl = Acl {
        actual: (!flags.is_multiple_of(4)).then(|| actual.to_vec()),
        base: base.to_vec(),
        base_is_initial: flags & 8 > 0,
        columns: Vec::new(),
    };
    acl.columns = names.iter().take(2).map(|name| (name.clone(), acl.clone())).collect();
    let keywords = ["TABLE", "SCHEMA", "FUNCTION", "PARAMETER"];
    let target = Grantable {
        keyword: keywords[usize::from(flags >> 4) % 4],
        sql: "public.t",
        owner: names.first().map_or("owner", String::as_str),
    };
    if names.iter().any(|name| name.contains('\0')) {
        return;
    }
    for privilege in statements(&acl, target) {
        let outside = outside_quotes(&privilege.statement);
        let allowed = |c: char| is_plain(c) || matches!(c, ' ' | ',' | '(' | ')' | '.' | '\0');
        assert!(outside.chars().all(allowed), "{:?}", privilege.statement);
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// SQL without what is in quotes of either kind.
fn outside_quotes(sql: &str) -> String {
    let mut outside = String::new();
    let mut chars = sql.chars().peekable();
    let mut escapes = false;
    while let Some(c) = chars.next() {
        if c != '"' && c != '\'' {
            escapes = c == 'E';
            outside.push(c);
            continue;
        }
        loop {
            match chars.next() {
                Some('\\') if c == '\'' && escapes => drop(chars.next()),
                Some(end) if end == c => match chars.next_if_eq(&c) {
                    Some(_) => {}
                    None => break,
                },
                Some(_) => {}
                None => panic!("unclosed quote in {sql:?}"),
            }
        }
    }
    outside
}
