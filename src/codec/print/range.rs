//! Ranges and multiranges: `[1,5)`, `{[1,5),[7,)}`.

use super::bytes::Bytes;
use super::error::PrintError;
use super::escape::expand_from;
use crate::model::ValueType;

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// Prints a range; `print_value` gives a bound, of whatever type, as text.
pub(super) fn print(
    subtype: &ValueType,
    value: &[u8],
    out: &mut Vec<u8>,
    print_value: impl Fn(&ValueType, &[u8], &mut Vec<u8>) -> Result<(), PrintError>,
) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("range", value);
    let flags = bytes.u8()?;
    let has = |flag| flags & flag != 0;
    if flags & !(EMPTY | LOWER_INCLUSIVE | UPPER_INCLUSIVE | LOWER_INFINITE | UPPER_INFINITE) != 0 {
        return Err(bytes.invalid("has unknown flags"));
    }
    if has(EMPTY) {
        out.extend_from_slice(b"empty");
        return bytes.end();
    }
    out.push(if has(LOWER_INCLUSIVE) { b'[' } else { b'(' });
    if !has(LOWER_INFINITE) {
        push_bound(subtype, &mut bytes, out, &print_value)?;
    }
    out.push(b',');
    if !has(UPPER_INFINITE) {
        push_bound(subtype, &mut bytes, out, &print_value)?;
    }
    out.push(if has(UPPER_INCLUSIVE) { b']' } else { b')' });
    bytes.end()
}

fn push_bound(
    subtype: &ValueType,
    bytes: &mut Bytes<'_>,
    out: &mut Vec<u8>,
    print_value: &impl Fn(&ValueType, &[u8], &mut Vec<u8>) -> Result<(), PrintError>,
) -> Result<(), PrintError> {
    let bound = bytes.field()?.ok_or(bytes.invalid("has a bound that is NULL"))?;
    let start = out.len();
    print_value(subtype, bound, out)?;
    if needs_quotes(&out[start..]) {
        // These characters are doubled; an array would put a backslash before them.
        expand_from(start, true, out, |byte| {
            matches!(byte, b'"' | b'\\').then_some([byte, byte])
        });
    }
    Ok(())
}

/// Whether a bound needs quotes. Which characters a server takes for spaces depends on its locale, but within ASCII all
/// agree (see `ValueType::resolve`).
fn needs_quotes(text: &[u8]) -> bool {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'(' | b')' | b'[' | b']' | b',' | b' ' | 9..=13);
    text.is_empty() || text.iter().any(special)
}

pub(super) fn print_multirange(
    subtype: &ValueType,
    value: &[u8],
    out: &mut Vec<u8>,
    print_value: impl Fn(&ValueType, &[u8], &mut Vec<u8>) -> Result<(), PrintError>,
) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("multirange", value);
    let count = bytes.count(5)?;
    out.push(b'{');
    for i in 0..count {
        if i > 0 {
            out.push(b',');
        }
        let range = bytes.field()?.ok_or(bytes.invalid("has a range that is NULL"))?;
        print(subtype, range, out, &print_value)?;
    }
    out.push(b'}');
    bytes.end()
}
