//! Settings of the sessions that restore: results that depend on the archive alone, no time limits,
//! and speed where it costs no safety.
//!
//! `wal_compression` would save writing, but is a superuser's to set, and costs CPU. Foreign keys get settings of their
//! own for their transaction, in [`super::define`].

use crate::connect::Mark;
use crate::model::ident;
use crate::restore::RestoreOptions;

/// Oldest major that a restore targets.
pub const OLDEST_MAJOR: u32 = 13;

/// The role, the settings and the session's mark, as one message. The role comes first: what
/// follows is allowed to that role.
pub fn message(version: u32, options: &RestoreOptions, mark: &Mark) -> String {
    let role = options
        .role
        .iter()
        .map(|role| format!("SET ROLE {}", ident::quote_ident(role)));
    let list: Vec<String> = role.chain(settings(version, options.jobs)).collect();
    mark.message(&list)
}

/// The statements to run after connecting. `version` is `server_version_num` of the target,
/// `jobs` the sessions that share its memory.
pub fn settings(version: u32, jobs: usize) -> Vec<String> {
    let mut list: Vec<String> = [
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "SET standard_conforming_strings = on",
        "SET DateStyle = ISO",
        "SET IntervalStyle = postgres",
        "SET array_nulls = on",
        "SET xmloption = content",
        "SET statement_timeout = 0",
        "SET lock_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        // Bodies may name objects that come later.
        "SET check_function_bodies = false",
        "SET client_min_messages = warning",
        // An error instead of rows that a policy would refuse silently.
        "SET row_security = off",
        // What a definition does not say must not come from the target's settings.
        "SET default_tablespace = ''",
        "SET default_table_access_method = heap",
        "SET default_transaction_read_only = off",
        "SET default_transaction_isolation = 'read committed'",
        // A crash of the target may take the last moments of a restore, and with them the record of them.
        "SET synchronous_commit = off",
    ]
    .map(str::to_owned)
    .into();
    if version >= 140_000 {
        list.push("SET idle_session_timeout = 0".to_owned());
    }
    if version >= 160_000 {
        // Roles get the members that the archive says, and not who creates them.
        list.push("SET createrole_self_grant = ''".to_owned());
    }
    if version >= 170_000 {
        list.push("SET transaction_timeout = 0".to_owned());
    }
    list.push(format!(
        "SET maintenance_work_mem = '{}MB'",
        maintenance_megabytes(jobs)
    ));
    // Index builds are parallel across sessions; workers inside each would only compete.
    let workers = if jobs > 1 { 1 } else { 2 };
    list.push(format!("SET max_parallel_maintenance_workers = {workers}"));
    list
}

/// Half a gigabyte shared by the sessions, at least 64 MB each, the server's own default.
fn maintenance_megabytes(jobs: usize) -> usize {
    (512 / jobs.max(1)).max(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_the_target_does_not_know_are_not_sent() {
        let has = |version, name: &str| settings(version, 2).iter().any(|s| s.contains(name));
        assert!(!has(130_000, "idle_session_timeout"));
        assert!(has(140_000, "idle_session_timeout"));
        assert!(!has(160_000, "transaction_timeout = 0") || has(160_000, "idle_in_transaction_session_timeout"));
        assert!(!settings(160_000, 2).contains(&"SET transaction_timeout = 0".to_owned()));
        assert!(settings(170_000, 2).contains(&"SET transaction_timeout = 0".to_owned()));
    }

    #[test]
    fn memory_is_shared_by_the_jobs() {
        assert_eq!(maintenance_megabytes(2), 256);
        assert_eq!(maintenance_megabytes(100), 64);
    }
}
