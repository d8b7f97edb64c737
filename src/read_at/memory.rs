//! Bytes in memory.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use super::source::ReadAt;

/// Bytes in memory, borrowed (`&[u8]`) or owned (`Vec<u8>`). Reads lend them.
pub struct Memory<B>(pub B);

impl<B: AsRef<[u8]> + Send + Sync> ReadAt for Memory<B> {
    fn len(&self) -> u64 {
        self.0.as_ref().len() as u64
    }

    fn read(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        slice(self.0.as_ref(), range).map(Cow::Borrowed)
    }

    fn piece_bytes(&self) -> usize {
        usize::MAX
    }
}

/// A range of bytes, or an error if it does not lie within them.
pub(super) fn slice(bytes: &[u8], range: Range<u64>) -> io::Result<&[u8]> {
    let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
    let slice = start.ok().zip(end.ok()).and_then(|(start, end)| bytes.get(start..end));
    slice.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lend_what_is_there() {
        let memory = Memory(b"0123456789".to_vec());
        let read = memory.read(2..5).unwrap();
        assert!(matches!(read, Cow::Borrowed(b"234")));
        assert!(memory.read(5..11).is_err() && memory.read(u64::MAX..u64::MAX).is_err());
        assert_eq!((memory.len(), memory.read(10..10).unwrap().len()), (10, 0));
    }
}
