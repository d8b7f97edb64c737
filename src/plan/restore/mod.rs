//! The content of a restore, the part of it that the target can have, and the order of its steps. Pure.

pub(crate) mod analyze;
pub(crate) mod filter;
pub(crate) mod fit;
pub(crate) mod list;
pub(crate) mod missing;
pub(crate) mod role_map;
pub(crate) mod schedule;
pub(crate) mod select;
pub(crate) mod selection;
pub(crate) mod steps;
pub(crate) mod words;
