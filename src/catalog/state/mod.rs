//! Obstacles to reading: missing rights, changes by other sessions, damaged catalogs.

pub mod changed;
pub mod dangling;
pub mod readable;
pub mod rewritten;
