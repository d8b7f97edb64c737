//! Puts the rows of columns together again: as many at a time as fit a small block.
//!
//! A block is made column by column. First the sizes of its values are found, which gives each row its place; then each
//! column is copied to its places. So the facts about a column, mostly that all its values are of one size, are found
//! once for many values, and the processor's branch predictions are mostly right. Row by row, the same work takes
//! longer: `docs/decisions/003-copies-and-buffers-of-chunks.md`.

use memchr::{memchr, memchr_iter};

use crate::codec::binary_rows::field_at;
use crate::codec::column::uniform_field;
use crate::codec::narrow::{low_u16, low_u32};
use crate::format::CopyFormat;

/// Upper limit for a block, in bytes. A larger row is given value by value.
pub(super) const BLOCK_BYTES: usize = 256 << 10;

const MOST_ROWS: usize = 128;
/// Upper limit for rows times columns, so that the sizes noted for a block stay in the first cache.
const MOST_VALUES: usize = 4096;

/// Walks along columns that are known to have whole values, as many as there are rows.
pub(super) struct Assembler<'a> {
    copy_format: CopyFormat,
    columns: Vec<Cursor<'a>>,
    rows_left: u64,
    /// How many rows to try next: fewer if rows are large, so that no value is measured repeatedly.
    rows_at_once: usize,
    /// The sizes of a block's values, column by column, without the columns of one size.
    sizes: Vec<u32>,
    /// Where each row of the block ends. While the block is made: where the next value of each row goes.
    ends: Vec<usize>,
}

struct Cursor<'a> {
    rest: &'a [u8],
    /// The size of every field in bytes, if all have the same.
    size: Option<usize>,
}

