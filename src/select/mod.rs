//! Names that users write, against names that databases and archives have: patterns, and the one table of an archive. Pure.

pub mod one_table;
pub mod partitions;
pub mod pattern;
