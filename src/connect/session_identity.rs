//! Checks that sessions keep their server process.
//!
//! A pooler in transaction mode gives each transaction any free process: one that lacks the session's settings, or that
//! has another session's. So a session leaves a mark in the same message as its settings: one message is one
//! transaction and reaches one process. The session then looks for the mark inside the transaction that relies on the
//! settings.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use crate::connect::{ConnectError, Control, Row, Wire};

/// A random text that only one session knows.
pub(crate) struct Mark(String);

/// The identity of the server that a process belongs to: the moment when that server was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerStart(String);

/// Asks for the mark and the start. The start is given in seconds since 1970, so that a session's time zone does not
/// matter.
const LOOK: &str = "SELECT pg_catalog.current_setting('pgark.session', true) AS mark, \
     EXTRACT(EPOCH FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text AS started";

impl Default for Mark {
    fn default() -> Self {
        // Each `RandomState` has keys of its own.
        let random = || RandomState::new().build_hasher().finish();
        Mark(format!("{:016x}{:016x}", random(), random()))
    }
}

impl Mark {
    /// Sets the session up with `settings` and leaves the mark, all in one message.
    pub(crate) fn message(&self, settings: &[String]) -> String {
        let mut message = settings.join("; ");
        message.push_str(&format!("; SET pgark.session = '{}'", self.0));
        message
    }

    /// Asks the process that answers now; an error unless it has the mark.
    pub(crate) fn find(
        &self,
        query: impl FnOnce(&str) -> Result<Vec<Row>, ConnectError>,
    ) -> Result<ServerStart, ConnectError> {
        let rows = query(LOOK)?;
        let row = rows.first().ok_or(ConnectError::Pooled)?;
        if row.opt_string("mark")?.as_ref() != Some(&self.0) {
            return Err(ConnectError::Pooled);
        }
        Ok(ServerStart(row.string("started")?))
    }
}

/// Looks for the marks of two sessions, neither of which is in a transaction, in ways that make a pooler give them
/// other processes: in one session while the other holds a process, and in the same session repeatedly.
pub(crate) fn check(control: (&Control, &Mark), wire: (&mut Wire, &Mark)) -> Result<ServerStart, ConnectError> {
    let (control, control_mark) = control;
    let (wire, wire_mark) = wire;
    let first = control_mark.find(|sql| control.query(sql))?;
    wire.execute("BEGIN")?;
    let second = wire_mark.find(|sql| wire.query(sql))?;
    for _ in 0..2 {
        control_mark.find(|sql| control.query(sql))?;
    }
    wire.execute("COMMIT")?;
    for _ in 0..2 {
        wire_mark.find(|sql| wire.query(sql))?;
    }
    same_server(&first, &second)?;
    Ok(first)
}

/// Fails when two sessions reached different servers, as a load balancer in between may cause.
pub(crate) fn same_server(one: &ServerStart, other: &ServerStart) -> Result<(), ConnectError> {
    if one == other {
        Ok(())
    } else {
        Err(ConnectError::Scattered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_marks_are_equal() {
        assert_ne!(Mark::default().0, Mark::default().0);
    }

    #[test]
    fn the_mark_comes_with_the_settings() {
        let mark = Mark("ab".into());
        let settings = ["SET a = 1".to_owned(), "SET b = 2".to_owned()];
        assert_eq!(
            mark.message(&settings),
            "SET a = 1; SET b = 2; SET pgark.session = 'ab'"
        );
    }
}
