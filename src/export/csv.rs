//! CSV as `COPY .. TO .. WITH (FORMAT csv)` writes it: NULL is nothing, an empty string is quoted.

use memchr::{memchr, memchr3};

use crate::export::fields::Value;

/// Appends a line.
pub(super) fn row(values: &[Value<'_>], out: &mut Vec<u8>) {
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        if let Some(value) = value {
            push(value, values.len() == 1, out);
        }
    }
    out.push(b'\n');
}

/// Appends a value. `alone` says that it is the only one in its line, where `\.` would be the end of the data.
fn push(value: &[u8], alone: bool, out: &mut Vec<u8>) {
    let is_marker = alone && value == b"\\.";
    let special = memchr3(b',', b'"', b'\n', value).or_else(|| memchr(b'\r', value));
    if !value.is_empty() && !is_marker && special.is_none() {
        return out.extend_from_slice(value);
    }
    out.push(b'"');
    let mut rest = value;
    while let Some(at) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        out.push(b'"');
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn line(values: &[Option<&str>]) -> String {
        let values: Vec<Value> = values.iter().map(|v| v.map(|v| Cow::Borrowed(v.as_bytes()))).collect();
        let mut out = Vec::new();
        row(&values, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_are_where_they_are_needed() {
        assert_eq!(line(&[Some("a b"), None, Some(""), Some("'\\N'")]), "a b,,\"\",'\\N'\n");
        assert_eq!(
            line(&[Some("a,b"), Some("\""), Some("x\ny"), Some("x\ry"), Some("q\"\"q")]),
            "\"a,b\",\"\"\"\",\"x\ny\",\"x\ry\",\"q\"\"\"\"q\"\n"
        );
        assert_eq!(line(&[]), "\n");
        assert_eq!(line(&[None]), "\n");
        assert_eq!(line(&[Some("")]), "\"\"\n");
    }

    #[test]
    fn the_end_marker_is_quoted_where_it_is_alone() {
        assert_eq!(line(&[Some("\\.")]), "\"\\.\"\n");
        assert_eq!(line(&[Some("\\."), Some("1")]), "\\.,1\n");
        assert_eq!(line(&[Some("\\..")]), "\\..\n");
    }
}
