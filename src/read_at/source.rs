//! What every source of bytes can do.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

/// Bytes of a fixed length that any number of threads read by ranges.
///
/// The bytes must not change while they are read. The other methods than `len` and `read` are hints, which a source may
/// ignore.
pub trait ReadAt: Send + Sync {
    /// The number of bytes. It must be the same at every call.
    fn len(&self) -> u64;

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a range that lies within `0..len()`, all of them. Readers call [`exactly`], which checks that.
    ///
    /// # Errors
    /// The bytes cannot be had.
    fn read(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>>;

    /// How many bytes a reader from front to back asks for at a time. A source that lends its bytes says `usize::MAX`; one
    /// that copies them says how much of it a reader should hold.
    fn piece_bytes(&self) -> usize {
        16 << 20
    }

    /// All of it will be read, from front to back.
    fn expect_sequential_reads(&self) {}

    /// These ranges will be read soon, each by one call of `read`. They are in the order of the reads.
    fn will_read(&self, _ranges: &[Range<u64>]) {}

    /// A range has been used, so that what the source holds of it may go. It can still be read again.
    fn release(&self, _range: Range<u64>) {}
}

/// Reads a range, all of it.
///
/// # Errors
/// That of the source; [`io::ErrorKind::UnexpectedEof`] if the range does not lie within the source, or if the source gave
/// another number of bytes.
pub fn exactly(source: &dyn ReadAt, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
    let (start, end) = (range.start, range.end);
    if start > end || end > source.len() {
        let why = format!("bytes {start} to {end} were asked of {}", source.len());
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
    }
    let read = source.read(range)?;
    match read.len() as u64 == end - start {
        true => Ok(read),
        false => {
            let why = format!("{} bytes were read instead of bytes {start} to {end}", read.len());
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that says that it has more bytes than it gives.
    struct Short;

    impl ReadAt for Short {
        fn len(&self) -> u64 {
            100
        }

        fn read(&self, _: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
            Ok(Cow::Owned(vec![0; 9]))
        }
    }

    #[test]
    fn a_read_gives_all_bytes_of_its_range_or_fails() {
        assert_eq!(exactly(&Short, 1..10).unwrap().len(), 9);
        for range in [0..10, 0..8, 95..104, Range { start: 10, end: 1 }] {
            let error = exactly(&Short, range).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
        }
    }
}
