//! A rollback that is ready to run, and what its steps share.

use std::sync::Arc;
use std::time::Instant;

use crate::archive::{Archive, VerifyOptions};
use crate::compare::{self, CompareOptions, Difference, Place};
use crate::connect::Params;
use crate::dump::DumpOptions;
use crate::job::Job;
use crate::plan::choose::filter::Filter;
use crate::repository::{Action, Lease, Occasion, Record, Repository, SAFETY_LABEL, Snapshot, Standing};
use crate::snapshot::audit::{Audit, Stopped, Undertaking};
use crate::snapshot::create::create_safety;
use crate::snapshot::rollback::options::{Method, RollbackOptions};
use crate::snapshot::rollback::report::{RollbackReport, detail, said};
use crate::snapshot::rollback::target::ReplacedDatabase;
use crate::snapshot::smoke;
use crate::snapshot::{CreateOptions, SnapshotError};

/// Begins a rollback of the database that `params` names; `why` is for the history.
pub(crate) fn asked<'a>(audit: &'a Audit<'a>, params: &Params, why: Option<&str>) -> Undertaking<'a> {
    let mut asked = Undertaking::begin(audit, Action::Rollback, Occasion::Rollback).over(params);
    audit.settle();
    asked.event.why = why.map(str::to_owned);
    asked.facts.database = Some(params.database().to_owned());
    asked.facts.detail = detail(&asked, None, None);
    asked
}

/// A rollback that is ready to run.
pub(crate) struct Rollback<'a> {
    pub(super) asked: Undertaking<'a>,
    pub(super) repository: &'a Repository,
    pub(super) snapshot: &'a Snapshot,
    /// They name the database that is replaced.
    pub(super) params: &'a Params,
    pub(super) options: &'a RollbackOptions,
    pub(super) job: &'a Job,
    /// Opened and verified once; every step uses this one.
    pub(super) archive: Arc<Archive>,
    _lease: Lease,
    pub target: ReplacedDatabase,
    pub method: Method,
}

impl<'a> Rollback<'a> {
    /// Verifies every byte of the snapshot and looks at what would be replaced. Changes nothing on the server. A caller
    /// that does not want the rollback then drops this, which leaves no trace.
    ///
    /// # Errors
    /// [`RepositoryError::NotUsable`](crate::repository::RepositoryError) if the snapshot is not of a whole database or
    /// not good; [`SnapshotError::NoMethod`]. History and hooks have learned of the error then.
    pub(crate) fn prepare(
        asked: Undertaking<'a>,
        snapshot: &'a Snapshot,
        params: &'a Params,
        options: &'a RollbackOptions,
        job: &'a Job,
    ) -> Result<Self, SnapshotError> {
        let asked = asked.of(snapshot);
        let repository = asked.audit.repository();
        match Self::look(repository, snapshot, params, options, job) {
            Ok(looked) => Ok(Self {
                asked,
                repository,
                snapshot,
                params,
                options,
                job,
                archive: looked.archive,
                _lease: looked.lease,
                target: looked.target,
                method: looked.method,
            }),
            Err(error) => {
                asked.refused(&Stopped::by(&error, &job.stop));
                Err(error)
            }
        }
    }

    /// Ends the rollback before it began, because of something that the caller had to provide. History and hooks learn
    /// of it.
    pub(crate) fn refused(self, stopped: &Stopped) {
        self.asked.refused(stopped);
    }

