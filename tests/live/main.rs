//! Tests that need PostgreSQL servers; they start their own, one per major.

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod choosing;
mod connection;
mod damage;
mod encodings;
mod extension_config;
mod foreign;
mod globals;
mod incomplete;
mod inspecting;
mod interleaved;
mod killed;
mod kit;
mod large_objects;
mod leaving_out;
mod listed;
mod locks;
mod merged;
mod odd_states;
mod order;
mod pipe;
mod pooled;
mod privileges;
mod queued;
mod quoting;
mod races;
mod rare_kinds;
mod refusals;
mod restoring;
mod roles;
mod round_trip;
mod scale;
mod sections;
mod selection;
mod servers;
mod standby;
mod statistics;
mod tpch;
mod triggers;
mod unreadable;
mod values;
mod versions;
mod write_load;
