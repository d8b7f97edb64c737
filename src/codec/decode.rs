//! Reads a chunk's payload back into COPY data.

use std::cell::RefCell;

use memchr::{memchr, memchr_iter};
use xxhash_rust::xxh3::Xxh3;

use crate::codec::assemble::{Assembler, Block};
use crate::codec::column::{self, check_fields};
use crate::codec::compress::decompress_into;
use crate::codec::error::CodecError;
use crate::codec::narrow::to_usize;
use crate::codec::row_hash::row_hash;
use crate::codec::spare::Columns;
use crate::format::limits::CHUNK_TARGET_BYTES;
use crate::format::{ChunkHead, ColumnHead, CompressionId, CopyFormat, Encoding, RowDigest};
use crate::model::PageRange;

/// The facts that the record header states about a chunk's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkFacts {
    /// Rows of the chunk.
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_bytes: u64,
}

/// A chunk's rows, checked to be as many as declared, with the declared number of values each.
#[derive(Debug)]
pub struct DecodedChunk {
    copy_format: CopyFormat,
    rows: u64,
    raw_bytes: u64,
    declared: RowDigest,
    pages: Option<PageRange>,
    columns: Columns,
}

/// Decodes a payload whose checksum was found right.
///
/// # Errors
/// The payload does not match `facts`. No size that it declares is allocated before it is checked.
pub fn decode(payload: &[u8], facts: ChunkFacts) -> Result<DecodedChunk, CodecError> {
    let head = ChunkHead::decode(payload, facts.rows, facts.raw_bytes)?;
    let mut rest = &payload[ChunkHead::encoded_bytes(head.columns.len())..];
    let mut columns = Columns::take(head.columns.len());
    for (number, (column, out)) in head.columns.iter().zip(&mut *columns).enumerate() {
        // The head was checked against the payload: the stored lengths fill it exactly.
        let (stored, after) = rest.split_at(to_usize(column.stored_bytes));
        decode_column(stored, column, number, facts.rows, out)?;
        rest = after;
    }
    if let ([only], CopyFormat::Text) = (&columns[..], head.copy_format) {
        check_end_marker(only)?;
    }
    Ok(DecodedChunk {
        copy_format: head.copy_format,
        rows: facts.rows,
        raw_bytes: facts.raw_bytes,
        declared: RowDigest {
            rows: facts.rows,
            sum: head.row_sum,
        },
        pages: head.pages,
        columns,
    })
}

