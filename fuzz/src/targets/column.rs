//! Each column encoding: encoded bytes in a chunk whose lengths are right reach the decoder of the encoding that the
//! first byte chooses; fields that come out can be split, encoded and decoded again.

use std::io::Read;

use pgark::codec::{BINARY_END, BINARY_HEAD, ChunkFacts, Compression, CopyFormat, Splitter, compress, decode, encode};
use pgark::format::{ChunkHead, ColumnHead, CompressionId, Encoding};

use super::chunk::{BINARY, check};
use super::input::Input;
use super::print::value_type;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "column",
    run,
    // Up to 1 MiB of fields, encoded again in every way; zstd's output begins with 16 MiB where more is declared.
    memory: |data| 32 * MIB + 16 * data.len(),
};

const MAX_RAW_BYTES: u32 = 1 << 20;

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = usize::from(input.u8()) % (BINARY.len() + 1);
    let (encoding, copy_format) = match BINARY.get(choice) {
        Some(encoding) => (*encoding, CopyFormat::Binary),
        None => (Encoding::DelimitedText, CopyFormat::Text),
    };
    let stored_as = input.u8() % 8;
    let printed_as = value_type(&mut input);
    let rows = u64::from(input.u32());
    let raw_bytes = u64::from(input.u32() % MAX_RAW_BYTES);
    let encoded = input.rest();

    let (mut stored, mut encoded_bytes) = (Vec::new(), encoded.len());
    match stored_as {
        0..=3 => stored.extend_from_slice(encoded),
        4..=6 => compress(encoded, 1, &mut stored).expect("zstd takes everything"),
        _ => {
            encoded_bytes = usize::from(encoded.first().copied().unwrap_or(0)) << 20;
            // As they are, they are fields of no length.
            if let Encoding::DelimitedText | Encoding::Fields = encoding {
                encoded_bytes = encoded_bytes.min(MAX_RAW_BYTES as usize);
            }
            bomb(encoded_bytes as u64, &mut stored);
        }
    }
    let raw_bytes = match encoding {
        Encoding::DelimitedText | Encoding::Fields => encoded_bytes as u64,
        _ => raw_bytes,
    };
    let head = ChunkHead {
        copy_format,
        pages: None,
        row_sum: 0,
        columns: vec![ColumnHead {
            encoding,
            compression: if stored_as < 4 {
                CompressionId::None
            } else {
                CompressionId::Zstd
            },
            raw_bytes,
            encoded_bytes: encoded_bytes as u64,
            stored_bytes: stored.len() as u64,
        }],
    };
    let mut payload = head.encode().expect("one column is not too many");
    payload.extend(stored);
    let facts = ChunkFacts {
        rows,
        raw_bytes: raw_bytes.saturating_add(rows * copy_format.row_head_bytes()),
    };
    let Ok(chunk) = decode(&payload, facts) else { return };
    let copy_data = check(&chunk, facts);
    let (digest, types) = (chunk.digest(), [&printed_as]);
    if rows < 100
        && let Ok(text) = chunk.into_text(&types)
    {
        let mut printed = Vec::new();
        text.write_copy_data(&mut printed);
        assert_eq!((text.rows(), text.raw_bytes()), (rows, printed.len() as u64));
    }
    // Encoded again in the way that the values make the encoder choose.
    let stream = match copy_format {
        CopyFormat::Text => copy_data.clone(),
        CopyFormat::Binary => [&BINARY_HEAD[..], &copy_data, &BINARY_END].concat(),
    };
    let mut splitter = Splitter::new(copy_format, 1);
    splitter.push(&stream).expect("what is decoded are rows");
    let again = encode(&splitter.take(), None, Compression::Zstd(1)).expect("it is within the limits");
    assert_eq!(
        (again.rows, again.raw_len, again.digest),
        (facts.rows, facts.raw_bytes, digest)
    );
    let again = decode(&again.payload, facts).expect("it was just encoded");
    assert!(check(&again, facts) == copy_data);
}

/// Few bytes that become so many.
fn bomb(bytes: u64, out: &mut Vec<u8>) {
    let zeros = std::io::repeat(0).take(bytes);
    zstd::stream::copy_encode(zeros, out, 1).expect("zstd takes everything");
}
