//! A complete archive, read in place or by ranges.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::archive::check::{self, Shape};
use crate::archive::error::{ArchiveError, Fault, Finding, damaged, header_error, unread};
use crate::archive::metadata::{self, SequenceStates};
use crate::archive::summary::Summary;
use crate::codec::{self, ChunkFacts, CodecError, DecodedChunk};
use crate::format::header::HEADER_BYTES;
use crate::format::index::root_digest;
use crate::format::record::{RECORD_HEADER_BYTES, check_payload};
use crate::format::trailer::{TRAILER_BYTES, TRAILER_MAGIC};
use crate::format::{
    ArchiveId, ChunkRef, Digest, FormatError, Header, Manifest, RecordHeader, RecordKind, RecordRef, RelationEnd,
    Trailer, cbor, limits,
};
use crate::model::{Catalog, SequenceState, Source};
use crate::read_at::{MappedFile, ReadAt, exactly};

/// The first bytes that opening reads: the header, and mostly the source and the catalog.
const HEAD_BYTES: u64 = 256 << 10;
/// The last bytes that opening reads: the trailer, and mostly the manifest and other records at the end. In them a
/// trailer is looked for that is not at the end.
const TAIL_BYTES: u64 = 1 << 20;

/// An archive whose header, trailer and metadata have been checked, down to the root digest. Chunks are checked when
/// they are read. Threads share it by reference.
pub struct Archive {
    name: String,
    bytes: Arc<dyn ReadAt>,
    header: Header,
    trailer: Trailer,
    source: Source,
    catalog: Catalog,
    sequences: Vec<SequenceState>,
    manifest: Manifest,
}

impl Archive {
    /// Opens a file, which is mapped.
    ///
    /// # Errors
    /// [`ArchiveError::NotAnArchive`], [`ArchiveError::NewerFormat`], [`ArchiveError::Unsupported`],
    /// [`ArchiveError::Incomplete`], [`ArchiveError::Damaged`] with the first damage found, [`ArchiveError::Read`].
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let (name, map) = map_file(path)?;
        Self::over(Arc::new(map), &name)
    }

    /// Opens what a source holds; `name` is its name in errors. Reads its beginning, its end, and records of metadata
    /// that lie in neither, which are announced to the source before they are read.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn over(bytes: Arc<dyn ReadAt>, name: &str) -> Result<Self, ArchiveError> {
        let parts = Parts::read(&*bytes, name)?;
        let header = Header::decode(parts.head()).map_err(|e| header_error(name, parts.len, e))?;
        let trailer = read_trailer(&parts, &header)?;
        let Metadata {
            source,
            catalog,
            sequences,
            manifest,
        } = Metadata::read(&parts, &header, &trailer)?;
        drop(parts);
        Ok(Self {
            name: name.to_owned(),
            bytes,
            header,
            trailer,
            source,
            catalog,
            sequences,
            manifest,
        })
    }

    pub(super) fn read_at(&self) -> &dyn ReadAt {
        &*self.bytes
    }

    /// The path it was opened with, or the name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its id, which the header has.
    pub fn id(&self) -> ArchiveId {
        self.header.archive_id
    }

    /// The version of the format that its writer followed.
    pub fn format_version(&self) -> u16 {
        self.header.format_version
    }

    /// The server and the database that it was made from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What it holds besides rows.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The positions of sequences.
    pub fn sequences(&self) -> &[SequenceState] {
        &self.sequences
    }

    /// The places of its records and chunks.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The digest of the header and the manifest, and so of everything.
    pub fn root_digest(&self) -> Digest {
        self.trailer.root_digest
    }

    /// Size of the whole archive.
    pub fn bytes(&self) -> u64 {
        self.bytes.len()
    }

    /// Its content, in numbers.
    pub fn summary(&self) -> Summary {
        Summary::new(self.id(), &self.manifest, self.root_digest(), self.bytes())
    }

    /// Tells the source that chunks will be read in the order of the file.
    pub fn expect_sequential_reads(&self) {
        self.bytes.expect_sequential_reads();
    }

    /// Tells the source which chunks will be read next, in the order of the reads.
    pub fn will_read<'a>(&self, chunks: impl IntoIterator<Item = &'a ChunkRef>) {
        let ranges: Vec<_> = chunks.into_iter().map(range_of_chunk).collect();
        self.bytes.will_read(&ranges);
    }

    /// Reads a chunk, by one read of the source. Its header, checksum, BLAKE3, lengths, row count and number of columns
    /// are checked against the manifest and the catalog before a row is given out.
    ///
    /// # Errors
    /// [`ArchiveError::Damaged`], [`ArchiveError::Read`].
    pub fn chunk(&self, chunk: &ChunkRef) -> Result<DecodedChunk, ArchiveError> {
        let decoded = read_chunk(&*self.bytes, chunk, &self.header, &self.catalog);
        self.bytes.release(range_of_chunk(chunk));
        decoded.map_err(|error| {
            error.named(&self.name, |fault| Finding {
                record: Some(chunk.sequence),
                kind: Some(RecordKind::Chunk),
                offset: chunk.offset,
                relation: Some(chunk.relation),
                chunk: Some(chunk.chunk),
                what: fault,
            })
        })
    }
}

