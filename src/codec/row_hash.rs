//! The hash that identifies a row.

/// The hash of one row: its COPY bytes without the newline, or its fields without their count.
pub(super) fn row_hash(row: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(row)
}
