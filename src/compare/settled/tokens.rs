//! Words, literals, numbers and symbols of a printed statement, and how its parentheses nest.

/// One token, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A keyword, or an identifier that needs no quotes.
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

/// Absent for what no server prints: text that does not end, comments.
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

/// Bytes of a token with doubled quotes inside; with `escapes`, a backslash takes the next character with it.
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

/// Bytes of `$tag$..$tag$`.
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

/// A token, or what is between two parentheses or brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    Token(Token<'a>),
    Group(char, Vec<Node<'a>>),
    /// A constant number below zero, without its sign: what a minus before a number is to the parser.
    Negative(&'a str),
}

/// More than any expression that a server would have parsed needs; what is deeper is left as it is.
const DEEPEST: usize = 2000;

/// The tree of a statement, made from the innermost group outwards: `rewrite` gets the content of each.
/// Absent where parentheses do not match.
pub fn tree<'a>(tokens: &[Token<'a>], rewrite: fn(Vec<Node<'a>>) -> Vec<Node<'a>>) -> Option<Vec<Node<'a>>> {
    let mut open: Vec<(char, Vec<Node>)> = Vec::new();
    let mut nodes: Vec<Node> = Vec::new();
    for token in tokens {
        match token {
            Token::Open(kind) => {
                if open.len() == DEEPEST {
                    return None;
                }
                open.push((*kind, std::mem::take(&mut nodes)));
            }
            Token::Close(end) => {
                let (kind, before) = open.pop()?;
                if (kind, *end) != ('(', ')') && (kind, *end) != ('[', ']') {
                    return None;
                }
                let content = rewrite(std::mem::replace(&mut nodes, before));
                nodes.push(Node::Group(kind, content));
            }
            token => nodes.push(Node::Token(*token)),
        }
    }
    open.is_empty().then(|| rewrite(nodes))
}
