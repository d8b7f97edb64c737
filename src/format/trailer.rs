//! The trailer, `format-spec/README.md` "Trailer": the last 96 bytes of a complete archive.

use crate::format::bytes::{Fields, Filler, check_crc, fixed, only_magic_damaged};
use crate::format::digest::{ArchiveId, Digest};
use crate::format::error::FormatError;

/// The first bytes of a trailer.
pub const TRAILER_MAGIC: [u8; 8] = *b"PGARKEND";
/// Bytes of a trailer, its checksum included.
pub const TRAILER_BYTES: usize = 96;

const WHAT: &str = "the trailer";
const RESERVED_BYTES: usize = 4;

/// Marks the archive as complete, and says where its manifest is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Offset of the manifest's record header.
    pub manifest_offset: u64,
    /// Bytes of the manifest record with its header.
    pub manifest_bytes: u64,
    /// Bytes of the whole archive, header and trailer included.
    pub archive_bytes: u64,
    /// Number of records, the manifest included.
    pub records: u64,
    /// The header's.
    pub archive_id: ArchiveId,
    /// As [`root_digest`](crate::format::index::root_digest) makes it of header and manifest.
    pub root_digest: Digest,
}

impl Trailer {
    /// The trailer's bytes.
    pub fn encode(&self) -> [u8; TRAILER_BYTES] {
        Filler::new()
            .put(&TRAILER_MAGIC)
            .put(&self.manifest_offset.to_le_bytes())
            .put(&self.manifest_bytes.to_le_bytes())
            .put(&self.archive_bytes.to_le_bytes())
            .put(&self.records.to_le_bytes())
            .put(&self.archive_id.0)
            .put(&self.root_digest.0)
            .skip(RESERVED_BYTES)
            .checksummed()
    }

    /// Reads a trailer from the front of a slice.
    ///
    /// # Errors
    /// [`FormatError::Magic`] if these bytes are no trailer at all; [`FormatError::Checksum`] if they are a damaged
    /// one.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let bytes: &[u8; TRAILER_BYTES] = fixed(bytes, WHAT)?;
        if !bytes.starts_with(&TRAILER_MAGIC) && !only_magic_damaged(bytes, &TRAILER_MAGIC) {
            return Err(FormatError::Magic { what: WHAT });
        }
        check_crc(bytes, WHAT)?;
        let mut fields = Fields::new(bytes, WHAT);
        fields.array::<{ TRAILER_MAGIC.len() }>()?;
        let trailer = Self {
            manifest_offset: fields.u64()?,
            manifest_bytes: fields.u64()?,
            archive_bytes: fields.u64()?,
            records: fields.u64()?,
            archive_id: ArchiveId(fields.array()?),
            root_digest: Digest(fields.array()?),
        };
        fields.zeros::<RESERVED_BYTES>()?;
        Ok(trailer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailer_round_trips_and_every_flipped_bit_is_damage() {
        let trailer = Trailer {
            manifest_offset: 1000,
            manifest_bytes: 200,
            archive_bytes: 1296,
            records: 9,
            archive_id: ArchiveId([7; 16]),
            root_digest: Digest([9; 32]),
        };
        let good = trailer.encode();
        assert_eq!(Trailer::decode(&good), Ok(trailer));
        for bit in 0..TRAILER_BYTES * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(
                matches!(Trailer::decode(&bad), Err(FormatError::Checksum { .. })),
                "bit {bit}"
            );
        }
        assert!(matches!(Trailer::decode(&[0; 96]), Err(FormatError::Magic { .. })));
    }
}
