//! A second reader of archives, written from `format-spec/README.md` alone: it shares no code with the first.

use std::collections::BTreeMap;

use ciborium::Value;

use crate::second_columns;

#[derive(Debug, Default, PartialEq)]
pub struct Decoded {
    pub database: String,
    pub root_digest: String,
    pub sequences: Vec<(String, i128, bool)>,
    /// By id: rows, content digest, COPY data.
    pub relations: BTreeMap<u64, (u64, String, Vec<u8>)>,
}

/// The three words that tell bad archives apart.
pub type Verdict = &'static str;

const DAMAGED: Verdict = "damaged";
const INCOMPLETE: Verdict = "incomplete";

pub fn need(right: bool) -> Result<(), Verdict> {
    if right { Ok(()) } else { Err(DAMAGED) }
}

fn int(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length]
        .iter()
        .rev()
        .fold(0, |n, b| n << 8 | u64::from(*b))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn crc_is_right(bytes: &[u8]) -> bool {
    let at = bytes.len() - 4;
    u64::from(crc32fast::hash(&bytes[..at])) == int(bytes, at, 4)
}

/// A map of a metadata record.
struct Map(Vec<(Value, Value)>);

impl Map {
    fn of(value: &Value) -> Result<Map, Verdict> {
        value.as_map().cloned().map(Map).ok_or(DAMAGED)
    }

    fn get(&self, key: &str) -> Result<&Value, Verdict> {
        self.0
            .iter()
            .find(|(k, _)| k.as_text() == Some(key))
            .map(|(_, v)| v)
            .ok_or(DAMAGED)
    }

    fn int(&self, key: &str) -> Result<u64, Verdict> {
        u64::try_from(self.get(key)?.as_integer().ok_or(DAMAGED)?).map_err(|_| DAMAGED)
    }

    fn text(&self, key: &str) -> Result<String, Verdict> {
        self.get(key)?.as_text().map(str::to_owned).ok_or(DAMAGED)
    }

    fn bytes(&self, key: &str) -> Result<Vec<u8>, Verdict> {
        self.get(key)?.as_bytes().cloned().ok_or(DAMAGED)
    }

    fn list(&self, key: &str) -> Result<Vec<Map>, Verdict> {
        self.get(key)?.as_array().ok_or(DAMAGED)?.iter().map(Map::of).collect()
    }
}

#[derive(Clone)]
struct Record<'a> {
    kind: u8,
    sequence: u64,
    offset: u64,
    relation: u64,
    chunk: u64,
    rows: u64,
    raw: u64,
    payload: &'a [u8],
}

