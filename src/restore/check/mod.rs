//! Checks of the target before anything is changed: what it has, lacks and cannot hold.

pub mod forecast;
pub mod misfits;
pub mod needs;
pub mod plan;
pub mod preflight;
pub mod target;
pub mod triggers;
