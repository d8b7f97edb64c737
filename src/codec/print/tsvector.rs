//! `tsvector`: lexemes, and their places in a document.

use super::bytes::Bytes;
use super::digits::push_u64;
use super::error::PrintError;
use super::escape::expand_from;

pub(super) fn print(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new("tsvector", value);
    // Each lexeme has at least a zero byte and its number of positions.
    for lexeme in 0..bytes.count(3)? {
        if lexeme > 0 {
            out.push(b' ');
        }
        push_lexeme(bytes.zero_terminated()?, out);
        for position in 0..bytes.u16()? {
            out.push(if position == 0 { b':' } else { b',' });
            push_position(bytes.u16()?, out);
        }
    }
    bytes.end()
}

fn push_lexeme(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    let start = out.len();
    out.extend_from_slice(text);
    expand_from(start, false, out, |byte| {
        matches!(byte, b'\'' | b'\\').then_some([byte, byte])
    });
    out.push(b'\'');
}

/// Appends a position. The weight is in its two highest bits; the lowest weight is not shown.
fn push_position(position: u16, out: &mut Vec<u8>) {
    push_u64((position & 0x3FFF).into(), out);
    match position >> 14 {
        3 => out.push(b'A'),
        2 => out.push(b'B'),
        1 => out.push(b'C'),
        _ => {}
    }
}
