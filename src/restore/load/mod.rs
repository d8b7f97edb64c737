//! Rows and large objects, from the archive to the server.

mod ahead;
pub(crate) mod copy;
pub(crate) mod damaged;
pub(crate) mod error;
pub(crate) mod input;
mod large_objects;
pub(crate) mod statements;

pub use crate::restore::load::copy::{Rows, load};
