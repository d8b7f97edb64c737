//! Where connection parameters come from, and what they are once all sources are brought together.

pub mod conninfo;
pub mod environment;
pub mod pgpass;
pub mod resolved;
pub(in crate::connect) mod secret;
pub mod settings;
