//! Errors in the bytes of a structure.

/// A fault in one structure. The caller that knows the offset and the file adds them. `what` names the structure or the
/// field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The first bytes are not those of an archive.
    #[error("not a pgark archive")]
    NotAnArchive,
    /// A newer writer made the archive in a way that this version must not read.
    #[error("format version {format} needs a reader of version {needed}, this is version {supported}")]
    NewerFormat {
        /// Version of the format that the writer followed.
        format: u16,
        /// The lowest reader version that can read the archive.
        needed: u16,
        /// The reader version of this code.
        supported: u16,
    },
    /// The header names features that a reader must know.
    #[error("uses format features {features:#x}, which this version does not know")]
    UnknownFeatures {
        /// The header's field: one bit for each feature.
        features: u64,
    },
    /// The archive is encrypted.
    #[error("is encrypted (scheme {scheme}), which this version cannot read")]
    Encrypted {
        /// Number of the scheme, as the header states it.
        scheme: u16,
    },
    /// The bytes end within a structure.
    #[error("{what} is cut off: {needed} bytes needed, {found} found")]
    Short {
        /// The structure.
        what: &'static str,
        /// Bytes that it, or its next field, takes.
        needed: u64,
        /// Bytes that are left.
        found: u64,
    },
    /// The structure is not at this place, or its first bytes are damaged.
    #[error("{what} does not begin with its magic bytes")]
    Magic {
        /// The structure.
        what: &'static str,
    },
    /// The bytes are damaged.
    #[error("{what} has checksum {found:08x}, its bytes give {computed:08x}")]
    Checksum {
        /// The structure.
        what: &'static str,
        /// The stored CRC-32.
        found: u32,
        /// The CRC-32 of the bytes.
        computed: u32,
    },
    /// Bytes that this version leaves zero are not.
    #[error("reserved bytes of {what} are not zero")]
    Reserved {
        /// The structure.
        what: &'static str,
    },
    /// A field contradicts another, or what is known from elsewhere.
    #[error("{what} has the value {found}, expected {expected}")]
    Value {
        /// The field.
        what: &'static str,
        /// The stored value.
        found: u64,
        /// The only value that it may have.
        expected: u64,
    },
    /// A record is of a kind that this version does not know.
    #[error("unknown record kind {kind}")]
    UnknownKind {
        /// The id in the record header.
        kind: u8,
    },
    /// Flags are set that this version does not know.
    #[error("unknown flags {flags:#06x} in {what}")]
    UnknownFlags {
        /// The structure.
        what: &'static str,
        /// All flags of the structure.
        flags: u16,
    },
    /// A chunk head has a COPY format that this version does not know.
    #[error("unknown COPY format {format}")]
    UnknownCopyFormat {
        /// The id in the chunk head.
        format: u8,
    },
    /// A column head has an encoding that this version does not know.
    #[error("unknown column encoding {encoding}")]
    UnknownEncoding {
        /// The id in the column head.
        encoding: u8,
    },
    /// A column head has a compression that this version does not know.
    #[error("unknown column compression {compression}")]
    UnknownCompression {
        /// The id in the column head.
        compression: u8,
    },
    /// A length or count is over its limit in [`limits`](crate::format::limits).
    #[error("{what} declares {declared}, the limit is {limit}")]
    TooLong {
        /// The field or structure.
        what: &'static str,
        /// The stored length or count.
        declared: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// Metadata are not CBOR of the format's profile.
    #[error("CBOR is malformed at byte {at}: {problem}")]
    Cbor {
        /// Offset in the CBOR.
        at: u64,
        /// In words.
        problem: &'static str,
    },
    /// Metadata are CBOR, but not of the record that they should be.
    #[error("CBOR does not have the expected shape: {problem}")]
    CborShape {
        /// What the decoder or encoder says.
        problem: String,
    },
}
