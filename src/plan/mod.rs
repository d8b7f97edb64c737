//! Decisions: pure functions from values to values, with no socket, clock or terminal.

#[cfg(feature = "engine")]
pub mod age;
pub mod choose;
pub mod cut;
pub mod order;
pub mod restore;
#[cfg(feature = "engine")]
pub mod retention;
