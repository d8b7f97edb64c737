//! What is done with a repository and a server together.
//!
//! [`create()`] dumps into the repository; nothing is complete there before it was verified.

mod create;
mod error;
mod limits;
mod script;
pub mod smoke;

pub use create::{CreateOptions, Created, create};
pub use error::SnapshotError;
