//! Rows of catalog queries, in text format.

use std::num::TryFromIntError;
use std::sync::Arc;

use super::ConnectError;
use super::array::parse_array;

/// One row: text values by column name. Catalogs have millions of rows, so all values of a row share one allocation.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    /// The values, one behind the other.
    text: Box<str>,
    /// Where each value is in `text`; absent for NULL.
    spans: Box<[Option<(u32, u32)>]>,
}

impl Row {
    /// A row with as many values as there are columns.
    ///
    /// # Errors
    /// The row has more text than any message of the protocol holds.
    pub(super) fn new<'a, I>(columns: Arc<[String]>, values: I) -> Result<Self, ConnectError>
    where
        I: Iterator<Item = Option<&'a str>> + Clone,
    {
        let bytes = values.clone().flatten().map(str::len).sum();
        let mut text = String::with_capacity(bytes);
        let too_long = |_: TryFromIntError| ConnectError::Protocol("a row is longer than 4 GiB".to_owned());
        let mut add = |value: &str| -> Result<_, TryFromIntError> {
            let start = u32::try_from(text.len())?;
            text.push_str(value);
            Ok((start, u32::try_from(text.len())?))
        };
        let mut spans = Vec::with_capacity(columns.len());
        for value in values {
            spans.push(value.map(&mut add).transpose().map_err(too_long)?);
        }
        Ok(Self {
            columns,
            text: text.into_boxed_str(),
            spans: spans.into_boxed_slice(),
        })
    }

    /// The value of a column that may be NULL.
    pub fn opt(&self, column: &str) -> Result<Option<&str>, ConnectError> {
        let index = self.columns.iter().position(|name| name == column);
        match index.and_then(|index| self.spans.get(index)) {
            Some(span) => Ok(span.and_then(|(start, end)| self.text.get(start as usize..end as usize))),
            None => Err(ConnectError::NoColumn {
                column: column.to_owned(),
            }),
        }
    }

    /// The value of a column that is never NULL.
    pub fn text(&self, column: &str) -> Result<&str, ConnectError> {
        self.opt(column)?.ok_or_else(|| ConnectError::Null {
            column: column.to_owned(),
        })
    }

    /// An owned copy of a column that is never NULL.
    pub fn string(&self, column: &str) -> Result<String, ConnectError> {
        self.text(column).map(str::to_owned)
    }

    /// As [`Row::string`]; absent when NULL.
    pub fn opt_string(&self, column: &str) -> Result<Option<String>, ConnectError> {
        Ok(self.opt(column)?.map(str::to_owned))
    }

    /// `t` or `f`.
    pub fn bool(&self, column: &str) -> Result<bool, ConnectError> {
        match self.text(column)? {
            "t" => Ok(true),
            "f" => Ok(false),
            found => Err(wrong(column, "`t` or `f`", found)),
        }
    }

    /// As [`Row::bool`]; absent when NULL.
    pub fn opt_bool(&self, column: &str) -> Result<Option<bool>, ConnectError> {
        match self.opt(column)? {
            Some(_) => self.bool(column).map(Some),
            None => Ok(None),
        }
    }

    /// An unsigned 32-bit number: oid, xid, block number.
    pub fn oid(&self, column: &str) -> Result<u32, ConnectError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| wrong(column, "an object id", text))
    }

    /// As [`Row::oid`]; absent when NULL.
    pub fn opt_oid(&self, column: &str) -> Result<Option<u32>, ConnectError> {
        match self.opt(column)? {
            Some(_) => self.oid(column).map(Some),
            None => Ok(None),
        }
    }

    /// A signed number of up to 64 bits.
    pub fn int(&self, column: &str) -> Result<i64, ConnectError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| wrong(column, "a number", text))
    }

    /// As [`Row::int`]; absent when NULL.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, ConnectError> {
        match self.opt(column)? {
            Some(_) => self.int(column).map(Some),
            None => Ok(None),
        }
    }

    /// A floating-point column, e.g. `reltuples`.
    pub fn float(&self, column: &str) -> Result<f64, ConnectError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| wrong(column, "a number", text))
    }

    /// A `"char"` column; NUL byte and empty give `\0`.
    pub fn char(&self, column: &str) -> Result<char, ConnectError> {
        let text = self.text(column)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Ok('\0'),
            (Some(only), None) => Ok(only),
            // Bytes from 0x80 on print as an octal escape since 16.
            _ => octal_char(text).ok_or_else(|| wrong(column, "one character", text)),
        }
    }

    /// A one-dimensional array of any type with delimiter `,`; NULL elements are an error.
    pub fn array(&self, column: &str) -> Result<Vec<String>, ConnectError> {
        self.array_with_nulls(column)?
            .into_iter()
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| wrong(column, "an array without nulls", "NULL"))
    }

    /// As [`Row::array`]; absent when the array itself is NULL.
    pub fn opt_array(&self, column: &str) -> Result<Option<Vec<String>>, ConnectError> {
        match self.opt(column)? {
            Some(_) => self.array(column).map(Some),
            None => Ok(None),
        }
    }

    /// As [`Row::array`], keeping NULL elements.
    pub fn array_with_nulls(&self, column: &str) -> Result<Vec<Option<String>>, ConnectError> {
        let text = self.text(column)?;
        parse_array(text, ',').ok_or_else(|| wrong(column, "a one-dimensional array", text))
    }

    /// `oidvector`, `int2vector` (space separated) or a number array, as numbers.
    pub fn vector(&self, column: &str) -> Result<Vec<i64>, ConnectError> {
        let text = self.text(column)?;
        let number = |item: &str| {
            item.parse::<i64>()
                .map_err(|_| wrong(column, "a list of numbers", text))
        };
        if text.starts_with(['{', '[']) {
            self.array(column)?.iter().map(|item| number(item)).collect()
        } else {
            text.split_ascii_whitespace().map(number).collect()
        }
    }

    /// As [`Row::vector`]; absent when NULL.
    pub fn opt_vector(&self, column: &str) -> Result<Option<Vec<i64>>, ConnectError> {
        match self.opt(column)? {
            Some(_) => self.vector(column).map(Some),
            None => Ok(None),
        }
    }
}

