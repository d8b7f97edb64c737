//! Options and report of a recovery of rows.

use crate::model::entry::Missing;

/// What happens to a row that the target has under the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// The recovery fails and changes nothing.
    #[default]
    Error,
    /// The target's row stays.
    Skip,
    /// The target's row becomes the archive's.
    Replace,
}

/// Where rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Into the table that they came from.
    Own(OnConflict),
    /// Into a new table: (schema, name).
    Table(String, String),
    /// Into new tables of the same names in a schema, which is made if it does not exist.
    Schema(String),
}

#[derive(Clone, Debug)]
pub(crate) struct RowsOptions {
    /// `SET ROLE` before anything else.
    pub role: Option<String>,
    /// SQL; absent for all rows.
    pub condition: Option<String>,
    pub destination: Destination,
    /// Only count; change nothing.
    pub plan: bool,
}

/// What came of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableReport {
    /// Quoted and qualified: `table` in the archive, `target` on the target.
    pub table: String,
    pub target: String,
    /// The table was made by this run.
    pub created: bool,
    /// Rows in the archive.
    pub rows: u64,
    pub matched: u64,
    /// In a plan: how many matching rows the target has other versions of, by key. `None` where nothing was staged or
    /// there is no key.
    pub present: Option<u64>,
    pub inserted: u64,
    pub replaced: u64,
    pub skipped: u64,
    /// Rows neither inserted nor present before: a trigger or a rule of the target kept them out.
    pub kept_out: u64,
    /// Columns of the target that the archive lacks.
    pub defaults: Vec<String>,
    /// Generated columns, of which the archive has no values.
    pub generated: Vec<String>,
    /// Rows that the archive is known to lack.
    pub missing: Vec<Missing>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RestoreRowsReport {
    pub database: String,
    pub tables: Vec<TableReport>,
}

impl RestoreRowsReport {
    /// Whether every row that was asked for is there.
    pub(crate) fn is_clean(&self) -> bool {
        self.tables.iter().all(|t| t.missing.is_empty() && t.kept_out == 0)
    }
}
