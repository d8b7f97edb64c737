//! Decodes RowDescription and DataRow payloads. Pure.

use std::borrow::Cow;
use std::sync::Arc;

use crate::connect::{ConnectError, Row, untyped};

/// Bytes after each column's name: table, attribute, type, size, modifier, format.
const COLUMN_FIXED_BYTES: usize = 18;

/// Column names of a RowDescription; `None` when it is malformed.
pub(in crate::connect) fn columns(payload: &[u8]) -> Option<Arc<[String]>> {
    let (count, mut rest) = split_u16(payload)?;
    let mut names = Vec::new();
    for _ in 0..count {
        let end = memchr::memchr(0, rest)?;
        names.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        rest = rest.get(end + 1 + COLUMN_FIXED_BYTES..)?;
    }
    Some(names.into())
}

/// Values of a DataRow; `None` when it is malformed or does not fit the columns. `untyped` says that the
/// text has no declared encoding.
pub(in crate::connect) fn row(
    columns: &Arc<[String]>,
    payload: &[u8],
    untyped: bool,
) -> Result<Option<Row>, ConnectError> {
    let Some((count, mut rest)) = split_u16(payload) else {
        return Ok(None);
    };
    if usize::from(count) != columns.len() {
        return Ok(None);
    }
    let mut values = Vec::with_capacity(columns.len());
    for column in columns.iter() {
        let Some((length, after)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        rest = after;
        let length = i32::from_be_bytes(*length);
        if length == -1 {
            values.push(None);
            continue;
        }
        let Some((value, after)) = usize::try_from(length)
            .ok()
            .and_then(|length| rest.split_at_checked(length))
        else {
            return Ok(None);
        };
        rest = after;
        match std::str::from_utf8(value) {
            Ok(text) if !untyped => values.push(Some(Cow::Borrowed(text))),
            _ if untyped => values.push(Some(Cow::Owned(untyped::decode(value)))),
            _ => {
                return Err(ConnectError::NotUtf8 { column: column.clone() });
            }
        }
    }
    if !rest.is_empty() {
        return Ok(None);
    }
    Row::new(columns.clone(), values.iter().map(Option::as_deref)).map(Some)
}

/// Type of a boolean, the same on every server.
const BOOL: u32 = 16;

/// Whether a RowDescription's first column is a boolean; `None` when it is malformed.
pub(in crate::connect) fn first_is_boolean(payload: &[u8]) -> Option<bool> {
    let (count, rest) = split_u16(payload)?;
    if count == 0 {
        return Some(false);
    }
    let fixed = rest.get(memchr::memchr(0, rest)? + 1..)?;
    // The type comes after the table and the number of the column in it.
    let type_oid = fixed.get(6..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*type_oid) == BOOL)
}

/// The first value of a DataRow, absent for NULL; `None` when it is malformed or has no values.
pub(in crate::connect) fn first_value(payload: &[u8]) -> Option<Option<&[u8]>> {
    let (count, rest) = split_u16(payload)?;
    let (length, rest) = rest.split_first_chunk::<4>().filter(|_| count > 0)?;
    match i32::from_be_bytes(*length) {
        -1 => Some(None),
        length => Some(Some(rest.get(..usize::try_from(length).ok()?)?)),
    }
}

fn split_u16(payload: &[u8]) -> Option<(u16, &[u8])> {
    let (count, rest) = payload.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*count), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn description(names: &[&str]) -> Vec<u8> {
        let mut payload = (names.len() as u16).to_be_bytes().to_vec();
        for name in names {
            payload.extend_from_slice(name.as_bytes());
            payload.push(0);
            payload.extend_from_slice(&[0; COLUMN_FIXED_BYTES]);
        }
        payload
    }

    fn data(values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut payload = (values.len() as u16).to_be_bytes().to_vec();
        for value in values {
            match value {
                Some(value) => {
                    payload.extend_from_slice(&(value.len() as i32).to_be_bytes());
                    payload.extend_from_slice(value);
                }
                None => payload.extend_from_slice(&(-1_i32).to_be_bytes()),
            }
        }
        payload
    }

    #[test]
    fn values_are_found_by_column_name() {
        let columns = columns(&description(&["a", "b"])).unwrap();
        let row = row(&columns, &data(&[Some(b"x"), None]), false).unwrap().unwrap();
        assert_eq!(row.text("a").unwrap(), "x");
        assert_eq!(row.opt("b").unwrap(), None);
    }

    #[test]
    fn bytes_that_are_not_utf8_name_their_column() {
        let columns = columns(&description(&["a", "b"])).unwrap();
        let error = row(&columns, &data(&[None, Some(b"\xff")]), false).unwrap_err();
        assert_eq!(error.to_string(), "column `b` is not valid UTF-8");
    }

    #[test]
    fn cut_payloads_are_malformed() {
        let description = description(&["a", "b"]);
        for end in 0..description.len() {
            assert!(columns(&description[..end]).is_none());
        }
        let columns = columns(&description).unwrap();
        let payload = data(&[Some(b"xy"), Some(b"z")]);
        for end in 0..payload.len() {
            assert!(row(&columns, &payload[..end], false).unwrap().is_none());
        }
        assert!(row(&columns, &data(&[None]), false).unwrap().is_none());
        assert!(row(&columns, &[0, 2, 0xff, 0xff, 0xff, 0xfe], false).unwrap().is_none());
    }

    #[test]
    fn the_first_column_is_looked_at_alone() {
        let mut described = description(&["a", "b"]);
        assert_eq!(first_is_boolean(&described), Some(false));
        // Two bytes of count, the name and its end, six bytes before the type.
        described[10..14].copy_from_slice(&16_u32.to_be_bytes());
        assert_eq!(first_is_boolean(&described), Some(true));
        assert_eq!(first_is_boolean(&described[..12]), None);
        assert_eq!(first_is_boolean(&description(&[])), Some(false));
        assert_eq!(first_value(&data(&[Some(b"t"), None])), Some(Some(&b"t"[..])));
        assert_eq!(first_value(&data(&[None, Some(b"t")])), Some(None));
        assert_eq!(first_value(&data(&[])), None);
        assert_eq!(first_value(&data(&[Some(b"t")])[..6]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            columns(&bytes);
            first_is_boolean(&bytes);
            first_value(&bytes);
            let names: Arc<[String]> = vec!["a".to_owned(); 2].into();
            let _ = row(&names, &bytes, false);
        }
    }
}
