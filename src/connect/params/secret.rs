//! A password that never shows in messages or Debug output, nor in what repeats what somebody wrote.

use std::fmt;

/// Text that only the authentication code may look at.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::connect) struct Secret(String);

impl Secret {
    /// `None` for the empty text: an empty password counts as none.
    pub(in crate::connect) fn new(text: &str) -> Option<Secret> {
        (!text.is_empty()).then(|| Secret(text.to_owned()))
    }

    pub(in crate::connect) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The text with `***` for what looks like a password of a connection string: one may stand where a file is expected,
/// and be named like one.
pub fn without_passwords(text: &str) -> String {
    // Up to the end of what is quoted: a password may hold anything.
    const LOOKS: [&str; 2] = [r"(://[^\s:/@`]*:)[^`\n]*(@)", r"(?i)(password\s*=)[^`\n]*()"];
    LOOKS
        .iter()
        .fold(text.to_owned(), |text, looks| match regex::Regex::new(looks) {
            Ok(looks) => looks.replace_all(&text, "${1}***${2}").into_owned(),
            Err(_) => text,
        })
}

#[cfg(test)]
mod tests {
    use super::without_passwords;

    #[test]
    fn what_looks_like_a_password_is_not_shown() {
        for (text, shown) in [
            (
                "cannot read `postgres://u:se @cr/et@h/db`",
                "cannot read `postgres://u:***@h/db`",
            ),
            (
                "`host=x password='a \\' b' user=y` is not",
                "`host=x password=***` is not",
            ),
            ("`PASSWORD = abc def`", "`PASSWORD =***`"),
            ("`postgres://h/db?password=abc&x=y`", "`postgres://h/db?password=***`"),
            ("postgres://u@h:5432/db", "postgres://u@h:5432/db"),
            ("set PGPASSWORD, or `-W`", "set PGPASSWORD, or `-W`"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
