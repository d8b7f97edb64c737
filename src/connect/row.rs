//! Rows of catalog queries, in text format.

use std::sync::Arc;

use super::ConnectError;

/// One row: text values by column name.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) columns: Arc<[String]>,
    pub(super) values: Vec<Option<String>>,
}

impl Row {
    /// The value of a column that may be NULL.
    pub fn opt(&self, column: &str) -> Result<Option<&str>, ConnectError> {
        let _ = (&self.columns, &self.values, column);
        todo!()
    }
    /// The value of a column that is never NULL.
    pub fn text(&self, _column: &str) -> Result<&str, ConnectError> {
        todo!()
    }
    /// An owned copy of a column that is never NULL.
    pub fn string(&self, _column: &str) -> Result<String, ConnectError> {
        todo!()
    }
    pub fn opt_string(&self, _column: &str) -> Result<Option<String>, ConnectError> {
        todo!()
    }
    /// `t` or `f`.
    pub fn bool(&self, _column: &str) -> Result<bool, ConnectError> {
        todo!()
    }
    pub fn oid(&self, _column: &str) -> Result<u32, ConnectError> {
        todo!()
    }
    pub fn int(&self, _column: &str) -> Result<i64, ConnectError> {
        todo!()
    }
    pub fn opt_int(&self, _column: &str) -> Result<Option<i64>, ConnectError> {
        todo!()
    }
    /// A `"char"` column; NUL byte and empty give `\0`.
    pub fn char(&self, _column: &str) -> Result<char, ConnectError> {
        todo!()
    }
    /// A one-dimensional array of any type with delimiter `,`; NULL elements are an error.
    pub fn array(&self, _column: &str) -> Result<Vec<String>, ConnectError> {
        todo!()
    }
    /// As [`Row::array`]; absent when the array itself is NULL.
    pub fn opt_array(&self, _column: &str) -> Result<Option<Vec<String>>, ConnectError> {
        todo!()
    }
    /// As [`Row::array`], keeping NULL elements.
    pub fn array_with_nulls(&self, _column: &str) -> Result<Vec<Option<String>>, ConnectError> {
        todo!()
    }
    /// `oidvector`, `int2vector` (space separated) or an oid array, as numbers.
    pub fn vector(&self, _column: &str) -> Result<Vec<i64>, ConnectError> {
        todo!()
    }
}
