//! Bytes at rest: the named objects of a repository, who has them, and its archives.
//!
//! | | |
//! |---|---|
//! | [`Objects`] | small and whole: put if absent, replaced, read, listed, deleted |
//! | [`Leases`] | who makes an object or reads it, for as long as they live |
//! | [`Archives`] | large: written through a sink, named when they are complete, read in place |
//!
//! [`Storage`] is all three, and all that a repository asks of the place it lives in. Names are relative, with `/` between
//! folders. What is written is durable and whole when a call returns, and nothing is ever half there under its name.
//! What every kind has to hold is in `tests/conformance.rs`, a suite that each kind runs.
//!
//! [`LocalFolder`] is the one kind so far, and the only one that has paths. General crates for object stores were
//! looked at: their local stores neither sync, nor restrict modes, nor lock, which is most of what is here.

mod archives;
mod error;
mod kind;
mod leases;
mod local;
mod name;
mod objects;
mod paths;
#[cfg(test)]
mod tests;

pub use archives::{Archives, Unpublished};
pub use error::StorageError;
pub use kind::Storage;
pub use leases::{Leases, Lock, LockMode};
pub use local::LocalFolder;
pub use objects::{Object, Objects, Space};
pub use paths::Paths;
