//! Reads an archive from a pipe, in one pass and in order.
//!
//! Checksums are checked before anything is given out, and digests and counts as soon as the record that states them
//! arrives. Only [`StreamEvent::End`] proves that what was given out is complete.

use std::io::{self, Read};

use serde::de::DeserializeOwned;

use crate::archive::check::{self, Shape};
use crate::archive::error::{ArchiveError, Fault, Finding, damaged, header_error};
use crate::archive::ledger::Ledger;
use crate::archive::metadata::{self, SequenceStates};
use crate::archive::summary::Summary;
use crate::codec::{self, ChunkFacts, DecodedChunk};
use crate::format::header::HEADER_BYTES;
use crate::format::index::root_digest;
use crate::format::limits::MAX_TRUSTED_ALLOCATION;
use crate::format::record::{RECORD_HEADER_BYTES, check_payload};
use crate::format::trailer::TRAILER_BYTES;
use crate::format::{
    ArchiveId, ChunkHead, ChunkRef, Digest, Header, Manifest, RecordHeader, RecordKind, RecordRef, RelationEnd,
    RowDigest, Trailer, cbor,
};
use crate::model::{Catalog, RelationId, SequenceState, Source};

/// An archive as it arrives.
pub struct ArchiveStream {
    input: Box<dyn Read + Send>,
    name: String,
    header: Header,
    offset: u64,
    ledger: Ledger,
    catalog_entries: usize,
    ended: bool,
}

/// The next item of the stream. Checkpoints are checked and passed over.
#[derive(Debug)]
pub enum StreamEvent {
    /// The server and the database that it was made from.
    Source(Source),
    /// What the archive holds besides rows.
    Catalog(Catalog),
    /// Rows of a relation.
    Chunk(StreamedChunk),
    /// All chunks of the relation have arrived.
    RelationEnd {
        /// Its id.
        relation: RelationId,
        /// Its rows in all.
        rows: u64,
        /// The digest of all its rows.
        digest: RowDigest,
    },
    /// Positions of sequences. There may be several of these.
    Sequences(Vec<SequenceState>),
    /// The archive is complete, and everything before agrees with its manifest.
    End(Summary),
}

/// A chunk whose checksum is right. It is not decoded yet, so that any thread can do it.
#[derive(Debug)]
pub struct StreamedChunk {
    /// The relation whose rows it has.
    pub relation: RelationId,
    /// Position among the relation's chunks, from 0.
    pub chunk: u32,
    /// Its rows.
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_bytes: u64,
    name: String,
    shape: Shape,
    reference: ChunkRef,
    payload: Vec<u8>,
}

impl StreamedChunk {
    /// Bytes of its payload.
    pub fn stored_bytes(&self) -> u64 {
        self.payload.len() as u64
    }

    /// The chunk's rows.
    ///
    /// # Errors
    /// [`ArchiveError::Damaged`].
    pub fn decode(&self) -> Result<DecodedChunk, ArchiveError> {
        self.decode_checked().map_err(|what| {
            let finding = Finding {
                record: Some(self.reference.sequence),
                kind: Some(RecordKind::Chunk),
                offset: self.reference.offset,
                relation: Some(self.relation),
                chunk: Some(self.chunk),
                what,
            };
            damaged(&self.name, finding)
        })
    }

    fn decode_checked(&self) -> Result<DecodedChunk, Fault> {
        let decoded = codec::decode(
            &self.payload,
            ChunkFacts {
                rows: self.rows,
                raw_bytes: self.raw_bytes,
            },
        )?;
        check::decoded_chunk(&decoded, self.shape, &self.reference)?;
        Ok(decoded)
    }
}

