//! Walks the records of an archive from the front, past damage, without its manifest.
//!
//! Checks only record headers; the caller checks payloads. Each byte of the input belongs to exactly one item.
//! [`Scan`] walks over a slice, [`Scanner`] over whatever shows a part at a time.

use std::convert::Infallible;

use memchr::memmem;

use crate::format::error::FormatError;
use crate::format::header::HEADER_BYTES;
use crate::format::record::{RECORD_HEADER_BYTES, RECORD_MAGIC, RecordHeader};
use crate::format::trailer::{TRAILER_BYTES, TRAILER_MAGIC, Trailer};

/// One stretch of an archive after its header. Offsets are of a slice (`usize`) or of a whole archive (`u64`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanItem<N = usize> {
    /// A whole record, whose payload begins [`RECORD_HEADER_BYTES`] after `offset`.
    Record {
        /// Offset of its first byte in the archive.
        offset: N,
        /// Its header, with a right checksum.
        header: RecordHeader,
    },
    /// The file ends inside this record's payload.
    CutRecord {
        /// Offset of its first byte in the archive.
        offset: N,
        /// Its header, with a right checksum.
        header: RecordHeader,
    },
    /// Bytes that are no record, up to the next record or to the end.
    Gap {
        /// Offset of its first byte in the archive.
        offset: N,
        /// How many there are.
        bytes: N,
        /// Why no record begins at the first of them.
        error: FormatError,
    },
    /// A trailer with a right checksum; that it is the last thing in the file is not checked.
    Trailer {
        /// Offset of its first byte in the archive.
        offset: N,
        /// Its fields.
        trailer: Trailer,
    },
}

/// Bytes of which a scan sees a part at a time.
pub trait View {
    /// Why bytes cannot be shown.
    type Error;

    /// The number of all bytes.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from a place on: at least so many, or all to the end if there are fewer. More cost nothing.
    ///
    /// # Errors
    /// They cannot be had.
    fn show(&mut self, from: u64, least: usize) -> Result<&[u8], Self::Error>;
}

/// Walks over what a [`View`] shows.
pub struct Scanner<V> {
    view: V,
    at: u64,
    tag: Option<[u8; 8]>,
    next_record: Option<u64>,
}

/// What a search looks at, at the least. A header or a trailer that begins before the last of them is whole in it.
const SEARCHED_BYTES: usize = 2 * TRAILER_BYTES;

impl<V: View> Scanner<V> {
    /// Scans a whole archive. `tag` is the archive's, if its header can be read; otherwise that of the first record is
    /// taken.
    pub fn new(view: V, tag: Option<[u8; 8]>) -> Self {
        Self {
            at: (HEADER_BYTES as u64).min(view.len()),
            view,
            tag,
            next_record: None,
        }
    }

    /// What the scan sees, for a caller that reads payloads on the way.
    pub fn view(&mut self) -> &mut V {
        &mut self.view
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// Bytes cannot be had. The scan has not gone on then.
    pub fn next_item(&mut self) -> Result<Option<ScanItem<u64>>, V::Error> {
        let (offset, len) = (self.at, self.view.len());
        if offset >= len {
            return Ok(None);
        }
        let left = len - offset;
        let rest = self.view.show(offset, TRAILER_BYTES)?;
        let trailer = match Trailer::decode(rest) {
            Ok(trailer) => {
                self.at += TRAILER_BYTES as u64;
                return Ok(Some(ScanItem::Trailer { offset, trailer }));
            }
            Err(error) => error,
        };
        let error = match record_at(&mut self.tag, rest) {
            Ok(header) => {
                // Within limits, so the sum cannot overflow.
                let end = offset + header.record_bytes();
                if end <= len {
                    self.at = end;
                    return Ok(Some(ScanItem::Record { offset, header }));
                }
                self.at = len;
                return Ok(Some(ScanItem::CutRecord { offset, header }));
            }
            Err(error) => error,
        };
        // The error of a cut or damaged trailer says more than that these bytes are no record.
        let error = match trailer {
            short @ FormatError::Short { .. } if rest.starts_with(&TRAILER_MAGIC) => short,
            damage @ FormatError::Checksum { .. } if left == TRAILER_BYTES as u64 => damage,
            _ => error,
        };
        self.at = self.resynchronise(offset + 1)?;
        Ok(Some(ScanItem::Gap {
            offset,
            bytes: self.at - offset,
            error,
        }))
    }

    /// The next place at or after `from` where a record or a trailer can be read.
    fn resynchronise(&mut self, from: u64) -> Result<u64, V::Error> {
        let len = self.view.len();
        // The place is kept from the last gap, so that many gaps do not search the same bytes repeatedly.
        let mut next_record = self.next_record.filter(|at| *at >= from);
        let mut trailer = None;
        let mut at = from;
        while at < next_record.unwrap_or(len) && (trailer.is_none() || next_record.is_none()) {
            let shown = self.view.show(at, SEARCHED_BYTES)?;
            let is_last = shown.len() as u64 >= len - at;
            // What begins later may not be whole here, and is looked at with the next part.
            let begins = match is_last {
                true => shown.len(),
                false => shown.len() - (TRAILER_BYTES - 1),
            };
            if next_record.is_none() {
                let tag = &mut self.tag;
                let found = memmem::find_iter(shown, &RECORD_MAGIC)
                    .take_while(|found| *found < begins)
                    .find(|found| record_at(tag, &shown[*found..]).is_ok());
                next_record = found.map(|found| at + found as u64);
            }
            if trailer.is_none() {
                let before = next_record.unwrap_or(len);
                let found = memmem::find_iter(shown, &TRAILER_MAGIC)
                    .take_while(|found| *found < begins && at + ((found + TRAILER_MAGIC.len()) as u64) <= before)
                    .find(|found| Trailer::decode(&shown[*found..]).is_ok());
                trailer = found.map(|found| at + found as u64);
            }
            at += begins as u64;
        }
        let next_record = next_record.unwrap_or(len);
        self.next_record = Some(next_record);
        Ok(trailer.unwrap_or(next_record))
    }
}

fn record_at(tag: &mut Option<[u8; 8]>, bytes: &[u8]) -> Result<RecordHeader, FormatError> {
    let header = RecordHeader::decode(bytes)?;
    let tag = *tag.get_or_insert(header.tag);
    match header.tag == tag {
        true => Ok(header),
        false => Err(FormatError::Value {
            what: "the archive tag of the record",
            found: u64::from_le_bytes(header.tag),
            expected: u64::from_le_bytes(tag),
        }),
    }
}

/// Iterates over the items of an archive in a slice; see [`ScanItem`].
pub struct Scan<'a>(Scanner<Slice<'a>>);

