//! The input of the catalog readers.

use std::fmt::Write;

use crate::connect::{Ask, ConnectError};
use crate::model::Object;
use crate::version::Version;

/// The session, the version and the relations that the readers use.
pub(crate) struct Scope<'a> {
    pub control: &'a dyn Ask,
    /// The server's version.
    pub version: Version,
    /// oids of the tables, views, sequences, .. whose parts are read; they are locked if that is possible.
    pub relations: &'a [u32],
}

impl Scope<'_> {
    /// `'{1,2,3}'::pg_catalog.oid[]`, for `unnest`.
    pub(crate) fn relation_array(&self) -> String {
        // Twenty queries use this text: for 100,000 oids it is one string of a megabyte instead of as many strings.
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
pub(crate) type List = fn(&Scope) -> Result<Vec<Object>, ConnectError>;
