//! A session that answers queries, whichever kind it is.

use std::sync::{Mutex, PoisonError};

use super::{ConnectError, Control, Row, Wire};

/// A session that catalog queries can be asked of.
pub(crate) trait Ask: Sync {
    /// Runs one statement and returns its rows, in text format.
    fn query(&self, sql: &str) -> Result<Vec<Row>, ConnectError>;

    /// Runs all statements and returns the rows of each; the first failure is the result.
    fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError>;
}

impl Ask for Control {
    fn query(&self, sql: &str) -> Result<Vec<Row>, ConnectError> {
        Control::query(self, sql)
    }

    fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
        Control::query_all(self, sql)
    }
}

/// A data session that is lent for queries.
pub(crate) struct Lent<'a>(Mutex<&'a mut Wire>);

impl<'a> Lent<'a> {
    pub(crate) fn new(wire: &'a mut Wire) -> Self {
        Self(Mutex::new(wire))
    }
}

impl Ask for Lent<'_> {
    fn query(&self, sql: &str) -> Result<Vec<Row>, ConnectError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).query(sql)
    }

    fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
        sql.iter().map(|statement| self.query(statement)).collect()
    }
}
