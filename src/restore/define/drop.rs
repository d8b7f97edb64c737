//! Statements that drop what entries make.

use crate::connect::ConnectError;
use crate::model::Entry;

const UNDEFINED_COLUMN: &str = "42703";

/// The statement that drops what the entry makes, if it has one. `if_exists` allows for an object that is gone already.
pub(crate) fn statement(entry: &Entry, if_exists: bool) -> Option<&str> {
    let drop = entry.drop.as_ref()?;
    Some(if if_exists { &drop.if_exists } else { &drop.statement })
}

/// Whether an IF EXISTS form was refused because its object is gone: no form of ALTER COLUMN allows for a missing
/// column.
pub(crate) fn is_gone(error: &ConnectError) -> bool {
    error.sqlstate() == Some(UNDEFINED_COLUMN)
}
