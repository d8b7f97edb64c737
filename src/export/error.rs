//! Why rows were not exported.

use std::io;

use crate::archive::ArchiveError;
use crate::codec::CodecError;
use crate::select::pattern::PatternError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("cannot export {table}: {source}")]
    Archive { table: String, source: ArchiveError },
    #[error("cannot export {table}: chunk {chunk} cannot be decoded: {source}")]
    Decode {
        table: String,
        chunk: u32,
        source: CodecError,
    },
    /// The archive holds a value that is not of its column's type.
    #[error("cannot export {table}: a value of column `{column}` in chunk {chunk} is not {expected}")]
    Value {
        table: String,
        chunk: u32,
        column: String,
        expected: &'static str,
    },
    #[error("{table} has no column `{column}`; it has {columns}")]
    NoColumn {
        table: String,
        column: String,
        columns: String,
    },
    #[error("column `{column}` of {table} is generated: the archive holds no values of it")]
    Generated { table: String, column: String },
    #[error("column `{column}` is named twice")]
    Repeated { column: String },
    #[error("the partitions of {table} do not all have a column `{column}`")]
    Columns { table: String, column: String },
    #[error("the archive's rows are in {encoding}, and JSON is UTF-8: export them as CSV or SQL")]
    NotUtf8 { encoding: String },
    /// A name or definition, which is UTF-8 in an archive, cannot be written in the database's encoding, in which the
    /// rows are.
    #[error("the archive's rows are in {encoding}, in which `{text}` cannot be written beside them")]
    Encoding { encoding: String, text: String },
    #[error("the archive has no definition of {table}")]
    NoDefinition { table: String },
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    #[error("decoding ended before the rows did")]
    NotDecoded,
    #[error("interrupted")]
    Interrupted,
}

impl ExportError {
    /// Whether the reader of the output has closed the pipe.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
