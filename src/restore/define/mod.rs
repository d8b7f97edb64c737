//! Executing the statements of entries.

pub mod drop;
pub mod execute;

pub use crate::restore::define::execute::{Definition, define, grant, privilege_statements, set_owner};
pub use crate::restore::refused::{Lesser, Refused};
