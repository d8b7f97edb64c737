//! Loads rows: COPY FROM STDIN of whole chunks, checked before a byte reaches the server.
//!
//! The server uses most of a load's processor time, so what matters is the work it is given: large relations go in runs
//! of chunks, and a CopyData message with its rows goes out in one piece (`docs/decisions/009-loading-rows.md`). Small
//! relations go many in one round trip, see [`load_small`].

use crate::archive::{Archive, ArchiveError, ChunkRef, StreamedChunk};
use crate::codec::{BINARY_END, BINARY_HEAD, CopyFormat, DecodedChunk};
use crate::connect::{ConnectError, EACH_BYTES, SmallCopy, Wire};
use crate::job::Progress;
use crate::model::RelationId;
use crate::restore::load::error::LoadError;
use crate::restore::load::statements::CopyStatements;
use crate::restore::load::{ahead, large_objects};
use crate::restore::record::journal::RowsRecord;

/// A chunk of at most this many bytes is sent together with others.
const SMALL_CHUNK_BYTES: u64 = 8 << 10;

/// The reason that the server is given when a COPY is failed.
const UNREADABLE: &str = "the rows cannot be read from the archive";

/// Where a job's rows come from.
#[derive(Debug)]
pub enum Rows {
    /// All chunks of a relation that one session loads in one transaction, which stores the rows frozen if it may.
    Whole(Vec<ChunkRef>),
    /// Some chunks of a relation in one COPY; other sessions load the others.
    Run(Vec<ChunkRef>),
    /// One chunk as it came through a pipe.
    Streamed(Box<StreamedChunk>),
}

impl Rows {
    /// All rows of a relation in one COPY; `None` where it has none.
    pub fn all(archive: &Archive, relation: RelationId) -> Option<Self> {
        let chunks = &archive.manifest().relation(relation)?.chunks;
        (!chunks.is_empty()).then(|| Self::Run(chunks.clone()))
    }

