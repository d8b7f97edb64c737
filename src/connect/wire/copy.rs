//! COPY over a data session, in both directions.

use std::io;

use crate::connect::ConnectError;
use crate::connect::control::byte_budget::REST_WITHIN;
use crate::connect::control::hang_up::closed;
use crate::connect::error::ErrorResponse;
use crate::connect::wire::inbox::{CopyBatch, Message};
use crate::connect::wire::session::{CopyResponse, LOST, MID_COPY, Wire, frame, is_silence, one_message};

/// Small sends are gathered up to this many bytes per CopyData message.
const GATHER_BYTES: usize = 128 * 1024;
/// Upper limit for a CopyData message: a larger one only costs the server memory.
const MAX_PIECE_BYTES: usize = 256 * 1024;
/// Size from which a CopyData message that is written in place is sent.
const FILL_BYTES: usize = 64 * 1024;
const HEADER_BYTES: usize = 5;

impl Wire {
    /// Sends `COPY .. TO STDOUT` and waits for CopyOutResponse.
    pub fn copy_out(&mut self, sql: &str) -> Result<CopyOut<'_>, ConnectError> {
        self.send_query(sql)?;
        self.copy_out_begun()
    }

    /// Waits for CopyOutResponse to a statement that has been sent.
    pub(in crate::connect) fn copy_out_begun(&mut self) -> Result<CopyOut<'_>, ConnectError> {
        let format = self.await_copy(b'H', false)?;
        Ok(CopyOut::new(self, format))
    }

    /// Sends `COPY .. FROM STDIN` and waits for CopyInResponse.
    pub fn copy_in(&mut self, sql: &str) -> Result<CopyIn<'_>, ConnectError> {
        self.copy_in_after(None, sql)
    }

    /// As [`Wire::copy_in`], with a statement before it in the same message: both take effect or neither does, also
    /// outside of a transaction.
    pub fn copy_in_after(&mut self, first: Option<&str>, sql: &str) -> Result<CopyIn<'_>, ConnectError> {
        self.send_query(&one_message(first, sql))?;
        let format = self.await_copy(b'G', first.is_some())?;
        Ok(CopyIn::new(self, format))
    }
}

/// The rows of a running `COPY TO STDOUT`. Dropping it before the end leaves the session unusable.
pub struct CopyOut<'a> {
    wire: &'a mut Wire,
    format: CopyResponse,
    state: OutState,
    rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutState {
    Streaming,
    Complete,
    /// The COPY ended by an error, which was reported. This state never counts as the end of the data.
    Failed,
}

impl<'a> CopyOut<'a> {
    pub(in crate::connect) fn new(wire: &'a mut Wire, format: CopyResponse) -> Self {
        CopyOut {
            wire,
            format,
            state: OutState::Streaming,
            rows: 0,
        }
    }

    /// Format and number of columns, as the server announced them.
    pub fn format(&self) -> CopyResponse {
        self.format
    }

    /// The next piece of the data, cut anywhere, in place in the receive buffer; `None` after
    /// CopyDone, CommandComplete and ReadyForQuery have all arrived.
    #[inline]
    pub fn next(&mut self) -> Result<Option<&[u8]>, ConnectError> {
        let data = self.receive()?;
        Ok(data.map(|message| self.wire.inbox.payload(&message)))
    }

