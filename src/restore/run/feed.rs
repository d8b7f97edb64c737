//! Gives a crew the rows of an archive: which session loads how much of which table, and in which order.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::archive::{Archive, ArchiveStream, ChunkRef, ManifestRelation, StreamEvent};
use crate::model::entry::SequenceState;
use crate::model::{Catalog, RelationId, ident};
use crate::plan::restore::select::Selection;
use crate::plan::restore::steps::load_levels;
use crate::restore::error::RestoreError;
use crate::restore::load::copy::Rows;
use crate::restore::load::damaged::{self, DamagedChunk};
use crate::restore::load::input::Input;
use crate::restore::record::journal::Done;
use crate::restore::run::crew::Crew;
use crate::restore::run::state::LoadJob;

/// A relation of at most this much COPY data is loaded by one session in one transaction.
const WHOLE_BYTES: u64 = 64 << 20;

/// At most this much of a relation is loaded in one transaction, because a failure throws all of it away.
const MOST_WHOLE_BYTES: u64 = 8 << 30;

/// At most this much of a relation that several sessions load goes in one COPY.
const RUN_BYTES: u64 = 64 << 20;

/// A relation of one chunk of at most this size is loaded by a plain COPY: making a new file for the table would cost
/// more than storing the rows frozen saves.
const PLAIN_BYTES: u64 = 1 << 20;

/// Which rows are loaded: those of the chosen relations that are not there yet and can be read.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub selection: &'a Selection,
    pub done: &'a Done,
    pub damaged: &'a [DamagedChunk],
}

/// Queues the wanted rows, then says that no more will come. Returns the positions of sequences.
pub(super) fn feed(
    input: Input,
    crew: &Crew<'_>,
    wanted: &Wanted<'_>,
    keyed: &HashSet<String>,
    jobs: usize,
) -> Result<Vec<SequenceState>, RestoreError> {
    match input {
        Input::File(archive) => {
            feed_file(&archive, crew, wanted, keyed, jobs);
            crew.end_input("the archive has no rows for it");
            Ok(archive.sequences().to_vec())
        }
        Input::Pipe(mut stream) => {
            let result = feed_pipe(&mut stream, crew, wanted, jobs);
            crew.end_input("the archive ended before its rows were complete");
            result
        }
    }
}

