//! The output for a column's encoded bytes.

use crate::codec::compress::compress;
use crate::codec::error::CodecError;

/// A shorter run is not worth a frame of its own.
const MIN_FRAME_BYTES: usize = 4096;

/// Encoded bytes, and the places where one kind of bytes ends and another begins. zstd describes up to 128 KiB at once,
/// and describes two kinds together worse than each by itself.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub bytes: Vec<u8>,
    cuts: Vec<usize>,
}

impl Output {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.cuts.clear();
    }

    pub(super) fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    #[inline]
    pub(super) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends zeros to be filled in.
    pub(super) fn append(&mut self, count: usize) -> &mut [u8] {
        let start = self.bytes.len();
        self.bytes.resize(start + count, 0);
        &mut self.bytes[start..]
    }

    /// Notes that the next bytes are of another kind than those before.
    pub(super) fn cut(&mut self) {
        let last = self.cuts.last().copied().unwrap_or(0);
        if self.bytes.len() - last >= MIN_FRAME_BYTES {
            self.cuts.push(self.bytes.len());
        }
    }

    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            bytes: &self.bytes,
            cuts: &self.cuts,
        }
    }
}

/// Bytes with places where to cut them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub bytes: &'a [u8],
    cuts: &'a [usize],
}

impl<'a> Parts<'a> {
    /// Bytes in one piece.
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, cuts: &[] }
    }

    /// Appends a zstd frame of each part.
    pub(super) fn compress(self, level: i32, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let mut start = 0;
        for end in self.cuts.iter().copied().chain(std::iter::once(self.bytes.len())) {
            compress(&self.bytes[start..end], level, out)?;
            start = end;
        }
        Ok(())
    }
}
