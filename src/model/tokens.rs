//! Words, literals, numbers and symbols of a statement as a server prints it.

use super::ident::ROLE_MARK;

/// One token, as it is written in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A keyword, an identifier that needs no quotes, or a parameter.
    Word(&'a str),
    /// An identifier in quotes, with them.
    Quoted(&'a str),
    /// A string or bit string, with its quotes and its prefix.
    Literal(&'a str),
    Number(&'a str),
    /// An operator, or one of `, ; . : ::`.
    Symbol(&'a str),
    Open(char),
    Close(char),
}

impl<'a> Token<'a> {
    /// As it is written.
    pub fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Quoted(text) | Self::Literal(text) | Self::Number(text) | Self::Symbol(text) => {
                text
            }
            Self::Open('(') => "(",
            Self::Open(_) => "[",
            Self::Close(')') => ")",
            Self::Close(_) => "]",
        }
    }
}

/// The tokens of a text; absent if no server prints it so: text that does not end, comments.
pub fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = one(rest, first)?;
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Some(found)
}

fn one(rest: &str, first: char) -> Option<(Token<'_>, usize)> {
    let while_all = |accepts: fn(char) -> bool| rest.find(|c| !accepts(c)).unwrap_or(rest.len());
    Some(match first {
        '\'' => {
            let length = quoted_length(rest, '\'', false)?;
            (Token::Literal(&rest[..length]), length)
        }
        '"' => {
            let length = quoted_length(rest, '"', false)?;
            (Token::Quoted(&rest[..length]), length)
        }
        '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            let length = 1 + rest[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
            (Token::Word(&rest[..length]), length)
        }
        '$' => {
            let length = dollar_length(rest)?;
            (Token::Literal(&rest[..length]), length)
        }
        '(' | '[' => (Token::Open(first), 1),
        ')' | ']' => (Token::Close(first), 1),
        _ if is_name_start(first) => {
            let length = while_all(is_name_part);
            match rest[length..].starts_with('\'').then(|| &rest[..length]) {
                Some(prefix @ ("E" | "e" | "B" | "b" | "X" | "x" | "N" | "n")) => {
                    let escapes = prefix.eq_ignore_ascii_case("e");
                    let length = length + quoted_length(&rest[length..], '\'', escapes)?;
                    (Token::Literal(&rest[..length]), length)
                }
                _ => (Token::Word(&rest[..length]), length),
            }
        }
        '0'..='9' => {
            let length = number_length(rest);
            (Token::Number(&rest[..length]), length)
        }
        ':' if rest.starts_with("::") => (Token::Symbol("::"), 2),
        ',' | ';' | '.' | ':' => (Token::Symbol(&rest[..1]), 1),
        ROLE_MARK => (Token::Symbol(&rest[..1]), 1),
        _ if is_operator(first) => {
            let length = while_all(is_operator);
            let operator = &rest[..length];
            if operator.contains("--") || operator.contains("/*") {
                return None;
            }
            (Token::Symbol(operator), length)
        }
        _ => return None,
    })
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '$'
}

fn is_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(c)
}

/// The length in bytes of a token with doubled quotes inside; with `escapes`, a backslash includes the next character.
fn quoted_length(text: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + c.len_utf8());
        }
    }
    None
}

/// The length of `$tag$..$tag$` in bytes.
fn dollar_length(text: &str) -> Option<usize> {
    let tag = text[1..].find('$').map(|end| &text[..end + 2])?;
    let inner = &tag[1..tag.len() - 1];
    if !inner.chars().all(is_name_part) || inner.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = text[tag.len()..].find(tag)?;
    Some(tag.len() + end + tag.len())
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
