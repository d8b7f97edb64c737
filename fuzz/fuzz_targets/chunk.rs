//! Chunk payloads: what is decoded has the length and the rows it declares.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgark::codec::{ChunkFacts, decode};

fuzz_target!(|input: (u32, u32, &[u8])| {
    let (rows, raw_bytes, payload) = input;
    let facts = ChunkFacts { rows: rows.into(), raw_bytes: (raw_bytes % (1 << 20)).into() };
    if let Ok(chunk) = decode(payload, facts) {
        let mut text = Vec::new();
        chunk.write_copy_data(&mut text);
        assert_eq!(text.len() as u64, facts.raw_bytes);
        assert_eq!(text.iter().filter(|b| **b == b'\n').count() as u64, facts.rows);
        assert_eq!(chunk.digest().rows, facts.rows);
    }
});
