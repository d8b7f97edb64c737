//! Drops what entries make.

use crate::connect::ConnectError;
use crate::model::Entry;

const UNDEFINED_COLUMN: &str = "42703";

/// The statement that drops what the entry makes, if anything does. `if_exists`: it may be gone.
pub fn statement(entry: &Entry, if_exists: bool) -> Option<&str> {
    let drop = entry.drop.as_ref()?;
    Some(if if_exists { &drop.if_exists } else { &drop.statement })
}

/// A statement that allows for what is gone was refused because it is: no form of ALTER COLUMN allows for a column that
/// is not there.
pub fn is_gone(error: &ConnectError) -> bool {
    error.sqlstate() == Some(UNDEFINED_COLUMN)
}
