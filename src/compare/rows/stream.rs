//! The rows of a relation as COPY text, one by one, from either kind of side.

use std::sync::{Mutex, PoisonError};

use memchr::memchr;

use crate::archive::Archive;
use crate::codec::{CodecError, CopyFormat, MAX_ROW_BYTES};
use crate::compare::error::CompareError;
use crate::compare::side::Side;
use crate::job::{Job, Progress};
use crate::live::rows::readers::read_all;
use crate::live::rows::task::ReadTask;
use crate::live::rows::tasks;
use crate::live::{Live, ReadError, RowCount, RowSink};
use crate::model::Relation;

/// Receives the rows of a side, each without its newline.
pub(super) type Take<'a> = dyn FnMut(&[u8]) -> Result<(), CodecError> + Send + 'a;

/// Gives every row of `relation` to `take`: chunk by chunk from an archive, in the side's snapshot from a live
/// database.
pub(super) fn rows(side: &mut Side, relation: &Relation, take: &mut Take<'_>, job: &Job) -> Result<(), CompareError> {
    match side {
        Side::Archive { archive, .. } => archived(archive, relation, take, job),
        Side::Live(live) => read_live(live, relation, take, job),
    }
}

fn archived(archive: &Archive, relation: &Relation, take: &mut Take<'_>, job: &Job) -> Result<(), CompareError> {
    let failed = |source| CompareError::Chunk {
        relation: relation.label(),
        source,
    };
    let types = relation.value_types();
    let chunks = archive.manifest().relation(relation.id).map(|r| &r.chunks[..]);
    let (mut lines, mut piece) = (Lines::default(), Vec::new());
    for chunk in chunks.unwrap_or_default() {
        if job.is_stopped() {
            return Err(CompareError::Interrupted);
        }
        let mut chunk = archive.chunk(chunk)?;
        if chunk.copy_format() == CopyFormat::Binary {
            let types = types.as_deref().ok_or_else(|| failed(CodecError::UnknownTypes))?;
            chunk = chunk.into_text(types).map_err(failed)?;
        }
        let mut pieces = chunk.pieces();
        while pieces.next_into(&mut piece) {
            lines.push(&piece, take).map_err(failed)?;
            piece.clear();
        }
        lines.push(&piece, take).map_err(failed)?;
        piece.clear();
        job.progress.chunk(chunk.rows(), chunk.raw_bytes());
    }
    lines.finish().map_err(failed)
}

fn read_live(live: &mut Live, relation: &Relation, take: &mut Take<'_>, job: &Job) -> Result<(), CompareError> {
    let as_text = [Relation {
        binary: false,
        ..relation.clone()
    }];
    let sizes = tasks::sizes(&live.snapshot, &as_text)?;
    let tasks = tasks::all(&mut live.snapshot, &as_text, &sizes, &live.source.encoding, 1)?;
    let take = Mutex::new(take);
    let sink = || LineSink {
        lines: Lines::default(),
        take: &take,
        progress: &job.progress,
        bytes: 0,
    };
    // Warnings about replaced sessions are dropped, because they do not change the findings.
    let _ = read_all(&mut live.snapshot, tasks, 1, sink, job)?;
    Ok(())
}

struct LineSink<'a, 'b> {
    lines: Lines,
    take: &'a Mutex<&'a mut Take<'b>>,
    progress: &'a Progress,
    bytes: u64,
}

impl LineSink<'_, '_> {
    fn failed(task: &ReadTask, source: CodecError) -> ReadError {
        ReadError::Stream {
            relation: task.label.clone(),
            source,
        }
    }
}

impl RowSink for LineSink<'_, '_> {
    fn begin(&mut self, _: &ReadTask) -> Result<(), ReadError> {
        self.lines = Lines::default();
        self.bytes = 0;
        Ok(())
    }

    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), ReadError> {
        self.bytes += data.len() as u64;
        let mut take = self.take.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = self.lines.push(data, &mut **take);
        taken.map_err(|source| Self::failed(task, source))
    }

    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), ReadError> {
        self.lines.finish().map_err(|source| Self::failed(task, source))?;
        RowCount::check(&task.label, self.lines.rows, counted)?;
        self.progress.chunk(counted, self.bytes);
        Ok(())
    }
}

/// Cuts COPY text at its newlines; the text may arrive split at any byte.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
    rows: u64,
}

impl Lines {
    fn push(&mut self, mut data: &[u8], take: &mut Take<'_>) -> Result<(), CodecError> {
        while let Some(end) = memchr(b'\n', data) {
            self.rows += 1;
            if self.begun.is_empty() {
                take(&data[..end])?;
            } else {
                // One huge row must not hold its buffer for the rest.
                let mut row = std::mem::take(&mut self.begun);
                row.extend_from_slice(&data[..end]);
                take(&row)?;
            }
            data = &data[end + 1..];
        }
        self.begun.extend_from_slice(data);
        match self.begun.len() < MAX_ROW_BYTES {
            true => Ok(()),
            false => Err(CodecError::RowTooLong {
                row: self.rows + 1,
                limit: MAX_ROW_BYTES,
            }),
        }
    }

    fn finish(&self) -> Result<(), CodecError> {
        match self.begun.is_empty() {
            true => Ok(()),
            false => Err(CodecError::CutRow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_split() {
        let data = b"a\tb\n\nlong row\n";
        for cut in 0..=data.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            let mut take = |row: &[u8]| {
                found.push(row.to_vec());
                Ok(())
            };
            lines.push(&data[..cut], &mut take).unwrap();
            lines.push(&data[cut..], &mut take).unwrap();
            lines.finish().unwrap();
            assert_eq!(found, [&b"a\tb"[..], b"", b"long row"]);
        }
        let mut lines = Lines::default();
        lines.push(b"x", &mut |_| Ok(())).unwrap();
        assert_eq!(lines.finish(), Err(CodecError::CutRow));
    }
}
