//! Chunk payloads of several columns: what is decoded has the length and the rows that it declares.
//!
//! The first byte says whether the rest is a payload as it is, or what one is made of whose lengths are right.

use pgark::codec::{ChunkFacts, CopyFormat, DecodedChunk, compress, decode};
use pgark::format::{ChunkHead, ColumnHead, CompressionId, Encoding};

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "chunk",
    run,
    // Up to 1 MiB of rows, at a few times that; zstd's output begins with 16 MiB where more than that is declared.
    memory: |data| 32 * MIB + 16 * data.len(),
};

/// Bytes of COPY data that a case may declare.
const MAX_RAW_BYTES: u32 = 1 << 20;

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (facts, payload) = match input.u8() {
        0 => {
            let (rows, raw_bytes) = (input.u32(), input.u32() % MAX_RAW_BYTES);
            let facts = ChunkFacts {
                rows: rows.into(),
                raw_bytes: raw_bytes.into(),
            };
            (facts, input.rest().to_vec())
        }
        _ => made(&mut input),
    };
    if let Ok(chunk) = decode(&payload, facts) {
        check(&chunk, facts);
    }
}

/// A payload whose head fits its columns.
fn made(input: &mut Input<'_>) -> (ChunkFacts, Vec<u8>) {
    let rows = u64::from(input.u16());
    let copy_format = match input.u8() % 2 {
        0 => CopyFormat::Text,
        _ => CopyFormat::Binary,
    };
    let columns = usize::from(input.u8() % 5);
    let mut heads = Vec::new();
    let mut bodies = Vec::new();
    for _ in 0..columns {
        let encoding = match copy_format {
            CopyFormat::Text => Encoding::DelimitedText,
            CopyFormat::Binary => BINARY[usize::from(input.u8()) % BINARY.len()],
        };
        let compressed = input.u8() % 2 == 1;
        let raw_bytes = u64::from(input.u16());
        let length = usize::from(input.u16()) % 1024;
        let encoded = input.bytes(length);
        let start = bodies.len();
        match compressed {
            true => compress(encoded, 1, &mut bodies).expect("zstd takes everything"),
            false => bodies.extend_from_slice(encoded),
        }
        heads.push(ColumnHead {
            encoding,
            compression: if compressed {
                CompressionId::Zstd
            } else {
                CompressionId::None
            },
            raw_bytes: match encoding {
                Encoding::DelimitedText | Encoding::Fields => encoded.len() as u64,
                _ => raw_bytes,
            },
            encoded_bytes: encoded.len() as u64,
            stored_bytes: (bodies.len() - start) as u64,
        });
    }
    let of_rows = match (copy_format, columns) {
        (CopyFormat::Text, 0) => rows,
        (format, _) => rows * format.row_head_bytes(),
    };
    let raw_bytes = of_rows + heads.iter().map(|head| head.raw_bytes).sum::<u64>();
    let head = ChunkHead {
        copy_format,
        pages: None,
        row_sum: 0,
        columns: heads,
    };
    let mut payload = head.encode().expect("it has few columns");
    payload.extend(bodies);
    (ChunkFacts { rows, raw_bytes }, payload)
}

/// Every encoding of binary columns.
pub const BINARY: [Encoding; 10] = [
    Encoding::Fields,
    Encoding::Constant,
    Encoding::Plain,
    Encoding::Integers,
    Encoding::Planes,
    Encoding::Decimals,
    Encoding::Dictionary,
    Encoding::Digits,
    Encoding::Floats,
    Encoding::Terminated,
];

/// What holds for every chunk that was decoded; gives its COPY data.
pub(super) fn check(chunk: &DecodedChunk, facts: ChunkFacts) -> Vec<u8> {
    let mut data = Vec::new();
    chunk.write_copy_data(&mut data);
    assert_eq!(data.len() as u64, facts.raw_bytes);
    assert_eq!((chunk.rows(), chunk.digest().rows), (facts.rows, facts.rows));
    if chunk.copy_format() == CopyFormat::Text {
        assert_eq!(data.iter().filter(|b| **b == b'\n').count() as u64, facts.rows);
    }
    let mut pieces = chunk.pieces();
    let mut pieced = Vec::new();
    while pieces.next_into(&mut pieced) {}
    assert!(pieced == data);
    data
}
