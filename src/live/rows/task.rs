//! One read, and what statements and readers are told of it.

use std::collections::HashMap;

use crate::codec::CopyFormat;
use crate::model::entry::{Relation, RelationId};
use crate::model::{PageRange, ident};
use crate::plan::cut::ranges::TableSize;

/// One COPY of a whole table or of a page range of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTask {
    pub relation: RelationId,
    /// `schema.name`, quoted, for messages.
    pub label: String,
    pub range: Option<PageRange>,
    pub copy: String,
    /// Run once per session before its first read of the table; fails at once when the lock
    /// would have to wait. Absent for relations that cannot be locked.
    pub lock: Option<String>,
    /// Pages, TOAST included, for progress and order.
    pub pages: u64,
    /// Measured, and found to have few pages: it can be read together with others.
    pub small: bool,
    /// Columns of the stream.
    pub columns: usize,
    pub copy_format: CopyFormat,
    /// The oid of a table, to see whether it is still what the snapshot has.
    pub table: Option<u32>,
    /// The oid of a foreign table, which has no lock: whether the name still meant it is checked afterwards.
    pub foreign: Option<u32>,
}

impl ReadTask {
    /// What is planned by the server that has the rows; what it locks and sets goes with a savepoint.
    pub fn query(&self) -> Option<&str> {
        let query = self.copy.strip_prefix("COPY (").filter(|_| self.foreign.is_none())?;
        query.rsplit_once(") TO STDOUT WITH ").map(|(query, _)| query)
    }
}

/// Sizes of tables by oid, read in the snapshot.
pub type Sizes = HashMap<u32, TableSize>;

/// The COPY format of a relation's rows.
pub fn format_of(relation: &Relation) -> CopyFormat {
    match relation.binary {
        true => CopyFormat::Binary,
        false => CopyFormat::Text,
    }
}

/// In binary format it is the session's encoding that counts.
pub fn copy_options(format: CopyFormat, encoding: &str) -> String {
    match format {
        CopyFormat::Text => format!("(FORMAT text, ENCODING {})", ident::quote_literal(encoding)),
        CopyFormat::Binary => "(FORMAT binary)".to_owned(),
    }
}
