//! Errors of an archive, with their places in it.

use std::fmt;
use std::io;

use crate::codec::CodecError;
use crate::format::{Digest, FormatError, RecordHeader, RecordKind};
use crate::model::{EntryId, RelationId};

/// Why an archive cannot be read or written. `name` is the file's path or the stream's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    #[error("`{name}` is not a pgark archive")]
    NotAnArchive { name: String },
    #[error("`{name}` has format version {format} and needs a reader of version {needed}, this is version {supported}")]
    NewerFormat {
        name: String,
        format: u16,
        needed: u16,
        supported: u16,
    },
    /// The archive is encrypted, or has features that this version does not know.
    #[error("`{name}` {reason}")]
    Unsupported { name: String, reason: FormatError },
    /// It ends before its trailer: the dump that wrote it did not finish, or the file was cut.
    #[error("`{name}` is incomplete: it ends after {bytes} bytes without a trailer")]
    Incomplete { name: String, bytes: u64 },
    #[error("`{name}` is damaged: {finding}")]
    Damaged { name: String, finding: Box<Finding> },
    #[error(
        "`{name}` cannot be salvaged: its {record} record is lost, without which nobody can tell what its rows are"
    )]
    NotSalvageable { name: String, record: RecordKind },
    #[error("interrupted")]
    Stopped,
    #[error("cannot read `{name}`: {source}")]
    Read { name: String, source: io::Error },
    #[error("cannot write `{name}`: {source}")]
    Write { name: String, source: io::Error },
    /// The error came after the file got its name: the file is complete, but the name may be lost after a crash.
    #[error("`{name}` is complete, but its folder could not be written to disk: {source}")]
    Folder { name: String, source: io::Error },
    #[error("`{name}` exists already")]
    Exists { name: String },
    /// The caller's mistake: no reader would accept the archive.
    #[error("cannot write the archive: {fault}")]
    Refused { fault: Fault },
}

/// One fault, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Sequence number of the record, when it is known.
    pub record: Option<u64>,
    pub kind: Option<RecordKind>,
    /// Byte in the archive at which the damaged structure begins.
    pub offset: u64,
    pub relation: Option<RelationId>,
    pub chunk: Option<u32>,
    pub what: Fault,
}

impl Finding {
    /// A fault outside the records, or of the whole.
    pub fn at(offset: u64, what: impl Into<Fault>) -> Self {
        Self {
            record: None,
            kind: None,
            offset,
            relation: None,
            chunk: None,
            what: what.into(),
        }
    }

    /// A fault of one record.
    pub fn in_record(offset: u64, header: &RecordHeader, what: impl Into<Fault>) -> Self {
        Self {
            record: Some(header.sequence),
            kind: Some(header.kind),
            offset,
            relation: (header.relation > 0).then_some(header.relation),
            chunk: (header.kind == RecordKind::Chunk).then_some(header.chunk),
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(record) = self.record {
            write!(f, "record {record} ")?;
        }
        match (self.kind, self.relation, self.chunk) {
            (_, Some(relation), Some(chunk)) => write!(f, "(chunk {chunk} of relation {relation}) ")?,
            (Some(kind), Some(relation), None) => write!(f, "({kind}, relation {relation}) ")?,
            (Some(kind), None, _) => write!(f, "({kind}) ")?,
            (None, Some(relation), None) => write!(f, "relation {relation} ")?,
            (None, None, _) => {}
        }
        write!(f, "at byte {}: {}", self.offset, self.what)
    }
}

/// The kind of a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error("{what} is {found}, expected {expected}")]
    Number {
        what: &'static str,
        found: u64,
        expected: u64,
    },
    #[error("{what} is {found}, expected {expected}")]
    Digest {
        what: &'static str,
        found: Digest,
        expected: Digest,
    },
    #[error("the digest of {what} is {found:032x}, expected {expected:032x}")]
    RowSum {
        what: &'static str,
        found: u128,
        expected: u128,
    },
    #[error("a {found} record stands where a {expected} record must")]
    Order { found: RecordKind, expected: RecordKind },
    #[error("a second {kind} record")]
    Repeated { kind: RecordKind },
    #[error("records of kind {kind} do not exist in format version 1")]
    ReservedKind { kind: RecordKind },
    #[error("{bytes} bytes that are no record: {error}")]
    Gap { bytes: u64, error: FormatError },
    #[error("cut off: {missing} bytes are missing")]
    Cut { missing: u64 },
    #[error("records {first} to {last} are missing")]
    MissingRecords { first: u64, last: u64 },
    #[error("the manifest lists it, but no such record can be read there")]
    Unreadable,
    #[error("the manifest does not list it")]
    Unlisted,
    #[error("the manifest says otherwise of its {what}")]
    ManifestDiffers { what: &'static str },
    #[error("{bytes} bytes follow the trailer")]
    TrailingBytes { bytes: u64 },
    #[error("relation {relation} is not in the catalog")]
    UnknownRelation { relation: RelationId },
    #[error("rows of relation {relation} after its end")]
    RelationEnded { relation: RelationId },
    #[error("relation {relation} has no end record: not all of its rows are there")]
    RelationNotEnded { relation: RelationId },
    #[error("entry {entry}: {what} {found} is out of range")]
    EntryReference {
        entry: EntryId,
        what: &'static str,
        found: u64,
    },
    #[error("relation {relation}: {what} {found} is out of range")]
    RelationReference {
        relation: RelationId,
        what: &'static str,
        found: u64,
    },
}

/// Names a fault after the archive it was found in.
pub(crate) fn damaged(name: &str, finding: impl Into<Box<Finding>>) -> ArchiveError {
    ArchiveError::Damaged {
        name: name.to_owned(),
        finding: finding.into(),
    }
}

/// Names an error of reading after the archive that was read.
pub(crate) fn unread(name: &str, source: io::Error) -> ArchiveError {
    ArchiveError::Read {
        name: name.to_owned(),
        source,
    }
}

/// The error for an archive whose header cannot be used.
pub(crate) fn header_error(name: &str, bytes: u64, error: FormatError) -> ArchiveError {
    let name = name.to_owned();
    match error {
        FormatError::NotAnArchive => ArchiveError::NotAnArchive { name },
        FormatError::NewerFormat {
            format,
            needed,
            supported,
        } => ArchiveError::NewerFormat {
            name,
            format,
            needed,
            supported,
        },
        reason @ (FormatError::UnknownFeatures { .. } | FormatError::Encrypted { .. }) => {
            ArchiveError::Unsupported { name, reason }
        }
        FormatError::Short { .. } => ArchiveError::Incomplete { name, bytes },
        error => damaged(&name, Finding::at(0, error)),
    }
}
