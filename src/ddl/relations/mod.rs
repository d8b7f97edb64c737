//! Statements that make tables, views and sequences, and everything that belongs to them.

pub mod column;
pub mod constraint;
pub mod default;
pub mod index;
pub mod matview;
pub mod partition;
pub mod planner_statistics;
pub mod policy;
pub mod rule;
pub mod sequence;
pub mod statistics;
pub mod table;
pub mod trigger;
pub mod view;
