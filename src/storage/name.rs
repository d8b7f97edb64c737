//! Which names objects may have.

use super::StorageError;

/// The most bytes in one part of a name, a limit of most file systems.
const MAX_PART_BYTES: usize = 255;

/// Refuses names that would leave the repository or hide in it: some names come from records, which are files.
pub(super) fn check(name: &str) -> Result<(), StorageError> {
    let fits = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.len() <= MAX_PART_BYTES
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    match name.split('/').all(fits) {
        true => Ok(()),
        false => Err(StorageError::Name { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        for good in ["a", "snapshots/20260101T000000Z_x.pgark", "log/00000001.json"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            ".hidden",
            "a b",
            "a\0",
            "ü",
            &"x".repeat(256),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
