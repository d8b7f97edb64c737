//! The record header, `format-spec/README.md` "Record header": 64 bytes before each payload.

use std::fmt;

use crate::format::bytes::{Fields, Filler, check_crc, fixed};
use crate::format::error::FormatError;
use crate::format::limits;

/// The first bytes of a record header.
pub const RECORD_MAGIC: [u8; 4] = *b"\x9bREC";
/// Bytes of a record header, its checksum included.
pub const RECORD_HEADER_BYTES: usize = 64;

const WHAT: &str = "the record header";

/// Set on records whose payload is encrypted; reserved.
pub const FLAG_ENCRYPTED: u16 = 1;

/// The content of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RecordKind {
    /// Where the archive comes from: [`Source`](crate::model::Source).
    Source = 1,
    /// All that the archive knows besides rows: [`Catalog`](crate::model::Catalog).
    Catalog = 2,
    /// Rows of one relation, by columns.
    Chunk = 3,
    /// Follows the last chunk of a relation: [`RelationEnd`](crate::format::index::RelationEnd).
    RelationEnd = 4,
    /// Reserved; version 1 does not write it.
    LargeObjects = 5,
    /// Positions of sequences: a list of [`SequenceState`](crate::model::SequenceState).
    SequenceState = 6,
    /// What was written since the last one: [`Checkpoint`](crate::format::index::Checkpoint).
    Checkpoint = 7,
    /// The last record, an index of all others: [`Manifest`](crate::format::index::Manifest).
    Manifest = 8,
}

impl RecordKind {
    /// All kinds, ascending by id.
    pub const ALL: [Self; 8] = [
        Self::Source,
        Self::Catalog,
        Self::Chunk,
        Self::RelationEnd,
        Self::LargeObjects,
        Self::SequenceState,
        Self::Checkpoint,
        Self::Manifest,
    ];

    /// The kind with this id, or [`FormatError::UnknownKind`].
    pub fn from_id(id: u8) -> Result<Self, FormatError> {
        Self::ALL
            .into_iter()
            .find(|kind| *kind as u8 == id)
            .ok_or(FormatError::UnknownKind { kind: id })
    }

    /// The name that listings and messages use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Catalog => "catalog",
            Self::Chunk => "chunk",
            Self::RelationEnd => "relation end",
            Self::LargeObjects => "large objects",
            Self::SequenceState => "sequence state",
            Self::Checkpoint => "checkpoint",
            Self::Manifest => "manifest",
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The fixed header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// What the payload holds.
    pub kind: RecordKind,
    /// Position among the archive's records, from 0, without gaps.
    pub sequence: u64,
    /// First half of the archive id: tells this archive's records from those of an archive inside it.
    pub tag: [u8; 8],
    /// 0 when the record belongs to no relation.
    pub relation: u32,
    /// Position among the relation's chunks, from 0; 0 in other kinds.
    pub chunk: u32,
    /// Rows of a chunk, or of a whole relation at its end; 0 in other kinds.
    pub rows: u64,
    /// Bytes of COPY data of a chunk; bytes of CBOR in other kinds.
    pub raw_bytes: u64,
    /// Bytes of the payload that follows.
    pub stored_bytes: u64,
    /// CRC-32 of that payload.
    pub payload_crc: u32,
}

impl RecordHeader {
    /// The header's bytes.
    pub fn encode(&self) -> [u8; RECORD_HEADER_BYTES] {
        Filler::new()
            .put(&RECORD_MAGIC)
            .put(&[self.kind as u8, 0])
            .put(&0u16.to_le_bytes())
            .put(&self.tag)
            .put(&self.sequence.to_le_bytes())
            .put(&self.relation.to_le_bytes())
            .put(&self.chunk.to_le_bytes())
            .put(&self.rows.to_le_bytes())
            .put(&self.raw_bytes.to_le_bytes())
            .put(&self.stored_bytes.to_le_bytes())
            .put(&self.payload_crc.to_le_bytes())
            .checksummed()
    }

