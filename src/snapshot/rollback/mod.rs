//! Returns to a snapshot; at every moment there is a whole database.
//!
//! ```text
//! verify the snapshot --> safety snapshot of what is there --> new database beside it: restore, compare, smoke checks
//!   --> swap the names, in one transaction --> compare the old database with its safety snapshot --> drop it
//! ```
//!
//! Until the swap, readers and writers see the old state. The swap ends their connections, and new ones find the new
//! state; a client that connects meanwhile waits for a moment. What was written after the safety snapshot was taken is
//! only in the old database: it is dropped only if its content equals the safety snapshot, else it is kept and named.
//!
//! Where the role may not create databases or rename this one, the snapshot is restored in place, in one transaction
//! (`in_place.rs`): readers of a table wait for its end, and then see the new state. In this case everything is locked
//! against writers first, and the safety snapshot is of what is locked.
//!
//! When a rollback ends early, [`Fate`] says in which state the database is.
//!
//! A killed rollback leaves the old state or the new one. The next rollback of the same database drops what it left:
//! the half-made new database, and an old one that equals its safety snapshot. Only one runs at a time: it holds an
//! advisory lock on the server.

mod attached;
mod beside;
mod definitions;
mod fate;
mod in_place;
mod leftovers;
mod options;
mod prepared;
mod report;
mod run;
mod swap;
mod target;

pub(crate) use attached::Slot;
pub(crate) use fate::{Failed, Fate};
pub(crate) use options::{Method, RollbackOptions};
pub(crate) use prepared::{Rollback, asked};
pub(crate) use report::RollbackReport;
pub(crate) use target::ReplacedDatabase;
