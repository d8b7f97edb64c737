//! SQL: `INSERT` statements of many rows in one transaction, for any client.
//!
//! Literals are plain strings, in which only the quotation mark is doubled. That is safe because the script sets
//! `standard_conforming_strings`, and no multi-byte character of a server's encoding contains a quotation mark. A
//! string without a type becomes a value of the column's type, as COPY's text does. Only integers, `numeric` and truth
//! values have no quotes: a float's minus sign would be an operator, which loses the sign of zero.

use crate::export::error::ExportError;
use crate::export::fields::Value;
use crate::export::shape::{Shape, is_number, truth};
use crate::model::ident;

/// The statement that takes the rows.
pub(super) struct Insert {
    head: Vec<u8>,
    shapes: Vec<Shape>,
}

impl Insert {
    /// `table` is quoted and qualified; `columns` are those of the rows.
    pub(super) fn new(table: &str, columns: &[(&str, Shape)], encoding: &str) -> Result<Self, ExportError> {
        let names: Vec<String> = columns.iter().map(|(name, _)| ident::quote_ident(name)).collect();
        let head = match names.is_empty() {
            true => format!("INSERT INTO {table} DEFAULT VALUES;\n"),
            false => format!(
                "INSERT INTO {table} ({}) OVERRIDING SYSTEM VALUE VALUES\n",
                names.join(", ")
            ),
        };
        Ok(Self {
            head: encoded(&head, encoding)?,
            shapes: columns.iter().map(|(_, shape)| *shape).collect(),
        })
    }

    /// Appends a row; `is_first` says that it is the first of a statement.
    pub(super) fn row(&self, is_first: bool, values: &[Value<'_>], out: &mut Vec<u8>) {
        if self.shapes.is_empty() {
            return out.extend_from_slice(&self.head);
        }
        match is_first {
            true => out.extend_from_slice(&self.head),
            false => out.extend_from_slice(b",\n"),
        }
        for (number, (shape, value)) in self.shapes.iter().zip(values).enumerate() {
            out.extend_from_slice(if number == 0 { b"  (" } else { b", " });
            match value {
                Some(value) => push(*shape, value, out),
                None => out.extend_from_slice(b"NULL"),
            }
        }
        out.push(b')');
    }

    /// Appends the end of a statement that has rows.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        if !self.shapes.is_empty() {
            out.extend_from_slice(b";\n");
        }
    }
}

fn push(shape: Shape, value: &[u8], out: &mut Vec<u8>) {
    let bare = match shape {
        Shape::Bool => truth(value),
        Shape::Decimal => Some(value).filter(|value| is_number(value)),
        Shape::Float | Shape::Json | Shape::Other => None,
    };
    if let Some(bare) = bare {
        return out.extend_from_slice(bare);
    }
    out.push(b'\'');
    for (number, part) in value.split(|b| *b == b'\'').enumerate() {
        if number > 0 {
            out.extend_from_slice(b"''");
        }
        out.extend_from_slice(part);
    }
    out.push(b'\'');
}

/// The beginning of the script: a transaction with settings of its own, in which values mean what they meant at the
/// source.
pub(super) fn begin(encoding: &str, has_definition: bool) -> String {
    let encoding = ident::quote_literal(encoding);
    let mut text = format!(
        "BEGIN;\n\
         SET LOCAL client_encoding = {encoding};\n\
         SET LOCAL standard_conforming_strings = on;\n\
         SET LOCAL DateStyle = ISO;\n\
         SET LOCAL IntervalStyle = postgres;\n\
         SET LOCAL xmloption = content;\n"
    );
    if has_definition {
        // Definitions qualify every name.
        text.push_str("SET LOCAL search_path = pg_catalog;\nSET LOCAL check_function_bodies = false;\n");
    }
    text
}

pub(super) const END: &str = "COMMIT;\n";

/// A text in the encoding of the rows beside which it is written.
pub(super) fn encoded(text: &str, encoding: &str) -> Result<Vec<u8>, ExportError> {
    let latin1 = || {
        text.chars()
            .map(|c| u8::try_from(u32::from(c)).ok())
            .collect::<Option<Vec<u8>>>()
    };
    let bytes = match encoding {
        _ if text.is_ascii() => Some(text.as_bytes().to_vec()),
        "UTF8" => Some(text.as_bytes().to_vec()),
        "LATIN1" => latin1(),
        "SQL_ASCII" => Some(undeclared(text)),
        _ => None,
    };
    bytes.ok_or_else(|| ExportError::Encoding {
        encoding: encoding.to_owned(),
        text: text.lines().find(|line| !line.is_ascii()).unwrap_or(text).to_owned(),
    })
}

/// The bytes of a text of a database that declares no encoding. In an archive, the last 128 code points stand for bytes
/// that are not UTF-8.
fn undeclared(text: &str) -> Vec<u8> {
    const FIRST: u32 = 0x10_FF80;
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match u32::from(letter)
            .checked_sub(FIRST)
            .and_then(|byte| u8::try_from(byte).ok())
        {
            Some(byte) => bytes.push(0x80 | byte),
            None => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn values<'a>(values: &[Option<&'a str>]) -> Vec<Value<'a>> {
        values.iter().map(|v| v.map(|v| Cow::Borrowed(v.as_bytes()))).collect()
    }

    #[test]
    fn rows_are_literals_of_one_statement() {
        let columns = [
            ("id", Shape::Decimal),
            ("Na\"me", Shape::Other),
            ("f", Shape::Float),
            ("b", Shape::Bool),
        ];
        let insert = Insert::new("s.t", &columns, "UTF8").unwrap();
        let mut out = Vec::new();
        insert.row(
            true,
            &values(&[Some("-1"), Some("it''s \\ '"), Some("-0"), Some("t")]),
            &mut out,
        );
        insert.row(false, &values(&[Some("NaN"), None, None, Some("x")]), &mut out);
        insert.end(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "INSERT INTO s.t (id, \"Na\"\"me\", f, b) OVERRIDING SYSTEM VALUE VALUES\n  \
             (-1, 'it''''s \\ ''', '-0', true),\n  ('NaN', NULL, NULL, 'x');\n"
        );
    }

    #[test]
    fn rows_without_columns_are_defaults() {
        let insert = Insert::new("t", &[], "UTF8").unwrap();
        let mut out = Vec::new();
        insert.row(true, &[], &mut out);
        insert.row(false, &[], &mut out);
        insert.end(&mut out);
        assert_eq!(out, b"INSERT INTO t DEFAULT VALUES;\nINSERT INTO t DEFAULT VALUES;\n");
    }

    #[test]
    fn names_are_in_the_encoding_of_the_rows() {
        assert_eq!(encoded("é", "UTF8").unwrap(), "é".as_bytes());
        assert_eq!(encoded("é", "LATIN1").unwrap(), b"\xe9");
        assert_eq!(encoded("e", "EUC_JP").unwrap(), b"e");
        assert!(encoded("日", "LATIN1").is_err());
        assert_eq!(
            encoded("é\u{10ffe9}\u{10ff80}", "SQL_ASCII").unwrap(),
            b"\xc3\xa9\xe9\x80"
        );
        let error = encoded("a\nbé", "EUC_JP").unwrap_err();
        assert!(error.to_string().contains("EUC_JP") && error.to_string().contains("`bé`"));
    }
}
