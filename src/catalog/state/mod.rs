//! Obstacles to reading: missing rights, changes by other sessions, damaged catalogs.

pub(crate) mod changed;
pub(crate) mod dangling;
pub(crate) mod readable;
pub(crate) mod rewritten;
