//! Checks each record of an archive separately, on a pool of threads, as a walk finds them.
//!
//! Where the time of checking chunks goes: `docs/decisions/003-copies-and-buffers-of-chunks.md`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use crate::archive::check::{self, Shape};
use crate::archive::error::{ArchiveError, Fault, unread};
use crate::archive::metadata::{self, SequenceStates};
use crate::archive::walk::{Scanned, Walk};
use crate::codec::{self, ChunkFacts};
use crate::format::header::HEADER_BYTES;
use crate::format::record::{RECORD_HEADER_BYTES, check_payload};
use crate::format::{Checkpoint, Digest, Manifest, RecordHeader, RecordKind, RelationEnd, RowDigest, cbor};
use crate::job::Job;
use crate::model::{Catalog, PageRange, Source};
use crate::read_at::ReadAt;

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

/// Goes through an archive and checks each record, and counts bytes. Threads take turns at going on and reading the next
/// record, so that the source is read once, from front to back.
///
/// # Errors
/// The source cannot be read, or the job was stopped.
pub(crate) fn check_records(
    source: &dyn ReadAt,
    name: &str,
    walk: Walk,
    jobs: usize,
    job: &Job,
) -> Result<(Scanned, Vec<CheckedRecord>), ArchiveError> {
    job.progress.set_done(HEADER_BYTES as u64, source.len());
    let walk = Mutex::new((walk, None));
    let results = Mutex::new(HashMap::new());
    let next = || {
        let mut locked = lock(&walk);
        let (walk, failure) = &mut *locked;
        // No other thread goes on after a failure.
        if failure.is_some() {
            return None;
        }
        walk.next_record().unwrap_or_else(|error| {
            *failure = Some(error);
            None
        })
    };
    let work = || {
        let mut own = Vec::new();
        while let Some(record) = next() {
            own.push((record.position, check_record(&record.header, &record.payload)));
            let bytes = record.header.record_bytes();
            drop(record.payload);
            source.release(record.offset..record.offset + bytes);
            job.progress.advance(bytes);
            if job.is_stopped() {
                return;
            }
        }
        lock(&results).extend(own);
    };
    let most = usize::try_from(source.len() / RECORD_HEADER_BYTES as u64).unwrap_or(usize::MAX);
    let jobs = jobs.clamp(1, most.max(1));
    let pool = (jobs > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(jobs).build());
    match pool {
        Some(Ok(pool)) => pool.scope(|scope| (0..jobs).for_each(|_| scope.spawn(|_| work()))),
        // One thread is enough, or no other could be started.
        _ => work(),
    }
    if job.is_stopped() {
        return Err(ArchiveError::Stopped);
    }
    let (walk, failure) = walk.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = failure {
        return Err(unread(name, failure));
    }
    let scanned = walk.into_scanned();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let checked = (0..scanned.records.len()).map(|position| results.remove(&position).unwrap_or_default());
    let checked = checked.collect();
    Ok((scanned, checked))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
