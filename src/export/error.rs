//! Why rows were not exported.

use std::io;

use crate::archive::ArchiveError;
use crate::codec::CodecError;
use crate::select::pattern::PatternError;

/// Why an export ended early or did not begin. Tables are quoted and schema-qualified, columns and encodings as they
/// are named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The pattern for the table is wrong, or does not match exactly one table with rows.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A chunk cannot be read or is damaged.
    #[error("cannot export {table}: {source}")]
    Archive {
        /// The relation that the chunk belongs to, which may be a partition.
        table: String,
        /// What is wrong, and where.
        source: ArchiveError,
    },
    /// A chunk's rows cannot be given as text.
    #[error("cannot export {table}: chunk {chunk} cannot be decoded: {source}")]
    Decode {
        /// The relation that the chunk belongs to, which may be a partition.
        table: String,
        /// Position among the relation's chunks, from 0.
        chunk: u32,
        /// What is wrong with it.
        source: CodecError,
    },
    /// The archive holds a value that is not of its column's type.
    #[error("cannot export {table}: a value of column `{column}` in chunk {chunk} is not {expected}")]
    Value {
        /// The relation that the chunk belongs to, which may be a partition.
        table: String,
        /// Position among the relation's chunks, from 0.
        chunk: u32,
        /// The column of the output.
        column: String,
        /// What the value should be, with its article.
        expected: &'static str,
    },
    /// A column was asked for that the table lacks.
    #[error("{table} has no column `{column}`; it has {columns}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column that was asked for.
        column: String,
        /// The columns that it has, quoted, with commas between.
        columns: String,
    },
    /// A generated column was asked for.
    #[error("column `{column}` of {table} is generated: the archive holds no values of it")]
    Generated {
        /// The table.
        table: String,
        /// The column that was asked for.
        column: String,
    },
    /// The list of columns has one twice.
    #[error("column `{column}` is named twice")]
    Repeated {
        /// The column.
        column: String,
    },
    /// The partitions of a table have different columns.
    #[error("the partitions of {table} do not all have a column `{column}`")]
    Columns {
        /// The partitioned table.
        table: String,
        /// The column that one of them lacks.
        column: String,
    },
    /// JSON is wanted of a database whose encoding is not UTF-8.
    #[error("the archive's rows are in {encoding}, and JSON is UTF-8: export them as CSV or SQL")]
    NotUtf8 {
        /// The database's encoding.
        encoding: String,
    },
    /// A name or definition, which is UTF-8 in an archive, cannot be written in the database's encoding, in which the
    /// rows are.
    #[error("the archive's rows are in {encoding}, in which `{text}` cannot be written beside them")]
    Encoding {
        /// The database's encoding.
        encoding: String,
        /// The name, or the first line of the definition that is not ASCII.
        text: String,
    },
    /// The definition is wanted, and no entry makes the table.
    #[error("the archive has no definition of {table}")]
    NoDefinition {
        /// The table.
        table: String,
    },
    /// The output takes no more bytes; see [`ExportError::is_closed_pipe`].
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
    /// The system has no more threads.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// A thread that decodes ended without a result.
    #[error("decoding ended before the rows did")]
    NotDecoded,
    /// The job was stopped.
    #[error("interrupted")]
    Interrupted,
}

impl ExportError {
    /// Whether the reader of the output has closed the pipe.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
