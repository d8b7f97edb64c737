//! Values whose text needs no rules of its own.

use super::bytes::{Bytes, fixed};
use super::digits::{push_hex, push_i64, push_u64, write_hex};
use super::error::PrintError;

pub(super) fn bool(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let kind = "bool";
    out.push(match fixed(kind, value)? {
        [0] => b'f',
        [1] => b't',
        _ => {
            let problem = "is neither true nor false";
            return Err(PrintError::Invalid { kind, problem });
        }
    });
    Ok(())
}

pub(super) fn int2(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_i64(i16::from_be_bytes(fixed("int2", value)?).into(), out);
    Ok(())
}

pub(super) fn int4(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_i64(i32::from_be_bytes(fixed("int4", value)?).into(), out);
    Ok(())
}

pub(super) fn int8(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_i64(i64::from_be_bytes(fixed("int8", value)?), out);
    Ok(())
}

pub(super) fn oid(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_u64(u32::from_be_bytes(fixed("oid", value)?).into(), out);
    Ok(())
}

pub(super) fn xid8(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_u64(u64::from_be_bytes(fixed("xid8", value)?), out);
    Ok(())
}

pub(super) fn bytea(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\x");
    push_hex(value, out);
}

pub(super) fn uuid(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let bytes: [u8; 16] = fixed("uuid", value)?;
    let mut text = [b'-'; 36];
    let mut at = 0;
    for part in [0..4, 4..6, 6..8, 8..10, 10..16] {
        let part = &bytes[part];
        write_hex(part, &mut text[at..]);
        at += 2 * part.len() + 1;
    }
    out.extend_from_slice(&text);
    Ok(())
}

/// The text after the version byte; a `jsonpath` has the same form.
pub(super) fn jsonb(value: &[u8]) -> Result<&[u8], PrintError> {
    let mut bytes = Bytes::new("jsonb", value);
    match bytes.u8()? {
        1 => bytes.slice(bytes.left()),
        _ => Err(bytes.invalid("has an unknown version")),
    }
}

pub(super) fn bits(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("bit", value);
    let count = usize::try_from(bytes.i32()?).map_err(|_| bytes.invalid("has a negative length"))?;
    let packed = bytes.slice(count.div_ceil(8))?;
    bytes.end()?;
    let start = out.len();
    for byte in packed {
        out.extend((0..8).map(|bit| b'0' + (byte << bit >> 7)));
    }
    out.truncate(start + count);
    Ok(())
}

pub(super) fn pg_lsn(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let [a, b, c, d, e, f, g, h] = fixed("pg_lsn", value)?;
    push_upper_hex(u32::from_be_bytes([a, b, c, d]), out);
    out.push(b'/');
    push_upper_hex(u32::from_be_bytes([e, f, g, h]), out);
    Ok(())
}

/// Appends the number without leading zeros.
fn push_upper_hex(value: u32, out: &mut Vec<u8>) {
    let digits = (32 - (value | 1).leading_zeros()).div_ceil(4);
    let digit = |place: u32| b"0123456789ABCDEF"[(value >> (4 * place) & 15) as usize];
    out.extend((0..digits).rev().map(digit));
}

/// Prints block and line pointer.
pub(super) fn tid(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let [a, b, c, d, e, f] = fixed("tid", value)?;
    out.push(b'(');
    push_u64(u32::from_be_bytes([a, b, c, d]).into(), out);
    out.push(b',');
    push_u64(u16::from_be_bytes([e, f]).into(), out);
    out.push(b')');
    Ok(())
}
