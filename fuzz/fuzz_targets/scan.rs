//! The forward scan: every byte after the header is in exactly one item.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgark::format::{Scan, ScanItem};

fuzz_target!(|data: &[u8]| {
    let mut expected = data.len().min(128);
    for item in Scan::new(data, None) {
        let (offset, length) = match item {
            ScanItem::Record { offset, header } => (offset, header.record_bytes() as usize),
            ScanItem::CutRecord { offset, .. } => (offset, data.len() - offset),
            ScanItem::Gap { offset, bytes, .. } => (offset, bytes),
            ScanItem::Trailer { offset, .. } => (offset, 96),
        };
        assert_eq!(offset, expected);
        expected = offset + length;
    }
    assert_eq!(expected, data.len());
});
