//! Connects, locks what was chosen, and takes the snapshot that all sessions share.

mod attempt;
pub mod joining;
pub mod locks;
mod readable;
pub mod session;
pub mod snapshot;
