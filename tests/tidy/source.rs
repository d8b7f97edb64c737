//! Rust source as the tidy tests read it: tokens without comments and texts, and which of them are test code.

use std::ops::Range;

/// A name, a number, `::`, one sign, `"` for a text or a character, or `///` for a line of documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// From 1.
    pub line: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is a name or a keyword.
    pub fn is_name(&self) -> bool {
        self.text
            .starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader {
        letters: source.chars().collect(),
        at: 0,
        line: 1,
    };
    let mut found = Vec::new();
    while let Some(token) = reader.next_token() {
        found.push(token);
    }
    found
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.letters.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn take(&mut self) -> char {
        let letter = self.peek(0);
        self.at += 1;
        self.line += usize::from(letter == '\n');
        letter
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(ahead, letter)| self.peek(ahead) == letter)
    }

    fn next_token(&mut self) -> Option<Token> {
        while self.at < self.letters.len() {
            let line = self.line;
            let token = |text: &str| {
                Some(Token {
                    text: text.to_owned(),
                    line,
                })
            };
            let letter = self.peek(0);
            if letter.is_whitespace() {
                self.take();
            } else if self.starts_with("//") {
                let documents = self.starts_with("///") && !self.starts_with("////");
                while self.at < self.letters.len() && self.peek(0) != '\n' {
                    self.take();
                }
                if documents {
                    return token("///");
                }
            } else if self.starts_with("/*") {
                self.skip_block_comment();
            } else if let Some(prefix) = self.text_prefix() {
                for _ in 0..prefix {
                    self.take();
                }
                self.skip_text();
                return token("\"");
            } else if letter == '\'' {
                self.take();
                if self.skip_character() {
                    return token("\"");
                }
                // A lifetime: its name is none that the tests look for.
                self.name();
            } else if self.starts_with("::") {
                self.take();
                self.take();
                return token("::");
            } else if letter.is_alphanumeric() || letter == '_' {
                if self.starts_with("r#") {
                    self.take();
                    self.take();
                }
                return token(&self.name());
            } else {
                return token(&self.take().to_string());
            }
        }
        None
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            name.push(self.take());
        }
        name
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.letters.len() {
            if self.starts_with("/*") {
                depth += 1;
                self.take();
            } else if self.starts_with("*/") {
                depth -= 1;
                self.take();
            }
            self.take();
            if depth == 0 {
                return;
            }
        }
    }

    /// How many letters stand before the first `#` or `"` of a text (`b`, `r`, `br`, `c`, `cr`); `None` where no text begins.
    fn text_prefix(&self) -> Option<usize> {
        let prefixes = ["br", "cr", "b", "c", "r", ""];
        let prefix = prefixes.into_iter().find(|prefix| {
            let mut ahead = prefix.len();
            while prefix.ends_with('r') && self.peek(ahead) == '#' {
                ahead += 1;
            }
            self.starts_with(prefix) && self.peek(ahead) == '"'
        })?;
        Some(prefix.len())
    }

    /// From its first `#` or `"`.
    fn skip_text(&mut self) {
        let raw = self.at > 0 && self.letters[self.at - 1] == 'r';
        let mut hashes = 0;
        while self.peek(0) == '#' {
            hashes += 1;
            self.take();
        }
        self.take();
        let end = format!("\"{}", "#".repeat(hashes));
        while self.at < self.letters.len() && !self.starts_with(&end) {
            if self.take() == '\\' && !raw {
                self.take();
            }
        }
        for _ in 0..end.len() {
            self.take();
        }
    }

    /// After `'`: whether it began a character, which is skipped, rather than a lifetime.
    fn skip_character(&mut self) -> bool {
        if self.peek(0) == '\\' {
            self.take();
            self.take();
            while self.at < self.letters.len() && self.take() != '\'' {}
            return true;
        }
        if self.peek(1) == '\'' {
            self.take();
            self.take();
            return true;
        }
        false
    }
}

/// Where the bracket that opens at `open` is closed.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len().saturating_sub(1)
}

/// Items, fields and statements under `#[cfg(test)]`, with the attribute, in their order.
pub fn test_items(tokens: &[Token]) -> Vec<Range<usize>> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in 0..tokens.len() {
        let inside = found.last().is_some_and(|item| item.contains(&at));
        let marked = mark
            .iter()
            .enumerate()
            .all(|(ahead, text)| tokens.get(at + ahead).is_some_and(|token| token.is(text)));
        if marked && !inside {
            found.push(at..item_end(tokens, at));
        }
    }
    found
}

