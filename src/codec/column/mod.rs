//! The layout of the columns of binary chunks before compression.
//!
//! A column is given as COPY BINARY's fields, encoded in one of the ways below, and decoded to the same bytes. Its type
//! does not matter: whether an encoding fits is seen from the values. A value that an encoding cannot express exactly
//! is kept beside it, or the column takes another encoding. `choose` has the rule of choice.
//!
//! | id | encoding | layout |
//! |---|---|---|
//! | 2 | fields | the fields as they are |
//! | 3 | `constant` | one field: the same in all rows |
//! | 4 | `plain` | presence, lengths, values |
//! | 5 | `integers` | presence, width, numbers |
//! | 6 | `planes` | presence, width, first all first bytes, then all second ones |
//! | 7 | `decimals` | presence, scale, numbers, others |
//! | 8 | `dictionary` | presence, distinct values, places |
//! | 9 | `digits` | presence, template, numbers |
//! | 10 | `floats` | presence, width, scale, numbers, others |
//! | 11 | `terminated` | presence, each value and a zero byte |
//!
//! `presence` says which rows are NULL, `numbers` holds a run of numbers, `pack` their bits, `others` the few values
//! that an encoding cannot express. Each module describes its bytes; `format-spec/README.md`, "Encodings of binary
//! columns", describes all.
//!
//! Fields of at most `TINY_BYTES` together are left as they are unless all are equal, so that tables of a few rows cost
//! nothing extra. Fields of over [`MAX_ENCODED_COLUMN_RAW_BYTES`] are left too, because few encoded bytes can stand for
//! very many fields, and a reader must bound that.
//!
//! What each encoding saves and costs, why each part of a column has a zstd frame of its own, and why text keeps its
//! ends within it: `docs/decisions/001-encodings-of-columns.md`.
mod choose;
mod constant;
mod decimals;
mod dictionary;
mod digits;
mod fields;
mod floats;
mod input;
mod integers;
mod numbers;
mod others;
mod output;
mod pack;
mod plain;
mod planes;
mod presence;
mod sink;
mod terminated;

pub use choose::Chosen;

use crate::codec::column::fields::Column;
use crate::codec::column::input::Input;
use crate::codec::column::output::{Output, Parts};
use crate::codec::compress::Compression;
use crate::codec::error::CodecError;
use crate::codec::narrow::to_usize;
use crate::format::limits::{MAX_ENCODED_COLUMN_RAW_BYTES, max_encoded_bytes};
use crate::format::{CompressionId, Encoding};

/// Fields up to this length are left as they are: the frame around a column is longer than the possible saving.
const TINY_BYTES: usize = 128;

/// Reusable space for encoded columns.
#[derive(Debug, Default)]
pub struct Space {
    encoded: Output,
    numbers: Vec<i64>,
}

/// An encoded column.
#[derive(Clone, Copy, Debug)]
pub struct EncodedColumn<'a> {
    pub encoding: Encoding,
    parts: Parts<'a>,
    /// Whether zstd is likely to make the bytes smaller.
    compress: bool,
    /// The choice for the relation's next chunk.
    pub chosen: Option<Chosen>,
}

impl EncodedColumn<'_> {
    /// The bytes before compression.
    pub fn bytes(&self) -> &[u8] {
        self.parts.bytes
    }

    /// Appends the bytes, compressed if that makes them fewer.
    ///
    /// # Errors
    /// Only errors of zstd.
    pub fn store(&self, compression: Compression, out: &mut Vec<u8>) -> Result<CompressionId, CodecError> {
        let start = out.len();
        if let (Compression::Zstd(level), true) = (compression, self.compress) {
            self.parts.compress(level, out)?;
            if out.len() - start < self.bytes().len() {
                return Ok(CompressionId::Zstd);
            }
            out.truncate(start);
        }
        out.extend_from_slice(self.bytes());
        Ok(CompressionId::None)
    }
}

