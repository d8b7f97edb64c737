//! Archives in parts: taken apart, and put together again with checksums, lengths, digests and numbers made right, so that
//! a change reaches what lies behind the checks.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use pgark::archive::ArchiveId;
use pgark::codec::{self, ChunkFacts};
use pgark::format::index::root_digest;
use pgark::format::{
    ChunkHead, ChunkRef, Digest, Header, Manifest, ManifestRelation, RecordHeader, RecordKind, RecordRef, RelationEnd,
    RowDigest, Scan, ScanItem, Trailer, cbor, scan,
};

pub type Record = (RecordHeader, Vec<u8>);

/// The records of an archive, in order, and its header.
#[derive(Clone)]
pub struct Parts {
    pub header: [u8; 128],
    pub records: Vec<Record>,
}

/// What is made right when an archive is put together; record checksums and lengths always are.
#[derive(Clone, Copy)]
pub struct Repair {
    /// Sequence numbers of records, and numbers of chunks.
    pub numbers: bool,
    /// The sum in each chunk's head.
    pub row_sums: bool,
    /// What relation ends say.
    pub ends: bool,
    /// The manifest is made anew.
    pub manifest: bool,
    /// The trailer fits the manifest.
    pub trailer: bool,
}

impl Repair {
    pub const ALL: Self = Self {
        numbers: true,
        row_sums: true,
        ends: true,
        manifest: true,
        trailer: true,
    };
}

impl Parts {
    /// Whatever records can be found.
    pub fn read(bytes: &[u8]) -> Self {
        let header = bytes
            .first_chunk()
            .copied()
            .filter(|header| Header::decode(header).is_ok());
        let record = |item| match item {
            ScanItem::Record { offset, header } => {
                let payload = scan::payload(bytes, offset, &header).to_vec();
                Some((header, payload))
            }
            _ => None,
        };
        Self {
            header: header.unwrap_or_else(|| Header::new(ID).encode()),
            records: Scan::new(bytes, None).filter_map(record).collect(),
        }
    }

    /// The archive of these parts.
    pub fn write(mut self, repair: Repair) -> Vec<u8> {
        let id = Header::decode(&self.header).map_or(ID, |header| header.archive_id);
        let old_manifest = self.take_manifest();
        if repair.numbers {
            self.number();
        }
        if repair.row_sums {
            self.records.iter_mut().for_each(add_up_rows);
        }
        if repair.ends {
            self.add_up_ends();
        }
        let mut bytes = self.header.to_vec();
        let mut offsets = Vec::new();
        for (header, payload) in &mut self.records {
            header.tag = id.tag();
            offsets.push(bytes.len() as u64);
            append(&mut bytes, header, payload);
        }
        let made = || encoded(&self.manifest(id, &offsets));
        let (mut header, payload) = match old_manifest {
            Some(old) if !repair.manifest => old,
            old => {
                let (payload, raw_bytes) = made();
                let (mut header, _) = old.unwrap_or_else(|| (manifest_header(), Vec::new()));
                header.raw_bytes = raw_bytes;
                (header, payload)
            }
        };
        header.tag = id.tag();
        if repair.numbers {
            header.sequence = self.records.len() as u64;
        }
        let manifest_offset = bytes.len() as u64;
        append(&mut bytes, &mut header, &payload);
        let cbor = codec::decompress(&payload, header.raw_bytes).unwrap_or_default();
        let trailer = Trailer {
            manifest_offset,
            manifest_bytes: bytes.len() as u64 - manifest_offset,
            archive_bytes: bytes.len() as u64 + 96,
            records: header.sequence.saturating_add(1),
            archive_id: id,
            root_digest: root_digest(&self.header, &cbor),
        };
        if repair.trailer {
            bytes.extend(trailer.encode());
        }
        bytes
    }