    /// The only chunk, if there is only one and it is small.
    fn small(&self) -> Option<&ChunkRef> {
        match self {
            Self::Run(chunks) => match &chunks[..] {
                [chunk] if chunk.raw_bytes <= SMALL_CHUNK_BYTES => Some(chunk),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Loads the rows of one job, records that, and returns how many were stored. After a failure nothing of the job stays,
/// except when the target stored fewer rows than it was sent.
pub fn load(
    wire: &mut Wire,
    archive: Option<&Archive>,
    rows: &Rows,
    statements: &CopyStatements,
    progress: &Progress,
) -> Result<u64, LoadError> {
    match rows {
        Rows::Streamed(chunk) if statements.large_objects() => {
            large_objects::write(wire, chunk.decode()?, chunk.chunk, statements.record.as_ref(), progress)
        }
        Rows::Streamed(chunk) => {
            let record = record(statements, chunk.rows, [chunk.chunk]);
            let copy = Copy {
                statements,
                freeze: false,
                record,
                chunks: 1,
            };
            copy.run(wire, &mut [chunk.decode()].into_iter(), progress)
        }
        Rows::Whole(chunks) | Rows::Run(chunks) if statements.large_objects() => {
            chunks.iter().try_fold(0, |stored, chunk| {
                let decoded = of_file(archive).chunk(chunk)?;
                let record = statements.record.as_ref();
                Ok(stored + large_objects::write(wire, decoded, chunk.chunk, record, progress)?)
            })
        }
        Rows::Run(chunks) => ahead::decoded(of_file(archive), chunks, |decoded| {
            Copy::of(statements, false, chunks).run(wire, decoded, progress)
        }),
        Rows::Whole(chunks) => {
            let result = ahead::decoded(of_file(archive), chunks, |decoded| {
                load_whole(wire, statements, chunks, decoded, progress)
            });
            // A broken session has nothing to roll back, and its error says why it broke.
            if !wire.is_broken() && wire.in_transaction() {
                wire.execute("ROLLBACK")?;
            }
            result
        }
    }
}

/// The statement that records chunks, if this restore keeps a record.
fn record(statements: &CopyStatements, rows: u64, chunks: impl IntoIterator<Item = u32>) -> Option<String> {
    let record = statements.record.as_ref()?;
    Some(record.chunks(rows, chunks.into_iter()))
}

fn of_file(archive: Option<&Archive>) -> &Archive {
    archive.expect("a chunk reference comes from an open archive, because only its manifest has them")
}

/// How many bytes loading these rows sends, if they are few enough to go together with others.
pub(crate) fn small_bytes(rows: &Rows, statements: &CopyStatements) -> Option<usize> {
    let chunk = rows.small().filter(|_| !statements.large_objects())?;
    // Binary rows that become text may grow.
    let format = statements
        .known_format()
        .filter(|format| statements.is_stored_in(*format))?;
    let record = statements.record.as_ref().map_or(0, RowsRecord::most_bytes);
    let around = BINARY_HEAD.len() + BINARY_END.len() + statements.copy(format, false).len() + record;
    let bytes = chunk.raw_bytes as usize + around;
    (bytes <= EACH_BYTES / 2).then_some(bytes)
}

/// Loads the rows of small jobs in one round trip, each in its own transaction. Returns what [`load`] would return for
/// each job in order; the list is shorter only if the session broke.
pub(crate) fn load_small(
    wire: &mut Wire,
    archive: Option<&Archive>,
    jobs: &[(&Rows, &CopyStatements)],
    progress: &Progress,
) -> Vec<Result<u64, LoadError>> {
    let decoded: Vec<Result<DecodedChunk, LoadError>> = (jobs.iter().map(|(rows, _)| rows.small()))
        .map(|chunk| Ok(of_file(archive).chunk(chunk.ok_or(LoadError::NotDecoded)?)?))
        .collect();
    for chunk in decoded.iter().flatten() {
        progress.advance(chunk.raw_bytes());
    }
    let with_rows = decoded.iter().zip(jobs).filter_map(|(chunk, (rows, statements))| {
        let chunk = chunk.as_ref().ok()?;
        let (head, end) = around(chunk.copy_format());
        let mut data = head.to_vec();
        chunk.write_copy_data(&mut data);
        data.extend_from_slice(end);
        Some(SmallCopy {
            first: record(statements, chunk.rows(), rows.small().map(|chunk| chunk.chunk)),
            sql: statements.copy(chunk.copy_format(), false),
            data,
        })
    });
    let copies: Vec<SmallCopy> = with_rows.collect();
    let mut stored = wire.copy_in_each(&copies).into_iter();
    let results = decoded
        .into_iter()
        .zip(jobs)
        .map_while(|(chunk, (_, statements))| match chunk {
            Ok(chunk) => {
                let (rows, raw_bytes) = (chunk.rows(), chunk.raw_bytes());
                Some(check(wire, statements, stored.next()?, rows, raw_bytes, progress))
            }
            Err(error) => Some(Err(error)),
        });
    results.collect()
}

/// Truncating and copying in one transaction lets the server skip WAL (`wal_level=minimal`) and
/// store rows frozen, so that no later VACUUM rewrites them.
fn load_whole(
    wire: &mut Wire,
    statements: &CopyStatements,
    chunks: &[ChunkRef],
    decoded: &mut dyn Iterator<Item = Result<DecodedChunk, ArchiveError>>,
    progress: &Progress,
) -> Result<u64, LoadError> {
    wire.execute("BEGIN")?;
    if statements.fresh {
        wire.execute(statements.truncate())?;
    }
    let stored = Copy::of(statements, statements.fresh, chunks).run(wire, decoded, progress)?;
    wire.execute("COMMIT")?;
    Ok(stored)
}

/// One COPY with this many chunks.
struct Copy<'a> {
    statements: &'a CopyStatements,
    freeze: bool,
    record: Option<String>,
    chunks: usize,
}

impl<'a> Copy<'a> {
    fn of(statements: &'a CopyStatements, freeze: bool, chunks: &[ChunkRef]) -> Self {
        let rows = chunks.iter().map(|chunk| chunk.rows).sum();
        Self {
            statements,
            freeze,
            record: record(statements, rows, chunks.iter().map(|chunk| chunk.chunk)),
            chunks: chunks.len(),
        }
    }

    fn run(
        &self,
        wire: &mut Wire,
        decoded: &mut dyn Iterator<Item = Result<DecodedChunk, ArchiveError>>,
        progress: &Progress,
    ) -> Result<u64, LoadError> {
        let statements = self.statements;
        let format = statements.format(wire)?;
        let mut copy = wire.copy_in_after(self.record.as_deref(), &statements.copy(format, self.freeze))?;
        let (head, end) = around(format);
        copy.send(head)?;
        let (mut rows, mut raw_bytes) = (0, 0);
        for _ in 0..self.chunks {
            let next = decoded.next().ok_or(LoadError::NotDecoded);
            let in_format = next.and_then(|chunk| {
                let chunk = chunk?;
                Ok((chunk.raw_bytes(), statements.fit(format, chunk)?))
            });
            let (of_chunk, chunk) = match in_format {
                Ok(chunk) => chunk,
                Err(error) => {
                    copy.abort(UNREADABLE)?;
                    return Err(error);
                }
            };
            let mut pieces = chunk.pieces();
            while copy.fill(|message| pieces.next_into(message))? {}
            progress.advance(of_chunk);
            rows += chunk.rows();
            raw_bytes += of_chunk;
        }
        copy.send(end)?;
        let stored = copy.finish();
        check(wire, statements, stored, rows, raw_bytes, progress)
    }
}

/// The bytes that a COPY format has before and after the rows.
fn around(format: CopyFormat) -> (&'static [u8], &'static [u8]) {
    match format {
        CopyFormat::Text => (&[], &[]),
        CopyFormat::Binary => (&BINARY_HEAD, &BINARY_END),
    }
}

/// Compares the number of rows that the server says it has stored with the number sent.
fn check(
    wire: &mut Wire,
    statements: &CopyStatements,
    stored: Result<u64, ConnectError>,
    sent: u64,
    raw_bytes: u64,
    progress: &Progress,
) -> Result<u64, LoadError> {
    let stored = stored?;
    if stored != sent {
        if let Some(record) = &statements.record {
            wire.execute(&record.less(sent.saturating_sub(stored)))?;
        }
        return Err(LoadError::RowCount { sent, stored });
    }
    progress.chunk(stored, raw_bytes);
    Ok(stored)
}
