//! The receive buffer of a data session: whole messages, read in place.
//!
//! A message is one tag byte, a big-endian length that counts itself, and the payload. The buffer grows for a message
//! that does not fit and shrinks back afterwards. Only CopyData is handled as a stream, because one row of it may have
//! a gigabyte: data that do not fit are handed out as they arrive. Messages that have arrived together are handed out
//! together: rows are short, so that every step done for each message is felt.
//!
//! A server sends 8 KiB at a time, and each piece may wake the reader. Neither a pause in which data pile up nor
//! `SO_RCVLOWAT` helps: `docs/decisions/005-wake-ups-of-readers.md`.

use std::io;
use std::ops::Range;

use crate::connect::ConnectError;

/// Normal size of the buffer, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;
/// PostgreSQL never sends more than 1 GiB of payload in one message.
const MAX_PAYLOAD_BYTES: usize = 1 << 30;
/// Limit before the session is established, and for messages that are always short.
const MAX_SHORT_PAYLOAD_BYTES: usize = 64 * 1024;
/// Tag and length.
pub(in crate::connect) const HEADER_BYTES: usize = 5;

/// CopyData, whose payload may be handed out in pieces.
const DATA: u8 = b'd';

/// A message that is completely in the buffer, or a piece of a long CopyData; valid until more is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Message {
    pub(in crate::connect) tag: u8,
    payload: Range<usize>,
}

pub(in crate::connect) struct Inbox {
    buf: Vec<u8>,
    start: usize,
    end: usize,
    /// Whether long messages are allowed yet.
    established: bool,
    /// Bytes still to come of a CopyData that is being handed out in pieces.
    data_left: usize,
}

impl Inbox {
    pub(in crate::connect) fn new() -> Inbox {
        Inbox {
            buf: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            established: false,
            data_left: 0,
        }
    }

    /// From now on the server is trusted with long messages.
    pub(in crate::connect) fn set_established(&mut self) {
        self.established = true;
    }

    /// Takes the next message if all of it is here, or the part that is here of a long CopyData.
    #[inline]
    pub(in crate::connect) fn take(&mut self) -> Result<Option<Message>, ConnectError> {
        if self.data_left > 0 {
            return Ok(self.take_piece());
        }
        let Some((tag, total)) = self.header()? else {
            return Ok(None);
        };
        if self.end - self.start < total {
            if tag == DATA && total > BUFFER_BYTES {
                self.start += HEADER_BYTES;
                self.data_left = total - HEADER_BYTES;
                return Ok(self.take_piece());
            }
            return Ok(None);
        }
        let payload = self.start + HEADER_BYTES..self.start + total;
        self.start = payload.end;
        Ok(Some(Message { tag, payload }))
    }

    fn take_piece(&mut self) -> Option<Message> {
        let payload = self.start..self.end.min(self.start + self.data_left);
        if payload.is_empty() {
            return None;
        }
        self.start = payload.end;
        self.data_left -= payload.len();
        Some(Message { tag: DATA, payload })
    }

    /// Whether a message has begun to arrive; valid once nothing can be taken.
    pub(in crate::connect) fn is_inside_message(&self) -> bool {
        self.data_left > 0 || self.start < self.end
    }

