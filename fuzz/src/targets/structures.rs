//! Fixed structures and the forward scan: what can be read is written back byte for byte, and every byte of an archive is
//! in exactly one item of the scan.

use pgark::format::{ChunkHead, Header, RecordHeader, Scan, ScanItem, Trailer};

use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "structures",
    run,
    memory: |_| MIB,
};

fn run(data: &[u8]) {
    let _ = (Header::decode(data), RecordHeader::decode(data), Trailer::decode(data));
    if let Some(bytes) = checksummed(data, 128)
        && let Ok(header) = Header::decode(&bytes)
    {
        assert_eq!(header.encode()[..], bytes);
    }
    if let Some(bytes) = checksummed(data, 64)
        && let Ok(header) = RecordHeader::decode(&bytes)
    {
        assert_eq!(header.encode()[..], bytes);
    }
    if let Some(bytes) = checksummed(data, 96)
        && let Ok(trailer) = Trailer::decode(&bytes)
    {
        // The magic may have had one wrong bit.
        assert_eq!(trailer.encode()[8..92], bytes[8..92]);
    }
    chunk_head(data);
    scan(data);
}

/// Puts a right checksum into the last four bytes, so that the fields behind it are reached.
fn checksummed(data: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut bytes = data.get(..length)?.to_vec();
    let crc = crc32fast::hash(&bytes[..length - 4]);
    bytes[length - 4..].copy_from_slice(&crc.to_le_bytes());
    Some(bytes)
}

fn chunk_head(data: &[u8]) {
    let Some((facts, payload)) = data.split_first_chunk::<8>() else {
        return;
    };
    let [rows, raw_bytes] =
        [0, 4].map(|at| u32::from_le_bytes([facts[at], facts[at + 1], facts[at + 2], facts[at + 3]]));
    if let Ok(head) = ChunkHead::decode(payload, rows.into(), raw_bytes.into()) {
        let bytes = head.encode().expect("it was read");
        assert_eq!(payload[..bytes.len()], bytes);
    }
}

fn scan(data: &[u8]) {
    let mut expected = data.len().min(128);
    for item in Scan::new(data, None) {
        let (offset, length) = match item {
            ScanItem::Record { offset, header } => (offset, header.record_bytes() as usize),
            ScanItem::CutRecord { offset, .. } => (offset, data.len() - offset),
            ScanItem::Gap { offset, bytes, .. } => (offset, bytes),
            ScanItem::Trailer { offset, .. } => (offset, 96),
        };
        assert_eq!(offset, expected);
        expected = offset + length;
    }
    assert_eq!(expected, data.len());
}
