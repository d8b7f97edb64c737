//! `numeric`: groups of four decimal digits.

use super::bytes::Bytes;
use super::digits::{four, push_u64};
use super::error::PrintError;

const NEGATIVE: u16 = 0x4000;
/// The greatest number of digits after the point.
const MAX_SCALE: u16 = 0x3FFF;

pub(super) fn print(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("numeric", value);
    let count = bytes.u16()?;
    let weight = i16::from_be_bytes(bytes.array()?);
    let sign = bytes.u16()?;
    let scale = bytes.u16()?;
    let groups = Groups(bytes.slice(usize::from(count) * 2)?);
    bytes.end()?;
    if !groups.are_valid() {
        return Err(bytes.invalid("has a digit over 9999"));
    }
    match sign {
        0 => {}
        NEGATIVE => out.push(b'-'),
        // Infinities came with 14.
        0xC000 | 0xD000 | 0xF000 if count == 0 => {
            out.extend_from_slice(match sign {
                0xC000 => b"NaN",
                0xD000 => b"Infinity",
                _ => b"-Infinity",
            });
            return Ok(());
        }
        _ => return Err(bytes.invalid("has an unknown sign")),
    }
    if scale > MAX_SCALE {
        return Err(bytes.invalid("has too many digits after the point"));
    }
    // The number of the last group before the point, counted from the first group.
    let last = i32::from(weight);
    match last {
        ..0 => out.push(b'0'),
        _ => push_u64(groups.get(0), out),
    }
    for group in 1..=last {
        out.extend_from_slice(&four(groups.get(group)));
    }
    if scale > 0 {
        out.push(b'.');
        push_fraction(groups, last + 1, usize::from(scale), out);
    }
    Ok(())
}

/// Appends `scale` digits from the group `first` on.
fn push_fraction(groups: Groups<'_>, first: i32, scale: usize, out: &mut Vec<u8>) {
    let end = out.len() + scale;
    for group in (first..).take(scale.div_ceil(4)) {
        out.extend_from_slice(&four(groups.get(group)));
    }
    out.truncate(end);
}

/// Groups of digits, two bytes each.
#[derive(Clone, Copy)]
struct Groups<'a>(&'a [u8]);

impl Groups<'_> {
    fn are_valid(self) -> bool {
        let mut pairs = self.0.chunks_exact(2);
        pairs.all(|pair| u16::from_be_bytes([pair[0], pair[1]]) < 10_000)
    }

    /// The value of a group: zero before the first and after the last.
    fn get(self, group: i32) -> u64 {
        let Ok(at) = usize::try_from(group) else { return 0 };
        match self.0.get(2 * at..2 * at + 2) {
            Some(&[high, low]) => u16::from_be_bytes([high, low]).into(),
            _ => 0,
        }
    }
}
