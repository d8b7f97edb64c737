//! Decisions: pure functions from values to values, with no socket, clock or terminal.

#[cfg(feature = "engine")]
pub(crate) mod age;
pub(crate) mod choose;
pub(crate) mod cut;
pub(crate) mod order;
pub(crate) mod restore;
#[cfg(feature = "engine")]
pub(crate) mod retention;