/// The bytes of a chunk's record.
fn range_of_chunk(chunk: &ChunkRef) -> Range<u64> {
    record_range(chunk.offset, chunk.stored_bytes)
}

/// The bytes of a record, with its header. The numbers may be anything.
fn record_range(offset: u64, stored_bytes: u64) -> Range<u64> {
    let length = stored_bytes.saturating_add(RECORD_HEADER_BYTES as u64);
    offset..offset.saturating_add(length)
}

/// The file's name in errors, and its bytes.
pub(crate) fn map_file(path: &Path) -> Result<(String, MappedFile), ArchiveError> {
    let name = path.display().to_string();
    match MappedFile::open(path) {
        Ok(map) => Ok((name, map)),
        Err(source) => Err(unread(&name, source)),
    }
}

/// Why a record could not be used.
enum Unusable {
    Read(io::Error),
    Fault(Fault),
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<FormatError> for Unusable {
    fn from(error: FormatError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<CodecError> for Unusable {
    fn from(error: CodecError) -> Self {
        Self::Fault(error.into())
    }
}

impl Unusable {
    /// The error of the archive with this name; `place` says where a fault was found.
    fn named(self, name: &str, place: impl FnOnce(Fault) -> Finding) -> ArchiveError {
        match self {
            Self::Read(source) => unread(name, source),
            Self::Fault(fault) => damaged(name, place(fault)),
        }
    }
}

/// What opening reads of an archive: its first bytes, its last ones, and others when they are needed.
struct Parts<'a> {
    source: &'a dyn ReadAt,
    name: &'a str,
    len: u64,
    head: Cow<'a, [u8]>,
    /// None if the head is everything.
    tail: Option<(u64, Cow<'a, [u8]>)>,
}

impl<'a> Parts<'a> {
    fn read(source: &'a dyn ReadAt, name: &'a str) -> Result<Self, ArchiveError> {
        let len = source.len();
        let part = |range| exactly(source, range).map_err(|source| unread(name, source));
        let (head, tail) = match len <= HEAD_BYTES + TAIL_BYTES {
            true => (part(0..len)?, None),
            false => {
                let at = len - TAIL_BYTES;
                source.will_read(&[0..HEAD_BYTES, at..len]);
                (part(0..HEAD_BYTES)?, Some((at, part(at..len)?)))
            }
        };
        Ok(Self {
            source,
            name,
            len,
            head,
            tail,
        })
    }

    fn head(&self) -> &[u8] {
        &self.head
    }

    /// The last bytes, at most [`TAIL_BYTES`] of them, and their place.
    fn tail(&self) -> (u64, &[u8]) {
        match &self.tail {
            Some((at, tail)) => (*at, tail),
            None => {
                let before = self.len.saturating_sub(TAIL_BYTES);
                let from = usize::try_from(before).unwrap_or(usize::MAX);
                (before, self.head.get(from..).unwrap_or_default())
            }
        }
    }

    /// The bytes of a range, if they have been read.
    fn held(&self, range: &Range<u64>) -> Option<&[u8]> {
        let tail = self.tail.iter().map(|(at, tail)| (*at, &**tail));
        [(0, &*self.head)].into_iter().chain(tail).find_map(|(at, part)| {
            let start = usize::try_from(range.start.checked_sub(at)?).ok()?;
            let end = usize::try_from(range.end.checked_sub(at)?).ok()?;
            part.get(start..end)
        })
    }

    /// Announces the records that are still to be read.
    fn will_read(&self, records: &[RecordRef]) {
        let ranges = records.iter().map(|r| record_range(r.offset, r.stored_bytes));
        let ranges: Vec<_> = ranges.filter(|r| r.end <= self.len && self.held(r).is_none()).collect();
        if !ranges.is_empty() {
            self.source.will_read(&ranges);
        }
    }

    fn record(&self, offset: u64, stored_bytes: u64) -> Result<RecordBytes<'_>, Unusable> {
        match self.held(&record_range(offset, stored_bytes)) {
            Some(held) => Ok(RecordBytes(Cow::Borrowed(held))),
            None => RecordBytes::read(self.source, offset, stored_bytes),
        }
    }

    fn damaged(&self, finding: Finding) -> ArchiveError {
        damaged(self.name, finding)
    }
}

/// Header and payload of a record, at least the former.
struct RecordBytes<'a>(Cow<'a, [u8]>);

impl<'a> RecordBytes<'a> {
    /// Reads a record at a given place. The numbers may be anything.
    fn read(source: &'a dyn ReadAt, offset: u64, stored_bytes: u64) -> Result<Self, Unusable> {
        let mut range = record_range(offset, stored_bytes);
        let len = source.len();
        if range.end > len {
            return Err(Fault::Cut {
                missing: range.end.saturating_sub(len),
            }
            .into());
        }
        // No header agrees with a length beyond the limits, so that not more of such a record is ever needed.
        range.end = range
            .end
            .min(offset + RECORD_HEADER_BYTES as u64 + limits::MAX_CHUNK_STORED_BYTES);
        exactly(source, range).map(Self).map_err(Unusable::Read)
    }

