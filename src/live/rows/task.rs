//! One read, and the parts of its statement.

use std::collections::HashMap;

use crate::codec::CopyFormat;
use crate::model::entry::{Relation, RelationId};
use crate::model::{PageRange, ident};
use crate::plan::cut::ranges::TableSize;

/// One COPY of a whole table or of a page range of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadTask {
    pub relation: RelationId,
    /// `schema.name`, quoted, for messages.
    pub label: String,
    pub range: Option<PageRange>,
    pub copy: String,
    /// The statement that a session runs once before its first read of the table; it fails at once when the lock would
    /// have to wait. Absent for relations that cannot be locked.
    pub lock: Option<String>,
    /// Pages, TOAST included, for progress and order.
    pub pages: u64,
    /// Whether the table was measured and has few pages, so that it can be read together with others.
    pub small: bool,
    /// Number of columns in the stream.
    pub columns: usize,
    pub copy_format: CopyFormat,
    /// The oid of a table, to check that it is still the one that the snapshot sees.
    pub table: Option<u32>,
    /// The oid of a foreign table, which cannot be locked: after the read its name is checked to mean the same table
    /// still.
    pub foreign: Option<u32>,
}

impl ReadTask {
    /// The query inside the COPY; absent if the COPY names its table directly, and for foreign tables. A savepoint
    /// undoes the query's locks and settings.
    pub(crate) fn query(&self) -> Option<&str> {
        let query = self.copy.strip_prefix("COPY (").filter(|_| self.foreign.is_none())?;
        query.rsplit_once(") TO STDOUT WITH ").map(|(query, _)| query)
    }
}

/// Sizes of tables by oid, read in the snapshot.
pub(crate) type Sizes = HashMap<u32, TableSize>;

/// The COPY format of a relation's rows.
pub(crate) fn format_of(relation: &Relation) -> CopyFormat {
    match relation.binary {
        true => CopyFormat::Binary,
        false => CopyFormat::Text,
    }
}

/// The options of a COPY. In binary format the session's encoding applies.
pub(crate) fn copy_options(format: CopyFormat, encoding: &str) -> String {
    match format {
        CopyFormat::Text => format!("(FORMAT text, ENCODING {})", ident::quote_literal(encoding)),
        CopyFormat::Binary => "(FORMAT binary)".to_owned(),
    }
}
