//! A complete archive in a file, read in place.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::archive::check::{self, Shape};
use crate::archive::error::{ArchiveError, Fault, Finding, damaged, header_error};
use crate::archive::map::MappedFile;
use crate::archive::metadata::{self, SequenceStates};
use crate::archive::summary::Summary;
use crate::codec::{self, ChunkFacts, DecodedChunk};
use crate::format::header::HEADER_BYTES;
use crate::format::index::root_digest;
use crate::format::record::{RECORD_HEADER_BYTES, check_payload};
use crate::format::trailer::{TRAILER_BYTES, TRAILER_MAGIC};
use crate::format::{
    ArchiveId, ChunkRef, Digest, FormatError, Header, Manifest, RecordHeader, RecordKind, RecordRef, RelationEnd,
    Trailer, cbor,
};
use crate::model::{Catalog, SequenceState, Source};

/// An archive whose header, trailer and metadata have been checked, down to the root digest. Chunks are checked when
/// they are read. Threads share it by reference.
pub struct Archive {
    name: String,
    map: MappedFile,
    header: Header,
    trailer: Trailer,
    source: Source,
    catalog: Catalog,
    sequences: Vec<SequenceState>,
    manifest: Manifest,
}

impl Archive {
    /// Opens a file.
    ///
    /// # Errors
    /// [`ArchiveError::NotAnArchive`], [`ArchiveError::NewerFormat`], [`ArchiveError::Incomplete`],
    /// [`ArchiveError::Damaged`] with the first damage found, [`ArchiveError::Read`].
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let (name, map) = map_file(path)?;
        let header = Header::decode(&map).map_err(|e| header_error(&name, map.len() as u64, e))?;
        let trailer = read_trailer(&map, &header).map_err(|tail| tail.into_error(&name, map.len() as u64))?;
        let metadata = Metadata::read(&map, &header, &trailer).map_err(|finding| damaged(&name, finding))?;
        let Metadata {
            source,
            catalog,
            sequences,
            manifest,
        } = metadata;
        Ok(Self {
            name,
            map,
            header,
            trailer,
            source,
            catalog,
            sequences,
            manifest,
        })
    }

    pub(super) fn mapped(&self) -> &MappedFile {
        &self.map
    }

    /// The path it was opened with.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> ArchiveId {
        self.header.archive_id
    }

    pub fn format_version(&self) -> u16 {
        self.header.format_version
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub fn sequences(&self) -> &[SequenceState] {
        &self.sequences
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn root_digest(&self) -> Digest {
        self.trailer.root_digest
    }

    /// Size of the file.
    pub fn bytes(&self) -> u64 {
        self.map.len() as u64
    }

    pub fn summary(&self) -> Summary {
        Summary::new(self.id(), &self.manifest, self.root_digest(), self.bytes())
    }

    /// Tells the system that chunks will be read in the order of the file.
    pub fn expect_sequential_reads(&self) {
        self.map.expect_sequential_reads();
    }

    /// Reads a chunk. Its header, checksum, BLAKE3, lengths, row count and number of columns are checked against the
    /// manifest and the catalog before a row is given out.
    ///
    /// # Errors
    /// [`ArchiveError::Damaged`].
    pub fn chunk(&self, chunk: &ChunkRef) -> Result<DecodedChunk, ArchiveError> {
        let decoded = read_chunk(&self.map, chunk, &self.header, &self.catalog);
        if let (Ok(offset), Ok(bytes)) = (usize::try_from(chunk.offset), usize::try_from(chunk.stored_bytes)) {
            self.map.release(offset, bytes);
        }
        decoded.map_err(|fault| {
            damaged(
                &self.name,
                Finding {
                    record: Some(chunk.sequence),
                    kind: Some(RecordKind::Chunk),
                    offset: chunk.offset,
                    relation: Some(chunk.relation),
                    chunk: Some(chunk.chunk),
                    what: fault,
                },
            )
        })
    }
}

/// The file's name in errors, and its bytes.
pub(crate) fn map_file(path: &Path) -> Result<(String, MappedFile), ArchiveError> {
    let name = path.display().to_string();
    match MappedFile::open(path) {
        Ok(map) => Ok((name, map)),
        Err(source) => Err(ArchiveError::Read { name, source }),
    }
}

/// Why no trailer can be used.
pub(crate) enum Tail {
    Missing,
    Damaged(Box<Finding>),
}

impl Tail {
    fn into_error(self, name: &str, bytes: u64) -> ArchiveError {
        match self {
            Tail::Missing => ArchiveError::Incomplete {
                name: name.to_owned(),
                bytes,
            },
            Tail::Damaged(finding) => damaged(name, finding),
        }
    }
}

/// The trailer at the end of an archive, checked against the header and the length.
pub(crate) fn read_trailer(bytes: &[u8], header: &Header) -> Result<Trailer, Tail> {
    let Some(offset) = bytes.len().checked_sub(TRAILER_BYTES).filter(|at| *at >= HEADER_BYTES) else {
        return Err(Tail::Missing);
    };
    let damage = |offset: usize, fault: Fault| Tail::Damaged(Box::new(Finding::at(offset as u64, fault)));
    let trailer = match Trailer::decode(&bytes[offset..]) {
        Ok(trailer) => trailer,
        Err(FormatError::Magic { .. }) => return Err(no_trailer(bytes)),
        Err(error) => return Err(damage(offset, error.into())),
    };
    let checks = [
        check::number("the archive's length", bytes.len() as u64, trailer.archive_bytes),
        check::number(
            "the end of the manifest",
            trailer.manifest_offset.saturating_add(trailer.manifest_bytes),
            offset as u64,
        ),
        match trailer.archive_id == header.archive_id {
            true => Ok(()),
            false => Err(Fault::ManifestDiffers { what: "archive id" }),
        },
    ];
    match checks.into_iter().find_map(Result::err) {
        None => Ok(trailer),
        Some(fault) => Err(damage(offset, fault)),
    }
}

/// Distinguishes a file with bytes after its trailer from one without a trailer.
fn no_trailer(bytes: &[u8]) -> Tail {
    const SEARCHED: usize = 1 << 20;
    let start = bytes.len().saturating_sub(SEARCHED).max(HEADER_BYTES);
    let end = memchr::memmem::rfind_iter(&bytes[start..], &TRAILER_MAGIC).find_map(|at| {
        let at = start + at;
        let trailer = Trailer::decode(&bytes[at..]).ok()?;
        let end = at + TRAILER_BYTES;
        (trailer.archive_bytes == end as u64).then_some(end)
    });
    match end {
        None => Tail::Missing,
        Some(end) => {
            let fault = Fault::TrailingBytes {
                bytes: (bytes.len() - end) as u64,
            };
            Tail::Damaged(Box::new(Finding::at(end as u64, fault)))
        }
    }
}

/// All metadata, without chunks.
struct Metadata {
    source: Source,
    catalog: Catalog,
    sequences: Vec<SequenceState>,
    manifest: Manifest,
}

impl Metadata {
    fn read(bytes: &[u8], header: &Header, trailer: &Trailer) -> Result<Self, Box<Finding>> {
        let manifest = read_manifest(bytes, header, trailer)?;
        let mut source = None;
        let mut catalog: Option<Catalog> = None;
        let mut sequences = Vec::new();
        let mut ends = Vec::new();
        for record in &manifest.records {
            let (found, payload) = read_record(bytes, record, header)?;
            let place = |fault: Fault| Box::new(Finding::in_record(record.offset, &found, fault));
            match found.kind {
                RecordKind::Source if found.sequence == 0 => source = Some(value(&found, payload, record.offset)?),
                RecordKind::Catalog if found.sequence == 1 => {
                    let mut read: Catalog = value(&found, payload, record.offset)?;
                    check::catalog(&read).map_err(place)?;
                    read.forget_server_kept();
                    catalog = Some(read);
                }
                RecordKind::SequenceState => {
                    let states: SequenceStates = value(&found, payload, record.offset)?;
                    sequences.extend(states.sequences);
                }
                RecordKind::RelationEnd => ends.push((record.offset, found, payload)),
                // Checkpoints matter only for archives without a manifest.
                RecordKind::Checkpoint => {}
                kind => return Err(place(Fault::Repeated { kind })),
            }
        }
        let missing = |expected| {
            let found = RecordKind::Manifest;
            Box::new(Finding::at(HEADER_BYTES as u64, Fault::Order { found, expected }))
        };
        let source = source.ok_or_else(|| missing(RecordKind::Source))?;
        let catalog = catalog.ok_or_else(|| missing(RecordKind::Catalog))?;
        if let Some(finding) = check::manifest(&manifest, header.archive_id, trailer, Some(&catalog))
            .into_iter()
            .next()
        {
            return Err(Box::new(finding));
        }
        for (offset, found, payload) in ends {
            let end: RelationEnd = value(&found, payload, offset)?;
            check::relation_end(&end, &found, &manifest)
                .map_err(|fault| Box::new(Finding::in_record(offset, &found, fault)))?;
        }
        check::sequences(&sequences, catalog.entries.len()).map_err(|fault| Finding::at(0, fault))?;
        Ok(Self {
            source,
            catalog,
            sequences,
            manifest,
        })
    }
}

/// The manifest that a trailer points to, checked against the root digest.
pub(crate) fn read_manifest(bytes: &[u8], header: &Header, trailer: &Trailer) -> Result<Manifest, Box<Finding>> {
    let offset = trailer.manifest_offset;
    let at = |fault: Fault| {
        Box::new(Finding {
            kind: Some(RecordKind::Manifest),
            ..Finding::at(offset, fault)
        })
    };
    let record = record_bytes(
        bytes,
        offset,
        trailer.manifest_bytes.saturating_sub(RECORD_HEADER_BYTES as u64),
    )
    .map_err(at)?;
    let found = record_header(record.0, header).map_err(at)?;
    let place = |fault: Fault| Box::new(Finding::in_record(offset, &found, fault));
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
    check_payload(&found, record.1).map_err(|e| place(e.into()))?;
    let cbor = metadata::cbor_of(&found, record.1).map_err(place)?;
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
    bytes: &'a [u8],
    record: &RecordRef,
    header: &Header,
) -> Result<(RecordHeader, &'a [u8]), Box<Finding>> {
    let place = |fault: Fault| {
        Box::new(Finding {
            record: Some(record.sequence),
            kind: RecordKind::from_id(record.kind).ok(),
            relation: (record.relation > 0).then_some(record.relation),
            ..Finding::at(record.offset, fault)
        })
    };
    let (head, payload) = record_bytes(bytes, record.offset, record.stored_bytes).map_err(place)?;
    let found = record_header(head, header).map_err(place)?;
    check::record_header(&found, record).map_err(place)?;
    check_payload(&found, payload).map_err(|e| place(e.into()))?;
    check::blake3(payload, record.blake3).map_err(place)?;
    Ok((found, payload))
}

fn read_chunk(bytes: &[u8], chunk: &ChunkRef, header: &Header, catalog: &Catalog) -> Result<DecodedChunk, Fault> {
    let (head, payload) = record_bytes(bytes, chunk.offset, chunk.stored_bytes)?;
    let found = record_header(head, header)?;
    check::chunk_header(&found, chunk)?;
    check_payload(&found, payload)?;
    check::blake3(payload, chunk.blake3)?;
    let decoded = codec::decode(
        payload,
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

/// Header and payload bytes of a record at a given place.
fn record_bytes(bytes: &[u8], offset: u64, stored_bytes: u64) -> Result<(&[u8], &[u8]), Fault> {
    let length = stored_bytes.saturating_add(RECORD_HEADER_BYTES as u64);
    let missing = || Fault::Cut {
        missing: offset.saturating_add(length).saturating_sub(bytes.len() as u64),
    };
    let start = usize::try_from(offset).map_err(|_| missing())?;
    let end = start
        .checked_add(usize::try_from(length).map_err(|_| missing())?)
        .ok_or_else(missing)?;
    let record = bytes.get(start..end).ok_or_else(missing)?;
    Ok(record.split_at(RECORD_HEADER_BYTES))
}

fn record_header(bytes: &[u8], header: &Header) -> Result<RecordHeader, Fault> {
    let found = RecordHeader::decode(bytes)?;
    check::header_fields(&found)?;
    match found.tag == header.archive_id.tag() {
        true => Ok(found),
        false => Err(Fault::ManifestDiffers { what: "archive id" }),
    }
}

fn value<T: DeserializeOwned>(header: &RecordHeader, payload: &[u8], offset: u64) -> Result<T, Box<Finding>> {
    metadata::decode(header, payload).map_err(|fault| Box::new(Finding::in_record(offset, header, fault)))
}
