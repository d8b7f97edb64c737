//! Appends an archive to a sink, record by record.

use std::collections::BTreeMap;
use std::io::Write;

use crate::archive::check::{self, Shape};
use crate::archive::error::{ArchiveError, Fault};
use crate::archive::ledger::Ledger;
use crate::archive::metadata::{self, EncodedMetadata, SequenceStates};
use crate::archive::summary::Summary;
use crate::codec::EncodedChunk;
use crate::format::index::root_digest;
use crate::format::limits::{CHECKPOINT_INTERVAL_BYTES, MAX_CHUNK_STORED_BYTES};
use crate::format::record::RECORD_HEADER_BYTES;
use crate::format::trailer::TRAILER_BYTES;
use crate::format::{
    ArchiveId, Checkpoint, ChunkRef, Digest, GeneratedSum, Header, RecordHeader, RecordKind, RecordRef, RowDigest,
    Trailer,
};
use crate::model::{Catalog, RelationId, SequenceState, Source};

/// Writes one archive. It never seeks and never rewrites bytes, so any sink will do. Only [`ArchiveWriter::finish`]
/// completes the archive; if the writer is dropped before, every reader calls the archive incomplete. After an error
/// the writer must be dropped.
pub struct ArchiveWriter {
    sink: Box<dyn Write + Send>,
    header: Header,
    offset: u64,
    sequence: u64,
    ledger: Ledger,
    checkpoint: Checkpoint,
    /// Offset at which the last checkpoint ended.
    checkpointed: u64,
    checkpoint_interval: u64,
    catalog_entries: usize,
    generated: BTreeMap<RelationId, RowDigest>,
}

