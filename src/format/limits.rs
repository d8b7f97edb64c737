//! Every bound that a reader checks before it allocates or computes with a number from an archive.
//!
//! The same table is in `format-spec/README.md`, "Limits". Writers keep within the bounds too.

/// A chunk is closed at the first row end past this many bytes of COPY data.
pub const CHUNK_TARGET_BYTES: usize = 8 << 20;

/// One row of COPY data, its newline included. A server cannot send more in one message.
pub const MAX_ROW_BYTES: usize = 1 << 30;

/// COPY data in one chunk: a full chunk and then one row of the largest size.
pub const MAX_CHUNK_RAW_BYTES: u64 = MAX_ROW_BYTES as u64 + (256 << 20);

/// Bytes of fields of a binary column with any encoding other than `Fields`: such encodings can be far smaller than the
/// fields they stand for.
pub const MAX_ENCODED_COLUMN_RAW_BYTES: u64 = 64 << 20;

/// The most encoded bytes of a column with `raw_bytes`, unless it is stored as fields: eight for one, and some for the
/// heads of its parts. No encoding takes over five.
pub fn max_encoded_bytes(raw_bytes: u64) -> u64 {
    raw_bytes.saturating_mul(8).saturating_add(4096)
}

/// Stored payload of one chunk. Columns that do not shrink are stored plain, so only heads add to it.
pub const MAX_CHUNK_STORED_BYTES: u64 = MAX_CHUNK_RAW_BYTES + (1 << 20);

/// CBOR of one metadata record before compression.
pub const MAX_METADATA_RAW_BYTES: u64 = 1 << 30;

/// Stored payload of one metadata record.
pub const MAX_METADATA_STORED_BYTES: u64 = 1 << 30;

/// Columns of a relation; PostgreSQL's own limit for a result row.
pub const MAX_COLUMNS: usize = 1664;

/// Nesting of a metadata record; its own structures need 6.
pub const MAX_CBOR_DEPTH: usize = 32;

/// Maps and arrays in one metadata record.
pub const MAX_CBOR_CONTAINERS: u64 = 16 << 20;

/// Maps and arrays are also bounded by the record's size: one for this many bytes, so that a few
/// bytes of CBOR cannot become a large value in memory. Real records hold over 20.
pub const MIN_CBOR_BYTES_PER_CONTAINER: u64 = 8;

/// Maps and arrays that are allowed whatever the record's size, for small records.
pub const FREE_CBOR_CONTAINERS: u64 = 4096;

/// The largest allocation made because a length was *declared*; beyond it buffers grow as data appears.
pub const MAX_TRUSTED_ALLOCATION: usize = 16 << 20;

/// The largest window that a zstd frame may ask of its decoder, as a power of two.
pub const MAX_ZSTD_WINDOW_LOG: u32 = 27;

/// A checkpoint is written once this many bytes follow the last one.
pub const CHECKPOINT_INTERVAL_BYTES: u64 = 1 << 30;
