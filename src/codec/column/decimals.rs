//! `numeric` as whole numbers: 12.34 is 1234 of scale 2. A value's head and its base-10000 digits, 16 bytes and more,
//! become the two or three bytes that the number needs.
//!
//! | bytes | field | content |
//! |---|---|---|
//! | | presence | |
//! | 1 | scale | digits after the point, 0 to 16, of all values; 255: each has its own |
//! | | scales | only for 255: [`numbers`] |
//! | | mantissas | [`numbers`], with sign |
//! | | others | values that are not such numbers (NaN, infinities, more than 63 bits), see [`others`](super::others) |

use crate::codec::column::fields::{Column, NULL, WORD};
use crate::codec::column::input::Input;
use crate::codec::column::numbers::{self, Numbers};
use crate::codec::column::others::{Others, OthersFound};
use crate::codec::column::output::Output;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::{low_u8, low_u16, low_u32, low_u64, to_usize};

/// Keeps base-10000 digits after the point to 4 at most.
const MAX_SCALE: u64 = 16;
const OWN_SCALES: u8 = 255;
const NEGATIVE: u64 = 0x4000;
/// Bytes of a value before its digits: their count, weight, sign, scale.
const HEAD: usize = 8;

/// Appends the column, if nearly all values are such numbers.
pub(super) fn encode(column: &Column<'_>, differences: bool, scratch: &mut Vec<i64>, out: &mut Output) -> Option<()> {
    let mantissas = scratch;
    mantissas.clear();
    mantissas.reserve(column.values_count());
    let mut scales = Vec::new();
    let mut common = None;
    let mut others = OthersFound::new(column.values_count());
    let mut rest = column.fields;
    while let Some((word, after)) = rest.split_first_chunk::<WORD>() {
        if *word == NULL {
            rest = after;
            continue;
        }
        let length = u32::from_be_bytes(*word) as usize;
        let (mantissa, scale) = match parse(after, length) {
            Some(number) => number,
            None => {
                others.push(mantissas.len(), after.get(..length)?)?;
                let scale = scales.last().copied().or(common).unwrap_or(0);
                (mantissas.last().copied().unwrap_or(0), scale)
            }
        };
        if common != Some(scale) && scales.is_empty() {
            match common {
                None => common = Some(scale),
                Some(common) => scales = vec![common; mantissas.len()],
            }
        }
        if !scales.is_empty() {
            scales.push(scale);
        }
        mantissas.push(mantissa);
        rest = after.get(length..)?;
    }
    presence::encode(column, out);
    if scales.is_empty() {
        out.push(low_u8(common?.cast_unsigned()));
    } else {
        out.push(OWN_SCALES);
        numbers::encode(&mut scales, false, out);
    }
    numbers::encode(mantissas, differences, out);
    others.encode(mantissas, out);
    Some(())
}

/// Whether a value begins as a `numeric` does.
pub(super) fn is_likely(value: &[u8]) -> bool {
    parse(value, value.len()).is_some()
}

/// Mantissa and scale of the value that is the first `length` bytes; `None` unless [`write_field`] gives the same bytes back.
#[inline]
fn parse(bytes: &[u8], length: usize) -> Option<(i64, i64)> {
    let head = u64::from_be_bytes(*bytes.first_chunk::<HEAD>()?);
    let (count, weight, sign, scale) = (
        head >> 48,
        low_u16(head >> 32).cast_signed(),
        head >> 16 & 0xFFFF,
        head & 0xFFFF,
    );
    if length as u64 != HEAD as u64 + 2 * count || sign & !NEGATIVE != 0 || scale > MAX_SCALE {
        return None;
    }
    if count == 0 {
        return (weight == 0 && sign == 0).then_some((0, scale.cast_signed()));
    }
    let fraction = scale.div_ceil(4);
    // How many base-10000 digits there are from the first one to the last one after the point, and how many zeros
    // follow the stored ones.
    let top = i64::from(weight) + 1 + fraction.cast_signed();
    let zeros = top - count.cast_signed();
    if zeros < 0 || top > 6 {
        return None;
    }
    let zeros = zeros.cast_unsigned();
    let over = 4 * fraction - scale;
    let mantissa = match top {
        ..=4 => {
            let aligned = parse_short(bytes, count)? * POWERS_OF_10000[to_usize(zeros)];
            // The cases are written out, because the compiler turns division by a constant into a multiplication.
            match over {
                0 => aligned,
                1 => exact(aligned / 10, aligned % 10)?,
                2 => exact(aligned / 100, aligned % 100)?,
                _ => exact(aligned / 1000, aligned % 1000)?,
            }
        }
        _ => {
            let aligned = parse_long(bytes.get(HEAD..length)?)? * 10_000_u128.pow(low_u32(zeros));
            let divisor = 10_u128.pow(low_u32(over));
            exact(u64::try_from(aligned / divisor).ok()?, low_u64(aligned % divisor))?
        }
    };
    let mantissa = i64::try_from(mantissa).ok()?;
    Some((if sign == NEGATIVE { -mantissa } else { mantissa }, scale.cast_signed()))
}

const POWERS_OF_10000: [u64; 4] = [1, 10_000, 100_000_000, 1_000_000_000_000];

fn exact(quotient: u64, remainder: u64) -> Option<u64> {
    (remainder == 0).then_some(quotient)
}

