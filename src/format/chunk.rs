//! The head of a chunk's payload, `format-spec/README.md` "Chunk".

use crate::format::bytes::Fields;
use crate::format::error::FormatError;
use crate::format::limits;
use crate::model::PageRange;

const WHAT: &str = "the chunk head";
const FLAG_PAGES: u8 = 1;
const FLAG_END_PAGE: u8 = 2;

/// Bytes of a chunk's head without the heads of its columns.
pub const CHUNK_HEAD_BYTES: usize = 32;
/// Bytes of the head of one column.
pub const COLUMN_HEAD_BYTES: usize = 28;

/// The format of the COPY data that a chunk gives back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum CopyFormat {
    /// A line for each row, a tab between values.
    #[default]
    Text = 0,
    /// A count of fields for each row, and each field with its length.
    Binary = 1,
}

impl CopyFormat {
    /// Bytes of a row's COPY data that belong to no column: the count of fields in binary format.
    pub fn row_head_bytes(self) -> u64 {
        match self {
            Self::Text => 0,
            Self::Binary => 2,
        }
    }
}

/// The layout of a column's values before compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Encoding {
    /// Each value's COPY text and a newline; NULL is `\N`.
    DelimitedText = 1,
    /// COPY BINARY's own fields: a length word and a value each. `codec::column` describes this encoding and all that
    /// follow.
    Fields = 2,
    /// One field, the same in every row.
    Constant = 3,
    /// Lengths apart from values.
    Plain = 4,
    /// Values of 1, 2, 4 or 8 bytes as numbers.
    Integers = 5,
    /// Values of one width, first all first bytes, then all second ones.
    Planes = 6,
    /// `numeric` as whole numbers and scales.
    Decimals = 7,
    /// The distinct values, and for each row the place of its value among them.
    Dictionary = 8,
    /// Text of one width that differs only in digits, as numbers.
    Digits = 9,
    /// Floats that are short decimal numbers.
    Floats = 10,
    /// Text, each value and a zero byte.
    Terminated = 11,
}

impl Encoding {
    /// The COPY format of the values that this encoding lays out.
    pub fn copy_format(self) -> CopyFormat {
        match self {
            Self::DelimitedText => CopyFormat::Text,
            _ => CopyFormat::Binary,
        }
    }
}

/// How the encoded bytes of a column are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CompressionId {
    /// As they are.
    None = 0,
    /// As one zstd frame.
    Zstd = 1,
}

/// The layout and the sizes of one column in a chunk's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnHead {
    /// How its values are laid out before compression.
    pub encoding: Encoding,
    /// How these bytes are stored.
    pub compression: CompressionId,
    /// Bytes of the column's COPY data.
    pub raw_bytes: u64,
    /// Bytes after encoding, before compression.
    pub encoded_bytes: u64,
    /// Bytes in the payload.
    pub stored_bytes: u64,
}

/// Everything in a chunk's payload before the columns' bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkHead {
    /// The format that all of its columns give back.
    pub copy_format: CopyFormat,
    /// The heap pages that the rows were read from.
    pub pages: Option<PageRange>,
    /// Wrapping sum of the rows' hashes.
    pub row_sum: u128,
    /// In the order of the relation's columns.
    pub columns: Vec<ColumnHead>,
}

impl ChunkHead {
    /// Bytes of a head with `columns` columns.
    pub fn encoded_bytes(columns: usize) -> usize {
        CHUNK_HEAD_BYTES + columns * COLUMN_HEAD_BYTES
    }

