//! What can be wrong with COPY data or a chunk's payload.

use crate::format::{Encoding, FormatError};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Row numbers are 1-based within the chunk being split.
    #[error("row {row} has {found} columns, expected {expected}")]
    ColumnCount { row: u64, found: usize, expected: usize },
    #[error("row {row} is the end-of-data marker")]
    EndMarker { row: u64 },
    #[error("row {row} is longer than {limit} bytes")]
    RowTooLong { row: u64, limit: usize },
    #[error("COPY data ends inside a row")]
    CutRow,
    #[error("a chunk of {found} bytes is over the limit of {limit}")]
    ChunkTooLong { found: u64, limit: u64 },
    #[error("column {column} holds {found} values, the chunk has {expected} rows")]
    ValueCount { column: usize, found: u64, expected: u64 },
    #[error("column {column} does not end with a newline")]
    CutValue { column: usize },
    #[error("column {column} has a tab inside a value")]
    TabInValue { column: usize },
    #[error("a chunk without columns has {rows} rows in {raw_bytes} bytes")]
    EmptyRows { rows: u64, raw_bytes: u64 },
    #[error("zstd: {problem}")]
    Zstd { problem: String },
    #[error("decompresses to {found} bytes, expected {expected}")]
    RawLength { found: u64, expected: u64 },
    #[error("the fields of a binary column are wrong: {problem}")]
    Fields { problem: &'static str },
    #[error("a column encoded as {encoding:?} is wrong: {problem}")]
    EncodedColumn { encoding: Encoding, problem: &'static str },
    #[error(transparent)]
    Format(#[from] FormatError),
}
