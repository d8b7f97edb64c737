//! Splits a script into statements where psql would.

/// The statements of `text` without their semicolons; empty ones and those of comments alone are left out.
///
/// Semicolons do not count inside quotes, dollar quotes, comments, parentheses and `BEGIN ATOMIC .. END` bodies.
pub fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut state = Statement::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = token(rest);
        let piece = &rest[..length];
        rest = &rest[length..];
        if piece == ";" && state.parentheses == 0 && state.bodies == 0 {
            state.finish(&mut found);
            continue;
        }
        state.text.push_str(piece);
        match first {
            '(' => state.parentheses += 1,
            ')' => state.parentheses = state.parentheses.saturating_sub(1),
            _ if piece.starts_with("--") || piece.starts_with("/*") || first.is_whitespace() => continue,
            _ if is_word(first) => state.word(piece),
            _ => {}
        }
        state.has_content = true;
    }
    state.finish(&mut found);
    found
}

#[derive(Default)]
struct Statement {
    text: String,
    has_content: bool,
    parentheses: usize,
    /// Open `BEGIN`s and `CASE`s of a function body.
    bodies: usize,
    words: Vec<String>,
}

impl Statement {
    fn finish(&mut self, found: &mut Vec<String>) {
        let done = std::mem::take(self);
        if done.has_content {
            found.push(done.text.trim().to_owned());
        }
    }

    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        match word.as_str() {
            "begin" if self.defines_routine() => self.bodies += 1,
            "case" if self.bodies > 0 => self.bodies += 1,
            "end" => self.bodies = self.bodies.saturating_sub(1),
            _ => {}
        }
        if self.words.len() < 4 {
            self.words.push(word);
        }
    }

    fn defines_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
        )
    }
}

/// Length in bytes of the token that `text`, which is not empty, begins with.
fn token(text: &str) -> usize {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    if text.starts_with("--") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return comment(text);
    }
    match first {
        '\'' => quoted(text, 0, '\'', false),
        '"' => quoted(text, 0, '"', false),
        'e' | 'E' if text[1..].starts_with('\'') => quoted(text, 1, '\'', true),
        '$' => match dollar_tag(text) {
            Some(tag) => text[tag.len()..].find(tag).map_or(text.len(), |at| at + 2 * tag.len()),
            None => 1,
        },
        _ if is_word(first) => text
            .find(|letter: char| !is_word(letter) && letter != '$' && !letter.is_ascii_digit())
            .unwrap_or(text.len()),
        _ if first.is_ascii_digit() => text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()),
        _ => first.len_utf8(),
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii()
}

/// `$tag$` at the start of `text`.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let name = &text[1..end - 1];
    let valid = name.chars().all(|letter| is_word(letter) || letter.is_ascii_digit())
        && !name.starts_with(|letter: char| letter.is_ascii_digit());
    valid.then_some(&text[..end])
}

/// Doubled quotes end one token and begin the next, which makes no difference to where statements end.
fn quoted(text: &str, open: usize, quote: char, backslash: bool) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip_while(|(at, _)| *at <= open) {
        if escaped {
            escaped = false;
        } else if backslash && letter == '\\' {
            escaped = true;
        } else if letter == quote {
            // A doubled quote inside E'..' must not lose the escape rule.
            if backslash && text[at + 1..].starts_with(quote) {
                escaped = true;
            } else {
                return at + 1;
            }
        }
    }
    text.len()
}

/// Block comments nest.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn quotes_comments_and_parentheses_hide_semicolons() {
        let text = r#"
            -- first; comment
            SELECT ';', E'it\';s', "a;b" /* ; /* ; */ */ ; ;
            CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
            SELECT $1, $$;$$, $a$ $$; $a$; SELECT 'it''s;'
            -- trailing"#;
        let found = statements(text);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found[1].starts_with("CREATE RULE") && found[1].ends_with(')'));
        assert!(found[2].ends_with("$a$"));
        assert!(found[3].starts_with("SELECT 'it''s;'"));
    }

    #[test]
    fn standard_function_bodies_stay_whole() {
        let text = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 1";
        assert_eq!(statements(text).len(), 2);
        assert_eq!(statements("BEGIN; SELECT 1; END").len(), 3);
    }
}
