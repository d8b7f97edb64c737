//! Bytes that are read by ranges: a mapped file, memory, or whatever else can give a range of itself.
//!
//! A reader of an archive knows only [`ReadAt`]. [`MappedFile`] and [`Memory`] lend their bytes without a copy; a source
//! that has to fetch them gives owned ones.

#![cfg_attr(
    not(test),
    deny(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_lossless
    )
)]

#[allow(unsafe_code)]
mod mapped;
mod memory;
mod source;

pub use mapped::MappedFile;
pub use memory::Memory;
pub use source::{ReadAt, exactly};
