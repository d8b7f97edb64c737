//! Extensions, their members, and the rows of users in their tables.

pub(crate) mod config_tables;
pub(crate) mod dependence;
pub(crate) mod extension;
pub(crate) mod member_rows;
