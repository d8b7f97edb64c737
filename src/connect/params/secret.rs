//! A password that shows neither in messages nor in Debug output, and texts of users without the passwords in them.

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

/// The text with `***` in place of whatever looks like a password of a connection string: a connection string that was
/// given where a file is expected shows up in messages as the file's name.
pub(crate) fn without_passwords(text: &str) -> String {
    // The match goes up to the end of the quoted text, because a password may hold any character.
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
