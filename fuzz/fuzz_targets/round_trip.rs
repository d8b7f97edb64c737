//! The program of `src/targets/round_trip.rs`.
#![no_main]

use pgark_fuzz::{run, targets};

libfuzzer_sys::fuzz_target!(|data: &[u8]| run(&targets::round_trip::TARGET, data));
