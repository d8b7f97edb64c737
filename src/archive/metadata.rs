//! Metadata payloads: zstd-compressed CBOR of model and index values.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::archive::error::Fault;
use crate::codec;
use crate::format::{RecordHeader, cbor, limits};
use crate::model::SequenceState;

const ZSTD_LEVEL: i32 = 3;

/// The `sequence state` record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SequenceStates {
    pub sequences: Vec<SequenceState>,
}

/// A metadata payload and the CBOR inside it.
pub(crate) struct EncodedMetadata {
    pub payload: Vec<u8>,
    pub cbor: Vec<u8>,
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<EncodedMetadata, Fault> {
    let cbor = cbor::encode(value)?;
    let mut payload = Vec::new();
    codec::compress(&cbor, ZSTD_LEVEL, &mut payload)?;
    if payload.len() as u64 > limits::MAX_METADATA_STORED_BYTES {
        return Err(Fault::Number {
            what: "the stored length of a metadata record",
            found: payload.len() as u64,
            expected: limits::MAX_METADATA_STORED_BYTES,
        });
    }
    Ok(EncodedMetadata { payload, cbor })
}

/// The CBOR of a payload whose checksum has been checked.
pub(crate) fn cbor_of(header: &RecordHeader, payload: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(codec::decompress(payload, header.raw_bytes)?)
}

/// The value in a payload whose checksum has been checked.
pub(crate) fn decode<T: DeserializeOwned>(header: &RecordHeader, payload: &[u8]) -> Result<T, Fault> {
    Ok(cbor::decode(&cbor_of(header, payload)?)?)
}
