//! Several small `COPY .. FROM STDIN` in one round trip.
//!
//! Each statement is sent with its data and CopyDone behind it, before the server has said that it takes data. If the
//! server refuses one statement, the others are not affected: outside of a COPY the server skips CopyData and CopyDone,
//! because the protocol expects them from a client that did not know of a failure yet.

use crate::connect::wire::copy::copy_count;
use crate::connect::wire::session::{Wire, frame, one_message};
use crate::connect::{ConnectError, ErrorResponse};

/// Upper limit, in bytes, for statements and data sent at once: a socket's buffers take that many, so that sending
/// never waits for the answers to be read.
pub(crate) const EACH_BYTES: usize = 64 << 10;

/// One statement with its data.
#[derive(Clone, Debug, Default)]
pub struct SmallCopy {
    /// A statement before the COPY in the same message: both take effect or neither does.
    pub first: Option<String>,
    pub sql: String,
    pub data: Vec<u8>,
}

impl Wire {
    /// Runs statements with all of their data, one after the other, independently of each other. Gives the number of
    /// rows that each has stored.
    pub fn copy_in_each(&mut self, copies: &[SmallCopy]) -> Vec<Result<u64, ConnectError>> {
        let mut message = Vec::new();
        for copy in copies {
            match self.encode_copy(copy) {
                Ok(encoded) => message.extend_from_slice(&encoded),
                Err(error) => return vec![Err(error)],
            }
        }
        if let Err(error) = self.send_raw(&message) {
            return vec![Err(error)];
        }
        let mut results = Vec::with_capacity(copies.len());
        for copy in copies {
            results.push(self.collect_copy(copy.first.is_some()));
            if self.is_broken() {
                break;
            }
        }
        results
    }

    fn encode_copy(&self, copy: &SmallCopy) -> Result<Vec<u8>, ConnectError> {
        let mut message = self.query_message(&one_message(copy.first.as_deref(), &copy.sql))?;
        if !copy.data.is_empty() {
            message.extend(frame(b'd', &[&copy.data])?);
        }
        message.extend(frame(b'c', &[])?);
        Ok(message)
    }

    /// Reads one statement's answer up to ReadyForQuery; `after` says that the answer to another statement comes first.
    fn collect_copy(&mut self, after: bool) -> Result<u64, ConnectError> {
        let mut failure: Option<ErrorResponse> = None;
        let mut before = after;
        let (mut is_copy, mut rows) = (false, None);
        loop {
            let message = self.receive()?;
            match message.tag {
                b'C' if before && !is_copy && failure.is_none() => before = false,
                b'G' if !is_copy && failure.is_none() => is_copy = true,
                b'C' if is_copy && failure.is_none() && rows.is_none() => {
                    rows = copy_count(self.inbox.payload(&message));
                    if rows.is_none() {
                        return Err(self.unexpected(&message));
                    }
                }
                b'E' => {
                    let error = self.server_error(&message);
                    if self.is_broken() {
                        return Err(ConnectError::Server(Box::new(error)));
                    }
                    failure.get_or_insert(error);
                }
                b'Z' => {
                    self.ready(&message)?;
                    return match (failure, rows) {
                        (Some(error), _) => Err(ConnectError::Server(Box::new(error))),
                        (None, Some(rows)) => Ok(rows),
                        (None, None) => Err(ConnectError::Protocol(
                            "the COPY ended without being completed".to_owned(),
                        )),
                    };
                }
                _ => return Err(self.unexpected(&message)),
            }
        }
    }
}
