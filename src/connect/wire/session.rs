//! The data session: a blocking socket, messages read in place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use crate::connect::control::byte_budget::{Asides, stalled};
use crate::connect::control::hang_up::{Line, closed};
use crate::connect::dial::transport::Transport;
use crate::connect::error::ErrorResponse;
use crate::connect::wire::inbox::{Inbox, Message};
use crate::connect::{Canceller, ConnectError, Params, Row, untyped};

/// One session that owns its socket.
pub struct Wire {
    pub(in crate::connect) transport: Transport,
    pub(in crate::connect) line: Line,
    pub(in crate::connect) inbox: Inbox,
    pub(in crate::connect) params: Params,
    /// ParameterStatus by name.
    pub(in crate::connect) parameters: HashMap<String, String>,
    pub(in crate::connect) asides: Asides,
    pub(in crate::connect) backend_pid: u32,
    pub(in crate::connect) cancel_key: Vec<u8>,
    pub(in crate::connect) status: TransactionStatus,
    /// Whether to go on waiting for a silent server, unless it is silent in the middle of a message.
    pub(in crate::connect) is_patient: bool,
    /// Why no further statement can be sent.
    pub(in crate::connect) broken: Option<&'static str>,
}

/// The server's last report on the session's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionStatus {
    Idle,
    InTransaction,
    /// Only a rollback is accepted.
    Failed,
}

/// Limits for the reports of settings that are kept: their number, and the length of a name and its value together. A
/// server reports about fifteen settings, in a few bytes.
const MAX_PARAMETERS: usize = 1000;
const MAX_PARAMETER_BYTES: usize = 16 << 10;

pub(in crate::connect) const LOST: &str = "its connection was lost";
pub(in crate::connect) const MID_COPY: &str = "it was left in the middle of a COPY";

impl Wire {
    /// Parameters pinned to the server, address and TLS mode that this session uses.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// A parameter that the server reports by itself, e.g. `client_encoding`, `server_version`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The server process's id, as in `pg_stat_activity`.
    pub fn backend_pid(&self) -> u32 {
        self.backend_pid
    }

    /// The status that came with the last answer; the server is not asked.
    pub fn transaction_status(&self) -> TransactionStatus {
        self.status
    }

    /// Whether no further statement can be sent.
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Runs one or more statements in the simple protocol; rows are dropped.
    pub fn execute(&mut self, sql: &str) -> Result<(), ConnectError> {
        self.send_query(sql)?;
        self.collect(None)
    }

    /// Runs one or more statements in the simple protocol; their rows, in text format.
    pub fn query(&mut self, sql: &str) -> Result<Vec<Row>, ConnectError> {
        self.send_query(sql)?;
        let mut rows = Vec::new();
        self.collect(Some(&mut rows))?;
        Ok(rows)
    }

    /// Cancels what this session runs, from any thread.
    pub fn canceller(&self) -> Canceller {
        let key = self.cancel_key.clone();
        Canceller::with_key(&self.params, self.backend_pid, key, self.line.severer())
    }

    pub(in crate::connect) fn send_query(&mut self, sql: &str) -> Result<(), ConnectError> {
        let message = self.query_message(sql)?;
        self.send_raw(&message)
    }

    pub(in crate::connect) fn query_message(&self, sql: &str) -> Result<Vec<u8>, ConnectError> {
        if sql.contains('\0') {
            return Err(ConnectError::Protocol("a statement contains a NUL byte".to_owned()));
        }
        frame(b'Q', &[&self.text(sql), b"\0"])
    }

    /// Whether statements and rows are bytes of no declared encoding.
    fn is_untyped(&self) -> bool {
        self.params.client_encoding == untyped::SQL_ASCII
    }

