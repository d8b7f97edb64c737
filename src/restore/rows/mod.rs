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
mod options;
mod recovery;
mod target;
mod types;

use crate::archive::Archive;
use crate::connect::{Interrupt, Params};
use crate::model::RelationId;
use crate::plan::choose::one_table::OneTable;
use crate::progress::Progress;
use crate::restore::database;
use crate::restore::error::RestoreError;
use crate::restore::options::RestoreOptions;
use crate::restore::rows::error::RowsError;
use crate::restore::rows::recovery::Recovery;
use crate::restore::session::connect_both;

pub use crate::restore::rows::options::{Destination, OnConflict, RowsOptions, RowsReport, TableReport};

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
    let (control, mut wire) = connect_both(params, archive.source(), &session)?;
    interrupt.watch(control.canceller());
    let database = database::current(&control)?;
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
