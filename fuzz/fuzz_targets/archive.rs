//! The program of `src/targets/archive.rs`.
#![no_main]

use pgark_fuzz::{mutate, run, targets};

libfuzzer_sys::fuzz_target!(|data: &[u8]| run(&targets::archive::TARGET, data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});
