//! Recovers rows of one table, or makes new tables under other names from an archive's rows.
//!
//! ```text
//! archive -> COPY -> staging table -> the rows that meet the condition -> INSERT -> target     (rows of one table)
//! archive -> COPY -> new table                                                                (other names)
//! ```
//!
//! It is one session and one transaction: any failure leaves the target as it was. The staging table is temporary and
//! has the archive's columns and types, so the condition means there what it meant at the source. Rows are inserted as
//! any client inserts them: triggers fire, defaults fill what the archive lacks, foreign keys are checked at the end of
//! the statement, or at the commit where they are deferred. Condition and triggers find names by the role's default
//! path; everything else is named in full.
//!
//! Rows to be replaced are counted and locked first. A row that somebody adds under the same key between that and the
//! INSERT is replaced too, but counted as inserted.

mod condition;
pub(crate) mod error;
mod options;
mod recovery;
mod target;
mod types;

use crate::archive::Archive;
use crate::connect::Params;
use crate::job::Job;
use crate::model::RelationId;
use crate::restore::database;
use crate::restore::error::RestoreError;
use crate::restore::options::RestoreOptions;
use crate::restore::rows::error::RestoreRowsError;
use crate::restore::rows::recovery::Recovery;
use crate::restore::session::connect_both;
use crate::select::one_table::OneTable;

pub(crate) use crate::restore::rows::options::{Destination, OnConflict, RestoreRowsReport, RowsOptions, TableReport};

/// Recovers the rows of `tables`. They are several only if they go into a schema.
pub(crate) fn run(
    archive: &Archive,
    tables: &[OneTable],
    params: &Params,
    options: &RowsOptions,
    job: &Job,
) -> Result<RestoreRowsReport, RestoreError> {
    job.progress.stage("checking the target");
    let session = RestoreOptions {
        role: options.role.clone(),
        jobs: 1,
        ..RestoreOptions::default()
    };
    let (control, mut wire) = connect_both(params, archive.source(), &session)?;
    job.stop.watch(control.canceller());
    let database = database::current(&control)?;
    job.stop.watch(wire.canceller());
    job.progress
        .set_total(tables.iter().map(|table| raw_bytes(archive, table)).sum());
    let mut recovery = Recovery {
        archive,
        version: control.server_version(),
        options,
        job,
        wire: &mut wire,
    };
    let result = recovery.transaction(tables);
    let tables = result.map_err(|error| match error {
        RestoreError::Rows(RestoreRowsError::Unknown { .. }) => error,
        _ if job.stop.by_user() => RestoreError::Interrupted,
        error => error,
    })?;
    Ok(RestoreRowsReport { database, tables })
}

fn raw_bytes(archive: &Archive, table: &OneTable) -> u64 {
    let of = |id: &RelationId| archive.manifest().relation(*id).map_or(0, |r| r.raw_bytes);
    table.relations.iter().map(of).sum()
}