    /// As [`CopyOut::next`], but with all following pieces that have already arrived; at least one piece.
    #[inline]
    pub fn next_batch(&mut self) -> Result<Option<CopyBatch<'_>>, ConnectError> {
        let data = self.receive()?;
        Ok(data.map(|message| self.wire.inbox.batch(message)))
    }

    /// The next CopyData message, or `None` at the end.
    #[inline]
    fn receive(&mut self) -> Result<Option<Message>, ConnectError> {
        if self.state != OutState::Streaming {
            return self.after_end();
        }
        // This state stays unless the end is reached in order.
        self.state = OutState::Failed;
        let message = self.wire.receive()?;
        if message.tag == b'd' {
            self.state = OutState::Streaming;
            return Ok(Some(message));
        }
        self.end(message)?;
        self.state = OutState::Complete;
        Ok(None)
    }

    #[cold]
    fn after_end(&self) -> Result<Option<Message>, ConnectError> {
        match (self.state, self.wire.broken) {
            (OutState::Complete, _) => Ok(None),
            (_, Some(reason)) => Err(ConnectError::Unusable { reason }),
            (_, None) => Err(ConnectError::Protocol("the COPY has failed".to_owned())),
        }
    }

    /// Reads from the first message that is not CopyData to ReadyForQuery.
    #[cold]
    fn end(&mut self, first: Message) -> Result<(), ConnectError> {
        let mut message = first;
        let mut copy_done = false;
        let mut complete = None;
        let mut failure = None;
        loop {
            match message.tag {
                b'c' if failure.is_none() && !copy_done => copy_done = true,
                b'C' if failure.is_none() && copy_done && complete.is_none() => {
                    match copy_count(self.wire.inbox.payload(&message)) {
                        Some(rows) => complete = Some(rows),
                        None => return Err(self.wire.unexpected(&message)),
                    }
                }
                b'E' => {
                    let error = self.wire.server_error(&message);
                    if self.wire.broken.is_some() {
                        return Err(ConnectError::Server(Box::new(error)));
                    }
                    failure.get_or_insert(error);
                }
                b'Z' => {
                    self.wire.ready(&message)?;
                    return match (failure, complete) {
                        (Some(error), _) => Err(ConnectError::Server(Box::new(error))),
                        (None, Some(rows)) => {
                            self.rows = rows;
                            Ok(())
                        }
                        (None, None) => Err(ConnectError::Protocol(
                            "the COPY ended without being completed".to_owned(),
                        )),
                    };
                }
                _ => return Err(self.wire.unexpected(&message)),
            }
            message = self.wire.receive()?;
        }
    }

    /// The number of rows in the server's CommandComplete; valid once [`CopyOut::next`] has returned `None`.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl Drop for CopyOut<'_> {
    fn drop(&mut self) {
        if self.state == OutState::Streaming && self.wire.broken.is_none() {
            self.wire.broken = Some(MID_COPY);
        }
    }
}

/// A running `COPY FROM STDIN`. Dropping it before [`CopyIn::finish`] makes the COPY fail, never complete.
pub struct CopyIn<'a> {
    wire: &'a mut Wire,
    format: CopyResponse,
    /// A CopyData message in the making; the first bytes are its header.
    gathered: Vec<u8>,
    /// The server's error, which ends the COPY.
    failure: Option<ErrorResponse>,
    /// ReadyForQuery has arrived.
    ready: bool,
    /// The COPY was finished, aborted or reported as failed, so that Drop has nothing to do.
    over: bool,
}

impl<'a> CopyIn<'a> {
    pub(in crate::connect) fn new(wire: &'a mut Wire, format: CopyResponse) -> Self {
        let mut gathered = Vec::with_capacity(GATHER_BYTES + HEADER_BYTES);
        gathered.resize(HEADER_BYTES, 0);
        CopyIn {
            wire,
            format,
            gathered,
            failure: None,
            ready: false,
            over: false,
        }
    }

    /// Format and number of columns, as the server announced them.
    pub fn format(&self) -> CopyResponse {
        self.format
    }

    /// Sends data as CopyData, and notices an error that the server has already sent. After an error the COPY is over
    /// and none of its rows are kept; the session is usable unless the error is fatal.
    pub fn send(&mut self, data: &[u8]) -> Result<(), ConnectError> {
        self.check_open()?;
        if self.gathered.len() + data.len() <= GATHER_BYTES + HEADER_BYTES {
            self.gathered.extend_from_slice(data);
            return Ok(());
        }
        self.send_gathered()?;
        if data.len() <= GATHER_BYTES {
            self.gathered.extend_from_slice(data);
            return Ok(());
        }
        for piece in data.chunks(MAX_PIECE_BYTES) {
            self.pump(&header(piece.len()))?;
            self.pump(piece)?;
            self.report_failure()?;
        }
        Ok(())
    }

