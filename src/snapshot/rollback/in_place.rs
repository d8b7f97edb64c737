//! The snapshot into the database itself, in one transaction, where none can be made beside it.
//!
//! What the transaction has done can be compared and checked only once it is committed: what is found then is in the
//! report, and the safety snapshot is the way back.

use super::{Rollback, RollbackReport};
use crate::repository::Record;
use crate::restore::in_place;
use crate::snapshot::{SnapshotError, smoke};

pub(super) fn run(rollback: &Rollback, report: &mut RollbackReport) -> Result<(), SnapshotError> {
    let safety = report.safety.clone();
    let replaced = rollback.timed(report, "restore", || replace(rollback, safety.as_ref()))?;
    (report.entries, report.rows) = (replaced.entries, replaced.rows);
    rollback.progress.stage("comparing with the snapshot");
    let compare = || rollback.differences(&rollback.lease, rollback.params);
    report.differences = rollback.timed(report, "compare", compare)?;
    if let Some(sql) = &rollback.options.smoke_sql {
        rollback.progress.stage("running smoke checks");
        let run = || Ok(smoke::run(rollback.params, sql, rollback.interrupt)?);
        report.smoke = rollback.timed(report, "smoke checks", run)?;
    }
    Ok(())
}

fn replace(rollback: &Rollback, safety: Option<&Record>) -> Result<in_place::Replaced, SnapshotError> {
    let Some(safety) = safety else {
        return Err(SnapshotError::NoMethod {
            database: rollback.params.database().to_owned(),
            why: "there is no safety snapshot to tell what is there".to_owned(),
        });
    };
    let lease = rollback.repository.lease(&safety.id)?;
    let old = crate::archive::Archive::open(&lease.path)?;
    Ok(in_place::replace(
        rollback.params,
        &old,
        &rollback.archive,
        rollback.interrupt,
        rollback.progress,
    )?)
}
