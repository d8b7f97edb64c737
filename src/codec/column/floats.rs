//! Floats that are short decimal numbers, as prices and measured values are: 12.34 is 1234 of scale 2.
//!
//! presence, width (1 byte: 4 or 8), scale (1 byte: 0 to 15), mantissas as [`numbers`] with sign, [`others`](super::others)
//!
//! A value is the mantissa, converted to binary64, divided by the binary64 10^scale (both exact), and with width 4
//! converted to binary32; every step rounds to the nearest even, as IEEE 754 does unless told otherwise.

use crate::codec::column::fields::Column;
use crate::codec::column::input::Input;
use crate::codec::column::numbers::{self, Numbers};
use crate::codec::column::others::{Others, OthersFound};
use crate::codec::column::output::Output;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::{low_u8, nearest_f32, whole};

const POWERS_OF_10: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A float that is read and written as its big-endian bytes.
trait Float<const W: usize>: Copy {
    fn read(bytes: [u8; W]) -> f64;
    fn write(value: f64) -> [u8; W];
}

impl Float<8> for f64 {
    fn read(bytes: [u8; 8]) -> f64 {
        f64::from_be_bytes(bytes)
    }

    fn write(value: f64) -> [u8; 8] {
        value.to_be_bytes()
    }
}

impl Float<4> for f32 {
    fn read(bytes: [u8; 4]) -> f64 {
        f32::from_be_bytes(bytes).into()
    }

    fn write(value: f64) -> [u8; 4] {
        nearest_f32(value).to_be_bytes()
    }
}

/// Appends the column, if nearly all values are such floats.
pub(super) fn encode(column: &Column<'_>, differences: bool, scratch: &mut Vec<i64>, out: &mut Output) -> Option<()> {
    match column.width? {
        4 => encode_as::<f32, 4>(column, differences, scratch, out),
        8 => encode_as::<f64, 8>(column, differences, scratch, out),
        _ => None,
    }
}

fn encode_as<F: Float<W>, const W: usize>(
    column: &Column<'_>,
    differences: bool,
    mantissas: &mut Vec<i64>,
    out: &mut Output,
) -> Option<()> {
    let scale = find_scale::<F, W>(column)?;
    let power = POWERS_OF_10[scale];
    let mut others = OthersFound::new(column.values_count());
    mantissas.clear();
    mantissas.reserve(column.values_count());
    for value in column.values() {
        let mantissa = match mantissa::<F, W>(*value.first_chunk()?, power) {
            Some(mantissa) => mantissa,
            None => {
                others.push(mantissas.len(), value)?;
                mantissas.last().copied().unwrap_or(0)
            }
        };
        mantissas.push(mantissa);
    }
    presence::encode(column, out);
    out.extend_from_slice(&[low_u8(W as u64), low_u8(scale as u64)]);
    numbers::encode(mantissas, differences, out);
    others.encode(mantissas, out);
    Some(())
}

/// The least scale that fits nearly all of a few values, which are evenly spread.
fn find_scale<F: Float<W>, const W: usize>(column: &Column<'_>) -> Option<usize> {
    const TRIED: usize = 32;
    let tried: Vec<[u8; W]> = column
        .values()
        .step_by(column.values_count().div_ceil(TRIED).max(1))
        .filter_map(|value| value.first_chunk().copied())
        .collect();
    let fits = |power| {
        tried
            .iter()
            .filter(|value| mantissa::<F, W>(**value, power).is_some())
            .count()
    };
    (0..POWERS_OF_10.len()).find(|scale| fits(POWERS_OF_10[*scale]) + 1 >= tried.len().max(2))
}

/// The mantissa that gives back exactly these bytes.
#[inline]
fn mantissa<F: Float<W>, const W: usize>(bytes: [u8; W], power: f64) -> Option<i64> {
    let scaled = F::read(bytes) * power;
    // Truncation is one instruction. Rounding would be a call, because the code must also run on older processors.
    let mantissa = whole(scaled + 0.5_f64.copysign(scaled));
    let exact = mantissa.unsigned_abs() < 1 << 53;
    (exact && F::write(mantissa as f64 / power) == bytes).then_some(mantissa)
}

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let (width, scale) = (input.u8()?, input.u8()?);
    let power = *POWERS_OF_10.get(usize::from(scale)).ok_or("it has a scale beyond 15")?;
    let mantissas = Numbers::decode(input, count)?;
    let others = Others::decode(input)?;
    let sink = Sink::new(out, presence, rows);
    match width {
        4 => write::<f32, 4, 8>(mantissas, others, sink, power),
        8 => write::<f64, 8, 12>(mantissas, others, sink, power),
        _ => Err("it has floats of an unknown width"),
    }
}

fn write<F: Float<W>, const W: usize, const S: usize>(
    mut mantissas: Numbers<'_>,
    mut others: Others<'_>,
    mut sink: Sink<'_>,
    power: f64,
) -> Result<(), &'static str> {
    let mut first = 0;
    loop {
        let block = mantissas.next_block();
        if block.is_empty() {
            others.finish()?;
            return sink.finish();
        }
        let value = |mantissa: &u64| F::write(mantissa.cast_signed() as f64 / power);
        if others.is_beyond(first + block.len()) {
            sink.put_fixed::<_, W, S>(block, value)?;
        } else {
            for (at, mantissa) in block.iter().enumerate() {
                match others.is_at(first + at) {
                    true => sink.put(others.take()?)?,
                    false => sink.put(&value(mantissa))?,
                }
            }
        }
        first += block.len();
    }
}
