//! What is done with a repository and a server together.
//!
//! [`create()`] dumps into the repository; nothing is complete there before it was verified. [`rollback`] goes back, [`drill`] proves.

mod create;
pub mod drill;
mod error;
mod limits;
pub mod rollback;
mod script;
mod shell;
pub mod smoke;
mod unmake;

pub use create::{CreateOptions, Created, create};
pub use error::SnapshotError;
pub use shell::quoted;
