//! Points, and shapes made of points.

use super::bytes::Bytes;
use super::error::PrintError;
use super::float::push_float8;

pub(super) fn point(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("point", value);
    push_point(&mut bytes, out)?;
    bytes.end()
}

/// Prints the factors of the line's equation.
pub(super) fn line(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("line", value);
    out.push(b'{');
    push_numbers(3, &mut bytes, out)?;
    out.push(b'}');
    bytes.end()
}

pub(super) fn line_segment(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("lseg", value);
    out.push(b'[');
    push_points(2, &mut bytes, out)?;
    out.push(b']');
    bytes.end()
}

/// Prints two corners.
pub(super) fn box_(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("box", value);
    push_points(2, &mut bytes, out)?;
    bytes.end()
}

pub(super) fn path(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("path", value);
    let [open, close] = match bytes.u8()? {
        0 => *b"[]",
        1 => *b"()",
        _ => return Err(bytes.invalid("is neither open nor closed")),
    };
    let points = bytes.count(16)?;
    out.push(open);
    push_points(points, &mut bytes, out)?;
    out.push(close);
    bytes.end()
}

pub(super) fn polygon(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("polygon", value);
    let points = bytes.count(16)?;
    out.push(b'(');
    push_points(points, &mut bytes, out)?;
    out.push(b')');
    bytes.end()
}

/// Prints centre and radius.
pub(super) fn circle(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("circle", value);
    out.push(b'<');
    push_point(&mut bytes, out)?;
    out.push(b',');
    push_numbers(1, &mut bytes, out)?;
    out.push(b'>');
    bytes.end()
}

fn push_points(count: usize, bytes: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), PrintError> {
    for i in 0..count {
        if i > 0 {
            out.push(b',');
        }
        push_point(bytes, out)?;
    }
    Ok(())
}

fn push_point(bytes: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), PrintError> {
    out.push(b'(');
    push_numbers(2, bytes, out)?;
    out.push(b')');
    Ok(())
}

fn push_numbers(count: usize, bytes: &mut Bytes<'_>, out: &mut Vec<u8>) -> Result<(), PrintError> {
    for i in 0..count {
        if i > 0 {
            out.push(b',');
        }
        push_float8(bytes.f64()?, out);
    }
    Ok(())
}
