//! Options that several commands share.

pub(in crate::cli) mod amounts;
pub(in crate::cli) mod choose;
pub(in crate::cli) mod connection;
pub(in crate::cli) mod dump;
pub(in crate::cli) mod filter;
pub(in crate::cli) mod hooks;
pub(in crate::cli) mod leave_out;
pub(in crate::cli) mod policy;
pub(in crate::cli) mod reading;
pub(in crate::cli) mod repository;
