//! Throughput of the chunk codec on rows like TPC-H's `lineitem`, in bytes of COPY data.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pgark::codec::{CHUNK_TARGET_BYTES, ChunkFacts, Compression, RawChunk, RowSplitter, TextDigester, decode, encode};
use tpchgen::generators::LineItemGenerator;

/// About 8 MiB of COPY data with 16 columns.
fn lineitem() -> Vec<u8> {
    let rows = LineItemGenerator::new(0.02, 1, 1).iter();
    let mut data = Vec::new();
    for row in rows {
        // The generator prints fields with a bar after each.
        let line = row.to_string();
        data.extend(
            line.trim_end_matches('|')
                .bytes()
                .map(|b| if b == b'|' { b'\t' } else { b }),
        );
        data.push(b'\n');
        if data.len() >= CHUNK_TARGET_BYTES {
            break;
        }
    }
    data
}

const COLUMNS: usize = 16;

fn split(data: &[u8]) -> RawChunk {
    let mut splitter = RowSplitter::new(COLUMNS);
    splitter
        .push(data)
        .expect("generated rows have as many columns as they should");
    splitter.take()
}

fn codec(c: &mut Criterion) {
    let data = lineitem();
    let chunk = split(&data);
    let encoded = encode(&chunk, None, Compression::Zstd(1)).expect("a chunk of 8 MiB");
    let facts = ChunkFacts {
        rows: encoded.rows,
        raw_bytes: encoded.raw_len,
    };
    let decoded = decode(&encoded.payload, facts).expect("what was encoded");
    let mut group = c.benchmark_group("codec");
    group
        .throughput(Throughput::Bytes(data.len() as u64))
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    group.bench_function("split, 256 KiB pieces", |b| {
        let mut splitter = RowSplitter::new(COLUMNS);
        b.iter(|| {
            data.chunks(256 << 10)
                .for_each(|piece| splitter.push(piece).expect("whole columns"));
            let chunk = splitter.take();
            splitter.recycle(chunk);
        });
    });
    group.bench_function("split, row by row", |b| {
        let mut splitter = RowSplitter::new(COLUMNS);
        b.iter(|| {
            data.split_inclusive(|byte| *byte == b'\n')
                .for_each(|row| splitter.push(row).expect("whole columns"));
            let chunk = splitter.take();
            splitter.recycle(chunk);
        });
    });
    group.bench_function("digest text", |b| {
        b.iter(|| {
            let mut digester = TextDigester::new();
            data.chunks(256 << 10)
                .for_each(|piece| digester.push(piece).expect("short rows"));
            black_box(digester.finish().expect("whole rows"))
        });
    });
    group.bench_function("encode, zstd 1", |b| {
        b.iter(|| encode(&chunk, None, Compression::Zstd(1)))
    });
    group.bench_function("encode, plain", |b| b.iter(|| encode(&chunk, None, Compression::None)));
    group.bench_function("decode", |b| b.iter(|| decode(&encoded.payload, facts)));
    group.bench_function("decoded to COPY text", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            let mut pieces = decoded.pieces();
            while pieces.next_into(&mut out) {
                black_box(&out);
                out.clear();
            }
        });
    });
    group.bench_function("decoded to digest", |b| b.iter(|| decoded.digest()));
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
