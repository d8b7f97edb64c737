//! What the readers of the catalogs read from.

use std::fmt::Write;

use crate::connect::{Ask, ConnectError};
use crate::model::Object;
use crate::version::Version;

/// What the readers read from.
pub struct Scope<'a> {
    pub control: &'a dyn Ask,
    /// Of the server.
    pub version: Version,
    /// oids of the tables, views, sequences, .. whose parts are read: locked where that is possible.
    pub relations: &'a [u32],
}

impl Scope<'_> {
    /// `'{1,2,3}'::pg_catalog.oid[]`, for `unnest`.
    pub fn relation_array(&self) -> String {
        // Asked for by twenty queries: 100,000 oids are a megabyte, and not as many strings.
        let mut array = String::with_capacity(self.relations.len() * 8 + 32);
        for oid in self.relations {
            array.push(if array.is_empty() { '{' } else { ',' });
            // Never fails.
            let _ = write!(array, "{oid}");
        }
        if array.is_empty() {
            array.push('{');
        }
        format!("'{array}}}'::pg_catalog.oid[]")
    }
}

/// A reader that gives objects and nothing else.
pub type List = fn(&Scope) -> Result<Vec<Object>, ConnectError>;