impl ArchiveWriter {
    /// Begins an archive with its header and its source record.
    ///
    /// # Errors
    /// Errors of the sink.
    pub fn create(sink: Box<dyn Write + Send>, source: &Source) -> Result<Self, ArchiveError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|e| write_error(std::io::Error::other(e.to_string())))?;
        Self::create_with_id(sink, source, ArchiveId(id))
    }

    /// As [`ArchiveWriter::create`], with a given id: equal input then gives equal bytes.
    pub fn create_with_id(
        sink: Box<dyn Write + Send>,
        source: &Source,
        archive_id: ArchiveId,
    ) -> Result<Self, ArchiveError> {
        let mut writer = Self {
            sink,
            header: Header::new(archive_id),
            offset: 0,
            sequence: 0,
            ledger: Ledger::default(),
            checkpoint: Checkpoint::default(),
            checkpointed: 0,
            checkpoint_interval: CHECKPOINT_INTERVAL_BYTES,
            catalog_entries: 0,
            generated: BTreeMap::new(),
        };
        let header = writer.header.encode();
        writer.append(&header)?;
        writer.metadata(RecordKind::Source, 0, 0, source)?;
        Ok(writer)
    }

    /// Sets how many bytes may follow a checkpoint before the next one; the default is 1 GiB.
    pub fn set_checkpoint_interval(&mut self, bytes: u64) {
        self.checkpoint_interval = bytes.max(1);
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.offset
    }

    /// Rows written so far of a relation.
    pub fn rows(&self, relation: RelationId) -> u64 {
        self.ledger.rows(relation)
    }

    /// Writes the catalog: once, before everything else.
    ///
    /// # Errors
    /// [`ArchiveError::Refused`] for a catalog whose ids no reader would accept.
    pub fn catalog(&mut self, catalog: &Catalog) -> Result<(), ArchiveError> {
        check::catalog(catalog).map_err(refused)?;
        self.metadata(RecordKind::Catalog, 0, 0, catalog)?;
        self.ledger.catalog(catalog);
        self.catalog_entries = catalog.entries.len();
        Ok(())
    }

    /// Writes a chunk as the next one of its relation and gives its number, from 0.
    ///
    /// # Errors
    /// [`ArchiveError::Refused`] for a relation that is not in the catalog, has other columns or has ended.
    pub fn chunk(&mut self, relation: RelationId, chunk: EncodedChunk) -> Result<u32, ArchiveError> {
        let shape = Shape {
            columns: chunk.columns,
            copy_format: chunk.copy_format,
        };
        shape
            .check(self.ledger.shape(relation).map_err(refused)?)
            .map_err(refused)?;
        if chunk.payload.len() as u64 > MAX_CHUNK_STORED_BYTES {
            return Err(refused(Fault::Number {
                what: "the stored length of a chunk",
                found: chunk.payload.len() as u64,
                expected: MAX_CHUNK_STORED_BYTES,
            }));
        }
        let number = self.ledger.next_chunk(relation).map_err(refused)?;
        let header = RecordHeader {
            kind: RecordKind::Chunk,
            sequence: self.sequence,
            tag: self.header.archive_id.tag(),
            relation,
            chunk: number,
            rows: chunk.rows,
            raw_bytes: chunk.raw_len,
            stored_bytes: chunk.payload.len() as u64,
            payload_crc: chunk.crc,
        };
        let reference = ChunkRef {
            archive: 0,
            sequence: self.sequence,
            offset: self.offset,
            relation,
            chunk: number,
            rows: chunk.rows,
            raw_bytes: chunk.raw_len,
            stored_bytes: header.stored_bytes,
            blake3: chunk.blake3,
            row_sum: chunk.digest.sum_bytes(),
            first_page: chunk.page_range.map(|p| p.first),
            end_page: chunk.page_range.and_then(|p| p.end),
        };
        self.record(&header, &chunk.payload)?;
        self.checkpoint.chunks.push(reference.clone());
        self.ledger.chunk(reference).map_err(refused)?;
        self.checkpoint_if_due()?;
        Ok(number)
    }

    /// Ends a relation after its last chunk; needed also for a relation without rows. `streams` is the number of
    /// connections or page ranges that read its rows.
    pub fn relation_end(&mut self, relation: RelationId, streams: u32) -> Result<(), ArchiveError> {
        let end = self.ledger.end(relation, streams).map_err(refused)?;
        self.metadata(RecordKind::RelationEnd, relation, end.rows, &end)?;
        self.checkpoint_if_due()
    }

    /// Sets the digest of a relation's rows with the values of their stored generated columns. The number of rows must
    /// be that of the relation.
    pub fn generated(&mut self, relation: RelationId, digest: RowDigest) {
        self.generated.insert(relation, digest);
    }

    /// Writes sequence states; may be called several times.
    pub fn sequences(&mut self, states: &[SequenceState]) -> Result<(), ArchiveError> {
        check::sequences(states, self.catalog_entries).map_err(refused)?;
        let states = SequenceStates {
            sequences: states.to_vec(),
        };
        self.metadata(RecordKind::SequenceState, 0, 0, &states)
    }

    /// Writes manifest and trailer and flushes the sink. The archive is complete when this returns.
    ///
    /// The sink is flushed before the trailer too. If a flush makes bytes durable, no crash can leave a trailer without
    /// the records before it.
    ///
    /// # Errors
    /// [`ArchiveError::Refused`] if a relation whose rows belong in the archive has not ended.
    pub fn finish(mut self) -> Result<Summary, ArchiveError> {
        let id = self.header.archive_id;
        let mut manifest = self.ledger.manifest(id).map_err(refused)?;
        let generated = self.generated.iter().map(|(relation, digest)| GeneratedSum {
            relation: *relation,
            row_sum: digest.sum_bytes(),
        });
        manifest.generated = generated.collect();
        let manifest_offset = self.offset;
        let encoded = metadata::encode(&manifest).map_err(refused)?;
        let root = root_digest(&self.header.encode(), &encoded.cbor);
        self.encoded_metadata(RecordKind::Manifest, 0, 0, &encoded)?;
        let trailer = Trailer {
            manifest_offset,
            manifest_bytes: self.offset - manifest_offset,
            archive_bytes: self.offset + TRAILER_BYTES as u64,
            records: self.sequence,
            archive_id: id,
            root_digest: root,
        };
        self.sink.flush().map_err(write_error)?;
        self.append(&trailer.encode())?;
        self.sink.flush().map_err(write_error)?;
        Ok(Summary::new(id, &manifest, root, self.offset))
    }

    fn checkpoint_if_due(&mut self) -> Result<(), ArchiveError> {
        if self.offset - self.checkpointed < self.checkpoint_interval {
            return Ok(());
        }
        let checkpoint = std::mem::take(&mut self.checkpoint);
        self.checkpoint.previous = Some(self.offset);
        self.metadata(RecordKind::Checkpoint, 0, 0, &checkpoint)?;
        self.checkpointed = self.offset;
        Ok(())
    }

    fn metadata<T: serde::Serialize>(
        &mut self,
        kind: RecordKind,
        relation: RelationId,
        rows: u64,
        value: &T,
    ) -> Result<(), ArchiveError> {
        let encoded = metadata::encode(value).map_err(refused)?;
        self.encoded_metadata(kind, relation, rows, &encoded)
    }

    fn encoded_metadata(
        &mut self,
        kind: RecordKind,
        relation: RelationId,
        rows: u64,
        encoded: &EncodedMetadata,
    ) -> Result<(), ArchiveError> {
        let header = RecordHeader {
            kind,
            sequence: self.sequence,
            tag: self.header.archive_id.tag(),
            relation,
            chunk: 0,
            rows,
            raw_bytes: encoded.cbor.len() as u64,
            stored_bytes: encoded.payload.len() as u64,
            payload_crc: crc32fast::hash(&encoded.payload),
        };
        let reference = RecordRef {
            kind: kind as u8,
            sequence: self.sequence,
            offset: self.offset,
            relation,
            raw_bytes: header.raw_bytes,
            stored_bytes: header.stored_bytes,
            blake3: Digest(*blake3::hash(&encoded.payload).as_bytes()),
        };
        self.record(&header, &encoded.payload)?;
        self.checkpoint.records.push(reference.clone());
        self.ledger.record(reference);
        Ok(())
    }

    fn record(&mut self, header: &RecordHeader, payload: &[u8]) -> Result<(), ArchiveError> {
        self.ledger.admit(header).map_err(refused)?;
        self.append(&header.encode())?;
        self.append(payload)?;
        self.sequence += 1;
        debug_assert_eq!(header.record_bytes(), (RECORD_HEADER_BYTES + payload.len()) as u64);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.sink.write_all(bytes).map_err(write_error)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

fn refused(fault: Fault) -> ArchiveError {
    ArchiveError::Refused { fault }
}

fn write_error(source: std::io::Error) -> ArchiveError {
    ArchiveError::Write {
        name: "the archive".to_owned(),
        source,
    }
}
