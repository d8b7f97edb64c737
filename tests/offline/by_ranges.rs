//! Archives in a source that gives copies of ranges: they are judged as a mapped file is, and read in few pieces.

use std::borrow::Cow;
use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pgark::Job;
use pgark::archive::{Archive, ArchiveError, ArchiveId, Salvage, VerifyOptions, verify, verify_over};
use pgark::codec::Compression;
use pgark::format::record::RECORD_HEADER_BYTES;
use pgark::read_at::ReadAt;

use crate::mutate::{self, ACTIONS, at_random, damaged, parts};
use crate::sample::{self, Numbers, SharedSink, Table};

const ONE: VerifyOptions = VerifyOptions::with_jobs(1);

/// Gives copies, and keeps account of them.
#[derive(Default)]
struct Copies {
    bytes: Vec<u8>,
    piece: usize,
    reads: Mutex<Vec<Range<u64>>>,
    announced: Mutex<Vec<Range<u64>>>,
    /// How many reads are good; `None` is all.
    good: Option<AtomicUsize>,
    /// A read that is not good gives a byte less, and does not fail.
    is_short: bool,
}

impl Copies {
    fn new(bytes: &[u8], piece: usize) -> Self {
        Self {
            bytes: bytes.to_vec(),
            piece,
            ..Self::default()
        }
    }

    fn take_reads(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

impl ReadAt for Copies {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        self.reads.lock().unwrap().push(range.clone());
        let mut read = self.bytes[range.start as usize..range.end as usize].to_vec();
        let one_less = |left: usize| left.checked_sub(1);
        let is_good = |good: &AtomicUsize| {
            good.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok()
        };
        match self.good.as_ref().is_none_or(is_good) {
            true => {}
            false if self.is_short => drop(read.pop()),
            false => return Err(io::ErrorKind::ConnectionReset.into()),
        }
        Ok(Cow::Owned(read))
    }

    fn piece_bytes(&self) -> usize {
        self.piece
    }

    fn will_read(&self, ranges: &[Range<u64>]) {
        self.announced.lock().unwrap().extend_from_slice(ranges);
    }
}

fn words<T: Debug>(result: Result<T, ArchiveError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("refused: {error}"),
    }
}

/// All that a reader of chunks is told.
fn of_archive(archive: Result<Archive, ArchiveError>) -> String {
    words(archive.map(|archive| {
        let chunk = |chunk| {
            words(archive.chunk(chunk).map(|decoded| {
                let mut text = Vec::new();
                decoded.write_copy_data(&mut text);
                text
            }))
        };
        let chunks: Vec<_> = archive.manifest().chunks().map(chunk).collect();
        (archive.summary(), archive.source().clone(), chunks)
    }))
}

fn of_salvage(salvage: Result<Salvage, ArchiveError>) -> String {
    words(salvage.and_then(|salvage| {
        let found = format!("{:?}", (salvage.losses(), salvage.findings(), salvage.missing()));
        let written = salvage.write(Box::new(SharedSink::default()), &Job::new())?;
        Ok((found, written.relations))
    }))
}

fn assert_judged_alike(path: &Path, bytes: &[u8], what: &str) {
    std::fs::write(path, bytes).unwrap();
    let name = path.display().to_string();
    let verified = words(verify(path, ONE, &Job::new()));
    let opened = of_archive(Archive::open(path));
    let salvaged = of_salvage(Salvage::open(path, ONE, &Job::new()));
    for piece in [1, 70, 1000] {
        let what = format!("{what}, in pieces of {piece}");
        let copies = Arc::new(Copies::new(bytes, piece));
        assert_eq!(
            words(verify_over(&*copies, &name, ONE, &Job::new())),
            verified,
            "{what}"
        );
        let archive = Archive::over(Arc::clone(&copies) as Arc<dyn ReadAt>, &name);
        assert_eq!(of_archive(archive), opened, "{what}");
        let salvage = Salvage::over(copies, &name, ONE, &Job::new());
        assert_eq!(of_salvage(salvage), salvaged, "{what}");
    }
}

