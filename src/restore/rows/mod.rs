//! Recovers rows of one table, or makes tables of other names of an archive's rows.
//!
//! ```text
//! archive -> COPY -> staging table -> the rows that meet the condition -> INSERT -> target     (rows of one table)
//! archive -> COPY -> new table                                                                (other names)
//! ```
//!
//! One session and one transaction, whatever fails leaves the target as it was. The staging table is temporary and has the
//! archive's columns and types, so the condition means there what it meant at the source. Rows are inserted as by anybody:
//! triggers fire, defaults fill what the archive lacks, foreign keys are checked at the end of the statement, or at the
//! commit where they are deferred. Condition and triggers find names as the role does by default; everything else is
//! named in full.
//!
//! Rows to be replaced are counted and locked before: a row that somebody adds under the same key in the moment between
//! is replaced too, and counted as inserted.

mod condition;
pub mod error;
mod recovery;
mod target;
mod types;

use crate::archive::Archive;
use crate::connect::{Interrupt, Params};
use crate::model::RelationId;
use crate::model::entry::Missing;
use crate::plan::one_table::OneTable;
use crate::progress::Progress;
use crate::restore::error::RestoreError;
use crate::restore::rows::error::RowsError;
use crate::restore::rows::recovery::Recovery;
use crate::restore::{RestoreOptions, connect, database, session_of};

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

/// Recovers the rows of `tables`, of one unless they go into a schema.
pub fn run(
    archive: &Archive,
    tables: &[OneTable],
    params: &Params,
    options: &RowsOptions,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<RowsReport, RestoreError> {
    progress.stage("checking the target");
    let session = RestoreOptions {
        role: options.role.clone(),
        jobs: 1,
        ..RestoreOptions::default()
    };
    let control = connect(params, &session)?;
    interrupt.watch(control.canceller());
    let database = database::current(&control)?;
    let mut wire = session_of(&control, archive.source(), &session)?;
    interrupt.watch(wire.canceller());
    progress.set_total(tables.iter().map(|table| raw_bytes(archive, table)).sum());
    let mut recovery = Recovery {
        archive,
        version: control.server_version(),
        options,
        interrupt,
        progress,
        wire: &mut wire,
    };
    let result = recovery.transaction(tables);
    let tables = result.map_err(|error| match error {
        RestoreError::Rows(RowsError::Unknown { .. }) => error,
        _ if interrupt.by_user() => RestoreError::Interrupted,
        error => error,
    })?;
    Ok(RowsReport { database, tables })
}

fn raw_bytes(archive: &Archive, table: &OneTable) -> u64 {
    let of = |id: &RelationId| archive.manifest().relation(*id).map_or(0, |r| r.raw_bytes);
    table.relations.iter().map(of).sum()
}
