//! The state of the database after a rollback that ended early.

use std::time::{Duration, Instant};

use crate::connect::{ConnectError, Control, Params};
use crate::job::Stop;
use crate::model::ident::quote_literal;
use crate::repository::Record;
use crate::snapshot::SnapshotError;

/// The state of a database that was to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing was committed.
    AsItWas,
    /// It has the snapshot's content; the failure came later.
    Replaced,
    /// Not known; the server can tell by the transaction's number.
    Unknown { transaction: String },
}

impl Fate {
    /// The state in one word.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::AsItWas => "as_it_was",
            Self::Replaced => "replaced",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl std::fmt::Display for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AsItWas => f.write_str("the database is as it was"),
            Self::Replaced => f.write_str("the database has been replaced, what failed came after that"),
            Self::Unknown { transaction } => write!(
                f,
                "whether the database has been replaced is not known: `{}` on the server tells, `committed` means that it \
                 has, `aborted` that it is as it was",
                question(transaction)
            ),
        }
    }
}

/// A rollback that ended early.
#[derive(Debug)]
pub(crate) struct Failed {
    pub error: Box<SnapshotError>,
    pub fate: Fate,
    /// The safety snapshot, if one was taken.
    pub safety: Option<Box<Record>>,
}

/// How long to ask a server that has just cut a connection: it may have to restart first.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same, once the user wants to stop.
const PATIENCE_OF_USER: Duration = Duration::from_secs(10);
/// How long a session may take to commit before it is ended.
const GRACE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(200);

/// The query for the state of a transaction: `committed`, `aborted` or `in progress`.
pub(super) fn question(transaction: &str) -> String {
    let number = quote_literal(transaction);
    format!("SELECT pg_catalog.pg_xact_status({number}::pg_catalog.xid8) AS status")
}

/// Asks the server whether a transaction was committed when the connection was lost at the commit. `Ok` means that it
/// was.
pub(super) fn settle(params: &Params, transaction: &str, lost: ConnectError, stop: &Stop) -> Result<(), SnapshotError> {
    let begun = Instant::now();
    let params = params.patient_for(PATIENCE_OF_USER);
    loop {
        match status(&params, transaction).as_deref() {
            Ok("committed") => return Ok(()),
            Ok("aborted") => return Err(SnapshotError::NotCommitted { source: lost }),
            // The server may not have noticed that the client is gone; without its session the transaction is settled.
            Ok("in progress") if begun.elapsed() > GRACE => end(&params, transaction),
            // It is still being committed, or the server cannot be asked yet.
            _ => {}
        }
        let patience = match stop.by_user() {
            true => PATIENCE_OF_USER,
            false => PATIENCE,
        };
        if begun.elapsed() > patience {
            return Err(SnapshotError::Unknown {
                transaction: transaction.to_owned(),
                source: lost,
            });
        }
        std::thread::sleep(PAUSE);
    }
}

fn status(params: &Params, transaction: &str) -> Result<String, ConnectError> {
    let control = Control::connect(params)?;
    let rows = control.query(&question(transaction))?;
    // NULL means that the transaction is too old to be known.
    let status = rows.first().map_or(Ok(None), |row| row.opt_string("status"))?;
    Ok(status.unwrap_or_default())
}

/// Ends the session of a transaction. A session that is committing finishes that first.
fn end(params: &Params, transaction: &str) {
    let sql = format!(
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a \
         WHERE a.backend_xid::pg_catalog.text::pg_catalog.int8 = {}::pg_catalog.int8 % 4294967296",
        quote_literal(transaction)
    );
    // If the session cannot be ended, the caller asks again.
    if let Ok(control) = Control::connect(params) {
        let _ = control.query(&sql);
    }
}
