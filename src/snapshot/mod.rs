//! Operations on a repository and a server together.
//!
//! [`create()`] dumps into the repository and publishes only what was verified. [`rollback`] returns to a snapshot,
//! [`drill`] proves that one restores. Operations on a repository alone are in [`keep`]. All are done in the name of an
//! [`Audit`], which writes the history of the repository and runs its hooks.

pub mod audit;
mod create;
pub mod drill;
mod error;
pub mod hooks;
pub mod keep;
mod limits;
pub mod rollback;
mod script;
mod shell;
pub mod smoke;
mod unmake;

pub use audit::{Audit, Stopped, Undertaking};
pub use create::{CreateOptions, Created, create};
pub use error::SnapshotError;
pub use shell::quoted;
