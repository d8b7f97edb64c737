//! The tree of nested parentheses of a statement.

use crate::model::tokens::Token;

/// A token, or the content of a pair of parentheses or brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Token(Token<'a>),
    Group(char, Vec<Node<'a>>),
    /// A constant number below zero, without its sign. The parser makes it of a minus before a number.
    Negative(&'a str),
}

/// Greatest depth: no expression that a server parses needs more. A deeper one is left as it is.
const DEEPEST: usize = 2000;

/// The tree of a statement, made from the innermost group outwards: `rewrite` gets the content of each.
/// Absent where parentheses do not match.
pub(super) fn tree<'a>(tokens: &[Token<'a>], rewrite: fn(Vec<Node<'a>>) -> Vec<Node<'a>>) -> Option<Vec<Node<'a>>> {
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
