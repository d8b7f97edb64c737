//! Metadata payloads: the CBOR profile of `format-spec/README.md` "Metadata", checked before it is read.
//!
//! The check walks the bytes once without allocating, so that a hostile record can neither nest
//! deeply nor turn few bytes into many values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::format::error::FormatError;
use crate::format::limits;

/// The CBOR bytes of a value. Fails for values that exceed the limits of readers.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).map_err(|e| FormatError::CborShape { problem: e.to_string() })?;
    check(&out)?;
    Ok(out)
}

/// Reads one value that fills `bytes` exactly. Unknown keys are skipped.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FormatError> {
    check(bytes)?;
    ciborium::de::from_reader_with_recursion_limit(bytes, 2 * limits::MAX_CBOR_DEPTH)
        .map_err(|e| FormatError::CborShape { problem: e.to_string() })
}

/// Checks bytes against the profile: one map of definite-length items without tags, within the limits.
pub fn check(bytes: &[u8]) -> Result<(), FormatError> {
    if bytes.len() as u64 > limits::MAX_METADATA_RAW_BYTES {
        return Err(FormatError::TooLong {
            what: "a metadata record",
            declared: bytes.len() as u64,
            limit: limits::MAX_METADATA_RAW_BYTES,
        });
    }
    let mut walk = Walk { bytes, at: 0 };
    if bytes.first().is_none_or(|b| b >> 5 != MAP) {
        return Err(walk.error("the record is not a map"));
    }
    let allowed = (bytes.len() as u64 / limits::MIN_CBOR_BYTES_PER_CONTAINER + limits::FREE_CBOR_CONTAINERS)
        .min(limits::MAX_CBOR_CONTAINERS);
    let mut containers = 0;
    // The number of items still to come in each open container.
    let mut open = [0u64; limits::MAX_CBOR_DEPTH];
    let mut depth = 0;
    loop {
        let children = walk.item()?;
        if let Some(children) = children {
            containers += 1;
            if containers > allowed {
                return Err(walk.error("more maps and arrays than its size allows"));
            }
            if depth == open.len() {
                return Err(walk.error("nested too deeply"));
            }
            open[depth] = children;
            depth += 1;
        }
        while depth > 0 && open[depth - 1] == 0 {
            depth -= 1;
        }
        if depth == 0 {
            break;
        }
        open[depth - 1] -= 1;
    }
    match walk.at == bytes.len() {
        true => Ok(()),
        false => Err(walk.error("bytes after the value")),
    }
}

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    /// Skips one item's head and the bytes of a string; gives the number of items inside a container.
    fn item(&mut self) -> Result<Option<u64>, FormatError> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 31);
        let argument = match info {
            0..=23 => u64::from(info),
            24..=27 => self
                .take(1 << (info - 24))?
                .iter()
                .fold(0, |n, b| n << 8 | u64::from(*b)),
            _ => return Err(self.error("indefinite or reserved length")),
        };
        match major {
            BYTES | TEXT => {
                let length = usize::try_from(argument).map_err(|_| self.error("string past the end"))?;
                self.take(length)?;
                Ok(None)
            }
            ARRAY => Ok(Some(argument)),
            MAP => argument
                .checked_mul(2)
                .map(Some)
                .ok_or_else(|| self.error("map past the end")),
            TAG => Err(self.error("tagged item")),
            SIMPLE if info < 20 || info == 24 => Err(self.error("unknown simple value")),
            _ => Ok(None),
        }
    }

    fn take(&mut self, count: usize) -> Result<&[u8], FormatError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            return Err(self.error("cut off"));
        };
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn error(&self, problem: &'static str) -> FormatError {
        FormatError::Cbor {
            at: self.at as u64,
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        name: String,
        count: i64,
        list: Vec<Option<String>>,
        nested: BTreeMap<String, Vec<u32>>,
    }

    fn sample() -> Sample {
        Sample {
            name: "x".repeat(300),
            count: -5,
            list: vec![None, Some("y".into())],
            nested: BTreeMap::from([("k".to_owned(), vec![1, 70000])]),
        }
    }

    #[test]
    fn values_round_trip() {
        assert_eq!(decode::<Sample>(&encode(&sample()).unwrap()), Ok(sample()));
    }

    #[test]
    fn unknown_keys_are_skipped() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Less {
            count: i64,
        }
        assert_eq!(decode::<Less>(&encode(&sample()).unwrap()), Ok(Less { count: -5 }));
    }

    #[test]
    fn hostile_shapes_are_refused() {
        let deep = [vec![0xa1, 0x61, b'k'], vec![0x81; 100], vec![0xf6]].concat();
        let wide = [
            vec![0xa1, 0x61, b'k', 0x9a, 0x00, 0x10, 0x00, 0x00],
            vec![0xa0; 1 << 20],
        ]
        .concat();
        for bad in [
            &deep[..],
            &wide[..],
            b"",
            b"\x80",
            b"\xbf\xff",
            b"\xa0\x00",
            b"\xa1\x61k",
            b"\xa1\x61k\xc1\x00",
            b"\xa1\x61k\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(
                matches!(check(bad), Err(FormatError::Cbor { .. })),
                "{:02x?}",
                &bad[..bad.len().min(12)]
            );
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode::<Sample>(&bytes);
            let _ = decode::<Sample>(&[&[0xa1u8, 0x61, b'k'][..], &bytes].concat());
        }
    }
}
