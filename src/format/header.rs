//! The archive header, `format-spec/README.md` "Header": the first 128 bytes.

use crate::format::bytes::{Fields, Filler, check_crc, fixed, only_magic_damaged};
use crate::format::digest::ArchiveId;
use crate::format::error::FormatError;

/// The version this code writes, and the newest whose archives it can read.
pub const FORMAT_VERSION: u16 = 1;

/// A byte outside ASCII, the name, and both kinds of line ends, so that a transfer that changes any of these is
/// noticed.
pub const HEADER_MAGIC: [u8; 8] = *b"\x89PGARK\r\n";

/// Size and place of the checksum are the same in every format version.
pub const HEADER_BYTES: usize = LENGTH as usize;
/// The length as the header states it.
const LENGTH: u32 = 128;

const WHAT: &str = "the archive header";
const ENCRYPTION_SLOT_BYTES: usize = 64;
const SCHEME_BYTES: usize = 2;
const RESERVED_BYTES: usize = 20;

/// The archive header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version of the format that the writer followed.
    pub format_version: u16,
    /// The lowest reader version that can read the archive.
    pub reader_version: u16,
    /// Drawn when the archive was created; trailer and records repeat it.
    pub archive_id: ArchiveId,
    /// Features that a reader must know; version 1 has none.
    pub features: u64,
}

impl Header {
    /// The header of a new archive.
    pub fn new(archive_id: ArchiveId) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            reader_version: 1,
            archive_id,
            features: 0,
        }
    }

    /// The header's bytes.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        Filler::new()
            .put(&HEADER_MAGIC)
            .put(&self.format_version.to_le_bytes())
            .put(&self.reader_version.to_le_bytes())
            .put(&LENGTH.to_le_bytes())
            .put(&self.archive_id.0)
            .put(&self.features.to_le_bytes())
            .skip(ENCRYPTION_SLOT_BYTES)
            .skip(RESERVED_BYTES)
            .checksummed()
    }

    /// Reads a header from the front of an archive.
    ///
    /// # Errors
    /// [`FormatError::NotAnArchive`] if the bytes begin otherwise; [`FormatError::NewerFormat`],
    /// [`FormatError::UnknownFeatures`] and [`FormatError::Encrypted`] for intact archives beyond this version;
    /// [`FormatError::Short`] for a true beginning of an archive; else damage.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let begun = bytes.len().min(HEADER_MAGIC.len());
        let begins_right = bytes[..begun] == HEADER_MAGIC[..begun];
        let bytes: &[u8; HEADER_BYTES] = match fixed(bytes, WHAT) {
            Ok(bytes) => bytes,
            Err(short) if begins_right => return Err(short),
            Err(_) => return Err(FormatError::NotAnArchive),
        };
        if !begins_right {
            return Err(match only_magic_damaged(bytes, &HEADER_MAGIC) {
                true => FormatError::Magic { what: WHAT },
                false => FormatError::NotAnArchive,
            });
        }
        check_crc(bytes, WHAT)?;
        let mut fields = Fields::new(bytes, WHAT);
        fields.array::<{ HEADER_MAGIC.len() }>()?;
        let format_version = fields.u16()?;
        let reader_version = fields.u16()?;
        if reader_version > FORMAT_VERSION {
            return Err(FormatError::NewerFormat {
                format: format_version,
                needed: reader_version,
                supported: FORMAT_VERSION,
            });
        }
        let length = fields.u32()?;
        if length as usize != HEADER_BYTES {
            return Err(FormatError::Value {
                what: "header length",
                found: length.into(),
                expected: HEADER_BYTES as u64,
            });
        }
        let archive_id = ArchiveId(fields.array()?);
        let features = fields.u64()?;
        if features != 0 {
            return Err(FormatError::UnknownFeatures { features });
        }
        let scheme = fields.u16()?;
        if scheme != 0 {
            return Err(FormatError::Encrypted { scheme });
        }
        fields.zeros::<{ ENCRYPTION_SLOT_BYTES - SCHEME_BYTES }>()?;
        fields.zeros::<RESERVED_BYTES>()?;
        Ok(Self {
            format_version,
            reader_version,
            archive_id,
            features,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Header {
        Header::new(ArchiveId(*b"0123456789abcdef"))
    }

    #[test]
    fn header_round_trips() {
        assert_eq!(Header::decode(&sample().encode()), Ok(sample()));
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        let good = sample().encode();
        for bit in 0..HEADER_BYTES * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            let error = Header::decode(&bad).unwrap_err();
            assert!(
                matches!(error, FormatError::Magic { .. } | FormatError::Checksum { .. }),
                "bit {bit}: {error}"
            );
        }
    }

    #[test]
    fn newer_reader_version_is_said_before_anything_else() {
        let header = Header {
            format_version: 9,
            reader_version: 7,
            features: 5,
            ..sample()
        };
        assert_eq!(
            Header::decode(&header.encode()),
            Err(FormatError::NewerFormat {
                format: 9,
                needed: 7,
                supported: FORMAT_VERSION
            })
        );
    }

    #[test]
    fn newer_format_with_an_old_enough_reader_version_is_read() {
        let header = Header {
            format_version: 9,
            ..sample()
        };
        assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn beginnings_are_short_and_other_files_are_no_archive() {
        let good = sample().encode();
        for len in 0..HEADER_BYTES {
            assert!(matches!(Header::decode(&good[..len]), Err(FormatError::Short { .. })));
        }
        assert_eq!(Header::decode(b"PGDMP\x01\x0f"), Err(FormatError::NotAnArchive));
        assert_eq!(Header::decode(&[0; 500]), Err(FormatError::NotAnArchive));
    }
}
