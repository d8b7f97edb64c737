//! The program of `src/targets/record.rs`.
#![no_main]

use pgark_fuzz::{run, targets};

libfuzzer_sys::fuzz_target!(|data: &[u8]| run(&targets::record::TARGET, data));
