//! Values of one width, first all first bytes, then all second ones. A place of the values that is regular (a time in
//! front, a version in the middle, letters between digits) stays apart from places that are not.
//!
//! presence, width (1 byte), the bytes of all values by their place: `width` times as many bytes as there are values

use crate::codec::column::fields::{Column, WORD};
use crate::codec::column::input::Input;
use crate::codec::column::output::Output;
use crate::codec::column::pack::BLOCK;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::low_u8;

const WIDTHS: std::ops::RangeInclusive<usize> = 2..=64;

/// Appends the column, if its values are all of one such width.
pub(super) fn encode(column: &Column<'_>, out: &mut Output) -> Option<()> {
    let width = column.width.filter(|width| WIDTHS.contains(width))?;
    presence::encode(column, out);
    out.push(low_u8(width as u64));
    match column.nulls {
        0 => transpose(column.fields, WORD, width, out),
        _ => transpose(&column.values().collect::<Vec<_>>().concat(), 0, width, out),
    }
    Some(())
}

/// Appends the planes of `values`, each of which follows `skip` other bytes.
fn transpose(values: &[u8], skip: usize, width: usize, out: &mut Output) {
    let stride = skip + width;
    let count = values.len() / stride;
    let start = out.bytes.len();
    for _ in 0..width {
        out.cut();
        out.append(count);
    }
    // Blocks are transposed one by one, so that the values come from the first cache for each place.
    for (number, block) in values.chunks(BLOCK * stride).enumerate() {
        for place in 0..width {
            let plane = &mut out.bytes[start + place * count + number * BLOCK..];
            for (to, value) in plane.iter_mut().zip(block.chunks_exact(stride)) {
                *to = value[skip + place];
            }
        }
    }
}

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let width = usize::from(input.u8()?);
    if !WIDTHS.contains(&width) {
        return Err("it has planes of an unknown width");
    }
    let planes = input.bytes(count.checked_mul(width).ok_or("it has too many values")?)?;
    let mut sink = Sink::new(out, presence, rows);
    let mut values = [0; BLOCK * 64];
    for first in (0..count).step_by(BLOCK) {
        let here = BLOCK.min(count - first);
        let values = &mut values[..here * width];
        for place in 0..width {
            let plane = &planes[place * count + first..][..here];
            for (value, from) in values.chunks_exact_mut(width).zip(plane) {
                value[place] = *from;
            }
        }
        match width {
            16 => sink.put_fixed::<_, 16, 20>(values.as_chunks::<16>().0, |value| *value)?,
            _ => values.chunks_exact(width).try_for_each(|value| sink.put(value))?,
        }
    }
    sink.finish()
}