    /// A CopyData that was just taken, and all that follow it whole in the buffer.
    #[inline]
    pub(in crate::connect) fn batch(&mut self, first: Message) -> CopyBatch<'_> {
        CopyBatch {
            buf: &self.buf[..self.end],
            first: Some(first.payload),
            start: &mut self.start,
        }
    }

    #[inline]
    pub(in crate::connect) fn payload(&self, message: &Message) -> &[u8] {
        &self.buf[message.payload.clone()]
    }

    /// Reads once, making room first. Returns what `read` returned, 0 at the end of the stream.
    pub(in crate::connect) fn fill(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> Result<io::Result<usize>, ConnectError> {
        self.make_room()?;
        let result = read(&mut self.buf[self.end..]);
        if let Ok(count) = result {
            self.end += count;
        }
        Ok(result)
    }

    /// Tag and total length of the next message, once its header is here.
    #[inline]
    fn header(&self) -> Result<Option<(u8, usize)>, ConnectError> {
        let Some(header) = self.buf[self.start..self.end].first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let total = total_bytes(*header, self.established).map_err(ConnectError::Protocol)?;
        Ok(Some((header[0], total)))
    }

    fn make_room(&mut self) -> Result<(), ConnectError> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
        let pending = self.end - self.start;
        let needed = match self.data_left {
            0 => self.header()?.map_or(HEADER_BYTES, |(_, total)| total),
            // Pieces of CopyData may have any size.
            _ => 0,
        };
        if self.buf.len() > BUFFER_BYTES && needed.max(pending) <= BUFFER_BYTES / 2 {
            // A large message has gone through: give its memory back.
            let mut fresh = vec![0; BUFFER_BYTES];
            fresh[..pending].copy_from_slice(&self.buf[self.start..self.end]);
            self.buf = fresh;
            self.start = 0;
            self.end = pending;
        } else if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end = pending;
        }
        if self.end == self.buf.len() {
            // The message does not fit. Grow as its bytes arrive, not by what it claims.
            let grown = needed.min(self.buf.len() * 2).max(BUFFER_BYTES);
            self.buf.reserve_exact(grown - self.buf.len());
            self.buf.resize(grown, 0);
        }
        Ok(())
    }
}

/// The payloads of CopyData messages that have arrived together. Payloads that are not asked for stay in the buffer.
pub struct CopyBatch<'a> {
    buf: &'a [u8],
    first: Option<Range<usize>>,
    /// Where the buffer's next message begins.
    start: &'a mut usize,
}

impl<'a> Iterator for CopyBatch<'a> {
    type Item = &'a [u8];

    /// Ends at anything that is not a whole and proper CopyData; `Inbox::take` judges that message.
    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if let Some(first) = self.first.take() {
            return self.buf.get(first);
        }
        let rest = self.buf.get(*self.start..)?;
        let [tag, length @ ..] = *rest.first_chunk::<HEADER_BYTES>()?;
        if tag != DATA {
            return None;
        }
        // The length counts itself but not the tag. A length below 4 makes no valid range.
        let total = (u32::from_be_bytes(length) as usize).checked_add(1)?;
        let payload = rest.get(HEADER_BYTES..total)?;
        *self.start += total;
        Some(payload)
    }
}

/// The total size of a message by its header, tag included; or, in words, why there can be no such message.
#[inline]
pub(in crate::connect) fn total_bytes(
    [tag, length @ ..]: [u8; HEADER_BYTES],
    established: bool,
) -> Result<usize, String> {
    let length = u32::from_be_bytes(length) as usize;
    let limit = if established && may_be_long(tag) {
        MAX_PAYLOAD_BYTES
    } else {
        MAX_SHORT_PAYLOAD_BYTES
    };
    if length < 4 || length - 4 > limit {
        let tag = tag.escape_ascii();
        return Err(format!("message `{tag}` claims a length of {length} bytes"));
    }
    Ok(length + 1)
}

