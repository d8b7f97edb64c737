//! Values of 1, 2, 4 or 8 bytes as numbers: integers, dates, times, and also floats, whose bits are numbers in the
//! same order.
//!
//! presence, width (1 byte), the values as [`numbers`]: big-endian, with sign; a reader takes the lowest bytes.

use crate::codec::column::fields::Column;
use crate::codec::column::input::Input;
use crate::codec::column::numbers::{self, Numbers};
use crate::codec::column::output::Output;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::{low_u8, low_u16, low_u32};

/// Appends the column, if all its values have the same one of these widths. `scratch` is space for numbers.
pub(super) fn encode(column: &Column<'_>, differences: bool, scratch: &mut Vec<i64>, out: &mut Output) -> Option<()> {
    let width = column.width?;
    scratch.clear();
    scratch.reserve(column.values_count());
    match width {
        1 => column.each_fixed(|value| scratch.push(i8::from_be_bytes(*value).into())),
        2 => column.each_fixed(|value| scratch.push(i16::from_be_bytes(*value).into())),
        4 => column.each_fixed(|value| scratch.push(i32::from_be_bytes(*value).into())),
        8 => column.each_fixed(|value| scratch.push(i64::from_be_bytes(*value))),
        _ => return None,
    }
    presence::encode(column, out);
    out.push(low_u8(width as u64));
    numbers::encode(scratch, differences, out);
    Some(())
}

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let width = input.u8()?;
    let numbers = Numbers::decode(input, count)?;
    let sink = Sink::new(out, presence, rows);
    match width {
        1 => write::<1, 5>(numbers, sink, |number| low_u8(*number).to_be_bytes()),
        2 => write::<2, 6>(numbers, sink, |number| low_u16(*number).to_be_bytes()),
        4 => write::<4, 8>(numbers, sink, |number| low_u32(*number).to_be_bytes()),
        8 => write::<8, 12>(numbers, sink, |number| number.to_be_bytes()),
        _ => Err("it has integers of an unknown width"),
    }
}

fn write<const W: usize, const S: usize>(
    mut numbers: Numbers<'_>,
    mut sink: Sink<'_>,
    value: impl Fn(&u64) -> [u8; W],
) -> Result<(), &'static str> {
    loop {
        let block = numbers.next_block();
        if block.is_empty() {
            return sink.finish();
        }
        sink.put_fixed::<_, W, S>(block, &value)?;
    }
}
