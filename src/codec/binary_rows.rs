//! Finds the rows of a COPY stream in binary format.
//!
//! The stream is a head of 19 bytes and an extension, then rows, then a count of -1. A row is a 16-bit count of
//! fields and for each field a 32-bit length, -1 for NULL, and its bytes; all numbers are big-endian.
//! <https://www.postgresql.org/docs/current/sql-copy.html>

use crate::codec::error::CodecError;
use crate::format::limits::MAX_ROW_BYTES;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
const HEAD_BYTES: usize = 19;
/// Upper limit for the extension. None has been defined so far.
const MAX_EXTENSION_BYTES: usize = 64 << 10;

/// The bytes before the rows: signature, no flags, no extension.
pub const BINARY_HEAD: [u8; HEAD_BYTES] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The bytes after the rows.
pub const BINARY_END: [u8; 2] = [0xff; 2];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Rows,
    Ended,
}

/// Takes a COPY stream, split at any byte. After an error it must not be used further.
#[derive(Debug)]
pub(super) struct BinaryRows {
    columns: usize,
    stage: Stage,
    /// The beginning of a row that has not arrived completely.
    begun: Vec<u8>,
    /// Where each field of a row ends.
    ends: Vec<usize>,
    rows: u64,
}

impl BinaryRows {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns,
            stage: Stage::Head,
            begun: Vec::new(),
            ends: vec![0; columns],
            rows: 0,
        }
    }

    /// True unless the data so far ends inside a row.
    pub(super) fn at_row_end(&self) -> bool {
        self.begun.is_empty()
    }

    /// Whether the count of -1 has arrived.
    pub(super) fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// Takes more of the stream. `each` gets every row's fields once they are complete, and where each field ends.
    pub(super) fn push(&mut self, data: &[u8], mut each: impl FnMut(&[u8], &[usize])) -> Result<(), CodecError> {
        if self.begun.is_empty() {
            let used = self.parse(data, &mut each)?;
            self.begun.extend_from_slice(&data[used..]);
        } else {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend_from_slice(data);
            let used = self.parse(&begun, &mut each)?;
            // One huge row must not hold its buffer for the rest of the stream.
            self.begun = match used {
                0 => begun,
                _ => begun[used..].to_vec(),
            };
        }
        Ok(())
    }

    /// Takes all complete rows; gives the number of bytes that they had.
    fn parse(&mut self, data: &[u8], each: &mut impl FnMut(&[u8], &[usize])) -> Result<usize, CodecError> {
        let mut used = 0;
        loop {
            let rest = &data[used..];
            let taken = match self.stage {
                Stage::Head => self.head(rest)?,
                Stage::Rows => self.row(rest, each)?,
                Stage::Ended if rest.is_empty() => None,
                Stage::Ended => return Err(CodecError::AfterEnd { rows: self.rows }),
            };
            match taken {
                Some(bytes) => used += bytes,
                None => return Ok(used),
            }
        }
    }

    /// The length of the head, if it is whole.
    fn head(&mut self, data: &[u8]) -> Result<Option<usize>, CodecError> {
        let known = data.len().min(SIGNATURE.len());
        if data[..known] != SIGNATURE[..known] {
            return Err(CodecError::NoBinaryCopy);
        }
        let Some(&[a, b, c, d]) = data.get(HEAD_BYTES - 4..).and_then(<[u8]>::first_chunk) else {
            return Ok(None);
        };
        // Bits 16 to 31 of the flags mark features that a reader must understand.
        if data[SIGNATURE.len()..SIGNATURE.len() + 2] != [0, 0] {
            return Err(CodecError::NoBinaryCopy);
        }
        let extension = u32::from_be_bytes([a, b, c, d]) as usize;
        if extension > MAX_EXTENSION_BYTES {
            return Err(CodecError::NoBinaryCopy);
        }
        if data.len() < HEAD_BYTES + extension {
            return Ok(None);
        }
        self.stage = Stage::Rows;
        Ok(Some(HEAD_BYTES + extension))
    }

    /// The length of the row that `data` begins with, if it is whole.
    fn row(&mut self, data: &[u8], each: &mut impl FnMut(&[u8], &[usize])) -> Result<Option<usize>, CodecError> {
        let Some(&count) = data.first_chunk() else {
            return Ok(None);
        };
        let count = i16::from_be_bytes(count);
        if count == -1 {
            self.stage = Stage::Ended;
            return Ok(Some(2));
        }
        let row = self.rows + 1;
        if usize::try_from(count) != Ok(self.columns) {
            return Err(CodecError::ColumnCount {
                row,
                found: usize::try_from(count).unwrap_or_default(),
                expected: self.columns,
            });
        }
        let mut end = 2;
        for (column, field_end) in self.ends.iter_mut().enumerate() {
            let Some(&length) = data.get(end..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            let Some(bytes) = field_bytes(length) else {
                return Err(CodecError::FieldLength { row, column });
            };
            end += bytes;
            if end >= MAX_ROW_BYTES {
                return Err(CodecError::RowTooLong {
                    row,
                    limit: MAX_ROW_BYTES,
                });
            }
            *field_end = end - 2;
        }
        let Some(fields) = data.get(2..end) else {
            return Ok(None);
        };
        self.rows = row;
        each(fields, &self.ends);
        Ok(Some(end))
    }
}

