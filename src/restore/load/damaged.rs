//! Chunks of rows that cannot be read, for a restore that is to leave them out.
//!
//! Every chosen chunk is read once before anything is changed. The tables are then loaded as if the archive had never
//! had the damaged ones: in the same transactions, with row counts checked in the same way. The second decoding costs a
//! sixth of a load, and only with `--skip-damaged`. Other damage, up to a file that cannot be opened, is for
//! [`crate::archive::Salvage`].

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::archive::{Archive, ArchiveError, ChunkRef, ManifestRelation};
use crate::job::Job;
use crate::model::RelationId;
use crate::restore::error::RestoreError;
use crate::restore::record::journal::Done;

/// A chunk whose rows were left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedChunk {
    /// The relation's id in the archive.
    pub relation: RelationId,
    /// The relation's name as listings show it.
    pub name: String,
    /// Position among the relation's chunks, from 0.
    pub chunk: u32,
    /// How many rows the manifest says it held.
    pub rows: u64,
    /// What is wrong with the chunk.
    pub cause: String,
}

impl fmt::Display for DamagedChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "chunk {} of {}, {} rows: {}",
            self.chunk, self.name, self.rows, self.cause
        )
    }
}

/// The unreadable chunks of the chosen relations that are not done yet, in the order of the manifest.
pub(in crate::restore) fn find(
    archive: &Archive,
    relations: &BTreeSet<RelationId>,
    done: &Done,
    jobs: usize,
    job: &Job,
) -> Result<Vec<DamagedChunk>, RestoreError> {
    job.progress.stage("looking for damage");
    let chunks: Vec<&ChunkRef> = archive
        .manifest()
        .chunks()
        .filter(|chunk| relations.contains(&chunk.relation) && !done.has_chunk(chunk.relation, chunk.chunk))
        .collect();
    let check = |chunk: &&ChunkRef| match job.is_stopped() {
        true => None,
        false => Some(of_chunk(archive, chunk, archive.chunk(chunk).err()?)),
    };
    let found = match rayon::ThreadPoolBuilder::new().num_threads(jobs.max(1)).build() {
        Ok(pool) => pool.install(|| chunks.par_iter().filter_map(check).collect()),
        Err(_) => chunks.iter().filter_map(check).collect(),
    };
    match job.is_stopped() {
        true => Err(RestoreError::Interrupted),
        false => Ok(found),
    }
}

fn of_chunk(archive: &Archive, chunk: &ChunkRef, error: ArchiveError) -> DamagedChunk {
    let relation = archive.catalog().relation(chunk.relation);
    let relation = relation.expect("the chunk is of a relation that was selected from this catalog");
    DamagedChunk {
        relation: chunk.relation,
        name: relation.label(),
        chunk: chunk.chunk,
        rows: chunk.rows,
        cause: match error {
            ArchiveError::Damaged { finding, .. } => finding.to_string(),
            error => error.to_string(),
        },
    }
}

/// Numbers of damaged chunks, by relation.
pub(in crate::restore) type Lost = HashMap<RelationId, HashSet<u32>>;

pub(in crate::restore) fn lost(damaged: &[DamagedChunk]) -> Lost {
    let mut lost = Lost::new();
    for chunk in damaged {
        lost.entry(chunk.relation).or_default().insert(chunk.chunk);
    }
    lost
}

/// The relation without its lost chunks.
pub(in crate::restore) fn without<'a>(relation: &'a ManifestRelation, lost: &Lost) -> Cow<'a, ManifestRelation> {
    let Some(lost) = lost.get(&relation.relation) else {
        return Cow::Borrowed(relation);
    };
    let mut left = relation.clone();
    left.chunks.retain(|chunk| !lost.contains(&chunk.chunk));
    let sum = |of: fn(&ChunkRef) -> u64| left.chunks.iter().fold(0, |sum: u64, c| sum.saturating_add(of(c)));
    (left.rows, left.raw_bytes) = (sum(|c| c.rows), sum(|c| c.raw_bytes));
    Cow::Owned(left)
}
