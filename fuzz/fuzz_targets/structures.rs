//! Fixed structures: what can be read is written back byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgark::format::{Header, RecordHeader, Trailer};

/// Puts a right checksum into the last four bytes, so that the fields behind it are reached.
fn checksummed(data: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut bytes = data.get(..length)?.to_vec();
    let crc = crc32fast::hash(&bytes[..length - 4]);
    bytes[length - 4..].copy_from_slice(&crc.to_le_bytes());
    Some(bytes)
}

fuzz_target!(|data: &[u8]| {
    let _ = (Header::decode(data), RecordHeader::decode(data), Trailer::decode(data));
    if let Some(bytes) = checksummed(data, 128)
        && let Ok(header) = Header::decode(&bytes)
    {
        assert_eq!(header.encode()[..], bytes);
    }
    if let Some(bytes) = checksummed(data, 64)
        && let Ok(header) = RecordHeader::decode(&bytes)
    {
        assert_eq!(header.encode()[..], bytes);
    }
    if let Some(bytes) = checksummed(data, 96)
        && let Ok(trailer) = Trailer::decode(&bytes)
    {
        assert_eq!(trailer.encode()[8..92], bytes[8..92]);
    }
});
