//! Patterns for labels: `*` is any run of characters, `?` one, everything else itself. Pure.

use std::fmt;

use regex::Regex;

/// Longer than any label may be.
const MAX_BYTES: usize = 1024;

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct LabelPattern {
    text: String,
    expression: Regex,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelPatternError {
    #[error("the pattern of a label is empty; to keep every label, say `*`")]
    Empty,
    #[error("a pattern of {bytes} bytes is longer than any label")]
    TooLong { bytes: usize },
    #[error("`{text}` cannot be used as a pattern: {reason}")]
    Invalid { text: String, reason: String },
}

impl LabelPattern {
    pub fn parse(text: &str) -> Result<Self, LabelPatternError> {
        if text.is_empty() {
            return Err(LabelPatternError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(LabelPatternError::TooLong { bytes: text.len() });
        }
        let mut expression = String::from(r"(?s)\A");
        for c in text.chars() {
            match c {
                '*' => expression.push_str(".*"),
                '?' => expression.push('.'),
                _ => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        expression.push_str(r"\z");
        let expression = Regex::new(&expression).map_err(|error| LabelPatternError::Invalid {
            text: text.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            text: text.to_owned(),
            expression,
        })
    }

    pub fn matches(&self, label: &str) -> bool {
        self.expression.is_match(label)
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for LabelPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for LabelPattern {}

impl TryFrom<String> for LabelPattern {
    type Error = LabelPatternError;

    fn try_from(text: String) -> Result<Self, LabelPatternError> {
        Self::parse(&text)
    }
}

impl fmt::Display for LabelPattern {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_are_all_there_is() {
        for (pattern, label, fits) in [
            ("release-*", "release-1.2", true),
            ("release-*", "release-", true),
            ("release-*", "a release-1", false),
            ("v?.?", "v1.2", true),
            ("v?.?", "v1x2", false),
            ("v?.?", "v12.3", false),
            ("[ab]", "a", false),
            ("[ab]", "[ab]", true),
            ("Release", "release", false),
            ("*", "", true),
            ("*ü*", "für\nimmer", true),
        ] {
            let matches = LabelPattern::parse(pattern).expect(pattern).matches(label);
            assert_eq!(matches, fits, "{pattern} {label}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_meant_are_refused() {
        assert_eq!(LabelPattern::parse(""), Err(LabelPatternError::Empty));
        let long = "*".repeat(MAX_BYTES + 1);
        assert!(matches!(
            LabelPattern::parse(&long),
            Err(LabelPatternError::TooLong { .. })
        ));
    }
}
