//! Prints binary values as a server prints them: turns the bytes of a type's send function into the text of its output
//! function.
//!
//! The text is that of a session with `DateStyle` ISO, `IntervalStyle` postgres, `extra_float_digits` 3, `bytea_output`
//! hex and `TimeZone` UTC. All of 13 to 18 print it alike, except for one value: an interval with every field at its
//! limit is `infinity` from 17 on, and is printed so. Text is assumed to be in an encoding that a server can have, in
//! which no byte of a multi-byte character is ASCII.
//!
//! A value comes from an archive and is checked: bytes that no server can have sent are a [`PrintError`]. Printed text
//! is at most some hundred times as long as its value, except for a numeric, of which eight bytes can stand for 147,000
//! digits.
//!
//! Printing appends. Quotes and escapes that a container needs around an element are made in place, so that nothing is
//! allocated per value. What a value costs: `docs/decisions/004-printing-binary-values.md`.

mod array;
mod bytes;
mod datetime;
mod digits;
mod error;
mod escape;
mod float;
mod geometry;
mod interval;
mod network;
mod numeric;
mod range;
mod scalar;
mod shortest;
mod tsvector;

use crate::model::ValueType;
pub use error::PrintError;

/// Appends the text of `value`. After an error `out` is as it was.
pub fn print(value_type: &ValueType, value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let start = out.len();
    print_unchecked(value_type, value, out).inspect_err(|_| out.truncate(start))
}

/// As [`print()`], with the escapes of COPY's text format. The caller prints NULL (`\N`).
pub fn print_copy(value_type: &ValueType, value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    match value_type {
        ValueType::Text => {
            escape::push_escaped(value, out);
            Ok(())
        }
        ValueType::Jsonb => {
            escape::push_escaped(scalar::jsonb(value)?, out);
            Ok(())
        }
        // The backslash is the only byte of a bytea's text that needs an escape.
        ValueType::Bytea => {
            out.push(b'\\');
            scalar::bytea(value, out);
            Ok(())
        }
        other if has_text(other) => {
            let start = out.len();
            print(other, value, out)?;
            escape::escape_from(start, out);
            Ok(())
        }
        other => print(other, value, out),
    }
}

/// As [`print()`], but after an error `out` may hold half a value.
fn print_unchecked(value_type: &ValueType, value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    match value_type {
        ValueType::Bool => scalar::bool(value, out),
        ValueType::Int2 => scalar::int2(value, out),
        ValueType::Int4 => scalar::int4(value, out),
        ValueType::Int8 => scalar::int8(value, out),
        ValueType::Oid => scalar::oid(value, out),
        ValueType::Xid8 => scalar::xid8(value, out),
        ValueType::Float4 => float::float4(value, out),
        ValueType::Float8 => float::float8(value, out),
        ValueType::Numeric => numeric::print(value, out),
        ValueType::Text => {
            out.extend_from_slice(value);
            Ok(())
        }
        ValueType::Bytea => {
            scalar::bytea(value, out);
            Ok(())
        }
        ValueType::Uuid => scalar::uuid(value, out),
        ValueType::Date => datetime::date(value, out),
        ValueType::Time => datetime::time(value, out),
        ValueType::TimeTz => datetime::timetz(value, out),
        ValueType::Timestamp => datetime::timestamp(value, out),
        ValueType::TimestampTz => datetime::timestamptz(value, out),
        ValueType::Interval => interval::print(value, out),
        ValueType::Jsonb => {
            out.extend_from_slice(scalar::jsonb(value)?);
            Ok(())
        }
        ValueType::Bits => scalar::bits(value, out),
        ValueType::Inet => network::inet(value, out),
        ValueType::Cidr => network::cidr(value, out),
        ValueType::MacAddr => network::macaddr(value, out),
        ValueType::MacAddr8 => network::macaddr8(value, out),
        ValueType::PgLsn => scalar::pg_lsn(value, out),
        ValueType::Tid => scalar::tid(value, out),
        ValueType::Point => geometry::point(value, out),
        ValueType::Line => geometry::line(value, out),
        ValueType::LineSegment => geometry::line_segment(value, out),
        ValueType::Box => geometry::box_(value, out),
        ValueType::Path => geometry::path(value, out),
        ValueType::Polygon => geometry::polygon(value, out),
        ValueType::Circle => geometry::circle(value, out),
        ValueType::TsVector => tsvector::print(value, out),
        ValueType::Array(of) => array::print(of, value, out, print_unchecked),
        ValueType::Range(of) => range::print(of, value, out, print_unchecked),
        ValueType::Multirange(of) => range::print_multirange(of, value, out, print_unchecked),
    }
}

/// Whether text of the type can have a byte that COPY escapes.
fn has_text(value_type: &ValueType) -> bool {
    match value_type {
        ValueType::Text | ValueType::Jsonb | ValueType::TsVector | ValueType::Bytea => true,
        // Quotation marks around the elements' bounds get a backslash.
        ValueType::Array(of) if !of.is_scalar() => true,
        ValueType::Array(of) | ValueType::Range(of) | ValueType::Multirange(of) => has_text(of),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
