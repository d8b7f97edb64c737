//! Restores the snapshot into the database itself, in one transaction, where no second database can be made.
//!
//! ```text
//! lock everything against writers --> safety snapshot, over other sessions --> drop, restore --> commit
//! ```
//!
//! So the safety snapshot has exactly what is replaced, to the last row. What the transaction has done can be compared
//! and checked only after the commit: the findings are in the report, and the safety snapshot is the way back.

use super::prepared::Rollback;
use super::report::RollbackReport;
use super::{attached, fate};
use crate::connect::Control;
use crate::repository::Status;
use crate::restore::error::RestoreError;
use crate::restore::in_place::{Held, Replaced};
use crate::snapshot::{SnapshotError, smoke};

/// How often to start over when something that cannot be locked was changed.
const ATTEMPTS: usize = 3;

pub(super) fn run(rollback: &Rollback, control: &Control, report: &mut RollbackReport) -> Result<(), SnapshotError> {
    let mut attempt = 1;
    let replaced = loop {
        match replace(rollback, control, report) {
            Err(SnapshotError::Restore(RestoreError::ChangedMeanwhile { .. })) if attempt < ATTEMPTS => attempt += 1,
            result => break result?,
        }
    };
    report.replaced = true;
    (report.entries, report.rows) = (replaced.entries, replaced.rows);
    report.search_paths = replaced.search_paths;
    rollback.job.progress.stage("comparing with the snapshot");
    let compare = || rollback.differences(&rollback.archive, rollback.params);
    report.differences = rollback.timed(report, "compare", compare)?;
    if let Some(sql) = &rollback.options.smoke_sql {
        rollback.job.progress.stage("running smoke checks");
        let run = || Ok(smoke::run(rollback.params, sql, &rollback.job.stop)?);
        report.smoke = rollback.timed(report, "smoke checks", run)?;
    }
    Ok(())
}

fn replace(rollback: &Rollback, control: &Control, report: &mut RollbackReport) -> Result<Replaced, SnapshotError> {
    let database = rollback.params.database();
    let refuse = |why: &str| SnapshotError::NoMethod {
        database: database.to_owned(),
        why: why.to_owned(),
    };
    rollback.job.progress.stage("locking against writers");
    let hold = || Ok(Held::take(rollback.params, &rollback.archive, &rollback.job.stop)?);
    let held = rollback.timed(report, "lock", hold)?;
    attached::check_prepared(control, database)?;
    let safety = rollback.timed(report, "safety snapshot", || rollback.take_safety())?;
    let partial = safety.status != Status::Complete;
    let id = safety.id.clone();
    report.safety = Some(safety);
    let (old, _lease) = rollback.repository.open_leased(&id)?;
    if partial {
        return Err(refuse(
            "its safety snapshot is partial, so not all that is there could be put back",
        ));
    }
    let replace = || {
        let replaced = held.replace(&old, &rollback.archive, rollback.job);
        match replaced {
            Err(RestoreError::CommitLost { transaction, source }) => {
                fate::settle(rollback.params, &transaction, source, &rollback.job.stop)?;
                Ok(Replaced {
                    entries: rollback.archive.catalog().entries.len() as u64,
                    rows: rollback.snapshot.record.rows,
                    search_paths: Vec::new(),
                })
            }
            replaced => Ok(replaced?),
        }
    };
    rollback.timed(report, "restore", replace)
}