    fn header(&self, header: &Header) -> Result<RecordHeader, Fault> {
        let found = RecordHeader::decode(&self.0)?;
        check::header_fields(&found)?;
        match found.tag == header.archive_id.tag() {
            true => Ok(found),
            false => Err(Fault::ManifestDiffers { what: "archive id" }),
        }
    }

    fn payload(&self) -> &[u8] {
        self.0.get(RECORD_HEADER_BYTES..).unwrap_or_default()
    }
}

/// The trailer at the end of an archive, checked against the header and the length.
fn read_trailer(parts: &Parts, header: &Header) -> Result<Trailer, ArchiveError> {
    let (at, tail) = parts.tail();
    let missing = || ArchiveError::Incomplete {
        name: parts.name.to_owned(),
        bytes: parts.len,
    };
    let begin = tail
        .len()
        .checked_sub(TRAILER_BYTES)
        .map(|begin| (at + begin as u64, begin));
    let Some((offset, begin)) = begin.filter(|(offset, _)| *offset >= HEADER_BYTES as u64) else {
        return Err(missing());
    };
    let damage = |fault: Fault| parts.damaged(Finding::at(offset, fault));
    let trailer = match Trailer::decode(&tail[begin..]) {
        Ok(trailer) => trailer,
        Err(FormatError::Magic { .. }) => {
            return Err(trailing_bytes(at, tail).map_or_else(missing, |finding| parts.damaged(finding)));
        }
        Err(error) => return Err(damage(error.into())),
    };
    let checks = [
        check::number("the archive's length", parts.len, trailer.archive_bytes),
        check::number(
            "the end of the manifest",
            trailer.manifest_offset.saturating_add(trailer.manifest_bytes),
            offset,
        ),
        match trailer.archive_id == header.archive_id {
            true => Ok(()),
            false => Err(Fault::ManifestDiffers { what: "archive id" }),
        },
    ];
    match checks.into_iter().find_map(Result::err) {
        None => Ok(trailer),
        Some(fault) => Err(damage(fault)),
    }
}

/// Distinguishes an archive with bytes after its trailer from one without a trailer. `tail` is the end of the archive, from
/// `at`.
fn trailing_bytes(at: u64, tail: &[u8]) -> Option<Finding> {
    let searched = usize::try_from((HEADER_BYTES as u64).saturating_sub(at)).ok()?;
    memchr::memmem::rfind_iter(tail.get(searched..)?, &TRAILER_MAGIC).find_map(|found| {
        let begin = searched + found;
        let trailer = Trailer::decode(&tail[begin..]).ok()?;
        let end = at + (begin + TRAILER_BYTES) as u64;
        let bytes = (tail.len() - begin - TRAILER_BYTES) as u64;
        (trailer.archive_bytes == end).then(|| Finding::at(end, Fault::TrailingBytes { bytes }))
    })
}

/// All metadata, without chunks.
struct Metadata {
    source: Source,
    catalog: Catalog,
    sequences: Vec<SequenceState>,
    manifest: Manifest,
}

impl Metadata {
    fn read(parts: &Parts, header: &Header, trailer: &Trailer) -> Result<Self, ArchiveError> {
        let manifest = read_manifest(parts, header, trailer)?;
        parts.will_read(&manifest.records);
        let mut source = None;
        let mut catalog: Option<Catalog> = None;
        let mut sequences = Vec::new();
        let mut ends = Vec::new();
        for record in &manifest.records {
            let (found, bytes) = read_record(parts, record, header)?;
            let place = |fault: Fault| parts.damaged(Finding::in_record(record.offset, &found, fault));
            match found.kind {
                RecordKind::Source if found.sequence == 0 => {
                    source = Some(value(&found, bytes.payload()).map_err(place)?);
                }
                RecordKind::Catalog if found.sequence == 1 => {
                    let mut read: Catalog = value(&found, bytes.payload()).map_err(place)?;
                    check::catalog(&read).map_err(place)?;
                    read.forget_server_kept();
                    catalog = Some(read);
                }
                RecordKind::SequenceState => {
                    let states: SequenceStates = value(&found, bytes.payload()).map_err(place)?;
                    sequences.extend(states.sequences);
                }
                RecordKind::RelationEnd => ends.push((record.offset, found, bytes)),
                // Checkpoints matter only for archives without a manifest.
                RecordKind::Checkpoint => {}
                kind => return Err(place(Fault::Repeated { kind })),
            }
        }
        let missing = |expected| {
            let found = RecordKind::Manifest;
            parts.damaged(Finding::at(HEADER_BYTES as u64, Fault::Order { found, expected }))
        };
        let source = source.ok_or_else(|| missing(RecordKind::Source))?;
        let catalog = catalog.ok_or_else(|| missing(RecordKind::Catalog))?;
        if let Some(finding) = check::manifest(&manifest, header.archive_id, trailer, Some(&catalog))
            .into_iter()
            .next()
        {
            return Err(parts.damaged(finding));
        }
        for (offset, found, bytes) in ends {
            let place = |fault: Fault| parts.damaged(Finding::in_record(offset, &found, fault));
            let end: RelationEnd = value(&found, bytes.payload()).map_err(place)?;
            check::relation_end(&end, &found, &manifest).map_err(place)?;
        }
        check::sequences(&sequences, catalog.entries.len()).map_err(|fault| parts.damaged(Finding::at(0, fault)))?;
        Ok(Self {
            source,
            catalog,
            sequences,
            manifest,
        })
    }
}

/// The manifest that a trailer points to, checked against the root digest.
fn read_manifest(parts: &Parts, header: &Header, trailer: &Trailer) -> Result<Manifest, ArchiveError> {
    let offset = trailer.manifest_offset;
    let at = |fault: Fault| Finding {
        kind: Some(RecordKind::Manifest),
        ..Finding::at(offset, fault)
    };
    let stored_bytes = trailer.manifest_bytes.saturating_sub(RECORD_HEADER_BYTES as u64);
    let record = parts
        .record(offset, stored_bytes)
        .map_err(|error| error.named(parts.name, at))?;
    let found = record.header(header).map_err(|fault| parts.damaged(at(fault)))?;
    let place = |fault: Fault| parts.damaged(Finding::in_record(offset, &found, fault));
    if found.kind != RecordKind::Manifest {
        return Err(place(Fault::Order {
            found: found.kind,
            expected: RecordKind::Manifest,
        }));
    }
    check::number(
        "the manifest's sequence number",
        found.sequence,
        trailer.records.wrapping_sub(1),
    )
    .map_err(place)?;
    check_payload(&found, record.payload()).map_err(|e| place(e.into()))?;
    let cbor = metadata::cbor_of(&found, record.payload()).map_err(place)?;
    let computed = root_digest(&header.encode(), &cbor);
    if computed != trailer.root_digest {
        return Err(place(Fault::Digest {
            what: "the root digest",
            found: computed,
            expected: trailer.root_digest,
        }));
    }
    cbor::decode(&cbor).map_err(|e| place(e.into()))
}

fn read_record<'a>(
    parts: &'a Parts,
    record: &RecordRef,
    header: &Header,
) -> Result<(RecordHeader, RecordBytes<'a>), ArchiveError> {
    let read = || -> Result<_, Unusable> {
        let bytes = parts.record(record.offset, record.stored_bytes)?;
        let found = bytes.header(header)?;
        check::record_header(&found, record)?;
        check_payload(&found, bytes.payload())?;
        check::blake3(bytes.payload(), record.blake3)?;
        Ok((found, bytes))
    };
    read().map_err(|error| {
        error.named(parts.name, |fault| Finding {
            record: Some(record.sequence),
            kind: RecordKind::from_id(record.kind).ok(),
            relation: (record.relation > 0).then_some(record.relation),
            ..Finding::at(record.offset, fault)
        })
    })
}

fn read_chunk(
    source: &dyn ReadAt,
    chunk: &ChunkRef,
    header: &Header,
    catalog: &Catalog,
) -> Result<DecodedChunk, Unusable> {
    let bytes = RecordBytes::read(source, chunk.offset, chunk.stored_bytes)?;
    let found = bytes.header(header)?;
    check::chunk_header(&found, chunk)?;
    check_payload(&found, bytes.payload())?;
    check::blake3(bytes.payload(), chunk.blake3)?;
    let decoded = codec::decode(
        bytes.payload(),
        ChunkFacts {
            rows: chunk.rows,
            raw_bytes: chunk.raw_bytes,
        },
    )?;
    let relation = catalog.relation(chunk.relation).ok_or(Fault::UnknownRelation {
        relation: chunk.relation,
    })?;
    check::decoded_chunk(&decoded, Shape::of(relation), chunk)?;
    Ok(decoded)
}

fn value<T: DeserializeOwned>(header: &RecordHeader, payload: &[u8]) -> Result<T, Fault> {
    metadata::decode(header, payload)
}
