//! A splitter for either COPY format.

use crate::codec::error::CodecError;
use crate::codec::field_splitter::FieldSplitter;
use crate::codec::splitter::{RawChunk, RowSplitter};
use crate::format::CopyFormat;

/// Takes one COPY stream after another and gives chunks of rows. After an error it must not be used further.
pub enum Splitter {
    /// For COPY's text format.
    Text(RowSplitter),
    /// For COPY's binary format.
    Binary(FieldSplitter),
}

impl Splitter {
    /// A splitter for rows of `columns` columns.
    pub fn new(format: CopyFormat, columns: usize) -> Self {
        match format {
            CopyFormat::Text => Self::Text(RowSplitter::new(columns)),
            CopyFormat::Binary => Self::Binary(FieldSplitter::new(columns)),
        }
    }

    /// The format of the streams that it takes.
    pub fn format(&self) -> CopyFormat {
        match self {
            Self::Text(_) => CopyFormat::Text,
            Self::Binary(_) => CopyFormat::Binary,
        }
    }

    /// Begins with another stream of rows of as many columns.
    pub fn restart(&mut self) {
        if let Self::Binary(splitter) = self {
            splitter.restart();
        }
    }

    /// Takes COPY data as it comes off the connection, split at any byte.
    ///
    /// # Errors
    /// As those of [`RowSplitter::push`] and [`FieldSplitter::push`].
    pub fn push(&mut self, data: &[u8]) -> Result<(), CodecError> {
        match self {
            Self::Text(splitter) => splitter.push(data),
            Self::Binary(splitter) => splitter.push(data),
        }
    }

    /// COPY data of the complete rows so far.
    pub fn raw_bytes(&self) -> usize {
        match self {
            Self::Text(splitter) => splitter.raw_bytes(),
            Self::Binary(splitter) => splitter.raw_bytes(),
        }
    }

    /// Complete rows so far.
    pub fn rows(&self) -> u64 {
        match self {
            Self::Text(splitter) => splitter.rows(),
            Self::Binary(splitter) => splitter.rows(),
        }
    }

    /// True unless the data so far ends inside a row.
    pub fn at_row_end(&self) -> bool {
        match self {
            Self::Text(splitter) => splitter.at_row_end(),
            Self::Binary(splitter) => splitter.at_row_end(),
        }
    }

    /// Whether the stream may end here.
    pub fn at_end(&self) -> bool {
        match self {
            Self::Text(splitter) => splitter.at_row_end(),
            Self::Binary(splitter) => splitter.has_ended(),
        }
    }

    /// Hands out the complete rows. A row that has begun stays for the next chunk.
    pub fn take(&mut self) -> RawChunk {
        match self {
            Self::Text(splitter) => splitter.take(),
            Self::Binary(splitter) => splitter.take(),
        }
    }

    /// Takes a chunk's buffers back for later ones.
    pub fn recycle(&mut self, chunk: RawChunk) {
        match self {
            Self::Text(splitter) => splitter.recycle(chunk),
            Self::Binary(splitter) => splitter.recycle(chunk),
        }
    }
}
