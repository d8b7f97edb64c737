//! Finds the text that a printed statement settles at when it is executed and printed again and again.
//!
//! A server prints an expression from the tree that its parser made, and may parse the printed text into another tree
//! of the same meaning. So a copy of a database may have other texts than its source, while a copy of the copy has the
//! copy's texts. This module works out from the texts alone what the parser makes of them: two statements that settle
//! at the same text are one statement to the parser. The rules below were measured with 700 expressions on the majors
//! 13 to 18, which show no other kind.
//!
//! - The cast of an array constructor is a cast of each element: `(ARRAY['a'::character varying])::text[]`, which `IN`
//!   over a `varchar` column prints, becomes `ARRAY[('a'::character varying)::text]`; under a COLLATE where an element has one.
//!   Statements that are printed with fewer parentheses (CREATE STATISTICS) have `ARRAY[..]::text[]`.
//! - AND and OR take the operands of a first operand of their own kind: `((a AND b) AND c)`, which BETWEEN, row
//!   comparisons and `IN` over columns print, becomes `(a AND b AND c)`.
//! - A minus before a number is part of the constant: `(- 1)`, which `-1::int` prints, becomes `'-1'::integer`.
//! - `NO INDENT` of XMLSERIALIZE, which is printed since 16, is what is meant without it.
//! - Words that are keywords since 16 or 17 are quoted from then on where they are names: `json` and `"json"`.
//! - White space is one blank between two tokens.
//!
//! Pure. A text that cannot be read so (an end without a beginning, a comment, nesting beyond all bounds) stays as it
//! is.

mod tree;

use crate::model::new_keywords::NEW_KEYWORDS;
use crate::model::tokens::{Token, tokens};
use tree::{Node, tree};

/// The tokens of the text that `statement` settles at; absent if no server would print such a statement.
pub(super) fn settled(statement: &str) -> Option<Vec<String>> {
    let mut tokens = tokens(statement)?;
    tokens.iter_mut().for_each(|token| *token = unquoted(*token));
    let mut text = Vec::with_capacity(tokens.len());
    write(&tree(&tokens, rewrite)?, &mut text);
    Some(text)
}

/// Whether two lists of statements say the same.
pub(super) fn are_equal(a: &[String], b: &[String]) -> bool {
    let alike = |(a, b): (&String, &String)| a == b || settled(a).is_some_and(|a| settled(b).is_some_and(|b| a == b));
    a.len() == b.len() && a.iter().zip(b).all(alike)
}

/// A name of an object, in the spelling in which names are compared: without quotes around words that only some majors
/// quote.
pub(super) fn name(identity: &str) -> String {
    if !identity.contains('"') {
        return identity.to_owned();
    }
    NEW_KEYWORDS.iter().fold(identity.to_owned(), |name, word| {
        let quoted = format!("\"{word}\"");
        // A quote inside a name is doubled. Without doubled quotes, this match cannot be the end of one name and the
        // beginning of another.
        match name.contains(&quoted) && !name.contains("\"\"") {
            true => name.replace(&quoted, word),
            false => name,
        }
    })
}

fn unquoted(token: Token) -> Token {
    match token {
        Token::Quoted(quoted) => {
            let inner = quoted.trim_matches('"');
            match NEW_KEYWORDS.contains(&inner) && inner.len() + 2 == quoted.len() {
                true => Token::Word(inner),
                false => token,
            }
        }
        token => token,
    }
}

/// Rewrites the content of one pair of parentheses; the inner ones have been rewritten already.
fn rewrite(nodes: Vec<Node>) -> Vec<Node> {
    flattened(cast(bare(negated(without_defaults(nodes)))))
}

/// Drops words that mean nothing and that only some majors print: `NO INDENT` of XMLSERIALIZE, since 16.
fn without_defaults(mut nodes: Vec<Node>) -> Vec<Node> {
    let is_default = |nodes: &[Node], at: usize| {
        word(&nodes[at]) == Some("NO") && nodes.get(at + 1).and_then(word) == Some("INDENT")
    };
    if let Some(at) = (0..nodes.len()).find(|at| is_default(&nodes, *at)) {
        nodes.drain(at..at + 2);
    }
    nodes
}

fn word<'a>(node: &Node<'a>) -> Option<&'a str> {
    match node {
        Node::Token(Token::Word(word)) => Some(word),
        _ => None,
    }
}

fn is_symbol(node: Option<&Node>, symbol: &str) -> bool {
    matches!(node, Some(Node::Token(Token::Symbol(found))) if *found == symbol)
}

/// The elements of `ARRAY[..]`, if the nodes are nothing else.
fn array<'n, 'a>(nodes: &'n [Node<'a>]) -> Option<&'n [Node<'a>]> {
    match nodes {
        [Node::Token(Token::Word("ARRAY")), Node::Group('[', elements)] => Some(elements),
        _ => None,
    }
}

