//! Tests that need PostgreSQL servers; they start their own, one per major.

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod damage;
mod killed;
mod pipe;
mod races;
mod refusals;
mod round_trip;
mod servers;
mod tpch;
mod write_load;
