//! Extensions, their members, and the rows of users in their tables.

pub mod config_tables;
pub mod dependence;
pub mod extension;
pub mod member_rows;