/// Messages that may be long: rows, data, and texts whose length a user decides.
fn may_be_long(tag: u8) -> bool {
    matches!(tag, b'd' | b'D' | b'T' | b'E' | b'N' | b'A' | b'S')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(tag: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend_from_slice(&(payload.len() as u32 + 4).to_be_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    fn established() -> Inbox {
        let mut inbox = Inbox::new();
        inbox.set_established();
        inbox
    }

    /// Feeds the bytes in pieces of the given sizes; `each` takes what is to be collected of a message.
    fn walk_with(
        bytes: &[u8],
        sizes: &[usize],
        each: impl Fn(&mut Inbox, Message, &mut Vec<(u8, Vec<u8>)>),
    ) -> Result<Vec<(u8, Vec<u8>)>, ConnectError> {
        let mut inbox = established();
        let mut found = Vec::new();
        let mut at = 0;
        let mut sizes = sizes.iter().cycle();
        loop {
            while let Some(message) = inbox.take()? {
                each(&mut inbox, message, &mut found);
            }
            if at == bytes.len() {
                return Ok(found);
            }
            let size = (*sizes.next().unwrap()).max(1).min(bytes.len() - at);
            let read = inbox.fill(|buf| {
                let count = size.min(buf.len());
                buf[..count].copy_from_slice(&bytes[at..at + count]);
                Ok(count)
            })?;
            at += read.unwrap();
        }
    }

    /// All messages, one by one.
    fn walk(bytes: &[u8], sizes: &[usize]) -> Result<Vec<(u8, Vec<u8>)>, ConnectError> {
        walk_with(bytes, sizes, |inbox, message, found| {
            found.push((message.tag, inbox.payload(&message).to_vec()));
        })
    }

    /// As [`walk`], with all the data that a batch has at once.
    fn walk_batches(bytes: &[u8], sizes: &[usize]) -> Result<Vec<(u8, Vec<u8>)>, ConnectError> {
        walk_with(bytes, sizes, |inbox, message, found| match message.tag {
            DATA => found.extend(inbox.batch(message).map(|data| (DATA, data.to_vec()))),
            tag => found.push((tag, inbox.payload(&message).to_vec())),
        })
    }

    #[test]
    fn messages_are_found_wherever_the_stream_is_cut() {
        let mut bytes = message(b'd', b"first row\n");
        bytes.extend(message(b'd', b""));
        bytes.extend(message(b'N', b"note"));
        bytes.extend(message(b'c', b""));
        let whole = walk(&bytes, &[bytes.len()]).unwrap();
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[0], (b'd', b"first row\n".to_vec()));
        for cut in 1..bytes.len() {
            assert_eq!(walk(&bytes, &[cut, bytes.len()]).unwrap(), whole);
        }
        assert_eq!(walk(&bytes, &[1]).unwrap(), whole);
    }

    #[test]
    fn batches_have_the_same_data_wherever_the_stream_is_cut() {
        let mut bytes = message(b'd', b"first row\n");
        bytes.extend(message(b'd', b""));
        bytes.extend(message(b'N', b"note"));
        bytes.extend(message(b'd', b"second row\n"));
        bytes.extend(message(b'd', b"third row\n"));
        bytes.extend(message(b'E', b"error"));
        bytes.extend(message(b'd', b"not a row"));
        let whole = walk(&bytes, &[bytes.len()]).unwrap();
        assert_eq!(whole.len(), 7);
        for cut in 1..=bytes.len() {
            assert_eq!(walk_batches(&bytes, &[cut, bytes.len()]).unwrap(), whole);
        }
        assert_eq!(walk_batches(&bytes, &[1]).unwrap(), whole);
    }

    #[test]
    fn a_batch_ends_where_a_message_is_not_whole_and_proper() {
        for length in [0_u32, 3, 5, (1 << 30) + 5, u32::MAX] {
            let mut bytes = message(b'd', b"row");
            bytes.push(b'd');
            bytes.extend_from_slice(&length.to_be_bytes());
            let mut inbox = established();
            let filled = inbox.fill(|buf| {
                buf[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            });
            assert!(filled.is_ok());
            let first = inbox.take().unwrap().unwrap();
            assert_eq!(inbox.batch(first).collect::<Vec<_>>(), [b"row"]);
            assert_eq!(inbox.take().is_err(), length != 5);
        }
    }

    #[test]
    fn what_a_batch_was_not_asked_for_comes_next() {
        let bytes: Vec<u8> = [&b"a"[..], b"b", b"c"]
            .iter()
            .flat_map(|row| message(b'd', row))
            .collect();
        let mut inbox = established();
        let filled = inbox.fill(|buf| {
            buf[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        });
        assert!(filled.is_ok());
        let first = inbox.take().unwrap().unwrap();
        assert_eq!(inbox.batch(first).next(), Some(&b"a"[..]));
        let next = inbox.take().unwrap().unwrap();
        assert_eq!(inbox.batch(next).collect::<Vec<_>>(), [b"b", b"c"]);
    }

    #[test]
    fn a_long_message_grows_the_buffer_and_small_ones_shrink_it() {
        let long = vec![7; 3 * BUFFER_BYTES + 11];
        let bytes = message(b'D', &long);
        let mut inbox = established();
        let mut at = 0;
        let found = loop {
            if let Some(found) = inbox.take().unwrap() {
                break found;
            }
            at += inbox
                .fill(|buf| {
                    let count = buf.len().min(bytes.len() - at);
                    buf[..count].copy_from_slice(&bytes[at..at + count]);
                    Ok(count)
                })
                .unwrap()
                .unwrap();
        };
        assert_eq!(inbox.payload(&found), long);
        assert_eq!(inbox.buf.len(), bytes.len());
        inbox.fill(|_| Ok(0)).unwrap().unwrap();
        assert_eq!(inbox.buf.len(), BUFFER_BYTES);
    }

    #[test]
    fn long_data_is_handed_out_in_pieces() {
        let long: Vec<u8> = (0..3 * BUFFER_BYTES + 11).map(|i| i as u8).collect();
        let mut bytes = message(b'd', &long);
        bytes.extend(message(b'd', b"next"));
        bytes.extend(message(b'c', b""));
        for sizes in [&[BUFFER_BYTES][..], &[7, 100_000], &[6, 3 * BUFFER_BYTES]] {
            let mut found = walk(&bytes, sizes).unwrap();
            assert!(walk_batches(&bytes, sizes).unwrap() == found);
            assert_eq!(found.pop(), Some((b'c', Vec::new())));
            assert_eq!(found.pop(), Some((b'd', b"next".to_vec())));
            assert!(found.len() > 1 && found.iter().all(|(tag, piece)| *tag == b'd' && !piece.is_empty()));
            let data: Vec<u8> = found.into_iter().flat_map(|(_, piece)| piece).collect();
            assert!(data == long);
        }
    }

    #[test]
    fn a_claimed_length_alone_costs_no_memory() {
        let mut inbox = established();
        let header = [b'd', 0x3f, 0xff, 0xff, 0xff];
        inbox
            .fill(|buf| {
                buf[..5].copy_from_slice(&header);
                Ok(5)
            })
            .unwrap()
            .unwrap();
        assert_eq!(inbox.take().unwrap(), None);
        inbox.fill(|_| Ok(0)).unwrap().unwrap();
        assert_eq!(inbox.buf.len(), BUFFER_BYTES);
    }

    #[test]
    fn impossible_lengths_are_refused() {
        for length in [0_u32, 3, (1 << 30) + 5, u32::MAX] {
            let mut bytes = vec![b'd'];
            bytes.extend_from_slice(&length.to_be_bytes());
            let error = walk(&bytes, &[5]).unwrap_err();
            assert!(matches!(error, ConnectError::Protocol(_)), "{error}");
        }
        // ReadyForQuery is never long, and nothing is before the session is established.
        let mut long = vec![b'Z'];
        long.extend_from_slice(&100_000_u32.to_be_bytes());
        assert!(walk(&long, &[5]).is_err());
        let mut inbox = Inbox::new();
        let error = inbox.fill(|buf| {
            buf[..5].copy_from_slice(&[b'E', 0x3f, 0, 0, 0]);
            Ok(5)
        });
        assert!(error.is_ok());
        assert!(inbox.take().is_err());
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..20),
            sizes in proptest::collection::vec(1..400_usize, 1..20),
        ) {
            let bytes: Vec<u8> = payloads.iter().flat_map(|payload| message(b'd', payload)).collect();
            let found = walk(&bytes, &sizes).unwrap();
            prop_assert_eq!(&walk_batches(&bytes, &sizes).unwrap(), &found);
            let found: Vec<Vec<u8>> = found.into_iter().map(|(_, payload)| payload).collect();
            prop_assert_eq!(found, payloads);
        }

        #[test]
        fn any_bytes_are_walked_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let found = walk(&bytes, &[7, 100]);
            let in_batches = walk_batches(&bytes, &[7, 100]);
            prop_assert_eq!(found.ok(), in_batches.ok());
        }
    }
}
