//! Counts that tell how the code stands: what is public, what of it has no documentation, which functions are long.

use super::source::{Token, closing, test_items};

/// Lines above which a function counts as long, from `fn` to its closing brace.
pub const LONG_FUNCTION: usize = 60;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `pub` functions, methods, types, traits, constants and modules; neither fields nor re-exports.
    pub public: usize,
    /// Those of them without a line of documentation. A module has its own at the head of its file.
    pub undocumented: usize,
    /// Name and lines.
    pub long_functions: Vec<(String, usize)>,
}

/// Of one file, without its tests.
pub fn count(tokens: &[Token]) -> Counts {
    let mut counts = Counts::default();
    let tests = test_items(tokens);
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    for at in 0..tokens.len() {
        if tests.iter().any(|item| item.contains(&at)) {
            continue;
        }
        if word(at) == "pub" && is_item(word(at + 1)) {
            counts.public += 1;
            counts.undocumented += usize::from(word(at + 1) != "mod" && !is_documented(tokens, at));
        }
        if word(at) == "fn" && tokens.get(at + 1).is_some_and(Token::is_name) {
            let lines = lines_of_function(tokens, at);
            if lines > LONG_FUNCTION {
                counts.long_functions.push((word(at + 1).to_owned(), lines));
            }
        }
    }
    counts
}

fn is_item(word: &str) -> bool {
    let words = [
        "fn", "async", "unsafe", "extern", "struct", "enum", "union", "trait", "type", "const", "static", "mod",
    ];
    words.contains(&word)
}

/// Whether documentation precedes the item, with or without attributes between.
fn is_documented(tokens: &[Token], item: usize) -> bool {
    let mut at = item;
    while at > 0 && tokens[at - 1].is("]") {
        let mut depth = 0_usize;
        loop {
            at -= 1;
            depth += usize::from(tokens[at].is("]"));
            depth -= usize::from(tokens[at].is("["));
            if depth == 0 || at == 0 {
                break;
            }
        }
        // Its `#`.
        at = at.saturating_sub(1);
    }
    at > 0 && tokens[at - 1].is("///")
}

/// 0 for one without a body.
fn lines_of_function(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return 0,
            "(" | "[" => at = closing(tokens, at),
            "{" => return tokens[closing(tokens, at)].line - tokens[start].line + 1,
            _ => {}
        }
        at += 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::tokens;

    #[test]
    fn documentation_may_stand_before_attributes() {
        let source = "/// A.\n#[derive(X, Y)]\n#[y(z = [1])]\npub struct A;\n#[x]\npub fn b() {}\npub(crate) fn c() {}\npub use d::e;\npub mod \
                      f;\n/// G.\npub const fn g() {}\n#[cfg(test)]\npub fn h() {}";
        let counts = count(&tokens(source));
        assert_eq!((counts.public, counts.undocumented), (4, 1));
    }

    #[test]
    fn a_function_is_as_long_as_from_its_name_to_its_end() {
        let body = "x();\n".repeat(59);
        let short = format!("fn a(b: [u8; 2]) {{\n{}}}", &body[5..]);
        assert_eq!(count(&tokens(&short)).long_functions, []);
        let long = format!("trait T {{ fn d(); }} fn a() {{\n{body}}}");
        assert_eq!(count(&tokens(&long)).long_functions, [("a".to_owned(), 61)]);
    }
}
