//! Splits a COPY stream in binary format into columns.

use crate::codec::binary_rows::{BinaryRows, field_at};
use crate::codec::error::CodecError;
use crate::codec::row_hash;
use crate::codec::splitter::RawChunk;
use crate::format::CopyFormat;

/// Takes COPY data and gives chunks of rows. After an error it must not be used further.
pub struct FieldSplitter {
    columns: usize,
    rows: BinaryRows,
    chunk: RawChunk,
    spare: Vec<RawChunk>,
}

impl FieldSplitter {
    /// A splitter for one stream of rows of so many columns.
    pub fn new(columns: usize) -> Self {
        let mut splitter = Self {
            columns,
            rows: BinaryRows::new(columns),
            chunk: RawChunk::default(),
            spare: Vec::new(),
        };
        splitter.chunk = splitter.next_chunk();
        splitter
    }

    /// Takes COPY data as it comes off the connection, split at any byte.
    ///
    /// # Errors
    /// What is no COPY data in binary format, a row with another number of columns, a row over the limit.
    pub fn push(&mut self, data: &[u8]) -> Result<(), CodecError> {
        let chunk = &mut self.chunk;
        self.rows.push(data, |row| {
            chunk.digest.add(row_hash(row));
            chunk.rows += 1;
            chunk.raw_bytes += row.len() + 2;
            let mut at = 0;
            for column in &mut chunk.columns {
                let field = field_at(row, at);
                column.extend_from_slice(field);
                at += field.len();
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
        self.rows = BinaryRows::new(self.columns);
    }

    /// Hands out the complete rows. A row that has begun stays for the next chunk.
    pub fn take(&mut self) -> RawChunk {
        let next = self.next_chunk();
        std::mem::replace(&mut self.chunk, next)
    }

    /// Takes a chunk's buffers back for later ones.
    pub fn recycle(&mut self, chunk: RawChunk) {
        self.spare.push(chunk.emptied());
    }

    fn next_chunk(&mut self) -> RawChunk {
        let mut next = self.spare.pop().unwrap_or_default();
        next.copy_format = CopyFormat::Binary;
        next.columns.resize_with(self.columns, Vec::new);
        next
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
