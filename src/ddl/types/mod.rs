//! Statements that make types, collations, and conversions between them.

pub mod cast;
pub mod collation;
pub mod conversion;
pub mod defined;
pub mod domain;
pub mod transform;
