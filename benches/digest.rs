//! Throughput of content digests, in bytes of COPY text: XXH3 of each row, added up.
//!
//! By the length of rows: short ones cost their calls, long ones their bytes.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pgark::codec::TextDigester;

const BYTES: usize = 16 << 20;
/// Bytes that arrive at once.
const PIECE_BYTES: usize = 64 << 10;

fn rows(length: usize) -> Vec<u8> {
    let mut data: Vec<u8> = (0..BYTES).map(|at| b'a' + (at % 23) as u8).collect();
    for end in data.chunks_mut(length) {
        if let Some(last) = end.last_mut() {
            *last = b'\n';
        }
    }
    data
}

fn digest(c: &mut Criterion) {
    let mut group = c.benchmark_group("digest");
    group
        .throughput(Throughput::Bytes(BYTES as u64))
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    for length in [16, 128, 1024, 16 << 10] {
        let data = rows(length);
        group.bench_with_input(BenchmarkId::new("rows of bytes", length), &data, |b, data| {
            b.iter(|| {
                let mut digester = TextDigester::new();
                data.chunks(PIECE_BYTES)
                    .for_each(|piece| digester.push(piece).expect("short rows"));
                black_box(digester.finish().expect("whole rows"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, digest);
criterion_main!(benches);
