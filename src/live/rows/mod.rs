//! Reads the rows of the chosen tables over several sessions in the one snapshot.

mod batches;
mod data_session;
pub mod digests;
mod handed_on;
pub mod large_objects;
mod meter;
pub mod readers;
mod reading;
pub mod sink;
pub mod task;
pub mod tasks;
