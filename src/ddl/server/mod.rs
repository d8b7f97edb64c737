//! Statements about the database itself, and about objects of the whole server.

pub(crate) mod database;
pub(crate) mod globals;
