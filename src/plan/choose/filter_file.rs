//! The lines of a `--filter` file as pg_dump 17 and later define them: `include table sales.*`. Pure.
//!
//! `#` begins a comment. A pattern extends to the end of its line; a part in double quotes may contain line breaks.

use std::iter::Peekable;
use std::str::Chars;

/// One line: whether to take or leave out, the kind of object, and the pattern as an option would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub include: bool,
    pub what: What,
    pub pattern: String,
    /// The line where the rule begins, from 1.
    pub line: usize,
}

/// The kind of object that a pattern is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Extension,
    ForeignData,
    Function,
    Index,
    Schema,
    Table,
    TableAndChildren,
    TableData,
    TableDataAndChildren,
    Trigger,
}

impl What {
    const ALL: [(Self, &'static str); 10] = [
        (Self::Extension, "extension"),
        (Self::ForeignData, "foreign_data"),
        (Self::Function, "function"),
        (Self::Index, "index"),
        (Self::Schema, "schema"),
        (Self::Table, "table"),
        (Self::TableAndChildren, "table_and_children"),
        (Self::TableData, "table_data"),
        (Self::TableDataAndChildren, "table_data_and_children"),
        (Self::Trigger, "trigger"),
    ];

    pub fn keyword(self) -> &'static str {
        let named = Self::ALL.iter().find(|(what, _)| *what == self);
        named.map_or("", |(_, keyword)| keyword)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct FilterFileError {
    pub line: usize,
    pub problem: String,
}

/// The rules of a file, in its order.
pub fn parse(text: &str) -> Result<Vec<Rule>, FilterFileError> {
    let mut reader = Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable(),
        line: 1,
    };
    let mut rules = Vec::new();
    loop {
        reader.skip_spaces();
        match reader.rest.peek() {
            None => return Ok(rules),
            Some('#') => reader.skip_comment(),
            Some('\n') => drop(reader.next()),
            Some(_) => rules.push(reader.rule()?),
        }
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    /// Skips spaces up to the end of the line; whether there were any.
    fn skip_spaces(&mut self) -> bool {
        let mut found = false;
        while self.rest.next_if(|c| c.is_whitespace() && *c != '\n').is_some() {
            found = true;
        }
        found
    }

    fn skip_comment(&mut self) {
        while self.rest.next_if(|c| *c != '\n').is_some() {}
    }

    fn word(&mut self) -> String {
        self.skip_spaces();
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphabetic() || *c == '_') {
            word.push(c.to_ascii_lowercase());
        }
        word
    }

    fn rule(&mut self) -> Result<Rule, FilterFileError> {
        let line = self.line;
        let wrong = |problem: String| FilterFileError { line, problem };
        let include = match self.word().as_str() {
            "include" => true,
            "exclude" => false,
            _ => return Err(wrong("expected `include` or `exclude`".to_owned())),
        };
        let word = self.word();
        let known = What::ALL.iter().find(|(_, keyword)| *keyword == word);
        let Some((what, _)) = known else {
            let keywords: Vec<&str> = What::ALL.iter().map(|(_, keyword)| *keyword).collect();
            return Err(wrong(format!("expected one of {}", keywords.join(", "))));
        };
        let pattern = self.pattern().map_err(|problem| wrong(problem.to_owned()))?;
        Ok(Rule {
            include,
            what: *what,
            pattern,
            line,
        })
    }

    /// Reads a pattern. Spaces count only between words, and as one.
    fn pattern(&mut self) -> Result<String, &'static str> {
        const TIGHT: [char; 4] = ['.', ',', '(', ')'];
        let mut pattern = String::new();
        let mut space = self.skip_spaces();
        if !space && !matches!(self.rest.peek(), None | Some('\n' | '#' | '"')) {
            return Err("expected a space after the kind of object");
        }
        while let Some(c) = self.rest.next_if(|c| !matches!(c, '\n' | '#')) {
            if space && !pattern.is_empty() && !pattern.ends_with(TIGHT) && !TIGHT.contains(&c) {
                pattern.push(' ');
            }
            pattern.push(c);
            if c == '"' {
                self.quoted(&mut pattern)?;
            }
            space = self.skip_spaces();
        }
        if pattern.is_empty() {
            return Err("the pattern is missing");
        }
        Ok(pattern)
    }

    /// The rest of a quoted name, with its closing quote.
    fn quoted(&mut self, pattern: &mut String) -> Result<(), &'static str> {
        loop {
            let c = self.next().ok_or("a double quote is not closed")?;
            pattern.push(c);
            if c == '"' {
                // A doubled quote stands for one quote in the name.
                match self.rest.next_if_eq(&'"') {
                    Some(second) => pattern.push(second),
                    None => return Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(bool, What, String, usize)>, FilterFileError> {
        let rules = parse(text)?;
        Ok(rules
            .into_iter()
            .map(|r| (r.include, r.what, r.pattern, r.line))
            .collect())
    }

    #[test]
    fn rules_comments_and_empty_lines() {
        let text = "# all of it\n\n  include table sales.*  # but\r\nEXCLUDE Table_Data \"My Table\"\n\
                    include function f( integer ,\ttext )";
        let expected = vec![
            (true, What::Table, "sales.*".to_owned(), 3),
            (false, What::TableData, "\"My Table\"".to_owned(), 4),
            (true, What::Function, "f(integer,text)".to_owned(), 5),
        ];
        assert_eq!(parsed(text), Ok(expected));
        assert_eq!(parsed(""), Ok(vec![]));
    }

    #[test]
    fn quoted_names_hold_anything() {
        let text = "include table \"a # \"\"b\"\"\nc\" . \"d\"\nexclude schema x";
        let expected = vec![
            (true, What::Table, "\"a # \"\"b\"\"\nc\".\"d\"".to_owned(), 1),
            (false, What::Schema, "x".to_owned(), 3),
        ];
        assert_eq!(parsed(text), Ok(expected));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, line, problem) in [
            ("\nallow table t", 2, "`include` or `exclude`"),
            ("include tables t", 1, "expected one of extension"),
            ("include table", 1, "pattern is missing"),
            ("include table # t", 1, "pattern is missing"),
            ("include table1", 1, "expected a space"),
            ("include schema a\ninclude table \"t\n\n", 2, "not closed"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.line, line, "{text}");
            assert!(error.problem.contains(problem), "{text}: {}", error.problem);
        }
    }
}
