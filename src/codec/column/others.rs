//! The few values of a column that its encoding cannot express, stored beside the encoded ones.
//!
//! | bytes | field | content |
//! |---|---|---|
//! | 4 | count | |
//! | 4 each | places | of these among the column's values, ascending; what the encoding says there means nothing |
//! | | values | as in [`plain`]; absent when there are none |

use crate::codec::column::input::Input;
use crate::codec::column::numbers::Numbers;
use crate::codec::column::output::Output;
use crate::codec::column::plain;
use crate::codec::narrow::{low_u32, to_usize};

/// At most one of this many values may be such a value; with more, another encoding is better.
const VALUES_PER_OTHER: usize = 64;

/// The other values, while a column is encoded.
pub(super) struct OthersFound<'a> {
    found: Vec<(u32, &'a [u8])>,
    most: usize,
}

impl<'a> OthersFound<'a> {
    pub(super) fn new(values: usize) -> Self {
        Self {
            found: Vec::new(),
            most: values / VALUES_PER_OTHER,
        }
    }

    /// Takes the value at a place; `None` when there are too many.
    #[cold]
    pub(super) fn push(&mut self, place: usize, value: &'a [u8]) -> Option<()> {
        if self.found.len() == self.most {
            return None;
        }
        self.found.push((u32::try_from(place).ok()?, value));
        Some(())
    }

    pub(super) fn encode(&self, scratch: &mut Vec<i64>, out: &mut Output) {
        out.cut();
        out.extend_from_slice(&low_u32(self.found.len() as u64).to_le_bytes());
        for (place, _) in &self.found {
            out.extend_from_slice(&place.to_le_bytes());
        }
        if !self.found.is_empty() {
            plain::encode_values(self.found.iter().map(|(_, value)| *value), None, scratch, out);
        }
    }
}

const WRONG: &str = "it has other values where there are none";

/// The other values, in order, while a column is decoded.
pub(super) struct Others<'a> {
    places: &'a [u8],
    lengths: std::vec::IntoIter<u64>,
    values: &'a [u8],
    next: usize,
}

impl<'a> Others<'a> {
    /// Reads everything that is left.
    pub(super) fn decode(input: &mut Input<'a>) -> Result<Self, &'static str> {
        let count = input.u32()?;
        let places = input.bytes(count.checked_mul(4).ok_or(WRONG)?)?;
        let lengths = match count {
            0 => Vec::new(),
            _ => Numbers::decode(input, count)?.collect(),
        };
        let mut others = Self {
            places,
            lengths: lengths.into_iter(),
            values: input.rest(),
            next: usize::MAX,
        };
        others.advance();
        Ok(others)
    }

    fn advance(&mut self) {
        self.next = match self.places.split_first_chunk::<4>() {
            Some((place, rest)) => {
                self.places = rest;
                u32::from_le_bytes(*place) as usize
            }
            None => usize::MAX,
        };
    }

    #[inline]
    pub(super) fn is_at(&self, place: usize) -> bool {
        self.next == place
    }

    /// Whether no other value is before this place.
    pub(super) fn is_beyond(&self, place: usize) -> bool {
        self.next >= place
    }

    #[cold]
    pub(super) fn take(&mut self) -> Result<&'a [u8], &'static str> {
        let length = to_usize(self.lengths.next().ok_or(WRONG)?);
        let (value, rest) = self.values.split_at_checked(length).ok_or(WRONG)?;
        self.values = rest;
        self.advance();
        Ok(value)
    }

    /// # Errors
    /// Some values had no place in the column.
    pub(super) fn finish(self) -> Result<(), &'static str> {
        match self.next == usize::MAX && self.values.is_empty() {
            true => Ok(()),
            false => Err(WRONG),
        }
    }
}
