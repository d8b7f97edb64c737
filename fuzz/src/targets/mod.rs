//! What each fuzz target does with an input. `tests/offline/fuzz_regressions.rs` includes this folder and calls the same
//! functions with the kept inputs and the seeds.

pub mod archive;
pub mod array;
pub mod binary_splitter;
pub mod catalog;
pub mod chunk;
pub mod column;
pub mod connection;
pub mod forge;
mod input;
pub mod mutate;
pub mod pattern;
pub mod print;
pub mod record;
pub mod round_trip;
pub mod salvage;
mod sample;
pub mod splitter;
pub mod structures;
pub mod wire;

/// One target.
pub struct Target {
    /// Of its file in `fuzz_targets`, its corpus and its kept inputs.
    pub name: &'static str,
    /// Panics when something does not hold that must.
    pub run: fn(&[u8]),
    /// How many bytes of memory an input may take, by what the format's limits allow.
    pub memory: fn(&[u8]) -> usize,
}

pub const ALL: [&Target; 15] = [
    &archive::TARGET,
    &array::TARGET,
    &binary_splitter::TARGET,
    &catalog::TARGET,
    &chunk::TARGET,
    &column::TARGET,
    &connection::TARGET,
    &pattern::TARGET,
    &print::TARGET,
    &record::TARGET,
    &round_trip::TARGET,
    &salvage::TARGET,
    &splitter::TARGET,
    &structures::TARGET,
    &wire::TARGET,
];

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
