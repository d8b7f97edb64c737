//! Digests of the rows of a live database, which are hashed instead of stored.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use crate::codec::{BINARY_END, BINARY_HEAD, CopyFormat, Digester, RowDigest};
use crate::job::{Job, Progress};
use crate::live::error::{ReadError, RowCount};
use crate::live::open::snapshot::SharedSnapshot;
use crate::live::rows::readers::read_all;
use crate::live::rows::sink::RowSink;
use crate::live::rows::task::ReadTask;
use crate::live::rows::tasks;
use crate::model::{Relation, RelationId};

/// The rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Number of the rows and sum of their hashes.
    pub digest: RowDigest,
    /// Size of the COPY data.
    pub bytes: u64,
}

impl Content {
    /// Adds other rows of the same table.
    pub fn merge(&mut self, other: Self) {
        self.digest.merge(other.digest);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Reads relations in the snapshot and hashes each row. The strings are warnings about sessions that were replaced.
pub(crate) fn read(
    snapshot: &mut SharedSnapshot,
    relations: &[Relation],
    encoding: &str,
    jobs: usize,
    job: &Job,
) -> Result<(HashMap<RelationId, Content>, Vec<String>), ReadError> {
    let sizes = tasks::sizes(snapshot, relations)?;
    let tasks = tasks::all(snapshot, relations, &sizes, encoding, jobs)?;
    let empty = relations.iter().map(|relation| (relation.id, Content::default()));
    let digests: Arc<Mutex<HashMap<RelationId, Content>>> = Arc::new(Mutex::new(empty.collect()));
    let sink = || DigestSink {
        digester: Digester::new(CopyFormat::Text, 0),
        total: Arc::clone(&digests),
        progress: &job.progress,
        raw_bytes: 0,
    };
    job.progress.done.store(0, Ordering::Relaxed);
    let lost = read_all(snapshot, tasks, jobs, sink, job)?;
    let digests = std::mem::take(&mut *digests.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((digests, lost))
}

/// Hashes one session's rows.
struct DigestSink<'a> {
    digester: Digester,
    total: Arc<Mutex<HashMap<RelationId, Content>>>,
    progress: &'a Progress,
    raw_bytes: u64,
}

impl RowSink for DigestSink<'_> {
    fn begin(&mut self, task: &ReadTask) -> Result<(), ReadError> {
        self.digester = Digester::new(task.copy_format, task.columns);
        self.raw_bytes = 0;
        Ok(())
    }

    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), ReadError> {
        self.raw_bytes += data.len() as u64;
        self.digester.push(data).map_err(|source| ReadError::Stream {
            relation: task.label.clone(),
            source,
        })
    }

    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), ReadError> {
        let digester = std::mem::replace(&mut self.digester, Digester::new(CopyFormat::Text, 0));
        let digest = digester.finish().map_err(|source| ReadError::Stream {
            relation: task.label.clone(),
            source,
        })?;
        RowCount::check(&task.label, digest.rows, counted)?;
        self.progress.chunk(digest.rows, self.raw_bytes);
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let around = match task.copy_format {
            CopyFormat::Text => 0,
            CopyFormat::Binary => BINARY_HEAD.len() + BINARY_END.len(),
        };
        let bytes = self.raw_bytes.saturating_sub(around as u64);
        total.entry(task.relation).or_default().merge(Content { digest, bytes });
        Ok(())
    }
}
