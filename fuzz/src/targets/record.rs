//! Metadata records of every kind, each through its own decoder and within an archive that is right but for it.
//!
//! The first byte says which kind, the rest is the CBOR.

use std::fmt::Debug;

use pgark::archive::RecordKind;
use pgark::format::{Checkpoint, Manifest, RelationEnd, cbor};
use pgark::model::{Catalog, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::archive::judge;
use super::forge::{Repair, compressed};
use super::input::Input;
use super::sample::SAMPLES;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "record",
    run,
    memory: |data| 64 * MIB + 512 * data.len(),
};

pub const KINDS: [RecordKind; 6] = [
    RecordKind::Source,
    RecordKind::Catalog,
    RecordKind::RelationEnd,
    RecordKind::SequenceState,
    RecordKind::Checkpoint,
    RecordKind::Manifest,
];

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = KINDS[usize::from(input.u8()) % KINDS.len()];
    let cbor = input.rest();
    match kind {
        RecordKind::Source => read_back::<Source>(cbor),
        RecordKind::Catalog => read_back::<Catalog>(cbor),
        RecordKind::RelationEnd => read_back::<RelationEnd>(cbor),
        RecordKind::Checkpoint => read_back::<Checkpoint>(cbor),
        RecordKind::Manifest => read_back::<Manifest>(cbor),
        // Its type is the archive's own.
        _ => {}
    }
    let mut parts = SAMPLES[0].clone();
    for (header, payload) in parts.records.iter_mut().filter(|(header, _)| header.kind == kind) {
        (*payload, header.raw_bytes) = compressed(cbor);
    }
    judge(&parts.write(Repair {
        ends: kind != RecordKind::RelationEnd,
        manifest: kind != RecordKind::Manifest,
        ..Repair::ALL
    }));
}

/// What was read can be written, and read again the same.
fn read_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = cbor::decode::<T>(bytes)
        // Without the keys that nobody knew, the rest may be too dense.
        && let Ok(written) = cbor::encode(&value)
    {
        assert_eq!(cbor::decode(&written), Ok(value));
    }
}