thread_local! {
    /// A column after zstd and before its encoding is decoded.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Decodes a column's values, which replace the content of `out`.
fn decode_column(
    stored: &[u8],
    head: &ColumnHead,
    column: usize,
    rows: u64,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let in_column = |source| CodecError::InColumn {
        column,
        source: Box::new(source),
    };
    if let Encoding::DelimitedText | Encoding::Fields = head.encoding {
        match head.compression {
            CompressionId::None => {
                out.clear();
                out.extend_from_slice(stored);
            }
            CompressionId::Zstd => decompress_into(stored, head.encoded_bytes, out)?,
        }
        return match head.encoding {
            Encoding::Fields => check_fields(out, rows, head.raw_bytes).map_err(in_column),
            _ => check_text(out, column, rows),
        };
    }
    let mut decode_from =
        |encoded: &[u8]| column::decode(head.encoding, encoded, rows, head.raw_bytes, out).map_err(in_column);
    match head.compression {
        CompressionId::None => decode_from(stored),
        CompressionId::Zstd => ENCODED.with_borrow_mut(|encoded| {
            decompress_into(stored, head.encoded_bytes, encoded)?;
            decode_from(encoded)?;
            // One huge column must not keep its memory for good.
            encoded.shrink_to(2 * CHUNK_TARGET_BYTES);
            Ok(())
        }),
    }
}

/// Checks that there are as many values as rows, and that no value changes the meaning of another.
fn check_text(raw: &[u8], column: usize, rows: u64) -> Result<(), CodecError> {
    if raw.last().is_some_and(|b| *b != b'\n') {
        return Err(CodecError::CutValue { column });
    }
    let found = memchr_iter(b'\n', raw).count() as u64;
    if found != rows {
        return Err(CodecError::ValueCount {
            column,
            found,
            expected: rows,
        });
    }
    // A tab inside a value would shift the row's other values into the wrong columns.
    match memchr(b'\t', raw) {
        Some(_) => Err(CodecError::TabInValue { column }),
        None => Ok(()),
    }
}

/// Checks that no row is a lone `\.`, which would end the COPY too early. Only the single value of a row can be one.
fn check_end_marker(column: &[u8]) -> Result<(), CodecError> {
    let marked = column.starts_with(b"\\.\n") || memchr::memmem::find(column, b"\n\\.\n").is_some();
    match marked {
        true => Err(CodecError::EndMarker { row: 0 }),
        false => Ok(()),
    }
}

impl DecodedChunk {
    /// The format of the COPY data that it gives.
    pub fn copy_format(&self) -> CopyFormat {
        self.copy_format
    }

    /// How many rows it holds.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of COPY data.
    pub fn raw_bytes(&self) -> u64 {
        self.raw_bytes
    }

    /// How many columns its rows have.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The heap pages from which its rows were read, if they were read by page.
    pub fn pages(&self) -> Option<PageRange> {
        self.pages
    }

    /// The digest that the chunk's head declares.
    pub fn declared_digest(&self) -> RowDigest {
        self.declared
    }

    /// The digest of the rows that were decoded.
    pub fn digest(&self) -> RowDigest {
        let mut digest = RowDigest::default();
        let mut rows = self.assembler();
        let mut block = Vec::new();
        // A row's hash leaves out the count of fields in binary format, and the newline in text format.
        let (head, end) = match self.copy_format {
            CopyFormat::Text => (0, 1),
            CopyFormat::Binary => (2, 0),
        };
        loop {
            block.clear();
            match rows.next_block(&mut block) {
                Block::Rows(ends) => {
                    let mut start = 0;
                    for row_end in ends {
                        digest.add(row_hash(&block[start + head..row_end - end]));
                        start = *row_end;
                    }
                }
                Block::LargeRow => {
                    let mut hash = Xxh3::new();
                    rows.take_row().into_iter().for_each(|part| hash.update(part));
                    digest.add(hash.digest128());
                }
                Block::End => return digest,
            }
        }
    }

    pub(super) fn assembler(&self) -> Assembler<'_> {
        Assembler::new(self.copy_format, &self.columns, self.rows)
    }

    /// The same rows in another format, column by column.
    pub(super) fn map_columns(
        mut self,
        copy_format: CopyFormat,
        map: impl Fn(usize, &[u8]) -> Result<Vec<u8>, CodecError>,
    ) -> Result<Self, CodecError> {
        let columns = (self.columns.iter_mut().enumerate())
            // Each old column is dropped once it has been mapped.
            .map(|(number, column)| map(number, &std::mem::take(column)))
            .collect::<Result<Vec<_>, _>>()?;
        let of_columns: usize = columns.iter().map(Vec::len).sum();
        let of_rows = match (copy_format, columns.is_empty()) {
            (CopyFormat::Text, true) => self.rows,
            (format, _) => self.rows * format.row_head_bytes(),
        };
        Ok(Self {
            copy_format,
            raw_bytes: of_columns as u64 + of_rows,
            columns: columns.into(),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::assemble::BLOCK_BYTES as PIECE_BYTES;
    use crate::codec::binary_rows::BINARY_HEAD;
    use crate::codec::compress::Compression;
    use crate::codec::encode::{EncodedChunk, encode};
    use crate::codec::field_splitter::FieldSplitter;
    use crate::codec::splitter::RowSplitter;
    use crate::format::FormatError;
    use proptest::prelude::*;

    fn encoded(columns: usize, data: &[u8], compression: Compression) -> EncodedChunk {
        let mut splitter = RowSplitter::new(columns);
        splitter.push(data).unwrap();
        let pages = PageRange { first: 0, end: Some(8) };
        encode(&splitter.take(), Some(pages), compression).unwrap()
    }

    fn decoded(chunk: &EncodedChunk) -> Result<DecodedChunk, CodecError> {
        decode(
            &chunk.payload,
            ChunkFacts {
                rows: chunk.rows,
                raw_bytes: chunk.raw_len,
            },
        )
    }

    fn assert_round_trip(columns: usize, data: &[u8]) {
        for compression in [Compression::None, Compression::Zstd(1), Compression::Zstd(9)] {
            let chunk = encoded(columns, data, compression);
            let back = decoded(&chunk).unwrap();
            let mut text = Vec::new();
            back.write_copy_data(&mut text);
            assert!(text == data);
            assert_eq!(back.digest(), chunk.digest);
            assert_eq!(back.declared_digest(), chunk.digest);
            assert_eq!(back.pages(), chunk.page_range);
            assert_eq!((back.rows(), back.columns()), (chunk.rows, columns));
        }
    }

    #[test]
    fn chunks_round_trip() {
        assert_round_trip(0, b"");
        assert_round_trip(0, b"\n\n");
        assert_round_trip(1, b"");
        assert_round_trip(1, b"\n\n");
        assert_round_trip(3, b"1\t\\N\ta\\tb\n\t\t\n");
        assert_round_trip(2, "12345\tsome text\n".repeat(50_000).as_bytes());
        assert_round_trip(0, "\n".repeat(PIECE_BYTES * 2 + 5).as_bytes());
    }

    #[test]
    fn rows_larger_than_a_piece_come_in_parts() {
        let value = "v".repeat(5 * PIECE_BYTES + 17);
        let data = format!("1\t{value}\tx\n2\ty\t{value}\n{value}\t\t\n");
        assert_round_trip(3, data.as_bytes());
        let chunk = encoded(3, data.as_bytes(), Compression::Zstd(1));
        let chunk = decoded(&chunk).unwrap();
        let mut pieces = chunk.pieces();
        let mut piece = Vec::new();
        let mut all = Vec::new();
        while pieces.next_into(&mut piece) {
            assert!(piece.len() <= 2 * PIECE_BYTES + 1);
            all.append(&mut piece);
        }
        assert!(all == data.as_bytes());
    }

    #[test]
    fn incompressible_columns_are_stored_plain() {
        let chunk = encoded(1, b"a\n", Compression::Zstd(1));
        assert_eq!(chunk.payload.len(), ChunkHead::encoded_bytes(1) + 2);
    }

    #[test]
    fn facts_that_do_not_fit_are_errors() {
        let chunk = encoded(2, b"1\t2\n3\t4\n", Compression::Zstd(1));
        let with = |rows, raw_bytes| decode(&chunk.payload, ChunkFacts { rows, raw_bytes }).map(drop);
        assert_eq!(with(2, 8), Ok(()));
        assert_eq!(
            with(3, 8),
            Err(CodecError::ValueCount {
                column: 0,
                found: 2,
                expected: 3
            })
        );
        assert!(matches!(with(2, 9), Err(CodecError::Format(FormatError::Value { .. }))));
        let empty = encoded(0, b"\n\n", Compression::None);
        assert_eq!(
            decode(
                &empty.payload,
                ChunkFacts {
                    rows: u64::MAX,
                    raw_bytes: 2
                }
            )
            .map(drop),
            Err(CodecError::Format(FormatError::Value {
                what: "the sum of the columns' raw lengths",
                found: u64::MAX,
                expected: 2
            }))
        );
    }

    #[test]
    fn values_that_would_change_the_rows_are_refused() {
        let plain = |columns: usize, data: &[u8]| encoded(columns, data, Compression::None);
        let patched = |mut chunk: EncodedChunk, from: &[u8], to: &[u8]| {
            let at = memchr::memmem::rfind(&chunk.payload, from).unwrap();
            chunk.payload[at..at + to.len()].copy_from_slice(to);
            decoded(&chunk).map(drop)
        };
        assert_eq!(
            patched(plain(2, b"abc\tx\n"), b"abc", b"a\tc"),
            Err(CodecError::TabInValue { column: 0 })
        );
        assert_eq!(
            patched(plain(1, b"ab\ncd\n"), b"cd\n", b"\\.\n"),
            Err(CodecError::EndMarker { row: 0 })
        );
        assert_eq!(
            patched(plain(1, b"ab\ncd\n"), b"cd\n", b"cde"),
            Err(CodecError::CutValue { column: 0 })
        );
    }

    fn binary(columns: usize, rows: &[Vec<Option<Vec<u8>>>]) -> (Vec<u8>, EncodedChunk) {
        let mut data = Vec::new();
        for row in rows {
            data.extend((columns as i16).to_be_bytes());
            for value in row {
                data.extend(value.as_ref().map_or(-1, |v| v.len() as i32).to_be_bytes());
                data.extend(value.as_deref().unwrap_or_default());
            }
        }
        let mut splitter = FieldSplitter::new(columns);
        splitter.push(&BINARY_HEAD).unwrap();
        splitter.push(&data).unwrap();
        (data, encode(&splitter.take(), None, Compression::Zstd(1)).unwrap())
    }

    fn assert_binary_round_trip(columns: usize, rows: &[Vec<Option<Vec<u8>>>]) {
        let (data, chunk) = binary(columns, rows);
        let back = decoded(&chunk).unwrap();
        let mut out = Vec::new();
        back.write_copy_data(&mut out);
        assert!(out == data);
        assert_eq!(back.digest(), chunk.digest);
        assert_eq!(
            (back.rows(), back.columns(), back.copy_format()),
            (rows.len() as u64, columns, CopyFormat::Binary)
        );
    }

    #[test]
    fn binary_chunks_round_trip() {
        assert_binary_round_trip(0, &[vec![], vec![]]);
        assert_binary_round_trip(0, &vec![vec![]; PIECE_BYTES * 2 + 5]);
        assert_binary_round_trip(1, &[]);
        assert_binary_round_trip(2, &[vec![Some(b"\\.\n".to_vec()), None], vec![None, Some(vec![])]]);
        let huge = Some(vec![7; 5 * PIECE_BYTES + 17]);
        assert_binary_round_trip(
            3,
            &[vec![huge.clone(), None, huge.clone()], vec![None, huge, Some(vec![1])]],
        );
    }

    #[test]
    fn fields_that_are_not_those_of_the_rows_are_refused() {
        let (_, chunk) = binary(2, &[vec![Some(vec![1]), None], vec![Some(vec![2]), None]]);
        let at = ChunkHead::encoded_bytes(2);
        for (position, byte) in [(at + 3, 2), (at + 3, 0), (at, 0xff), (at, 0x7f), (at + 3, 6)] {
            let mut bad = chunk.clone();
            bad.payload[position] = byte;
            assert!(
                matches!(decoded(&bad), Err(CodecError::InColumn { column: 0, .. })),
                "{position} {byte}"
            );
        }
    }

    fn rows() -> impl Strategy<Value = (usize, Vec<u8>)> {
        let value = prop_oneof![
            "[a-z0-9 ]{0,12}",
            Just("\\N".to_owned()),
            Just("\\\\.\\t\\n".to_owned()),
            "\\PC{0,30}"
        ]
        .prop_map(|v| v.replace(['\t', '\n'], "?"));
        (1usize..6)
            .prop_flat_map(move |columns| {
                proptest::collection::vec(proptest::collection::vec(value.clone(), columns), 0..60).prop_map(
                    move |rows| {
                        let lines: String = rows.iter().map(|r| r.join("\t") + "\n").collect();
                        (columns, lines.into_bytes())
                    },
                )
            })
            .prop_filter("a row that ends a COPY is none", |(columns, data)| {
                *columns > 1 || !data.split(|b| *b == b'\n').any(|row| row == b"\\.")
            })
    }

    proptest! {
        #[test]
        fn any_rows_round_trip((columns, data) in rows()) {
            assert_round_trip(columns, &data);
        }

        #[test]
        fn any_fields_round_trip(rows in (0usize..5).prop_flat_map(|columns| {
            let field = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20));
            proptest::collection::vec(proptest::collection::vec(field, columns), 1..40)
        })) {
            assert_binary_round_trip(rows[0].len(), &rows);
        }

        #[test]
        fn random_payloads_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), rows: u64, raw_bytes: u64) {
            let _ = decode(&bytes, ChunkFacts { rows, raw_bytes });
        }

        #[test]
        fn changed_payloads_never_panic((columns, data) in rows(), at: proptest::sample::Index, byte: u8, plain: bool) {
            let compression = if plain { Compression::None } else { Compression::Zstd(1) };
            let mut chunk = encoded(columns, &data, compression);
            let at = at.index(chunk.payload.len());
            chunk.payload[at] ^= byte;
            if let Ok(chunk) = decoded(&chunk) {
                let mut out = Vec::new();
                chunk.write_copy_data(&mut out);
                prop_assert_eq!(out.len() as u64, chunk.raw_bytes());
                chunk.digest();
            }
        }
    }
}
