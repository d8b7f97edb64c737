//! The content of a dump: patterns, parts, parts left out, and the selection that follows from them. Pure.

pub mod absent;
pub mod caveats;
pub mod children;
pub mod filter;
pub mod filter_file;
pub mod leave_out;
pub mod membership;
pub mod parts;
pub mod selection;
