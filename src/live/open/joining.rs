//! How further sessions get to see the same data as the leader: they import its snapshot, which works for as long as
//! the leader holds it.
//!
//! A lost session is replaced in the same way. That is right for as long as the leader holds the snapshot, because no
//! row that the snapshot sees is cleaned up meanwhile. A standby is the exception: before it replays a cleanup of its
//! primary, it ends the sessions that need the removed rows. A session that imports the snapshot in that moment might
//! not be among them, but the leader is. So [`still_held`] asks the leader once all rows have arrived.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use crate::connect::session_identity;
use crate::connect::session_identity::ServerStart;
use crate::connect::{ConnectError, Mark, Params, Wire};
use crate::job::Stop;
use crate::live::error::{ReadError, doing};
use crate::live::open::session;
use crate::live::options::ReadOptions;
use crate::model::ident;
use crate::version::Version;

/// How often a session is opened, and how often it may be lost during one read.
pub(crate) const ATTEMPTS: u32 = 5;
/// Wait before the second attempt; doubled before each later one.
const PAUSE: Duration = Duration::from_millis(100);
/// How long to wait for a server that had answered before, if the user has set no limit.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that a session needs to join the snapshot.
pub(crate) struct Joining {
    pub(super) params: Params,
    pub(super) version: Version,
    pub(super) options: ReadOptions,
    /// The snapshot's id for `SET TRANSACTION SNAPSHOT`.
    pub(super) id: String,
    pub(super) server: ServerStart,
}

/// A lost session, and the relation that it was reading.
pub(crate) struct Lost {
    pub relation: String,
    pub source: ConnectError,
}

impl Lost {
    /// The loss that `error` reports; any other error is returned unchanged as `Err`.
    pub(crate) fn from_error(error: ReadError) -> Result<Self, ReadError> {
        match error {
            ReadError::Read { relation, source } if source.is_lost() => Ok(Self { relation, source }),
            error => Err(error),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { relation, source } = self;
        write!(
            f,
            "a connection was lost while `{relation}` was read ({source}); a new one read on in the same snapshot"
        )
    }
}

impl Joining {
    /// One more session that sees the same data.
    pub(crate) fn first(&self, stop: &Stop) -> Result<Wire, ReadError> {
        let import = doing("cannot import the snapshot");
        patiently(stop, ConnectError::is_lost, || self.join(&self.params, stop, &import))
    }

    /// A session in place of one that was lost.
    pub(crate) fn again(&self, lost: Lost, stop: &Stop) -> Result<Wire, ReadError> {
        let params = self.params.patient_for(PATIENCE);
        let gone = Cell::new(false);
        let import = |source: ConnectError| {
            // The server answers, but no longer knows the snapshot.
            gone.set(!source.is_lost());
            doing("cannot import the snapshot")(source)
        };
        let joined = patiently(stop, ConnectError::may_pass, || self.join(&params, stop, &import));
        let Lost { relation, source } = lost;
        joined.map_err(|error| match error {
            ReadError::Stopped => error,
            _ if gone.get() => ReadError::SnapshotLost { relation, source },
            error => ReadError::NotReplaced {
                relation,
                lost: source.to_string(),
                source: Box::new(error),
            },
        })
    }

    fn join(
        &self,
        params: &Params,
        stop: &Stop,
        import: &dyn Fn(ConnectError) -> ReadError,
    ) -> Result<Wire, ReadError> {
        let connect = |source| ReadError::Connect {
            server: params.describe(),
            source,
        };
        let mut wire = Wire::connect(params).map_err(connect)?;
        stop.watch(wire.canceller());
        let mark = Mark::default();
        let failed = doing("cannot set up the session");
        wire.execute(&session::message(self.version, &self.options, &mark))
            .map_err(&failed)?;
        wire.execute(session::BEGIN).map_err(doing("cannot begin"))?;
        wire.execute(&import_statement(&self.id)).map_err(import)?;
        let server = mark.find(|sql| wire.query(sql)).map_err(&failed)?;
        session_identity::same_server(&self.server, &server).map_err(&failed)?;
        Ok(wire)
    }
}

/// Tries again while the reason may pass.
fn patiently(
    stop: &Stop,
    may_pass: fn(&ConnectError) -> bool,
    mut join: impl FnMut() -> Result<Wire, ReadError>,
) -> Result<Wire, ReadError> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match join() {
            Err(error) if error.connect().is_some_and(may_pass) => {}
            joined => return joined,
        }
        stop.sleep(pause);
        if stop.stopped() {
            return Err(ReadError::Stopped);
        }
        pause *= 2;
    }
    join()
}

pub(super) fn import_statement(id: &str) -> String {
    format!("SET TRANSACTION SNAPSHOT {}", ident::quote_literal(id))
}

/// Fails unless the leader has held its snapshot until now.
pub(crate) fn still_held(leader: &mut Wire) -> Result<(), ReadError> {
    leader
        .execute("SELECT 1")
        .map_err(doing("the snapshot was lost before all rows had been read"))
}