#[test]
fn damage_is_judged_as_in_a_mapped_file() {
    let tables = sample::varied_tables(120);
    let (good, _) = sample::write(&tables, Compression::Zstd(1), 3000);
    let (source, catalog) = (sample::source(), sample::catalog(&tables));
    let id = ArchiveId(*b"quite another id");
    let (other, _) = sample::write_as(id, &source, &catalog, &tables, Compression::Zstd(1), 3000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.pgark");
    assert_judged_alike(&path, &good, "nothing");
    assert_judged_alike(
        &path,
        &[&good[..], b"PGARKEND and more"].concat(),
        "bytes after the end",
    );
    assert_judged_alike(
        &path,
        &[&good[..], &other[..]].concat(),
        "another archive after the end",
    );
    let whole = parts(&good);
    for (number, part) in whole.iter().enumerate() {
        for action in ACTIONS {
            for at in [part.range.start, part.range.start + 5, part.range.end - 1] {
                let bytes = damaged(&good, &whole, number, at, action, &other);
                assert_judged_alike(&path, &bytes, &format!("{action:?} at {at}"));
            }
        }
    }
    for seed in 0..mutate::count(60) {
        let (what, bytes) = at_random(&good, &other, seed);
        assert_judged_alike(&path, &bytes, &what);
    }
}

#[test]
fn vectors_are_judged_as_in_a_mapped_file() {
    let dir = tempfile::tempdir().unwrap();
    let vectors = crate::vector_list::vectors();
    assert!(vectors.len() > 20, "{} vectors", vectors.len());
    for vector in vectors {
        assert_judged_alike(&dir.path().join("a.pgark"), &vector.bytes, vector.name);
    }
}

/// An archive of two tables with so many chunks each, of about 130 kB of text.
fn large(chunks: usize, checkpoint_interval: u64) -> Vec<u8> {
    let mut numbers = Numbers(5);
    let mut row = || format!("{:016x}{:016x}\n", numbers.next(), numbers.next());
    let mut chunk = || (0..4000).map(|_| row()).collect::<String>().into_bytes();
    let mut table = || Table {
        columns: 1,
        chunks: (0..chunks).map(|_| chunk()).collect(),
    };
    let tables = [table(), table()];
    sample::write(&tables, Compression::Zstd(1), checkpoint_interval).0
}

#[test]
fn opening_and_reading_a_chunk_take_few_reads_however_large_the_archive_is() {
    for chunks in [15, 30] {
        let bytes = large(chunks, 1 << 30);
        let len = bytes.len() as u64;
        assert!(len > 3 << 19, "{len}");
        let copies = Arc::new(Copies::new(&bytes, 1 << 20));
        let archive = Archive::over(Arc::clone(&copies) as Arc<dyn ReadAt>, "x").unwrap();
        assert_eq!(
            copies.take_reads(),
            [0..256 << 10, len - (1 << 20)..len],
            "{chunks} chunks"
        );
        let chunk = archive.manifest().chunks().nth(7).unwrap();
        archive.chunk(chunk).unwrap();
        let end = chunk.offset + RECORD_HEADER_BYTES as u64 + chunk.stored_bytes;
        assert_eq!(copies.take_reads(), vec![chunk.offset..end; 1]);
    }
}

#[test]
fn records_elsewhere_are_announced_and_then_read() {
    // There are checkpoints between the beginning and the end.
    let bytes = large(30, 500_000);
    let copies = Arc::new(Copies::new(&bytes, 1 << 20));
    Archive::over(Arc::clone(&copies) as Arc<dyn ReadAt>, "x").unwrap();
    let reads = copies.take_reads();
    assert!((3..10).contains(&reads.len()), "{reads:?}");
    assert_eq!(*copies.announced.lock().unwrap(), reads);
    let read: u64 = reads[2..].iter().map(|range| range.end - range.start).sum();
    assert!(read < 100_000, "{read}");
}

#[test]
fn verifying_reads_each_byte_once_from_front_to_back_in_pieces() {
    let bytes = large(15, 500_000);
    for (piece, jobs) in [(16_000, 1), (16_000, 3), (1 << 20, 1), (1 << 20, 3)] {
        let copies = Copies::new(&bytes, piece);
        let report = verify_over(&copies, "x", VerifyOptions::with_jobs(jobs), &Job::new()).unwrap();
        assert!(report.is_good() && report.chunks == 30);
        let reads = copies.take_reads();
        let mut at = 0;
        for read in &reads {
            assert_eq!(read.start, at, "{reads:?}");
            assert!(read.end > at && read.end - at <= piece as u64, "{reads:?}");
            at = read.end;
        }
        assert_eq!(at, bytes.len() as u64);
        // Each chunk ends a piece at most.
        assert!(reads.len() <= bytes.len() / piece + 2 * 30 + 2, "{} reads", reads.len());
    }
}

#[test]
fn an_error_of_the_source_is_no_damage() {
    let (bytes, _) = sample::write(&sample::varied_tables(120), Compression::Zstd(1), 3000);
    let failing = |good: usize, is_short: bool| {
        Arc::new(Copies {
            good: Some(AtomicUsize::new(good)),
            is_short,
            ..Copies::new(&bytes, 500)
        })
    };
    let is_read = |error: Option<ArchiveError>, what: &str| match error {
        Some(ArchiveError::Read { name, .. }) => assert_eq!(name, "x"),
        other => panic!("{what}: {other:?}"),
    };
    let counted = Arc::new(Copies::new(&bytes, 500));
    verify_over(&*counted, "x", ONE, &Job::new()).unwrap();
    let all = counted.take_reads().len();
    assert!(all > 10, "{all}");
    for is_short in [false, true] {
        for good in 0..all {
            for jobs in [1, 3] {
                let verified = verify_over(
                    &*failing(good, is_short),
                    "x",
                    VerifyOptions::with_jobs(jobs),
                    &Job::new(),
                );
                is_read(verified.err(), &format!("verify after {good} reads"));
            }
            let salvage = Salvage::over(failing(good, is_short), "x", ONE, &Job::new());
            is_read(salvage.err(), &format!("salvage after {good} reads"));
        }
        let salvage = Salvage::over(failing(all, is_short), "x", ONE, &Job::new()).unwrap();
        let written = salvage.write(Box::new(SharedSink::default()), &Job::new());
        is_read(written.err(), "the copy of a chunk");
        is_read(Archive::over(failing(0, is_short), "x").err(), "open");
        let archive = Archive::over(failing(1, is_short), "x").unwrap();
        let chunk = archive.manifest().chunks().next().unwrap();
        is_read(archive.chunk(chunk).err(), "a chunk");
    }
}
