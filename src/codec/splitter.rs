//! Splits a COPY stream in text format into columns.
//!
//! Rows that are completely in one piece of input are hashed and split in place. A row that crosses pieces is gathered
//! first; a long one is split as it arrives, so that it is held only once. Every byte is read a fixed number of times,
//! however the input is cut.
//!
//! A row costs its hash, one search for both delimiters, and one copy of a fixed size per value. What other ways cost:
//! `docs/decisions/002-splitting-text-rows.md`.

use memchr::{memchr, memchr_iter, memrchr};
use xxhash_rust::xxh3::Xxh3;

use crate::codec::delimiters::Delimiters;
use crate::codec::error::CodecError;
use crate::codec::row_hash::row_hash;
use crate::format::limits::{CHUNK_TARGET_BYTES, MAX_ROW_BYTES};
use crate::format::{CopyFormat, RowDigest};

/// A crossing row up to this long is gathered in a buffer.
const GATHER_BYTES: usize = 64 << 10;
/// A value up to this long, its delimiter included, is copied as if it were this long.
const SHORT_BYTES: usize = 16;

/// Complete rows, by column, ready to be encoded.
#[derive(Debug, Default)]
pub struct RawChunk {
    /// The format of the stream that the rows came from.
    pub copy_format: CopyFormat,
    /// Rows of the chunk.
    pub rows: u64,
    /// COPY data of the rows. Text: every value and the tab or newline after it. Binary: every field and each
    /// row's count of them.
    pub raw_bytes: usize,
    /// Number and sum of the rows.
    pub digest: RowDigest,
    /// Text: each value's COPY text followed by a newline. Binary: each field's length word and bytes.
    pub columns: Vec<Vec<u8>>,
}

impl RawChunk {
    /// The columns as buffers for later ones, with whatever they contain.
    pub(super) fn into_buffers(mut self) -> Vec<Vec<u8>> {
        // A buffer that held one huge value must not be kept for good.
        self.columns.retain(|c| c.capacity() <= 4 * CHUNK_TARGET_BYTES);
        self.columns
    }
}

/// A row that is split as it arrives.
struct LongRow {
    hash: Box<Xxh3>,
    /// The column that the next byte belongs to.
    column: usize,
    bytes: usize,
    /// Length of each column before the row began.
    marks: Vec<usize>,
}

/// Takes COPY data and gives chunks of rows. After an error it must not be used further.
pub struct RowSplitter {
    column_count: usize,
    chunk: RawChunk,
    /// The beginning of a row that crosses pieces of input.
    gathered: Vec<u8>,
    long: Option<LongRow>,
    spare: Vec<Vec<Vec<u8>>>,
}

impl RowSplitter {
    /// A splitter for rows of `columns` columns; without columns, every row is an empty line.
    pub fn new(columns: usize) -> Self {
        Self {
            column_count: columns,
            chunk: RawChunk {
                columns: vec![Vec::new(); columns],
                ..RawChunk::default()
            },
            gathered: Vec::new(),
            long: None,
            spare: Vec::new(),
        }
    }

    /// Takes COPY data as it comes off the connection, split at any byte; rows end with a newline.
    ///
    /// # Errors
    /// A row with another number of columns, an end-of-data marker, a row over the limit.
    pub fn push(&mut self, mut data: &[u8]) -> Result<(), CodecError> {
        if !self.at_row_end() {
            let Some(end) = memchr(b'\n', data) else {
                return self.continue_row(data);
            };
            let (head, rest) = data.split_at(end + 1);
            self.continue_row(head)?;
            self.finish_row()?;
            data = rest;
        }
        let whole = match data.last() {
            // Mostly a message of the server is one row.
            Some(b'\n') => data.len(),
            _ => memrchr(b'\n', data).map_or(0, |end| end + 1),
        };
        let (rows, rest) = data.split_at(whole);
        self.split_rows(rows)?;
        if !rest.is_empty() {
            self.continue_row(rest)?;
        }
        Ok(())
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
        self.gathered.is_empty() && self.long.is_none()
    }

    /// Hands out the complete rows. A row that has begun stays for the next chunk.
    pub fn take(&mut self) -> RawChunk {
        let mut next = RawChunk {
            columns: self.spare.pop().unwrap_or_default(),
            ..RawChunk::default()
        };
        next.columns.resize_with(self.column_count, Vec::new);
        if let Some(long) = &mut self.long {
            for ((to, from), mark) in next
                .columns
                .iter_mut()
                .zip(&mut self.chunk.columns)
                .zip(&mut long.marks)
            {
                to.extend_from_slice(&from[*mark..]);
                from.truncate(*mark);
                *mark = 0;
            }
        }
        std::mem::replace(&mut self.chunk, next)
    }

    /// Takes a chunk's buffers back for later ones.
    pub fn recycle(&mut self, chunk: RawChunk) {
        let mut buffers = chunk.into_buffers();
        buffers.iter_mut().for_each(Vec::clear);
        self.spare.push(buffers);
    }