impl ArchiveStream {
    /// Reads the archive header. `name` is the input's name in errors.
    ///
    /// # Errors
    /// As those of [`crate::archive::Archive::open`].
    pub fn new(input: impl Read + Send + 'static, name: &str) -> Result<Self, ArchiveError> {
        let mut input: Box<dyn Read + Send> = Box::new(input);
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        (&mut input)
            .take(HEADER_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(|source| ArchiveError::Read {
                name: name.to_owned(),
                source,
            })?;
        let header = Header::decode(&bytes).map_err(|e| header_error(name, bytes.len() as u64, e))?;
        Ok(Self {
            input,
            name: name.to_owned(),
            header,
            offset: HEADER_BYTES as u64,
            ledger: Ledger::default(),
            catalog_entries: 0,
            ended: false,
        })
    }

    /// The id in the header.
    pub fn id(&self) -> ArchiveId {
        self.header.archive_id
    }

    /// The next event; `None` after [`StreamEvent::End`]. After an error the stream must be dropped.
    ///
    /// # Errors
    /// [`ArchiveError::Incomplete`] when the input ends before the trailer does,
    /// [`ArchiveError::Damaged`], [`ArchiveError::Read`].
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<StreamEvent>, ArchiveError> {
        if self.ended {
            return Ok(None);
        }
        loop {
            let offset = self.offset;
            let bytes = self.read_exactly(RECORD_HEADER_BYTES as u64)?;
            let header = RecordHeader::decode(&bytes).map_err(|e| damaged(&self.name, Finding::at(offset, e)))?;
            self.admit(&header)
                .map_err(|fault| self.damage(offset, &header, fault))?;
            let payload = self.read_exactly(header.stored_bytes)?;
            check_payload(&header, &payload).map_err(|e| self.damage(offset, &header, e))?;
            if header.kind == RecordKind::Manifest {
                return self.finish(offset, &header, &payload).map(Some);
            }
            let event = self
                .event(offset, &header, payload)
                .map_err(|fault| self.damage(offset, &header, fault))?;
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn admit(&mut self, header: &RecordHeader) -> Result<(), Fault> {
        if header.tag != self.header.archive_id.tag() {
            return Err(Fault::ManifestDiffers { what: "archive id" });
        }
        self.ledger.admit(header)
    }

    fn event(&mut self, offset: u64, header: &RecordHeader, payload: Vec<u8>) -> Result<Option<StreamEvent>, Fault> {
        let blake3 = Digest(*blake3::hash(&payload).as_bytes());
        if header.kind == RecordKind::Chunk {
            return self.chunk(offset, header, payload, blake3).map(Some);
        }
        self.ledger.record(RecordRef {
            kind: header.kind as u8,
            sequence: header.sequence,
            offset,
            relation: header.relation,
            raw_bytes: header.raw_bytes,
            stored_bytes: header.stored_bytes,
            blake3,
        });
        Ok(match header.kind {
            RecordKind::Source => Some(StreamEvent::Source(value(header, &payload)?)),
            RecordKind::Catalog => {
                let mut catalog: Catalog = value(header, &payload)?;
                check::catalog(&catalog)?;
                catalog.forget_server_kept();
                self.ledger.catalog(&catalog);
                self.catalog_entries = catalog.entries.len();
                Some(StreamEvent::Catalog(catalog))
            }
            RecordKind::RelationEnd => {
                let end: RelationEnd = value(header, &payload)?;
                check::end_header(&end, header)?;
                self.ledger.check_end(&end)?;
                Some(StreamEvent::RelationEnd {
                    relation: end.relation,
                    rows: end.rows,
                    digest: end.digest(),
                })
            }
            RecordKind::SequenceState => {
                let states: SequenceStates = value(header, &payload)?;
                check::sequences(&states.sequences, self.catalog_entries)?;
                Some(StreamEvent::Sequences(states.sequences))
            }
            // The content of a checkpoint has arrived already. Chunks, large objects and the manifest never get here.
            RecordKind::Checkpoint | RecordKind::Chunk | RecordKind::LargeObjects | RecordKind::Manifest => None,
        })
    }

    fn chunk(
        &mut self,
        offset: u64,
        header: &RecordHeader,
        payload: Vec<u8>,
        blake3: Digest,
    ) -> Result<StreamEvent, Fault> {
        let shape = self.ledger.shape(header.relation)?;
        let head = ChunkHead::decode(&payload, header.rows, header.raw_bytes)?;
        let digest = RowDigest {
            rows: header.rows,
            sum: head.row_sum,
        };
        let reference = ChunkRef {
            archive: 0,
            sequence: header.sequence,
            offset,
            relation: header.relation,
            chunk: header.chunk,
            rows: header.rows,
            raw_bytes: header.raw_bytes,
            stored_bytes: header.stored_bytes,
            blake3,
            row_sum: digest.sum_bytes(),
            first_page: head.pages.map(|p| p.first),
            end_page: head.pages.and_then(|p| p.end),
        };
        self.ledger.chunk(reference.clone())?;
        Ok(StreamEvent::Chunk(StreamedChunk {
            relation: header.relation,
            chunk: header.chunk,
            rows: header.rows,
            raw_bytes: header.raw_bytes,
            name: self.name.clone(),
            shape,
            reference,
            payload,
        }))
    }

    /// Checks manifest and trailer against everything that came before.
    fn finish(&mut self, offset: u64, header: &RecordHeader, payload: &[u8]) -> Result<StreamEvent, ArchiveError> {
        let trailer_offset = self.offset;
        let bytes = self.read_exactly(TRAILER_BYTES as u64)?;
        let trailer = Trailer::decode(&bytes).map_err(|e| damaged(&self.name, Finding::at(trailer_offset, e)))?;
        let (manifest, root) = self
            .check_manifest(header, payload)
            .map_err(|fault| self.damage(offset, header, fault))?;
        let expected = Trailer {
            manifest_offset: offset,
            manifest_bytes: header.record_bytes(),
            archive_bytes: self.offset,
            records: header.sequence + 1,
            archive_id: self.header.archive_id,
            root_digest: root,
        };
        if trailer != expected {
            let fault = match trailer.root_digest == root {
                true => Fault::ManifestDiffers { what: "trailer" },
                false => Fault::Digest {
                    what: "the root digest",
                    found: root,
                    expected: trailer.root_digest,
                },
            };
            return Err(damaged(&self.name, Finding::at(trailer_offset, fault)));
        }
        let trailing = io::copy(&mut self.input, &mut io::sink()).map_err(|source| ArchiveError::Read {
            name: self.name.clone(),
            source,
        })?;
        if trailing > 0 {
            let fault = Fault::TrailingBytes { bytes: trailing };
            return Err(damaged(&self.name, Finding::at(self.offset, fault)));
        }
        self.ended = true;
        Ok(StreamEvent::End(Summary::new(
            self.header.archive_id,
            &manifest,
            root,
            self.offset,
        )))
    }

    fn check_manifest(&self, header: &RecordHeader, payload: &[u8]) -> Result<(Manifest, Digest), Fault> {
        let cbor = metadata::cbor_of(header, payload)?;
        let root = root_digest(&self.header.encode(), &cbor);
        let read: Manifest = cbor::decode(&cbor)?;
        let mut seen = self.ledger.manifest(self.header.archive_id)?;
        // Only the manifest states this.
        seen.generated.clone_from(&read.generated);
        let differs = |what| Err(Fault::ManifestDiffers { what });
        match () {
            _ if read.archives != seen.archives => differs("archive id"),
            _ if read.records != seen.records => differs("records"),
            _ if read.relations != seen.relations => differs("relations"),
            _ if read != seen => differs("totals"),
            _ => Ok((read, root)),
        }
    }

    /// Reads `count` bytes, a number within limits; memory grows only as bytes arrive.
    fn read_exactly(&mut self, count: u64) -> Result<Vec<u8>, ArchiveError> {
        let trusted = usize::try_from(count).map_or(MAX_TRUSTED_ALLOCATION, |count| count.min(MAX_TRUSTED_ALLOCATION));
        let mut bytes = Vec::with_capacity(trusted);
        (&mut self.input)
            .take(count)
            .read_to_end(&mut bytes)
            .map_err(|source| ArchiveError::Read {
                name: self.name.clone(),
                source,
            })?;
        self.offset += bytes.len() as u64;
        match bytes.len() as u64 == count {
            true => Ok(bytes),
            false => Err(ArchiveError::Incomplete {
                name: self.name.clone(),
                bytes: self.offset,
            }),
        }
    }

    fn damage(&self, offset: u64, header: &RecordHeader, fault: impl Into<Fault>) -> ArchiveError {
        damaged(&self.name, Finding::in_record(offset, header, fault))
    }
}

fn value<T: DeserializeOwned>(header: &RecordHeader, payload: &[u8]) -> Result<T, Fault> {
    metadata::decode(header, payload)
}
