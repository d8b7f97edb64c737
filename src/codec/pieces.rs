//! A chunk's COPY data in pieces, so that a large chunk is not held twice.

use crate::codec::assemble::{Assembler, BLOCK_BYTES, Block};
use crate::codec::decode::DecodedChunk;
use crate::codec::narrow::{low_u16, to_usize};
use crate::format::CopyFormat;

/// Gives a chunk's COPY data piece by piece. Pieces end at row ends, except inside rows that are
/// larger than a piece.
pub struct CopyPieces<'a> {
    copy_format: CopyFormat,
    columns: usize,
    rows: Assembler<'a>,
    /// The rest of a row that is larger than a piece.
    large: std::vec::IntoIter<&'a [u8]>,
    /// The part of that row that comes next.
    part: &'a [u8],
    in_large_row: bool,
}

impl DecodedChunk {
    /// Appends the COPY data of all rows.
    pub fn write_copy_data(&self, out: &mut Vec<u8>) {
        out.reserve(to_usize(self.raw_bytes()));
        let mut pieces = self.pieces();
        while pieces.next_into(out) {}
    }

    /// The COPY data in pieces, so that a large chunk is not held twice.
    pub fn pieces(&self) -> CopyPieces<'_> {
        CopyPieces::new(self)
    }
}

impl<'a> CopyPieces<'a> {
    fn new(chunk: &'a DecodedChunk) -> Self {
        Self {
            copy_format: chunk.copy_format(),
            columns: chunk.columns(),
            rows: chunk.assembler(),
            large: Vec::new().into_iter(),
            part: &[],
            in_large_row: false,
        }
    }

    /// Appends the next piece, about 256 KiB. False if there was none left.
    pub fn next_into(&mut self, out: &mut Vec<u8>) -> bool {
        let begun = out.len();
        while out.len() < begun + BLOCK_BYTES {
            if self.in_large_row {
                self.append_large_row(out, begun + BLOCK_BYTES);
                continue;
            }
            match self.rows.next_block(out) {
                Block::Rows(_) => {}
                Block::LargeRow => {
                    if self.copy_format == CopyFormat::Binary {
                        out.extend_from_slice(&low_u16(self.columns as u64).to_be_bytes());
                    }
                    self.large = self.rows.take_row().into_iter();
                    self.in_large_row = true;
                }
                Block::End => break,
            }
        }
        out.len() > begun
    }

    /// Appends as much of the large row as fits before `full`.
    fn append_large_row(&mut self, out: &mut Vec<u8>, full: usize) {
        loop {
            let (now, later) = self.part.split_at(self.part.len().min(full.saturating_sub(out.len())));
            out.extend_from_slice(now);
            self.part = later;
            if !later.is_empty() {
                return;
            }
            match self.large.next() {
                Some(part) => self.part = part,
                None => break,
            }
        }
        if self.copy_format == CopyFormat::Text {
            out.push(b'\n');
        }
        self.in_large_row = false;
    }
}
