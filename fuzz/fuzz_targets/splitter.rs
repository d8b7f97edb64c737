//! COPY data in any pieces gives what it gives in one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgark::codec::{CodecError, RawChunk, RowSplitter};

fn split<'a>(columns: usize, pieces: impl Iterator<Item = &'a [u8]>) -> Result<RawChunk, CodecError> {
    let mut splitter = RowSplitter::new(columns);
    for piece in pieces {
        splitter.push(piece)?;
    }
    Ok(splitter.take())
}

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (columns, size, data) = input;
    let columns = usize::from(columns % 5);
    let whole = split(columns, std::iter::once(data));
    let pieces = split(columns, data.chunks(usize::from(size) + 1));
    match (whole, pieces) {
        (Ok(a), Ok(b)) => assert_eq!((a.rows, a.digest, a.columns), (b.rows, b.digest, b.columns)),
        (a, b) => assert_eq!(a.map(drop), b.map(drop)),
    }
});
