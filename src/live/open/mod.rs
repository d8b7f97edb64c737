//! Connects, locks what was chosen, and takes the snapshot that all sessions share.

mod attempt;
pub(crate) mod joining;
pub(crate) mod locks;
mod readable;
pub(crate) mod session;
pub(crate) mod snapshot;