/// The result of [`Assembler::next_block`].
pub(super) enum Block<'b> {
    /// The ends of the appended rows in the output.
    Rows(&'b [usize]),
    /// The next row is larger than a block; [`Assembler::take_row`] has it.
    LargeRow,
    End,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(copy_format: CopyFormat, columns: &'a [Vec<u8>], rows: u64) -> Self {
        let cursor = |column: &'a Vec<u8>| Cursor {
            rest: column,
            size: match copy_format {
                CopyFormat::Text => None,
                CopyFormat::Binary => uniform_field(column, rows),
            },
        };
        Self {
            copy_format,
            columns: columns.iter().map(cursor).collect(),
            rows_left: rows,
            rows_at_once: 8,
            sizes: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Appends the COPY data of some rows, up to [`BLOCK_BYTES`].
    pub(super) fn next_block(&mut self, out: &mut Vec<u8>) -> Block<'_> {
        if self.rows_left == 0 {
            return Block::End;
        }
        let most = (MOST_VALUES / self.columns.len().max(1)).clamp(1, MOST_ROWS);
        let tried = self
            .rows_at_once
            .min(most)
            .min(usize::try_from(self.rows_left).unwrap_or(most));
        self.measure(tried);
        let bytes = self.place(out.len());
        let fitting = self.ends.len();
        if fitting == 0 {
            self.rows_at_once = 1;
            return Block::LargeRow;
        }
        self.rows_at_once = if fitting < tried { fitting } else { 2 * fitting };
        self.rows_left -= fitting as u64;
        out.resize(out.len() + bytes, 0);
        self.fill(out, tried);
        Block::Rows(&self.ends)
    }

    /// Finds the length of each of the next rows.
    fn measure(&mut self, rows: usize) {
        let same: usize = self.columns.iter().filter_map(|column| column.size).sum();
        self.ends.clear();
        self.ends.resize(rows, self.head_bytes() + same);
        self.sizes.clear();
        for column in self.columns.iter().filter(|column| column.size.is_none()) {
            let of_rows = self.ends.iter_mut();
            match self.copy_format {
                CopyFormat::Text => {
                    let mut start = 0;
                    for (row, end) in of_rows.zip(memchr_iter(b'\n', column.rest)) {
                        let size = end + 1 - start;
                        self.sizes.push(low_u32(size as u64));
                        *row += size;
                        start = end + 1;
                    }
                }
                CopyFormat::Binary => {
                    let mut rest = column.rest;
                    for row in of_rows {
                        let size = field_at(rest, 0).len();
                        self.sizes.push(low_u32(size as u64));
                        *row += size;
                        rest = &rest[size..];
                    }
                }
            }
        }
    }

    /// Turns the sizes of rows into the places where they begin, counted from `start`, and leaves out rows that do not
    /// fit.
    fn place(&mut self, start: usize) -> usize {
        let mut bytes = 0;
        for row in 0..self.ends.len() {
            let after = bytes + self.ends[row];
            if after > BLOCK_BYTES {
                self.ends.truncate(row);
                break;
            }
            self.ends[row] = start + bytes;
            bytes = after;
        }
        bytes
    }

    /// Copies the values of the rows to their places; `measured` is the number of sizes that are known for each column.
    fn fill(&mut self, out: &mut [u8], measured: usize) {
        let places = &mut self.ends;
        let last = self.columns.len().saturating_sub(1);
        match (self.copy_format, self.columns.is_empty()) {
            (CopyFormat::Binary, _) => {
                // A chunk's head has at most MAX_COLUMNS columns.
                let head = low_u16(self.columns.len() as u64).to_be_bytes();
                for place in &mut *places {
                    out[*place..*place + head.len()].copy_from_slice(&head);
                    *place += head.len();
                }
            }
            (CopyFormat::Text, true) => {
                for place in &mut *places {
                    out[*place] = b'\n';
                    *place += 1;
                }
            }
            (CopyFormat::Text, false) => {}
        }
        let mut sizes = self.sizes.chunks_exact(measured);
        for (number, column) in self.columns.iter_mut().enumerate() {
            match column.size {
                Some(size) => {
                    let (fields, rest) = column.rest.split_at(size * places.len());
                    for (field, place) in fields.chunks_exact(size).zip(&mut *places) {
                        copy_value(field, &mut out[*place..*place + size]);
                        *place += size;
                    }
                    column.rest = rest;
                }
                None => {
                    for (size, place) in sizes.next().unwrap_or_default().iter().zip(&mut *places) {
                        let (value, rest) = column.rest.split_at(*size as usize);
                        copy_value(value, &mut out[*place..*place + value.len()]);
                        *place += value.len();
                        column.rest = rest;
                    }
                }
            }
            if self.copy_format == CopyFormat::Text && number < last {
                for place in &*places {
                    out[*place - 1] = b'\t';
                }
            }
        }
    }

    /// The values of the next row, however large, with the bytes between them. Together they are what the row's hash is
    /// made of.
    pub(super) fn take_row(&mut self) -> Vec<&'a [u8]> {
        self.rows_left = self.rows_left.saturating_sub(1);
        let mut parts = Vec::with_capacity(2 * self.columns.len());
        for column in &mut self.columns {
            match self.copy_format {
                CopyFormat::Binary => {
                    let (field, rest) = column.rest.split_at(field_at(column.rest, 0).len());
                    parts.push(field);
                    column.rest = rest;
                }
                CopyFormat::Text => {
                    let end = memchr(b'\n', column.rest).unwrap_or(column.rest.len());
                    if !parts.is_empty() {
                        parts.push(b"\t");
                    }
                    parts.push(&column.rest[..end]);
                    column.rest = column.rest.get(end + 1..).unwrap_or_default();
                }
            }
        }
        parts
    }

    /// Bytes of a row besides its values and their delimiters.
    fn head_bytes(&self) -> usize {
        match (self.copy_format, self.columns.is_empty()) {
            (CopyFormat::Text, true) => 1,
            (CopyFormat::Text, false) => 0,
            (CopyFormat::Binary, _) => 2,
        }
    }
}

/// Copies a value to a place of its size: a short one by two copies of a size that the compiler knows.
#[inline]
fn copy_value(value: &[u8], place: &mut [u8]) {
    match value.len() {
        4..8 => copy_ends::<4>(value, place),
        8..16 => copy_ends::<8>(value, place),
        16..=32 => copy_ends::<16>(value, place),
        _ => place.copy_from_slice(value),
    }
}

/// Copies the first and the last `N` bytes, which may overlap; together they are all of the value.
#[inline]
fn copy_ends<const N: usize>(value: &[u8], place: &mut [u8]) {
    if let (Some(first), Some(place)) = (value.first_chunk::<N>(), place.first_chunk_mut::<N>()) {
        *place = *first;
    }
    if let (Some(last), Some(place)) = (value.last_chunk::<N>(), place.last_chunk_mut::<N>()) {
        *place = *last;
    }
}
