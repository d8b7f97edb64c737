//! The sources of connection parameters, and the parameters that result from them.

pub(crate) mod conninfo;
pub(crate) mod environment;
pub(crate) mod pgpass;
pub(crate) mod resolved;
pub(in crate::connect) mod secret;
pub(crate) mod settings;
