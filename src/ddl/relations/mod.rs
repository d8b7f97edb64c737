//! Statements that make tables, views and sequences, and everything that belongs to them.

pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod default;
pub(crate) mod index;
pub(crate) mod matview;
pub(crate) mod partition;
pub(crate) mod planner_statistics;
pub(crate) mod policy;
pub(crate) mod rule;
pub(crate) mod sequence;
pub(crate) mod statistics;
pub(crate) mod table;
pub(crate) mod trigger;
pub(crate) mod view;
