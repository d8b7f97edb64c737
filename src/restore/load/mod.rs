//! Rows and large objects, from the archive to the server.

mod ahead;
pub mod copy;
pub mod damaged;
pub mod error;
pub mod input;
mod large_objects;
pub mod statements;

pub use crate::restore::load::copy::{Rows, load};
