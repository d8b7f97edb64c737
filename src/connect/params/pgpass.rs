//! Passwords from a `.pgpass` file.
//!
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::path::Path;

use crate::connect::params::secret::Secret;

/// Why an existing password file was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassfileProblem {
    #[error("group or others may read it; permissions should be u=rw (0600) or less")]
    TooOpen,
    #[error("it is not a plain file")]
    NotAFile,
    #[error("it cannot be read")]
    Unreadable,
}

/// The text of a password file; absent when there is none.
pub(in crate::connect) fn read(path: &Path) -> Result<Option<String>, PassfileProblem> {
    use std::os::unix::fs::PermissionsExt;

    let Ok(metadata) = std::fs::metadata(path) else {
        return Ok(None);
    };
    if !metadata.is_file() {
        return Err(PassfileProblem::NotAFile);
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(PassfileProblem::TooOpen);
    }
    let bytes = std::fs::read(path).map_err(|_| PassfileProblem::Unreadable)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The password of the first line that matches; an empty one counts as none.
pub(in crate::connect) fn find(text: &str, host: &str, port: u16, dbname: &str, user: &str) -> Option<Secret> {
    let port = port.to_string();
    let wanted = [host, &port, dbname, user];
    for line in text.lines() {
        let line = line.trim_end_matches(['\r', '\n']);
        if line.starts_with('#') {
            continue;
        }
        if let Some(password) = match_line(line, &wanted) {
            return Secret::new(&password);
        }
    }
    None
}

fn match_line(line: &str, wanted: &[&str; 4]) -> Option<String> {
    let mut rest = line;
    for value in wanted {
        let (field, literal_star, after) = split_field(rest);
        rest = after?;
        if !literal_star && field == "*" {
            continue;
        }
        if field != *value {
            return None;
        }
    }
    Some(split_field(rest).0)
}

/// One field without its escapes, whether any character in it was escaped, and what follows its colon.
fn split_field(text: &str) -> (String, bool, Option<&str>) {
    let mut field = String::new();
    let mut escaped = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ':' => return (field, escaped, Some(&text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, next)) => {
                    escaped = true;
                    field.push(next);
                }
                None => field.push('\\'),
            },
            _ => field.push(c),
        }
    }
    (field, escaped, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn password(text: &str, host: &str, dbname: &str, user: &str) -> Option<String> {
        find(text, host, 5432, dbname, user).map(|secret| String::from_utf8(secret.expose().to_vec()).unwrap())
    }

    #[test]
    fn the_first_matching_line_wins() {
        let text = "# note\nh:5432:db:me:one\n*:*:*:me:two\n*:*:*:*:three\n";
        assert_eq!(password(text, "h", "db", "me").as_deref(), Some("one"));
        assert_eq!(password(text, "h", "other", "me").as_deref(), Some("two"));
        assert_eq!(password(text, "i", "db", "you").as_deref(), Some("three"));
        assert_eq!(password("h:5433:*:*:x", "h", "db", "me"), None);
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let text = r"\:\:1:5432:a\\b:me:p\:w\\x";
        assert_eq!(password(text, "::1", r"a\b", "me").as_deref(), Some(r"p:w\x"));
        assert_eq!(password(r"h:*:*:*:p\", "h", "d", "u").as_deref(), Some(r"p\"));
        // Only a bare star matches everything.
        assert_eq!(password(r"\*:*:*:*:p", "h", "d", "u"), None);
        assert_eq!(password(r"\*:*:*:*:p", "*", "d", "u").as_deref(), Some("p"));
    }

    #[test]
    fn a_password_ends_at_a_bare_colon_or_the_line() {
        assert_eq!(password("h:*:*:*:p:q", "h", "d", "u").as_deref(), Some("p"));
        assert_eq!(password("h:*:*:*:p q \r\n", "h", "d", "u").as_deref(), Some("p q "));
        assert_eq!(password("h:*:*:*:", "h", "d", "u"), None);
        assert_eq!(password("h:*:*:*", "h", "d", "u"), None);
        assert_eq!(password("", "h", "d", "u"), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        assert_eq!(read(&path), Ok(None));
        std::fs::write(&path, "*:*:*:*:x\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path), Err(PassfileProblem::TooOpen));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&path), Ok(Some("*:*:*:*:x\n".to_owned())));
        assert_eq!(read(folder.path()), Err(PassfileProblem::NotAFile));
    }
}