/// Encodes one column of a chunk: `rows` fields. `chosen` is the choice that an earlier chunk of the relation made.
///
/// # Errors
/// `fields` are not `rows` fields.
pub fn encode<'a>(
    fields: &'a [u8],
    rows: usize,
    chosen: Option<Chosen>,
    space: &'a mut Space,
) -> Result<EncodedColumn<'a>, CodecError> {
    let column = Column::read(fields, rows)?;
    let as_they_are = EncodedColumn {
        encoding: Encoding::Fields,
        parts: Parts::whole(fields),
        compress: fields.len() > TINY_BYTES / 2,
        chosen,
    };
    let Space { encoded, numbers } = space;
    encoded.clear();
    if fields.len() as u64 > MAX_ENCODED_COLUMN_RAW_BYTES {
        return Ok(as_they_are);
    }
    if constant::encode(&column, encoded).is_some() {
        return Ok(EncodedColumn {
            encoding: Encoding::Constant,
            compress: encoded.bytes.len() > TINY_BYTES / 2,
            parts: encoded.parts(),
            chosen,
        });
    }
    if fields.len() <= TINY_BYTES {
        return Ok(as_they_are);
    }
    let chosen = choose::encode(&column, chosen, numbers, encoded)?;
    // An encoding may enlarge a column that it does not suit, but a reader must accept every column that was written.
    if encoded.bytes.len() as u64 > max_encoded_bytes(fields.len() as u64) {
        return Ok(as_they_are);
    }
    Ok(EncodedColumn {
        encoding: chosen.encoding(),
        compress: chosen.compresses(&encoded.bytes),
        parts: encoded.parts(),
        chosen: Some(chosen),
    })
}

/// Decodes a column into its fields, which replace the content of `out`.
///
/// # Errors
/// The bytes do not stand for exactly `rows` fields of `raw_bytes` together. Only `raw_bytes` and a small part of it
/// are allocated, and nothing if `raw_bytes` is more than [`MAX_ENCODED_COLUMN_RAW_BYTES`].
pub fn decode(
    encoding: Encoding,
    encoded: &[u8],
    rows: u64,
    raw_bytes: u64,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    if encoding == Encoding::Fields {
        check_fields(encoded, rows, raw_bytes)?;
        out.clear();
        out.extend_from_slice(encoded);
        return Ok(());
    }
    let wrong = |problem| CodecError::EncodedColumn { encoding, problem };
    if raw_bytes > MAX_ENCODED_COLUMN_RAW_BYTES {
        return Err(wrong("it stands for too many bytes"));
    }
    if rows > raw_bytes / fields::WORD as u64 {
        return Err(wrong("it has more rows than bytes for them"));
    }
    // Both are small enough now for pointers of any width.
    out.resize(to_usize(raw_bytes), 0);
    decode_into(encoding, encoded, to_usize(rows), out).map_err(|problem| {
        out.clear();
        wrong(problem)
    })
}

/// Checks fields that are stored as they are against the numbers declared for them. Such fields need no copy to be
/// decoded.
///
/// # Errors
/// They are not `rows` fields of `raw_bytes` together.
pub fn check_fields(fields: &[u8], rows: u64, raw_bytes: u64) -> Result<(), CodecError> {
    let wrong = |problem| CodecError::Fields { problem };
    if fields.len() as u64 != raw_bytes {
        return Err(wrong("they are not as long as declared"));
    }
    let rows = usize::try_from(rows).map_err(|_| wrong("they are too many"))?;
    Column::read(fields, rows).map(|_| ())
}

/// The size of every field of a column in bytes, if all have the same and none is NULL.
pub(super) fn uniform_field(fields: &[u8], rows: u64) -> Option<usize> {
    let column = Column::read_uniform(fields, usize::try_from(rows).ok()?)?;
    column.width.map(|width| fields::WORD + width)
}

fn decode_into(encoding: Encoding, encoded: &[u8], rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let input = &mut Input::new(encoded);
    match encoding {
        Encoding::Plain => plain::decode(input, rows, out)?,
        Encoding::Integers => integers::decode(input, rows, out)?,
        Encoding::Planes => planes::decode(input, rows, out)?,
        Encoding::Decimals => decimals::decode(input, rows, out)?,
        Encoding::Dictionary => dictionary::decode(input, rows, out)?,
        Encoding::Digits => digits::decode(input, rows, out)?,
        Encoding::Floats => floats::decode(input, rows, out)?,
        Encoding::Terminated => terminated::decode(input, rows, out)?,
        Encoding::Constant => constant::decode(input.rest(), rows, out)?,
        Encoding::DelimitedText | Encoding::Fields => return Err("it is none of binary fields"),
    }
    input.finish()
}

#[cfg(test)]
mod tests;