    /// The last manifest; others stay where they are.
    fn take_manifest(&mut self) -> Option<Record> {
        let at = self
            .records
            .iter()
            .rposition(|(header, _)| header.kind == RecordKind::Manifest)?;
        Some(self.records.remove(at))
    }

    fn number(&mut self) {
        let mut chunks: BTreeMap<u32, u32> = BTreeMap::new();
        for ((header, _), sequence) in self.records.iter_mut().zip(0..) {
            header.sequence = sequence;
            if header.kind == RecordKind::Chunk {
                let next = chunks.entry(header.relation).or_default();
                header.chunk = *next;
                *next += 1;
            }
        }
    }

    /// What the chunks of a relation add up to.
    fn sum_of(&self, relation: u32) -> RelationEnd {
        let mut digest = RowDigest::default();
        let (mut chunks, mut raw_bytes, mut stored_bytes) = (0, 0u64, 0u64);
        let of_relation = |(header, _): &&Record| header.kind == RecordKind::Chunk && header.relation == relation;
        for (header, payload) in self.records.iter().filter(of_relation) {
            digest.merge(digest_of(header, payload));
            chunks += 1;
            raw_bytes = raw_bytes.saturating_add(header.raw_bytes);
            stored_bytes += payload.len() as u64;
        }
        RelationEnd {
            relation,
            rows: digest.rows,
            row_sum: digest.sum_bytes(),
            chunks,
            raw_bytes,
            stored_bytes,
            streams: 1,
        }
    }

    fn add_up_ends(&mut self) {
        for at in 0..self.records.len() {
            let (header, payload) = &self.records[at];
            if header.kind != RecordKind::RelationEnd {
                continue;
            }
            let streams = value::<RelationEnd>(header, payload).map_or(1, |end| end.streams);
            let end = RelationEnd {
                streams,
                ..self.sum_of(header.relation)
            };
            let (header, payload) = &mut self.records[at];
            header.rows = end.rows;
            (*payload, header.raw_bytes) = encoded(&end);
        }
    }

    fn manifest(&self, id: ArchiveId, offsets: &[u64]) -> Manifest {
        let mut relations: BTreeMap<u32, ManifestRelation> = BTreeMap::new();
        let mut records = Vec::new();
        for ((header, payload), offset) in self.records.iter().zip(offsets) {
            let blake3 = Digest(*blake3::hash(payload).as_bytes());
            if header.kind == RecordKind::Chunk {
                let digest = digest_of(header, payload);
                let head = ChunkHead::decode(payload, header.rows, header.raw_bytes).ok();
                let pages = head.and_then(|head| head.pages);
                relation(&mut relations, header.relation).chunks.push(ChunkRef {
                    archive: 0,
                    sequence: header.sequence,
                    offset: *offset,
                    relation: header.relation,
                    chunk: header.chunk,
                    rows: header.rows,
                    raw_bytes: header.raw_bytes,
                    stored_bytes: payload.len() as u64,
                    blake3,
                    row_sum: digest.sum_bytes(),
                    first_page: pages.map(|pages| pages.first),
                    end_page: pages.and_then(|pages| pages.end),
                });
                continue;
            }
            if header.kind == RecordKind::RelationEnd {
                let streams = value::<RelationEnd>(header, payload).map_or(1, |end| end.streams);
                relation(&mut relations, header.relation).streams = streams;
            }
            records.push(RecordRef {
                kind: header.kind as u8,
                sequence: header.sequence,
                offset: *offset,
                relation: header.relation,
                raw_bytes: header.raw_bytes,
                stored_bytes: payload.len() as u64,
                blake3,
            });
        }
        for relation in relations.values_mut() {
            let sum = self.sum_of(relation.relation);
            (relation.rows, relation.row_sum) = (sum.rows, sum.row_sum);
            (relation.raw_bytes, relation.stored_bytes) = (sum.raw_bytes, sum.stored_bytes);
        }
        let relations: Vec<_> = relations.into_values().collect();
        let total = |of: fn(&ManifestRelation) -> u64| relations.iter().map(of).fold(0, u64::saturating_add);
        Manifest {
            archives: vec![id],
            rows: total(|relation| relation.rows),
            raw_bytes: total(|relation| relation.raw_bytes),
            stored_bytes: total(|relation| relation.stored_bytes),
            relations,
            records,
            generated: Vec::new(),
        }
    }
}

