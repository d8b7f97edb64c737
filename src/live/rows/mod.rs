//! Reads the rows of the chosen tables over several sessions in the one snapshot.

mod batches;
mod data_session;
pub(crate) mod digests;
mod handed_on;
pub(crate) mod large_objects;
mod meter;
pub(crate) mod readers;
mod reading;
pub(crate) mod sink;
pub(crate) mod task;
pub(crate) mod tasks;
