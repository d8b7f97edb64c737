//! The distinct values once, in the order in which they first appear, and for each value its place among them.
//!
//! presence, how many distinct values (4 bytes), those values as in [`plain`], the places packed
//! (see [`pack`]) in the fewest bits that hold the last place

use crate::codec::column::fields::{Column, WORD};
use crate::codec::column::input::Input;
use crate::codec::column::numbers::Numbers;
use crate::codec::column::output::Output;
use crate::codec::column::pack::{self, BLOCK};
use crate::codec::column::plain;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::{low_u32, low_u64, to_usize};

const MAX_ENTRIES: usize = 1 << 16;

/// Greatest number of neighbours in the hash table that are compared. Beyond it, a hash does not suit the values.
const MAX_PROBES: usize = 32;

/// Appends the column, if there are few distinct values: at most half as many as values, and at most 65536. Returns how
/// many of the appended bytes grow with the rows.
pub(super) fn encode(column: &Column<'_>, scratch: &mut Vec<i64>, out: &mut Output) -> Option<usize> {
    let mut entries = Entries::new((column.values_count() / 2).min(MAX_ENTRIES));
    scratch.clear();
    scratch.reserve(column.values_count());
    let mut previous: Option<(Key<'_>, i64)> = None;
    for value in column.values() {
        let key = Key::new(value);
        let place = match previous {
            Some((before, place)) if before == key => place,
            _ => (entries.place(key)? as u64).cast_signed(),
        };
        previous = Some((key, place));
        scratch.push(place);
    }
    let last = entries.values.len().checked_sub(1)?;
    presence::encode(column, out);
    out.extend_from_slice(&low_u32(entries.values.len() as u64).to_le_bytes());
    plain::encode_values(
        entries.values.iter().map(|(_, key)| key.value),
        column.width,
        &mut Vec::new(),
        out,
    );
    out.cut();
    let start = out.bytes.len();
    pack::pack(
        scratch.iter().map(|place| place.cast_unsigned()),
        pack::bits_for(last as u64),
        out,
    );
    Some(out.bytes.len() - start)
}

/// The distinct values so far.
struct Entries<'a> {
    values: Vec<(u32, Key<'a>)>,
    /// The place of an entry plus one, or 0 if free. Their number is a power of two, at least twice that of the
    /// entries.
    slots: Vec<u32>,
    limit: usize,
}

impl<'a> Entries<'a> {
    fn new(limit: usize) -> Self {
        Self {
            values: Vec::new(),
            slots: vec![0; 256],
            limit,
        }
    }

    /// The place of a value; `None` when there is no room for it.
    #[inline]
    fn place(&mut self, key: Key<'a>) -> Option<usize> {
        let hash = key.hash();
        let mask = self.slots.len() - 1;
        for probe in 0..MAX_PROBES {
            let slot = (hash as usize + probe) & mask;
            match self.slots[slot] {
                0 => return self.insert(slot, hash, key),
                place => {
                    let place = place as usize - 1;
                    let (found, entry) = self.values[place];
                    if found == hash && entry == key {
                        return Some(place);
                    }
                }
            }
        }
        None
    }

    #[inline(never)]
    fn insert(&mut self, slot: usize, hash: u32, key: Key<'a>) -> Option<usize> {
        let place = self.values.len();
        if place == self.limit {
            return None;
        }
        self.values.push((hash, key));
        self.slots[slot] = low_u32(place as u64) + 1;
        if 2 * self.values.len() > self.slots.len() {
            self.grow()?;
        }
        Some(place)
    }

    fn grow(&mut self) -> Option<()> {
        let mask = self.slots.len() * 4 - 1;
        self.slots = vec![0; mask + 1];
        for (place, (hash, _)) in self.values.iter().enumerate() {
            let slot = (0..MAX_PROBES)
                .map(|probe| (*hash as usize + probe) & mask)
                .find(|slot| self.slots[*slot] == 0)?;
            self.slots[slot] = low_u32(place as u64) + 1;
        }
        Some(())
    }
}

/// A value with its first and its last eight bytes, which distinguish most values without a call.
#[derive(Clone, Copy)]
struct Key<'a> {
    first: u64,
    last: u64,
    value: &'a [u8],
}

