//! Errors in COPY data or in a chunk's payload.

use crate::codec::print::PrintError;
use crate::format::{Encoding, FormatError};

/// COPY data or a chunk's payload that is not as it must be. Columns count from 0, rows from 1 within the chunk or
/// stream that is read; row 0 stands for a row that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// COPY data have a row that is not as wide as the relation.
    #[error("row {row} has {found} columns, expected {expected}")]
    ColumnCount {
        /// The row; 0 if no single one is meant.
        row: u64,
        /// Columns of the row. In binary format a count that no row can have is told as 0; in text format counting
        /// stops at the first column too many.
        found: usize,
        /// Columns of the relation.
        expected: usize,
    },
    /// A row of text is `\.`, which would end a COPY early.
    #[error("row {row} is the end-of-data marker")]
    EndMarker {
        /// The row; 0 when a chunk is decoded.
        row: u64,
    },
    /// A row is over [`MAX_ROW_BYTES`](crate::codec::MAX_ROW_BYTES).
    #[error("row {row} is longer than {limit} bytes")]
    RowTooLong {
        /// The row.
        row: u64,
        /// The most bytes that it may have.
        limit: usize,
    },
    /// A stream ended without the end of its last row, or in binary format without its end mark.
    #[error("COPY data ends inside a row")]
    CutRow,
    /// A chunk to encode is over the format's limit.
    #[error("a chunk of {found} bytes is over the limit of {limit}")]
    ChunkTooLong {
        /// Bytes of the chunk's COPY data.
        found: u64,
        /// The most bytes that a chunk may have.
        limit: u64,
    },
    /// A decoded column of text has more or fewer values than the record header declares rows.
    #[error("column {column} holds {found} values, the chunk has {expected} rows")]
    ValueCount {
        /// The column.
        column: usize,
        /// Newlines in the column.
        found: u64,
        /// Rows of the chunk, by its record header.
        expected: u64,
    },
    /// The last value of a decoded column of text has no newline.
    #[error("column {column} does not end with a newline")]
    CutValue {
        /// The column.
        column: usize,
    },
    /// A decoded column of text holds a tab, which would make two values of one.
    #[error("column {column} has a tab inside a value")]
    TabInValue {
        /// The column.
        column: usize,
    },
    /// A stream does not begin as COPY's binary format does, has unknown flags, or has too long an extension.
    #[error("the data are not in COPY's binary format")]
    NoBinaryCopy,
    /// A field of a binary stream declares a negative length that is not that of NULL.
    #[error("field {column} of row {row} has a length below -1")]
    FieldLength {
        /// The row.
        row: u64,
        /// The column.
        column: usize,
    },
    /// A binary stream goes on after its end mark.
    #[error("data follow the end of a COPY of {rows} rows")]
    AfterEnd {
        /// Rows before the end mark.
        rows: u64,
    },
    /// A column of a chunk cannot be decoded.
    #[error("column {column}: {source}")]
    InColumn {
        /// The column.
        column: usize,
        /// What is wrong with it.
        source: Box<CodecError>,
    },
    /// A binary value cannot be printed as text.
    #[error("column {column}, row {row}: {source}")]
    Print {
        /// The column.
        column: usize,
        /// The row.
        row: u64,
        /// What is wrong with the value.
        source: PrintError,
    },
    /// Rows in binary format are wanted as text, and a column has no [`ValueType`](crate::model::ValueType).
    #[error("a column is of a type that this version cannot print")]
    UnknownTypes,
    /// A zstd frame cannot be made or read.
    #[error("zstd: {problem}")]
    Zstd {
        /// What zstd says.
        problem: String,
    },
    /// A zstd frame does not hold as many bytes as declared.
    #[error("decompresses to {found} bytes, expected {expected}")]
    RawLength {
        /// Bytes that came out; not all, if there were more than expected.
        found: u64,
        /// Bytes declared.
        expected: u64,
    },
    /// The length words of a binary column do not lead through it.
    #[error("the fields of a binary column are wrong: {problem}")]
    Fields {
        /// In words.
        problem: &'static str,
    },
    /// The bytes of an encoded column do not stand for its rows.
    #[error("a column encoded as {encoding:?} is wrong: {problem}")]
    EncodedColumn {
        /// The encoding that its head declares.
        encoding: Encoding,
        /// In words.
        problem: &'static str,
    },
    /// The chunk's head is wrong.
    #[error(transparent)]
    Format(#[from] FormatError),
}
