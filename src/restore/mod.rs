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
pub(crate) mod database;
pub(crate) mod define;
pub(crate) mod error;
pub(crate) mod failure;
mod globals;
pub(crate) mod in_place;
pub(crate) mod load;
mod options;
mod record;
mod refused;
mod report;
pub(crate) mod rows;
mod run;
mod search_path;
mod sequences;
pub(crate) mod session;

pub(crate) use crate::restore::check::forecast;
pub use crate::restore::check::misfits::Misfits;
pub(crate) use crate::restore::check::plan::plan;
pub(crate) use crate::restore::load::{input, statements};
pub use crate::restore::options::RestoreOptions;
pub(crate) use crate::restore::report::RestorePlan;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::restore::report::RestoreReport;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use crate::restore::report::Resumed;
pub use crate::restore::run::run;
