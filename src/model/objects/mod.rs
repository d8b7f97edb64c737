//! The content of a live database, before it is ordered and rendered as SQL.

pub mod address;
pub mod classify;
pub mod components;
pub mod database;
pub mod foreign;
pub mod globals;
pub mod large_objects;
pub mod object;
pub mod planner_statistics;
pub mod privileges;
pub mod relation;
pub mod remarks;
pub mod replication;
pub mod routine;
pub mod text_search;
pub mod types;
