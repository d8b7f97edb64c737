//! Counts on which sides each key is, by hashes of keys. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::codec::CodecError;

/// The places of the compared columns in a side's rows.
pub(super) struct Layout {
    pub key: Vec<usize>,
    pub rest: Vec<usize>,
    /// Number of columns in a row.
    pub columns: usize,
    /// The names of the columns in `rest`.
    pub names: Vec<String>,
}

/// The hash of a key's COPY text: 128 bits, so that two keys never have the same hash in practice.
pub(super) type Key = [u64; 2];

impl Layout {
    /// The values of a row, still in COPY's spelling.
    pub(super) fn fields<'a>(&self, row: &'a [u8]) -> Result<Vec<&'a [u8]>, CodecError> {
        let fields: Vec<&[u8]> = row.split(|byte| *byte == b'\t').collect();
        match fields.len() == self.columns {
            true => Ok(fields),
            false => Err(CodecError::ColumnCount {
                row: 0,
                found: fields.len(),
                expected: self.columns,
            }),
        }
    }

    pub(super) fn key(&self, fields: &[&[u8]]) -> Key {
        let hash = xxh3_128(&joined(fields, &self.key));
        [hash as u64, (hash >> 64) as u64]
    }

    /// The hashes of a row's key and of the rest of it.
    pub(super) fn hashes(&self, row: &[u8]) -> Result<(Key, u64), CodecError> {
        let fields = self.fields(row)?;
        Ok((self.key(&fields), xxh3_64(&joined(&fields, &self.rest))))
    }
}

/// Joins the fields at `places` with tabs, which no value contains.
fn joined(fields: &[&[u8]], places: &[usize]) -> Vec<u8> {
    let mut text = Vec::new();
    for place in places {
        text.extend_from_slice(fields[*place]);
        text.push(b'\t');
    }
    text
}

/// A key that a side has twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubled;

/// Stands in place of a row's hash once the other side's row has been seen and is equal.
const EQUAL: u64 = 0;
const CHANGED: u64 = 1;

/// A hasher that takes a word of the key as it is, because keys are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    /// Ignores the number of words in a key.
    fn write_usize(&mut self, _: usize) {}
}

type ByHash = BuildHasherDefault<AsIs>;

/// Rows by the hash of their key.
#[derive(Default)]
pub(super) struct Tally {
    /// The keys of A, with the hash of the rest of the row until B's row has been seen.
    a: HashMap<Key, u64, ByHash>,
    /// The keys of B that A does not have.
    only_b: HashSet<Key, ByHash>,
    rows_b: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub rows_a: u64,
    pub rows_b: u64,
    pub equal: u64,
    pub changed: u64,
    pub only_a: u64,
    pub only_b: u64,
}

impl Counts {
    pub(super) fn differ(&self) -> bool {
        self.changed + self.only_a + self.only_b > 0
    }
}

impl Tally {
    /// Takes a row of A.
    pub(super) fn first(&mut self, key: Key, rest: u64) -> Result<(), Doubled> {
        match self.a.insert(key, rest.max(CHANGED + 1)) {
            None => Ok(()),
            Some(_) => Err(Doubled),
        }
    }

    /// Takes a row of B, after all of A.
    pub(super) fn second(&mut self, key: Key, rest: u64) -> Result<(), Doubled> {
        self.rows_b += 1;
        match self.a.get_mut(&key) {
            Some(state) if *state <= CHANGED => Err(Doubled),
            Some(state) => {
                *state = if *state == rest.max(CHANGED + 1) {
                    EQUAL
                } else {
                    CHANGED
                };
                Ok(())
            }
            None if self.only_b.insert(key) => Ok(()),
            None => Err(Doubled),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts {
            rows_a: self.a.len() as u64,
            rows_b: self.rows_b,
            only_b: self.only_b.len() as u64,
            ..Counts::default()
        };
        for state in self.a.values() {
            match *state {
                EQUAL => counts.equal += 1,
                CHANGED => counts.changed += 1,
                _ => counts.only_a += 1,
            }
        }
        counts
    }

    pub(super) fn is_only_a(&self, key: &Key) -> bool {
        self.a.get(key).is_some_and(|state| *state > CHANGED)
    }

    pub(super) fn is_only_b(&self, key: &Key) -> bool {
        self.only_b.contains(key)
    }

    pub(super) fn is_changed(&self, key: &Key) -> bool {
        self.a.get(key) == Some(&CHANGED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(key: &[usize], rest: &[usize]) -> Layout {
        Layout {
            key: key.to_vec(),
            rest: rest.to_vec(),
            columns: key.len() + rest.len(),
            names: Vec::new(),
        }
    }

    #[test]
    fn rows_are_counted_by_what_became_of_them() {
        let (a, b) = (layout(&[0], &[1, 2]), layout(&[2], &[0, 1]));
        let mut tally = Tally::default();
        for row in [&b"1\tx\ty"[..], b"2\tx\ty", b"3\tx\ty"] {
            let (key, rest) = a.hashes(row).unwrap();
            tally.first(key, rest).unwrap();
        }
        for row in [&b"x\ty\t1"[..], b"x\tz\t2", b"x\ty\t4"] {
            let (key, rest) = b.hashes(row).unwrap();
            tally.second(key, rest).unwrap();
            assert_eq!(tally.second(key, rest), Err(Doubled));
        }
        tally.rows_b -= 3;
        let counts = Counts {
            rows_a: 3,
            rows_b: 3,
            equal: 1,
            changed: 1,
            only_a: 1,
            only_b: 1,
        };
        assert_eq!(tally.counts(), counts);
        let key = |text: &[u8]| a.hashes(text).unwrap().0;
        assert!(tally.is_changed(&key(b"2\t\t")) && tally.is_only_a(&key(b"3\t\t")) && tally.is_only_b(&key(b"4\t\t")));
        assert_eq!(tally.first(key(b"1\t\t"), 5), Err(Doubled));
        assert!(a.hashes(b"1\t2").is_err());
    }

    #[test]
    fn values_do_not_flow_into_each_other() {
        let layout = layout(&[0], &[1, 2]);
        let rest = |row: &[u8]| layout.hashes(row).unwrap().1;
        assert_ne!(rest(b"1\tab\tc"), rest(b"1\ta\tbc"));
        assert_ne!(rest(b"1\t\\N\tc"), rest(b"1\t\tc"));
    }
}
