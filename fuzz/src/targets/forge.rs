//! Archives in parts: taken apart, changed, and put together again with checksums, lengths, digests and numbers made right,
//! so that a change reaches what lies behind the checks.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, LazyLock, Mutex};

use ciborium::Value;
use pgark::archive::{ArchiveId, ArchiveWriter};
use pgark::codec::{self, BINARY_END, BINARY_HEAD, ChunkFacts, Compression, CopyFormat, Splitter, encode};
use pgark::format::index::root_digest;
use pgark::format::{
    ChunkHead, ChunkRef, CompressionId, Digest, Header, Manifest, ManifestRelation, RecordHeader, RecordKind,
    RecordRef, RelationEnd, RowDigest, Scan, ScanItem, Trailer, cbor, scan,
};
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Entry, Kind, Relation, SequenceState, Source};

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
fn metadata(header: &RecordHeader, payload: &[u8]) -> Option<Vec<u8>> {
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

const ID: ArchiveId = ArchiveId(*b"an archive's id.");

/// A sink that several owners can look at.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("no writer panics").clone()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Two small archives with records of every kind, one plain and one compressed.
pub static SAMPLES: LazyLock<[Parts; 2]> =
    LazyLock::new(|| [sample(Compression::None), sample(Compression::Zstd(1))].map(|bytes| Parts::read(&bytes)));

fn sample(compression: Compression) -> Vec<u8> {
    let binary = |values: &[&[u8]]| {
        let mut stream = BINARY_HEAD.to_vec();
        for value in values {
            stream.extend(1i16.to_be_bytes());
            stream.extend((value.len() as i32).to_be_bytes());
            stream.extend_from_slice(value);
        }
        stream.extend(BINARY_END);
        stream
    };
    let numbers: Vec<[u8; 4]> = (0..60).map(|n: i32| (n * n).to_be_bytes()).collect();
    let numbers: Vec<&[u8]> = numbers.iter().map(|n| &n[..]).collect();
    let tables = [
        (
            2,
            CopyFormat::Text,
            vec![b"1\ta\n2\t\\N\n".to_vec(), b"3\tc\n".to_vec()],
        ),
        (
            1,
            CopyFormat::Binary,
            vec![binary(&numbers), binary(&[&b"abcd"[..]; 9])],
        ),
        (1, CopyFormat::Text, vec![]),
    ];
    let mut catalog = Catalog::default();
    for ((columns, format, _), id) in tables.iter().zip(1u32..) {
        catalog.entries.push(Entry {
            id,
            kind: Kind::Table,
            schema: Some("public".into()),
            name: format!("t{id}"),
            identity: format!("public.t{id}"),
            create: vec![format!("CREATE TABLE public.t{id} ()")],
            depends_on: (1..id).collect(),
            ..Entry::default()
        });
        catalog.relations.push(Relation {
            id,
            entry: Some(id),
            schema: "public".into(),
            name: format!("t{id}"),
            columns: vec![CopyColumn::default(); *columns],
            binary: *format == CopyFormat::Binary,
            ..Relation::default()
        });
    }
    let sink = Sink::default();
    let state = SequenceState {
        entry: 0,
        schema: "public".into(),
        name: "s".into(),
        last_value: 7,
        is_called: true,
    };
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        let mut writer = ArchiveWriter::create_with_id(Box::new(sink.clone()), &Source::default(), ID)?;
        writer.set_checkpoint_interval(300);
        writer.catalog(&catalog)?;
        for ((columns, format, chunks), relation) in tables.iter().zip(1..) {
            for data in chunks {
                let mut splitter = Splitter::new(*format, *columns);
                splitter.push(data)?;
                writer.chunk(relation, encode(&splitter.take(), Some((0, None)), compression)?)?;
            }
        }
        writer.sequences(&[state])?;
        for (_, relation) in tables.iter().zip(1..) {
            writer.relation_end(relation, 1)?;
        }
        writer.finish()?;
        Ok(())
    };
    write().expect("it is a small archive");
    sink.bytes()
}

/// libFuzzer's own change of bytes, to at most so many.
pub type ChangeBytes<'a> = &'a mut dyn FnMut(&mut Vec<u8>, usize);

/// Changes an archive at random: its records, their fields, what is in them, or its bytes.
pub fn mutate(archive: &[u8], max_bytes: usize, seed: u32, change_bytes: ChangeBytes<'_>) -> Vec<u8> {
    let mut dice = Dice(seed.into());
    let mut parts = Parts::read(archive);
    if parts.records.len() < 3 {
        parts = SAMPLES[dice.below(2)].clone();
    }
    for _ in 0..1 + dice.below(3) {
        change(&mut parts, &mut dice, change_bytes);
    }
    let repair = match dice.below(3) {
        0 => Repair {
            numbers: dice.below(2) == 0,
            row_sums: dice.below(2) == 0,
            ends: dice.below(2) == 0,
            manifest: dice.below(2) == 0,
            trailer: dice.below(4) != 0,
        },
        _ => Repair::ALL,
    };
    let mut bytes = parts.write(repair);
    if dice.below(6) == 0 {
        damage(&mut bytes, &mut dice, max_bytes, change_bytes);
    }
    match bytes.len() > max_bytes {
        true => archive[..archive.len().min(max_bytes)].to_vec(),
        false => bytes,
    }
}

