//! What is done with a repository and a server together.
//!
//! [`create()`] dumps into the repository; nothing is complete there before it was verified. [`rollback`] goes back, [`drill`] proves.
//! What is done with a repository alone is in [`keep`]. All of it is done in the name of an [`Audit`], which writes the
//! history of the repository and runs its hooks.

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
