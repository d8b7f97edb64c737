//! Walks the records of an archive from the front, past damage, without its manifest.
//!
//! Checks only record headers; the caller checks payloads. Each byte of the input belongs to exactly one item.

use memchr::memmem;

use crate::format::error::FormatError;
use crate::format::header::HEADER_BYTES;
use crate::format::record::{RECORD_HEADER_BYTES, RECORD_MAGIC, RecordHeader};
use crate::format::trailer::{TRAILER_BYTES, TRAILER_MAGIC, Trailer};

/// One stretch of an archive after its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanItem {
    /// A whole record, whose payload begins [`RECORD_HEADER_BYTES`] after `offset`.
    Record {
        /// Offset of its first byte in the archive.
        offset: usize,
        /// Its header, with a right checksum.
        header: RecordHeader,
    },
    /// The file ends inside this record's payload.
    CutRecord {
        /// Offset of its first byte in the archive.
        offset: usize,
        /// Its header, with a right checksum.
        header: RecordHeader,
    },
    /// Bytes that are no record, up to the next record or to the end.
    Gap {
        /// Offset of its first byte in the archive.
        offset: usize,
        /// How many there are.
        bytes: usize,
        /// Why no record begins at the first of them.
        error: FormatError,
    },
    /// A trailer with a right checksum; that it is the last thing in the file is not checked.
    Trailer {
        /// Offset of its first byte in the archive.
        offset: usize,
        /// Its fields.
        trailer: Trailer,
    },
}

/// Iterates over the items of an archive; see [`ScanItem`].
pub struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    tag: Option<[u8; 8]>,
    next_record: Option<usize>,
}

impl<'a> Scan<'a> {
    /// Scans a whole archive. `tag` is the archive's, if its header can be read; otherwise that of the first record is
    /// taken.
    pub fn new(bytes: &'a [u8], tag: Option<[u8; 8]>) -> Self {
        Self {
            bytes,
            at: HEADER_BYTES.min(bytes.len()),
            tag,
            next_record: None,
        }
    }

    fn record_at(&mut self, at: usize) -> Result<RecordHeader, FormatError> {
        let header = RecordHeader::decode(&self.bytes[at..])?;
        let tag = *self.tag.get_or_insert(header.tag);
        match header.tag == tag {
            true => Ok(header),
            false => Err(FormatError::Value {
                what: "the archive tag of the record",
                found: u64::from_le_bytes(header.tag),
                expected: u64::from_le_bytes(tag),
            }),
        }
    }

    /// The next place at or after `from` where a record or a trailer can be read.
    fn resynchronise(&mut self, from: usize) -> usize {
        let bytes = self.bytes;
        // The place is kept from the last gap, so that many gaps do not search the same bytes repeatedly.
        let next_record = match self.next_record {
            Some(at) if at >= from => at,
            _ => memmem::find_iter(&bytes[from..], &RECORD_MAGIC)
                .map(|at| from + at)
                .find(|at| self.record_at(*at).is_ok())
                .unwrap_or(bytes.len()),
        };
        self.next_record = Some(next_record);
        memmem::find_iter(&bytes[from..next_record], &TRAILER_MAGIC)
            .map(|at| from + at)
            .find(|at| Trailer::decode(&bytes[*at..]).is_ok())
            .unwrap_or(next_record)
    }
}

