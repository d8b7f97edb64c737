//! The control session: catalog queries and settings, behind blocking calls.
//!
//! tokio-postgres reads UTF-8 only. The server converts every declared encoding to UTF-8; where the database declares
//! none, a session that passes bytes through is used instead.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::connect::control::driven::Driven;
use crate::connect::{Canceller, ConnectError, Params, Row, Wire, baseline, untyped};
use crate::version::Version;

/// One session for catalog queries and settings.
pub struct Control {
    session: Session,
    params: Params,
    server_version: Version,
}

enum Session {
    Driven(Box<Driven>),
    Untyped(Box<Mutex<Wire>>),
}

impl Control {
    /// Connects, tries hosts and TLS modes as libpq would, and pins what worked:
    /// [`Control::params`] reaches the same server in the same way.
    pub fn connect(params: &Params) -> Result<Self, ConnectError> {
        baseline::open(params, Self::attempt)
    }

    /// Opens a session, and says whether it is a superuser's with lowered rights.
    fn attempt(params: &Params) -> Result<(Self, bool), ConnectError> {
        let driven = Driven::connect(params)?;
        // Only the question about the server's role may come before the baseline; it qualifies every name.
        let answers = driven.query_all(&[
            baseline::message(),
            "SELECT pg_catalog.current_setting('server_version_num') AS version, \
             pg_catalog.current_setting('server_encoding') AS encoding"
                .to_owned(),
        ])?;
        let Some(row) = answers.get(1).and_then(|rows| rows.first()) else {
            return Err(ConnectError::Protocol(
                "the server does not tell its version".to_owned(),
            ));
        };
        let server_version = Version(row.oid("version")?);
        let pinned = driven.params().clone();
        let lowered = answers.first().is_some_and(|rows| baseline::is_lowered(rows)) && is_superusers(&driven);
        if row.text("encoding")? != untyped::SQL_ASCII {
            let control = Control {
                session: Session::Driven(Box::new(driven)),
                params: pinned,
                server_version,
            };
            return Ok((control, lowered));
        }
        let params = pinned.with_client_encoding(untyped::SQL_ASCII);
        let wire = Wire::connect(&params)?;
        let control = Control {
            session: Session::Untyped(Box::new(Mutex::new(wire))),
            params,
            server_version,
        };
        Ok((control, lowered))
    }

    /// Parameters pinned to the server, address and TLS mode that this session uses; where the database declares no
    /// encoding, also to passing bytes through.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// What `server_version_num` says.
    pub fn server_version(&self) -> Version {
        self.server_version
    }

    /// Runs one statement in the simple protocol and returns its rows, in text format.
    pub fn query(&self, sql: &str) -> Result<Vec<Row>, ConnectError> {
        match &self.session {
            Session::Driven(driven) => driven.query(sql),
            Session::Untyped(wire) => lock(wire).query(sql),
        }
    }

    /// Fails when the session is already known to have ended; sends nothing.
    pub fn check_open(&self) -> Result<(), ConnectError> {
        match &self.session {
            Session::Driven(driven) => driven.check_open(),
            // Such a session notices its end only at the next query.
            Session::Untyped(_) => Ok(()),
        }
    }

    /// Sends all statements, at once where that is possible, and returns the rows of each. The first
    /// failure is the result; statements after it may have run all the same.
    pub fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
        match &self.session {
            Session::Driven(driven) => driven.query_all(sql),
            Session::Untyped(wire) => {
                let mut wire = lock(wire);
                sql.iter().map(|statement| wire.query(statement)).collect()
            }
        }
    }

    /// Runs one statement and ignores rows.
    pub fn execute(&self, sql: &str) -> Result<(), ConnectError> {
        match &self.session {
            Session::Driven(driven) => driven.execute(sql),
            Session::Untyped(wire) => lock(wire).execute(sql),
        }
    }

    /// Cancels what this session runs, from any thread.
    pub fn canceller(&self) -> Canceller {
        match &self.session {
            Session::Driven(driven) => driven.canceller(),
            Session::Untyped(wire) => lock(wire).canceller(),
        }
    }
}

fn lock(wire: &Mutex<Wire>) -> MutexGuard<'_, Wire> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_superusers(driven: &Driven) -> bool {
    let rows = driven.query(baseline::SUPERUSER).unwrap_or_default();
    rows.first().is_some_and(|row| row.bool("super").unwrap_or(false))
}