    /// The head's bytes.
    ///
    /// # Errors
    /// There are more than [`limits::MAX_COLUMNS`] columns.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        let columns = column_count(self.columns.len())?;
        let mut flags = 0;
        let (mut first, mut end) = (0, 0);
        if let Some(pages) = self.pages {
            flags |= FLAG_PAGES;
            first = pages.first;
            if let Some(page) = pages.end {
                flags |= FLAG_END_PAGE;
                end = page;
            }
        }
        let mut out = Vec::with_capacity(Self::encoded_bytes(self.columns.len()));
        out.extend_from_slice(&[self.copy_format as u8, flags]);
        out.extend_from_slice(&columns.to_le_bytes());
        out.extend_from_slice(&u32::to_le_bytes(first));
        out.extend_from_slice(&u32::to_le_bytes(end));
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.row_sum.to_le_bytes());
        for column in &self.columns {
            out.extend_from_slice(&[column.encoding as u8, column.compression as u8, 0, 0]);
            out.extend_from_slice(&column.raw_bytes.to_le_bytes());
            out.extend_from_slice(&column.encoded_bytes.to_le_bytes());
            out.extend_from_slice(&column.stored_bytes.to_le_bytes());
        }
        Ok(out)
    }

    /// Reads the head and checks its lengths against each other: the columns' stored bytes fill the payload exactly,
    /// and their raw bytes with the other bytes of the `rows` rows make the chunk's `raw_bytes`.
    pub fn decode(payload: &[u8], rows: u64, raw_bytes: u64) -> Result<Self, FormatError> {
        let mut fields = Fields::new(payload, WHAT);
        let copy_format = match fields.u8()? {
            0 => CopyFormat::Text,
            1 => CopyFormat::Binary,
            format => return Err(FormatError::UnknownCopyFormat { format }),
        };
        let flags = fields.u8()?;
        let columns = usize::from(fields.u16()?);
        column_count(columns)?;
        let (first, end) = (fields.u32()?, fields.u32()?);
        fields.zeros::<4>()?;
        let pages = match flags {
            0 if first == 0 && end == 0 => None,
            FLAG_PAGES if end == 0 => Some(PageRange { first, end: None }),
            f if f == FLAG_PAGES | FLAG_END_PAGE => Some(PageRange { first, end: Some(end) }),
            _ => {
                return Err(FormatError::UnknownFlags {
                    what: WHAT,
                    flags: flags.into(),
                });
            }
        };
        let row_sum = fields.u128()?;
        let heads = (0..columns)
            .map(|_| ColumnHead::decode(&mut fields, copy_format))
            .collect::<Result<Vec<_>, _>>()?;
        let head = Self {
            copy_format,
            pages,
            row_sum,
            columns: heads,
        };
        head.check_sums(payload.len(), rows, raw_bytes)?;
        Ok(head)
    }

    fn check_sums(&self, payload_bytes: usize, rows: u64, raw_bytes: u64) -> Result<(), FormatError> {
        // There are at most MAX_COLUMNS lengths, each within the chunk limits, so the sums cannot overflow.
        let stored: u64 = self.columns.iter().map(|c| c.stored_bytes).sum();
        let available = (payload_bytes - Self::encoded_bytes(self.columns.len())) as u64;
        if stored != available {
            return Err(FormatError::Value {
                what: "the sum of the columns' stored lengths",
                found: stored,
                expected: available,
            });
        }
        let raw: u64 = self.columns.iter().map(|c| c.raw_bytes).sum();
        // Without columns a row of text is its newline.
        let row_bytes = match (self.copy_format, self.columns.is_empty()) {
            (CopyFormat::Text, true) => 1,
            (format, _) => format.row_head_bytes(),
        };
        let found = rows.saturating_mul(row_bytes).saturating_add(raw);
        if found != raw_bytes {
            return Err(FormatError::Value {
                what: "the sum of the columns' raw lengths",
                found,
                expected: raw_bytes,
            });
        }
        Ok(())
    }
}

impl ColumnHead {
    fn decode(fields: &mut Fields<'_>, copy_format: CopyFormat) -> Result<Self, FormatError> {
        let encoding = match fields.u8()? {
            1 => Encoding::DelimitedText,
            2 => Encoding::Fields,
            3 => Encoding::Constant,
            4 => Encoding::Plain,
            5 => Encoding::Integers,
            6 => Encoding::Planes,
            7 => Encoding::Decimals,
            8 => Encoding::Dictionary,
            9 => Encoding::Digits,
            10 => Encoding::Floats,
            11 => Encoding::Terminated,
            encoding => return Err(FormatError::UnknownEncoding { encoding }),
        };
        if encoding.copy_format() != copy_format {
            return Err(FormatError::Value {
                what: "the COPY format of a column's encoding",
                found: encoding.copy_format() as u64,
                expected: copy_format as u64,
            });
        }
        let compression = match fields.u8()? {
            0 => CompressionId::None,
            1 => CompressionId::Zstd,
            compression => return Err(FormatError::UnknownCompression { compression }),
        };
        fields.zeros::<2>()?;
        let (raw_bytes, encoded_bytes, stored_bytes) = (fields.u64()?, fields.u64()?, fields.u64()?);
        for declared in [raw_bytes, encoded_bytes, stored_bytes] {
            if declared > limits::MAX_CHUNK_RAW_BYTES {
                return Err(FormatError::TooLong {
                    what: "a column's length",
                    declared,
                    limit: limits::MAX_CHUNK_RAW_BYTES,
                });
            }
        }
        let plain = |what, found, expected| match found == expected {
            true => Ok(()),
            false => Err(FormatError::Value { what, found, expected }),
        };
        if compression == CompressionId::None {
            plain("the stored length of a plain column", stored_bytes, encoded_bytes)?;
        }
        if matches!(encoding, Encoding::DelimitedText | Encoding::Fields) {
            plain("the encoded length of a plain column", encoded_bytes, raw_bytes)?;
        } else {
            encoded_lengths(raw_bytes, encoded_bytes)?;
        }
        Ok(Self {
            encoding,
            compression,
            raw_bytes,
            encoded_bytes,
            stored_bytes,
        })
    }
}

