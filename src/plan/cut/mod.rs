//! Cuts tables and large objects into reads that connections run independently. Pure.

pub(crate) mod object_ranges;
pub(crate) mod ranges;
