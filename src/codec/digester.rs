//! Digests COPY data without keeping it.

use memchr::memchr;
use xxhash_rust::xxh3::Xxh3;

use crate::codec::binary_rows::BinaryRows;
use crate::codec::error::CodecError;
use crate::codec::row_hash::row_hash;
use crate::format::limits::MAX_ROW_BYTES;
use crate::format::{CopyFormat, RowDigest};

/// Hashes and counts the rows of a COPY stream in either format.
pub enum Digester {
    /// For COPY's text format.
    Text(TextDigester),
    /// For COPY's binary format.
    Binary(FieldDigester),
}

impl Digester {
    /// A digester for one stream of rows of `columns` columns.
    pub fn new(format: CopyFormat, columns: usize) -> Self {
        match format {
            CopyFormat::Text => Self::Text(TextDigester::new()),
            CopyFormat::Binary => Self::Binary(FieldDigester {
                rows: BinaryRows::new(columns),
                digest: RowDigest::default(),
            }),
        }
    }

    /// Takes COPY data, split at any byte.
    ///
    /// # Errors
    /// A row is over the limit, or the data are not COPY data in binary format.
    pub fn push(&mut self, data: &[u8]) -> Result<(), CodecError> {
        match self {
            Self::Text(digester) => digester.push(data),
            Self::Binary(FieldDigester { rows, digest }) => rows.push(data, |row, _| digest.add(row_hash(row))),
        }
    }

    /// Rows that have ended so far.
    pub fn rows(&self) -> u64 {
        match self {
            Self::Text(digester) => digester.rows(),
            Self::Binary(digester) => digester.digest.rows,
        }
    }

    /// The digest of all rows.
    ///
    /// # Errors
    /// [`CodecError::CutRow`] if the data end inside a row, or without the end mark of the format.
    pub fn finish(self) -> Result<RowDigest, CodecError> {
        match self {
            Self::Text(digester) => digester.finish(),
            Self::Binary(digester) if digester.rows.has_ended() => Ok(digester.digest),
            Self::Binary(_) => Err(CodecError::CutRow),
        }
    }
}

/// Hashes and counts the rows of a COPY stream in binary format.
pub struct FieldDigester {
    rows: BinaryRows,
    digest: RowDigest,
}

/// Hashes and counts the rows of a COPY stream in text format.
#[derive(Default)]
pub struct TextDigester {
    digest: RowDigest,
    /// The hash of a row whose end has not arrived yet, and its bytes so far.
    open: Option<(Box<Xxh3>, usize)>,
}

impl TextDigester {
    /// A digester that has seen no rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes COPY data, split at any byte.
    ///
    /// # Errors
    /// A row over the limit.
    pub fn push(&mut self, mut data: &[u8]) -> Result<(), CodecError> {
        while let Some(end) = memchr(b'\n', data) {
            let (row, rest) = (&data[..end], &data[end + 1..]);
            let hash = match self.open.take() {
                Some((mut hasher, _)) => {
                    hasher.update(row);
                    hasher.digest128()
                }
                None => row_hash(row),
            };
            self.digest.add(hash);
            data = rest;
        }
        if !data.is_empty() {
            let (hasher, bytes) = self.open.get_or_insert_with(|| (Box::new(Xxh3::new()), 0));
            hasher.update(data);
            *bytes += data.len();
            if *bytes >= MAX_ROW_BYTES {
                return Err(CodecError::RowTooLong {
                    row: self.digest.rows + 1,
                    limit: MAX_ROW_BYTES,
                });
            }
        }
        Ok(())
    }

    /// Rows that have ended so far.
    pub fn rows(&self) -> u64 {
        self.digest.rows
    }

    /// The digest of all rows.
    ///
    /// # Errors
    /// [`CodecError::CutRow`] when the last row has no newline.
    pub fn finish(self) -> Result<RowDigest, CodecError> {
        match self.open {
            None => Ok(self.digest),
            Some(_) => Err(CodecError::CutRow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_depends_neither_on_order_nor_on_splits() {
        let mut whole = TextDigester::new();
        whole.push(b"a\t1\nb\t\\N\n\nlong row\t2\n").unwrap();
        let whole = whole.finish().unwrap();
        let mut bytewise = TextDigester::new();
        for byte in b"long row\t2\n\na\t1\nb\t\\N\n" {
            bytewise.push(&[*byte]).unwrap();
        }
        assert_eq!(bytewise.finish().unwrap(), whole);
        assert_eq!(whole.rows, 4);
    }

    #[test]
    fn a_row_twice_is_not_a_row_once() {
        let digest = |data: &[u8]| {
            let mut d = TextDigester::new();
            d.push(data).unwrap();
            d.finish()
        };
        assert_ne!(digest(b"a\na\n"), digest(b"a\n"));
        assert_ne!(digest(b"a\na\n"), digest(b"b\nb\n"));
        assert_eq!(digest(b"a"), Err(CodecError::CutRow));
    }
}
