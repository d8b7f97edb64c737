//! COPY data to chunks and back: splits rows into columns, hashes, compresses, checksums.
//!
//! [`RowSplitter`] takes COPY data off a connection, [`encode`] makes a chunk's payload of it on
//! any thread, [`decode`] and [`DecodedChunk::pieces`] give the same COPY data back. [`print`](mod@print) gives a binary
//! value as text.

pub mod column;
mod compress;
mod decode;
mod delimiters;
mod digester;
mod encode;
mod error;
pub mod print;
mod splitter;

pub use crate::format::{Digest, PageRange, RowDigest};
pub use compress::{Compression, compress, decompress};
pub use decode::{ChunkFacts, CopyPieces, DecodedChunk, decode};
pub use digester::TextDigester;
pub use encode::{EncodedChunk, encode};
pub use error::CodecError;
pub use splitter::{RawChunk, RowSplitter};

/// The hash of one row: its COPY bytes without the newline.
fn row_hash(row: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(row)
}