    /// Splits rows that are whole: `data` is empty or ends with a newline.
    fn split_rows(&mut self, data: &[u8]) -> Result<(), CodecError> {
        let (mut row_start, mut start, mut found) = (0, 0, 0);
        for end in Delimiters::of(data) {
            if let Some(column) = self.chunk.columns.get_mut(found) {
                push_value(column, data, start, end);
            }
            found += 1;
            start = end + 1;
            if data[end] == b'\n' {
                self.check_row(&data[row_start..end], found)?;
                self.end_row(row_hash(&data[row_start..end]), start - row_start);
                (row_start, found) = (start, 0);
            }
        }
        Ok(())
    }

    /// Checks a row. `found` counts the tabs and the newline that end values, which is one for a row without columns.
    #[inline]
    fn check_row(&self, row: &[u8], found: usize) -> Result<(), CodecError> {
        if row.len() >= MAX_ROW_BYTES {
            return Err(self.too_long());
        }
        if row == b"\\." {
            return Err(CodecError::EndMarker {
                row: self.chunk.rows + 1,
            });
        }
        if found == self.column_count || (self.column_count == 0 && row.is_empty()) {
            return Ok(());
        }
        Err(CodecError::ColumnCount {
            row: self.chunk.rows + 1,
            found,
            expected: self.column_count,
        })
    }

    fn end_row(&mut self, hash: u128, bytes: usize) {
        self.chunk.rows += 1;
        self.chunk.raw_bytes += bytes;
        self.chunk.digest.add(hash);
    }

    /// Takes more of a row that crosses pieces; only the last byte of `data` may be a newline.
    fn continue_row(&mut self, data: &[u8]) -> Result<(), CodecError> {
        if self.long.is_none() {
            if self.gathered.len() + data.len() <= GATHER_BYTES {
                self.gathered.extend_from_slice(data);
                return Ok(());
            }
            self.long = Some(LongRow {
                hash: Box::new(Xxh3::new()),
                column: 0,
                bytes: 0,
                marks: self.chunk.columns.iter().map(Vec::len).collect(),
            });
            let gathered = std::mem::take(&mut self.gathered);
            self.continue_long(&gathered)?;
        }
        self.continue_long(data)
    }

    fn continue_long(&mut self, data: &[u8]) -> Result<(), CodecError> {
        let row = self.chunk.rows + 1;
        let expected = self.column_count;
        let Some(long) = &mut self.long else { return Ok(()) };
        let (text, ended) = match data.split_last() {
            Some((b'\n', text)) => (text, true),
            _ => (data, false),
        };
        long.bytes += text.len();
        if long.bytes >= MAX_ROW_BYTES {
            return Err(self.too_long());
        }
        long.hash.update(text);
        let mut start = 0;
        for end in memchr_iter(b'\t', text).chain([text.len()]) {
            let Some(column) = self.chunk.columns.get_mut(long.column) else {
                return Err(CodecError::ColumnCount {
                    row,
                    found: long.column + 1,
                    expected,
                });
            };
            column.extend_from_slice(&text[start..end]);
            if end < text.len() || ended {
                column.push(b'\n');
                long.column += 1;
            }
            start = end + 1;
        }
        Ok(())
    }

    /// Ends the continued row, whose newline has arrived.
    fn finish_row(&mut self) -> Result<(), CodecError> {
        if let Some(long) = self.long.take() {
            if long.column != self.column_count {
                return Err(CodecError::ColumnCount {
                    row: self.chunk.rows + 1,
                    found: long.column,
                    expected: self.column_count,
                });
            }
            self.end_row(long.hash.digest128(), long.bytes + 1);
            return Ok(());
        }
        let mut gathered = std::mem::take(&mut self.gathered);
        self.split_rows(&gathered)?;
        gathered.clear();
        self.gathered = gathered;
        Ok(())
    }

    fn too_long(&self) -> CodecError {
        CodecError::RowTooLong {
            row: self.chunk.rows + 1,
            limit: MAX_ROW_BYTES,
        }
    }
}

