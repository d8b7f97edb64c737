//! Finds all faults of an archive.
//!
//! The records, which were found and checked one by one, are checked against the manifest or, without one, against each
//! other.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::archive::check::{self, Shape};
use crate::archive::error::{ArchiveError, Fault, Finding, header_error, unread};
use crate::archive::reader::Archive;
use crate::archive::reader::map_file;
use crate::archive::records::{CheckedRecord, Content, check_records};
use crate::archive::walk::{self, Walk};
use crate::format::header::HEADER_BYTES;
use crate::format::index::root_digest;
use crate::format::trailer::TRAILER_BYTES;
use crate::format::{ArchiveId, ChunkRef, Digest, Header, Manifest, RecordHeader, RecordKind, RowDigest, Trailer};
use crate::job::Job;
use crate::model::{Catalog, Missing, RelationId, Source};
use crate::read_at::{Memory, ReadAt};

/// How to verify.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Threads that check records.
    pub jobs: usize,
}

impl VerifyOptions {
    /// With as many threads, at least 1.
    pub const fn with_jobs(jobs: usize) -> Self {
        Self { jobs }
    }
}

/// A thread for each CPU.
impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// The result of a verification. The archive is good if it is complete and there are no findings.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The id in the header, if that can be read.
    pub archive_id: Option<ArchiveId>,
    /// Whether it ends with a trailer. Without one it must not be restored, however few the findings.
    pub complete: bool,
    /// The digest as recomputed from header and manifest.
    pub root_digest: Option<Digest>,
    /// Size of the file.
    pub bytes: u64,
    /// Whole records found.
    pub records: u64,
    /// Good chunks.
    pub chunks: u64,
    /// Rows of tables, bytes of COPY data and payload bytes of the good chunks. If the catalog cannot be read, pages of
    /// large objects are counted as rows.
    pub rows: u64,
    /// Bytes of COPY data of the good chunks.
    pub raw_bytes: u64,
    /// Payload bytes of the good chunks.
    pub stored_bytes: u64,
    /// Relations that ended and have no fault.
    pub relations: u64,
    /// In the order of the file.
    pub findings: Vec<Finding>,
    /// The server and the database that it was made from, if the record is good.
    pub source: Option<Source>,
    /// Objects that the catalog of a partial archive declares as missing; these are no damage.
    pub partial: Vec<Missing>,
}

impl VerifyReport {
    /// Whether the archive is complete and has no fault.
    pub fn is_good(&self) -> bool {
        self.complete && self.findings.is_empty()
    }
}

/// Verifies a file. The job counts bytes of the file.
///
/// # Errors
/// Only if there is nothing to check: [`ArchiveError::Read`], [`ArchiveError::NotAnArchive`],
/// [`ArchiveError::NewerFormat`], [`ArchiveError::Unsupported`]; or [`ArchiveError::Stopped`]. Damage and
/// incompleteness are in the report.
pub fn verify(path: &Path, options: VerifyOptions, job: &Job) -> Result<VerifyReport, ArchiveError> {
    let (name, map) = map_file(path)?;
    verify_over(&map, &name, options, job)
}

impl Archive {
    /// Verifies all of the archive that is open, as [`verify`] does one by its path.
    ///
    /// # Errors
    /// As there.
    pub fn verify(&self, options: VerifyOptions, job: &Job) -> Result<VerifyReport, ArchiveError> {
        verify_over(self.read_at(), self.name(), options, job)
    }
}

/// Verifies an archive in memory; `name` is its name in errors.
///
/// # Errors
/// As those of [`verify`].
pub fn verify_bytes(bytes: &[u8], name: &str, options: VerifyOptions, job: &Job) -> Result<VerifyReport, ArchiveError> {
    verify_over(&Memory(bytes), name, options, job)
}

