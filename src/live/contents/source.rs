//! The facts about the server, the database and the snapshot that an archive records.

use crate::connect::{Control, Row};
use crate::live::error::{ReadError, doing};
use crate::model::ident::quote_ident;
use crate::model::{Source, search_path};
use crate::version::Version;

/// Reads these facts in the control session's transaction. The writer of the archive fills in label, purpose,
/// environment, options and jobs.
pub(super) fn read(control: &Control, version: Version) -> Result<Source, ReadError> {
    let failed = doing("cannot read the server's facts");
    let row = one(control, &database_query(version))?;
    let text = |column: &str| row.string(column).map_err(&failed);
    let optional = |column: &str| row.opt_string(column).map_err(&failed);
    Ok(Source {
        server_version_num: version.0,
        server_version: text("server_version")?,
        system_identifier: system_identifier(control)?,
        database: text("database")?,
        encoding: text("encoding")?,
        locale_provider: text("provider")?,
        lc_collate: optional("lc_collate")?.unwrap_or_default(),
        lc_ctype: optional("lc_ctype")?.unwrap_or_default(),
        locale: optional("locale")?,
        icu_rules: optional("icu_rules")?,
        lsn: lsn(control)?,
        taken_at_micros: row.int("taken_at").map_err(&failed)?,
        search_paths: search_paths(control)?,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Source::default()
    })
}

fn database_query(version: Version) -> String {
    let provider = if version.has_locale_providers() {
        "CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END"
    } else {
        "'libc'"
    };
    let locale = match version {
        version if version.has_builtin_provider() => "d.datlocale",
        version if version.has_locale_providers() => "d.daticulocale",
        _ => "NULL::pg_catalog.text",
    };
    let rules = if version.has_icu_rules() {
        "d.daticurules"
    } else {
        "NULL::pg_catalog.text"
    };
    format!(
        "SELECT pg_catalog.current_setting('server_version') AS server_version, \
           d.datname::pg_catalog.text AS database, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, \
           {provider} AS provider, d.datcollate::pg_catalog.text AS lc_collate, \
           d.datctype::pg_catalog.text AS lc_ctype, {locale} AS locale, {rules} AS icu_rules, \
           (EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8 AS taken_at \
         FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"
    )
}

/// The values of `search_path`: first the one that the session would have had, then those set for the database, for
/// roles in it and for roles. Each value is listed once.
fn search_paths(control: &Control) -> Result<Vec<String>, ReadError> {
    let failed = doing("cannot read the settings of search_path");
    let sql = "SELECT p.path, p.who FROM (\
           SELECT 0 AS rank, s.reset_val AS path, session_user::pg_catalog.text AS who \
           FROM pg_catalog.pg_settings s WHERE s.name = 'search_path' \
         UNION ALL \
           SELECT CASE WHEN d.setrole = 0 THEN 1 WHEN d.setdatabase <> 0 THEN 2 ELSE 3 END, \
             pg_catalog.substr(c.setting, pg_catalog.length('search_path=') + 1), \
             COALESCE(r.rolname::pg_catalog.text, session_user::pg_catalog.text) \
           FROM pg_catalog.pg_db_role_setting d LEFT JOIN pg_catalog.pg_roles r ON r.oid = d.setrole \
             CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS c(setting) \
           WHERE pg_catalog.starts_with(c.setting, 'search_path=') AND (d.setdatabase = 0 OR d.setdatabase = \
             (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()))\
         ) AS p ORDER BY p.rank, p.who, p.path";
    let mut paths: Vec<String> = Vec::new();
    for row in &control.query(sql).map_err(&failed)? {
        let user = quote_ident(row.text("who").map_err(&failed)?);
        let path = search_path::of_user(row.opt("path").map_err(&failed)?.unwrap_or_default(), &user);
        if !path.is_empty() && !paths.contains(&path) && paths.len() < search_path::MOST {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// The server's identifier; absent when the role may not read the control file.
fn system_identifier(control: &Control) -> Result<Option<u64>, ReadError> {
    let allowed = one(
        control,
        "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS v",
    )?;
    let failed = doing("cannot read the system identifier");
    if !allowed.bool("v").map_err(&failed)? {
        return Ok(None);
    }
    let row = one(
        control,
        "SELECT system_identifier AS v FROM pg_catalog.pg_control_system()",
    )?;
    Ok(Some(row.int("v").map_err(&failed)? as u64))
}

/// The WAL position, or the replay position on a standby; absent when the role may not ask for it.
fn lsn(control: &Control) -> Result<Option<String>, ReadError> {
    let failed = doing("cannot read the WAL position");
    let standby = one(control, "SELECT pg_catalog.pg_is_in_recovery() AS v")?
        .bool("v")
        .map_err(&failed)?;
    let function = if standby {
        "pg_last_wal_replay_lsn"
    } else {
        "pg_current_wal_lsn"
    };
    let allowed = one(
        control,
        &format!("SELECT pg_catalog.has_function_privilege('pg_catalog.{function}()', 'EXECUTE') AS v"),
    )?;
    if !allowed.bool("v").map_err(&failed)? {
        return Ok(None);
    }
    one(
        control,
        &format!("SELECT pg_catalog.{function}()::pg_catalog.text AS v"),
    )?
    .opt_string("v")
    .map_err(&failed)
}

fn one(control: &Control, sql: &str) -> Result<Row, ReadError> {
    let mut rows = control.query(sql).map_err(doing("cannot read the server's facts"))?;
    rows.pop().ok_or_else(|| ReadError::Server {
        doing: "cannot read the server's facts".to_owned(),
        source: crate::connect::ConnectError::Protocol("the server gave no row".to_owned()),
    })
}