/// Turns `(a)::text` into `a::text`, as some statements print it: removes parentheses around a cast value if they
/// change nothing.
fn bare(nodes: Vec<Node>) -> Vec<Node> {
    let is_bare = |at: usize| match &nodes[at] {
        Node::Group('(', content) => {
            let is_called = at > 0 && is_name(&nodes[at - 1]);
            is_symbol(nodes.get(at + 1), "::") && !is_called && is_primary(content)
        }
        _ => false,
    };
    let marks: Vec<bool> = (0..nodes.len()).map(is_bare).collect();
    if !marks.contains(&true) {
        return nodes;
    }
    let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
    for (node, is_bare) in nodes.into_iter().zip(marks) {
        match node {
            Node::Group('(', content) if is_bare => out.extend(content),
            node => out.push(node),
        }
    }
    out
}

/// Whether the nodes are one value with its fields, arguments, subscripts and casts, so that a cast after them applies
/// to all of it.
fn is_primary(nodes: &[Node]) -> bool {
    let mut at = match nodes.first() {
        Some(Node::Token(Token::Symbol(_))) | None => return false,
        Some(_) => 1,
    };
    while at < nodes.len() {
        let taken = match &nodes[at] {
            Node::Group(..) => 1,
            Node::Token(Token::Symbol(".")) if nodes.get(at + 1).is_some_and(is_name) => 2,
            Node::Token(Token::Symbol("::")) => match type_length(&nodes[at + 1..]) {
                0 => return false,
                length => 1 + length + usize::from(matches!(nodes.get(at + 1 + length), Some(Node::Group('[', _)))),
            },
            _ => return false,
        };
        at += taken;
    }
    true
}

/// Turns `ARRAY[..]::type[]` into `ARRAY[..::type, ..]`.
fn cast(nodes: Vec<Node>) -> Vec<Node> {
    let casts: Vec<_> = (0..nodes.len()).filter_map(|at| array_cast(&nodes, at)).collect();
    if casts.is_empty() {
        return nodes;
    }
    let mut casts = casts.into_iter().peekable();
    let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut after = 0;
    for (at, node) in nodes.into_iter().enumerate() {
        if let Some(cast) = casts.next_if(|cast| cast.at == at) {
            out.push(Node::Token(Token::Word("ARRAY")));
            out.push(Node::Group('[', cast.elements));
            after = at + cast.length;
        } else if at >= after {
            out.push(node);
        }
    }
    // The result may have a second cast to push.
    cast(out)
}

/// The cast of an array constructor: its place in a list of nodes, how many nodes it takes, and its elements after each
/// has been cast.
struct ArrayCast<'a> {
    at: usize,
    length: usize,
    elements: Vec<Node<'a>>,
}

fn array_cast<'a>(nodes: &[Node<'a>], at: usize) -> Option<ArrayCast<'a>> {
    let elements = array(nodes.get(at..at + 2)?).filter(|elements| !elements.is_empty())?;
    if !is_symbol(nodes.get(at + 2), "::") {
        return None;
    }
    let (element_type, length) = array_type(&nodes[at + 3..])?;
    Some(ArrayCast {
        at,
        length: 3 + length,
        elements: pushed(elements, element_type),
    })
}

/// Whether parentheses after the node are those of a function: servers print keywords in capitals.
fn is_name(node: &Node) -> bool {
    match node {
        Node::Token(Token::Quoted(_)) => true,
        Node::Token(Token::Word(word)) => word.chars().any(|c| c.is_ascii_lowercase()) || *word == "_",
        _ => false,
    }
}

/// How many nodes at the start form the name of a type, without `[]` after it; 0 if none do.
fn type_length(nodes: &[Node]) -> usize {
    const FIELDS: &[&str] = &["year", "month", "day", "hour", "minute", "second", "to"];
    let is_identifier = |at: usize| nodes.get(at).is_some_and(is_name);
    let is_word = |at: usize, words: &[&str]| nodes.get(at).and_then(word).is_some_and(|w| words.contains(&w));
    let is_group = |at: usize| matches!(nodes.get(at), Some(Node::Group('(', _)));
    if !is_identifier(0) {
        return 0;
    }
    let mut length = 1;
    while is_symbol(nodes.get(length), ".") && is_identifier(length + 1) {
        length += 2;
    }
    if is_word(length, &["varying", "precision"]) {
        length += 1;
    }
    while is_word(0, &["interval"]) && is_word(length, FIELDS) {
        length += 1;
    }
    if is_group(length) {
        length += 1;
    }
    if is_word(length, &["with", "without"]) && is_word(length + 1, &["time"]) && is_word(length + 2, &["zone"]) {
        length += 3;
    }
    length
}