/// Appends the value at `start..end` and a newline in place of its delimiter.
#[inline]
fn push_value(column: &mut Vec<u8>, data: &[u8], start: usize, end: usize) {
    let len = end + 1 - start;
    match data[start..].first_chunk::<SHORT_BYTES>() {
        // A copy of a fixed size needs no call.
        Some(window) if len <= SHORT_BYTES => {
            let old = column.len();
            column.extend_from_slice(window);
            column.truncate(old + len);
        }
        _ => column.extend_from_slice(&data[start..=end]),
    }
    if let Some(last) = column.last_mut() {
        *last = b'\n';
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::digester::TextDigester;
    use proptest::prelude::*;

    fn split(columns: usize, data: &[u8]) -> Result<RawChunk, CodecError> {
        let mut splitter = RowSplitter::new(columns);
        splitter.push(data)?;
        assert!(splitter.at_row_end());
        Ok(splitter.take())
    }

    #[test]
    fn rows_become_columns() {
        let chunk = split(3, b"1\ta b\t\\N\n2\t\tx\\ty\n").unwrap();
        assert_eq!(
            chunk.columns,
            [b"1\n2\n".to_vec(), b"a b\n\n".to_vec(), b"\\N\nx\\ty\n".to_vec()]
        );
        assert_eq!((chunk.rows, chunk.raw_bytes, chunk.digest.rows), (2, 17, 2));
    }

    #[test]
    fn without_columns_rows_are_empty_lines() {
        let chunk = split(0, b"\n\n\n").unwrap();
        assert_eq!((chunk.rows, chunk.raw_bytes, chunk.columns.len()), (3, 3, 0));
        assert!(split(0, b"x\n").is_err());
        assert!(split(0, b"\t\n").is_err());
    }

    #[test]
    fn one_empty_column_is_not_no_column() {
        let chunk = split(1, b"\n\n").unwrap();
        assert_eq!(chunk.columns, [b"\n\n".to_vec()]);
    }

    #[test]
    fn wrong_column_counts_are_errors() {
        let count = |found, row| {
            Err(CodecError::ColumnCount {
                row,
                found,
                expected: 2,
            })
        };
        assert_eq!(split(2, b"1\t2\n1\n").map(drop), count(1, 2));
        assert_eq!(split(2, b"1\t2\t3\n").map(drop), count(3, 1));
        assert_eq!(split(2, b"1\t2\t\n").map(drop), count(3, 1));
        assert_eq!(split(2, b"\n").map(drop), count(1, 1));
        assert_eq!(split(1, b"\\.\n").map(drop), Err(CodecError::EndMarker { row: 1 }));
    }

    #[test]
    fn wrong_column_counts_of_long_rows_are_errors() {
        let long = "x".repeat(GATHER_BYTES);
        for (data, found) in [
            (format!("{long}\n"), 1),
            (format!("{long}\ta\tb\n"), 3),
            (format!("a\t{long}\t\n"), 3),
        ] {
            let mut splitter = RowSplitter::new(2);
            let (head, tail) = data.as_bytes().split_at(data.len() - 3);
            let result = splitter
                .push(head)
                .and_then(|()| splitter.push(b"y"))
                .and_then(|()| splitter.push(tail));
            assert_eq!(
                result,
                Err(CodecError::ColumnCount {
                    row: 1,
                    found,
                    expected: 2
                })
            );
        }
    }

    #[test]
    fn a_begun_row_stays_for_the_next_chunk() {
        for size in [10, GATHER_BYTES, 3 * GATHER_BYTES] {
            let value = "v".repeat(size);
            let mut splitter = RowSplitter::new(2);
            splitter.push(format!("1\t2\n{value}\t{value}").as_bytes()).unwrap();
            assert!(!splitter.at_row_end());
            let first = splitter.take();
            assert_eq!((first.rows, &first.columns[0][..]), (1, &b"1\n"[..]));
            splitter.recycle(first);
            splitter.push(b"w\n5\t6\n").unwrap();
            let second = splitter.take();
            assert_eq!(
                second.columns,
                [
                    format!("{value}\n5\n").into_bytes(),
                    format!("{value}w\n6\n").into_bytes()
                ]
            );
            let mut expected = TextDigester::new();
            expected.push(format!("{value}\t{value}w\n5\t6\n").as_bytes()).unwrap();
            assert_eq!(second.digest, expected.finish().unwrap());
            assert_eq!(splitter.take().rows, 0);
        }
    }

    proptest! {
        #[test]
        fn splits_of_the_input_do_not_matter(
            rows in proptest::collection::vec((".{0,20}", ".{0,200}"), 1..40),
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..20),
            big in any::<bool>(),
        ) {
            let clean = |s: &str| s.replace(['\t', '\n', '\\'], "_");
            let filler = if big { "z".repeat(GATHER_BYTES / 2) } else { String::new() };
            let data: String = rows.iter().map(|(a, b)| format!("{}\t{}{filler}\n", clean(a), clean(b))).collect();
            let data = data.as_bytes();
            let whole = split(2, data).unwrap();
            let mut cuts: Vec<usize> = cuts.iter().map(|i| i.index(data.len())).collect();
            cuts.extend([0, data.len()]);
            cuts.sort_unstable();
            let mut splitter = RowSplitter::new(2);
            for pair in cuts.windows(2) {
                splitter.push(&data[pair[0]..pair[1]]).unwrap();
            }
            let pieces = splitter.take();
            prop_assert_eq!(&pieces.columns, &whole.columns);
            prop_assert_eq!(pieces.digest, whole.digest);
            prop_assert_eq!(pieces.raw_bytes, data.len());
            let mut digester = TextDigester::new();
            digester.push(data).unwrap();
            prop_assert_eq!(digester.finish().unwrap(), whole.digest);
        }

        #[test]
        fn random_bytes_never_panic(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..20), columns in 0usize..4) {
            let mut splitter = RowSplitter::new(columns);
            for piece in &pieces {
                if splitter.push(piece).is_err() {
                    return Ok(());
                }
            }
        }
    }
}