    /// Reads a header and checks its lengths against the limits, so that they are safe to compute with.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let bytes: &[u8; RECORD_HEADER_BYTES] = fixed(bytes, WHAT)?;
        if !bytes.starts_with(&RECORD_MAGIC) {
            return Err(FormatError::Magic { what: WHAT });
        }
        check_crc(bytes, WHAT)?;
        let mut fields = Fields::new(bytes, WHAT);
        fields.array::<{ RECORD_MAGIC.len() }>()?;
        let kind = RecordKind::from_id(fields.u8()?)?;
        fields.zeros::<1>()?;
        let flags = fields.u16()?;
        if flags != 0 {
            return Err(FormatError::UnknownFlags { what: WHAT, flags });
        }
        let header = Self {
            kind,
            tag: fields.array()?,
            sequence: fields.u64()?,
            relation: fields.u32()?,
            chunk: fields.u32()?,
            rows: fields.u64()?,
            raw_bytes: fields.u64()?,
            stored_bytes: fields.u64()?,
            payload_crc: fields.u32()?,
        };
        header.check_limits()?;
        Ok(header)
    }

    /// Bytes of the whole record. Cannot overflow: both parts are within limits.
    pub fn record_bytes(&self) -> u64 {
        RECORD_HEADER_BYTES as u64 + self.stored_bytes
    }

    fn check_limits(&self) -> Result<(), FormatError> {
        let (raw, stored) = match self.kind {
            RecordKind::Chunk => (limits::MAX_CHUNK_RAW_BYTES, limits::MAX_CHUNK_STORED_BYTES),
            _ => (limits::MAX_METADATA_RAW_BYTES, limits::MAX_METADATA_STORED_BYTES),
        };
        at_most("raw length of the record", self.raw_bytes, raw)?;
        at_most("stored length of the record", self.stored_bytes, stored)?;
        if self.kind == RecordKind::Chunk {
            // Every row has at least its newline.
            at_most("row count of the chunk", self.rows, self.raw_bytes)?;
        }
        Ok(())
    }
}

fn at_most(what: &'static str, declared: u64, limit: u64) -> Result<(), FormatError> {
    match declared > limit {
        true => Err(FormatError::TooLong { what, declared, limit }),
        false => Ok(()),
    }
}

/// Checks a stored payload against the checksum in its record header.
pub fn check_payload(header: &RecordHeader, payload: &[u8]) -> Result<(), FormatError> {
    if payload.len() as u64 != header.stored_bytes {
        return Err(FormatError::Short {
            what: "the record's payload",
            needed: header.stored_bytes,
            found: payload.len() as u64,
        });
    }
    let computed = crc32fast::hash(payload);
    match computed == header.payload_crc {
        true => Ok(()),
        false => Err(FormatError::Checksum {
            what: "the record's payload",
            found: header.payload_crc,
            computed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> RecordHeader {
        RecordHeader {
            kind: RecordKind::Chunk,
            sequence: 7,
            tag: *b"abcdefgh",
            relation: 3,
            chunk: 2,
            rows: 10,
            raw_bytes: 500,
            stored_bytes: 100,
            payload_crc: 0xdead_beef,
        }
    }

    #[test]
    fn record_header_round_trips_for_each_kind() {
        for kind in RecordKind::ALL {
            let header = RecordHeader { kind, ..sample() };
            assert_eq!(RecordHeader::decode(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let good = sample().encode();
        for bit in 0..RECORD_HEADER_BYTES * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(RecordHeader::decode(&bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn lengths_beyond_the_limits_are_refused() {
        for header in [
            RecordHeader {
                raw_bytes: u64::MAX,
                ..sample()
            },
            RecordHeader {
                stored_bytes: u64::MAX,
                ..sample()
            },
            RecordHeader { rows: 501, ..sample() },
        ] {
            assert!(matches!(
                RecordHeader::decode(&header.encode()),
                Err(FormatError::TooLong { .. })
            ));
        }
    }
}
