//! The sources of connection parameters, and the parameters that result from them.

pub mod conninfo;
pub mod environment;
pub mod pgpass;
pub mod resolved;
pub(in crate::connect) mod secret;
pub mod settings;
