//! Text, each value followed by a zero byte, which no text of PostgreSQL contains. zstd matches the ends of values
//! together with their text, which costs less than separate lengths do (a tenth of TPC-H's comments).
//!
//! presence, each value's bytes and `00`

use memchr::memchr_iter;

use crate::codec::column::fields::Column;
use crate::codec::column::input::Input;
use crate::codec::column::output::Output;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::gathered::Gathered;

/// A value up to this long is copied as if it were this long.
const SHORT_BYTES: usize = 64;

/// Appends the column, if no value has a zero byte.
pub(super) fn encode(column: &Column<'_>, out: &mut Output) -> Option<()> {
    presence::encode(column, out);
    let start = out.bytes.len();
    let mut values = Gathered::behind(std::mem::take(&mut out.bytes));
    column.each_range(|begin, end| {
        values.push::<SHORT_BYTES>(column.fields, begin, end);
        values.push_byte(0);
    });
    out.bytes = values.into_vec();
    (memchr_iter(0, &out.bytes[start..]).count() == column.values_count()).then_some(())
}

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let values = input.rest();
    let mut sink = Sink::new(out, presence, rows);
    let (mut start, mut found) = (0, 0);
    for end in memchr_iter(0, values) {
        sink.put_first(&values[start..], end - start)?;
        start = end + 1;
        found += 1;
    }
    match found == count && start == values.len() {
        true => sink.finish(),
        false => Err("it has more or fewer values than declared"),
    }
}
