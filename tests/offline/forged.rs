//! Archives whose checksums and digests are right and whose content is not: made by hand, as an
//! attacker or a faulty writer would make them.

use std::collections::HashMap;
use std::io::Cursor;

use pgark::Job;
use pgark::archive::{Archive, ArchiveError, ArchiveStream, StreamEvent, VerifyOptions, verify_bytes};
use pgark::codec::{self, ChunkFacts, Compression, RowSplitter, encode};
use pgark::format::index::root_digest;
use pgark::format::{Digest, Manifest, RecordHeader, RecordKind, RelationEnd, Scan, ScanItem, Trailer, cbor, scan};
use pgark::model::Catalog;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sample::{self, Table};

pub type Records = Vec<(RecordHeader, Vec<u8>)>;

fn good() -> Vec<u8> {
    let table = |columns, chunks: &[&str]| Table {
        columns,
        chunks: chunks.iter().map(|c| c.as_bytes().to_vec()).collect(),
    };
    let tables = [
        table(2, &["1\ta\n2\tb\n", "3\tc\n", "4\td\n"]),
        table(1, &["x\n"]),
        table(1, &[]),
    ];
    sample::write(&tables, Compression::None, 1 << 30).0
}

pub fn value<T: DeserializeOwned>((header, payload): &(RecordHeader, Vec<u8>)) -> T {
    cbor::decode(&codec::decompress(payload, header.raw_bytes).unwrap()).unwrap()
}

pub fn set<T: Serialize>((header, payload): &mut (RecordHeader, Vec<u8>), value: &T) {
    // Not `cbor::encode`, which would not write what readers refuse.
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    header.raw_bytes = bytes.len() as u64;
    payload.clear();
    codec::compress(&bytes, 3, payload).unwrap();
}

pub fn position(records: &Records, kind: RecordKind, relation: u32) -> usize {
    records
        .iter()
        .position(|(h, _)| h.kind == kind && h.relation == relation)
        .unwrap()
}

/// Changes an archive's records and manifest, then makes every number, checksum and digest right again.
pub fn forge(change: impl Fn(&mut Records), change_manifest: impl Fn(&mut Manifest)) -> Vec<u8> {
    forge_from(&good(), change, change_manifest)
}

/// The same from another archive.
pub fn forge_from(good: &[u8], change: impl Fn(&mut Records), change_manifest: impl Fn(&mut Manifest)) -> Vec<u8> {
    let mut records: Records = Scan::new(good, None)
        .filter_map(|item| match item {
            ScanItem::Record { offset, header } => {
                let payload = scan::payload(good, offset, &header).to_vec();
                Some((header, payload))
            }
            _ => None,
        })
        .collect();
    let mut last = records.pop().unwrap();
    let mut manifest: Manifest = value(&last);
    change(&mut records);
    add_up_lengths(&mut records);

    let mut bytes = good[..128].to_vec();
    let mut moved = HashMap::new();
    for (sequence, (header, payload)) in (0u64..).zip(&mut records) {
        moved.insert(
            header.sequence,
            (sequence, bytes.len() as u64, header.clone(), payload.clone()),
        );
        append(&mut bytes, sequence, header, payload);
    }
    manifest.records.retain(|r| moved.contains_key(&r.sequence));
    for r in &mut manifest.records {
        let (sequence, offset, header, payload) = &moved[&r.sequence];
        (r.sequence, r.offset, r.raw_bytes) = (*sequence, *offset, header.raw_bytes);
        (r.stored_bytes, r.blake3) = (payload.len() as u64, Digest(*blake3::hash(payload).as_bytes()));
        (r.kind, r.relation) = (header.kind as u8, header.relation);
    }
    manifest.records.sort_by_key(|r| r.sequence);
    for chunk in manifest.relations.iter_mut().flat_map(|r| &mut r.chunks) {
        let (sequence, offset, header, payload) = &moved[&chunk.sequence];
        (chunk.sequence, chunk.offset) = (*sequence, *offset);
        (chunk.chunk, chunk.rows, chunk.raw_bytes) = (header.chunk, header.rows, header.raw_bytes);
        (chunk.stored_bytes, chunk.blake3) = (payload.len() as u64, Digest(*blake3::hash(payload).as_bytes()));
    }
    for relation in &mut manifest.relations {
        relation.raw_bytes = relation.chunks.iter().map(|chunk| chunk.raw_bytes).sum();
        relation.stored_bytes = relation.chunks.iter().map(|chunk| chunk.stored_bytes).sum();
    }
    manifest.raw_bytes = manifest.relations.iter().map(|relation| relation.raw_bytes).sum();
    manifest.stored_bytes = manifest.relations.iter().map(|relation| relation.stored_bytes).sum();
    change_manifest(&mut manifest);

    set(&mut last, &manifest);
    let manifest_offset = bytes.len() as u64;
    append(&mut bytes, records.len() as u64, &mut last.0, &last.1);
    let cbor = codec::decompress(&last.1, last.0.raw_bytes).unwrap();
    let trailer = Trailer {
        manifest_offset,
        manifest_bytes: bytes.len() as u64 - manifest_offset,
        archive_bytes: bytes.len() as u64 + 96,
        records: records.len() as u64 + 1,
        archive_id: sample::id(),
        root_digest: root_digest(&bytes[..128], &cbor),
    };
    bytes.extend(trailer.encode());
    bytes
}