fn change(parts: &mut Parts, dice: &mut Dice, change_bytes: ChangeBytes<'_>) {
    let records = &mut parts.records;
    if records.is_empty() {
        return;
    }
    let at = dice.below(records.len());
    let other = dice.below(records.len());
    match dice.below(12) {
        0 => drop(records.remove(at)),
        1 => {
            let copy = records[at].clone();
            records.insert(other, copy);
        }
        2 => records.swap(at, other),
        3 => {
            let of_another = &SAMPLES[dice.below(2)].records;
            let spliced = of_another[dice.below(of_another.len())].clone();
            records.insert(at, spliced);
        }
        4 => change_header(&mut records[at].0, dice),
        5 => {
            let mut fields = parts.header[8..124].to_vec();
            change_bytes(&mut fields, 116);
            fields.resize(116, 0);
            parts.header[8..124].copy_from_slice(&fields);
            let crc = crc32fast::hash(&parts.header[..124]);
            parts.header[124..].copy_from_slice(&crc.to_le_bytes());
        }
        6 => change_bytes(&mut records[at].1, 4096),
        _ if records[at].0.kind == RecordKind::Chunk => change_chunk(&mut records[at], dice, change_bytes),
        7 => change_metadata(&mut records[at], |cbor| change_bytes(cbor, 8192)),
        8 => {
            // Bytes that become very many.
            let (header, payload) = &mut records[at];
            (*payload, header.raw_bytes) =
                compressed(&vec![b"\xa0\x00\x80\xf6"[dice.below(4)]; 1 << (10 + dice.below(12))]);
        }
        _ => change_metadata(&mut records[at], |cbor| {
            let Ok(mut value) = ciborium::from_reader::<Value, _>(&cbor[..]) else {
                return;
            };
            for _ in 0..1 + dice.below(3) {
                change_value(&mut value, dice);
            }
            cbor.clear();
            ciborium::into_writer(&value, cbor).expect("a vector takes everything");
        }),
    }
}

fn change_header(header: &mut RecordHeader, dice: &mut Dice) {
    match dice.below(6) {
        0 => header.kind = RecordKind::ALL[dice.below(8)],
        1 => header.relation = dice.number(header.relation.into()) as u32,
        2 => header.chunk = dice.number(header.chunk.into()) as u32,
        3 => header.rows = dice.number(header.rows) % (1 << 40),
        4 => header.raw_bytes = dice.number(header.raw_bytes) % (1 << 30),
        _ => header.sequence = dice.number(header.sequence),
    }
    // More rows than bytes are refused with the header, wherever it is.
    if header.kind == RecordKind::Chunk && dice.below(4) != 0 {
        header.rows = header.rows.min(header.raw_bytes);
    }
}

fn change_metadata((header, payload): &mut Record, change: impl FnOnce(&mut Vec<u8>)) {
    if let Some(mut cbor) = metadata(header, payload) {
        change(&mut cbor);
        (*payload, header.raw_bytes) = compressed(&cbor);
    }
}

