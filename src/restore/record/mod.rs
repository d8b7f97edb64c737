//! The record of a restore in its target, and when another run continues it.

pub(super) mod alone;
pub(super) mod journal;
pub(super) mod resume;
mod terms;
