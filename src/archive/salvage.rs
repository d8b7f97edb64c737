//! Rebuilds an archive from the intact parts of a damaged or incomplete one.
//!
//! Each record is found and checked separately, as `verify` does. The manifest, the checkpoints and the relation ends
//! that can be read say which chunks belong to the archive and how many there were. All intact records go into a new
//! archive with an id of its own, whose catalog says what is missing. Payloads are copied as they are, after another
//! check of their digest. Source and catalog must be intact, because nothing else says what the rows are.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::archive::check::Shape;
use crate::archive::error::{ArchiveError, Fault, Finding, header_error, unread};
use crate::archive::reader::map_file;
use crate::archive::records::{CheckedRecord, Content, check_records};
use crate::archive::summary::Summary;
use crate::archive::verify::VerifyOptions;
use crate::archive::walk::{self, Walk};
use crate::archive::writer::ArchiveWriter;
use crate::codec::EncodedChunk;
use crate::format::record::RECORD_HEADER_BYTES;
use crate::format::{Checkpoint, ChunkRef, Digest, Header, Manifest, RecordHeader, RecordKind, RelationEnd, RowDigest};
use crate::job::Job;
use crate::model::{Catalog, Missing, PageRange, Relation, RelationId, SequenceState, Source};
use crate::read_at::{ReadAt, exactly};

/// The intact parts of an archive, ready to be written.
pub struct Salvage {
    bytes: Arc<dyn ReadAt>,
    name: String,
    source: Source,
    catalog: Catalog,
    chunks: BTreeMap<(RelationId, u32), Chunk>,
    /// For each relation whose rows belong in the archive: the number of streams that read them, 0 if unknown.
    streams: BTreeMap<RelationId, u32>,
    sequences: Vec<SequenceState>,
    losses: Vec<Loss>,
    findings: Vec<Finding>,
}

/// Rows of a relation that are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Its id.
    pub relation: RelationId,
    /// As listings call the relation.
    pub name: String,
    /// The rows that were found.
    pub rows: u64,
    /// The chunks that were found.
    pub chunks: u32,
    /// The rows known to be lost.
    pub lost_rows: u64,
    /// The chunks known to be lost.
    pub lost_chunks: u32,
    /// Whether the relation's end was not found either, so that there may have been more rows.
    pub maybe_more: bool,
    /// Whether the chunks found contradict the relation's end; then none of them is used.
    pub contradicts: bool,
}

/// A chunk that can be decoded.
#[derive(Clone)]
struct Chunk {
    offset: u64,
    header: RecordHeader,
    blake3: Digest,
    shape: Shape,
    digest: RowDigest,
    pages: Option<PageRange>,
}

impl Chunk {
    /// The bytes of its payload.
    fn payload(&self) -> Range<u64> {
        let begin = self.offset + RECORD_HEADER_BYTES as u64;
        begin..begin + self.header.stored_bytes
    }
}

/// The archive's statement about the end of a relation's rows.
#[derive(Clone, Copy, PartialEq, Eq)]
struct End {
    chunks: u64,
    digest: RowDigest,
    streams: u32,
}

impl Salvage {
    /// Checks every record of a file and decides what can be kept. The job counts bytes of the file.
    ///
    /// # Errors
    /// Nothing can be kept: the file is no archive or one of a newer format, or its source or catalog is damaged; or
    /// [`ArchiveError::Stopped`].
    pub fn open(path: &Path, options: VerifyOptions, job: &Job) -> Result<Self, ArchiveError> {
        let (name, map) = map_file(path)?;
        Self::over(Arc::new(map), &name, options, job)
    }

