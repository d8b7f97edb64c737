//! JSON lines: an object per row, on a line of its own, with the columns in their order.
//!
//! A value that PostgreSQL prints as a number keeps all its digits; `NaN` and infinities are strings, because JSON has
//! no such numbers. `json` and `jsonb` are written unchanged, repeated keys included, but the line breaks of `json`
//! become spaces; a `null` in them looks like NULL. Every other value is a string: PostgreSQL's own text of it.

use serde::de::IgnoredAny;

use crate::export::fields::Value;
use crate::export::shape::{Shape, is_number, truth};

/// A column with its key, quoted and with the colon behind it.
pub(super) struct Key {
    text: Vec<u8>,
    shape: Shape,
}

impl Key {
    pub(super) fn new(name: &str, shape: Shape) -> Self {
        let mut text = Vec::new();
        push_string(name, &mut text);
        text.push(b':');
        Self { text, shape }
    }
}

/// Appends a row. If a value is not of its column's shape, the error has the value's position and the expected shape.
pub(super) fn row(keys: &[Key], values: &[Value<'_>], out: &mut Vec<u8>) -> Result<(), (usize, &'static str)> {
    out.push(b'{');
    for (number, (key, value)) in keys.iter().zip(values).enumerate() {
        if number > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&key.text);
        match value {
            Some(value) => push(key.shape, value, out).map_err(|expected| (number, expected))?,
            None => out.extend_from_slice(b"null"),
        }
    }
    out.extend_from_slice(b"}\n");
    Ok(())
}

fn push(shape: Shape, value: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    let own_form = match shape {
        Shape::Bool => truth(value),
        Shape::Decimal | Shape::Float => Some(value).filter(|value| is_number(value)),
        Shape::Json | Shape::Other => None,
    };
    if let Some(own_form) = own_form {
        out.extend_from_slice(own_form);
        return Ok(());
    }
    let text = std::str::from_utf8(value).map_err(|_| "UTF-8")?;
    if shape != Shape::Json {
        push_string(text, out);
        return Ok(());
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| "JSON")?;
    // JSON strings contain no raw line breaks, so these are outside of strings.
    out.extend(text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { b }));
    Ok(())
}

/// Appends a string with its quotes.
fn push_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !matches!(byte, 0..0x20 | b'"' | b'\\') {
            continue;
        }
        out.extend_from_slice(&bytes[start..at]);
        start = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => out.extend_from_slice(format!("\\u{other:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use proptest::prelude::*;

    fn line(columns: &[(&str, Shape, Option<&str>)]) -> Result<String, (usize, &'static str)> {
        let keys: Vec<Key> = columns.iter().map(|(name, shape, _)| Key::new(name, *shape)).collect();
        let values: Vec<Value> = (columns.iter())
            .map(|(_, _, value)| value.map(|v| Cow::Borrowed(v.as_bytes())))
            .collect();
        let mut out = Vec::new();
        row(&keys, &values, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn values_have_the_form_of_their_types() {
        let text = line(&[
            ("a\"b", Shape::Other, Some("x\"\\\n\u{1}é")),
            ("n", Shape::Decimal, Some("123456789012345678901234567890.50")),
            ("nan", Shape::Decimal, Some("NaN")),
            ("f", Shape::Float, Some("-1.5e-07")),
            ("inf", Shape::Float, Some("-Infinity")),
            ("t", Shape::Bool, Some("t")),
            ("null", Shape::Json, None),
            ("j", Shape::Json, Some(" {\"a\":\r\n 1e999, \"a\": [1.10]}")),
        ]);
        assert_eq!(
            text.unwrap(),
            "{\"a\\\"b\":\"x\\\"\\\\\\n\\u0001é\",\"n\":123456789012345678901234567890.50,\"nan\":\"NaN\",\
             \"f\":-1.5e-07,\"inf\":\"-Infinity\",\"t\":true,\"null\":null,\"j\": {\"a\":   1e999, \"a\": [1.10]}}\n"
        );
        assert_eq!(line(&[]).unwrap(), "{}\n");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for wrong in ["", "{", "1 2", "\"a\nb\"", "{\"a\":1}}\n{\"b\":2}", "nan"] {
            assert_eq!(
                line(&[("a", Shape::Other, None), ("j", Shape::Json, Some(wrong))]),
                Err((1, "JSON"))
            );
        }
        // A value nested as deeply as a server allows.
        let deep = "[".repeat(6000) + &"]".repeat(6000);
        assert!(line(&[("j", Shape::Json, Some(&deep))]).is_ok());
        let mut out = Vec::new();
        let bytes = [Some(Cow::Borrowed(&b"\xff"[..]))];
        assert_eq!(row(&[Key::new("a", Shape::Other)], &bytes, &mut out), Err((0, "UTF-8")));
    }

    proptest! {
        #[test]
        fn every_string_comes_back(name in "\\PC{0,6}", text: String) {
            let line = line(&[(&name, Shape::Other, Some(&text))]).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(value[&name].as_str(), Some(&text[..]));
        }
    }
}
