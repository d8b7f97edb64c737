//! Runs the shared bodies of the fuzz targets, each input within the memory and the time that its target allows.

mod bounds;
#[path = "targets/mod.rs"]
pub mod targets;

use targets::Target;

#[global_allocator]
static ALLOCATOR: bounds::Counting = bounds::Counting;

/// What every `fuzz_targets/*.rs` does with an input.
pub fn run(target: &Target, data: &[u8]) {
    bounds::hold((target.memory)(data), || (target.run)(data));
}

/// libFuzzer's custom mutator for whole archives.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut change_bytes = |bytes: &mut Vec<u8>, most: usize| {
        let size = bytes.len();
        let most = most.max(size).max(1);
        bytes.resize(most, 0);
        let size = libfuzzer_sys::fuzzer_mutate(bytes, size, most);
        bytes.truncate(size);
    };
    let changed = targets::mutate::mutate(&data[..size], max_size, seed, &mut change_bytes);
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
}
