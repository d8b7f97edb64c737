//! The values of rows in COPY's text format.
//! <https://www.postgresql.org/docs/current/sql-copy.html>, "Text Format".

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

/// A value; absent for NULL.
pub(super) type Value<'a> = Option<Cow<'a, [u8]>>;

/// Appends the values of a row, given without its newline, to `values`.
pub(super) fn split<'a>(row: &'a [u8], values: &mut Vec<Value<'a>>) {
    let mut start = 0;
    for end in memchr_iter(b'\t', row).chain([row.len()]) {
        values.push(value(&row[start..end]));
        start = end + 1;
    }
}

fn value(field: &[u8]) -> Value<'_> {
    if field == b"\\N" {
        return None;
    }
    Some(match memchr(b'\\', field) {
        Some(first) => Cow::Owned(unescaped(field, first)),
        None => Cow::Borrowed(field),
    })
}

/// The field without its escapes, the first of which is at `first`.
fn unescaped(field: &[u8], first: usize) -> Vec<u8> {
    let mut plain = field[..first].to_vec();
    let mut rest = &field[first..];
    while let Some(at) = memchr(b'\\', rest) {
        plain.extend_from_slice(&rest[..at]);
        let (byte, used) = escape(&rest[at + 1..]);
        plain.push(byte);
        rest = &rest[at + 1 + used..];
    }
    plain.extend_from_slice(rest);
    plain
}

/// The byte that the text behind a backslash stands for, and the length of that text.
fn escape(text: &[u8]) -> (u8, usize) {
    let number = |text: &[u8], radix: u32, most: usize| {
        let digits = text.iter().take(most).map_while(|b| char::from(*b).to_digit(radix));
        let (value, count) = digits.fold((0, 0), |(value, count), digit| (value * radix + digit, count + 1));
        // Three octal digits can exceed a byte; the server drops the rest too.
        (value as u8, count)
    };
    match text.first() {
        // A server never sends a backslash at the end of a field, so it stands for itself.
        None => (b'\\', 0),
        Some(b'b') => (8, 1),
        Some(b'f') => (12, 1),
        Some(b'n') => (b'\n', 1),
        Some(b'r') => (b'\r', 1),
        Some(b't') => (b'\t', 1),
        Some(b'v') => (11, 1),
        Some(b'0'..=b'7') => number(text, 8, 3),
        Some(b'x') => match number(&text[1..], 16, 2) {
            (_, 0) => (b'x', 1),
            (byte, digits) => (byte, digits + 1),
        },
        Some(other) => (*other, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::print::print_copy;
    use crate::model::ValueType;
    use proptest::prelude::*;

    fn values(row: &str) -> Vec<Option<String>> {
        let mut found = Vec::new();
        split(row.as_bytes(), &mut found);
        let text = |value: Value| value.map(|v| String::from_utf8(v.into_owned()).unwrap());
        found.into_iter().map(text).collect()
    }

    #[test]
    fn fields_are_told_from_nulls_and_escapes() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(values(""), [some("")]);
        assert_eq!(values("\\N\t\ta"), [None, some(""), some("a")]);
        assert_eq!(values("\\\\N"), [some("\\N")]);
        assert_eq!(
            values("a\\tb\\nc\\r\\b\\f\\v\\\\"),
            [some("a\tb\nc\r\u{8}\u{c}\u{b}\\")]
        );
        // The server reads these escapes, although it never writes them.
        assert_eq!(values("\\101\\x42\\x4g\\xg\\7\\.\\"), [some("AB\u{4}gxg\u{7}.\\")]);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(texts in proptest::collection::vec("\\PC{0,8}[\\\\\t\n\r\u{8}-\u{d}N]{0,4}\\PC{0,4}", 1..5)) {
            let mut row = Vec::new();
            for (number, text) in texts.iter().enumerate() {
                if number > 0 {
                    row.push(b'\t');
                }
                print_copy(&ValueType::Text, text.as_bytes(), &mut row).unwrap();
            }
            let found: Vec<String> = values(&String::from_utf8(row).unwrap()).into_iter().flatten().collect();
            prop_assert_eq!(found, texts);
        }
    }
}