/// The module that a test item is: its name, and whether its body stands in a file of its own.
pub fn test_module(item: &[Token]) -> Option<(&str, bool)> {
    let mut rest = &item[item_start(item, 0)..];
    if rest.first()?.is("pub") {
        rest = if rest.get(1)?.is("(") {
            &rest[closing(rest, 1) + 1..]
        } else {
            &rest[1..]
        };
    }
    (rest.first()?.is("mod")).then_some(())?;
    Some((rest.get(1)?.text.as_str(), rest.get(2)?.is(";")))
}

/// The first token after attributes and documentation.
fn item_start(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.is("#") {
            at = closing(tokens, at + 1) + 1;
        } else if token.is("///") {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// After the last token of the item whose attributes begin at `at`.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let start = item_start(tokens, at);
    let word = |ahead: usize| tokens.get(start + ahead).map_or("", |token| token.text.as_str());
    let first = if word(0) == "pub" && word(1) == "(" {
        closing(tokens, start + 1) + 1 - start
    } else {
        usize::from(word(0) == "pub")
    };
    let with_semicolon = match word(first) {
        "use" | "static" | "type" | "let" => true,
        "const" => word(first + 1) != "fn",
        _ => false,
    };
    let with_body = [
        "fn", "mod", "impl", "struct", "enum", "trait", "unsafe", "async", "const", "extern",
    ]
    .contains(&word(first));
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return at + 1,
            "," if !with_semicolon && !with_body => return at + 1,
            ")" | "]" | "}" => return at,
            "(" | "[" => at = closing(tokens, at),
            "{" => {
                at = closing(tokens, at);
                if !with_semicolon {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// The lines of code with their numbers: no comments, and nothing of a module under `#[cfg(test)]`.
pub fn code_lines(source: &str) -> Vec<(usize, &str)> {
    let tokens = tokens(source);
    let tests: Vec<_> = test_items(&tokens)
        .into_iter()
        .filter(|item| test_module(&tokens[item.clone()]).is_some())
        .map(|item| tokens[item.start].line..=tokens[item.end - 1].line)
        .collect();
    source
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(number, line)| {
            !line.trim_start().starts_with("//") && !tests.iter().any(|lines| lines.contains(number))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_texts_hold_no_tokens() {
        assert_eq!(
            texts("a // b\n/* c /* d */ e */ f(\"g \\\" h\", r#\"i \" j\"#, b'k', '\\'', br\"l\\\")"),
            [
                "a", "f", "(", "\"", ",", "\"", ",", "b", "\"", ",", "\"", ",", "\"", ")"
            ]
        );
    }

    #[test]
    fn a_lifetime_is_no_character() {
        assert_eq!(
            texts("fn f<'a>(x: &'a str, y: '}') {}").join(" "),
            "fn f < > ( x : & str , y : \" ) { }"
        );
        assert_eq!(texts("r#type::x").join(" "), "type :: x");
    }

    #[test]
    fn code_after_a_test_module_is_seen() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { '}'; \"}\" }\n}\nfn c() {}\n// d\n#[cfg(test)]\nmod e;\nfn f() {}\n";
        let numbers: Vec<_> = code_lines(source).into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [1, 6, 10]);
    }

    #[test]
    fn test_items_end_where_they_do() {
        let source = "struct A {\n#[cfg(test)]\nlooks: Vec<u8>,\nkept: u8 }\n#[cfg(test)]\n#[allow(x)]\npub use a::{b, c};\nfn kept() \
                      {\n#[cfg(test)]\n{ gone }\n}\n#[cfg(test)]\npub(crate) const fn gone<A, B>() {}\nfn kept() {}";
        let tokens = tokens(source);
        let mut left = tokens.clone();
        for item in test_items(&tokens).into_iter().rev() {
            left.drain(item);
        }
        let left: Vec<_> = left.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(left.join(" "), "struct A { kept : u8 } fn kept ( ) { } fn kept ( ) { }");
    }

    #[test]
    fn a_test_module_is_told_from_other_test_items() {
        let of = |source: &str| {
            let tokens = tokens(source);
            test_module(&tokens).map(|(name, own_file)| (name.to_owned(), own_file))
        };
        assert_eq!(of("#[cfg(test)] mod a;"), Some(("a".to_owned(), true)));
        assert_eq!(of("#[cfg(test)] pub(crate) mod a { }"), Some(("a".to_owned(), false)));
        assert_eq!(of("#[cfg(test)] fn a() {}"), None);
    }
}
