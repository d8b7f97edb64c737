//! The settings that every session begins with, so that settings of the role, the database or the server neither end it
//! nor change its answers.
//!
//! An operator may give a role a `statement_timeout` for its application, or a database `default_transaction_read_only`
//! or `quote_all_identifiers`; these are not meant for a backup. Dump and restore add their own settings to this
//! baseline. A server is sent only settings that it knows. Settings that functions of users read while they run
//! (`TimeZone`, `lc_monetary`, `default_text_search_config`, ..) stay as they are, as for pg_dump and pg_restore.
//!
//! A role may also have the setting `role`. It stays, as for pg_dump, because the login may get its rights from that
//! role alone. A superuser has all rights without it and loses some by it. So a superuser's session is opened a second
//! time without the setting (`without_role`), unless the user asks for a role with the option `-c role=..`; `--role` is
//! set later in any case.
//!
//! A limit of a few milliseconds can end a session before the session has lifted the limit. The next attempt then lifts
//! the limit in its startup message (`Lifted`). The first attempt does not, because poolers refuse such messages.

use std::io;

use super::{ConnectError, Params, Row};

/// Settings that may end or refuse a statement, or leave out a part of its answer. Each is set only where the server
/// knows it.
const LIMITS: &[(&str, &str)] = &[
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("transaction_timeout", "0"),
    ("tcp_user_timeout", "0"),
    ("gin_fuzzy_search_limit", "0"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_read_only", "off"),
    ("default_transaction_deferrable", "off"),
    ("row_security", "off"),
    ("restrict_nonsystem_relation_kind", ""),
];

/// Settings that decide how SQL is read, and how definitions and values are printed. Every server knows them.
const FORMS: &[(&str, &str)] = &[
    ("standard_conforming_strings", "on"),
    ("backslash_quote", "safe_encoding"),
    ("transform_null_equals", "off"),
    ("array_nulls", "on"),
    ("xmloption", "content"),
    ("quote_all_identifiers", "off"),
    ("DateStyle", "ISO"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("client_min_messages", "notice"),
];

/// Settings that only a superuser may set. Other sessions leave them as they are.
const OF_SUPERUSERS: &[(&str, &str)] = &[("session_replication_role", "origin")];

/// The baseline as one message. It empties `search_path` before it uses any unqualified name, so that nothing in a
/// schema that users may write to can stand in for a system function.
pub(super) fn message() -> String {
    let values = |settings: &[(&str, &str)]| {
        let pairs: Vec<String> = settings
            .iter()
            .map(|(name, value)| format!("('{name}', '{value}')"))
            .collect();
        pairs.join(", ")
    };
    let set = |settings: &[(&str, &str)]| {
        format!(
            "SELECT pg_catalog.set_config(s.name, s.value, false) FROM (VALUES {}) AS s(name, value) \
             WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL",
            values(settings)
        )
    };
    // A standby refuses every query of a transaction that is serializable by default.
    let statements = [
        "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned(),
        "SET statement_timeout = 0".to_owned(),
        "SET lock_timeout = 0".to_owned(),
        "SELECT pg_catalog.set_config('search_path', '', false)".to_owned(),
        set(&[LIMITS, FORMS].concat()),
        set(OF_SUPERUSERS) + " AND pg_catalog.current_setting('is_superuser') = 'on'",
        "SELECT pg_catalog.current_setting('role') <> 'none' AS lowered".to_owned(),
        "COMMIT".to_owned(),
    ];
    statements.join("; ")
}

/// One message that brings back `search_path` and the other settings of the role and the database, so that SQL is read
/// and answers are printed as for an application. The limits stay lifted.
pub fn of_users() -> String {
    let names = ["search_path", "row_security"]
        .into_iter()
        .chain(FORMS.iter().map(|(name, _)| *name));
    let resets: Vec<String> = names.map(|name| format!("RESET {name}")).collect();
    resets.join("; ")
}

/// The same parameters, with no role set but the user's own; absent where the user asks for one. The setting goes into
/// the startup message, so that RESET ROLE leads back to it.
fn without_role(params: &Params) -> Option<Params> {
    let asked = params.options.as_ref().is_some_and(|options| options.contains("role="));
    (!asked).then(|| with_options(params, &["role=none".to_owned()]))
}

/// Adds settings as options. They win over the user's own options, and both win over the settings of roles and
/// databases.
fn with_options(params: &Params, settings: &[String]) -> Params {
    if settings.is_empty() {
        return params.clone();
    }
    let own = params.options.iter().cloned();
    let options: Vec<String> = own
        .chain(settings.iter().map(|setting| format!("-c {setting}")))
        .collect();
    let mut params = params.clone();
    params.options = Some(options.join(" "));
    params
}

const IDLE: &str = "idle_session_timeout";
/// The server has no such setting.
const UNKNOWN_SETTING: &str = "42704";

/// Limits that ended an attempt to open a session.
#[derive(Clone, Debug, Default)]
struct Lifted(Vec<&'static str>);

impl Lifted {
    /// Notes which limits the error is about; false where it is about none, or where they have been lifted already.
    fn note(&mut self, error: &ConnectError) -> bool {
        // A server that reports one of these errors also knows the settings listed with it.
        let names: &[&str] = match error.sqlstate() {
            Some("57014") => &["statement_timeout"],
            Some("25P03") => &["statement_timeout", "idle_in_transaction_session_timeout"],
            Some("57P05") => &["statement_timeout", "idle_session_timeout"],
            Some("25P04") => &["statement_timeout", "idle_session_timeout", "transaction_timeout"],
            _ => return false,
        };
        let new: Vec<&str> = names.iter().copied().filter(|name| !self.0.contains(name)).collect();
        self.0.extend(&new);
        !new.is_empty()
    }

    /// Assumes that a session which was closed while its first statement was on its way had been idle too long: the
    /// server's reason is lost in that case. False where this has been tried already.
    fn suspect(&mut self, error: &ConnectError) -> bool {
        let closed = matches!(error, ConnectError::Io(error)
            if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset));
        let is_new = closed && !self.0.contains(&IDLE);
        if is_new {
            self.0.push(IDLE);
        }
        is_new
    }

    fn apply(&self, params: &Params) -> Params {
        let settings: Vec<String> = self.0.iter().map(|name| format!("{name}=0")).collect();
        with_options(params, &settings)
    }
}

/// Whether the session has another role than its login's, from the rows that [`message`] gives.
pub(super) fn is_lowered(rows: &[Row]) -> bool {
    rows.last().is_some_and(|row| row.bool("lowered").unwrap_or(false))
}

/// Whether the login itself is a superuser. The one row has the answer as `super`; a login that may not read `pg_roles`
/// counts as none.
pub(super) const SUPERUSER: &str =
    "SELECT r.rolsuper AS super FROM pg_catalog.pg_roles r WHERE r.rolname = session_user";

/// Opens a session with `open`, which also says whether the session is a superuser's with lowered rights. Opens it
/// again if so, or if a limit ended it before the limit was lifted.
pub(super) fn open<S>(
    params: &Params,
    mut open: impl FnMut(&Params) -> Result<(S, bool), ConnectError>,
) -> Result<S, ConnectError> {
    let mut lifted = Lifted::default();
    let mut params = params.clone();
    let mut loss = None;
    loop {
        match open(&lifted.apply(&params)) {
            Err(error) if lifted.note(&error) => {}
            Err(error) if lifted.suspect(&error) => loss = Some(error),
            // The server does not know the suspected limit, so the session was lost for another reason.
            Err(error) if error.sqlstate() == Some(UNKNOWN_SETTING) => return Err(loss.unwrap_or(error)),
            Err(error) => return Err(error),
            Ok((session, lowered)) => match without_role(&params).filter(|_| lowered) {
                Some(better) => params = better,
                None => return Ok(session),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ConnSpec, ErrorResponse, resolve};
    use super::*;

    fn params(text: &str) -> Params {
        let spec = ConnSpec {
            target: Some(format!("host=/fake {text}")),
            ..ConnSpec::default()
        };
        resolve(&spec, &|_| None, Some("me"), None).unwrap().params
    }

    fn ended(sqlstate: &str) -> ConnectError {
        ConnectError::Server(Box::new(ErrorResponse {
            severity: "FATAL".into(),
            sqlstate: sqlstate.into(),
            message: String::new(),
            detail: None,
            hint: None,
            context: None,
            position: None,
        }))
    }

    #[test]
    fn names_are_safe_before_anything_else_is_looked_up() {
        let message = message();
        let position = |text: &str| {
            message
                .find(text)
                .unwrap_or_else(|| panic!("`{text}` is not in {message}"))
        };
        assert!(position("'search_path', ''") < position("FROM (VALUES"));
        assert!(position("statement_timeout") < position("'search_path', ''"));
        assert!(message.starts_with("BEGIN ISOLATION LEVEL READ COMMITTED") && message.ends_with("COMMIT"));
    }

    #[test]
    fn a_role_that_the_user_asks_for_stays() {
        let opened_with = |text: &str| {
            let mut seen = Vec::new();
            let opened = open(&params(text), |params| {
                seen.push(params.options.clone().unwrap_or_default());
                Ok(((), true))
            });
            assert!(opened.is_ok());
            seen
        };
        assert_eq!(opened_with(""), ["", "-c role=none"]);
        assert_eq!(opened_with("options='-c a=b'"), ["-c a=b", "-c a=b -c role=none"]);
        assert_eq!(opened_with("options='-c role=app'"), ["-c role=app"]);
    }

    #[test]
    fn a_limit_that_ends_a_session_is_lifted_in_the_next() {
        let mut seen = Vec::new();
        let mut errors = vec!["25P04", "57P05", "57014"];
        let opened = open(&params("options='-c a=b'"), |params| {
            seen.push(params.options.clone().unwrap_or_default());
            errors.pop().map_or(Ok(((), false)), |sqlstate| Err(ended(sqlstate)))
        });
        assert!(opened.is_ok());
        assert_eq!(
            seen,
            [
                "-c a=b",
                "-c a=b -c statement_timeout=0",
                "-c a=b -c statement_timeout=0 -c idle_session_timeout=0",
                "-c a=b -c statement_timeout=0 -c idle_session_timeout=0 -c transaction_timeout=0",
            ]
        );
    }

    #[test]
    fn a_session_that_was_closed_before_it_was_asked_may_have_been_idle_too_long() {
        let closed = || ConnectError::Io(io::ErrorKind::BrokenPipe.into());
        let mut seen = Vec::new();
        let opened = open(&params(""), |params| {
            seen.push(params.options.clone().unwrap_or_default());
            if seen.len() == 1 {
                Err(closed())
            } else {
                Ok(((), false))
            }
        });
        assert!(opened.is_ok());
        assert_eq!(seen, ["", "-c idle_session_timeout=0"]);
        let mut errors = vec![ended(UNKNOWN_SETTING), closed()];
        let opened: Result<(), _> = open(&params(""), |_| Err(errors.pop().unwrap()));
        assert!(matches!(opened, Err(ConnectError::Io(_))));
        let mut count = 0;
        let opened: Result<(), _> = open(&params(""), |_| {
            count += 1;
            Err(ConnectError::Io(io::ErrorKind::UnexpectedEof.into()))
        });
        assert!(opened.is_err() && count == 1);
    }

    #[test]
    fn other_errors_and_limits_that_stay_are_told() {
        for (sqlstate, attempts) in [("57P01", 1), ("57014", 2), ("25P04", 2)] {
            let mut count = 0;
            let opened: Result<(), _> = open(&params(""), |_| {
                count += 1;
                Err(ended(sqlstate))
            });
            assert_eq!((opened.unwrap_err().sqlstate(), count), (Some(sqlstate), attempts));
        }
    }
}
