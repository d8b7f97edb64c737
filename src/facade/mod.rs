//! The front door: what a program needs to dump, restore, compare and keep snapshots, in a few types.
//!
//! | type | what it is |
//! |---|---|
//! | [`Database`] | a database that sessions can be opened to |
//! | [`Archive`] | an archive file that is open |
//! | [`Repository`] | labelled snapshots in a folder |
//! | [`Dump`], [`Restore`], [`Compare`], [`Take`] | what is about to be done: options, then one call that does it |
//! | [`Job`](crate::Job) | stops what is running, and shows how far it is |
//! | [`options`], [`report`] | what the builders take beyond their methods, and what they tell |
//!
//! Nothing here prints, reads the environment or ends the process. Every call blocks until it is done. Options and reports
//! are those of the engines, which are not for programs themselves.

mod archive;
mod compare;
mod database;
mod dump;
pub mod options;
pub mod report;
mod repository;
mod restore;
mod select;

pub use archive::Archive;
pub use compare::{Compare, Side, compare};
pub use database::Database;
pub use dump::Dump;
pub use repository::{Repository, Take};
pub use restore::Restore;