/// The type of the elements, and how many nodes at the start of `nodes` name the array type: the type's name with `[]`
/// after it.
fn array_type<'n, 'a>(nodes: &'n [Node<'a>]) -> Option<(&'n [Node<'a>], usize)> {
    let length = type_length(nodes);
    let is_bound = |at: usize| matches!(nodes.get(at), Some(Node::Group('[', content)) if content.is_empty());
    // An array of more dimensions is of the same type, and is printed with one `[]`.
    let is_array = length > 0 && is_bound(length) && !is_bound(length + 1);
    is_array.then(|| (&nodes[..length], length + 1))
}

fn comma_separated<'n, 'a>(nodes: &'n [Node<'a>]) -> impl Iterator<Item = &'n [Node<'a>]> {
    nodes.split(|node| is_symbol(Some(node), ","))
}

/// The elements of an array, each cast to a type.
fn pushed<'a>(elements: &[Node<'a>], to: &[Node<'a>]) -> Vec<Node<'a>> {
    let mut out = Vec::new();
    for element in comma_separated(elements) {
        if !out.is_empty() {
            out.push(Node::Token(Token::Symbol(",")));
        }
        if let Some(inner) = array(element) {
            out.push(element[0].clone());
            out.push(Node::Group('[', pushed(inner, to)));
        } else {
            out.extend(cast_to(element, to));
        }
    }
    out
}

fn cast_to<'a>(value: &[Node<'a>], to: &[Node<'a>]) -> Vec<Node<'a>> {
    if let [Node::Group('(', content)] = value
        && let Some(at) = content.iter().position(|node| word(node) == Some("COLLATE"))
    {
        let mut inner = cast_to(&content[..at], to);
        inner.extend_from_slice(&content[at..]);
        return vec![Node::Group('(', inner)];
    }
    let mut out = match is_primary(value) {
        true => value.to_vec(),
        false => vec![Node::Group('(', value.to_vec())],
    };
    let casts_already = value.len() > to.len() && value.ends_with(to) && {
        let before = value.len() - to.len() - 1;
        is_symbol(value.get(before), "::")
    };
    if !casts_already {
        out.push(Node::Token(Token::Symbol("::")));
        out.extend_from_slice(to);
    }
    out
}

/// Turns `(- 1)` into the constant that it is, and `(- (- 1))` into 1.
fn negated(mut nodes: Vec<Node>) -> Vec<Node> {
    for node in &mut nodes {
        let Node::Group('(', content) = node else { continue };
        let [minus, value] = &content[..] else { continue };
        if !is_symbol(Some(minus), "-") {
            continue;
        }
        *node = match value {
            Node::Token(Token::Number(number)) if is_zero(number) => Node::Token(Token::Number(number)),
            Node::Token(Token::Number(number)) if number_type(number).is_some() => Node::Negative(number),
            Node::Negative(number) => Node::Token(Token::Number(number)),
            _ => continue,
        };
    }
    nodes
}

fn is_zero(number: &str) -> bool {
    number.chars().all(|c| c == '0' || c == '.')
}

/// The type of a number that servers print without quotes.
fn number_type(number: &str) -> Option<&'static str> {
    if number.parse::<i32>().is_ok() {
        return Some("integer");
    }
    let decimal = number.chars().all(|c| c.is_ascii_digit() || c == '.') && number.contains('.');
    decimal.then_some("numeric")
}

/// Turns `((a AND b) AND c)` into `(a AND b AND c)`, and the same with OR.
fn flattened(mut nodes: Vec<Node>) -> Vec<Node> {
    let connects = nodes.get(1).and_then(word).filter(|word| ["AND", "OR"].contains(word));
    let Some(connector) = connects.filter(|connector| is_chain(&nodes, connector)) else {
        return nodes;
    };
    match &mut nodes[0] {
        Node::Group('(', inner) if is_chain(inner, connector) => {
            let inner = std::mem::take(inner);
            nodes.splice(0..1, inner);
            nodes
        }
        _ => nodes,
    }
}

/// Whether the nodes are operands of one connector and nothing else.
fn is_chain(nodes: &[Node], connector: &str) -> bool {
    let mut words = nodes.iter().filter_map(word);
    let other =
        |word: &str| word != connector && ["AND", "OR", "BETWEEN", "SELECT", "VALUES", "WITH", "WHERE"].contains(&word);
    let connected = nodes.iter().filter_map(word).any(|word| word == connector);
    connected && !words.any(other)
}

/// The tokens of a tree, each as it is written.
fn write(nodes: &[Node], out: &mut Vec<String>) {
    for node in nodes {
        match node {
            Node::Token(token) => out.push(token.text().to_owned()),
            Node::Group(open, content) => {
                out.push(open.to_string());
                write(content, out);
                out.push(if *open == '(' { ")" } else { "]" }.to_owned());
            }
            Node::Negative(number) => {
                let its_type = number_type(number).unwrap_or_default();
                out.extend([format!("'-{number}'"), "::".to_owned(), its_type.to_owned()]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