/// One to four digits, the first and the last not 0, as a number. The code does not branch on their count.
#[inline]
fn parse_short(bytes: &[u8], count: u64) -> Option<u64> {
    const LANES: u64 = 0x0001_0001_0001_0001;
    const TOP_BITS: u64 = 0x8000 * LANES;
    let eight = match bytes[HEAD..].first_chunk::<8>() {
        Some(eight) => u64::from_be_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            let digits = bytes.get(HEAD..HEAD + 2 * to_usize(count))?;
            eight[..digits.len()].copy_from_slice(digits);
            u64::from_be_bytes(eight)
        }
    };
    let lanes = eight >> (64 - 16 * count);
    let over = lanes | lanes.wrapping_add((0x8000 - 10_000) * LANES);
    let (first, last) = (eight >> 48, lanes & 0xFFFF);
    if over & TOP_BITS != 0 || first == 0 || last == 0 {
        return None;
    }
    let digit = |at: u32| lanes >> (16 * at) & 0xFFFF;
    Some((digit(3) * 10_000 + digit(2)) * POWERS_OF_10000[2] + digit(1) * 10_000 + digit(0))
}

/// The same for up to six digits.
fn parse_long(digits: &[u8]) -> Option<u128> {
    let digits: Vec<u128> = digits
        .chunks_exact(2)
        .map(|d| u16::from_be_bytes([d[0], d[1]]).into())
        .collect();
    let stripped = *digits.first()? != 0 && *digits.last()? != 0;
    (stripped && digits.iter().all(|digit| *digit < 10_000))
        .then(|| digits.iter().fold(0, |number, digit| number * 10_000 + digit))
}

/// Room for a field of up to eight digits.
const IMAGE: usize = WORD + HEAD + 16;

/// Writes the field of a number: length word, head and digits. Returns how many bytes these are.
#[inline]
fn write_field(mantissa: i64, scale: u64, room: &mut [u8; IMAGE]) -> usize {
    let fraction = scale.div_ceil(4);
    let over = [1, 10, 100, 1000][to_usize(4 * fraction - scale) & 3];
    let sign = if mantissa < 0 { NEGATIVE } else { 0 };
    // The arguments are the places of the first and the last digit that are not 0, counted from the end.
    let head = |top: u32, last: u32| {
        let weight = u64::from(top).wrapping_sub(fraction) & 0xFFFF;
        u64::from(top + 1 - last) << 48 | weight << 32 | sign << 16 | scale
    };
    match mantissa.unsigned_abs().checked_mul(over) {
        Some(aligned) if aligned < 10_000_000_000_000_000 => {
            let (high, low) = (aligned / POWERS_OF_10000[2], aligned % POWERS_OF_10000[2]);
            let (high, low) = (low_u32(high), low_u32(low));
            let lanes = u64::from(high / 10_000) << 48
                | u64::from(high % 10_000) << 32
                | u64::from(low / 10_000) << 16
                | u64::from(low % 10_000);
            let (top, last) = match lanes {
                0 => return assemble(0, scale, 0, room),
                _ => (lanes.ilog2() / 16, lanes.trailing_zeros() / 16),
            };
            let digits = u128::from(lanes << (16 * (3 - top))) << 64;
            assemble(top + 1 - last, head(top, last), digits, room)
        }
        _ => {
            let mut aligned = u128::from(mantissa.unsigned_abs()) * u128::from(over);
            let mut lanes = 0_u128;
            for at in 0..6 {
                lanes |= (aligned % 10_000) << (16 * at);
                aligned /= 10_000;
            }
            // The number is not 0, because it is at least 10^16.
            let (top, last) = (lanes.checked_ilog2().unwrap_or(0) / 16, lanes.trailing_zeros() / 16);
            assemble(top + 1 - last, head(top, last), lanes << (16 * (7 - top)), room)
        }
    }
}

/// `digits` are 16 bits each, the first one highest. The parts are stored one by one and not copied as a whole, because
/// a load of bytes that several stores have just written waits for all of these.
#[inline]
fn assemble(count: u32, head: u64, digits: u128, room: &mut [u8; IMAGE]) -> usize {
    let bytes = HEAD + 2 * count as usize;
    room[..WORD].copy_from_slice(&low_u32(bytes as u64).to_be_bytes());
    room[WORD..WORD + HEAD].copy_from_slice(&head.to_be_bytes());
    room[WORD + HEAD..WORD + HEAD + 16].copy_from_slice(&digits.to_be_bytes());
    WORD + bytes
}

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let scale = input.u8()?;
    let mut scales = match scale {
        OWN_SCALES => Some(Numbers::decode(input, count)?),
        scale if u64::from(scale) <= MAX_SCALE => None,
        _ => return Err(SCALE),
    };
    let mut mantissas = Numbers::decode(input, count)?;
    let mut others = Others::decode(input)?;
    let mut sink = Sink::new(out, presence, rows);
    let mut first = 0;
    loop {
        let block = mantissas.next_block();
        if block.is_empty() {
            break;
        }
        let own = scales.as_mut().map(Numbers::next_block);
        for (at, mantissa) in block.iter().enumerate() {
            if others.is_at(first + at) {
                sink.put(others.take()?)?;
                continue;
            }
            let scale = own.map_or(scale.into(), |own| own[at]);
            if scale > MAX_SCALE {
                return Err(SCALE);
            }
            sink.put_with(|room| write_field(mantissa.cast_signed(), scale, room))?;
        }
        first += block.len();
    }
    others.finish()?;
    sink.finish()
}

const SCALE: &str = "it has a scale beyond 16";
