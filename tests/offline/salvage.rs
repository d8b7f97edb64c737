//! Salvage keeps all that is whole, nothing else, and says what is lost.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use pgark::Job;
use pgark::archive::{Archive, ArchiveError, Loss, Salvage, VerifyOptions, verify_bytes};
use pgark::codec::Compression;
use pgark::format::header::HEADER_BYTES;
use pgark::format::trailer::TRAILER_BYTES;
use pgark::format::{Header, RecordHeader, RecordKind, Scan, ScanItem};
use pgark::model::Missing;
use tempfile::TempDir;

use crate::sample::{self, Numbers, SharedSink, Table};

const ONE: VerifyOptions = VerifyOptions::with_jobs(1);

pub struct Good {
    pub bytes: Vec<u8>,
    tables: Vec<Table>,
    /// Rows of each chunk, by relation.
    rows: Vec<Vec<u64>>,
    records: Vec<(usize, RecordHeader)>,
    dir: TempDir,
}

pub struct Salvaged {
    bytes: Vec<u8>,
    losses: Vec<Loss>,
    missing: Vec<Missing>,
}

impl Good {
    pub fn new(rows: usize, checkpoint_interval: u64) -> Self {
        let tables = sample::varied_tables(rows);
        let (bytes, _) = sample::write(&tables, Compression::Zstd(1), checkpoint_interval);
        let records: Vec<_> = records(&bytes);
        let rows = (1..=tables.len() as u32)
            .map(|relation| {
                let chunks = records.iter().filter(|(_, header)| header.kind == RecordKind::Chunk);
                chunks
                    .filter(|(_, h)| h.relation == relation)
                    .map(|(_, h)| h.rows)
                    .collect()
            })
            .collect();
        Self {
            bytes,
            tables,
            rows,
            records,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join("broken.pgark");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn salvage(&self, bytes: &[u8]) -> Result<Salvaged, ArchiveError> {
        let salvage = Salvage::open(&self.file(bytes), ONE, &Job::new())?;
        let (losses, missing) = (salvage.losses().to_vec(), salvage.missing().to_vec());
        let sink = SharedSink::default();
        salvage.write(Box::new(sink.clone()), &Job::new())?;
        Ok(Salvaged {
            bytes: sink.bytes(),
            losses,
            missing,
        })
    }

    fn record(&self, number: usize) -> &[u8] {
        let (offset, header) = &self.records[number];
        &self.bytes[*offset..offset + header.record_bytes() as usize]
    }

    /// The archive with these of its records.
    fn with(&self, order: &[usize]) -> Vec<u8> {
        let mut bytes = self.bytes[..HEADER_BYTES].to_vec();
        order.iter().for_each(|n| bytes.extend_from_slice(self.record(*n)));
        bytes.extend_from_slice(&self.bytes[self.bytes.len() - TRAILER_BYTES..]);
        bytes
    }

    /// A salvaged archive is whole, has rows of the good one only, each once, and misses what it says.
    /// `None` where nothing could be salvaged.
    pub fn check(&self, broken: &[u8], what: &str) -> Option<Salvaged> {
        let salvaged = match self.salvage(broken) {
            Ok(salvaged) => salvaged,
            Err(
                ArchiveError::NotSalvageable { .. }
                | ArchiveError::NotAnArchive { .. }
                | ArchiveError::Incomplete { .. },
            ) => return None,
            Err(error) => panic!("{what}: {error}"),
        };
        let report = verify_bytes(&salvaged.bytes, "salvaged", ONE, &Job::new()).unwrap();
        assert!(report.is_good(), "{what}: {:?}", report.findings);
        assert_eq!(report.partial, salvaged.missing, "{what}");
        let path = self.dir.path().join("salvaged.pgark");
        std::fs::write(&path, &salvaged.bytes).unwrap();
        let archive = Archive::open(&path).unwrap();
        for (table, relation) in self.tables.iter().zip(1u32..) {
            self.check_relation(&archive, table, relation, &salvaged.losses, what);
        }
        Some(salvaged)
    }

    fn check_relation(&self, archive: &Archive, table: &Table, relation: u32, losses: &[Loss], what: &str) {
        let what = format!("{what}, relation {relation}");
        // Chunks without columns are all alike, so they are counted.
        let mut left: HashMap<&[u8], usize> = HashMap::new();
        table
            .chunks
            .iter()
            .for_each(|chunk| *left.entry(chunk).or_default() += 1);
        let of_relation = archive.manifest().relation(relation).unwrap();
        for chunk in &of_relation.chunks {
            let mut text = Vec::new();
            archive.chunk(chunk).unwrap().write_copy_data(&mut text);
            let count = left.get_mut(&text[..]).unwrap_or_else(|| panic!("{what}: wrong rows"));
            *count = count.checked_sub(1).unwrap_or_else(|| panic!("{what}: rows twice"));
        }
        let all: u64 = self.rows[relation as usize - 1].iter().sum();
        match losses.iter().find(|loss| loss.relation == relation) {
            None => assert_eq!(of_relation.rows, all, "{what}"),
            Some(loss) => {
                assert_eq!(loss.rows, of_relation.rows, "{what}");
                assert_eq!(loss.chunks as usize, of_relation.chunks.len(), "{what}");
                match loss.maybe_more {
                    true => assert!(loss.rows + loss.lost_rows <= all, "{what}: {loss:?}"),
                    false => assert_eq!(loss.rows + loss.lost_rows, all, "{what}: {loss:?}"),
                }
            }
        }
    }
}

fn records(bytes: &[u8]) -> Vec<(usize, RecordHeader)> {
    Scan::new(bytes, None)
        .filter_map(|item| match item {
            ScanItem::Record { offset, header } => Some((offset, header)),
            _ => None,
        })
        .collect()
}

#[test]
fn of_a_good_archive_nothing_is_lost() {
    let good = Good::new(3000, 5000);
    let salvaged = good.check(&good.bytes, "the good archive").unwrap();
    assert!(salvaged.losses.is_empty() && salvaged.missing.is_empty());
    // Nor without its manifest and trailer: everything has its end.
    let cut = good.records.last().unwrap().0;
    let salvaged = good.check(&good.bytes[..cut], "without a manifest").unwrap();
    assert!(salvaged.losses.is_empty() && salvaged.missing.is_empty());
    // Nor without its header.
    let mut bytes = good.bytes.clone();
    bytes[..HEADER_BYTES].fill(0);
    let salvaged = good.check(&bytes, "without a header").unwrap();
    assert!(salvaged.losses.is_empty());
}

#[test]
fn each_byte_flipped_costs_at_most_its_record() {
    let good = Good::new(12, 300);
    let (catalog, _) = good.records[2];
    for byte in 0..good.bytes.len() {
        let mut bytes = good.bytes.clone();
        bytes[byte] ^= 1 << (byte % 8);
        let what = format!("byte {byte}");
        let salvaged = good.check(&bytes, &what);
        let lost: u32 = salvaged
            .iter()
            .flat_map(|s| &s.losses)
            .map(|loss| loss.lost_chunks)
            .sum();
        match good.records.iter().rev().find(|(offset, _)| *offset <= byte) {
            Some((_, header)) if header.kind == RecordKind::Chunk => assert_eq!(lost, 1, "{what}"),
            Some((offset, _)) if *offset < catalog => assert!(salvaged.is_none(), "{what}"),
            _ => assert!(salvaged.is_some() && lost == 0, "{what}"),
        }
    }
}

#[test]
fn of_a_cut_archive_all_whole_chunks_are_kept() {
    let good = Good::new(3000, 5000);
    let mut numbers = Numbers(5);
    let borders = good.records.iter().flat_map(|(offset, header)| {
        let end = offset + header.record_bytes() as usize;
        [offset - 1, *offset, offset + 1, offset + 64, end - 1, end]
    });
    let random: Vec<_> = (0..60).map(|_| numbers.below(good.bytes.len())).collect();
    for length in borders
        .chain(random)
        .chain([0, 1, HEADER_BYTES - 1, good.bytes.len() - 1])
    {
        let what = format!("cut to {length}");
        let whole = |(offset, header): &&(usize, RecordHeader)| offset + header.record_bytes() as usize <= length;
        let kinds: Vec<_> = good
            .records
            .iter()
            .filter(whole)
            .map(|(_, header)| header.kind)
            .collect();
        let chunks = kinds.iter().filter(|kind| **kind == RecordKind::Chunk).count();
        match good.check(&good.bytes[..length], &what) {
            None => assert!(kinds.len() < 2, "{what}"),
            Some(salvaged) => {
                let kept = records(&salvaged.bytes);
                let kept = kept.iter().filter(|(_, header)| header.kind == RecordKind::Chunk);
                assert_eq!(kept.count(), chunks, "{what}");
                let ends = kinds.iter().filter(|kind| **kind == RecordKind::RelationEnd).count();
                assert_eq!(salvaged.losses.len(), good.tables.len() - ends, "{what}");
            }
        }
    }
}

#[test]
fn lost_repeated_and_swapped_records_are_understood() {
    for checkpoint_interval in [1 << 30, 5000] {
        let good = Good::new(3000, checkpoint_interval);
        let all: Vec<usize> = (0..good.records.len()).collect();
        for n in 0..all.len() {
            let mut without = all.clone();
            without.remove(n);
            let is_chunk = good.records[n].1.kind == RecordKind::Chunk;
            let salvaged = good.check(&good.with(&without), &format!("without record {n}"));
            let lost: u32 = salvaged
                .iter()
                .flat_map(|s| &s.losses)
                .map(|loss| loss.lost_chunks)
                .sum();
            assert_eq!(
                (salvaged.is_some(), lost),
                (n > 1, u32::from(is_chunk)),
                "without record {n}"
            );
            let mut twice = all.clone();
            twice.insert(n, n);
            let mut swapped = all.clone();
            swapped.swap(n.saturating_sub(1), n);
            for (order, what) in [(twice, "twice"), (swapped, "swapped")] {
                let what = format!("record {n} {what}");
                let salvaged = good.check(&good.with(&order), &what).unwrap();
                assert!(salvaged.losses.is_empty() && salvaged.missing.is_empty(), "{what}");
            }
        }
    }
}

#[test]
fn records_of_other_archives_are_not_taken() {
    let good = Good::new(300, 1 << 30);
    let (other, _) = {
        let mut tables = sample::varied_tables(300);
        tables[0].chunks.reverse();
        sample::write(&tables, Compression::None, 1 << 30)
    };
    // With another id the tag says so.
    let mut foreign = other.clone();
    for (offset, header) in records(&other) {
        let header = RecordHeader {
            tag: *b"another!",
            ..header
        };
        foreign[offset..offset + 64].copy_from_slice(&header.encode());
    }
    let position = |bytes: &[u8], relation: u32, chunk: u32| {
        let found = records(bytes);
        let wanted = |h: &RecordHeader| h.kind == RecordKind::Chunk && (h.relation, h.chunk) == (relation, chunk);
        let (offset, header) = found.into_iter().find(|(_, header)| wanted(header)).unwrap();
        offset..offset + header.record_bytes() as usize
    };
    for (donor, what) in [(&foreign, "foreign"), (&other, "of the same id")] {
        let chunk = donor[position(donor, 1, 1)].to_vec();
        let mut spliced = good.bytes.clone();
        spliced.splice(position(&good.bytes, 1, 1), chunk.clone());
        let salvaged = good.check(&spliced, what).unwrap();
        assert_eq!(salvaged.losses.len(), 1, "{what}");
        assert_eq!(
            (salvaged.losses[0].relation, salvaged.losses[0].lost_chunks),
            (1, 1),
            "{what}"
        );
        // Without a manifest, two chunks of one number are no chunk at all, and one that contradicts its
        // relation's end makes all of them doubtful.
        let cut = good.records.last().unwrap().0;
        let mut both = good.bytes[..cut].to_vec();
        both.extend_from_slice(&chunk);
        let salvaged = good.check(&both, what).unwrap();
        let expected = usize::from(what != "foreign");
        assert_eq!(salvaged.losses.len(), expected, "{what}");
        let cut_spliced = &spliced[..spliced.len() - (good.bytes.len() - cut)];
        let salvaged = good.check(cut_spliced, what).unwrap();
        assert_eq!(salvaged.losses.len(), 1, "{what}");
        assert_eq!(salvaged.losses[0].contradicts, what != "foreign", "{what}");
    }
}

#[test]
fn random_damage_never_gives_a_wrong_row() {
    let good = Good::new(2000, 20_000);
    let mut numbers = Numbers(11);
    for round in 0..150 {
        let mut bytes = good.bytes.clone();
        for _ in 0..1 + numbers.below(4) {
            let from = numbers.below(bytes.len());
            let to = (from + 1 + numbers.below(400)).min(bytes.len());
            match numbers.below(4) {
                0 => bytes[from] ^= 1 << numbers.below(8),
                1 => bytes[from..to].fill(0),
                2 => drop(bytes.drain(from..to)),
                _ => {
                    let piece = bytes[from..to].to_vec();
                    let at = numbers.below(bytes.len());
                    bytes.splice(at..at, piece);
                }
            }
        }
        good.check(&bytes, &format!("round {round}"));
    }
}

#[test]
fn what_cannot_be_salvaged_says_why() {
    let good = Good::new(50, 1 << 30);
    let newer = Header {
        format_version: 3,
        reader_version: 2,
        ..Header::new(sample::id())
    };
    let mut bytes = good.bytes.clone();
    bytes[..HEADER_BYTES].copy_from_slice(&newer.encode());
    assert!(matches!(
        good.salvage(&bytes).err(),
        Some(ArchiveError::NewerFormat { .. })
    ));
    for bytes in [&b"PGDMP"[..], &[0; 1000]] {
        assert!(matches!(
            good.salvage(bytes).err(),
            Some(ArchiveError::NotAnArchive { .. })
        ));
    }
    let mut bytes = good.bytes.clone();
    bytes[good.records[1].0 + 70] ^= 1;
    assert_eq!(
        good.salvage(&bytes).err().unwrap().to_string(),
        format!(
            "`{}` cannot be salvaged: its catalog record is lost, without which nobody can tell what its rows are",
            good.dir.path().join("broken.pgark").display()
        )
    );
    assert!(matches!(
        good.salvage(&good.bytes[..100]).err(),
        Some(ArchiveError::Incomplete { .. })
    ));
}

/// Stops the job as soon as anything is written.
struct StoppingSink {
    sink: SharedSink,
    job: Job,
}

impl Write for StoppingSink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.job.stop();
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.sink.flush()
    }
}

#[test]
fn a_stopped_writer_leaves_no_complete_archive() {
    let good = Good::new(300, 1 << 30);
    let salvage = Salvage::open(&good.file(&good.bytes), ONE, &Job::new()).unwrap();
    let sink = SharedSink::default();
    let job = Job::new();
    let stopping = StoppingSink {
        sink: sink.clone(),
        job: job.clone(),
    };
    let stopped = salvage.write(Box::new(stopping), &job);
    assert!(matches!(stopped, Err(ArchiveError::Stopped)));
    assert!(
        !verify_bytes(&sink.bytes(), "stopped", ONE, &Job::new())
            .unwrap()
            .complete
    );
}
