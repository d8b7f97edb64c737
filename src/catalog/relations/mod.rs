//! Tables, views and sequences, and everything that belongs to them.

pub mod all;
pub mod column;
pub mod constraint;
pub mod copy_columns;
pub mod index;
pub mod list;
pub mod matview;
pub mod partition_root;
pub mod planner_statistics;
pub mod policy;
pub mod rule;
pub mod sequence;
pub mod sequence_state;
pub mod statistics;
pub mod table;
pub mod trigger;
pub mod view;
