//! Errors in the bytes of a structure.

/// A fault in one structure. The caller that knows the offset and the file adds them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    #[error("not a pgark archive")]
    NotAnArchive,
    #[error("format version {format} needs a reader of version {needed}, this is version {supported}")]
    NewerFormat { format: u16, needed: u16, supported: u16 },
    #[error("uses format features {features:#x}, which this version does not know")]
    UnknownFeatures { features: u64 },
    #[error("is encrypted (scheme {scheme}), which this version cannot read")]
    Encrypted { scheme: u16 },
    #[error("{what} is cut off: {needed} bytes needed, {found} found")]
    Short {
        what: &'static str,
        needed: u64,
        found: u64,
    },
    #[error("{what} does not begin with its magic bytes")]
    Magic { what: &'static str },
    #[error("{what} has checksum {found:08x}, its bytes give {computed:08x}")]
    Checksum {
        what: &'static str,
        found: u32,
        computed: u32,
    },
    #[error("reserved bytes of {what} are not zero")]
    Reserved { what: &'static str },
    #[error("{what} has the value {found}, expected {expected}")]
    Value {
        what: &'static str,
        found: u64,
        expected: u64,
    },
    #[error("unknown record kind {kind}")]
    UnknownKind { kind: u8 },
    #[error("unknown flags {flags:#06x} in {what}")]
    UnknownFlags { what: &'static str, flags: u16 },
    #[error("unknown COPY format {format}")]
    UnknownCopyFormat { format: u8 },
    #[error("unknown column encoding {encoding}")]
    UnknownEncoding { encoding: u8 },
    #[error("unknown column compression {compression}")]
    UnknownCompression { compression: u8 },
    #[error("{what} declares {declared}, the limit is {limit}")]
    TooLong {
        what: &'static str,
        declared: u64,
        limit: u64,
    },
    #[error("CBOR is malformed at byte {at}: {problem}")]
    Cbor { at: u64, problem: &'static str },
    #[error("CBOR does not have the expected shape: {problem}")]
    CborShape { problem: String },
}
