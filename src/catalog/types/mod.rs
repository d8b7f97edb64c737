//! Types, collations, and what converts one to another.

pub mod cast;
pub mod collation;
pub mod conversion;
pub mod defined;
pub mod domain;
pub mod transform;