impl<'a> Scan<'a> {
    /// As [`Scanner::new`].
    pub fn new(bytes: &'a [u8], tag: Option<[u8; 8]>) -> Self {
        Self(Scanner::new(Slice(bytes), tag))
    }
}

impl Iterator for Scan<'_> {
    type Item = ScanItem;

    fn next(&mut self) -> Option<ScanItem> {
        let Ok(item) = self.0.next_item();
        // All of the slice's places are of this type.
        let place = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        Some(match item? {
            ScanItem::Record { offset, header } => ScanItem::Record {
                offset: place(offset),
                header,
            },
            ScanItem::CutRecord { offset, header } => ScanItem::CutRecord {
                offset: place(offset),
                header,
            },
            ScanItem::Gap { offset, bytes, error } => ScanItem::Gap {
                offset: place(offset),
                bytes: place(bytes),
                error,
            },
            ScanItem::Trailer { offset, trailer } => ScanItem::Trailer {
                offset: place(offset),
                trailer,
            },
        })
    }
}

/// A slice, which shows all there is.
struct Slice<'a>(&'a [u8]);

impl View for Slice<'_> {
    type Error = Infallible;

    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn show(&mut self, from: u64, _least: usize) -> Result<&[u8], Infallible> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.0.get(from..).unwrap_or_default())
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

    /// Shows as little as it may.
    struct Sparing<'a>(&'a [u8], usize);

    impl View for Sparing<'_> {
        type Error = Infallible;

        fn len(&self) -> u64 {
            self.0.len() as u64
        }

        fn show(&mut self, from: u64, least: usize) -> Result<&[u8], Infallible> {
            let rest = &self.0[from as usize..];
            Ok(&rest[..rest.len().min(least.max(self.1))])
        }
    }

    fn items_in_parts(bytes: &[u8], part: usize) -> Vec<ScanItem<u64>> {
        let mut scanner = Scanner::new(Sparing(bytes, part), None);
        let mut items = Vec::new();
        while let Ok(Some(item)) = scanner.next_item() {
            items.push(item);
        }
        items
    }

    /// Records and trailers among bytes that look like the beginning of either.
    fn littered() -> impl Strategy<Value = Vec<u8>> {
        let trailer = Trailer {
            manifest_offset: 1000,
            manifest_bytes: 200,
            archive_bytes: 1296,
            records: 9,
            archive_id: crate::format::ArchiveId([7; 16]),
            root_digest: crate::format::Digest([9; 32]),
        };
        let piece = prop_oneof![
            (0..9u64, 0..150usize).prop_map(|(n, length)| record(n, &vec![0x9b; length])),
            Just(trailer.encode().to_vec()),
            Just(RECORD_MAGIC.to_vec()),
            Just(TRAILER_MAGIC.to_vec()),
            (0..300usize).prop_map(|length| vec![1; length]),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| [vec![0; HEADER_BYTES], pieces.concat()].concat())
    }

    proptest! {
        #[test]
        fn items_are_the_same_however_little_is_shown(bytes in littered(), cut in 0..100usize, part in 0..500usize) {
            let bytes = &bytes[..bytes.len().saturating_sub(cut)];
            prop_assert_eq!(items_in_parts(bytes, part), items_in_parts(bytes, usize::MAX));
        }

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
