//! What is written is what each reader gives back.

use std::io::Cursor;
use std::sync::atomic::Ordering::Relaxed;

use pgark::Job;
use pgark::archive::{
    Archive, ArchiveError, ArchiveStream, ArchiveWriter, Fault, StreamEvent, VerifyOptions, verify, verify_bytes,
};
use pgark::codec::{Compression, RowSplitter, TextDigester, encode};
use pgark::model::Catalog;
use proptest::prelude::*;

use crate::sample::{self, SharedSink, Table};

fn digests(tables: &[Table]) -> Vec<pgark::codec::RowDigest> {
    let digest = |t: &Table| {
        let mut digester = TextDigester::new();
        t.chunks.iter().rev().for_each(|c| digester.push(c).unwrap());
        digester.finish().unwrap()
    };
    tables.iter().map(digest).collect()
}

fn assert_reads_back(tables: &[Table], bytes: &[u8], summary: &pgark::archive::Summary) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.pgark");
    std::fs::write(&path, bytes).unwrap();

    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.source(), &sample::source());
    assert_eq!(archive.catalog(), &sample::catalog(tables));
    assert_eq!(archive.sequences(), sample::sequences());
    assert_eq!(&archive.summary(), summary);
    assert_eq!(archive.bytes(), bytes.len() as u64);
    for (table, relation) in tables.iter().zip(1u32..) {
        let known = archive.manifest().relation(relation).unwrap();
        assert_eq!(known.streams, relation);
        let mut chunks = Vec::new();
        for chunk in &known.chunks {
            let mut text = Vec::new();
            archive.chunk(chunk).unwrap().write_copy_data(&mut text);
            chunks.push(text);
        }
        assert!(chunks == table.chunks);
    }
    for (digest, relation) in digests(tables).into_iter().zip(&summary.relations) {
        assert_eq!(digest, relation.digest);
    }

    let mut stream = ArchiveStream::new(Cursor::new(bytes.to_vec()), "the stream").unwrap();
    let mut chunks = vec![Vec::new(); tables.len()];
    let mut ends = 0;
    let mut last = None;
    while let Some(event) = stream.next().unwrap() {
        match event {
            StreamEvent::Source(source) => assert_eq!(source, sample::source()),
            StreamEvent::Catalog(catalog) => assert_eq!(catalog, sample::catalog(tables)),
            StreamEvent::Chunk(chunk) => {
                let mut text = Vec::new();
                chunk.decode().unwrap().write_copy_data(&mut text);
                chunks[chunk.relation as usize - 1].push(text);
            }
            StreamEvent::RelationEnd { relation, rows, digest } => {
                assert_eq!(rows, digest.rows);
                assert_eq!(digest, summary.relations[relation as usize - 1].digest);
                ends += 1;
            }
            StreamEvent::Sequences(states) => assert_eq!(states, sample::sequences()),
            StreamEvent::End(end) => last = Some(end),
        }
    }
    assert_eq!(ends, tables.len());
    assert_eq!(last.as_ref(), Some(summary));
    assert!(stream.next().unwrap().is_none());
    assert!(tables.iter().zip(chunks).all(|(t, c)| t.chunks == c));

    let report = verify(&path, VerifyOptions::default(), &Job::new()).unwrap();
    assert_eq!(report.findings, []);
    assert!(report.is_good());
    assert_eq!(report.root_digest, Some(summary.root_digest));
    assert_eq!(
        (report.rows, report.raw_bytes, report.stored_bytes),
        (summary.rows, summary.raw_bytes, summary.stored_bytes)
    );
    assert_eq!(report.relations, tables.len() as u64);
}

#[test]
fn every_reader_gives_back_what_was_written() {
    let tables = sample::varied_tables(20_000);
    for (compression, interval) in [
        (Compression::Zstd(1), 1 << 30),
        (Compression::None, 100_000),
        (Compression::Zstd(3), 1),
    ] {
        let (bytes, summary) = sample::write(&tables, compression, interval);
        assert_reads_back(&tables, &bytes, &summary);
    }
}

