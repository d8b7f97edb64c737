//! Encoded columns that were changed at random, with all checksums made right again: the library and the decoder that was
//! written from the specification take the same ones for whole, and read the same rows from them.
//!
//! `PGARK_JUDGED=5000 cargo test --test offline judged` tries more than the usual few.

use std::cell::Cell;
use std::fs;

use pgark::Job;
use pgark::archive::{Archive, VerifyOptions, verify};
use pgark::codec::{self, ChunkFacts, Compression};
use pgark::format::{RecordKind, RelationEnd};

use crate::decoder::{self, assert_agrees};
use crate::forged::{Records, forge_from, position, set, value};
use crate::sample::{self, Numbers, Table};
use crate::vector_list::{binary_table, number_table};

const FEW: u64 = 20;

/// An archive of one chunk that is not compressed.
fn base(mut table: Table) -> Vec<u8> {
    table.chunks.truncate(1);
    sample::write(&[table], Compression::None, 1 << 30).0
}

/// Changes a byte or a few of the chunk, then makes what is said about it right, if it can be decoded still.
fn changed(base: &[u8], seed: u64) -> Vec<u8> {
    let sum = Cell::new(None);
    let change = |records: &mut Records| {
        let at = position(records, RecordKind::Chunk, 1);
        let (header, payload) = &mut records[at];
        change_columns(payload, &mut Numbers(seed));
        let facts = ChunkFacts {
            rows: header.rows,
            raw_bytes: header.raw_bytes,
        };
        let Ok(decoded) = codec::decode(payload, facts) else {
            return;
        };
        let found = decoded.digest().sum.to_le_bytes();
        payload[16..32].copy_from_slice(&found);
        let at = position(records, RecordKind::RelationEnd, 1);
        let mut end: RelationEnd = value(&records[at]);
        end.row_sum.0 = found;
        set(&mut records[at], &end);
        sum.set(Some(found));
    };
    forge_from(base, change, |manifest| {
        if let Some(sum) = sum.get() {
            manifest.relations[0].row_sum.0 = sum;
            manifest.relations[0].chunks[0].row_sum.0 = sum;
        }
    })
}

fn change_columns(payload: &mut [u8], random: &mut Numbers) {
    let columns = usize::from(payload[2]);
    let stored: Vec<usize> = (0..columns)
        .map(|n| u64::from_le_bytes(payload[52 + 28 * n..60 + 28 * n].try_into().unwrap()) as usize)
        .collect();
    for _ in 0..1 + random.below(3) {
        let column = random.below(columns);
        let start = 32 + 28 * columns + stored[..column].iter().sum::<usize>();
        // Most parts are long, and what tells how to read them stands in front of them.
        let within = match random.below(2) {
            0 => stored[column].min(40),
            _ => stored[column],
        };
        let byte = &mut payload[start + random.below(within)];
        *byte = match random.below(3) {
            0 => *byte ^ 1 << random.below(8),
            1 => [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            _ => random.next() as u8,
        };
    }
}

#[test]
fn changed_columns_are_judged_alike() {
    let cases = std::env::var("PGARK_JUDGED").map_or(FEW, |cases| cases.parse().unwrap());
    let bases = [base(binary_table()), base(number_table())];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("changed.pgark");
    let mut whole = 0;
    for case in 0..cases {
        let bytes = changed(&bases[case as usize % bases.len()], case);
        fs::write(&path, &bytes).unwrap();
        let report = verify(&path, VerifyOptions::with_jobs(1), &Job::new()).unwrap();
        let decoded = decoder::decode(&path);
        assert_eq!(
            decoded["result"] == "ok",
            report.is_good(),
            "case {case}: {} but {:?}",
            decoded["what"],
            report.findings
        );
        if report.is_good() {
            whole += 1;
            assert_agrees(&decoded, &path);
        } else {
            let chunk = Archive::open(&path).unwrap().manifest().relations[0].chunks[0].offset;
            assert_eq!(decoded["offset"], chunk, "case {case}");
        }
    }
    assert!(whole > cases / 10 && whole < cases, "{whole} of {cases} were whole");
}
