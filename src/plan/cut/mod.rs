//! Cuts tables and large objects into reads that connections do independently. Pure.

pub mod object_ranges;
pub mod ranges;