#[test]
fn an_archive_without_relations_is_complete() {
    let (bytes, summary) = sample::write(&[], Compression::Zstd(1), 1 << 30);
    assert_reads_back(&[], &bytes, &summary);
}

#[test]
fn equal_input_gives_equal_bytes() {
    let tables = sample::varied_tables(1000);
    assert_eq!(
        sample::write(&tables, Compression::Zstd(1), 1 << 30),
        sample::write(&tables, Compression::Zstd(1), 1 << 30)
    );
}

#[test]
fn progress_reaches_the_end() {
    let (bytes, _) = sample::write(&sample::varied_tables(1000), Compression::Zstd(1), 1 << 30);
    let job = Job::new();
    let report = verify_bytes(&bytes, "x", VerifyOptions::with_jobs(3), &job);
    assert!(report.unwrap().is_good());
    let progress = job.progress();
    assert_eq!(progress.total.load(Relaxed), bytes.len() as u64);
    assert_eq!(progress.done.load(Relaxed) + 96, bytes.len() as u64);
}

fn fault<T>(result: Result<T, ArchiveError>) -> Fault {
    match result {
        Err(ArchiveError::Refused { fault }) => fault,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn the_writer_refuses_what_no_reader_would_accept() {
    let tables = [Table {
        columns: 2,
        chunks: Vec::new(),
    }];
    let begin = || {
        let mut writer = ArchiveWriter::create(Box::new(SharedSink::default()), &sample::source()).unwrap();
        writer.catalog(&sample::catalog(&tables)).unwrap();
        writer
    };
    let chunk = |columns: usize, data: &[u8]| {
        let mut splitter = RowSplitter::new(columns);
        splitter.push(data).unwrap();
        encode(&splitter.take(), None, Compression::None).unwrap()
    };
    let mut writer = begin();
    assert_eq!(
        fault(writer.chunk(2, chunk(2, b"1\t2\n"))),
        Fault::UnknownRelation { relation: 2 }
    );
    assert!(matches!(fault(writer.chunk(1, chunk(1, b"1\n"))), Fault::Number { .. }));
    assert_eq!(fault(writer.finish()), Fault::RelationNotEnded { relation: 1 });
    let mut writer = begin();
    writer.relation_end(1, 1).unwrap();
    assert_eq!(
        fault(writer.chunk(1, chunk(2, b"1\t2\n"))),
        Fault::RelationEnded { relation: 1 }
    );
    assert!(matches!(
        fault(begin().catalog(&Catalog::default())),
        Fault::Repeated { .. }
    ));
    let mut early = ArchiveWriter::create(Box::new(SharedSink::default()), &sample::source()).unwrap();
    assert!(matches!(fault(early.sequences(&[])), Fault::Order { .. }));
}

fn tables() -> impl Strategy<Value = Vec<Table>> {
    let value = prop_oneof![
        "[a-z0-9]{0,8}",
        Just("\\N".to_owned()),
        Just("a\\\\b\\tc\\n".to_owned()),
        "[^\t\n\\\\]{0,20}"
    ];
    let table = (0usize..5).prop_flat_map(move |columns| {
        let row = proptest::collection::vec(value.clone(), columns).prop_map(|v| v.join("\t") + "\n");
        let chunk = proptest::collection::vec(row, 0..20).prop_map(|rows| rows.concat().into_bytes());
        proptest::collection::vec(chunk, 0..4).prop_map(move |chunks| Table { columns, chunks })
    });
    proptest::collection::vec(table, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tables_round_trip(tables in tables(), plain: bool, interval in 1u64..5000) {
        let compression = if plain { Compression::None } else { Compression::Zstd(1) };
        let (bytes, summary) = sample::write(&tables, compression, interval);
        assert_reads_back(&tables, &bytes, &summary);
    }
}
