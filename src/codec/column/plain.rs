//! Lengths apart from values: the lengths of most columns take only a few bytes.
//!
//! presence, lengths of the values as [`numbers`], the values' bytes

use crate::codec::column::fields::Column;
use crate::codec::column::input::Input;
use crate::codec::column::numbers::{self, Numbers};
use crate::codec::column::output::Output;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::to_usize;

/// Appends the column. `lengths` is scratch space.
pub(super) fn encode(column: &Column<'_>, lengths: &mut Vec<i64>, out: &mut Output) {
    presence::encode(column, out);
    encode_values(column.values(), column.width, lengths, out);
}

/// Appends the lengths and the bytes of values. `width` is the length of all values, if it is known.
pub(super) fn encode_values<'a>(
    values: impl Iterator<Item = &'a [u8]> + Clone,
    width: Option<usize>,
    lengths: &mut Vec<i64>,
    out: &mut Output,
) {
    match width {
        Some(width) => numbers::encode_same((width as u64).cast_signed(), out),
        None => {
            lengths.clear();
            lengths.extend(values.clone().map(|value| (value.len() as u64).cast_signed()));
            numbers::encode(lengths, false, out);
        }
    }
    out.cut();
    values.for_each(|value| out.extend_from_slice(value));
}

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let mut lengths = Numbers::decode(input, count)?;
    let mut values = input.rest();
    let mut sink = Sink::new(out, presence, rows);
    loop {
        let block = lengths.next_block();
        if block.is_empty() {
            break;
        }
        for length in block {
            values = sink.put_first(values, to_usize(*length))?;
        }
    }
    sink.finish()?;
    Input::new(values).finish()
}
