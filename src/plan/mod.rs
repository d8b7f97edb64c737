//! Decisions: pure functions from values to values, with no socket, clock or terminal.

pub mod analyze;
pub mod caveats;
pub mod edges;
pub mod filter;
pub mod graph;
pub mod limits;
pub mod loops;
pub mod membership;
pub mod membership_order;
pub mod object_ranges;
pub mod order;
pub mod pattern;
pub mod ranges;
pub mod refresh;
pub mod repair;
pub mod restore;
pub mod role_map;
pub mod schedule;
pub mod selection;
pub mod steps;
pub mod without;
