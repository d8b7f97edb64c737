//! The content of a dump: patterns, parts, parts left out, and the selection that follows from them. Pure.

pub(crate) mod absent;
pub(crate) mod caveats;
pub(crate) mod children;
pub(crate) mod filter;
pub(crate) mod filter_file;
pub(crate) mod leave_out;
pub(crate) mod membership;
pub(crate) mod parts;
pub(crate) mod selection;