impl Iterator for Scan<'_> {
    type Item = ScanItem;

    fn next(&mut self) -> Option<ScanItem> {
        let offset = self.at;
        let rest = self.bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        if let Ok(trailer) = Trailer::decode(rest) {
            self.at += TRAILER_BYTES;
            return Some(ScanItem::Trailer { offset, trailer });
        }
        let error = match self.record_at(offset) {
            Ok(header) => {
                // Within limits, so the sum cannot overflow.
                let end = usize::try_from(header.record_bytes() + offset as u64).unwrap_or(usize::MAX);
                if end <= self.bytes.len() {
                    self.at = end;
                    return Some(ScanItem::Record { offset, header });
                }
                self.at = self.bytes.len();
                return Some(ScanItem::CutRecord { offset, header });
            }
            Err(error) => error,
        };
        // The error of a cut or damaged trailer says more than that these bytes are no record.
        let error = match Trailer::decode(rest) {
            Err(short @ FormatError::Short { .. }) if rest.starts_with(&TRAILER_MAGIC) => short,
            Err(damage @ FormatError::Checksum { .. }) if rest.len() == TRAILER_BYTES => damage,
            _ => error,
        };
        self.at = self.resynchronise(offset + 1);
        Some(ScanItem::Gap {
            offset,
            bytes: self.at - offset,
            error,
        })
    }
}

/// The stored payload of a record that a scan found.
pub fn payload<'a>(bytes: &'a [u8], offset: usize, header: &RecordHeader) -> &'a [u8] {
    let start = (offset + RECORD_HEADER_BYTES).min(bytes.len());
    let stored = usize::try_from(header.stored_bytes).unwrap_or(usize::MAX);
    let end = start.saturating_add(stored).min(bytes.len());
    &bytes[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::record::RecordKind;
    use proptest::prelude::*;

    fn record(sequence: u64, payload: &[u8]) -> Vec<u8> {
        let header = RecordHeader {
            kind: RecordKind::Chunk,
            sequence,
            tag: *b"tagtagta",
            relation: 1,
            chunk: 0,
            rows: 1,
            raw_bytes: 10,
            stored_bytes: payload.len() as u64,
            payload_crc: crc32fast::hash(payload),
        };
        [&header.encode()[..], payload].concat()
    }

    fn sequences(bytes: &[u8]) -> Vec<u64> {
        Scan::new(bytes, None)
            .filter_map(|item| match item {
                ScanItem::Record { header, .. } => Some(header.sequence),
                _ => None,
            })
            .collect()
    }

    fn archive() -> Vec<u8> {
        let records: Vec<u8> = (0..5).flat_map(|n| record(n, b"some payload \x9bREC")).collect();
        [vec![0; HEADER_BYTES], records].concat()
    }

    #[test]
    fn records_are_found_in_order() {
        assert_eq!(sequences(&archive()), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn one_damaged_header_hides_only_its_own_record() {
        let size = record(0, b"some payload \x9bREC").len();
        for n in 0..5 {
            for byte in 0..RECORD_HEADER_BYTES {
                let mut bytes = archive();
                bytes[HEADER_BYTES + n * size + byte] ^= 0x10;
                let found = sequences(&bytes);
                assert_eq!(found.len(), 4, "record {n}, byte {byte}");
                assert!(!found.contains(&(n as u64)));
            }
        }
    }

    #[test]
    fn a_record_of_another_archive_is_not_taken() {
        let foreign = record(9, b"x");
        let bytes = [vec![0; HEADER_BYTES], foreign].concat();
        let items: Vec<_> = Scan::new(&bytes, Some(*b"another.")).collect();
        assert!(matches!(items[..], [ScanItem::Gap { .. }]));
    }

    proptest! {
        #[test]
        fn items_cover_any_bytes_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let mut expected = HEADER_BYTES.min(bytes.len());
            for item in Scan::new(&bytes, None) {
                let (offset, length) = match item {
                    ScanItem::Record { offset, header } => (offset, header.record_bytes() as usize),
                    ScanItem::CutRecord { offset, .. } => (offset, bytes.len() - offset),
                    ScanItem::Gap { offset, bytes, .. } => (offset, bytes),
                    ScanItem::Trailer { offset, .. } => (offset, TRAILER_BYTES),
                };
                prop_assert_eq!(offset, expected);
                expected = offset + length;
            }
            prop_assert_eq!(expected, bytes.len());
        }
    }
}