/// Makes relation ends say how long their relations' chunks are.
fn add_up_lengths(records: &mut Records) {
    let mut lengths: HashMap<u32, (u64, u64)> = HashMap::new();
    for (header, payload) in records.iter().filter(|(header, _)| header.kind == RecordKind::Chunk) {
        let (raw, stored) = lengths.entry(header.relation).or_default();
        *raw += header.raw_bytes;
        *stored += payload.len() as u64;
    }
    for record in records
        .iter_mut()
        .filter(|(header, _)| header.kind == RecordKind::RelationEnd)
    {
        let mut end: RelationEnd = value(record);
        (end.raw_bytes, end.stored_bytes) = lengths.get(&end.relation).copied().unwrap_or_default();
        set(record, &end);
    }
}

fn append(bytes: &mut Vec<u8>, sequence: u64, header: &mut RecordHeader, payload: &[u8]) {
    header.sequence = sequence;
    header.stored_bytes = payload.len() as u64;
    header.payload_crc = crc32fast::hash(payload);
    bytes.extend(header.encode());
    bytes.extend(payload);
}

fn open(bytes: &[u8]) -> Result<(), ArchiveError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("forged.pgark");
    std::fs::write(&path, bytes).unwrap();
    let archive = Archive::open(&path)?;
    archive
        .manifest()
        .chunks()
        .try_for_each(|chunk| archive.chunk(chunk).map(drop))
}

fn stream(bytes: &[u8]) -> Result<(), ArchiveError> {
    let mut stream = ArchiveStream::new(Cursor::new(bytes.to_vec()), "forged")?;
    while let Some(event) = stream.next()? {
        if let StreamEvent::Chunk(chunk) = event {
            chunk.decode()?;
        }
    }
    Ok(())
}

fn verified(bytes: &[u8]) -> bool {
    let report = verify_bytes(bytes, "forged", VerifyOptions::with_jobs(1), &Job::new()).unwrap();
    assert!(report.complete);
    report.is_good()
}

fn assert_all_refuse(bytes: &[u8]) {
    assert!(matches!(open(bytes), Err(ArchiveError::Damaged { .. })), "open");
    assert!(matches!(stream(bytes), Err(ArchiveError::Damaged { .. })), "stream");
    assert!(!verified(bytes), "verify");
}

fn assert_all_accept(bytes: &[u8]) {
    open(bytes).unwrap();
    stream(bytes).unwrap();
    assert!(verified(bytes));
}

#[test]
fn an_archive_that_is_taken_apart_and_put_together_is_the_same() {
    let bytes = forge(|_| (), |_| ());
    assert!(bytes == good());
    assert_all_accept(&bytes);
}

#[test]
fn unknown_keys_are_skipped() {
    #[derive(Serialize)]
    struct Newer {
        database: &'static str,
        invented: HashMap<&'static str, (f64, Vec<Option<bool>>)>,
    }
    let newer = Newer {
        database: "x",
        invented: HashMap::from([("k", (1.5, vec![None, Some(true)]))]),
    };
    assert_all_accept(&forge(|records| set(&mut records[0], &newer), |_| ()));
}

#[test]
fn hostile_catalogs_are_refused() {
    let changes: [fn(&mut Catalog); 9] = [
        |c| c.entries[0].depends_on = vec![2],
        |c| c.entries[1].depends_on = vec![2],
        |c| c.entries[1].depends_on = vec![0],
        |c| c.entries[1].id = 1,
        |c| c.entries[1].parent = Some(4),
        |c| c.relations[0].id = 2,
        |c| c.relations[0].entry = Some(u32::MAX),
        |c| c.relations[0].references = vec![4],
        |c| c.relations[0].columns = vec![c.relations[0].columns[0].clone(); 1665],
    ];
    for change in changes {
        let changed = |records: &mut Records| {
            let mut catalog: Catalog = value(&records[1]);
            change(&mut catalog);
            set(&mut records[1], &catalog);
        };
        assert_all_refuse(&forge(changed, |_| ()));
    }
}

