//! Makes a chunk's payload from split rows.

use std::cell::RefCell;

use crate::codec::column::{self, Chosen};
use crate::codec::compress::{Compression, compress};
use crate::codec::error::CodecError;
use crate::codec::narrow::to_usize;
use crate::codec::splitter::RawChunk;
use crate::format::limits::MAX_CHUNK_RAW_BYTES;
use crate::format::{ChunkHead, ColumnHead, CompressionId, CopyFormat, Digest, Encoding, RowDigest};
use crate::model::PageRange;

/// A chunk's payload with all facts about it for its record header and the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedChunk {
    /// The format of the COPY data that the payload gives back.
    pub copy_format: CopyFormat,
    /// Rows of the chunk.
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_len: u64,
    /// Columns of the rows.
    pub columns: usize,
    /// Head and columns, as the record stores them.
    pub payload: Vec<u8>,
    /// Number and sum of the rows.
    pub digest: RowDigest,
    /// The heap pages that the rows were read from, if they were read by page.
    pub page_range: Option<PageRange>,
    /// CRC-32 of the payload.
    pub crc: u32,
    /// BLAKE3 of the payload.
    pub blake3: Digest,
}

/// Encodes and checksums a chunk: the work of a CPU thread. A column that compression does not make smaller is stored
/// plain. `page_range` is the range of heap pages from which the rows were read.
///
/// # Errors
/// A chunk over the format's limits.
pub fn encode(
    chunk: &RawChunk,
    page_range: Option<PageRange>,
    compression: Compression,
) -> Result<EncodedChunk, CodecError> {
    encode_as_before(chunk, page_range, compression, &mut Choices::default())
}

/// The same for a chunk of a relation that may have had earlier ones. `choices` are the encodings chosen for its
/// columns so far, and are updated.
///
/// # Errors
/// As those of [`encode`].
pub fn encode_as_before(
    chunk: &RawChunk,
    page_range: Option<PageRange>,
    compression: Compression,
    choices: &mut Choices,
) -> Result<EncodedChunk, CodecError> {
    let raw_bytes = chunk.raw_bytes as u64;
    if raw_bytes > MAX_CHUNK_RAW_BYTES {
        return Err(CodecError::ChunkTooLong {
            found: raw_bytes,
            limit: MAX_CHUNK_RAW_BYTES,
        });
    }
    let mut head = ChunkHead {
        copy_format: chunk.copy_format,
        pages: page_range,
        row_sum: chunk.digest.sum,
        columns: Vec::with_capacity(chunk.columns.len()),
    };
    let head_bytes = ChunkHead::encoded_bytes(chunk.columns.len());
    let mut payload = vec![0; head_bytes];
    for (number, column) in chunk.columns.iter().enumerate() {
        head.columns.push(match chunk.copy_format {
            CopyFormat::Text => encode_text(column, compression, &mut payload)?,
            CopyFormat::Binary => {
                // There are fewer rows than bytes, which are within the limit.
                let rows = to_usize(chunk.rows);
                let chosen = choices.of_column(number);
                SPACE.with_borrow_mut(|space| encode_fields(column, rows, chosen, compression, space, &mut payload))?
            }
        });
    }
    payload[..head_bytes].copy_from_slice(&head.encode()?);
    Ok(EncodedChunk {
        copy_format: chunk.copy_format,
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

thread_local! {
    static SPACE: RefCell<column::Space> = RefCell::default();
}

/// The encodings chosen for the columns of a relation.
#[derive(Clone, Debug, Default)]
pub struct Choices(Vec<Option<Chosen>>);

impl Choices {
    fn of_column(&mut self, number: usize) -> &mut Option<Chosen> {
        if self.0.len() <= number {
            self.0.resize(number + 1, None);
        }
        &mut self.0[number]
    }
}

fn encode_fields(
    fields: &[u8],
    rows: usize,
    chosen: &mut Option<Chosen>,
    compression: Compression,
    space: &mut column::Space,
    payload: &mut Vec<u8>,
) -> Result<ColumnHead, CodecError> {
    let start = payload.len();
    let encoded = column::encode(fields, rows, *chosen, space)?;
    *chosen = encoded.chosen;
    let compression = encoded.store(compression, payload)?;
    Ok(ColumnHead {
        encoding: encoded.encoding,
        compression,
        raw_bytes: fields.len() as u64,
        encoded_bytes: encoded.bytes().len() as u64,
        stored_bytes: (payload.len() - start) as u64,
    })
}

fn encode_text(raw: &[u8], compression: Compression, payload: &mut Vec<u8>) -> Result<ColumnHead, CodecError> {
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
        encoded_bytes: raw.len() as u64,
        stored_bytes: (payload.len() - start) as u64,
    })
}
