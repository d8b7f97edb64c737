//! Makes the new database beside the old one and proves it before anything is replaced.

use std::sync::Arc;

use super::prepared::Rollback;
use super::report::RollbackReport;
use super::{definitions, leftovers};
use crate::connect::{Control, Wire};
use crate::model::ident::{quote_ident, quote_literal};
use crate::restore::database::create_statement;
use crate::restore::input::Input;
use crate::restore::{self, RestoreOptions};
use crate::snapshot::error::doing;
use crate::snapshot::{SnapshotError, smoke};

pub(super) struct Beside<'a> {
    pub rollback: &'a Rollback<'a>,
    pub control: &'a Control,
    /// The name of the new database.
    pub name: &'a str,
}

impl Beside<'_> {
    /// Creates, restores, compares and checks it.
    pub(super) fn make(&self, report: &mut RollbackReport) -> Result<(), SnapshotError> {
        let rollback = self.rollback;
        rollback.timed(report, "create", || self.create())?;
        let restored = rollback.timed(report, "restore", || self.restore())?;
        (report.entries, report.rows) = (restored.entries, restored.rows);
        report.search_paths = restored.search_paths;
        let params = rollback.params.with_database(self.name);
        rollback.job.progress.stage("comparing with the snapshot");
        report.differences = rollback.timed(report, "compare", || rollback.differences(&rollback.archive, &params))?;
        if !report.differences.is_empty() && !rollback.options.accept_differences {
            return Err(SnapshotError::NotEqual {
                differences: std::mem::take(&mut report.differences),
            });
        }
        if let Some(sql) = &rollback.options.smoke_sql {
            rollback.job.progress.stage("running smoke checks");
            let run = || Ok(smoke::run(&params, sql, &rollback.job.stop)?);
            report.smoke = rollback.timed(report, "smoke checks", run)?;
            if report.smoke.iter().any(|result| !result.passed()) {
                return Err(SnapshotError::SmokeFailed {
                    results: std::mem::take(&mut report.smoke),
                });
            }
        }
        Ok(())
    }

    fn create(&self) -> Result<(), SnapshotError> {
        let rollback = self.rollback;
        rollback.job.progress.stage("creating a database beside it");
        let archive = &rollback.archive;
        let (source, catalog) = (archive.source(), archive.catalog());
        let version = self.control.server_version();
        let failed = doing("cannot create a database");
        let create = create_statement(source, catalog, self.name, version);
        // The limit marks the database from the moment it is made; a comment can only follow.
        let limit = leftovers::mark_limit(rollback.params.database());
        self.control
            .execute(&format!("{create} CONNECTION LIMIT = {limit}"))
            .map_err(&failed)?;
        let mark = quote_literal(&leftovers::mark_of_new(rollback.params.database()));
        self.control
            .execute(&format!("COMMENT ON DATABASE {} IS {mark}", quote_ident(self.name)))
            .map_err(&failed)?;
        let settings = definitions::settings(&catalog.entries, &source.database, self.name);
        let mut wire = Wire::connect(self.control.params()).map_err(&failed)?;
        settings.iter().try_for_each(|sql| {
            let failed = doing("cannot give the new database the settings of the snapshot");
            wire.pipeline(&[sql.as_str()]).map_err(|(_, error)| failed(error))
        })
    }

    fn restore(&self) -> Result<restore::RestoreReport, SnapshotError> {
        let rollback = self.rollback;
        let options = RestoreOptions {
            jobs: rollback.options.jobs,
            // Only newer servers can use the archive's statistics, and without any the database would be slow.
            analyze: true,
            exit_on_error: !rollback.options.accept_differences,
            ..RestoreOptions::default()
        };
        let input = Input::File(Arc::clone(&rollback.archive));
        let params = rollback.params.with_database(self.name);
        Ok(restore::run(input, &params, &options, rollback.job)?)
    }
}