fn feed_file(archive: &Archive, crew: &Crew<'_>, wanted: &Wanted<'_>, keyed: &HashSet<String>, jobs: usize) {
    let manifest = archive.manifest();
    let levels = levels(archive.catalog(), wanted.selection, keyed);
    let waits = levels.len().saturating_sub(1);
    let lost = damaged::lost(wanted.damaged);
    let relations = manifest.relations.iter();
    let relations = relations.map(|r| left_of(damaged::without(r, &lost), wanted.done));
    let by_id: HashMap<RelationId, _> = relations.map(|r| (r.relation, r)).collect();
    for (place, level) in levels.iter().enumerate() {
        let mut relations: Vec<_> = level.iter().filter_map(|id| by_id.get(id)).collect();
        relations.sort_by_key(|r| std::cmp::Reverse(r.raw_bytes));
        let bytes = relations.iter().fold(0, |sum: u64, r| sum.saturating_add(r.raw_bytes));
        let mut shares = Shares::new(bytes, jobs);
        for relation in relations {
            let rows = jobs_of(relation, &mut shares, crew.is_fresh(relation.relation));
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

/// The relation without the chunks that are `done`. Its number of rows stays that of the whole.
fn left_of<'a>(relation: Cow<'a, ManifestRelation>, done: &Done) -> Cow<'a, ManifestRelation> {
    if done.stored(relation.relation).is_none() {
        return relation;
    }
    let mut left = relation.into_owned();
    left.chunks.retain(|chunk| !done.has_chunk(chunk.relation, chunk.chunk));
    left.raw_bytes = left
        .chunks
        .iter()
        .fold(0, |sum, chunk| chunk.raw_bytes.saturating_add(sum));
    Cow::Owned(left)
}

/// How many bytes each session has been given to load.
struct Shares {
    sessions: Vec<u64>,
    /// The bytes for each session if all had the same.
    even: u64,
}

impl Shares {
    fn new(bytes: u64, jobs: usize) -> Self {
        let jobs = jobs.max(1);
        Self {
            sessions: vec![0; jobs],
            even: bytes / jobs as u64,
        }
    }

    /// Gives a relation to the session with the least, unless that session would then end long after the others.
    fn give_whole(&mut self, bytes: u64) -> bool {
        let most = self.even.saturating_add(self.even / 16);
        match self.sessions.iter_mut().min() {
            Some(least) if least.saturating_add(bytes) <= most => {
                *least += bytes;
                true
            }
            _ => false,
        }
    }

    fn give_to_all(&mut self, bytes: u64) {
        let part = bytes / self.sessions.len() as u64;
        self.sessions
            .iter_mut()
            .for_each(|session| *session = session.saturating_add(part));
    }
}

/// The jobs that load one relation; the caller goes from the largest to the smallest. One session loads it alone, in
/// the transaction that truncates it, if it is small or if the other sessions have as much to do meanwhile. That saves
/// the server work now or later: no WAL for the rows where `wal_level` allows, and rows stored frozen. Otherwise all
/// sessions load runs of its chunks.
fn jobs_of(relation: &ManifestRelation, shares: &mut Shares, is_fresh: bool) -> Vec<Rows> {
    let (chunks, bytes) = (&relation.chunks, relation.raw_bytes);
    let is_plain = bytes <= PLAIN_BYTES && chunks.len() == 1;
    let may_be_whole = bytes <= WHOLE_BYTES || is_fresh && bytes <= MOST_WHOLE_BYTES;
    let is_whole = may_be_whole && shares.give_whole(bytes) || bytes <= WHOLE_BYTES;
    if is_whole && !is_plain && !chunks.is_empty() {
        return vec![Rows::Whole(chunks.clone())];
    }
    shares.give_to_all(bytes);
    runs(chunks, shares.sessions.len()).into_iter().map(Rows::Run).collect()
}

/// Splits chunks into runs, each half of a session's share of what is left. Long runs come first, so that little is
/// spent on beginning and ending; short ones come last, so that all sessions end together.
fn runs(chunks: &[ChunkRef], jobs: usize) -> Vec<Vec<ChunkRef>> {
    let mut left = chunks
        .iter()
        .fold(0, |sum: u64, chunk| sum.saturating_add(chunk.raw_bytes));
    let mut runs: Vec<Vec<ChunkRef>> = Vec::new();
    let (mut bytes, mut limit) = (0_u64, 0);
    for chunk in chunks {
        match runs
            .last_mut()
            .filter(|_| bytes.saturating_add(chunk.raw_bytes) <= limit)
        {
            Some(run) => run.push(chunk.clone()),
            None => {
                limit = (left / (2 * jobs.max(1) as u64)).min(RUN_BYTES);
                bytes = 0;
                runs.push(vec![chunk.clone()]);
            }
        }
        bytes = bytes.saturating_add(chunk.raw_bytes);
        left = left.saturating_sub(chunk.raw_bytes);
    }
    runs
}

/// Groups relations so that referenced rows are loaded first. This matters for tables with foreign keys that exist
/// before the rows: those that the target or an extension has made. `keyed` are the target's tables with foreign keys.
fn levels(catalog: &Catalog, selection: &Selection, keyed: &HashSet<String>) -> Vec<Vec<RelationId>> {
    let creates = !selection.rows_alone(catalog);
    let made_here = |id: &RelationId| {
        let maker = catalog.relation(*id).and_then(|relation| catalog.made_by(relation));
        creates && maker.is_some()
    };
    let is_keyed = |id: &RelationId| {
        catalog.relation(*id).is_some_and(|relation| {
            let root = relation.load_via_root.as_ref();
            let root = root.is_some_and(|(schema, name)| keyed.contains(&ident::qualified(schema, name)));
            root || keyed.contains(&relation.label())
        })
    };
    let any_keyed = selection.relations.iter().any(|id| !made_here(id) && is_keyed(id));
    let (free, bound): (BTreeSet<_>, BTreeSet<_>) =
        (selection.relations.iter().copied()).partition(|id| !any_keyed || made_here(id));
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
    wanted: &Wanted<'_>,
    jobs: usize,
) -> Result<Vec<SequenceState>, RestoreError> {
    let mut sequences = Vec::new();
    while let Some(event) = stream.next()? {
        match event {
            StreamEvent::Chunk(chunk) if wanted.done.has_chunk(chunk.relation, chunk.chunk) => {}
            StreamEvent::Chunk(chunk) if wanted.selection.relations.contains(&chunk.relation) => {
                let job = LoadJob {
                    relation: chunk.relation,
                    rows: Rows::Streamed(Box::new(chunk)),
                };
                if !crew.queue(job, jobs + 1) {
                    break;
                }
            }
            StreamEvent::RelationEnd { relation, rows, .. } if wanted.selection.relations.contains(&relation) => {
                crew.end_relation(relation, rows);
            }
            StreamEvent::Sequences(states) => sequences.extend(states),
            _ => {}
        }
    }
    Ok(sequences)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(chunks: u64, chunk_bytes: u64) -> ManifestRelation {
        let chunk = ChunkRef {
            archive: 0,
            offset: 0,
            stored_bytes: chunk_bytes,
            sequence: 0,
            relation: 1,
            chunk: 0,
            rows: 1,
            raw_bytes: chunk_bytes,
            first_page: None,
            end_page: None,
            row_sum: Default::default(),
            blake3: Default::default(),
        };
        ManifestRelation {
            relation: 1,
            rows: chunks,
            row_sum: Default::default(),
            raw_bytes: chunks * chunk_bytes,
            stored_bytes: chunks * chunk_bytes,
            streams: 1,
            chunks: vec![chunk; chunks as usize],
        }
    }

    fn lengths(chunks: u64, jobs: usize) -> Vec<usize> {
        runs(&relation(chunks, 8 << 20).chunks, jobs)
            .iter()
            .map(Vec::len)
            .collect()
    }

    #[test]
    fn runs_become_shorter_until_all_sessions_end_together() {
        assert_eq!(lengths(40, 2), [8, 8, 6, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(lengths(8, 4), [1; 8]);
        assert_eq!(lengths(100, 1)[0], 8);
        assert!(lengths(0, 2).is_empty());
    }

    #[test]
    fn one_session_loads_what_the_others_can_do_without() {
        // Whether each relation is loaded whole, in order.
        let whole = |bytes: &[u64], jobs, fresh| {
            let mut shares = Shares::new(bytes.iter().sum(), jobs);
            let is_whole = |bytes: &u64| {
                matches!(
                    jobs_of(&relation(2, bytes / 2), &mut shares, fresh)[..],
                    [Rows::Whole(_)]
                )
            };
            bytes.iter().map(is_whole).collect::<Vec<_>>()
        };
        let large = 1 << 30;
        assert_eq!(whole(&[WHOLE_BYTES], 8, true), [true]);
        assert_eq!(whole(&[large], 2, true), [false]);
        assert_eq!(whole(&[large], 1, true), [true]);
        assert_eq!(whole(&[large, large], 2, true), [true, true]);
        assert_eq!(whole(&[large, large], 3, true), [false, false]);
        assert_eq!(whole(&[large, large], 2, false), [false, false]);
        // Two sessions have about the same when the largest is alone.
        assert_eq!(whole(&[5 * large, 4 * large, large], 2, true), [true, true, true]);
        assert_eq!(whole(&[5 * large, large, large], 2, true), [false, true, true]);
        assert_eq!(whole(&[MOST_WHOLE_BYTES + 2; 2], 1, true), [false, false]);
        assert!(matches!(
            jobs_of(&relation(1, PLAIN_BYTES), &mut Shares::new(PLAIN_BYTES, 2), true)[..],
            [Rows::Run(_)]
        ));
    }
}
