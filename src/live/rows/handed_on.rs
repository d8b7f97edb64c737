//! Keeps track of the rows of a COPY that have been handed on, so that another session can continue.
//!
//! A read whose connection is lost is run again in the same snapshot. The bytes that had arrived before arrive again
//! and are dropped, wherever the stream was cut, so nothing has to be kept back. A table gives its rows in the same
//! order (`synchronize_seqscans` is off); a query or a foreign table may not. So all bytes that are handed on are
//! hashed, and the repeated bytes must have the same hash: rows in another order are an error, and never lead to an
//! archive with some rows twice.

use xxhash_rust::xxh3::Xxh3;

pub(super) struct HandedOn {
    bytes: u64,
    hash: Box<Xxh3>,
    again: Option<Again>,
}

/// The part of a second COPY that the first one had already given.
struct Again {
    left: u64,
    hash: Box<Xxh3>,
}

/// The repeated rows differ from those that had arrived before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OtherRows;

impl HandedOn {
    pub(super) fn new() -> Self {
        Self {
            bytes: 0,
            hash: Box::default(),
            again: None,
        }
    }

    /// The COPY begins again from its first byte.
    pub(super) fn restart(&mut self) {
        self.again = (self.bytes > 0).then(|| Again {
            left: self.bytes,
            hash: Box::default(),
        });
    }

    /// The part of the next bytes that has not been handed on yet.
    #[inline]
    pub(super) fn fresh<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], OtherRows> {
        let data = match &self.again {
            None => data,
            Some(_) => self.skip(data)?,
        };
        self.hash.update(data);
        self.bytes += data.len() as u64;
        Ok(data)
    }

    #[cold]
    fn skip<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], OtherRows> {
        let Some(again) = &mut self.again else { return Ok(data) };
        let known = usize::try_from(again.left).map_or(data.len(), |left| left.min(data.len()));
        let (known, fresh) = data.split_at(known);
        again.hash.update(known);
        again.left -= known.len() as u64;
        if again.left > 0 {
            return Ok(fresh);
        }
        let same = again.hash.digest() == self.hash.digest();
        self.again = None;
        if same { Ok(fresh) } else { Err(OtherRows) }
    }

    /// Called at the end of the COPY. Fails unless all bytes that had arrived before have arrived again.
    pub(super) fn end(&self) -> Result<(), OtherRows> {
        if self.again.is_some() { Err(OtherRows) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands on `stream` in pieces of `size` up to byte `end`.
    fn hand_on(
        state: &mut HandedOn,
        stream: &[u8],
        size: usize,
        end: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), OtherRows> {
        for piece in stream[..end].chunks(size) {
            out.extend_from_slice(state.fresh(piece)?);
        }
        Ok(())
    }

    #[test]
    fn rows_come_once_wherever_they_were_cut() {
        let stream: Vec<u8> = (0..200).collect();
        for (first, second) in [
            (0, 0),
            (0, 10),
            (1, 150),
            (7, 7),
            (150, 3),
            (199, 200),
            (200, 200),
            (200, 0),
        ] {
            for size in [1, 3, 64, 1000] {
                let (mut state, mut out) = (HandedOn::new(), Vec::new());
                hand_on(&mut state, &stream, 5, first, &mut out).unwrap();
                state.restart();
                hand_on(&mut state, &stream, size, second, &mut out).unwrap();
                assert_eq!(state.end().is_ok(), second >= first);
                state.restart();
                hand_on(&mut state, &stream, 9, 200, &mut out).unwrap();
                assert_eq!(state.end(), Ok(()));
                assert_eq!(out, stream, "{first} {second} {size}");
            }
        }
    }

    #[test]
    fn other_rows_are_noticed_before_anything_more_is_handed_on() {
        let (mut state, mut out) = (HandedOn::new(), Vec::new());
        hand_on(&mut state, b"a\nb\nc\nd\n", 8, 8, &mut out).unwrap();
        state.restart();
        assert_eq!(hand_on(&mut state, b"a\nc\nb\nd\ne\n", 3, 10, &mut out), Err(OtherRows));
        assert_eq!(out, b"a\nb\nc\nd\n");
        state.restart();
        hand_on(&mut state, b"a\nb\n", 1, 4, &mut out).unwrap();
        assert_eq!(state.end(), Err(OtherRows));
    }
}
