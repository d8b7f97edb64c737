//! Escapes text in place, which makes it longer; and the escapes of COPY.

/// Replaces each byte after `start` for which `pair` gives two bytes by these. With `quotes`, also puts quotation marks
/// around the whole.
pub(super) fn expand_from(start: usize, quotes: bool, out: &mut Vec<u8>, pair: impl Fn(u8) -> Option<[u8; 2]>) {
    let escapes = out[start..].iter().filter(|b| pair(**b).is_some()).count();
    if escapes == 0 {
        if quotes {
            out.insert(start, b'"');
            out.push(b'"');
        }
        return;
    }
    let quote_bytes = if quotes { 2 } else { 0 };
    let mut from = out.len();
    out.resize(from + escapes + quote_bytes, b'"');
    let mut to = out.len() - quote_bytes / 2;
    // Works from the end, so that no byte is overwritten before it has moved.
    for _ in 0..escapes {
        let Some(before) = out[start..from].iter().rposition(|byte| pair(*byte).is_some()) else {
            break;
        };
        let at = start + before;
        let plain = at + 1..from;
        to -= plain.len();
        let two = pair(out[at]).unwrap_or_default();
        out.copy_within(plain, to);
        to -= 2;
        out[to..to + 2].copy_from_slice(&two);
        from = at;
    }
    out.copy_within(start..from, start + quote_bytes / 2);
    if quotes {
        out[start] = b'"';
    }
}

/// Whether COPY escapes the byte: backspace, tab, newline, vertical tab, form feed, carriage return (which are
/// consecutive), and the backslash.
fn needs_escape(byte: u8) -> bool {
    byte.wrapping_sub(8) < 6 || byte == b'\\'
}

fn copy_escape(byte: u8) -> Option<[u8; 2]> {
    const LETTERS: &[u8; 6] = b"btnvfr";
    match byte {
        b'\\' => Some(*b"\\\\"),
        8..=13 => Some([b'\\', LETTERS[usize::from(byte - 8)]]),
        _ => None,
    }
}

/// Counts bytes to escape. There is no early exit, so that the loop handles many bytes at once.
fn escapes_needed(text: &[u8]) -> usize {
    text.iter().filter(|byte| needs_escape(**byte)).count()
}

/// Escapes the bytes of `out` after `start` for COPY.
pub(super) fn escape_from(start: usize, out: &mut Vec<u8>) {
    if escapes_needed(&out[start..]) != 0 {
        expand_from(start, false, out, copy_escape);
    }
}

/// Appends `text` with the escapes of COPY.
pub(super) fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    let escapes = escapes_needed(text);
    out.reserve(text.len() + escapes);
    let mut rest = text;
    for _ in 0..escapes {
        let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) else {
            break;
        };
        out.extend_from_slice(&rest[..at]);
        out.extend(copy_escape(rest[at]).into_iter().flatten());
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}
