//! Whole archives: the stream reader and verify agree on what is good.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use pgark::archive::{ArchiveError, ArchiveStream, Event, VerifyOptions, verify_bytes};
use pgark::format::{Scan, ScanItem};

/// Makes the payload checksums right again, so that damage reaches the decoders behind them.
fn repaired(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    for item in Scan::new(data, None) {
        if let ScanItem::Record { offset, mut header } = item {
            let payload = offset + 64..offset + header.record_bytes() as usize;
            header.payload_crc = crc32fast::hash(&data[payload]);
            bytes[offset..offset + 64].copy_from_slice(&header.encode());
        }
    }
    bytes
}

fn stream(bytes: &[u8]) -> Result<(), ArchiveError> {
    let mut stream = ArchiveStream::new(Cursor::new(bytes.to_vec()), "fuzz")?;
    while let Some(event) = stream.next()? {
        if let Event::Chunk(chunk) = event {
            chunk.decode()?;
        }
    }
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    for bytes in [data.to_vec(), repaired(data)] {
        let good = verify_bytes(&bytes, "fuzz", VerifyOptions { jobs: 1 }, &|_, _| ()).is_ok_and(|r| r.is_good());
        let streamed = stream(&bytes).is_ok();
        // Verify recomputes row sums, the stream does not.
        assert!(streamed || !good);
    }
});