    /// Checks every record of what a source holds, as [`Salvage::open`] does; `name` is its name in errors. The source is
    /// read once from front to back, and each chunk that is kept once more when it is written.
    ///
    /// # Errors
    /// As there.
    pub fn over(bytes: Arc<dyn ReadAt>, name: &str, options: VerifyOptions, job: &Job) -> Result<Self, ArchiveError> {
        bytes.expect_sequential_reads();
        let (head, window) = walk::begin(&*bytes).map_err(|source| unread(name, source))?;
        let (header, no_header) = match Header::decode(&head) {
            Ok(header) => (Some(header), None),
            Err(error) => match header_error(name, bytes.len(), error) {
                error @ (ArchiveError::NotAnArchive { .. } | ArchiveError::Damaged { .. }) => (None, Some(error)),
                error => return Err(error),
            },
        };
        let walk = Walk::new(window, header.as_ref());
        let (scanned, checked) = check_records(&*bytes, name, walk, options.jobs, job)?;
        let nothing = scanned.records.is_empty();
        let mut found = Found {
            findings: scanned.findings,
            ..Found::default()
        };
        for ((offset, header), checked) in scanned.records.into_iter().zip(checked) {
            found.record(offset, header, checked);
        }
        let lost = |record| match &no_header {
            // Nothing shows that the file ever was an archive.
            Some(ArchiveError::NotAnArchive { .. }) if nothing => ArchiveError::NotAnArchive { name: name.to_owned() },
            _ => ArchiveError::NotSalvageable {
                name: name.to_owned(),
                record,
            },
        };
        let source = found.source.take().ok_or_else(|| lost(RecordKind::Source))?;
        let catalog = found.catalog.take().ok_or_else(|| lost(RecordKind::Catalog))?;
        Ok(found.choose(bytes, name.to_owned(), *source, *catalog))
    }

    /// The relations whose rows are not all there.
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// The faults that were found record by record.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Everything that the new archive will declare as missing, including what the old one lacked.
    pub fn missing(&self) -> &[Missing] {
        &self.catalog.partial
    }

    /// Writes the new archive. The job counts bytes of chunks.
    ///
    /// # Errors
    /// Errors of the sink, the file has changed meanwhile, or [`ArchiveError::Stopped`].
    pub fn write(self, sink: Box<dyn Write + Send>, job: &Job) -> Result<Summary, ArchiveError> {
        let mut writer = ArchiveWriter::create(sink, &self.source)?;
        writer.catalog(&self.catalog)?;
        let total = self.chunks.values().map(|chunk| chunk.header.stored_bytes).sum();
        job.progress.set_done(0, total);
        let ranges: Vec<_> = self.chunks.values().map(Chunk::payload).collect();
        self.bytes.will_read(&ranges);
        for ((relation, _), chunk) in &self.chunks {
            if job.is_stopped() {
                return Err(ArchiveError::Stopped);
            }
            writer.chunk(*relation, self.copy(chunk)?)?;
            job.progress.advance(chunk.header.stored_bytes);
        }
        writer.sequences(&self.sequences)?;
        for (relation, streams) in &self.streams {
            writer.relation_end(*relation, *streams)?;
        }
        match job.is_stopped() {
            false => writer.finish(),
            true => Err(ArchiveError::Stopped),
        }
    }

    fn copy(&self, chunk: &Chunk) -> Result<EncodedChunk, ArchiveError> {
        let payload = exactly(&*self.bytes, chunk.payload()).map_err(|source| unread(&self.name, source))?;
        let payload = payload.into_owned();
        let blake3 = Digest(*blake3::hash(&payload).as_bytes());
        self.bytes.release(chunk.payload());
        if blake3 != chunk.blake3 {
            let fault = Fault::Digest {
                what: "the BLAKE3 of the payload, which was read twice,",
                found: blake3,
                expected: chunk.blake3,
            };
            return Err(ArchiveError::Damaged {
                name: self.name.clone(),
                finding: Box::new(Finding::in_record(chunk.offset, &chunk.header, fault)),
            });
        }
        Ok(EncodedChunk {
            copy_format: chunk.shape.copy_format,
            rows: chunk.header.rows,
            raw_len: chunk.header.raw_bytes,
            columns: chunk.shape.columns,
            digest: chunk.digest,
            page_range: chunk.pages,
            crc: chunk.header.payload_crc,
            blake3,
            payload,
        })
    }
}

/// The good records of an archive.
#[derive(Default)]
struct Found {
    source: Option<Box<Source>>,
    catalog: Option<Box<Catalog>>,
    /// All chunks that claim a number, so that none is preferred unchecked.
    chunks: BTreeMap<(RelationId, u32), Vec<Chunk>>,
    ends: HashMap<RelationId, Vec<End>>,
    manifest: Option<Box<Manifest>>,
    checkpoints: Vec<Checkpoint>,
    /// States of sequences by the sequence number of their record.
    sequences: BTreeMap<u64, Vec<SequenceState>>,
    findings: Vec<Finding>,
}

