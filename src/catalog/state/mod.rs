//! What may stand in the way of reading: rights, changes of other sessions, damaged catalogs.

pub mod changed;
pub mod dangling;
pub mod readable;
pub mod rewritten;
