//! What is to become of the rows of a table, and what became of them.

use crate::model::entry::Missing;

/// What happens to a row that the target has under the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nothing is changed at all.
    #[default]
    Error,
    /// It stays.
    Skip,
    /// It becomes the archive's.
    Replace,
}

/// Where rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into the table that they came from.
    Own(OnConflict),
    /// Into a new table: (schema, name).
    Table(String, String),
    /// Into new tables of their own names in a schema, which is made if need be.
    Schema(String),
}

#[derive(Clone, Debug)]
pub struct RowsOptions {
    /// `SET ROLE` before anything else.
    pub role: Option<String>,
    /// SQL; absent for all rows.
    pub condition: Option<String>,
    pub destination: Destination,
    /// Count, change nothing.
    pub plan: bool,
}

/// What came of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableReport {
    /// Quoted and qualified, in the archive and on the target.
    pub table: String,
    pub target: String,
    /// It was made by this run.
    pub created: bool,
    /// In the archive.
    pub rows: u64,
    pub matched: u64,
    /// Of the rows that matched, in a plan: the target has others under their keys. Absent where nothing was staged or
    /// there is no key.
    pub present: Option<u64>,
    pub inserted: u64,
    pub replaced: u64,
    pub skipped: u64,
    /// Neither inserted nor there before: a trigger or a rule of the target kept them out.
    pub kept_out: u64,
    /// Columns of the target that the archive lacks.
    pub defaults: Vec<String>,
    /// Columns that the source computed, of which the archive has no values.
    pub generated: Vec<String>,
    /// Rows that are known not to be in the archive.
    pub missing: Vec<Missing>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsReport {
    pub database: String,
    pub tables: Vec<TableReport>,
}

impl RowsReport {
    /// Every row that was asked for is there.
    pub fn is_clean(&self) -> bool {
        self.tables.iter().all(|t| t.missing.is_empty() && t.kept_out == 0)
    }
}
