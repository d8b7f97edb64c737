//! Types, collations, and conversions between them.

pub(crate) mod cast;
pub(crate) mod collation;
pub(crate) mod conversion;
pub(crate) mod defined;
pub(crate) mod domain;
pub(crate) mod transform;
