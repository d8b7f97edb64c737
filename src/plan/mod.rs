//! Decisions: pure functions from values to values, with no socket, clock or terminal.

pub mod filter;
pub mod pattern;
pub mod ranges;
pub mod restore;
pub mod schedule;
pub mod steps;
