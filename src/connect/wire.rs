//! The data session: a blocking socket, messages read in place.

use super::{ConnectError, Params, Row};

/// One session that owns its socket.
pub struct Wire {}

impl Wire {
    /// `params` come from [`super::Control::params`], so every session reaches one server.
    pub fn connect(_params: &Params) -> Result<Self, ConnectError> {
        todo!()
    }
    /// Runs one or more statements in the simple protocol; rows are dropped.
    pub fn execute(&mut self, _sql: &str) -> Result<(), ConnectError> {
        todo!()
    }
    pub fn query(&mut self, _sql: &str) -> Result<Vec<Row>, ConnectError> {
        todo!()
    }
    /// Sends `COPY .. TO STDOUT` and waits for CopyOutResponse.
    pub fn copy_out(&mut self, _sql: &str) -> Result<CopyOut<'_>, ConnectError> {
        todo!()
    }
    /// Sends `COPY .. FROM STDIN` and waits for CopyInResponse.
    pub fn copy_in(&mut self, _sql: &str) -> Result<CopyIn<'_>, ConnectError> {
        todo!()
    }
    pub fn canceller(&self) -> Canceller {
        todo!()
    }
}

/// The rows of a running `COPY TO STDOUT`.
pub struct CopyOut<'a> {
    _wire: &'a mut Wire,
}

impl CopyOut<'_> {
    /// The payload of the next CopyData message, in place in the receive buffer; `None` after
    /// CopyDone, CommandComplete and ReadyForQuery have all arrived.
    pub fn next(&mut self) -> Result<Option<&[u8]>, ConnectError> {
        todo!()
    }
    /// Rows by the server's CommandComplete; valid once [`CopyOut::next`] has returned `None`.
    pub fn rows(&self) -> u64 {
        todo!()
    }
}

/// A running `COPY FROM STDIN`. Dropped before [`CopyIn::finish`] it fails the COPY, never completes it.
pub struct CopyIn<'a> {
    _wire: &'a mut Wire,
}

impl CopyIn<'_> {
    /// Sends data as CopyData; notices an error that the server has already sent.
    pub fn send(&mut self, _data: &[u8]) -> Result<(), ConnectError> {
        todo!()
    }
    /// CopyDone; the server's row count.
    pub fn finish(self) -> Result<u64, ConnectError> {
        todo!()
    }
    /// CopyFail with a reason; the session is usable afterwards.
    pub fn abort(self, _reason: &str) -> Result<(), ConnectError> {
        todo!()
    }
}

/// Cancels whatever a session is running, from any thread.
#[derive(Clone)]
pub struct Canceller {}

impl Canceller {
    pub fn cancel(&self) -> Result<(), ConnectError> {
        todo!()
    }
}