/// The bytes of a field whose length word this is, the word included; `None` for a length below -1.
#[inline]
pub(super) fn field_bytes(length: [u8; 4]) -> Option<usize> {
    match i32::from_be_bytes(length) {
        -1 => Some(4),
        length => usize::try_from(length).ok().map(|length| length + 4),
    }
}

/// The field that begins at `at`; `fields` are known to be complete.
#[inline]
pub(super) fn field_at(fields: &[u8], at: usize) -> &[u8] {
    let rest = fields.get(at..).unwrap_or_default();
    let bytes = rest.first_chunk().and_then(|length| field_bytes(*length)).unwrap_or(0);
    rest.get(..bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(fields: &[Option<&[u8]>]) -> Vec<u8> {
        let mut out = (fields.len() as i16).to_be_bytes().to_vec();
        for field in fields {
            out.extend(field.map_or(-1, |f| f.len() as i32).to_be_bytes());
            out.extend(field.unwrap_or_default());
        }
        out
    }

    fn stream(rows: &[Vec<u8>]) -> Vec<u8> {
        [&BINARY_HEAD[..], &rows.concat(), &BINARY_END].concat()
    }

    fn rows_of(columns: usize, pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, CodecError> {
        let mut found = Vec::new();
        let mut rows = BinaryRows::new(columns);
        for piece in pieces {
            rows.push(piece, |row, ends| {
                assert_eq!(ends.last().copied().unwrap_or(0), row.len());
                found.push(row.to_vec());
            })?;
        }
        assert!(
            rows.has_ended() || pieces.concat().len() < stream(&[]).len() || !rows.at_row_end() || !found.is_empty()
        );
        Ok(found)
    }

    #[test]
    fn every_cut_gives_the_same_rows() {
        let rows = [
            row(&[Some(b"ab"), None]),
            row(&[None, None]),
            row(&[Some(b""), Some(&[7; 300])]),
        ];
        let stream = stream(&rows);
        let whole = rows_of(2, &[&stream]).unwrap();
        assert_eq!(whole, rows.iter().map(|r| r[2..].to_vec()).collect::<Vec<_>>());
        for cut in 0..stream.len() {
            let (head, tail) = stream.split_at(cut);
            assert_eq!(rows_of(2, &[head, tail]).unwrap(), whole, "cut at {cut}");
        }
        let bytewise: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(rows_of(2, &bytewise).unwrap(), whole);
    }

    #[test]
    fn without_columns_rows_are_counts() {
        let stream = stream(&[row(&[]), row(&[])]);
        assert_eq!(rows_of(0, &[&stream]).unwrap(), vec![Vec::<u8>::new(); 2]);
    }

    #[test]
    fn what_is_no_row_is_an_error() {
        let count = CodecError::ColumnCount {
            row: 1,
            found: 1,
            expected: 2,
        };
        assert_eq!(rows_of(2, &[&stream(&[row(&[None])])]), Err(count));
        let mut negative = stream(&[row(&[None])]);
        negative[24] = 0xfe;
        assert_eq!(
            rows_of(1, &[&negative]),
            Err(CodecError::FieldLength { row: 1, column: 0 })
        );
        let mut huge = stream(&[row(&[None])]);
        huge[21] = 0x7f;
        assert!(matches!(
            rows_of(1, &[&huge]),
            Err(CodecError::RowTooLong { row: 1, .. })
        ));
        assert_eq!(rows_of(1, &[b"1\t2\n"]), Err(CodecError::NoBinaryCopy));
        let mut after = stream(&[]);
        after.push(0);
        assert_eq!(rows_of(1, &[&after]), Err(CodecError::AfterEnd { rows: 0 }));
        let mut oids = stream(&[]);
        oids[12] = 1;
        assert_eq!(rows_of(1, &[&oids]), Err(CodecError::NoBinaryCopy));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..200), cut: proptest::sample::Index) {
            let (head, tail) = data.split_at(cut.index(data.len() + 1));
            let _ = rows_of(1, &[&BINARY_HEAD, head, tail]);
            let _ = rows_of(2, &[head, tail]);
        }
    }
}
