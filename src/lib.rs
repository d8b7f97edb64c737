//! pgark: logical backup and restore of PostgreSQL.

pub mod archive;
pub mod catalog;
pub mod cli;
pub mod codec;
pub mod compare;
pub mod connect;
pub mod ddl;
pub mod dump;
pub mod error;
pub mod format;
pub mod model;
pub mod plan;
pub mod progress;
pub mod restore;
pub mod server;