#[test]
fn other_columns_than_the_catalogs_are_refused() {
    let changed = |records: &mut Records| {
        let mut catalog: Catalog = value(&records[1]);
        catalog.relations[0].columns.pop();
        set(&mut records[1], &catalog);
    };
    assert_all_refuse(&forge(changed, |_| ()));
}

#[test]
fn records_out_of_order_are_refused() {
    assert_all_refuse(&forge(|records| records.swap(0, 1), |_| ()));
    let chunks_swapped = |records: &mut Records| {
        let chunks: Vec<_> = (0..records.len())
            .filter(|n| records[*n].0.kind == RecordKind::Chunk && records[*n].0.relation == 1)
            .collect();
        records.swap(chunks[0], chunks[1]);
    };
    assert_all_refuse(&forge(chunks_swapped, |_| ()));
    let end_first = |records: &mut Records| {
        let end = records.remove(position(records, RecordKind::RelationEnd, 1));
        records.insert(2, end);
    };
    assert_all_refuse(&forge(end_first, |_| ()));
}

#[test]
fn a_relation_that_is_missing_or_ends_twice_is_refused() {
    let missing = |records: &mut Records| {
        records.remove(position(records, RecordKind::RelationEnd, 3));
    };
    assert_all_refuse(&forge(missing, |m| drop(m.relations.pop())));
    let twice = |records: &mut Records| {
        let mut end = records[position(records, RecordKind::RelationEnd, 3)].clone();
        end.0.sequence = 1000;
        records.push(end);
    };
    let list_it = |m: &mut Manifest| {
        let mut end = m.records.last().unwrap().clone();
        end.sequence += 1;
        end.offset += 64 + end.stored_bytes;
        m.records.push(end);
    };
    assert_all_refuse(&forge(twice, list_it));
}

#[test]
fn manifests_that_do_not_add_up_are_refused() {
    let changes: [fn(&mut Manifest); 10] = [
        |m| m.rows += 1,
        |m| {
            m.relations[0].rows += 1;
            m.rows += 1;
        },
        |m| m.relations[0].row_sum.0[0] ^= 1,
        |m| m.relations[0].streams += 1,
        |m| m.relations.swap(0, 1),
        |m| m.archives.clear(),
        |m| m.archives.push(sample::id()),
        |m| m.relations[0].chunks[0].archive = 1,
        |m| m.relations[0].chunks[0].first_page = Some(5),
        |m| m.relations[0].chunks[1].relation = u32::MAX,
    ];
    for (n, change) in changes.into_iter().enumerate() {
        println!("change {n}");
        assert_all_refuse(&forge(|_| (), change));
    }
}

#[test]
fn reserved_record_kinds_are_refused() {
    let changed = |records: &mut Records| {
        let at = position(records, RecordKind::SequenceState, 0);
        records[at].0.kind = RecordKind::LargeObjects;
    };
    assert_all_refuse(&forge(changed, |_| ()));
}

#[test]
fn values_that_would_shift_columns_are_refused() {
    let changed = |records: &mut Records| {
        let chunk = position(records, RecordKind::Chunk, 1);
        let payload = &mut records[chunk].1;
        let at = payload.len() - 2;
        payload[at] = b'\t';
    };
    assert_all_refuse(&forge(changed, |_| ()));
}

#[test]
fn rows_that_are_not_what_their_digest_says_are_found_by_verify() {
    let changed = |records: &mut Records| {
        let chunk = position(records, RecordKind::Chunk, 1);
        let payload = &mut records[chunk].1;
        let at = payload.len() - 2;
        payload[at] = b'!';
    };
    let bytes = forge(changed, |_| ());
    // Whoever made the digests over it anew is believed by readers that do not hash rows.
    open(&bytes).unwrap();
    stream(&bytes).unwrap();
    assert!(!verified(&bytes));
}

#[test]
fn a_relation_end_with_another_sum_is_refused() {
    let changed = |records: &mut Records| {
        let at = position(records, RecordKind::RelationEnd, 1);
        let mut end: RelationEnd = value(&records[at]);
        end.row_sum.0[3] ^= 1;
        set(&mut records[at], &end);
    };
    assert_all_refuse(&forge(changed, |_| ()));
}

#[test]
fn decompression_bombs_are_refused() {
    let mut splitter = RowSplitter::new(1);
    splitter.push(&[vec![b'x'; 32 << 20], vec![b'\n']].concat()).unwrap();
    let chunk = encode(&splitter.take(), None, Compression::Zstd(1)).unwrap();
    assert!(chunk.payload.len() < 1 << 20);
    for raw_bytes in [1, 1 << 10, (32 << 20) - 1, u64::MAX] {
        assert!(codec::decode(&chunk.payload, ChunkFacts { rows: 1, raw_bytes }).is_err());
    }
}
