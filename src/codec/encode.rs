//! Makes a chunk's payload of split rows.

use crate::codec::compress::{Compression, compress};
use crate::codec::error::CodecError;
use crate::codec::splitter::RawChunk;
use crate::format::limits::MAX_CHUNK_RAW_BYTES;
use crate::format::{ChunkHead, ColumnHead, CompressionId, CopyFormat, Digest, Encoding, PageRange, RowDigest};

/// A chunk's payload with everything that its record header and the manifest say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedChunk {
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_len: u64,
    /// Columns of the rows.
    pub columns: usize,
    pub payload: Vec<u8>,
    pub digest: RowDigest,
    pub page_range: Option<PageRange>,
    /// CRC-32 of the payload.
    pub crc: u32,
    /// BLAKE3 of the payload.
    pub blake3: Digest,
}

/// Encodes and checksums a chunk: the work of a CPU thread. A column that compression does not
/// make smaller is stored plain. `page_range` is the heap pages the rows were read from: first, one past the last.
///
/// # Errors
/// A chunk over the format's limits.
pub fn encode(
    chunk: &RawChunk,
    page_range: Option<(u32, Option<u32>)>,
    compression: Compression,
) -> Result<EncodedChunk, CodecError> {
    let page_range = page_range.map(PageRange::from);
    let raw_bytes = chunk.raw_bytes as u64;
    if raw_bytes > MAX_CHUNK_RAW_BYTES {
        return Err(CodecError::ChunkTooLong {
            found: raw_bytes,
            limit: MAX_CHUNK_RAW_BYTES,
        });
    }
    let mut head = ChunkHead {
        copy_format: CopyFormat::Text,
        pages: page_range,
        row_sum: chunk.digest.sum,
        columns: Vec::with_capacity(chunk.columns.len()),
    };
    let head_bytes = ChunkHead::encoded_bytes(chunk.columns.len());
    let mut payload = vec![0; head_bytes];
    for column in &chunk.columns {
        head.columns.push(encode_column(column, compression, &mut payload)?);
    }
    payload[..head_bytes].copy_from_slice(&head.encode()?);
    Ok(EncodedChunk {
        rows: chunk.rows,
        raw_len: raw_bytes,
        columns: chunk.columns.len(),
        digest: chunk.digest,
        page_range,
        crc: crc32fast::hash(&payload),
        blake3: Digest(*blake3::hash(&payload).as_bytes()),
        payload,
    })
}

fn encode_column(raw: &[u8], compression: Compression, payload: &mut Vec<u8>) -> Result<ColumnHead, CodecError> {
    let start = payload.len();
    let compression = match compression {
        Compression::None => CompressionId::None,
        Compression::Zstd(level) => {
            compress(raw, level, payload)?;
            match payload.len() - start < raw.len() {
                true => CompressionId::Zstd,
                false => CompressionId::None,
            }
        }
    };
    if compression == CompressionId::None {
        payload.truncate(start);
        payload.extend_from_slice(raw);
    }
    Ok(ColumnHead {
        encoding: Encoding::DelimitedText,
        compression,
        raw_bytes: raw.len() as u64,
        stored_bytes: (payload.len() - start) as u64,
    })
}
