//! Statements about the database itself, and about objects of the whole server.

pub mod database;
pub mod globals;
