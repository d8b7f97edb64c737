//! Damaged, cut and foreign files: every reader says so, none gives out a wrong row.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::PathBuf;

use pgark::Job;
use pgark::archive::{
    Archive, ArchiveError, ArchiveStream, Fault, StreamEvent, VerifyOptions, VerifyReport, verify, verify_bytes,
};
use pgark::codec::Compression;
use pgark::format::header::HEADER_BYTES;
use pgark::format::trailer::TRAILER_BYTES;
use pgark::format::{Header, RecordHeader, Scan, ScanItem};
use tempfile::TempDir;

use crate::sample::{self, Numbers};

/// A good archive and the rows that are in it.
pub struct Good {
    pub bytes: Vec<u8>,
    /// COPY data of every chunk.
    chunks: HashSet<Vec<u8>>,
    dir: TempDir,
}

impl Good {
    pub fn new(rows: usize, checkpoint_interval: u64) -> Self {
        Self::with(rows, Compression::Zstd(1), checkpoint_interval)
    }

    fn with(rows: usize, compression: Compression, checkpoint_interval: u64) -> Self {
        let tables = sample::varied_tables(rows);
        let (bytes, _) = sample::write(&tables, compression, checkpoint_interval);
        let chunks = tables.into_iter().flat_map(|t| t.chunks).collect();
        Self {
            bytes,
            chunks,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn with_bit_flipped(&self, byte: usize, bit: u8) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes[byte] ^= 1 << bit;
        bytes
    }

    pub fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join("damaged.pgark");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Are these the rows of one of its chunks?
    pub fn has(&self, rows: &[u8]) -> bool {
        self.chunks.contains(rows)
    }

    /// The first error of a reader that wants everything; rows given out before it must be right.
    fn open_error(&self, bytes: &[u8]) -> Option<ArchiveError> {
        let archive = match Archive::open(&self.file(bytes)) {
            Ok(archive) => archive,
            Err(error) => return Some(error),
        };
        let mut first = None;
        for chunk in archive.manifest().chunks() {
            match archive.chunk(chunk) {
                Ok(decoded) => {
                    let mut text = Vec::new();
                    decoded.write_copy_data(&mut text);
                    assert!(self.chunks.contains(&text), "wrong rows given out");
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        first
    }

    /// The same for a reader of a stream.
    pub fn stream_error(&self, bytes: &[u8]) -> Option<ArchiveError> {
        let run = || {
            let mut stream = ArchiveStream::new(Cursor::new(bytes.to_vec()), "the stream")?;
            while let Some(event) = stream.next()? {
                if let StreamEvent::Chunk(chunk) = event {
                    let mut text = Vec::new();
                    chunk.decode()?.write_copy_data(&mut text);
                    assert!(self.chunks.contains(&text), "wrong rows given out");
                }
            }
            Ok(())
        };
        run().err()
    }

    pub fn report(&self, bytes: &[u8]) -> Result<VerifyReport, ArchiveError> {
        verify_bytes(bytes, "x", VerifyOptions::with_jobs(1), &Job::new())
    }

    /// Offsets of the records and their headers.
    fn records(&self) -> Vec<(usize, RecordHeader)> {
        Scan::new(&self.bytes, None)
            .filter_map(|item| match item {
                ScanItem::Record { offset, header } => Some((offset, header)),
                _ => None,
            })
            .collect()
    }

    fn assert_all_refuse(&self, bytes: &[u8], what: &str) {
        assert!(self.open_error(bytes).is_some(), "{what}: open");
        assert!(self.stream_error(bytes).is_some(), "{what}: stream");
        assert!(
            !self.report(bytes).is_ok_and(|report| report.is_good()),
            "{what}: verify"
        );
    }
}

#[test]
fn the_good_archive_is_good() {
    let good = Good::new(3000, 5000);
    assert!(good.open_error(&good.bytes).is_none());
    assert!(good.stream_error(&good.bytes).is_none());
    assert!(good.report(&good.bytes).unwrap().is_good());
}

#[test]
fn every_flipped_bit_of_header_and_trailer_is_found() {
    let good = Good::new(50, 1 << 30);
    let trailer = good.bytes.len() - TRAILER_BYTES;
    for byte in (0..HEADER_BYTES).chain(trailer..good.bytes.len()) {
        for bit in 0..8 {
            let bytes = good.with_bit_flipped(byte, bit);
            good.assert_all_refuse(&bytes, &format!("byte {byte}, bit {bit}"));
            let report = good.report(&bytes).unwrap();
            let offset = if byte < trailer { 0 } else { trailer as u64 };
            assert!(
                report.findings.iter().any(|f| f.offset == offset),
                "byte {byte}: {:?}",
                report.findings
            );
        }
    }
}

#[test]
fn every_flipped_byte_of_a_small_archive_is_found() {
    let good = Good::new(12, 300);
    for byte in 0..good.bytes.len() {
        good.assert_all_refuse(&good.with_bit_flipped(byte, (byte % 8) as u8), &format!("byte {byte}"));
    }
}

#[test]
fn bits_flipped_at_random_places_are_found_where_they_are() {
    let plain = Good::with(30_000, Compression::None, 500_000);
    assert!(plain.bytes.len() > 2 << 20, "{}", plain.bytes.len());
    flip_bits_at_random(&plain, 100);
    flip_bits_at_random(&Good::new(10_000, 50_000), 100);
}

fn flip_bits_at_random(good: &Good, times: usize) {
    let records = good.records();
    let mut numbers = Numbers(1);
    for _ in 0..times {
        let (byte, bit) = (numbers.below(good.bytes.len()), numbers.below(8) as u8);
        let bytes = good.with_bit_flipped(byte, bit);
        let what = format!("byte {byte}, bit {bit}");
        good.assert_all_refuse(&bytes, &what);
        let report = good.report(&bytes).unwrap();
        if let Some((offset, header)) = records.iter().rev().find(|(offset, _)| *offset <= byte)
            && byte < offset + header.record_bytes() as usize
        {
            let at = *offset as u64;
            let found = report
                .findings
                .iter()
                .find(|f| f.offset == at && f.record == Some(header.sequence));
            assert!(
                found.is_some(),
                "{what} in record {}: {:?}",
                header.sequence,
                report.findings
            );
            assert_eq!(report.records as usize, records.len() - usize::from(byte < offset + 64));
        }
    }
}

#[test]
fn all_of_several_damages_are_listed() {
    let good = Good::new(3000, 5000);
    let mut bytes = good.bytes.clone();
    let records = good.records();
    let picked: Vec<_> = records.iter().skip(2).step_by(3).collect();
    for (n, (offset, _)) in picked.iter().enumerate() {
        // By turns in the payload, in the header.
        bytes[offset + if n % 2 == 0 { 70 } else { 20 }] ^= 4;
    }
    let report = good.report(&bytes).unwrap();
    for (offset, header) in picked {
        assert!(
            report
                .findings
                .iter()
                .any(|f| f.offset == *offset as u64 && f.record == Some(header.sequence)),
            "record {} is not among {:#?}",
            header.sequence,
            report.findings
        );
    }
}

#[test]
fn cut_archives_are_incomplete_to_every_reader() {
    let good = Good::new(3000, 5000);
    let records = good.records();
    let mut numbers = Numbers(2);
    let boundaries = records
        .iter()
        .flat_map(|(offset, h)| [*offset, offset + 64, offset + h.record_bytes() as usize]);
    let random: Vec<_> = (0..100).map(|_| numbers.below(good.bytes.len())).collect();
    let ends = [
        0,
        1,
        7,
        8,
        HEADER_BYTES - 1,
        good.bytes.len() - 1,
        good.bytes.len() - TRAILER_BYTES,
    ];
    for length in boundaries.chain(random).chain(ends) {
        let bytes = &good.bytes[..length];
        for error in [good.open_error(bytes), good.stream_error(bytes)] {
            assert!(
                matches!(error, Some(ArchiveError::Incomplete { .. })),
                "{length}: {error:?}"
            );
        }
        let report = good.report(bytes).unwrap();
        assert!(!report.complete && !report.is_good());
        for finding in &report.findings {
            assert!(matches!(finding.what, Fault::Cut { .. }), "{length}: {finding}");
        }
    }
}

#[test]
fn what_is_good_of_an_incomplete_archive_is_counted() {
    let good = Good::new(3000, 5000);
    let records = good.records();
    let (offset, _) = records[8];
    let report = good.report(&good.bytes[..offset + 70]).unwrap();
    assert_eq!((report.complete, report.records), (false, 8));
    assert!(report.rows > 0);
    assert!(matches!(report.findings[..], [ref f] if f.record == Some(8)));
}

#[test]
fn bytes_after_the_trailer_are_damage() {
    let good = Good::new(50, 1 << 30);
    for extra in [vec![0], vec![7; 500], vec![0; 3 << 20], good.bytes.clone()] {
        let bytes = [&good.bytes[..], &extra].concat();
        good.assert_all_refuse(&bytes, &format!("{} bytes more", extra.len()));
        let report = good.report(&bytes).unwrap();
        assert_eq!(
            report.findings[0].what,
            Fault::TrailingBytes {
                bytes: extra.len() as u64
            }
        );
        assert!(matches!(good.stream_error(&bytes), Some(ArchiveError::Damaged { .. })));
    }
}

#[test]
fn missing_repeated_swapped_and_inserted_records_are_found() {
    let good = Good::new(3000, 1 << 30);
    let records = good.records();
    let slice = |n: usize| {
        let (offset, header) = &records[n];
        &good.bytes[*offset..offset + header.record_bytes() as usize]
    };
    let with = |order: &[usize]| {
        let mut bytes = good.bytes[..HEADER_BYTES].to_vec();
        order.iter().for_each(|n| bytes.extend_from_slice(slice(*n)));
        bytes.extend_from_slice(&good.bytes[good.bytes.len() - TRAILER_BYTES..]);
        bytes
    };
    let all: Vec<usize> = (0..records.len()).collect();
    assert!(with(&all) == good.bytes);
    for (n, (offset, _)) in records.iter().enumerate() {
        let mut without = all.clone();
        without.remove(n);
        good.assert_all_refuse(&with(&without), &format!("without record {n}"));
        let mut twice = all.clone();
        twice.insert(n, n);
        good.assert_all_refuse(&with(&twice), &format!("record {n} twice"));
        if n > 0 {
            let mut swapped = all.clone();
            swapped.swap(n - 1, n);
            good.assert_all_refuse(&with(&swapped), &format!("record {n} swapped"));
        }
        let mut inserted = with(&all);
        inserted.splice(offset..offset, [0u8; 3]);
        good.assert_all_refuse(&inserted, &format!("bytes before record {n}"));
    }
}

#[test]
fn a_changed_payload_with_a_right_checksum_is_found() {
    let good = Good::new(3000, 1 << 30);
    for (offset, header) in good.records() {
        let mut bytes = good.bytes.clone();
        let payload = offset + 64..offset + header.record_bytes() as usize;
        let last = payload.end - 1;
        bytes[last] ^= 1;
        let header = RecordHeader {
            payload_crc: crc32fast::hash(&bytes[payload]),
            ..header
        };
        bytes[offset..offset + 64].copy_from_slice(&header.encode());
        // zstd without its own checksum may well accept the byte; the digests do not.
        let Some(error) = good.open_error_any_rows(&bytes) else {
            panic!("record {} was accepted", header.sequence);
        };
        assert!(matches!(error, ArchiveError::Damaged { .. }));
        assert!(!good.report(&bytes).unwrap().is_good());
    }
}

impl Good {
    fn open_error_any_rows(&self, bytes: &[u8]) -> Option<ArchiveError> {
        let archive = match Archive::open(&self.file(bytes)) {
            Ok(archive) => archive,
            Err(error) => return Some(error),
        };
        archive.manifest().chunks().find_map(|chunk| archive.chunk(chunk).err())
    }
}

#[test]
fn a_newer_format_is_named() {
    let good = Good::new(10, 1 << 30);
    let header = Header {
        format_version: 3,
        reader_version: 2,
        ..Header::new(sample::id())
    };
    let mut bytes = good.bytes.clone();
    bytes[..HEADER_BYTES].copy_from_slice(&header.encode());
    let errors = [
        good.open_error(&bytes),
        good.stream_error(&bytes),
        good.report(&bytes).err(),
    ];
    for error in errors {
        assert!(
            matches!(
                error,
                Some(ArchiveError::NewerFormat {
                    format: 3,
                    needed: 2,
                    supported: 1,
                    ..
                })
            ),
            "{error:?}"
        );
        assert!(
            error
                .unwrap()
                .to_string()
                .contains("format version 3 and needs a reader of version 2, this is version 1")
        );
    }
}

#[test]
fn other_files_are_not_archives() {
    let good = Good::new(10, 1 << 30);
    for bytes in [
        &b"PGDMP\x01\x10\x00"[..],
        &[0; 1000],
        b"\x89PNG\r\n\x1a\n",
        b"x",
        &good.bytes[1..],
    ] {
        for error in [
            good.open_error(bytes),
            good.stream_error(bytes),
            good.report(bytes).err(),
        ] {
            assert!(matches!(error, Some(ArchiveError::NotAnArchive { .. })), "{error:?}");
        }
    }
}

#[test]
fn unreadable_paths_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for path in [
        dir.path().join("absent"),
        dir.path().to_owned(),
        PathBuf::from("/dev/null"),
    ] {
        let error = Archive::open(&path).err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with(&format!("cannot read `{}`: ", path.display())),
            "{error}"
        );
        assert!(matches!(
            verify(&path, VerifyOptions::default(), &Job::new()),
            Err(ArchiveError::Read { .. })
        ));
    }
}

#[test]
fn random_bytes_never_panic() {
    let good = Good::new(10, 1 << 30);
    let mut numbers = Numbers(3);
    for round in 0..300 {
        let mut bytes: Vec<u8> = (0..numbers.below(3000)).map(|_| numbers.next() as u8).collect();
        if round % 2 == 0 {
            // Past the header, where the records are looked for.
            bytes = [&good.bytes[..HEADER_BYTES + round], &bytes].concat();
        }
        good.assert_all_refuse(&bytes, "random bytes");
    }
}

#[test]
fn changed_payloads_with_right_checksums_never_panic() {
    let good = Good::new(40, 600);
    let records = good.records();
    let mut numbers = Numbers(4);
    for _ in 0..1000 {
        let (offset, header) = &records[numbers.below(records.len())];
        let payload = offset + 64..offset + header.record_bytes() as usize;
        if payload.is_empty() {
            continue;
        }
        let mut bytes = good.bytes.clone();
        for _ in 0..=numbers.below(4) {
            bytes[payload.start + numbers.below(payload.len())] = numbers.next() as u8;
        }
        let header = RecordHeader {
            payload_crc: crc32fast::hash(&bytes[payload]),
            ..header.clone()
        };
        bytes[*offset..offset + 64].copy_from_slice(&header.encode());
        if bytes == good.bytes {
            continue;
        }
        assert!(!good.report(&bytes).unwrap().is_good());
        assert!(good.open_error_any_rows(&bytes).is_some() || header.kind == pgark::archive::RecordKind::Checkpoint);
    }
}
