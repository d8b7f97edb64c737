//! Metadata records of every kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgark::format::{Checkpoint, Manifest, RelationEnd, cbor};
use pgark::model::{Catalog, Source};

fuzz_target!(|data: &[u8]| {
    let _ = cbor::decode::<Source>(data);
    let _ = cbor::decode::<Catalog>(data);
    let _ = cbor::decode::<Checkpoint>(data);
    let _ = cbor::decode::<RelationEnd>(data);
    if let Ok(manifest) = cbor::decode::<Manifest>(data)
        && let Ok(bytes) = cbor::encode(&manifest)
    {
        assert_eq!(cbor::decode::<Manifest>(&bytes), Ok(manifest));
    }
});