impl<'a> Key<'a> {
    #[inline]
    fn new(value: &'a [u8]) -> Self {
        let (first, last) = match (value.first_chunk(), value.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (value.first_chunk(), value.last_chunk()) {
                (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
                _ => (value.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
            },
        };
        Self { first, last, value }
    }

    /// The bytes that are neither in the first nor in the last eight.
    #[inline]
    fn middle(&self) -> &'a [u8] {
        self.value
            .get(8..self.value.len().saturating_sub(8))
            .unwrap_or_default()
    }

    #[inline]
    fn hash(&self) -> u32 {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        let mix = |hash: u64, word: u64| {
            let product = u128::from(hash ^ word) * u128::from(FACTOR);
            low_u64(product) ^ low_u64(product >> 64)
        };
        let seed = self.value.len() as u64 ^ 0x2545_F491_4F6C_DD1D;
        let mut hash = mix(mix(seed, self.first), self.last);
        for word in self.middle().rchunks(8) {
            hash = match word.first_chunk() {
                Some(word) => mix(hash, u64::from_le_bytes(*word)),
                None => word.iter().fold(hash, |hash, byte| mix(hash, (*byte).into())),
            };
        }
        low_u32(hash >> 32) ^ low_u32(hash)
    }
}

impl PartialEq for Key<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.first == other.first
            && self.last == other.last
            && self.value.len() == other.value.len()
            && (self.value.len() <= 16 || self.middle() == other.middle())
    }
}

/// Entries up to this long are copied at once.
const IMAGE: usize = 32;

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let entries = read_entries(input, out.len())?;
    let bits = pack::bits_for(entries.len().checked_sub(1).ok_or("its dictionary is empty")? as u64);
    let packed = input.bytes(pack::packed_bytes(count, bits).ok_or("it has too many values")?)?;
    let mut sink = Sink::new(out, presence, rows);
    if entries.iter().all(|entry| entry.len() + WORD <= IMAGE) {
        let images: Vec<([u8; IMAGE], usize)> = entries.iter().map(|entry| image(entry)).collect();
        each_place(packed, count, bits, |place| {
            let (image, length) = images.get(place).ok_or(NO_ENTRY)?;
            sink.put_with(|room| {
                *room = *image;
                *length
            })
        })?;
    } else {
        each_place(packed, count, bits, |place| {
            sink.put(entries.get(place).ok_or(NO_ENTRY)?)
        })?;
    }
    sink.finish()
}

const NO_ENTRY: &str = "a value is not in its dictionary";

/// The distinct values. Each is in some row, so with their length words they have no more than `raw_bytes`.
fn read_entries<'a>(input: &mut Input<'a>, raw_bytes: usize) -> Result<Vec<&'a [u8]>, &'static str> {
    let count = input.u32()?;
    if count > MAX_ENTRIES || count > raw_bytes / WORD {
        return Err("its dictionary is too large");
    }
    let lengths = Numbers::decode(input, count)?.collect();
    lengths.iter().map(|length| input.bytes(to_usize(*length))).collect()
}

fn image(value: &[u8]) -> ([u8; IMAGE], usize) {
    let mut image = [0; IMAGE];
    image[..WORD].copy_from_slice(&low_u32(value.len() as u64).to_be_bytes());
    image[WORD..WORD + value.len()].copy_from_slice(value);
    (image, WORD + value.len())
}

fn each_place(
    packed: &[u8],
    count: usize,
    bits: u8,
    mut each: impl FnMut(usize) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    let mut block = [0; BLOCK];
    for first in (0..count).step_by(BLOCK) {
        for place in pack::unpack(packed, count, bits, first, &mut block) {
            each(to_usize(*place))?;
        }
    }
    Ok(())
}