impl Found {
    fn record(&mut self, offset: u64, header: RecordHeader, checked: CheckedRecord) {
        if let Some(fault) = checked.fault {
            self.findings.push(Finding::in_record(offset, &header, fault));
            return;
        }
        match checked.content {
            // The source record counts only in its place: nothing else may say what the archive is.
            Content::Source(source) if header.sequence == 0 => {
                self.source.get_or_insert(source);
            }
            Content::Catalog(catalog) if header.sequence == 1 => {
                self.catalog.get_or_insert(catalog);
            }
            Content::Chunk { shape, digest, pages } => {
                let chunk = Chunk {
                    offset,
                    blake3: checked.blake3,
                    shape,
                    digest,
                    pages,
                    header,
                };
                let same = self
                    .chunks
                    .entry((chunk.header.relation, chunk.header.chunk))
                    .or_default();
                if same.iter().all(|other| other.blake3 != chunk.blake3) {
                    same.push(chunk);
                }
            }
            Content::RelationEnd(end) => {
                let end_of = End::of(&end);
                let ends = self.ends.entry(end.relation).or_default();
                if !ends.contains(&end_of) {
                    ends.push(end_of);
                }
            }
            Content::Sequences(states) => {
                self.sequences.insert(header.sequence, states.sequences);
            }
            Content::Checkpoint(checkpoint) => self.checkpoints.push(*checkpoint),
            Content::Manifest { manifest, .. } => self.manifest = Some(manifest),
            Content::Source(_) | Content::Catalog(_) | Content::None => {}
        }
    }

    fn choose(mut self, bytes: Arc<dyn ReadAt>, name: String, source: Source, mut catalog: Catalog) -> Salvage {
        let listed = self.listed();
        let mut chunks = BTreeMap::new();
        let mut streams = BTreeMap::new();
        let mut losses = Vec::new();
        for relation in &catalog.relations {
            let mut kept = self.chunks_of(relation, &listed);
            let end = self.end(relation.id);
            // A relation that is marked as without rows may still have some.
            let has_listed = || {
                listed
                    .range((relation.id, 0)..=(relation.id, u32::MAX))
                    .next()
                    .is_some()
            };
            if relation.data_excluded && end.is_none() && kept.is_empty() && !has_listed() {
                continue;
            }
            let loss = loss(relation, &mut kept, end, &listed);
            streams.insert(relation.id, end.map_or(0, |end| end.streams));
            chunks.extend(kept.into_iter().map(|chunk| ((relation.id, chunk.header.chunk), chunk)));
            losses.extend(loss);
        }
        let lost_sequences = self.lost_sequences(&catalog);
        catalog.partial.extend(losses.iter().map(Loss::missing));
        catalog.partial.extend(lost_sequences);
        let mut sequences: Vec<SequenceState> = std::mem::take(&mut self.sequences).into_values().flatten().collect();
        sequences.retain(|state| state.entry as usize <= catalog.entries.len());
        Salvage {
            bytes,
            name,
            source,
            catalog,
            chunks,
            streams,
            sequences,
            losses,
            findings: self.findings,
        }
    }

    /// The chunks that the manifest lists or, without a manifest, the checkpoints.
    fn listed(&self) -> BTreeMap<(RelationId, u32), ChunkRef> {
        let of_manifest = self.manifest.iter().flat_map(|manifest| manifest.chunks());
        let of_checkpoints = self.checkpoints.iter().flat_map(|checkpoint| &checkpoint.chunks);
        let key = |chunk: &ChunkRef| ((chunk.relation, chunk.chunk), chunk.clone());
        // Later items replace earlier ones, so the manifest decides.
        of_checkpoints.chain(of_manifest).map(key).collect()
    }

    /// The chunks of a relation, in order. Each is the only one with its number, or the one that is listed.
    fn chunks_of(&self, relation: &Relation, listed: &BTreeMap<(RelationId, u32), ChunkRef>) -> Vec<Chunk> {
        let shape = Shape::of(relation);
        let of_relation = self.chunks.range((relation.id, 0)..=(relation.id, u32::MAX));
        let choose = |(key, candidates): (&(RelationId, u32), &Vec<Chunk>)| {
            let mut fitting = candidates.iter().filter(|chunk| chunk.shape.check(shape).is_ok());
            let chosen = match (listed.get(key), self.manifest.is_some()) {
                (Some(listed), _) => fitting.find(|chunk| chunk.blake3 == listed.blake3),
                (None, true) => None,
                (None, false) => fitting.next().filter(|_| fitting.next().is_none()),
            };
            chosen.cloned()
        };
        of_relation.filter_map(choose).collect()
    }