/// Changes a column or the head of a chunk; lengths that depend on each other stay right.
fn change_chunk((header, payload): &mut Record, dice: &mut Dice, change_bytes: ChangeBytes<'_>) {
    let Ok(mut head) = ChunkHead::decode(payload, header.rows, header.raw_bytes) else {
        return change_bytes(payload, 4096);
    };
    let mut rest = &payload[ChunkHead::encoded_bytes(head.columns.len())..];
    let mut bodies = Vec::new();
    for column in &head.columns {
        let (body, after) = rest.split_at(column.stored_bytes as usize);
        rest = after;
        bodies.push(match column.compression {
            CompressionId::Zstd if column.encoded_bytes < 1 << 24 => {
                codec::decompress(body, column.encoded_bytes).unwrap_or_default()
            }
            _ => body.to_vec(),
        });
    }
    let at = dice.below(head.columns.len().max(1));
    // Few are large, which only takes time.
    let most = 1 << if dice.below(50) == 0 { 26 } else { 13 };
    if let (Some(column), Some(body)) = (head.columns.get_mut(at), bodies.get_mut(at)) {
        match dice.below(5) {
            0 => column.raw_bytes = dice.number(column.raw_bytes) % most,
            1 => column.encoding = super::chunk::BINARY[dice.below(10)],
            2 => {
                header.rows = dice.number(header.rows) % most;
            }
            // What tells how to read a column stands in front.
            3 if !body.is_empty() => {
                let place = dice.below(body.len().min(40));
                body[place] = dice.next() as u8;
            }
            _ => change_bytes(body, 4096),
        }
    } else {
        head.row_sum = dice.next().into();
        header.rows = dice.number(header.rows) % most;
    }
    let mut stored = Vec::new();
    for (column, body) in head.columns.iter_mut().zip(&bodies) {
        let start = stored.len();
        let zstd = dice.below(4) == 0;
        match zstd {
            true => codec::compress(body, 1, &mut stored).expect("zstd takes everything"),
            false => stored.extend_from_slice(body),
        }
        column.compression = if zstd { CompressionId::Zstd } else { CompressionId::None };
        column.encoded_bytes = body.len() as u64;
        column.stored_bytes = (stored.len() - start) as u64;
        if column.encoding as u8 <= 2 {
            column.raw_bytes = column.encoded_bytes;
        }
    }
    let of_rows = match (head.copy_format, head.columns.is_empty()) {
        (CopyFormat::Text, true) => header.rows,
        (format, _) => header.rows * format.row_head_bytes(),
    };
    header.raw_bytes = of_rows + head.columns.iter().map(|column| column.raw_bytes).sum::<u64>();
    *payload = head.encode().unwrap_or_default();
    payload.extend(stored);
}

/// Changes one value in a tree of them.
fn change_value(root: &mut Value, dice: &mut Dice) {
    let mut left = dice.below(count(root));
    if let Some(found) = find(root, &mut left) {
        change_node(found, dice);
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Map(pairs) => pairs.iter().map(|(_, value)| count(value)).sum(),
        _ => 0,
    }
}

/// The value that comes after so many others.
fn find<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| find(item, left)),
        Value::Map(pairs) => pairs.iter_mut().find_map(|(_, value)| find(value, left)),
        _ => None,
    }
}

fn change_node(value: &mut Value, dice: &mut Dice) {
    if dice.below(12) == 0 {
        *value = [
            Value::Null,
            Value::from(1),
            Value::Array(vec![]),
            Value::Map(vec![]),
            Value::from("x"),
        ][dice.below(5)]
        .clone();
        return;
    }
    match value {
        Value::Integer(number) => {
            let old = u64::try_from(*number).unwrap_or(0);
            *value = dice.number(old).into();
        }
        Value::Bytes(bytes) if !bytes.is_empty() => {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        Value::Text(text) => {
            const TEXTS: [&str; 8] = ["", "\"", "a\"b", "public", "\u{202e}\u{e9}", "\n;", "Table", "t1"];
            match dice.below(3) {
                0 => text.clear(),
                1 => text.insert_str(0, TEXTS[dice.below(8)]),
                _ => *text = TEXTS[dice.below(8)].to_owned(),
            }
        }
        Value::Array(items) => change_list(items, dice),
        Value::Map(pairs) => change_list(pairs, dice),
        Value::Bool(flag) => *flag = !*flag,
        _ => *value = dice.number(0).into(),
    }
}

fn change_list<T: Clone>(list: &mut Vec<T>, dice: &mut Dice) {
    if list.is_empty() {
        return;
    }
    let (at, other) = (dice.below(list.len()), dice.below(list.len()));
    match dice.below(4) {
        0 => drop(list.remove(at)),
        1 => list.swap(at, other),
        2 => list.truncate(at),
        _ => list.insert(at, list[other].clone()),
    }
}

/// As a disk or a transfer damages a file.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice, max_bytes: usize, change_bytes: ChangeBytes<'_>) {
    let (mut from, mut to) = (dice.below(bytes.len()), dice.below(bytes.len()));
    if from > to {
        std::mem::swap(&mut from, &mut to);
    }
    match dice.below(5) {
        0 => bytes.truncate(to),
        1 => bytes[from..to].fill(0),
        2 => drop(bytes.drain(from..to)),
        3 => {
            let piece = bytes[from..to].to_vec();
            let at = dice.below(bytes.len());
            bytes.splice(at..at, piece);
        }
        _ => change_bytes(bytes, max_bytes),
    }
}

/// Repeatable numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number in place of another.
    fn number(&mut self, old: u64) -> u64 {
        match self.below(8) {
            0 => 0,
            1 => old.wrapping_add(1),
            2 => old.wrapping_sub(1),
            3 => u32::MAX.into(),
            4 => [u64::MAX, i64::MAX as u64, 1 << 31, 1 << 32][self.below(4)],
            5 => old ^ (1 << self.below(33)),
            _ => self.next() % 8,
        }
    }
}
