//! Finds an archive's records by a forward scan, and checks each one separately on a pool of threads.
//!
//! Where the time of checking chunks goes: `docs/decisions/003-copies-and-buffers-of-chunks.md`.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::de::DeserializeOwned;

use crate::archive::check::{self, Shape};
use crate::archive::error::{Fault, Finding};
use crate::archive::metadata::{self, SequenceStates};
use crate::codec::{self, ChunkFacts};
use crate::format::header::HEADER_BYTES;
use crate::format::record::check_payload;
use crate::format::scan::payload;
use crate::format::trailer::TRAILER_BYTES;
use crate::format::{
    Checkpoint, Digest, FormatError, Header, Manifest, RecordHeader, RecordKind, RelationEnd, RowDigest, Scan,
    ScanItem, Trailer, cbor,
};
use crate::job::Job;
use crate::model::{Catalog, PageRange, Source};

/// The records and the trailer that were found, and faults between them.
#[derive(Default)]
pub(crate) struct Scanned {
    /// The beginning of each whole record, and its header.
    pub records: Vec<(usize, RecordHeader)>,
    pub trailer: Option<(usize, Trailer)>,
    pub findings: Vec<Finding>,
}

/// Finds the records, past damage, without the manifest.
pub(crate) fn scan(bytes: &[u8], header: Option<&Header>) -> Scanned {
    let mut scanned = Scanned::default();
    for item in Scan::new(bytes, header.map(|h| h.archive_id.tag())) {
        if let Some((at, trailer)) = scanned.trailer.take() {
            // Bytes after a trailer make it invalid.
            let end = at + TRAILER_BYTES;
            let bytes = (bytes.len() - end) as u64;
            let trailing = Finding::at(end as u64, Fault::TrailingBytes { bytes });
            scanned.findings.push(trailing);
            scanned.trailer = Some((at, trailer));
            break;
        }
        match item {
            ScanItem::Record { offset, header } => scanned.records.push((offset, header)),
            ScanItem::Trailer { offset, trailer } => scanned.trailer = Some((offset, trailer)),
            ScanItem::CutRecord { offset, header } => {
                let missing = (header.record_bytes() + offset as u64).saturating_sub(bytes.len() as u64);
                let cut = Finding::in_record(offset as u64, &header, Fault::Cut { missing });
                scanned.findings.push(cut);
            }
            // A header that is cut by the end of the file is no fault of its own: it is why the archive is incomplete.
            ScanItem::Gap {
                error: FormatError::Short { .. },
                ..
            } => {}
            ScanItem::Gap { offset, bytes, error } => {
                let fault = Fault::Gap {
                    bytes: bytes as u64,
                    error,
                };
                scanned.findings.push(Finding::at(offset as u64, fault));
            }
        }
    }
    scanned
}

/// The result of checking one record.
#[derive(Default)]
pub(crate) struct CheckedRecord {
    pub fault: Option<Fault>,
    pub blake3: Digest,
    pub content: Content,
}

/// The content of a good record against which others are checked.
#[derive(Default)]
pub(crate) enum Content {
    #[default]
    None,
    Source(Box<Source>),
    Catalog(Box<Catalog>),
    Chunk {
        shape: Shape,
        digest: RowDigest,
        pages: Option<PageRange>,
    },
    RelationEnd(RelationEnd),
    Checkpoint(Box<Checkpoint>),
    Sequences(SequenceStates),
    Manifest {
        root_input: Vec<u8>,
        manifest: Box<Manifest>,
    },
}

/// Checks each record, and counts bytes. Threads take records in the order of the file, so that it is read from front to
/// back. `None` if the job was stopped.
pub(crate) fn check_records(
    bytes: &[u8],
    records: &[(usize, RecordHeader)],
    jobs: usize,
    job: &Job,
    release: &(dyn Fn(usize, usize) + Sync),
) -> Option<Vec<CheckedRecord>> {
    let next = AtomicUsize::new(0);
    job.progress.set_done(HEADER_BYTES as u64, bytes.len() as u64);
    let results = Mutex::new(HashMap::with_capacity(records.len()));
    let work = || {
        let mut own = Vec::new();
        while let Some((position, (offset, header))) = {
            let position = next.fetch_add(1, Ordering::Relaxed);
            records.get(position).map(|record| (position, record))
        } {
            own.push((position, check_record(header, payload(bytes, *offset, header))));
            release(*offset, usize::try_from(header.record_bytes()).unwrap_or(0));
            job.progress.advance(header.record_bytes());
            if job.is_stopped() {
                return;
            }
        }
        results
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .extend(own);
    };
    let jobs = jobs.clamp(1, records.len().max(1));
    let pool = (jobs > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(jobs).build());
    match pool {
        Some(Ok(pool)) => pool.scope(|scope| (0..jobs).for_each(|_| scope.spawn(|_| work()))),
        // One thread is enough, or no other could be started.
        _ => work(),
    }
    if job.is_stopped() {
        return None;
    }
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let checked = (0..records.len()).map(|position| results.remove(&position).unwrap_or_default());
    Some(checked.collect())
}

fn check_record(header: &RecordHeader, payload: &[u8]) -> CheckedRecord {
    let blake3 = Digest(*blake3::hash(payload).as_bytes());
    match record_content(header, payload) {
        Ok(content) => CheckedRecord {
            fault: None,
            blake3,
            content,
        },
        Err(fault) => CheckedRecord {
            fault: Some(fault),
            blake3,
            content: Content::None,
        },
    }
}

fn record_content(header: &RecordHeader, payload: &[u8]) -> Result<Content, Fault> {
    check::header_fields(header)?;
    check_payload(header, payload)?;
    Ok(match header.kind {
        RecordKind::Source => Content::Source(value(header, payload)?),
        RecordKind::Catalog => {
            let mut catalog: Box<Catalog> = value(header, payload)?;
            check::catalog(&catalog)?;
            catalog.forget_server_kept();
            Content::Catalog(catalog)
        }
        RecordKind::Chunk => {
            let chunk = codec::decode(
                payload,
                ChunkFacts {
                    rows: header.rows,
                    raw_bytes: header.raw_bytes,
                },
            )?;
            let digest = chunk.digest();
            check::row_sum("the chunk's rows", digest.sum, chunk.declared_digest().sum)?;
            Content::Chunk {
                shape: Shape::of_chunk(&chunk),
                digest,
                pages: chunk.pages(),
            }
        }
        RecordKind::RelationEnd => {
            let end: RelationEnd = value(header, payload)?;
            check::end_header(&end, header)?;
            Content::RelationEnd(end)
        }
        RecordKind::SequenceState => Content::Sequences(value(header, payload)?),
        RecordKind::Checkpoint => Content::Checkpoint(value(header, payload)?),
        RecordKind::Manifest => {
            let root_input = metadata::cbor_of(header, payload)?;
            let manifest = Box::new(cbor::decode(&root_input)?);
            Content::Manifest { root_input, manifest }
        }
        // `header_fields` has refused this kind.
        RecordKind::LargeObjects => Content::None,
    })
}

fn value<T: DeserializeOwned>(header: &RecordHeader, payload: &[u8]) -> Result<T, Fault> {
    metadata::decode(header, payload)
}