/// Verifies what a source holds, which is read once, from front to back; `name` is its name in errors.
///
/// # Errors
/// As those of [`verify`].
pub fn verify_over(
    source: &dyn ReadAt,
    name: &str,
    options: VerifyOptions,
    job: &Job,
) -> Result<VerifyReport, ArchiveError> {
    source.expect_sequential_reads();
    let mut report = VerifyReport {
        bytes: source.len(),
        ..VerifyReport::default()
    };
    let (head, window) = walk::begin(source).map_err(|source| unread(name, source))?;
    let header = match Header::decode(&head) {
        Ok(header) => Some(header),
        Err(error) => match header_error(name, report.bytes, error) {
            ArchiveError::Damaged { finding, .. } => {
                report.findings.push(*finding);
                None
            }
            ArchiveError::Incomplete { .. } => return Ok(report),
            error => return Err(error),
        },
    };
    report.archive_id = header.as_ref().map(|h| h.archive_id);
    let walk = Walk::new(window, header.as_ref());
    let (scanned, checked) = check_records(source, name, walk, options.jobs, job)?;
    report.complete = scanned.trailer.is_some();
    report.records = scanned.records.len() as u64;
    report.findings.extend(scanned.findings);
    Whole {
        head,
        header,
        trailer: scanned.trailer,
        records: scanned.records,
        checked,
        report,
        rows: HashMap::new(),
    }
    .check()
}

/// Everything that could be read of an archive, to be checked against itself.
struct Whole {
    /// The bytes of the header.
    head: Vec<u8>,
    header: Option<Header>,
    trailer: Option<(u64, Trailer)>,
    records: Vec<(u64, RecordHeader)>,
    checked: Vec<CheckedRecord>,
    report: VerifyReport,
    /// Rows of the good chunks of each relation.
    rows: HashMap<RelationId, u64>,
}

impl Whole {
    fn check(mut self) -> Result<VerifyReport, ArchiveError> {
        self.own_faults();
        self.order();
        let catalog = self.take_catalog();
        self.against_catalog(catalog.as_ref());
        if let Some(catalog) = &catalog {
            self.report.partial.clone_from(&catalog.partial);
            let pages = catalog.relations.iter().filter(|relation| relation.large_objects);
            let pages: u64 = pages.filter_map(|relation| self.rows.get(&relation.id)).sum();
            self.report.rows = self.report.rows.saturating_sub(pages);
        }
        self.trailer();
        match self.take_manifest() {
            Some((offset, manifest)) => self.against_manifest(offset, &manifest, catalog.as_ref()),
            None => self.against_relation_ends(),
        }
        self.report.findings.sort_by_key(|f| f.offset);
        self.report.relations = self.good_relations();
        self.report.findings.dedup();
        Ok(self.report)
    }

    fn good_relations(&self) -> u64 {
        let bad: HashSet<RelationId> = self.report.findings.iter().filter_map(|f| f.relation).collect();
        let ended = self.checked.iter().filter_map(|checked| match &checked.content {
            Content::RelationEnd(end) => Some(end.relation),
            _ => None,
        });
        ended.filter(|relation| !bad.contains(relation)).count() as u64
    }

    fn find(&mut self, position: usize, fault: impl Into<Fault>) {
        let (offset, header) = &self.records[position];
        self.report.findings.push(Finding::in_record(*offset, header, fault));
    }

    fn own_faults(&mut self) {
        for position in 0..self.records.len() {
            if let Some(fault) = self.checked[position].fault.take() {
                self.find(position, fault);
                continue;
            }
            let header = &self.records[position].1;
            match &self.checked[position].content {
                Content::Chunk { .. } => {
                    self.report.chunks += 1;
                    self.report.rows = self.report.rows.saturating_add(header.rows);
                    let of_relation = self.rows.entry(header.relation).or_default();
                    *of_relation = of_relation.saturating_add(header.rows);
                    self.report.raw_bytes = self.report.raw_bytes.saturating_add(header.raw_bytes);
                    self.report.stored_bytes = self.report.stored_bytes.saturating_add(header.stored_bytes);
                }
                Content::Source(source) => self.report.source = Some((**source).clone()),
                _ => {}
            }
        }
    }

