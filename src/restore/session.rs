//! The sessions of a restore and their settings: results depend on the archive alone, there are no time limits, and
//! speed is taken where it costs no safety.
//!
//! `wal_compression` would save writing, but only a superuser may set it, and it costs CPU. Foreign keys get settings
//! of their own for their transaction, in `define`.

use crate::connect::{ConnectError, Control, Mark, Params, Wire, session_identity};
use crate::model::{Source, ident};
use crate::restore::error::{RestoreError, doing};
use crate::restore::options::RestoreOptions;
use crate::version::Version;

/// The encoding of databases that do not declare one.
pub(crate) const UNTYPED: &str = "SQL_ASCII";

/// Needs a superuser, or the right to SET this parameter (15 and later).
const DISABLE_TRIGGERS: &str = "SET session_replication_role = replica";

/// Opens the control session, which never waits for rows, to a server that a restore supports.
pub(crate) fn connect(params: &Params, options: &RestoreOptions) -> Result<Control, RestoreError> {
    Ok(both(params, |own| own.clone(), options)?.0)
}

/// Opens the control session and one data session for rows of this source.
pub(crate) fn connect_both(
    params: &Params,
    source: &Source,
    options: &RestoreOptions,
) -> Result<(Control, Wire), RestoreError> {
    both(params, |own| own.with_client_encoding(encoding(source)), options)
}

/// Opens two sessions that each keep their server process. `other` makes the second's parameters from the first's.
fn both(
    params: &Params,
    other: impl FnOnce(&Params) -> Params,
    options: &RestoreOptions,
) -> Result<(Control, Wire), RestoreError> {
    let control = Control::connect(params).map_err(|source| RestoreError::Connect {
        server: params.describe(),
        source,
    })?;
    let version = control.server_version();
    if version < Version::OLDEST {
        let version = version.major().to_string();
        return Err(RestoreError::UnsupportedServer {
            version,
            oldest: Version::OLDEST.major(),
        });
    }
    let own = Mark::default();
    set_up(&own, version, options, |sql| control.execute(sql))?;
    let (mut wire, others) = open(&other(control.params()), version, options)?;
    session_identity::check((&control, &own), (&mut wire, &others)).map_err(doing("cannot keep the session"))?;
    refuse_standby(&control)?;
    Ok((control, wire))
}

/// The client encoding of a session: definitions are sent as they were read, as bytes if no encoding is declared.
fn encoding(source: &Source) -> &'static str {
    if source.encoding == UNTYPED { UNTYPED } else { "UTF8" }
}

/// Opens one data session, and returns its mark too.
fn open(params: &Params, version: Version, options: &RestoreOptions) -> Result<(Wire, Mark), RestoreError> {
    let mut wire = Wire::connect(params).map_err(|source| RestoreError::Connect {
        server: params.describe(),
        source,
    })?;
    let mark = Mark::default();
    set_up(&mark, version, options, |sql| wire.execute(sql))?;
    Ok((wire, mark))
}

fn set_up(
    mark: &Mark,
    version: Version,
    options: &RestoreOptions,
    execute: impl FnOnce(&str) -> Result<(), ConnectError>,
) -> Result<(), RestoreError> {
    execute(&message(version, options, mark)).map_err(|source| match (&options.role, source.sqlstate()) {
        // The role does not exist, or the session may not become it.
        (Some(role), Some("22023" | "42501")) => RestoreError::Role {
            role: role.clone(),
            source,
        },
        _ => doing("cannot set up the session")(source),
    })
}

fn refuse_standby(control: &Control) -> Result<(), RestoreError> {
    let failed = doing("cannot ask for the server's state");
    let rows = control
        .query("SELECT pg_catalog.pg_is_in_recovery() AS standby")
        .map_err(&failed)?;
    match rows.first().map(|row| row.bool("standby")).transpose() {
        Ok(Some(true)) => Err(RestoreError::Standby),
        Ok(_) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Opens one more session like the control session.
pub(crate) fn session_of(control: &Control, source: &Source, options: &RestoreOptions) -> Result<Wire, RestoreError> {
    let params = control.params().with_client_encoding(encoding(source));
    let (mut wire, _) = open(&params, control.server_version(), options)?;
    if options.disable_triggers {
        wire.execute(DISABLE_TRIGGERS)
            .map_err(doing("cannot disable triggers"))?;
    }
    Ok(wire)
}

/// The role, the settings and the session's mark, as one message. The role comes first, because what follows needs its
/// rights.
pub(crate) fn message(version: Version, options: &RestoreOptions, mark: &Mark) -> String {
    let role = options
        .role
        .iter()
        .map(|role| format!("SET ROLE {}", ident::quote_ident(role)));
    let list: Vec<String> = role.chain(settings(version, options.jobs)).collect();
    mark.message(&list)
}

/// The statements to run after connecting. `version` is the target's; `jobs` is how many sessions share its memory.
pub fn settings(version: Version, jobs: usize) -> Vec<String> {
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
        // Bodies may name objects that are created later.
        "SET check_function_bodies = false",
        "SET client_min_messages = warning",
        // An error is better than rows that a policy would refuse silently.
        "SET row_security = off",
        // What a definition does not say must not depend on the target's settings.
        "SET default_tablespace = ''",
        "SET default_table_access_method = heap",
        "SET default_transaction_read_only = off",
        "SET default_transaction_isolation = 'read committed'",
        // A crash of the target may lose the last moments of a restore, and the record of them with them.
        "SET synchronous_commit = off",
    ]
    .map(str::to_owned)
    .into();
    if version.has_idle_session_timeout() {
        list.push("SET idle_session_timeout = 0".to_owned());
    }
    if version.has_createrole_self_grant() {
        // Roles get the members that the archive says, not the role that creates them.
        list.push("SET createrole_self_grant = ''".to_owned());
    }
    if version.has_transaction_timeout() {
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
        assert!(!has(Version::first_of(13), "idle_session_timeout"));
        assert!(has(Version::first_of(14), "idle_session_timeout"));
        assert!(
            !has(Version::first_of(16), "transaction_timeout = 0")
                || has(Version::first_of(16), "idle_in_transaction_session_timeout")
        );
        assert!(!settings(Version::first_of(16), 2).contains(&"SET transaction_timeout = 0".to_owned()));
        assert!(settings(Version::first_of(17), 2).contains(&"SET transaction_timeout = 0".to_owned()));
    }

    #[test]
    fn memory_is_shared_by_the_jobs() {
        assert_eq!(maintenance_megabytes(2), 256);
        assert_eq!(maintenance_megabytes(100), 64);
    }
}