/// Checks the encoded length, so that few stored bytes cannot become many encoded ones that stand for few raw ones.
fn encoded_lengths(raw_bytes: u64, encoded_bytes: u64) -> Result<(), FormatError> {
    let at_most = |what, declared, limit| match declared > limit {
        true => Err(FormatError::TooLong { what, declared, limit }),
        false => Ok(()),
    };
    let raw_limit = limits::MAX_ENCODED_COLUMN_RAW_BYTES;
    at_most("the raw length of an encoded column", raw_bytes, raw_limit)?;
    let limit = limits::max_encoded_bytes(raw_bytes);
    at_most("the encoded length of a column", encoded_bytes, limit)
}

fn column_count(columns: usize) -> Result<u16, FormatError> {
    match u16::try_from(columns) {
        Ok(count) if columns <= limits::MAX_COLUMNS => Ok(count),
        _ => Err(FormatError::TooLong {
            what: "the number of columns",
            declared: columns as u64,
            limit: limits::MAX_COLUMNS as u64,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(pages: Option<PageRange>) -> ChunkHead {
        let column = |stored_bytes, compression| ColumnHead {
            encoding: Encoding::DelimitedText,
            compression,
            raw_bytes: 50,
            encoded_bytes: 50,
            stored_bytes,
        };
        ChunkHead {
            copy_format: CopyFormat::Text,
            pages,
            row_sum: u128::MAX - 5,
            columns: vec![column(50, CompressionId::None), column(30, CompressionId::Zstd)],
        }
    }

    fn payload(head: &ChunkHead) -> Vec<u8> {
        let mut payload = head.encode().unwrap();
        payload.extend_from_slice(&[0; 80]);
        payload
    }

    #[test]
    fn head_round_trips_with_each_kind_of_page_range() {
        for pages in [
            None,
            Some(PageRange { first: 0, end: None }),
            Some(PageRange {
                first: 8192,
                end: Some(16384),
            }),
        ] {
            let head = sample(pages);
            assert_eq!(ChunkHead::decode(&payload(&head), 7, 100), Ok(head));
        }
    }

    #[test]
    fn lengths_that_do_not_add_up_are_refused() {
        let good = payload(&sample(None));
        assert!(ChunkHead::decode(&good, 7, 99).is_err());
        assert!(ChunkHead::decode(&good[..good.len() - 1], 7, 100).is_err());
        assert!(ChunkHead::decode(&[], 0, 0).is_err());
    }

    #[test]
    fn encoded_columns_are_not_much_longer_than_their_fields() {
        let head = |raw_bytes, encoded_bytes| ChunkHead {
            copy_format: CopyFormat::Binary,
            pages: None,
            row_sum: 0,
            columns: vec![ColumnHead {
                encoding: Encoding::Plain,
                compression: CompressionId::Zstd,
                raw_bytes,
                encoded_bytes,
                stored_bytes: 80,
            }],
        };
        let most = limits::MAX_ENCODED_COLUMN_RAW_BYTES;
        for (raw, encoded, good) in [
            (0, 4096, true),
            (0, 4097, false),
            (10, 4176, true),
            (10, 4177, false),
            (most, most, true),
            (most + 1, most, false),
        ] {
            let read = ChunkHead::decode(&payload(&head(raw, encoded)), 0, raw);
            assert_eq!(read.is_ok(), good, "{raw} as {encoded}: {read:?}");
        }
    }

    #[test]
    fn unknown_encodings_are_named() {
        let mut bytes = payload(&sample(None));
        bytes[CHUNK_HEAD_BYTES] = 77;
        assert_eq!(
            ChunkHead::decode(&bytes, 7, 100),
            Err(FormatError::UnknownEncoding { encoding: 77 })
        );
        bytes[CHUNK_HEAD_BYTES] = 1;
        bytes[CHUNK_HEAD_BYTES + 1] = 78;
        assert_eq!(
            ChunkHead::decode(&bytes, 7, 100),
            Err(FormatError::UnknownCompression { compression: 78 })
        );
        bytes[0] = 2;
        assert_eq!(
            ChunkHead::decode(&bytes, 7, 100),
            Err(FormatError::UnknownCopyFormat { format: 2 })
        );
    }
}