fn relation(relations: &mut BTreeMap<u32, ManifestRelation>, id: u32) -> &mut ManifestRelation {
    relations.entry(id).or_insert_with(|| ManifestRelation {
        relation: id,
        rows: 0,
        row_sum: RowDigest::default().sum_bytes(),
        raw_bytes: 0,
        stored_bytes: 0,
        streams: 0,
        chunks: Vec::new(),
    })
}

fn append(bytes: &mut Vec<u8>, header: &mut RecordHeader, payload: &[u8]) {
    header.stored_bytes = payload.len() as u64;
    header.payload_crc = crc32fast::hash(payload);
    bytes.extend(header.encode());
    bytes.extend(payload);
}

fn manifest_header() -> RecordHeader {
    RecordHeader {
        kind: RecordKind::Manifest,
        sequence: 0,
        tag: ID.tag(),
        relation: 0,
        chunk: 0,
        rows: 0,
        raw_bytes: 0,
        stored_bytes: 0,
        payload_crc: 0,
    }
}

/// What a chunk says of its rows.
fn digest_of(header: &RecordHeader, payload: &[u8]) -> RowDigest {
    let sum = payload.get(16..32).and_then(<[u8]>::first_chunk);
    RowDigest {
        rows: header.rows,
        sum: sum.map_or(0, |sum| u128::from_le_bytes(*sum)),
    }
}

/// Puts the right sum into a chunk that can be decoded.
fn add_up_rows((header, payload): &mut Record) {
    let facts = ChunkFacts {
        rows: header.rows,
        raw_bytes: header.raw_bytes,
    };
    if header.kind == RecordKind::Chunk
        && let Ok(chunk) = codec::decode(payload, facts)
    {
        payload[16..32].copy_from_slice(&chunk.digest().sum.to_le_bytes());
    }
}

/// A payload of the value, not held to what readers accept, and how long its CBOR is.
pub fn encoded<T: serde::Serialize>(value: &T) -> (Vec<u8>, u64) {
    let mut cbor = Vec::new();
    ciborium::into_writer(value, &mut cbor).expect("a vector takes everything");
    compressed(&cbor)
}

/// A payload of these bytes, and how many they are.
pub fn compressed(cbor: &[u8]) -> (Vec<u8>, u64) {
    let mut payload = Vec::new();
    codec::compress(cbor, 3, &mut payload).expect("zstd takes everything");
    (payload, cbor.len() as u64)
}

fn value<T: serde::de::DeserializeOwned>(header: &RecordHeader, payload: &[u8]) -> Option<T> {
    cbor::decode(&metadata(header, payload)?).ok()
}

/// The CBOR of a record, if it is not huge.
pub fn metadata(header: &RecordHeader, payload: &[u8]) -> Option<Vec<u8>> {
    match header.raw_bytes {
        0..=0x100_0000 => codec::decompress(payload, header.raw_bytes).ok(),
        _ => None,
    }
}

/// How many bytes come out of a metadata payload, at most one more than its header says.
pub fn content_bytes(header: &RecordHeader, payload: &[u8]) -> u64 {
    let Ok(decoder) = zstd::stream::read::Decoder::with_buffer(payload) else {
        return 0;
    };
    let mut counted = Counter(0);
    // An error comes after what there was.
    let _ = std::io::copy(&mut decoder.take(header.raw_bytes.saturating_add(1)), &mut counted);
    counted.0
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Of the samples, and of archives without a header.
pub const ID: ArchiveId = ArchiveId(*b"an archive's id.");
