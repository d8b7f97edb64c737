//! The control session: tokio-postgres behind blocking calls.

use super::{Canceller, ConnectError, Params, Row};

/// One session for catalog queries and settings.
pub struct Control {}

impl Control {
    /// Connects, tries hosts and TLS modes as libpq would, and pins what worked:
    /// [`Control::params`] reaches the same server in the same way.
    pub fn connect(_params: &Params) -> Result<Self, ConnectError> {
        todo!()
    }
    /// Parameters pinned to the server, address and TLS mode that this session uses.
    pub fn params(&self) -> &Params {
        todo!()
    }
    /// `server_version_num`, e.g. 150018.
    pub fn server_version(&self) -> u32 {
        todo!()
    }
    /// Runs one statement in the simple protocol and returns its rows, in text format.
    pub fn query(&self, _sql: &str) -> Result<Vec<Row>, ConnectError> {
        todo!()
    }
    /// Sends all statements at once and returns the rows of each: one round trip.
    pub fn query_all(&self, _sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
        todo!()
    }
    /// Runs one statement and ignores rows.
    pub fn execute(&self, _sql: &str) -> Result<(), ConnectError> {
        todo!()
    }
    pub fn canceller(&self) -> Canceller {
        todo!()
    }
}
