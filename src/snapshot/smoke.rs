//! Smoke checks: SQL that tells whether an application can work with a restored database.
//!
//! Each statement runs by itself in a session whose transactions are read-only, with the settings of the database and
//! the role, so that an application's queries mean what they mean to the application. Only time limits are lifted,
//! because a check may take longer than an application's request. A check fails when the server refuses it, or when the
//! first column of a row is a boolean that is not true: `SELECT count(*) > 1000 FROM orders`. A NULL is no proof, so it
//! fails too. Rows of other types, and no rows, pass. After a failure the other statements run all the same, so that
//! the report is whole.

use std::time::Instant;

use super::script::{self, ScriptError};
use crate::connect::{ConnectError, Control, Params, Tested, Wire, baseline};
use crate::job::Stop;

/// The session's settings beside the user's: quoting as scripts expect it, and no writes.
const SETTINGS: &str = "SET standard_conforming_strings = on; SET default_transaction_read_only = on";

/// The result of one statement.
#[derive(Clone, Debug)]
pub struct SmokeResult {
    /// The line of the script where it begins, counted from 1.
    pub line: usize,
    pub statement: String,
    pub rows: u64,
    pub seconds: f64,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
}

impl SmokeResult {
    pub fn passed(&self) -> bool {
        self.failure.is_none()
    }
}

/// Why the checks could not be run to their end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmokeError {
    #[error("the smoke checks hold no statement")]
    Empty,
    #[error("the smoke checks cannot be read: {0}")]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("interrupted")]
    Interrupted,
}

/// Fails if [`run`] could not take `sql` as a script, so that this is known before the work that it is to check.
pub(crate) fn check(sql: &str) -> Result<(), SmokeError> {
    match script::statements(sql)?.is_empty() {
        true => Err(SmokeError::Empty),
        false => Ok(()),
    }
}

/// Runs every statement of `sql` in the database of `params`.
pub fn run(params: &Params, sql: &str, stop: &Stop) -> Result<Vec<SmokeResult>, SmokeError> {
    check(sql)?;
    // A control session first: it pins the server and learns the encoding.
    let control = Control::connect(params)?;
    let mut wire = Wire::connect(control.params())?;
    drop(control);
    stop.watch(wire.canceller());
    wire.execute(&baseline::of_users())?;
    wire.execute(SETTINGS)?;
    let mut results = Vec::new();
    for statement in script::statements(sql)? {
        if stop.stopped() {
            return Err(SmokeError::Interrupted);
        }
        let started = Instant::now();
        let tested = wire.test(statement.text);
        if stop.stopped() {
            return Err(SmokeError::Interrupted);
        }
        let (rows, failure) = match tested {
            Ok(tested) => (tested.rows, untrue(tested)),
            Err(error) if wire.is_broken() => return Err(error.into()),
            Err(error) => (0, Some(error.to_string())),
        };
        results.push(SmokeResult {
            line: statement.line,
            statement: statement.text.to_owned(),
            rows,
            seconds: started.elapsed().as_secs_f64(),
            failure,
        });
    }
    Ok(results)
}

fn untrue(tested: Tested) -> Option<String> {
    let row = tested.untrue?;
    let value = if tested.null { "NULL" } else { "false" };
    Some(match tested.rows {
        1 => format!("the answer is {value}"),
        _ => format!("row {row} is {value}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untrue_answer_says_where() {
        let tested = |rows, untrue, null| Tested { rows, untrue, null };
        assert_eq!(untrue(tested(1, None, false)), None);
        assert_eq!(untrue(tested(1, Some(1), true)).unwrap(), "the answer is NULL");
        assert_eq!(untrue(tested(9, Some(4), false)).unwrap(), "row 4 is false");
    }

    #[test]
    fn a_script_without_statements_proves_nothing() {
        assert!(matches!(check("-- nothing\n;"), Err(SmokeError::Empty)));
        assert!(matches!(check("SELECT '"), Err(SmokeError::Script(_))));
        assert!(check("SELECT 1").is_ok());
    }
}