pub fn decode(bytes: &[u8]) -> Result<Decoded, Verdict> {
    let magic = b"\x89PGARK\r\n";
    if !bytes.starts_with(&magic[..bytes.len().min(8)]) {
        return Err("not an archive");
    }
    if bytes.len() < 128 {
        return Err(INCOMPLETE);
    }
    let header = &bytes[..128];
    need(crc_is_right(header))?;
    if int(header, 10, 2) > 1 {
        return Err("newer format");
    }
    need(int(header, 12, 4) == 128 && header[32..124].iter().all(|b| *b == 0))?;
    let id = &header[16..32];

    let trailer_at = bytes.len().checked_sub(96).filter(|at| *at >= 128).ok_or(INCOMPLETE)?;
    let trailer = &bytes[trailer_at..];
    if !trailer.starts_with(b"PGARKEND") {
        return Err(INCOMPLETE);
    }
    need(crc_is_right(trailer) && trailer[88..92] == [0; 4])?;
    need(int(trailer, 24, 8) == bytes.len() as u64 && &trailer[40..56] == id)?;

    let mut records = Vec::new();
    let mut at = 128;
    while at < trailer_at {
        let record = read_record(bytes, at, trailer_at, id)?;
        need(record.sequence == records.len() as u64)?;
        at += 64 + record.payload.len();
        records.push(record);
    }
    need(records.len() as u64 == int(trailer, 32, 8) && records.len() >= 3)?;
    let manifest_record = records[records.len() - 1].clone();
    need(manifest_record.kind == 8 && manifest_record.offset == int(trailer, 8, 8))?;
    need(manifest_record.payload.len() as u64 + 64 == int(trailer, 16, 8))?;
    let cbor = cbor_of(&manifest_record)?;
    let root = blake3::hash(&[b"pgark root v1\0\0\0", header, &cbor].concat());
    need(root.as_bytes() == &trailer[56..88])?;
    let manifest = metadata(&manifest_record)?;
    need(manifest.get("archives")? == &Value::Array(vec![Value::Bytes(id.to_vec())]))?;

    need(records[0].kind == 1 && records[1].kind == 2)?;
    let catalog = metadata(&records[1])?;
    let mut decoded = Decoded {
        database: metadata(&records[0])?.text("database")?,
        root_digest: hex(root.as_bytes()),
        ..Decoded::default()
    };
    for record in records.iter().filter(|r| r.kind == 6) {
        for state in metadata(record)?.list("sequences")? {
            let last = i128::from(state.get("last_value")?.as_integer().ok_or(DAMAGED)?);
            decoded.sequences.push((
                state.text("name")?,
                last,
                state.get("is_called")?.as_bool().ok_or(DAMAGED)?,
            ));
        }
    }
    let others: Vec<_> = records.iter().filter(|r| r.kind != 3 && r.kind != 8).collect();
    let references = manifest.list("records")?;
    need(others.len() == references.len())?;
    for (record, reference) in others.iter().zip(&references) {
        need(u64::from(record.kind) == reference.int("kind")? && is_referenced(record, reference)?)?;
    }
    let mut chunks = 0;
    for listed in manifest.list("relations")? {
        let id = listed.int("relation")?;
        let relations = catalog.list("relations")?;
        let relation = relations.get(id as usize - 1).ok_or(DAMAGED)?;
        let binary = relation.get("binary") == Ok(&Value::Bool(true));
        let columns = relation.list("columns")?;
        let columns = columns
            .iter()
            .filter(|c| c.get("generated") == Ok(&Value::Bool(false)))
            .count();
        let (mut rows, mut sum, mut copy) = (0, 0u128, Vec::new());
        for (number, reference) in listed.list("chunks")?.iter().enumerate() {
            let record = &records[reference.int("sequence")? as usize];
            need(record.kind == 3 && record.relation == id && record.chunk == number as u64)?;
            need(is_referenced(record, reference)? && record.rows == reference.int("rows")?)?;
            let (text, chunk_sum) = chunk(record, columns, binary)?;
            need(chunk_sum.to_le_bytes()[..] == reference.bytes("row_sum")?[..])?;
            rows += record.rows;
            sum = sum.wrapping_add(chunk_sum);
            copy.extend(text);
            chunks += 1;
        }
        let mut ends = records.iter().filter(|r| r.kind == 4 && r.relation == id);
        let end = metadata(ends.next().ok_or(DAMAGED)?)?;
        for said in [&listed, &end] {
            need(said.int("rows")? == rows && said.bytes("row_sum")?[..] == sum.to_le_bytes()[..])?;
            need(said.int("raw_bytes")? == copy.len() as u64)?;
        }
        decoded.relations.insert(id, (rows, format!("{sum:032x}"), copy));
    }
    need(chunks == records.iter().filter(|r| r.kind == 3).count())?;
    Ok(decoded)
}

