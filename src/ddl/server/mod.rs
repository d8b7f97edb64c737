//! Statements about the database itself, and about what belongs to the whole server.

pub mod database;
pub mod globals;
