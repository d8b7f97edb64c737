//! Where a restore's archive comes from: a file that is read where it is needed, or a pipe.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::archive::{Archive, ArchiveStream, Event};
use crate::model::entry::SequenceState;
use crate::model::{Catalog, RelationId, Source};
use crate::plan::restore::Selection;
use crate::plan::steps::load_levels;
use crate::restore::error::RestoreError;
use crate::restore::load::Rows;
use crate::restore::workers::{Crew, LoadJob};

/// A relation of at most this much COPY data is loaded by one session in one transaction.
const WHOLE_BYTES: u64 = 64 << 20;

/// One chunk of at most this much is a plain COPY: a new file for the table would cost more than
/// storing its rows frozen saves.
const PLAIN_BYTES: u64 = 1 << 20;

/// An archive to restore from.
pub enum Input {
    File(Arc<Archive>),
    Pipe(Box<ArchiveStream>),
}

impl Input {
    /// The archive's head. From a pipe this can be asked once.
    pub fn catalog(&mut self) -> Result<(Source, Catalog), RestoreError> {
        match self {
            Self::File(archive) => Ok((archive.source().clone(), archive.catalog().clone())),
            Self::Pipe(stream) => {
                let head = (stream.next()?, stream.next()?);
                let (Some(Event::Source(source)), Some(Event::Catalog(catalog))) = head else {
                    return Err(RestoreError::NoCatalog);
                };
                Ok((source, catalog))
            }
        }
    }

    /// The file, when there is one.
    pub fn archive(&self) -> Option<Arc<Archive>> {
        match self {
            Self::File(archive) => Some(Arc::clone(archive)),
            Self::Pipe(_) => None,
        }
    }

    /// COPY bytes per relation: what the manifest says, or from a pipe what the dump expected.
    pub fn weights(&self, catalog: &Catalog) -> HashMap<RelationId, u64> {
        match self {
            Self::File(archive) => archive
                .manifest()
                .relations
                .iter()
                .map(|r| (r.relation, r.raw_bytes))
                .collect(),
            Self::Pipe(_) => catalog
                .relations
                .iter()
                .map(|r| (r.id, r.pages.saturating_mul(8192)))
                .collect(),
        }
    }

    /// Queues all rows of the selected relations, then says that no more will come. Returns the
    /// sequence positions.
    pub(super) fn feed(
        self,
        crew: &Crew<'_>,
        selection: &Selection,
        jobs: usize,
    ) -> Result<Vec<SequenceState>, RestoreError> {
        match self {
            Self::File(archive) => {
                feed_file(&archive, crew, selection);
                crew.end_input("the archive has no rows for it");
                Ok(archive.sequences().to_vec())
            }
            Self::Pipe(mut stream) => {
                let result = feed_pipe(&mut stream, crew, selection, jobs);
                crew.end_input("the archive ended before its rows were complete");
                result
            }
        }
    }
}

fn feed_file(archive: &Archive, crew: &Crew<'_>, selection: &Selection) {
    let manifest = archive.manifest();
    let levels = levels(archive.catalog(), selection);
    let waits = levels.len().saturating_sub(1);
    let by_id: HashMap<RelationId, &_> = manifest.relations.iter().map(|r| (r.relation, r)).collect();
    for (place, level) in levels.iter().enumerate() {
        let mut relations: Vec<_> = level.iter().filter_map(|id| by_id.get(id).copied()).collect();
        relations.sort_by_key(|r| std::cmp::Reverse(r.raw_bytes));
        for relation in relations {
            let plain = relation.raw_bytes <= PLAIN_BYTES && relation.chunks.len() == 1;
            let rows = if !plain && relation.raw_bytes <= WHOLE_BYTES && !relation.chunks.is_empty() {
                vec![Rows::Whole(relation.chunks.clone())]
            } else {
                relation.chunks.iter().cloned().map(Rows::Part).collect()
            };
            for rows in rows {
                if !crew.queue(
                    LoadJob {
                        relation: relation.relation,
                        rows,
                    },
                    usize::MAX,
                ) {
                    return;
                }
            }
            crew.end_relation(relation.relation, relation.rows);
        }
        if place < waits {
            crew.wait_for_loads();
        }
    }
}

/// Where foreign keys exist before the rows, referenced rows must be there first: in tables that the target or an
/// extension has made.
fn levels(catalog: &Catalog, selection: &Selection) -> Vec<Vec<RelationId>> {
    let creates = !selection.rows_alone(catalog);
    let made_here = |id: &RelationId| {
        let maker = catalog.relation(*id).and_then(|relation| catalog.made_by(relation));
        creates && maker.is_some()
    };
    let (free, bound): (BTreeSet<_>, BTreeSet<_>) = selection.relations.iter().copied().partition(made_here);
    let mut levels = load_levels(catalog, &bound);
    match levels.last_mut() {
        Some(last) => last.extend(free),
        None => levels.push(free.into_iter().collect()),
    }
    levels
}

fn feed_pipe(
    stream: &mut ArchiveStream,
    crew: &Crew<'_>,
    selection: &Selection,
    jobs: usize,
) -> Result<Vec<SequenceState>, RestoreError> {
    let mut sequences = Vec::new();
    while let Some(event) = stream.next()? {
        match event {
            Event::Chunk(chunk) if selection.relations.contains(&chunk.relation) => {
                let job = LoadJob {
                    relation: chunk.relation,
                    rows: Rows::Streamed(chunk),
                };
                if !crew.queue(job, jobs + 1) {
                    break;
                }
            }
            Event::RelationEnd { relation, rows, .. } if selection.relations.contains(&relation) => {
                crew.end_relation(relation, rows);
            }
            Event::Sequences(states) => sequences.extend(states),
            _ => {}
        }
    }
    Ok(sequences)
}
