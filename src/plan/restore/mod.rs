//! The content of a restore, the part of it that the target can have, and the order of its steps. Pure.

pub mod analyze;
pub mod filter;
pub mod fit;
pub mod list;
pub mod missing;
pub mod role_map;
pub mod schedule;
pub mod select;
pub mod selection;
pub mod steps;
pub mod words;
