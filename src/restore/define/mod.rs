//! Executing the statements of entries.

pub(crate) mod drop;
pub(crate) mod execute;

#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::restore::define::execute::Definition;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::restore::define::execute::define;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::restore::define::execute::grant;
pub(crate) use crate::restore::define::execute::privilege_statements;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::restore::define::execute::set_owner;
pub use crate::restore::refused::{Lesser, Refused};
