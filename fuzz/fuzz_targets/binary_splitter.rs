//! The program of `src/targets/binary_splitter.rs`.
#![no_main]

use pgark_fuzz::{run, targets};

libfuzzer_sys::fuzz_target!(|data: &[u8]| run(&targets::binary_splitter::TARGET, data));
