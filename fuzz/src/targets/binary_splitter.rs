//! COPY data in binary format: in any pieces it gives what it gives in one, and chunks of it come back as they were.
//!
//! The first byte says whether the rest is a stream as it is, or rows whose head and lengths are made right.

use pgark::codec::{BINARY_END, BINARY_HEAD, CodecError, Compression, CopyFormat, RowDigest, Splitter, encode};
use pgark::codec::{ChunkFacts, decode};

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "binary_splitter",
    run,
    memory: |data| 4 * MIB + 32 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let made = input.u8() % 2 == 1;
    let columns = usize::from(input.u8() % 5);
    let size = usize::from(input.u8()) + 1;
    let every = usize::from(input.u8() % 8);
    let stream = match made {
        true => stream(&mut input, columns),
        false => input.rest().to_vec(),
    };
    let whole = split(columns, &stream, stream.len().max(1), 0);
    assert!(whole.is_ok() || !made);
    assert_eq!(split(columns, &stream, size, 0), whole);
    assert_eq!(split(columns, &stream, size, every + 1), whole);
}

/// Rows of values whose lengths the input gives.
fn stream(input: &mut Input<'_>, columns: usize) -> Vec<u8> {
    let mut stream = BINARY_HEAD.to_vec();
    for _ in 0..input.u8() {
        stream.extend((columns as i16).to_be_bytes());
        for _ in 0..columns {
            let length = input.u8();
            let value = input.bytes(length.into());
            match length {
                0xff => stream.extend((-1i32).to_be_bytes()),
                _ => stream.extend((value.len() as i32).to_be_bytes()),
            }
            if length != 0xff {
                stream.extend_from_slice(value);
            }
        }
    }
    stream.extend(BINARY_END);
    stream
}

#[derive(Debug, PartialEq)]
struct Rows {
    digest: RowDigest,
    /// As chunks give them back.
    copy_data: Vec<u8>,
    at_row_end: bool,
    at_end: bool,
}

/// Gives the stream in pieces of `size`; encodes and decodes a chunk after every so many, if not 0, and at the end.
fn split(columns: usize, data: &[u8], size: usize, every: usize) -> Result<Rows, CodecError> {
    let mut splitter = Splitter::new(CopyFormat::Binary, columns);
    let mut digest = RowDigest::default();
    let mut copy_data = Vec::new();
    let mut take = |splitter: &mut Splitter| -> Result<(), CodecError> {
        let raw = splitter.take();
        let chunk = encode(&raw, None, Compression::None)?;
        splitter.recycle(raw);
        let facts = ChunkFacts {
            rows: chunk.rows,
            raw_bytes: chunk.raw_len,
        };
        let decoded = decode(&chunk.payload, facts).expect("it was just encoded");
        assert_eq!(
            (decoded.digest(), decoded.declared_digest()),
            (chunk.digest, chunk.digest)
        );
        decoded.write_copy_data(&mut copy_data);
        digest.merge(chunk.digest);
        Ok(())
    };
    for (number, piece) in data.chunks(size).enumerate() {
        splitter.push(piece)?;
        if every > 0 && number % every == 0 {
            take(&mut splitter)?;
        }
    }
    let (at_row_end, at_end) = (splitter.at_row_end(), splitter.at_end());
    take(&mut splitter)?;
    // Rows come back as they came: what is left of the stream are its head, its end, and a row that has begun.
    assert!(data.len() >= copy_data.len());
    Ok(Rows {
        digest,
        copy_data,
        at_row_end,
        at_end,
    })
}
