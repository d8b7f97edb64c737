//! Several statements on their way at once, each with an answer of its own, in order.
//!
//! The server reads one statement, answers it and only then reads the next. Some statements are sent ahead, so that the
//! server never waits for the next one. They are so few that the sockets' buffers hold them, so that neither side ever
//! waits for the other to read first. A statement that fails is the error of its own answer, and the ones behind it are
//! still answered.

use crate::connect::{ConnectError, CopyOut, Wire};

/// Limit for the bytes of statements whose answers have not been read: even the smallest buffers on the way hold more.
/// A longer statement is sent alone.
const WINDOW_BYTES: usize = 8 << 10;
const UNANSWERED: &str = "it was left with statements that have not been answered";

/// A queue of statements and the position in it. Dropping it before the last answer was read leaves the session
/// unusable.
pub struct Queued<'a> {
    wire: &'a mut Wire,
    messages: Vec<Vec<u8>>,
    sent: usize,
    /// Answers that have been asked for.
    taken: usize,
}

impl Wire {
    /// Begins to send `statements`, one message each.
    pub fn queue(&mut self, statements: &[&str]) -> Result<Queued<'_>, ConnectError> {
        let messages = statements.iter().map(|sql| self.query_message(sql));
        let messages = messages.collect::<Result<_, _>>()?;
        Ok(Queued {
            wire: self,
            messages,
            sent: 0,
            taken: 0,
        })
    }
}

impl Queued<'_> {
    /// The answer to the next statement; rows are dropped.
    pub fn execute(&mut self) -> Result<(), ConnectError> {
        self.advance()?;
        self.wire.collect(None)
    }

    /// The answer to the next statement, a `COPY .. TO STDOUT`.
    pub fn copy_out(&mut self) -> Result<CopyOut<'_>, ConnectError> {
        self.advance()?;
        self.wire.copy_out_begun()
    }

    pub fn is_broken(&self) -> bool {
        self.wire.is_broken()
    }

    /// Moves on to the next answer, and sends more once half of the window is free.
    fn advance(&mut self) -> Result<(), ConnectError> {
        if self.taken == self.messages.len() {
            return Err(ConnectError::Protocol(
                "more answers are asked for than there are statements".to_owned(),
            ));
        }
        let mut unanswered: usize = self.messages[self.taken..self.sent].iter().map(Vec::len).sum();
        self.taken += 1;
        if unanswered > WINDOW_BYTES / 2 {
            return Ok(());
        }
        let mut batch = Vec::new();
        while let Some(message) = self.messages.get(self.sent) {
            if unanswered > 0 && unanswered + message.len() > WINDOW_BYTES {
                break;
            }
            unanswered += message.len();
            batch.extend_from_slice(message);
            self.sent += 1;
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.wire.send_raw(&batch)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        if self.taken < self.sent && self.wire.broken.is_none() {
            self.wire.broken = Some(UNANSWERED);
        }
    }
}
