//! Settings that make a session's output portable and safe, before anything is read.
//!
//! What each statement prevents is in PostgreSQL's own pg_dump; the ones that are pgark's are
//! explained here. All sessions of a dump run the same list.

/// Oldest and newest major that a dump understands.
pub const OLDEST_MAJOR: u32 = 13;
pub const NEWEST_MAJOR: u32 = 18;

/// The statements to run before the transaction begins. `version` is `server_version_num`.
pub fn settings(version: u32) -> Vec<String> {
    let mut list: Vec<String> = [
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "SET standard_conforming_strings = on",
        "SET DateStyle = ISO",
        "SET IntervalStyle = postgres",
        // Shortest text that reads back to the same float.
        "SET extra_float_digits = 3",
        "SET bytea_output = hex",
        "SET synchronize_seqscans = off",
        "SET statement_timeout = 0",
        "SET lock_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        // An error instead of rows that a policy would hide.
        "SET row_security = off",
        // Compiling catalog queries costs more than it saves.
        "SET jit = off",
        // Absent in older minors: no row, no effect. Keeps a table that is swapped for a view or
        // a foreign table from running code (CVE-2024-7348).
        "SELECT pg_catalog.set_config(name, 'view, foreign-table', false) FROM pg_catalog.pg_settings \
         WHERE name = 'restrict_nonsystem_relation_kind'",
    ]
    .map(str::to_owned)
    .into();
    if version >= 140_000 {
        list.push("SET idle_session_timeout = 0".to_owned());
    }
    if version >= 170_000 {
        list.push("SET transaction_timeout = 0".to_owned());
    }
    list
}

pub const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