    /// A statement in the bytes that the server is to get.
    pub(in crate::connect) fn text<'a>(&self, sql: &'a str) -> Cow<'a, [u8]> {
        if self.is_untyped() {
            untyped::encode(sql)
        } else {
            Cow::Borrowed(sql.as_bytes())
        }
    }

    /// Sends messages, if the session is usable.
    pub(in crate::connect) fn send_raw(&mut self, message: &[u8]) -> Result<(), ConnectError> {
        match self.broken {
            Some(reason) => Err(ConnectError::Unusable { reason }),
            None => self.send(message),
        }
    }

    /// Blocks until sent. Only for messages that the server reads before it answers.
    pub(in crate::connect) fn send(&mut self, message: &[u8]) -> Result<(), ConnectError> {
        match self.transport.write_all(message) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.last_words(&error).unwrap_or_else(|| self.lost(error))),
        }
    }

    /// The server's reason, if it has closed the connection. A server that ends a session says why before it closes.
    /// Reading a connection that the other side has closed comes to an end.
    fn last_words(&mut self, error: &io::Error) -> Option<ConnectError> {
        if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) {
            return None;
        }
        while let Ok(message) = self.receive() {
            if message.tag == b'E' {
                let error = self.server_error(&message);
                self.broken = Some(LOST);
                return Some(ConnectError::Server(Box::new(error)));
            }
        }
        None
    }

    /// The next message that is not a mere notice. Blocks.
    #[inline]
    pub(in crate::connect) fn receive(&mut self) -> Result<Message, ConnectError> {
        loop {
            match self.take()? {
                Some(message) => return Ok(message),
                None => self.fill_blocking()?,
            }
        }
    }

    /// As [`Wire::receive`], but only from what is already in the buffer.
    #[inline]
    pub(in crate::connect) fn take(&mut self) -> Result<Option<Message>, ConnectError> {
        loop {
            let taken = self.inbox.take().and_then(|message| {
                let tag = message.as_ref().map(|message| message.tag);
                tag.map_or(Ok(()), |tag| self.asides.count(tag))
                    .map_err(ConnectError::Protocol)?;
                Ok(message)
            });
            let message = match taken {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.broken = Some(LOST);
                    return Err(error);
                }
            };
            match message.tag {
                b'N' | b'A' => {}
                b'S' => self.parameter_status(&message),
                _ => return Ok(Some(message)),
            }
        }
    }

    fn fill_blocking(&mut self) -> Result<(), ConnectError> {
        loop {
            let transport = &mut self.transport;
            match self.inbox.fill(|buf| transport.read(buf)) {
                Ok(Ok(0)) => return Err(self.lost(closed())),
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) if self.is_patient && is_silence(&error) => self.check_rest()?,
                Ok(Err(error)) => return Err(self.lost(error)),
                Err(error) => {
                    self.broken = Some(LOST);
                    return Err(error);
                }
            }
        }
    }

    /// Called when nothing has come for [`REST_WITHIN`](crate::connect::control::byte_budget::REST_WITHIN). Fails in
    /// the middle of a message: an answer may take long to begin, but its rest may not.
    pub(in crate::connect) fn check_rest(&mut self) -> Result<(), ConnectError> {
        match self.inbox.is_inside_message() {
            true => Err(self.lost(stalled())),
            false => Ok(()),
        }
    }

    /// Marks the session and gives the error for the caller.
    pub(in crate::connect) fn lost(&mut self, error: io::Error) -> ConnectError {
        self.broken = Some(LOST);
        ConnectError::Io(self.line.explain(error))
    }

    pub(in crate::connect) fn unexpected(&mut self, message: &Message) -> ConnectError {
        self.broken = Some(LOST);
        self.transport.shutdown();
        ConnectError::Protocol(format!("unexpected message `{}`", message.tag.escape_ascii()))
    }

    pub(in crate::connect) fn server_error(&mut self, message: &Message) -> ErrorResponse {
        let error = ErrorResponse::parse(self.inbox.payload(message));
        if matches!(error.severity.as_str(), "FATAL" | "PANIC") {
            self.broken = Some(LOST);
        }
        error
    }

    fn parameter_status(&mut self, message: &Message) {
        let mut parts = self.inbox.payload(message).split(|&byte| byte == 0);
        if let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            let is_new = !self.parameters.contains_key(&*String::from_utf8_lossy(name));
            if is_new && self.parameters.len() == MAX_PARAMETERS || name.len() + value.len() > MAX_PARAMETER_BYTES {
                return;
            }
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            self.parameters.insert(text(name), text(value));
        }
    }

    pub(in crate::connect) fn ready(&mut self, message: &Message) -> Result<(), ConnectError> {
        self.status = match self.inbox.payload(message) {
            b"I" => TransactionStatus::Idle,
            b"T" => TransactionStatus::InTransaction,
            b"E" => TransactionStatus::Failed,
            _ => return Err(self.unexpected(message)),
        };
        Ok(())
    }

    /// Reads up to ReadyForQuery. The first error of the server is the result.
    pub(in crate::connect) fn collect(&mut self, mut rows: Option<&mut Vec<Row>>) -> Result<(), ConnectError> {
        let mut failure: Option<ConnectError> = None;
        let mut columns: Arc<[String]> = Arc::from([]);
        loop {
            let message = self.receive()?;
            match message.tag {
                b'Z' => {
                    self.ready(&message)?;
                    return failure.map_or(Ok(()), Err);
                }
                b'E' => {
                    let error = ConnectError::Server(Box::new(self.server_error(&message)));
                    if self.broken.is_some() {
                        return Err(failure.unwrap_or(error));
                    }
                    failure.get_or_insert(error);
                }
                b'T' => match crate::connect::wire::rows::columns(self.inbox.payload(&message)) {
                    Some(found) => columns = found,
                    None => return Err(self.unexpected(&message)),
                },
                b'D' => {
                    let Some(rows) = rows.as_deref_mut() else {
                        continue;
                    };
                    match crate::connect::wire::rows::row(&columns, self.inbox.payload(&message), self.is_untyped()) {
                        Ok(Some(row)) => rows.push(row),
                        Ok(None) => return Err(self.unexpected(&message)),
                        Err(error) => {
                            failure.get_or_insert(error);
                        }
                    }
                }
                b'C' | b'I' => {}
                // The server began a COPY that was not expected here: end it, and report it.
                b'G' => {
                    failure.get_or_insert_with(stray_copy);
                    self.send(&frame(b'f', &[b"not expected\0"])?)?;
                }
                b'H' => {
                    failure.get_or_insert_with(stray_copy);
                }
                b'd' | b'c' if failure.is_some() => {}
                _ => return Err(self.unexpected(&message)),
            }
        }
    }

    /// Waits for the COPY response `wanted`; anything else is an error that leaves the session ready again. `after`
    /// says that another statement comes before the COPY.
    pub(in crate::connect) fn await_copy(&mut self, wanted: u8, after: bool) -> Result<CopyResponse, ConnectError> {
        let mut message = self.receive()?;
        if after && message.tag == b'C' {
            message = self.receive()?;
        }
        if message.tag == wanted {
            return match *self.inbox.payload(&message) {
                [format @ (0 | 1), high, low, ..] => Ok(CopyResponse {
                    binary: format == 1,
                    columns: u16::from_be_bytes([high, low]),
                }),
                _ => Err(self.unexpected(&message)),
            };
        }
        match message.tag {
            b'E' => {
                let error = ConnectError::Server(Box::new(self.server_error(&message)));
                if self.broken.is_none() {
                    self.collect(None)?;
                }
                Err(error)
            }
            b'Z' => {
                self.ready(&message)?;
                Err(not_a_copy())
            }
            b'G' => {
                self.send(&frame(b'f', &[b"not expected\0"])?)?;
                let _ = self.collect(None);
                Err(not_a_copy())
            }
            b'H' | b'T' | b'C' | b'I' => {
                self.drain()?;
                Err(not_a_copy())
            }
            _ => Err(self.unexpected(&message)),
        }
    }

    /// Skips everything up to ReadyForQuery.
    pub(in crate::connect) fn drain(&mut self) -> Result<(), ConnectError> {
        loop {
            let message = self.receive()?;
            match message.tag {
                b'Z' => return self.ready(&message),
                b'E' => {
                    let error = self.server_error(&message);
                    if self.broken.is_some() {
                        return Err(ConnectError::Server(Box::new(error)));
                    }
                }
                _ => {}
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Terminate, so that the server does not log a lost connection; best effort.
        if self.broken.is_none() && self.transport.try_write(&[b'X', 0, 0, 0, 4]).is_ok() {
            let _ = self.transport.try_flush();
        }
        self.transport.shutdown();
    }
}

/// The format that CopyInResponse and CopyOutResponse announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyResponse {
    pub binary: bool,
    pub columns: u16,
}

/// Whether a read ended because its limit of time passed.
pub(in crate::connect) fn is_silence(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

pub(in crate::connect) fn stray_copy() -> ConnectError {
    ConnectError::Protocol("the statement started a COPY".to_owned())
}

fn not_a_copy() -> ConnectError {
    ConnectError::Protocol("the statement did not start the expected COPY".to_owned())
}

/// One or two statements as the text of one message.
pub(in crate::connect) fn one_message<'a>(first: Option<&str>, sql: &'a str) -> Cow<'a, str> {
    match first {
        Some(first) => Cow::Owned(format!("{first}; {sql}")),
        None => Cow::Borrowed(sql),
    }
}

/// One frontend message.
pub(in crate::connect) fn frame(tag: u8, parts: &[&[u8]]) -> Result<Vec<u8>, ConnectError> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let length = i32::try_from(len.saturating_add(4))
        .map_err(|_| ConnectError::Protocol("a message is longer than 2 GiB".to_owned()))?;
    let mut message = Vec::with_capacity(len + 5);
    message.push(tag);
    message.extend_from_slice(&length.to_be_bytes());
    for part in parts {
        message.extend_from_slice(part);
    }
    Ok(message)
}

#[cfg(test)]
mod tests;
