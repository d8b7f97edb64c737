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
    /// It does not begin as an archive does.
    #[error("`{name}` is not a pgark archive")]
    NotAnArchive {
        /// The path of the file, or the name of the stream or source.
        name: String,
    },
    /// A newer version of the format, which this one cannot read.
    #[error("`{name}` has format version {format} and needs a reader of version {needed}, this is version {supported}")]
    NewerFormat {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// The version that its writer followed.
        format: u16,
        /// The lowest version of a reader that can read it.
        needed: u16,
        /// The version of this reader.
        supported: u16,
    },
    /// The archive is encrypted, or has features that this version does not know.
    #[error("`{name}` {reason}")]
    Unsupported {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// What of it this version does not know.
        reason: FormatError,
    },
    /// It ends before its trailer: the dump that wrote it did not finish, or the file was cut.
    #[error("`{name}` is incomplete: it ends after {bytes} bytes without a trailer")]
    Incomplete {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// Its length.
        bytes: u64,
    },
    /// Something in it is not as it was written.
    #[error("`{name}` is damaged: {finding}")]
    Damaged {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// The first fault that was found.
        finding: Box<Finding>,
    },
    /// The source or the catalog is lost.
    #[error(
        "`{name}` cannot be salvaged: its {record} record is lost, without which nobody can tell what its rows are"
    )]
    NotSalvageable {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// The kind of the record that is lost.
        record: RecordKind,
    },
    /// The job was stopped.
    #[error("interrupted")]
    Stopped,
    /// The bytes cannot be had. This says nothing about the archive.
    #[error("cannot read `{name}`: {source}")]
    Read {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// The error of the system or of the source.
        source: io::Error,
    },
    /// The sink or the file system failed.
    #[error("cannot write `{name}`: {source}")]
    Write {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The error came after the file got its name: the file is complete, but the name may be lost after a crash.
    #[error("`{name}` is complete, but its folder could not be written to disk: {source}")]
    Folder {
        /// The path of the file, or the name of the stream or source.
        name: String,
        /// The error of the system.
        source: io::Error,
    },
    /// A file of this name is there, and is not replaced.
    #[error("`{name}` exists already")]
    Exists {
        /// The path of the file, or the name of the stream or source.
        name: String,
    },
    /// The caller's mistake: no reader would accept the archive.
    #[error("cannot write the archive: {fault}")]
    Refused {
        /// What a reader would find.
        fault: Fault,
    },
}

/// One fault, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Sequence number of the record, when it is known.
    pub record: Option<u64>,
    /// The kind of the record, when it is known.
    pub kind: Option<RecordKind>,
    /// Byte in the archive at which the damaged structure begins.
    pub offset: u64,
    /// The relation whose rows are concerned.
    pub relation: Option<RelationId>,
    /// The position among its chunks, from 0.
    pub chunk: Option<u32>,
    /// What is wrong there.
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
    /// A structure of the format is wrong.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A payload cannot be decoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Two numbers that must agree do not.
    #[error("{what} is {found}, expected {expected}")]
    Number {
        /// The number, in words.
        what: &'static str,
        /// As it was read or counted.
        found: u64,
        /// As it must be.
        expected: u64,
    },
    /// A BLAKE3 is another.
    #[error("{what} is {found}, expected {expected}")]
    Digest {
        /// What it is the digest of, in words.
        what: &'static str,
        /// As computed.
        found: Digest,
        /// As stored.
        expected: Digest,
    },
    /// The digest of rows is another.
    #[error("the digest of {what} is {found:032x}, expected {expected:032x}")]
    RowSum {
        /// What rows, in words.
        what: &'static str,
        /// As summed up from the rows.
        found: u128,
        /// As stored.
        expected: u128,
    },
    /// A record is of another kind than its place asks for.
    #[error("a {found} record stands where a {expected} record must")]
    Order {
        /// The kind of the record.
        found: RecordKind,
        /// The kind that must be there.
        expected: RecordKind,
    },
    /// A kind of record that an archive has once.
    #[error("a second {kind} record")]
    Repeated {
        /// The kind of the record.
        kind: RecordKind,
    },
    /// A kind of record that no writer of this version makes.
    #[error("records of kind {kind} do not exist in format version 1")]
    ReservedKind {
        /// The kind of the record.
        kind: RecordKind,
    },
    /// Bytes in which no record can be read.
    #[error("{bytes} bytes that are no record: {error}")]
    Gap {
        /// How many, up to the next record or the end.
        bytes: u64,
        /// Why there is no record at the first of them.
        error: FormatError,
    },
    /// The archive ends inside a record.
    #[error("cut off: {missing} bytes are missing")]
    Cut {
        /// Bytes of the record behind the end.
        missing: u64,
    },
    /// Sequence numbers of records leave some out.
    #[error("records {first} to {last} are missing")]
    MissingRecords {
        /// The first that is missing.
        first: u64,
        /// The last that is missing.
        last: u64,
    },
    /// The place of a record that the manifest lists has none.
    #[error("the manifest lists it, but no such record can be read there")]
    Unreadable,
    /// A record that the manifest does not list.
    #[error("the manifest does not list it")]
    Unlisted,
    /// The manifest contradicts a record or the header.
    #[error("the manifest says otherwise of its {what}")]
    ManifestDiffers {
        /// What they disagree on, in words.
        what: &'static str,
    },
    /// The archive goes on behind its trailer.
    #[error("{bytes} bytes follow the trailer")]
    TrailingBytes {
        /// How many bytes.
        bytes: u64,
    },
    /// Rows of a relation that the catalog does not have.
    #[error("relation {relation} is not in the catalog")]
    UnknownRelation {
        /// The id that the rows name.
        relation: RelationId,
    },
    /// Rows of a relation after the record of its end.
    #[error("rows of relation {relation} after its end")]
    RelationEnded {
        /// Its id.
        relation: RelationId,
    },
    /// The record of the end of a relation is missing.
    #[error("relation {relation} has no end record: not all of its rows are there")]
    RelationNotEnded {
        /// Its id.
        relation: RelationId,
    },
    /// An entry of the catalog has a number that cannot be.
    #[error("entry {entry}: {what} {found} is out of range")]
    EntryReference {
        /// Its id.
        entry: EntryId,
        /// What the number is, in words.
        what: &'static str,
        /// The number.
        found: u64,
    },
    /// A relation of the catalog has a number that cannot be.
    #[error("relation {relation}: {what} {found} is out of range")]
    RelationReference {
        /// Its id.
        relation: RelationId,
        /// What the number is, in words.
        what: &'static str,
        /// The number.
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
