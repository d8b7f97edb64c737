//! One file or folder for each command: it turns arguments into library calls, and results into screens.

pub(in crate::cli) mod compare;
pub(in crate::cli) mod demo;
pub(in crate::cli) mod diff;
pub(in crate::cli) mod drill;
pub(in crate::cli) mod dump;
pub(in crate::cli) mod export;
pub(in crate::cli) mod health;
pub(in crate::cli) mod log;
pub(in crate::cli) mod prune;
pub(in crate::cli) mod restore;
pub(in crate::cli) mod restore_lines;
pub(in crate::cli) mod restore_rows;
pub(in crate::cli) mod rollback;
pub(in crate::cli) mod salvage;
pub(in crate::cli) mod show;
pub(in crate::cli) mod snapshot;
pub(in crate::cli) mod undelete;
pub(in crate::cli) mod verify;
