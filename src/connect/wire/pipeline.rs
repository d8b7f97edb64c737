//! Several statements in one round trip, each in a Parse message of its own.
//!
//! A Parse message admits exactly one statement: text that closes its statement early and goes on
//! with another one is refused by the server instead of being executed.
//!
//! Independent batches go out together, each with a Sync of its own, so that a failure ends its batch alone. A batch
//! that fails inside a transaction leaves the transaction open, and the server refuses everything that was sent after
//! it. The caller then rolls back and sends that again.

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use crate::connect::wire::session::{TransactionStatus, frame};
use crate::connect::{ConnectError, Wire};

/// Statements between two Sync messages: few enough that the server's answers to them fit into
/// the socket's buffers while the rest is still being sent.
const STATEMENTS_PER_SYNC: usize = 64;

/// Upper limit, in bytes, for the statements of several batches in one round trip: a socket's buffers take that many,
/// so that sending never waits for the answers to be read.
const TEXT_PER_ROUND: usize = 64 << 10;

impl Wire {
    /// Runs batches one after the other in one round trip, each like [`Wire::pipeline`]. Gives the results of as many
    /// batches, from the first one on, as fit into one round trip: at least one when there is any, and none after a
    /// batch that has left a transaction open.
    pub fn pipeline_each(&mut self, batches: &[Vec<&str>]) -> Vec<Result<(), (usize, ConnectError)>> {
        let Some(first) = batches.first() else {
            return Vec::new();
        };
        let (message, count) = self.encode_round(batches);
        if count < 2 {
            return vec![self.pipeline(first)];
        }
        if let Err(error) = self.send_raw(&message) {
            return vec![Err((0, error))];
        }
        let mut results = Vec::with_capacity(count);
        let mut is_over = false;
        for _ in 0..count {
            let result = self.collect_batch().map(drop);
            if !is_over {
                results.push(result);
                is_over = self.in_transaction();
            }
            if self.is_broken() {
                break;
            }
        }
        results
    }

    /// The messages of the first batches, and the number of those batches. A batch that cannot be encoded is left for a
    /// round of its own.
    fn encode_round(&self, batches: &[Vec<&str>]) -> (BytesMut, usize) {
        let (mut message, mut count, mut statements) = (BytesMut::new(), 0, 0);
        for batch in batches {
            let text: usize = batch.iter().map(|sql| sql.len()).sum();
            statements += batch.len();
            if statements > STATEMENTS_PER_SYNC || message.len() + text > TEXT_PER_ROUND {
                break;
            }
            let Ok(encoded) = self.encode(batch) else { break };
            message.unsplit(encoded);
            count += 1;
        }
        (message, count)
    }

    /// Runs statements one after the other; rows are dropped. The first statement that fails is reported by its
    /// position, and none after it runs. Whether the earlier ones are undone depends on the transaction: send BEGIN and
    /// COMMIT among the statements.
    pub fn pipeline(&mut self, statements: &[&str]) -> Result<(), (usize, ConnectError)> {
        for (number, batch) in statements.chunks(STATEMENTS_PER_SYNC).enumerate() {
            let first = number * STATEMENTS_PER_SYNC;
            let message = self.encode(batch).map_err(|error| (first, error))?;
            self.send_raw(&message).map_err(|error| (first, error))?;
            self.collect_batch().map_err(|(index, error)| (first + index, error))?;
        }
        Ok(())
    }

    /// Runs exactly one statement; text that holds more of them is refused. Gives the number of rows that the server
    /// reports for it.
    pub fn execute_one(&mut self, sql: &str) -> Result<u64, ConnectError> {
        let message = self.encode(&[sql])?;
        self.send_raw(&message)?;
        self.collect_batch().map_err(|(_, error)| error)
    }

    /// Whether a transaction is open, failed or not.
    pub fn in_transaction(&self) -> bool {
        self.transaction_status() != TransactionStatus::Idle
    }

    /// Reads the answers to a batch. Gives the number of rows that the server reports for its last statement.
    fn collect_batch(&mut self) -> Result<u64, (usize, ConnectError)> {
        let (mut done, mut rows) = (0, 0);
        let mut failure = None;
        loop {
            let message = self.receive().map_err(|error| (done, error))?;
            match message.tag {
                // ParseComplete, BindComplete, DataRow, NoData, RowDescription
                b'1' | b'2' | b'D' | b'n' | b'T' => {}
                // CommandComplete, EmptyQueryResponse
                b'C' | b'I' => {
                    done += 1;
                    rows = row_count(self.inbox.payload(&message));
                }
                b'E' => {
                    let error = self.server_error(&message);
                    failure.get_or_insert((done, ConnectError::Server(Box::new(error))));
                    if self.is_broken() {
                        break;
                    }
                }
                b'Z' => {
                    self.ready(&message).map_err(|error| (done, error))?;
                    break;
                }
                _ => return Err((done, self.unexpected(&message))),
            }
        }
        failure.map_or(Ok(rows), Err)
    }

    fn encode(&self, statements: &[&str]) -> Result<BytesMut, ConnectError> {
        let failed = |error: std::io::Error| ConnectError::Protocol(format!("a statement cannot be sent: {error}"));
        let mut buffer = BytesMut::new();
        for sql in statements {
            if sql.contains('\0') {
                return Err(ConnectError::Protocol("a statement contains a NUL byte".to_owned()));
            }
            // No name, the statement, no parameter types.
            buffer.extend_from_slice(&frame(b'P', &[b"\0", &self.text(sql), b"\0", &[0, 0]])?);
            let no_values = std::iter::empty::<()>;
            frontend::bind(
                "",
                "",
                [],
                no_values(),
                |(), _| Ok(postgres_protocol::IsNull::Yes),
                [],
                &mut buffer,
            )
            .map_err(|error| match error {
                frontend::BindError::Conversion(error) => ConnectError::Protocol(error.to_string()),
                frontend::BindError::Serialization(error) => failed(error),
            })?;
            frontend::execute("", 0, &mut buffer).map_err(failed)?;
        }
        frontend::sync(&mut buffer);
        Ok(buffer)
    }
}

/// The number at the end of a command tag, as in `INSERT 0 17`.
fn row_count(payload: &[u8]) -> u64 {
    let tag = payload
        .strip_suffix(b"\0")
        .and_then(|tag| std::str::from_utf8(tag).ok());
    let number = tag.and_then(|tag| tag.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::row_count;

    #[test]
    fn tags_end_with_their_count() {
        assert_eq!(row_count(b"INSERT 0 17\0"), 17);
        assert_eq!(row_count(b"SELECT 18446744073709551615\0"), u64::MAX);
        for none in [
            &b"CREATE TABLE\0"[..],
            b"",
            b"\0",
            b"SELECT -1\0",
            b"\xff 1\0",
            b"SELECT 1",
        ] {
            assert_eq!(row_count(none), 0);
        }
    }
}
