//! Changes archives at random: their records, the fields and values in them, and their bytes.

use ciborium::Value;
use pgark::codec::{self, CopyFormat};
use pgark::format::{ChunkHead, CompressionId, RecordHeader, RecordKind};

use super::chunk::BINARY;
use super::forge::{Parts, Record, Repair, compressed, metadata};
use super::sample::SAMPLES;

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
            1 => column.encoding = BINARY[dice.below(10)],
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
