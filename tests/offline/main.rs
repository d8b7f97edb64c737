//! Tests of the archive format that need no server: properties, damage, vectors.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

#[path = "../support/fault_store.rs"]
#[allow(dead_code)] // part of it
mod fault_store;
#[path = "../support/mutate.rs"]
mod mutate;

mod bombs;
mod by_ranges;
mod comparing;
mod coverage;
mod damage;
mod damage_matrix;
mod decoder;
mod diff_screens;
mod forged;
mod fuzz_regressions;
mod fuzz_seeds;
mod golden;
mod judged_alike;
mod keeping;
mod killed_between;
mod majors;
mod round_trip;
mod salvage;
mod sample;
mod vector_list;
mod vectors;
