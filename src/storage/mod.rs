//! Bytes at rest: the named objects of a repository.
//!
//! [`Storage`] is all that the repository asks of the place it lives in; [`LocalFolder`] is the one place so far.
//! Names are relative, with `/` between folders. What is written is durable and whole when a call returns, and nothing
//! is ever half there under its name. An archive is written into and read from a local file ([`Storage::path`]),
//! because it is mapped; a store that is not a folder will stage it there. General crates for object stores were
//! looked at: their local stores neither sync, nor restrict modes, nor lock, which is most of what is here.

mod error;
mod local;
mod name;
mod objects;

pub use error::StorageError;
pub use local::LocalFolder;
pub use objects::{Lock, LockMode, Object, Space, Storage};
