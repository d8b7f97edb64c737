//! Text of one width that differs only in digits: phone numbers, `Customer#000000001`, dates as text.
//!
//! | bytes | field | content |
//! |---|---|---|
//! | | presence | |
//! | 1 | width | 1 to 64: bytes of each value |
//! | 8 | places | bit *i*: byte *i* is a digit; 1 to 18 of them |
//! | width | template | the other bytes; 0 in places of digits |
//! | | numbers | the digits of each value as one number, the first the highest; see [`numbers`] |

use crate::codec::column::fields::{Column, WORD};
use crate::codec::column::input::Input;
use crate::codec::column::numbers::{self, Numbers};
use crate::codec::column::output::Output;
use crate::codec::column::presence::{self, Presence};
use crate::codec::column::sink::Sink;
use crate::codec::narrow::{low_u8, low_u32};

const MAX_WIDTH: usize = 64;
const MAX_DIGITS: usize = 18;

/// Appends the column, if its values are such text.
pub(super) fn encode(column: &Column<'_>, differences: bool, scratch: &mut Vec<i64>, out: &mut Output) -> Option<()> {
    let width = column.width.filter(|width| (1..=MAX_WIDTH).contains(width))?;
    let (template, places) = find_template(column, width)?;
    scratch.clear();
    scratch.reserve(column.values_count());
    scratch.extend(column.values().map(|value| {
        places
            .iter()
            .fold(0, |number, place| number * 10 + i64::from(value[*place] & 0xF))
    }));
    presence::encode(column, out);
    out.push(low_u8(width as u64));
    let mask = places.iter().fold(0_u64, |mask, place| mask | 1 << place);
    out.extend_from_slice(&mask.to_le_bytes());
    out.extend_from_slice(&template);
    numbers::encode(scratch, differences, out);
    Some(())
}

/// The bytes that all values share, and the places of the digits in which they differ.
fn find_template(column: &Column<'_>, width: usize) -> Option<(Vec<u8>, Vec<usize>)> {
    let first = column.values().next()?;
    let (mut least, mut most) = (first.to_vec(), first.to_vec());
    for (number, value) in column.values().enumerate() {
        for ((least, most), byte) in least.iter_mut().zip(&mut most).zip(value) {
            *least = (*least).min(*byte);
            *most = (*most).max(*byte);
        }
        if number % 256 == 0 && !differ_in_digits(&least, &most) {
            return None;
        }
    }
    let places: Vec<usize> = (0..width).filter(|place| least[*place] != most[*place]).collect();
    if places.is_empty() || places.len() > MAX_DIGITS || !differ_in_digits(&least, &most) {
        return None;
    }
    let mut template = least;
    for place in &places {
        template[*place] = 0;
    }
    Some((template, places))
}

fn differ_in_digits(least: &[u8], most: &[u8]) -> bool {
    least
        .iter()
        .zip(most)
        .all(|(least, most)| least == most || (least.is_ascii_digit() && most.is_ascii_digit()))
}

const IMAGE: usize = WORD + MAX_WIDTH;

pub(super) fn decode(input: &mut Input<'_>, rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let (presence, count) = Presence::decode(input, rows)?;
    let width = usize::from(input.u8()?);
    let mask = u64::from_le_bytes(input.array()?);
    let template = input.bytes(width)?;
    let places: Vec<usize> = (0..MAX_WIDTH).filter(|place| mask >> place & 1 == 1).collect();
    if !(1..=MAX_WIDTH).contains(&width)
        || !(1..=MAX_DIGITS).contains(&places.len())
        || places.iter().any(|p| *p >= width)
    {
        return Err("its template is wrong");
    }
    let mut image = [0; IMAGE];
    image[..WORD].copy_from_slice(&low_u32(width as u64).to_be_bytes());
    image[WORD..WORD + width].copy_from_slice(template);
    let end = 10_u64.pow(low_u32(places.len() as u64));
    let mut numbers = Numbers::decode(input, count)?;
    let mut sink = Sink::new(out, presence, rows);
    loop {
        let block = numbers.next_block();
        if block.is_empty() {
            return sink.finish();
        }
        for number in block {
            if *number >= end {
                return Err("a number has more digits than its template");
            }
            sink.put_with(|room| {
                *room = image;
                let mut number = *number;
                for place in places.iter().rev() {
                    room[WORD + place] = b'0' + low_u8(number % 10);
                    number /= 10;
                }
                WORD + width
            })?;
        }
    }
}