    fn look(
        repository: &Repository,
        snapshot: &Snapshot,
        params: &Params,
        options: &RollbackOptions,
        job: &Job,
    ) -> Result<Looked, SnapshotError> {
        check_usable(snapshot)?;
        if let Some(sql) = &options.smoke_sql {
            smoke::check(sql)?;
        }
        job.progress.stage("verifying the snapshot");
        let (checked, opened) = repository.open_checked(snapshot, VerifyOptions::default(), job)?;
        let Some((archive, lease)) = opened else {
            let first = checked.findings.first().map_or("not good", String::as_str);
            return Err(not_usable(snapshot, format!("damaged: {first}")));
        };
        job.progress.stage("looking at the target");
        let mut target = ReplacedDatabase::look(params, &job.stop)?;
        if archive.catalog().large_objects() > 0 && target.no_transaction.is_none() {
            target.no_transaction = Some("the snapshot has large objects".to_owned());
        }
        let method = target.method(options.method)?;
        Ok(Looked {
            archive: Arc::new(archive),
            lease,
            target,
            method,
        })
    }

    /// Writes the successful end to the history.
    pub(super) fn tell(&self, report: &RollbackReport) {
        let safety = report.safety.as_ref().map(|record| record.id.as_str());
        self.asked.tell(report.outcome(), said(Vec::new(), safety));
    }

    /// Whether a database has the content of a snapshot.
    pub(super) fn is_saved(&self, database: &str, snapshot: &str) -> Result<bool, SnapshotError> {
        let (archive, _lease) = self.repository.open_leased(snapshot)?;
        let differences = self.differences(&Arc::new(archive), &self.params.with_database(database))?;
        Ok(differences.is_empty())
    }

    pub(super) fn differences(
        &self,
        archive: &Arc<Archive>,
        params: &Params,
    ) -> Result<Vec<Difference>, SnapshotError> {
        let (a, b) = (
            Place::Archive(Arc::clone(archive)),
            Place::Live(Box::new(params.clone())),
        );
        let options = CompareOptions {
            jobs: self.options.jobs,
            ..CompareOptions::default()
        };
        let everything = |_: &str| Ok(Filter::default());
        let report = compare::run(&a, &b, &options, &everything, self.job)?;
        Ok(report.differences)
    }

    pub(super) fn take_safety(&self) -> Result<Record, SnapshotError> {
        let options = CreateOptions {
            label: SAFETY_LABEL.to_owned(),
            pin: false,
            safety: true,
            timeout: None,
            max_bytes: None,
            check_space: true,
            dump: DumpOptions {
                jobs: self.options.jobs,
                label: Some(SAFETY_LABEL.to_owned()),
                purpose: Some(format!("before the rollback to {}", self.snapshot.id())),
                count_rows: true,
                ..DumpOptions::default()
            },
        };
        create_safety(self.asked.audit, self.params, &options, self.job)
    }

    pub(super) fn check_stop(&self) -> Result<(), SnapshotError> {
        match self.job.stop.by_user() {
            true => Err(SnapshotError::Interrupted),
            false => Ok(()),
        }
    }

    pub(super) fn timed<T>(
        &self,
        report: &mut RollbackReport,
        phase: &'static str,
        run: impl FnOnce() -> Result<T, SnapshotError>,
    ) -> Result<T, SnapshotError> {
        self.check_stop()?;
        let begun = Instant::now();
        let result = run()?;
        report.times.push((phase, begun.elapsed().as_secs_f64()));
        Ok(result)
    }
}

/// What [`Rollback::prepare`] found.
struct Looked {
    archive: Arc<Archive>,
    lease: Lease,
    target: ReplacedDatabase,
    method: Method,
}

fn check_usable(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    use crate::repository::SnapshotKind;
    match (snapshot.standing, snapshot.record.kind) {
        (Standing::Complete, SnapshotKind::Full) => Ok(()),
        (Standing::Complete, kind) => Err(not_usable(
            snapshot,
            format!("of kind {kind}, and a rollback needs the whole database: `pgark restore` takes parts"),
        )),
        (standing, _) => Err(not_usable(snapshot, standing.to_string())),
    }
}

fn not_usable(snapshot: &Snapshot, standing: String) -> SnapshotError {
    crate::repository::RepositoryError::NotUsable {
        id: snapshot.id().to_owned(),
        standing,
    }
    .into()
}
