//! Throughput of whole archives in memory, in bytes of COPY data: write, verify, stream.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pgark::Job;
use pgark::archive::{ArchiveStream, ArchiveWriter, StreamEvent, VerifyOptions, verify_bytes};
use pgark::codec::{CHUNK_TARGET_BYTES, Compression, EncodedChunk, RowSplitter, encode};
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Relation, Source};
use tpchgen::generators::OrderGenerator;

const COLUMNS: usize = 9;

/// Chunks of 8 MiB of rows like TPC-H's `orders`.
fn chunks() -> Vec<EncodedChunk> {
    let mut splitter = RowSplitter::new(COLUMNS);
    let mut chunks = Vec::new();
    for row in OrderGenerator::new(0.3, 1, 1).iter() {
        let line = row.to_string().trim_end_matches('|').replace('|', "\t") + "\n";
        splitter
            .push(line.as_bytes())
            .expect("generated rows have as many columns as they should");
        if splitter.raw_bytes() >= CHUNK_TARGET_BYTES {
            chunks.push(encode(&splitter.take(), None, Compression::Zstd(1)).expect("a chunk of 8 MiB"));
        }
    }
    chunks
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn write(chunks: &[EncodedChunk]) -> Vec<u8> {
    let columns = (0..COLUMNS)
        .map(|n| CopyColumn {
            name: format!("c{n}"),
            ..CopyColumn::default()
        })
        .collect();
    let catalog = Catalog {
        relations: vec![Relation {
            id: 1,
            columns,
            ..Relation::default()
        }],
        ..Catalog::default()
    };
    let sink = Sink::default();
    let mut writer = ArchiveWriter::create(Box::new(sink.clone()), &Source::default()).expect("memory");
    writer.catalog(&catalog).expect("memory");
    for chunk in chunks {
        writer.chunk(1, chunk.clone()).expect("memory");
    }
    writer.relation_end(1, 1).expect("memory");
    writer.finish().expect("memory");
    std::mem::take(&mut sink.0.lock().expect("one thread"))
}

fn archive(c: &mut Criterion) {
    let chunks = chunks();
    let raw: u64 = chunks.iter().map(|c| c.raw_len).sum();
    let bytes = write(&chunks);
    let mut group = c.benchmark_group("archive");
    group
        .throughput(Throughput::Bytes(raw))
        .sample_size(10)
        .measurement_time(Duration::from_secs(3));
    group.bench_function("write", |b| b.iter(|| write(&chunks)));
    for jobs in [1, 2] {
        group.bench_function(format!("verify, {jobs} threads"), |b| {
            b.iter(|| {
                let report =
                    verify_bytes(&bytes, "bench", VerifyOptions::with_jobs(jobs), &Job::new()).expect("an archive");
                assert!(report.is_good());
            });
        });
    }
    group.bench_function("stream and decode, 1 thread", |b| {
        b.iter(|| {
            let mut stream = ArchiveStream::new(Cursor::new(bytes.clone()), "bench").expect("an archive");
            while let Some(event) = stream.next().expect("an archive") {
                if let StreamEvent::Chunk(chunk) = event {
                    chunk.decode().expect("a good chunk");
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, archive);
criterion_main!(benches);