    /// Checks that records of each kind are in their places, and that sequence numbers rise by one.
    fn order(&mut self) {
        let mut expected_sequence = 0;
        for position in 0..self.records.len() {
            let (sequence, found) = (self.records[position].1.sequence, self.records[position].1.kind);
            if sequence > expected_sequence {
                self.find(
                    position,
                    Fault::MissingRecords {
                        first: expected_sequence,
                        last: sequence - 1,
                    },
                );
            } else if sequence < expected_sequence {
                let what = "the sequence number of the record";
                self.find(
                    position,
                    Fault::Number {
                        what,
                        found: sequence,
                        expected: expected_sequence,
                    },
                );
            }
            expected_sequence = sequence.saturating_add(1);
            let must = match sequence {
                0 => Some(RecordKind::Source),
                1 => Some(RecordKind::Catalog),
                _ => None,
            };
            match must {
                Some(expected) if expected != found => self.find(position, Fault::Order { found, expected }),
                None if matches!(found, RecordKind::Source | RecordKind::Catalog) => {
                    self.find(position, Fault::Repeated { kind: found });
                }
                _ => {}
            }
            if found == RecordKind::Manifest && position + 1 < self.records.len() {
                self.find(
                    position,
                    Fault::Order {
                        found,
                        expected: self.records[position + 1].1.kind,
                    },
                );
            }
        }
    }

    fn take_catalog(&mut self) -> Option<Catalog> {
        self.checked.iter_mut().find_map(|checked| match &mut checked.content {
            Content::Catalog(catalog) => Some(std::mem::take(&mut **catalog)),
            _ => None,
        })
    }

    fn against_catalog(&mut self, catalog: Option<&Catalog>) {
        let Some(catalog) = catalog else { return };
        for position in 0..self.records.len() {
            let relation = self.records[position].1.relation;
            let fault = match &self.checked[position].content {
                Content::Chunk { shape, .. } => match catalog.relation(relation) {
                    None => Err(Fault::UnknownRelation { relation }),
                    Some(known) => shape.check(Shape::of(known)),
                },
                Content::RelationEnd(end) if catalog.relation(end.relation).is_none() => {
                    Err(Fault::UnknownRelation { relation: end.relation })
                }
                Content::Sequences(states) => check::sequences(&states.sequences, catalog.entries.len()),
                _ => Ok(()),
            };
            if let Err(fault) = fault {
                self.find(position, fault);
            }
        }
    }

    fn trailer(&mut self) {
        let Some((offset, trailer)) = &self.trailer else { return };
        let manifest = self
            .records
            .last()
            .filter(|(_, header)| header.kind == RecordKind::Manifest);
        let end = offset + TRAILER_BYTES as u64;
        let mut checks = vec![
            check::number("the archive's length in the trailer", trailer.archive_bytes, end),
            check::number(
                "the end of the manifest in the trailer",
                trailer.manifest_offset.saturating_add(trailer.manifest_bytes),
                *offset,
            ),
        ];
        if let Some((at, header)) = manifest {
            checks.push(check::number(
                "the manifest's offset in the trailer",
                trailer.manifest_offset,
                *at,
            ));
            let records = header.sequence.saturating_add(1);
            checks.push(check::number(
                "the number of records in the trailer",
                trailer.records,
                records,
            ));
        } else {
            checks.push(Err(Fault::Unreadable));
        }
        if self.header.as_ref().is_some_and(|h| h.archive_id != trailer.archive_id) {
            checks.push(Err(Fault::ManifestDiffers { what: "archive id" }));
        }
        let faults: Vec<Fault> = checks.into_iter().filter_map(Result::err).collect();
        let offset = *offset;
        self.report
            .findings
            .extend(faults.into_iter().map(|fault| Finding::at(offset, fault)));
    }

    /// The manifest, with the root digest checked against the trailer.
    fn take_manifest(&mut self) -> Option<(u64, Manifest)> {
        let position = self.records.len().checked_sub(1)?;
        let Content::Manifest { root_input, manifest } = std::mem::take(&mut self.checked[position].content) else {
            return None;
        };
        // A damaged header still has its bytes, while the digest is of the undamaged ones.
        let header = self.head.get(..HEADER_BYTES)?;
        let found = root_digest(header, &root_input);
        self.report.root_digest = Some(found);
        if let Some((_, trailer)) = &self.trailer
            && trailer.root_digest != found
            && self.header.is_some()
        {
            let expected = trailer.root_digest;
            self.find(
                position,
                Fault::Digest {
                    what: "the root digest",
                    found,
                    expected,
                },
            );
        }
        Some((self.records[position].0, *manifest))
    }

