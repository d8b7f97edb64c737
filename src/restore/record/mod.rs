//! The record of a restore in its target, and when another run continues it.

pub mod alone;
pub mod journal;
pub mod resume;
mod terms;
