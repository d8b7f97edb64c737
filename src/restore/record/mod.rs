//! What a restore has done, recorded in the target, and when another run goes on with that.

pub mod alone;
pub mod journal;
pub mod resume;
mod terms;