    fn against_manifest(&mut self, offset: u64, manifest: &Manifest, catalog: Option<&Catalog>) {
        if let (Some((_, trailer)), Some(header)) = (&self.trailer, &self.header) {
            let trailer = Trailer {
                manifest_offset: offset,
                ..trailer.clone()
            };
            self.report
                .findings
                .extend(check::manifest(manifest, header.archive_id, &trailer, catalog));
        }
        let positions: HashMap<u64, usize> = self.records.iter().enumerate().map(|(n, (at, _))| (*at, n)).collect();
        let mut listed = vec![false; self.records.len()];
        for chunk in manifest.chunks() {
            let Some(position) = positions.get(&chunk.offset).copied() else {
                self.report.findings.push(Finding {
                    record: Some(chunk.sequence),
                    kind: Some(RecordKind::Chunk),
                    offset: chunk.offset,
                    relation: Some(chunk.relation),
                    chunk: Some(chunk.chunk),
                    what: Fault::Unreadable,
                });
                continue;
            };
            listed[position] = true;
            if let Err(fault) = self.chunk_against(position, chunk) {
                self.find(position, fault);
            }
        }
        for record in &manifest.records {
            let Some(position) = positions.get(&record.offset).copied() else {
                self.report.findings.push(Finding {
                    record: Some(record.sequence),
                    kind: RecordKind::from_id(record.kind).ok(),
                    offset: record.offset,
                    relation: (record.relation > 0).then_some(record.relation),
                    chunk: None,
                    what: Fault::Unreadable,
                });
                continue;
            };
            listed[position] = true;
            let header = &self.records[position].1;
            let mut result = check::record_header(header, record)
                .and_then(|()| blake3_is(self.checked[position].blake3, record.blake3));
            if let Content::RelationEnd(end) = &self.checked[position].content {
                result = result.and_then(|()| check::relation_end(end, header, manifest));
            }
            if let Err(fault) = result {
                self.find(position, fault);
            }
        }
        for (position, listed) in listed.into_iter().enumerate() {
            if !listed && self.records[position].0 != offset {
                self.find(position, Fault::Unlisted);
            }
        }
    }

    fn chunk_against(&self, position: usize, chunk: &ChunkRef) -> Result<(), Fault> {
        check::chunk_header(&self.records[position].1, chunk)?;
        blake3_is(self.checked[position].blake3, chunk.blake3)?;
        match &self.checked[position].content {
            Content::Chunk { digest, pages, .. } => {
                check::row_sum("the chunk's rows", digest.sum, chunk.digest().sum)?;
                match *pages == chunk.pages() {
                    true => Ok(()),
                    false => Err(Fault::ManifestDiffers { what: "page range" }),
                }
            }
            // The record's own fault says enough.
            _ => Ok(()),
        }
    }

    /// Without a manifest: checks the chunks of each relation against the sums in the relation's end.
    fn against_relation_ends(&mut self) {
        #[derive(Default)]
        struct Sum {
            digest: RowDigest,
            chunks: u64,
        }
        let mut sums: HashMap<RelationId, Sum> = HashMap::new();
        for position in 0..self.records.len() {
            let header = &self.records[position].1;
            let result = match &self.checked[position].content {
                Content::Chunk { digest, .. } => {
                    let sum = sums.entry(header.relation).or_default();
                    let expected = sum.chunks;
                    sum.digest.merge(*digest);
                    sum.chunks = u64::from(header.chunk) + 1;
                    check::number("the number of the chunk", header.chunk.into(), expected)
                }
                Content::RelationEnd(end) => {
                    let sum = sums.remove(&end.relation).unwrap_or_default();
                    check::number("the relation's number of chunks", end.chunks.into(), sum.chunks)
                        .and_then(|()| check::number("the relation's row count", end.rows, sum.digest.rows))
                        .and_then(|()| check::row_sum("the relation's rows", end.digest().sum, sum.digest.sum))
                }
                _ => Ok(()),
            };
            if let Err(fault) = result {
                self.find(position, fault);
            }
        }
    }
}

fn blake3_is(found: Digest, expected: Digest) -> Result<(), Fault> {
    match found == expected {
        true => Ok(()),
        false => Err(Fault::Digest {
            what: "the BLAKE3 of the payload",
            found,
            expected,
        }),
    }
}
