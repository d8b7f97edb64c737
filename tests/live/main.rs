//! Tests that need PostgreSQL servers; they start their own, one per major.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

#[path = "../support/mod.rs"]
mod support;

mod batches;
mod cases;
mod chaos;
mod choosing;
mod connection;
mod copy_formats;
mod damage;
mod damaged_at_random;
mod dangling;
mod debian;
mod defaults;
mod diffing;
mod drills;
mod dump_faults;
mod encodings;
mod equality;
mod examples;
mod exporting;
mod extension_config;
mod few_connections;
mod foreign;
mod globals;
mod hostile_names;
mod hostile_servers;
mod hostile_types;
mod incomplete;
mod inspecting;
mod interleaved;
mod interruptions;
mod killed;
mod kit;
mod large_objects;
mod leaving_out;
mod listed;
mod locks;
mod merged;
mod migration_story;
mod missing;
mod numbers;
mod odd_states;
mod order;
mod partitions_chosen;
mod password_canary;
mod pipe;
mod planning;
mod pooled;
mod privileges;
mod queued;
mod quoting;
mod races;
mod rare_kinds;
mod refusals;
mod restoring;
mod resuming;
mod roles;
mod rollback_faults;
mod rollback_leftovers;
mod rollback_losses;
mod rollbacks;
mod round_trip;
mod rows;
mod scale;
mod search_paths;
mod sections;
mod selection;
mod servers;
mod settings;
mod silence;
mod skip_damaged;
mod snapshots;
mod splitting;
mod standby;
mod statistics;
mod storage_faults;
mod streams;
mod tpch;
mod triggers;
mod unreadable;
mod values;
mod versions;
mod write_load;
