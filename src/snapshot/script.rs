//! Splits a script into its statements, as psql does: at semicolons outside of quotes, comments and parentheses. Pure.

/// One statement, without its semicolon and the comments around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// The line where it begins, counted from 1.
    pub line: usize,
    pub text: &'a str,
}

/// Why a script cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    #[error("line {line}: {what} that is not closed")]
    Open { line: usize, what: &'static str },
    #[error("line {line}: a command of psql, which only psql understands")]
    Psql { line: usize },
}

/// The statements of `script`, in their order; empty ones are left out.
pub(super) fn statements(script: &str) -> Result<Vec<Statement<'_>>, ScriptError> {
    let script = script.strip_prefix('\u{feff}').unwrap_or(script);
    let line = |at: usize| script.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let mut found = Vec::new();
    // From the first to the last piece of a statement that is neither a comment nor a space.
    let mut span: Option<(usize, usize)> = None;
    let (mut at, mut depth) = (0, 0_usize);
    let mut keep = |span: &mut Option<(usize, usize)>| {
        if let Some((start, end)) = span.take() {
            found.push(Statement {
                line: line(start),
                text: &script[start..end],
            });
        }
    };
    while at < script.len() {
        let piece = piece(&script[at..]).map_err(|what| ScriptError::Open { line: line(at), what })?;
        let end = at + piece.length;
        match piece.kind {
            Kind::Gap => {}
            Kind::Character(';') if depth == 0 => keep(&mut span),
            Kind::Character('\\') => return Err(ScriptError::Psql { line: line(at) }),
            kind => {
                match kind {
                    Kind::Character('(') => depth += 1,
                    Kind::Character(')') => depth = depth.saturating_sub(1),
                    _ => {}
                }
                span = Some((span.map_or(at, |(start, _)| start), end));
            }
        }
        at = end;
    }
    keep(&mut span);
    Ok(found)
}

#[derive(Clone, Copy)]
enum Kind {
    /// Spaces, a comment.
    Gap,
    /// A name, a number, a literal.
    Word,
    Character(char),
}

struct Piece {
    kind: Kind,
    length: usize,
}

/// The piece at the beginning of `rest`, which must not be empty. The error names a construct that is not closed.
fn piece(rest: &str) -> Result<Piece, &'static str> {
    let Some(first) = rest.chars().next() else {
        return Ok(Piece {
            kind: Kind::Gap,
            length: 0,
        });
    };
    let of = |kind, length| Ok(Piece { kind, length });
    if first.is_whitespace() {
        return of(Kind::Gap, first.len_utf8());
    }
    if rest.starts_with("--") {
        return of(Kind::Gap, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return of(Kind::Gap, comment(rest).ok_or("a comment")?);
    }
    if matches!(first, 'e' | 'E') && rest[1..].starts_with('\'') {
        return of(Kind::Word, 1 + quoted(&rest[1..], true).ok_or("a literal")?);
    }
    match first {
        '\'' => of(Kind::Word, quoted(rest, false).ok_or("a literal")?),
        '"' => of(Kind::Word, quoted(rest, false).ok_or("a quoted name")?),
        '$' => match dollar_tag(rest) {
            Some(tag) => {
                let close = rest[tag.len()..].find(tag).ok_or("a dollar-quoted text")?;
                of(Kind::Word, close + 2 * tag.len())
            }
            None => of(Kind::Character('$'), 1),
        },
        // A whole name or number, so that a `$` inside of it does not begin a quote.
        _ if is_word(first) => of(Kind::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
        _ => of(Kind::Character(first), first.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii() && !c.is_whitespace()
}

/// The length in bytes of a comment, which may contain others.
fn comment(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The bytes up to the quote that closes the first one. A doubled quote ends one text and begins another, which has the
/// same effect.
fn quoted(rest: &str, backslashes: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if backslashes => at += 2,
            b if b == bytes[0] && backslashes && bytes.get(at + 1) == Some(&b) => at += 2,
            b if b == bytes[0] => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// `$tag$` at the beginning.
fn dollar_tag(rest: &str) -> Option<&str> {
    let end = rest[1..].find('$')? + 2;
    let name = &rest[1..end - 1];
    let fits = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
    fits.then_some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(script: &str) -> Vec<&str> {
        statements(script).unwrap().iter().map(|s| s.text).collect()
    }

    #[test]
    fn semicolons_end_statements_only_outside_of_quotes() {
        assert_eq!(texts("SELECT 1; SELECT 2"), ["SELECT 1", "SELECT 2"]);
        assert_eq!(texts("; ;;\n"), [""; 0]);
        for whole in [
            "SELECT ';', ''';'",
            "SELECT E'\\';', E'a''\\\\'",
            "SELECT \";\"\";\"",
            "SELECT $$;$$, $a$;$$;$a$",
            "SELECT a$b$ , 1",
            "SELECT /* ; /* ; */ ; */ 1",
            "SELECT 1 -- ;\n+ 1",
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
            "SELECT $1$",
            "SELECT type'a;'",
        ] {
            assert_eq!(texts(&format!("{whole};")), [whole], "{whole}");
        }
        // An `e` at the end of a word begins no escape string.
        assert_eq!(texts("SELECT type'\\'; SELECT 2"), ["SELECT type'\\'", "SELECT 2"]);
    }

    #[test]
    fn statements_know_their_lines_and_lose_the_comments_around() {
        let found = statements("-- all orders\nSELECT 1 -- one\n;\n\n/* x */ SELECT\n2;").unwrap();
        assert_eq!(found.iter().map(|s| s.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(found[0].text, "SELECT 1");
        assert_eq!(found[1].text, "SELECT\n2");
    }

    #[test]
    fn what_is_open_or_psqls_is_refused() {
        for (script, line) in [("SELECT 1;\n'a", 2), ("\"a", 1), ("$a$ $$", 1), ("/* /* */", 1)] {
            assert!(
                matches!(statements(script), Err(ScriptError::Open { line: at, .. }) if at == line),
                "{script}"
            );
        }
        assert_eq!(statements("SELECT 1;\n\\dt"), Err(ScriptError::Psql { line: 2 }));
    }

    proptest! {
        #[test]
        fn any_script_is_cut_or_refused(script in "[-/*'\"$;\\\\ea1\n\u{e9}() ]{0,60}") {
            for statement in statements(&script).unwrap_or_default() {
                prop_assert!(!statement.text.trim().is_empty() && script.contains(statement.text));
            }
        }
    }
}