    /// The end of a relation as the manifest says it or, without a manifest, as the relation's end record does, if
    /// there is only one.
    fn end(&self, relation: RelationId) -> Option<End> {
        if let Some(manifest) = &self.manifest {
            return manifest.relation(relation).map(|of_relation| End {
                chunks: of_relation.chunks.len() as u64,
                digest: of_relation.digest(),
                streams: of_relation.streams,
            });
        }
        match self.ends.get(&relation).map(Vec::as_slice) {
            Some([end]) => Some(*end),
            _ => None,
        }
    }

    /// The loss to declare if a record of sequence positions is missing; none if the catalog has no entries.
    fn lost_sequences(&self, catalog: &Catalog) -> Option<Missing> {
        let all_there = match &self.manifest {
            Some(manifest) => (manifest.records.iter())
                .filter(|record| record.kind == RecordKind::SequenceState as u8)
                .all(|record| self.sequences.contains_key(&record.sequence)),
            // A dump writes one such record, even without sequences.
            None => !self.sequences.is_empty(),
        };
        (!all_there && !catalog.entries.is_empty()).then(|| Missing {
            kind: "SEQUENCE".to_owned(),
            name: "(some or all)".to_owned(),
            what: "position".to_owned(),
            reason: "a record of positions was not found".to_owned(),
        })
    }
}

impl End {
    fn of(end: &RelationEnd) -> Self {
        Self {
            chunks: end.chunks.into(),
            digest: end.digest(),
            streams: end.streams,
        }
    }
}

/// The lost rows of a relation. Chunks that contradict its end are removed from `kept`.
fn loss(
    relation: &Relation,
    kept: &mut Vec<Chunk>,
    end: Option<End>,
    listed: &BTreeMap<(RelationId, u32), ChunkRef>,
) -> Option<Loss> {
    let sum_of = |chunks: &[Chunk]| {
        let mut sum = RowDigest::default();
        chunks.iter().for_each(|chunk| sum.merge(chunk.digest));
        sum
    };
    let contradicts = end.is_some_and(|end| {
        let sum = sum_of(kept);
        let too_many = kept.len() as u64 > end.chunks || sum.rows > end.digest.rows;
        too_many || (kept.len() as u64 == end.chunks && sum != end.digest)
    });
    if contradicts {
        kept.clear();
    }
    let rows = sum_of(kept).rows;
    // Every kept chunk has a number of its own, and numbers have 32 bits.
    let chunks = u32::try_from(kept.len()).unwrap_or(u32::MAX);
    let (lost_rows, lost_chunks) = match end {
        Some(end) => (
            end.digest.rows.saturating_sub(rows),
            end.chunks.saturating_sub(chunks.into()),
        ),
        None => {
            // The chunks are in order.
            let has = |number: u32| kept.binary_search_by_key(&number, |chunk| chunk.header.chunk).is_ok();
            let of_relation = listed.range((relation.id, 0)..=(relation.id, u32::MAX));
            let gone = of_relation.filter(|((_, number), _)| !has(*number));
            let rows = gone
                .clone()
                .fold(0u64, |sum, (_, chunk)| sum.saturating_add(chunk.rows));
            // Numbers without a chunk before the last one that is there.
            let gaps = kept.last().map_or(0, |last| u64::from(last.header.chunk) + 1);
            (rows, gaps.saturating_sub(chunks.into()).max(gone.count() as u64))
        }
    };
    (end.is_none() || lost_chunks > 0 || contradicts).then(|| Loss {
        relation: relation.id,
        name: relation.label(),
        rows,
        chunks,
        lost_rows,
        lost_chunks: u32::try_from(lost_chunks).unwrap_or(u32::MAX),
        maybe_more: end.is_none(),
        contradicts,
    })
}

impl Loss {
    /// The loss as the new archive's catalog states it.
    fn missing(&self) -> Missing {
        let reason = match (self.contradicts, self.maybe_more) {
            (true, _) => "the chunks found contradict the end of the relation".to_owned(),
            (false, true) if self.lost_chunks == 0 => {
                format!("{} were found, and not their end: there may have been more", self.rows)
            }
            (false, true) => format!(
                "{} were found, at least {} in {} chunks are lost, and the end was not found",
                self.rows, self.lost_rows, self.lost_chunks
            ),
            (false, false) => format!(
                "{} were found, {} in {} chunks are lost",
                self.rows, self.lost_rows, self.lost_chunks
            ),
        };
        Missing {
            kind: "TABLE".to_owned(),
            name: self.name.clone(),
            what: if self.chunks == 0 { "rows" } else { "some rows" }.to_owned(),
            reason,
        }
    }
}
