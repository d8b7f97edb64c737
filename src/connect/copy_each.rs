//! Several small `COPY .. FROM STDIN` in one round trip.
//!
//! Each statement is sent with its data and CopyDone behind it, before the server has said that it takes data. One that
//! it refuses takes nothing else along: outside of a COPY the server skips CopyData and CopyDone, as the protocol
//! has it for what a client had sent before it knew of a failure.

use super::copy::copy_count;
use super::wire::{Wire, frame};
use super::{ConnectError, ServerError};

/// What is sent at once should have at most so many bytes: a socket's buffers take them, so that sending them
/// never waits for the answers to be read.
pub const EACH_BYTES: usize = 64 << 10;

impl Wire {
    /// Runs statements with their whole data, one after the other, each for itself; the rows that each has stored.
    pub fn copy_in_each(&mut self, copies: &[(impl AsRef<str>, Vec<u8>)]) -> Vec<Result<u64, ConnectError>> {
        let mut message = Vec::new();
        for (sql, data) in copies {
            match self.encode_copy(sql.as_ref(), data) {
                Ok(encoded) => message.extend_from_slice(&encoded),
                Err(error) => return vec![Err(error)],
            }
        }
        if let Err(error) = self.send_raw(&message) {
            return vec![Err(error)];
        }
        let mut results = Vec::with_capacity(copies.len());
        for _ in copies {
            results.push(self.collect_copy());
            if self.is_broken() {
                break;
            }
        }
        results
    }

    fn encode_copy(&self, sql: &str, data: &[u8]) -> Result<Vec<u8>, ConnectError> {
        if sql.contains('\0') {
            return Err(ConnectError::Protocol("a statement contains a NUL byte".to_owned()));
        }
        let mut message = frame(b'Q', &[&self.text(sql), b"\0"])?;
        if !data.is_empty() {
            message.extend(frame(b'd', &[data])?);
        }
        message.extend(frame(b'c', &[])?);
        Ok(message)
    }

    /// Reads one statement's answer up to ReadyForQuery.
    fn collect_copy(&mut self) -> Result<u64, ConnectError> {
        let mut failure: Option<ServerError> = None;
        let (mut is_copy, mut rows) = (false, None);
        loop {
            let message = self.receive()?;
            match message.tag {
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
