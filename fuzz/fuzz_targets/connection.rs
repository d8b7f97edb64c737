//! The program of `src/targets/connection.rs`.
#![no_main]

use pgark_fuzz::{run, targets};

libfuzzer_sys::fuzz_target!(|data: &[u8]| run(&targets::connection::TARGET, data));
