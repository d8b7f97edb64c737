//! Bytes at rest: the named objects of a repository, locks on them, and its archives.
//!
//! | | |
//! |---|---|
//! | [`Objects`] | small and whole: created if absent, replaced, read, listed, deleted |
//! | [`Leases`] | locks on objects, held by the processes that make or read them |
//! | [`Archives`] | large: written through a sink, named once they are complete, read in place |
//!
//! [`Storage`] is all three, and all that a repository needs of its place. Names are relative, with `/` between
//! folders. When a call returns, what it wrote is durable and whole, and no name ever has half an object. What every
//! kind must guarantee is in `tests/conformance.rs`, a suite that each kind runs.
//!
//! [`LocalFolder`] is the only kind so far, and the only one with paths. General crates for object stores were
//! considered: their local stores neither sync, nor restrict modes, nor lock, which is most of what this one does.

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

pub(crate) use archives::{Archives, Unpublished};
pub(crate) use error::StorageError;
pub(crate) use kind::Storage;
pub(crate) use leases::{Leases, Lock, LockMode};
pub(crate) use local::LocalFolder;
pub(crate) use objects::{Object, Objects, Space};
pub(crate) use paths::Paths;
