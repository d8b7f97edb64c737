//! Bounds what a server may send to a session whose messages tokio-postgres parses, and how many notices it may send to
//! any session.
//!
//! tokio-postgres allocates whatever length a message claims, up to 4 GiB, and accepts any number of notices.
//! [`Watched`] reads the header of each incoming message and ends the stream with an error of its own before either
//! happens. [`Asides`] counts the notices, also for the data sessions.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::connect::wire::inbox::{HEADER_BYTES, total_bytes};

/// How many notices, reports and errors may come in a row, with nothing else between them in either direction. One
/// statement without rows would have to warn a million times to come near.
const MAX_ASIDES: u32 = 1 << 20;

/// Bytes of reports of settings in one control session, which sets only a few.
const MAX_REPORTED_BYTES: usize = 16 << 20;

/// Time within which the rest of a message must arrive. A server sends a message as a whole, so a message whose rest is
/// later claims a length that it does not have.
pub(in crate::connect) const REST_WITHIN: Duration = if cfg!(test) {
    Duration::from_millis(500)
} else {
    Duration::from_secs(120)
};

pub(in crate::connect) fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server stopped in the middle of a message")
}

/// Counts messages that are no progress: notices, reports and errors.
#[derive(Debug, Default)]
pub(in crate::connect) struct Asides(u32);

impl Asides {
    /// Begins the count anew when this side sends something: each row that is loaded may cause a warning.
    pub(in crate::connect) fn sent(&mut self) {
        self.0 = 0;
    }

    /// Counts one message. Any tag but those of notices, reports and errors begins the count anew.
    #[inline]
    pub(in crate::connect) fn count(&mut self, tag: u8) -> Result<(), String> {
        match tag {
            b'N' | b'A' | b'S' | b'E' => self.0 += 1,
            _ => self.0 = 0,
        }
        match self.0 {
            0..MAX_ASIDES => Ok(()),
            _ => Err(format!("{MAX_ASIDES} notices and nothing else")),
        }
    }
}

/// A stream whose incoming messages are followed.
pub(in crate::connect) struct Watched<S> {
    stream: S,
    messages: Messages,
    /// The timer for the rest of a message that has begun to arrive.
    rest: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub(in crate::connect) fn new(stream: S) -> Self {
        Watched {
            stream,
            messages: Messages::default(),
            rest: None,
        }
    }
}

/// Where in the stream of messages the next byte is.
#[derive(Default)]
struct Messages {
    header: [u8; HEADER_BYTES],
    header_bytes: usize,
    payload_left: usize,
    /// ReadyForQuery has come once: messages may be long.
    established: bool,
    asides: Asides,
    /// Bytes of reports of settings, which tokio-postgres keeps.
    reported: usize,
}

impl Messages {
    fn follow(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            let payload = bytes.len().min(self.payload_left);
            self.payload_left -= payload;
            bytes = &bytes[payload..];
            let wanted = &mut self.header[self.header_bytes..];
            let header = bytes.len().min(wanted.len());
            wanted[..header].copy_from_slice(&bytes[..header]);
            self.header_bytes += header;
            bytes = &bytes[header..];
            if self.header_bytes == HEADER_BYTES {
                self.header_bytes = 0;
                self.begin()?;
            }
        }
        Ok(())
    }

    fn is_inside(&self) -> bool {
        self.payload_left > 0 || self.header_bytes > 0
    }

    fn begin(&mut self) -> Result<(), String> {
        let tag = self.header[0];
        self.payload_left = total_bytes(self.header, self.established)? - HEADER_BYTES;
        self.established |= tag == b'Z';
        if tag == b'S' {
            self.reported += self.payload_left;
            if self.reported > MAX_REPORTED_BYTES {
                return Err("reports of settings without end".to_owned());
            }
        }
        self.asides.count(tag)
    }
}

impl<S> Watched<S> {
    /// Fails once the rest of a message has not come for too long.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.messages.is_inside() {
            return Poll::Pending;
        }
        let rest = self.rest.get_or_insert_with(|| Box::pin(sleep(REST_WITHIN)));
        rest.as_mut().poll(cx).map(|()| Err(stalled()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(read) => read?,
            Poll::Pending => return self.poll_rest(cx),
        }
        self.rest = None;
        let new = buf.filled().get(before..).unwrap_or_default();
        let followed = self.messages.follow(new);
        // tokio-postgres reports messages that it cannot read in the same way.
        Poll::Ready(followed.map_err(|what| io::Error::new(io::ErrorKind::InvalidInput, what)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend_from_slice(&(payload.len() as u32 + 4).to_be_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    fn claims(tag: u8, length: u32) -> Vec<u8> {
        [&[tag][..], &length.to_be_bytes()].concat()
    }

    #[test]
    fn messages_are_followed_wherever_the_stream_is_cut() {
        let bytes = [
            message(b'R', &[0; 4]),
            message(b'S', b"a\0b\0"),
            message(b'Z', b"I"),
            message(b'D', &[7; 100_000]),
            claims(b'Z', 1 << 20),
        ]
        .concat();
        for size in [1, 2, 3, 5, 7, 8192, bytes.len()] {
            let mut messages = Messages::default();
            let results: Vec<_> = bytes.chunks(size).map(|piece| messages.follow(piece)).collect();
            let (last, before) = results.split_last().expect("pieces");
            assert!(before.iter().all(Result::is_ok), "{size}");
            assert_eq!(
                last.as_ref().unwrap_err(),
                "message `Z` claims a length of 1048576 bytes"
            );
        }
    }

    #[test]
    fn impossible_lengths_are_refused_before_there_is_room_made_for_them() {
        for length in [0, 3, (1 << 30) + 5, i32::MAX as u32, u32::MAX] {
            let mut messages = Messages::default();
            messages.follow(&message(b'Z', b"I")).unwrap();
            assert!(messages.follow(&claims(b'D', length)).is_err(), "{length}");
        }
        // Nothing is long before the session is established.
        assert!(Messages::default().follow(&claims(b'E', 100_000)).is_err());
    }

    #[test]
    fn asides_are_counted_until_something_else_comes() {
        let mut asides = Asides::default();
        let mut many = |count: u32| (0..count).try_for_each(|n| asides.count(b"NASE"[n as usize % 4]));
        assert!(many(MAX_ASIDES - 1).is_ok());
        assert!(many(1).is_err());
        asides.count(b'D').unwrap();
        assert!(asides.count(b'N').is_ok());
    }

    #[test]
    fn the_rest_of_a_message_is_not_waited_for_for_ever() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (mut server, client) = tokio::io::duplex(100);
            let mut watched = Watched::new(client);
            server
                .write_all(&[&message(b'Z', b"I")[..], b"D\0\0"].concat())
                .await
                .unwrap();
            let error = watched.read_to_end(&mut Vec::new()).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            // Between two messages it is.
            let (mut server, client) = tokio::io::duplex(100);
            let mut watched = Watched::new(client);
            server.write_all(&message(b'Z', b"I")).await.unwrap();
            let mut read = Vec::new();
            let reading = watched.read_to_end(&mut read);
            assert!(tokio::time::timeout(3 * REST_WITHIN, reading).await.is_err());
        });
    }
}