fn read_record<'a>(bytes: &'a [u8], at: usize, end: usize, id: &[u8]) -> Result<Record<'a>, Verdict> {
    let head = bytes[..end].get(at..at + 64).ok_or(DAMAGED)?;
    need(head.starts_with(b"\x9bREC") && crc_is_right(head) && head[5..8] == [0; 3] && head[8..16] == id[..8])?;
    let stored = int(head, 48, 8) as usize;
    let payload = bytes[..end]
        .get(at + 64..at.saturating_add(64).saturating_add(stored))
        .ok_or(DAMAGED)?;
    need(u64::from(crc32fast::hash(payload)) == int(head, 56, 4))?;
    Ok(Record {
        kind: head[4],
        sequence: int(head, 16, 8),
        offset: at as u64,
        relation: int(head, 24, 4),
        chunk: int(head, 28, 4),
        rows: int(head, 32, 8),
        raw: int(head, 40, 8),
        payload,
    })
}

fn cbor_of(record: &Record) -> Result<Vec<u8>, Verdict> {
    let cbor = zstd::decode_all(record.payload).map_err(|_| DAMAGED)?;
    need(cbor.len() as u64 == record.raw)?;
    Ok(cbor)
}

fn metadata(record: &Record) -> Result<Map, Verdict> {
    let value: Value = ciborium::from_reader(&cbor_of(record)?[..]).map_err(|_| DAMAGED)?;
    Map::of(&value)
}

fn is_referenced(record: &Record, reference: &Map) -> Result<bool, Verdict> {
    Ok(reference.int("sequence")? == record.sequence
        && reference.int("offset")? == record.offset
        && reference.int("relation")? == record.relation
        && reference.int("raw_bytes")? == record.raw
        && reference.int("stored_bytes")? == record.payload.len() as u64
        && reference.bytes("blake3")? == blake3::hash(record.payload).as_bytes())
}

fn chunk(record: &Record, expected_columns: usize, binary: bool) -> Result<(Vec<u8>, u128), Verdict> {
    let p = record.payload;
    need(p.len() >= 32 && p[0] == u8::from(binary) && p[1] <= 3 && p[12..16] == [0; 4])?;
    let columns = int(p, 2, 2) as usize;
    need(columns == expected_columns && p.len() >= 32 + 28 * columns)?;
    let mut at = 32 + 28 * columns;
    let mut values: Vec<Vec<Vec<u8>>> = Vec::new();
    for head in p[32..at].chunks(28) {
        let stored = p.get(at..at + int(head, 20, 8) as usize).ok_or(DAMAGED)?;
        at += stored.len();
        let encoded = match head[1] {
            0 => stored.to_vec(),
            1 => zstd::decode_all(stored).map_err(|_| DAMAGED)?,
            _ => return Err(DAMAGED),
        };
        need(encoded.len() as u64 == int(head, 12, 8))?;
        let column = match (binary, head[0]) {
            (false, 1) => lines(&encoded)?,
            (true, encoding) => second_columns::fields(encoding, &encoded, record.rows as usize)?,
            _ => return Err(DAMAGED),
        };
        let raw: usize = column.iter().map(|value| value.len() + usize::from(!binary)).sum();
        need(raw as u64 == int(head, 4, 8) && column.len() as u64 == record.rows)?;
        values.push(column);
    }
    need(at == p.len())?;
    let (mut copy, mut sum) = (Vec::new(), 0u128);
    for row in 0..record.rows as usize {
        let row: Vec<&[u8]> = values.iter().map(|column| &column[row][..]).collect();
        let row = row.join(if binary { &b""[..] } else { &b"\t"[..] });
        sum = sum.wrapping_add(xxhash_rust::xxh3::xxh3_128(&row));
        if binary {
            copy.extend((columns as u16).to_be_bytes());
        }
        copy.extend(row);
        if !binary {
            copy.push(b'\n');
        }
    }
    need(copy.len() as u64 == record.raw && sum.to_le_bytes() == p[16..32])?;
    Ok((copy, sum))
}

/// Values of a text column.
fn lines(column: &[u8]) -> Result<Vec<Vec<u8>>, Verdict> {
    need(!column.contains(&b'\t'))?;
    let mut lines: Vec<_> = column.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    need(lines.pop().is_some_and(|rest| rest.is_empty()))?;
    Ok(lines)
}
