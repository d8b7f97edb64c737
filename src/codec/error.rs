//! Errors in COPY data or in a chunk's payload.

use crate::codec::print::PrintError;
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
    #[error("the data are not in COPY's binary format")]
    NoBinaryCopy,
    #[error("field {column} of row {row} has a length below -1")]
    FieldLength { row: u64, column: usize },
    #[error("data follow the end of a COPY of {rows} rows")]
    AfterEnd { rows: u64 },
    #[error("column {column}: {source}")]
    InColumn { column: usize, source: Box<CodecError> },
    #[error("column {column}, row {row}: {source}")]
    Print {
        column: usize,
        row: u64,
        source: PrintError,
    },
    #[error("a column is of a type that this version cannot print")]
    UnknownTypes,
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