    /// Lets `write` append to the CopyData message in the making, which is sent once it is large enough. This saves a
    /// copy of the data. Returns what `write` returns. Fails as [`CopyIn::send`].
    pub fn fill(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> Result<bool, ConnectError> {
        self.check_open()?;
        let more = write(&mut self.gathered);
        if self.gathered.len() >= FILL_BYTES {
            self.send_gathered()?;
        }
        Ok(more)
    }

    /// Sends CopyDone and returns the server's row count.
    pub fn finish(mut self) -> Result<u64, ConnectError> {
        self.check_open()?;
        self.send_gathered()?;
        self.pump(&frame(b'c', &[])?)?;
        self.over = true;
        let mut rows = None;
        while !self.ready {
            let message = self.wire.receive()?;
            if message.tag == b'C' && self.failure.is_none() && rows.is_none() {
                rows = copy_count(self.wire.inbox.payload(&message));
                if rows.is_none() {
                    return Err(self.wire.unexpected(&message));
                }
            } else {
                self.note(&message)?;
            }
        }
        match (self.failure.take(), rows) {
            (Some(error), _) => Err(ConnectError::Server(Box::new(error))),
            (None, Some(rows)) => Ok(rows),
            (None, None) => Err(ConnectError::Protocol(
                "the COPY ended without being completed".to_owned(),
            )),
        }
    }

    /// Sends CopyFail with a reason; the session is usable afterwards.
    pub fn abort(mut self, reason: &str) -> Result<(), ConnectError> {
        self.check_open()?;
        let reason = reason.replace('\0', " ");
        self.pump(&frame(b'f', &[reason.as_bytes(), b"\0"])?)?;
        self.over = true;
        while !self.ready {
            let message = self.wire.receive()?;
            self.note(&message)?;
        }
        match self.failure.take() {
            Some(_) => Ok(()),
            None => Err(ConnectError::Protocol("an aborted COPY did not fail".to_owned())),
        }
    }

    /// Writes one small CopyData message past the buffer; false once the socket is full.
    #[cfg(test)]
    pub(in crate::connect) fn fill_socket_directly(&mut self) -> bool {
        let message = frame(b'd', &[b"yyy"]).expect("three bytes are no long message");
        self.wire.transport.try_write(&message).is_ok()
    }

    fn check_open(&self) -> Result<(), ConnectError> {
        match self.wire.broken {
            Some(reason) => Err(ConnectError::Unusable { reason }),
            None if self.over => Err(ConnectError::Protocol("the COPY is over".to_owned())),
            None => Ok(()),
        }
    }

    fn send_gathered(&mut self) -> Result<(), ConnectError> {
        let len = self.gathered.len() - HEADER_BYTES;
        if len > 0 {
            let mut message = std::mem::take(&mut self.gathered);
            message[..HEADER_BYTES].copy_from_slice(&header(len));
            let sent = self.pump(&message);
            message.truncate(HEADER_BYTES);
            self.gathered = message;
            sent?;
        }
        self.report_failure()
    }

    /// If the server has failed the COPY: waits until the session is ready, and gives the server's error.
    fn report_failure(&mut self) -> Result<(), ConnectError> {
        let Some(error) = self.failure.take() else {
            return Ok(());
        };
        self.over = true;
        while !self.ready && self.wire.broken.is_none() {
            let message = self.wire.receive()?;
            self.note(&message)?;
        }
        Err(ConnectError::Server(Box::new(error)))
    }

    /// Writes all bytes, and reads the server's messages between writes: if both directions were full and neither side
    /// read, both would wait for ever. Keeps writing after an error, so that no message is cut; the server skips
    /// everything after its error.
    fn pump(&mut self, bytes: &[u8]) -> Result<(), ConnectError> {
        let mut rest = bytes;
        loop {
            self.listen()?;
            let step = if rest.is_empty() {
                self.wire.transport.try_flush().map(|()| 0)
            } else {
                self.wire.transport.try_write(rest)
            };
            match step {
                Ok(_) if rest.is_empty() => return Ok(()),
                Ok(0) => self.wait()?,
                Ok(count) => {
                    self.wire.asides.sent();
                    rest = &rest[count..];
                    // Plain sockets have nothing left to flush.
                    if rest.is_empty() && self.wire.transport.try_flush().is_ok() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait()?,
                Err(error) => return Err(self.write_failed(error)),
            }
        }
    }

    fn wait(&mut self) -> Result<(), ConnectError> {
        match self.wire.transport.wait_ready(REST_WITHIN) {
            Err(error) if is_silence(&error) => self.wire.check_rest(),
            waited => waited.map_err(|error| self.wire.lost(error)),
        }
    }

    /// Takes every message that has arrived, without waiting.
    fn listen(&mut self) -> Result<(), ConnectError> {
        loop {
            while let Some(message) = self.wire.take()? {
                self.note(&message)?;
            }
            if self.wire.broken.is_some() {
                // After a fatal error no more messages come, and the server does not read what is written.
                return self.report_failure();
            }
            let transport = &mut self.wire.transport;
            match self.wire.inbox.fill(|buf| transport.try_read(buf)) {
                Ok(Ok(0)) => return Err(self.wire.lost(closed())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Ok(Err(error)) => return Err(self.wire.lost(error)),
                Err(error) => {
                    self.wire.broken = Some(LOST);
                    return Err(error);
                }
            }
        }
    }

    /// The error of a failed write. A server that dies says why before it closes: that reason is preferred to the
    /// broken pipe.
    fn write_failed(&mut self, error: io::Error) -> ConnectError {
        match self.listen() {
            Err(reason @ ConnectError::Server(_)) => reason,
            _ => self.wire.lost(error),
        }
    }

    /// Takes note of a message that may arrive during a COPY FROM, other than its completion.
    fn note(&mut self, message: &Message) -> Result<(), ConnectError> {
        match message.tag {
            b'E' => {
                let error = self.wire.server_error(message);
                self.failure.get_or_insert(error);
                if self.wire.broken.is_some() {
                    return self.report_failure();
                }
                Ok(())
            }
            b'Z' if self.failure.is_some() || self.over => {
                self.ready = true;
                self.wire.ready(message)
            }
            _ => Err(self.wire.unexpected(message)),
        }
    }
}

impl Drop for CopyIn<'_> {
    fn drop(&mut self) {
        if self.over || self.wire.broken.is_some() {
            return;
        }
        // Drop must not block. CopyFail makes the server fail the COPY; if CopyFail does not fit, the end of the stream
        // does. The server never sees a CopyDone.
        self.wire.broken = Some(MID_COPY);
        if let Ok(message) = frame(b'f', &[b"the client gave up\0"]) {
            let _ = self.wire.transport.try_write(&message);
            let _ = self.wire.transport.try_flush();
        }
        self.wire.transport.shutdown();
    }
}

/// The header of a CopyData message.
fn header(len: usize) -> [u8; HEADER_BYTES] {
    let length = (len as u32 + 4).to_be_bytes();
    [b'd', length[0], length[1], length[2], length[3]]
}

/// The count in `COPY 17`.
pub(in crate::connect) fn copy_count(payload: &[u8]) -> Option<u64> {
    let tag = std::str::from_utf8(payload.strip_suffix(b"\0")?).ok()?;
    tag.strip_prefix("COPY ")?.parse().ok()
}
