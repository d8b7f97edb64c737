//! Cuts tables and large objects into reads that connections run independently. Pure.

pub mod object_ranges;
pub mod ranges;
