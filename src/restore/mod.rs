//! Restores an archive into a database.
//!
//! ```text
//! archive --> select --> check the target --> before (one session, in order)
//!         --> rows + indexes + constraints (N sessions) --> privileges --> refreshes --> event triggers
//! ```
//!
//! `jobs` data sessions and one control session are open, and one more with `--globals`. Nothing is changed until the
//! target has been checked for existing objects and for missing roles, extensions and tablespaces. An archive in a file
//! is read where needed. One from a pipe is read once, front to back, and its rows are loaded as they arrive. Every
//! checksum is verified before its bytes reach the server. What is done is recorded in the target (`record`), so that a
//! later run can continue a restore that did not end; leftover sessions of the earlier run are ended first.

mod check;
pub mod database;
pub mod define;
pub mod error;
pub mod failure;
mod globals;
pub mod in_place;
pub mod load;
mod options;
mod record;
mod refused;
mod report;
pub mod rows;
mod run;
mod search_path;
mod sequences;
pub mod session;

pub use crate::restore::check::forecast;
pub use crate::restore::check::misfits::Misfits;
pub use crate::restore::check::plan::plan;
pub use crate::restore::load::{input, statements};
pub use crate::restore::options::RestoreOptions;
pub use crate::restore::report::{RestorePlan, RestoreReport, Resumed};
pub use crate::restore::run::run;