fn octal_char(text: &str) -> Option<char> {
    let digits = text.strip_prefix('\\').filter(|digits| digits.len() == 3)?;
    u8::from_str_radix(digits, 8).ok().map(char::from)
}

fn wrong(column: &str, expected: &'static str, found: &str) -> ConnectError {
    const SHOWN: usize = 80;
    let shown = match found.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &found[..end]),
        None => found.to_owned(),
    };
    ConnectError::Value {
        column: column.to_owned(),
        expected,
        found: shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Option<&str>) -> Row {
        Row::new(vec!["c".to_owned()].into(), [value].into_iter()).unwrap()
    }

    #[test]
    fn values_stand_by_themselves() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).into();
        let row = Row::new(names.into(), [Some("x"), None, Some(""), Some("\u{e9}y")].into_iter()).unwrap();
        let values = ["a", "b", "c", "d"].map(|name| row.opt(name).unwrap());
        assert_eq!(values, [Some("x"), None, Some(""), Some("\u{e9}y")]);
    }

    #[test]
    fn scalars_are_read_from_text() {
        assert!(row(Some("t")).bool("c").unwrap());
        assert!(row(Some("true")).bool("c").is_err());
        assert_eq!(row(Some("4294967295")).oid("c").unwrap(), u32::MAX);
        assert_eq!(row(Some("-7")).int("c").unwrap(), -7);
        assert!(row(Some("-7")).oid("c").is_err());
        assert_eq!(row(None).opt_int("c").unwrap(), None);
        assert_eq!(row(Some("-1")).float("c").unwrap(), -1.0);
    }

    #[test]
    fn a_char_may_be_empty_or_octal() {
        assert_eq!(row(Some("")).char("c").unwrap(), '\0');
        assert_eq!(row(Some("r")).char("c").unwrap(), 'r');
        assert_eq!(row(Some("\\")).char("c").unwrap(), '\\');
        assert_eq!(row(Some("\\351")).char("c").unwrap(), '\u{e9}');
        assert!(row(Some("ab")).char("c").is_err());
        assert!(row(Some("\\999")).char("c").is_err());
    }

    #[test]
    fn null_and_absent_columns_are_named() {
        assert_eq!(row(None).text("c").unwrap_err().to_string(), "column `c` is null");
        assert_eq!(
            row(None).opt("d").unwrap_err().to_string(),
            "column `d` is not in the result"
        );
    }

    #[test]
    fn null_array_is_not_the_empty_array() {
        assert_eq!(row(None).opt_array("c").unwrap(), None);
        assert_eq!(row(Some("{}")).opt_array("c").unwrap(), Some(Vec::new()));
        assert!(row(Some("{NULL}")).array("c").is_err());
        assert_eq!(row(Some("{NULL}")).array_with_nulls("c").unwrap(), [None]);
    }

    #[test]
    fn vectors_come_with_spaces_or_braces() {
        assert_eq!(row(Some("1 -2 3")).vector("c").unwrap(), [1, -2, 3]);
        assert_eq!(row(Some("{1,-2}")).vector("c").unwrap(), [1, -2]);
        assert_eq!(row(Some("[0:1]={1,2}")).vector("c").unwrap(), [1, 2]);
        assert_eq!(row(Some("")).vector("c").unwrap(), Vec::<i64>::new());
        assert!(row(Some("1 x")).vector("c").is_err());
    }

    #[test]
    fn long_values_are_cut_in_messages() {
        let long = "\u{e9}".repeat(1000);
        let message = row(Some(&long)).int("c").unwrap_err().to_string();
        assert!(message.len() < 300, "{message}");
    }
}
