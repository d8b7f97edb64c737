//! Arrays: `{1,NULL,"a b"}`, with lower bounds that are not 1 before them.

use super::bytes::Bytes;
use super::digits::push_i64;
use super::error::PrintError;
use super::escape::expand_from;
use crate::model::ValueType;

const MAX_DIMENSIONS: usize = 6;

/// Prints an array; `print_value` gives an element, of whatever type, as text.
pub(super) fn print(
    element: &ValueType,
    value: &[u8],
    out: &mut Vec<u8>,
    print_value: impl Fn(&ValueType, &[u8], &mut Vec<u8>) -> Result<(), PrintError>,
) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("array", value);
    let shape = Shape::read(&mut bytes)?;
    if shape.items == 0 {
        out.extend_from_slice(b"{}");
        return bytes.end();
    }
    shape.push_bounds(out);
    let delimiter = match element {
        ValueType::Box => b';',
        _ => b',',
    };
    let quoting = may_need_quotes(element);
    for item in 0..shape.items {
        if item > 0 {
            out.push(delimiter);
        }
        out.extend(shape.braces_at(item).map(|_| b'{'));
        match bytes.field()? {
            None => out.extend_from_slice(b"NULL"),
            Some(field) => {
                let start = out.len();
                print_value(element, field, out)?;
                if quoting && needs_quotes(&out[start..], delimiter) {
                    expand_from(start, true, out, escape);
                }
            }
        }
        out.extend(shape.braces_at(item + 1).map(|_| b'}'));
    }
    bytes.end()
}

/// Whether text of the type may contain anything but digits, letters, and signs without meaning in an array.
fn may_need_quotes(element: &ValueType) -> bool {
    !matches!(
        element,
        ValueType::Bool
            | ValueType::Int2
            | ValueType::Int4
            | ValueType::Int8
            | ValueType::Oid
            | ValueType::Xid8
            | ValueType::Float4
            | ValueType::Float8
            | ValueType::Numeric
            | ValueType::Uuid
            | ValueType::Time
            | ValueType::TimeTz
            | ValueType::Inet
            | ValueType::Cidr
            | ValueType::MacAddr
            | ValueType::MacAddr8
            | ValueType::PgLsn
    )
}

fn needs_quotes(text: &[u8], delimiter: u8) -> bool {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'{' | b'}' | b' ' | 9..=13) || *byte == delimiter;
    text.is_empty() || text.eq_ignore_ascii_case(b"NULL") || text.iter().any(special)
}

fn escape(byte: u8) -> Option<[u8; 2]> {
    matches!(byte, b'"' | b'\\').then_some([b'\\', byte])
}

/// The number of elements along each dimension, and of all.
struct Shape {
    dimensions: usize,
    lengths: [usize; MAX_DIMENSIONS],
    lower_bounds: [i32; MAX_DIMENSIONS],
    items: usize,
}

impl Shape {
    /// Reads the shape. Every item has at least a length word, which limits how many there can be.
    fn read(bytes: &mut Bytes<'_>) -> Result<Shape, PrintError> {
        let dimensions = usize::try_from(bytes.i32()?).unwrap_or(usize::MAX);
        let _has_nulls = bytes.i32()?;
        let _element_oid = bytes.i32()?;
        if dimensions > MAX_DIMENSIONS {
            return Err(bytes.invalid("has an impossible number of dimensions"));
        }
        let mut shape = Shape {
            dimensions,
            lengths: [0; MAX_DIMENSIONS],
            lower_bounds: [0; MAX_DIMENSIONS],
            items: if dimensions == 0 { 0 } else { 1 },
        };
        for dimension in 0..dimensions {
            let (length, lower_bound) = (bytes.i32()?, bytes.i32()?);
            if length < 0 || length.checked_add(lower_bound).is_none() {
                return Err(bytes.invalid("has an impossible dimension"));
            }
            shape.lengths[dimension] = length.unsigned_abs() as usize;
            shape.lower_bounds[dimension] = lower_bound;
            shape.items = shape.items.saturating_mul(shape.lengths[dimension]);
        }
        if shape.items > bytes.left() / 4 {
            return Err(bytes.invalid("has fewer elements than it claims"));
        }
        Ok(shape)
    }

    /// Appends `[0:2][5:5]=`, unless all bounds begin with 1.
    fn push_bounds(&self, out: &mut Vec<u8>) {
        let lower_bounds = &self.lower_bounds[..self.dimensions];
        if lower_bounds.iter().all(|bound| *bound == 1) {
            return;
        }
        for (lower, length) in lower_bounds.iter().zip(self.lengths) {
            out.push(b'[');
            push_i64((*lower).into(), out);
            out.push(b':');
            push_i64(i64::from(*lower) + (length as u64).cast_signed() - 1, out);
            out.push(b']');
        }
        out.push(b'=');
    }

    /// One element for each dimension that has a border at this item.
    fn braces_at(&self, item: usize) -> impl Iterator<Item = usize> {
        let inner_first = self.lengths[..self.dimensions].iter().rev();
        let sizes = inner_first.scan(1, |size, length| {
            *size *= length;
            Some(*size)
        });
        sizes.take_while(move |size| item.is_multiple_of(*size))
    }
}
