//! Checks of the target before anything is changed: what it has, lacks and cannot hold.

pub(crate) mod forecast;
pub(super) mod misfits;
pub(super) mod needs;
pub(super) mod plan;
pub(super) mod preflight;
pub(super) mod target;
pub(super) mod triggers;
