//! COPY data to chunks and back: splits rows into columns, hashes, compresses, checksums.
//!
//! [`RowSplitter`] (text) and [`FieldSplitter`] (binary) take COPY data off a connection. [`encode()`] makes a chunk's
//! payload of it on any thread; [`decode()`] and [`DecodedChunk::pieces`] give the same COPY data back.
//! `print` gives a binary value as text.
//!
//! Hidden modules are this module's own; tests and benchmarks reach them.

#![cfg_attr(
    not(test),
    deny(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_lossless
    )
)]

mod assemble;
mod binary_rows;
#[doc(hidden)]
pub mod column;
mod compress;
mod decode;
mod delimiters;
mod digester;
mod encode;
mod error;
mod field_splitter;
mod gathered;
mod narrow;
mod pieces;
#[doc(hidden)]
pub mod print;
mod row_hash;
mod spare;
mod split;
mod splitter;
mod transcode;

pub use crate::format::limits::{CHUNK_TARGET_BYTES, MAX_ROW_BYTES};
pub use crate::format::{CopyFormat, Digest, RowDigest};
pub use binary_rows::{BINARY_END, BINARY_HEAD};
pub use compress::{Compression, compress, decompress};
pub use decode::{ChunkFacts, DecodedChunk, decode};
pub use digester::{Digester, TextDigester};
pub use encode::{Choices, EncodedChunk, encode, encode_as_before};
pub use error::CodecError;
pub use field_splitter::FieldSplitter;
pub use pieces::CopyPieces;
pub use print::PrintError;
pub use split::Splitter;
pub use splitter::{RawChunk, RowSplitter};
