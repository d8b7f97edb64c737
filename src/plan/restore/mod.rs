//! What a restore takes, what its target can have of it, and when each step may run. Pure.

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
