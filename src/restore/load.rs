//! Loads rows: COPY FROM STDIN of whole chunks, checked before a byte reaches the server.

use crate::archive::{Archive, ArchiveError, ChunkRef, StreamedChunk};
use crate::codec::DecodedChunk;
use crate::connect::{ConnectError, ServerError, Wire};
use crate::model::entry::Relation;
use crate::model::ident;
use crate::progress::Progress;
use crate::restore::large_objects;

/// Why rows were not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{0}")]
    Server(#[from] ConnectError),
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    #[error("{0}")]
    Decode(#[from] crate::codec::CodecError),
    #[error("the server stored {stored} of {sent} rows")]
    RowCount { sent: u64, stored: u64 },
    #[error("a row of the archive is no piece of a large object")]
    NoPiece,
}

impl LoadError {
    pub fn server(&self) -> Option<ServerError> {
        match self {
            Self::Server(error) => error.server().cloned(),
            _ => None,
        }
    }

    /// The session cannot be used any more.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Server(error) if error.is_fatal())
    }
}

/// Where a job's rows come from.
#[derive(Debug)]
pub enum Rows {
    /// All chunks of a small relation: one transaction.
    Whole(Vec<ChunkRef>),
    /// One chunk of a relation that several sessions load.
    Part(ChunkRef),
    /// One chunk as it came through a pipe.
    Streamed(StreamedChunk),
}

/// How a relation's rows are sent.
#[derive(Clone, Debug)]
pub struct Statements {
    copy: String,
    copy_frozen: String,
    truncate: String,
    /// The table was created by this restore, so it may be truncated, which lets COPY skip work.
    pub fresh: bool,
    /// The rows are pieces of large objects, which are written by function calls.
    large_objects: bool,
}

impl Statements {
    /// `encoding` is what the server is told of the rows' encoding; `fresh` as in [`Statements::fresh`].
    pub fn new(relation: &Relation, encoding: &str, fresh: bool) -> Self {
        let (schema, name) = match &relation.load_via_root {
            Some((schema, name)) => (schema, name),
            None => (&relation.schema, &relation.name),
        };
        let table = ident::qualified(schema, name);
        let columns: Vec<String> = relation.copy_columns().map(|c| ident::quote_ident(&c.name)).collect();
        let list = if columns.is_empty() {
            String::new()
        } else {
            format!(" ({})", columns.join(", "))
        };
        let encoding = ident::quote_literal(encoding);
        Self {
            copy: format!("COPY {table}{list} FROM STDIN WITH (FORMAT text, ENCODING {encoding})"),
            copy_frozen: format!("COPY {table}{list} FROM STDIN WITH (FORMAT text, ENCODING {encoding}, FREEZE)"),
            truncate: format!("TRUNCATE TABLE ONLY {table}"),
            // To truncate a foreign table is to truncate what it stands for.
            fresh: fresh && relation.load_via_root.is_none() && relation.foreign_server.is_none(),
            large_objects: relation.large_objects,
        }
    }
}

/// Loads one job's rows; the rows stored. Nothing of a job stays when it fails.
pub fn load(
    wire: &mut Wire,
    archive: Option<&Archive>,
    rows: Rows,
    statements: &Statements,
    progress: &Progress,
) -> Result<u64, LoadError> {
    let open = |chunk: &ChunkRef| -> Result<DecodedChunk, LoadError> {
        let archive =
            archive.expect("a chunk reference comes from an open archive, because only its manifest has them");
        Ok(archive.chunk(chunk)?)
    };
    match rows {
        Rows::Part(chunk) => store(wire, statements, &open(&chunk)?, progress),
        Rows::Streamed(chunk) => store(wire, statements, &chunk.decode()?, progress),
        Rows::Whole(chunks) if statements.large_objects => chunks.iter().try_fold(0, |stored, chunk| {
            Ok(stored + large_objects::write(wire, &open(chunk)?, progress)?)
        }),
        Rows::Whole(chunks) => {
            let result = load_whole(wire, &chunks, statements, progress, open);
            // On a session that is gone there is nothing to roll back, and its error says why.
            if !wire.is_broken() && wire.in_transaction() {
                wire.execute("ROLLBACK")?;
            }
            result
        }
    }
}

/// Stores one chunk in a transaction of its own.
fn store(
    wire: &mut Wire,
    statements: &Statements,
    chunk: &DecodedChunk,
    progress: &Progress,
) -> Result<u64, LoadError> {
    if statements.large_objects {
        large_objects::write(wire, chunk, progress)
    } else {
        copy(wire, &statements.copy, chunk, progress)
    }
}

/// Truncating and copying in one transaction lets the server skip WAL (`wal_level=minimal`) and
/// store rows frozen, so that no later VACUUM rewrites them.
fn load_whole(
    wire: &mut Wire,
    chunks: &[ChunkRef],
    statements: &Statements,
    progress: &Progress,
    open: impl Fn(&ChunkRef) -> Result<DecodedChunk, LoadError>,
) -> Result<u64, LoadError> {
    wire.execute("BEGIN")?;
    if statements.fresh {
        wire.execute(&statements.truncate)?;
    }
    let sql = if statements.fresh {
        &statements.copy_frozen
    } else {
        &statements.copy
    };
    let mut stored = 0;
    for chunk in chunks {
        stored += copy(wire, sql, &open(chunk)?, progress)?;
    }
    wire.execute("COMMIT")?;
    Ok(stored)
}

fn copy(wire: &mut Wire, sql: &str, chunk: &DecodedChunk, progress: &Progress) -> Result<u64, LoadError> {
    let mut copy = wire.copy_in(sql)?;
    let mut sent_bytes = 0;
    let mut pieces = chunk.pieces();
    let mut piece = Vec::new();
    while pieces.next_into(&mut piece) {
        copy.send(&piece)?;
        sent_bytes += piece.len() as u64;
        piece.clear();
    }
    let stored = copy.finish()?;
    if stored != chunk.rows() {
        return Err(LoadError::RowCount {
            sent: chunk.rows(),
            stored,
        });
    }
    progress.chunk(stored, sent_bytes);
    progress.advance(sent_bytes);
    Ok(stored)
}
