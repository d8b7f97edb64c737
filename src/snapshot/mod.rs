//! Operations on a repository and a server together.
//!
//! [`create()`] dumps into the repository and publishes only what was verified. [`rollback`] returns to a snapshot,
//! [`drill`] proves that one restores. Operations on a repository alone are in [`keep`]. All are done in the name of an
//! [`Audit`], which writes the history of the repository and runs its hooks.

pub(crate) mod audit;
mod create;
pub(crate) mod drill;
mod error;
pub(crate) mod hooks;
pub(crate) mod keep;
mod limits;
pub(crate) mod rollback;
mod script;
mod shell;
pub(crate) mod smoke;
mod unmake;

pub(crate) use audit::{Audit, Stopped, Undertaking};
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use create::CreateOptions;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use create::Created;
pub(crate) use create::create;
pub use error::SnapshotError;
pub(crate) use shell::quoted;
