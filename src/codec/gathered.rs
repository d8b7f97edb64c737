//! Bytes gathered from many short pieces.
//!
//! Extending a vector by a few bytes is a call to copy them, and two more calls where the compiler cannot see its
//! effect. Here there is always room ahead, and a short piece is copied together with the bytes behind it as if it were
//! of a fixed size: a few instructions. The next piece overwrites the surplus. What calls cost:
//! `docs/decisions/003-copies-and-buffers-of-chunks.md`.

/// The least room ahead. No piece is copied as if it were longer than this.
const ROOM: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The gathered bytes, and the room.
    bytes: Vec<u8>,
    used: usize,
}

impl Gathered {
    /// Begins anew with the bytes of the vector as room; they need not be cleared first.
    pub(super) fn over(bytes: Vec<u8>) -> Self {
        Self { bytes, used: 0 }
    }

    /// Continues behind the content of `bytes`.
    pub(super) fn behind(bytes: Vec<u8>) -> Self {
        let used = bytes.len();
        Self { bytes, used }
    }

    /// Appends the bytes of `data` from `start` to `end`. This is fast for at most `SHORT` bytes, if `data` has `SHORT`
    /// bytes behind `start`.
    #[inline]
    pub(super) fn push<const SHORT: usize>(&mut self, data: &[u8], start: usize, end: usize) {
        const { assert!(SHORT <= ROOM) };
        let window = data.get(start..).and_then(<[u8]>::first_chunk::<SHORT>);
        let room = self
            .bytes
            .get_mut(self.used..)
            .and_then(<[u8]>::first_chunk_mut::<SHORT>);
        match (window, room) {
            (Some(window), Some(room)) if end - start <= SHORT => {
                *room = *window;
                self.used += end - start;
            }
            _ => self.push_any(&data[start..end]),
        }
    }

    #[inline]
    pub(super) fn push_byte(&mut self, byte: u8) {
        match self.bytes.get_mut(self.used) {
            Some(room) => {
                *room = byte;
                self.used += 1;
            }
            None => self.push_any(&[byte]),
        }
    }

    #[inline(never)]
    fn push_any(&mut self, piece: &[u8]) {
        let end = self.used + piece.len();
        if self.bytes.len() < end + ROOM {
            // Room grows by an eighth only: it is written to, so it is memory in use.
            self.bytes.resize(end + end / 8 + ROOM, 0);
        }
        self.bytes[self.used..end].copy_from_slice(piece);
        self.used = end;
    }

    /// The gathered bytes.
    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.bytes.truncate(self.used);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_follow_each_other(
            data in proptest::collection::vec(any::<u8>(), 0..300),
            ranges in proptest::collection::vec(any::<(proptest::sample::Index, proptest::sample::Index)>(), 0..50),
            before in proptest::collection::vec(any::<u8>(), 0..100),
            over: bool,
        ) {
            let (mut expected, mut gathered) = match over {
                true => (Vec::new(), Gathered::over(before)),
                false => (before.clone(), Gathered::behind(before)),
            };
            for (one, other) in ranges {
                let (one, other) = (one.index(data.len() + 1), other.index(data.len() + 1));
                let (start, end) = (one.min(other), one.max(other));
                match (end - start) % 3 {
                    0 => gathered.push::<16>(&data, start, end),
                    1 => gathered.push::<64>(&data, start, end),
                    _ => data[start..end].iter().for_each(|byte| gathered.push_byte(*byte)),
                }
                expected.extend_from_slice(&data[start..end]);
            }
            prop_assert_eq!(gathered.into_vec(), expected);
        }
    }
}
