//! Splits a COPY stream in binary format into columns.

use crate::codec::binary_rows::BinaryRows;
use crate::codec::error::CodecError;
use crate::codec::gathered::Gathered;
use crate::codec::row_hash::row_hash;
use crate::codec::splitter::RawChunk;
use crate::format::CopyFormat;

/// A field up to this long, its length word included, is copied as if it were this long.
const SHORT_BYTES: usize = 32;

/// Takes COPY data and gives chunks of rows. After an error it must not be used further.
pub struct FieldSplitter {
    columns: Vec<Gathered>,
    rows: BinaryRows,
    /// The chunk that the columns will become part of.
    chunk: RawChunk,
    spare: Vec<Vec<Vec<u8>>>,
}

impl FieldSplitter {
    /// A splitter for one stream of rows of `columns` columns.
    pub fn new(columns: usize) -> Self {
        let mut columns_of = Vec::new();
        columns_of.resize_with(columns, Gathered::default);
        Self {
            columns: columns_of,
            rows: BinaryRows::new(columns),
            chunk: empty_chunk(),
            spare: Vec::new(),
        }
    }

    /// Takes COPY data as it comes off the connection, split at any byte.
    ///
    /// # Errors
    /// The data are not COPY data in binary format, a row has another number of columns, or a row is over the limit.
    pub fn push(&mut self, data: &[u8]) -> Result<(), CodecError> {
        let (chunk, columns) = (&mut self.chunk, &mut self.columns);
        self.rows.push(data, |row, ends| {
            chunk.digest.add(row_hash(row));
            chunk.rows += 1;
            chunk.raw_bytes += row.len() + 2;
            let mut start = 0;
            for (column, end) in columns.iter_mut().zip(ends) {
                column.push::<SHORT_BYTES>(row, start, *end);
                start = *end;
            }
        })
    }

    /// COPY data of the complete rows so far.
    pub fn raw_bytes(&self) -> usize {
        self.chunk.raw_bytes
    }

    /// Complete rows so far.
    pub fn rows(&self) -> u64 {
        self.chunk.rows
    }

    /// True unless the data so far ends inside a row.
    pub fn at_row_end(&self) -> bool {
        self.rows.at_row_end()
    }

    /// The stream has come to its end.
    pub fn has_ended(&self) -> bool {
        self.rows.has_ended()
    }

    /// Begins with another stream of rows of as many columns.
    pub fn restart(&mut self) {
        self.rows = BinaryRows::new(self.columns.len());
    }

    /// Hands out the complete rows. A row that has begun stays for the next chunk.
    pub fn take(&mut self) -> RawChunk {
        let mut chunk = std::mem::replace(&mut self.chunk, empty_chunk());
        let mut buffers = self.spare.pop().unwrap_or_default();
        for column in &mut self.columns {
            let next = Gathered::over(buffers.pop().unwrap_or_default());
            chunk.columns.push(std::mem::replace(column, next).into_vec());
        }
        chunk
    }

    /// Takes a chunk's buffers back for later ones.
    pub fn recycle(&mut self, chunk: RawChunk) {
        let mut buffers = chunk.into_buffers();
        // Buffers are taken from the end, so that each column gets the one that it had.
        buffers.reverse();
        self.spare.push(buffers);
    }
}

fn empty_chunk() -> RawChunk {
    RawChunk {
        copy_format: CopyFormat::Binary,
        ..RawChunk::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::binary_rows::{BINARY_END, BINARY_HEAD};

    #[test]
    fn rows_become_columns() {
        let mut splitter = FieldSplitter::new(2);
        splitter.push(&BINARY_HEAD).unwrap();
        splitter.push(b"\0\x02\0\0\0\x01a\xff\xff\xff\xff").unwrap();
        splitter.push(b"\0\x02\0\0\0\0\0\0\0\x02bc\0\x02").unwrap();
        assert!(!splitter.at_row_end() && !splitter.has_ended());
        let chunk = splitter.take();
        assert_eq!(
            chunk.columns,
            [
                b"\0\0\0\x01a\0\0\0\0".to_vec(),
                b"\xff\xff\xff\xff\0\0\0\x02bc".to_vec()
            ]
        );
        assert_eq!(
            (chunk.rows, chunk.raw_bytes, chunk.copy_format),
            (2, 23, CopyFormat::Binary)
        );
        let hashes = row_hash(b"\0\0\0\x01a\xff\xff\xff\xff").wrapping_add(row_hash(b"\0\0\0\0\0\0\0\x02bc"));
        assert_eq!(chunk.digest.sum, hashes);
        splitter.recycle(chunk);
        splitter.push(b"\0\0\0\x01x\0\0\0\x01y").unwrap();
        splitter.push(&BINARY_END).unwrap();
        assert!(splitter.has_ended());
        let chunk = splitter.take();
        assert_eq!(chunk.columns, [b"\0\0\0\x01x".to_vec(), b"\0\0\0\x01y".to_vec()]);
        assert_eq!(splitter.take().rows, 0);
    }
}
