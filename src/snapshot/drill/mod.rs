//! A trial restore: proves that a snapshot restores, or says why not.
//!
//! ```text
//! lease --> scratch database --> restore --> compare every digest with the archive --> smoke checks
//!   --> drop the scratch database, whatever happened --> report in drills/, state of the snapshot
//! ```
//!
//! The server is asked for only one new database, with its own name and with the source's encoding and locale. Nothing
//! else on it is changed, unless it is a throwaway server: there the archive's roles are made first. On a server that
//! lacks some of the roles, owners and privileges are neither restored nor compared, nor is anything else that names
//! such a role, such as policies, and the report says so. Scratch databases of killed drills are dropped first
//! (`scratch.rs`). Restored subscriptions are detached before the drop: their publisher never hears of the drill.
//!
//! A failure that the snapshot may be to blame for is a finding. A failure that keeps the drill from running, such as a
//! server that goes away, is an error, and the snapshot keeps its last proof.

mod blame;
mod page;
mod report;
mod scratch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::archive::Archive;
use crate::compare::{self, CompareOptions, CompareReport, Difference, Ignore, Place, Which};
use crate::connect::{Control, Params};
use crate::job::Job;
use crate::model::causes::chain;
use crate::model::entry::Requirement;
use crate::model::ident::quote_ident;
use crate::plan::choose::filter::{Filter, Parts};
use crate::plan::choose::leave_out::Without;
use crate::plan::restore::missing::{SkipMissing, Spared};
use crate::repository::{Action, Occasion, Outcome, Repository, Snapshot, SnapshotKind, Who};
use crate::restore::error::RestoreError;
use crate::restore::input::Input;
use crate::restore::{self, RestoreOptions, RestoreReport};
use crate::snapshot::audit::{Audit, Stopped, Undertaking};
use crate::snapshot::error::doing;
use crate::snapshot::limits::Deadline;
use crate::snapshot::{SnapshotError, smoke};

pub(crate) use page::page;
#[cfg(test)]
pub(crate) use report::Phase;
pub(crate) use report::{DrillReport, Smoke};
use scratch::Scratch;

/// Options of a drill.
#[derive(Clone, Debug, Default)]
pub(crate) struct DrillOptions {
    /// How many sessions the restore and the comparison use.
    pub jobs: usize,
    /// The server is a throwaway one: the archive's globals are restored, too.
    pub throwaway: bool,
    /// Owners or privileges are left out of restore and comparison.
    pub ignore: Ignore,
    /// Do not drop the scratch database.
    pub keep_database: bool,
    pub timeout: Option<Duration>,
    pub smoke_sql: Option<String>,
}

/// A drill that ran to its end.
#[derive(Debug)]
pub(crate) struct Drilled {
    pub report: DrillReport,
    /// The report's name in the repository.
    pub name: String,
}

/// Begins a drill that the user asked for.
pub(crate) fn asked<'a>(audit: &'a Audit<'a>) -> Undertaking<'a> {
    Undertaking::begin(audit, Action::Drill, Occasion::Drill)
}

/// Restores `snapshot` into a scratch database on the server of `params`, which is contacted only for that. The
/// findings go into the repository and its history; `ended` is called with them, before hooks run.
///
/// # Errors
/// The drill ended early: the snapshot keeps its last proof. The scratch database was dropped all the same.
pub(crate) fn run(
    asked: Undertaking,
    snapshot: &Snapshot,
    params: &Params,
    options: &DrillOptions,
    job: &Job,
    ended: &dyn Fn(&Drilled),
) -> Result<Drilled, SnapshotError> {
    let mut asked = asked.of(snapshot).over(params);
    let (repository, who) = (asked.audit.repository(), asked.audit.who());
    let drilled = drill(repository, snapshot, params, options, who, job).and_then(|report| {
        let name = report.record(repository)?;
        Ok(Drilled { report, name })
    });
    match &drilled {
        Ok(drilled) => {
            let (report, name) = (&drilled.report, &drilled.name);
            match report.proven {
                true => asked.record(Outcome::Done, format!("proven; report {name}")),
                false => {
                    let message = format!("not proven, findings: {}; report {name}", report.wrong());
                    asked.record(Outcome::Findings, message);
                }
            }
            ended(drilled);
            asked.notify(serde_json::json!(report));
        }
        Err(error) => asked.refused(&Stopped::by(error, &job.stop)),
    }
    drilled
}

fn drill(
    repository: &Repository,
    snapshot: &Snapshot,
    params: &Params,
    options: &DrillOptions,
    who: &Who,
    job: &Job,
) -> Result<DrillReport, SnapshotError> {
    let begun = Instant::now();
    if let Some(sql) = &options.smoke_sql {
        smoke::check(sql)?;
    }
    let (archive, _lease) = repository.open_archive(snapshot)?;
    let deadline = Deadline::start(options.timeout, &job.stop)?;
    let failed = |source| SnapshotError::Connect {
        server: params.describe(),
        source,
    };
    let late = |error| deadline.explain(error, &job.stop);
    job.progress.stage("connecting");
    let control = Control::connect(params).map_err(failed).map_err(late)?;
    let now = Timestamp::now();
    let mut report = DrillReport::begun(&snapshot.record, params, options.throwaway, now);
    report.database = scratch::name(now)?;
    let cleared = scratch::clear(repository, &control, params, now).map_err(late)?;
    report.leftovers = cleared.left;
    report.notes.extend(cleared.notes);
    let gone = |name: &String| format!("{name} was left by a drill that was killed, and is dropped now");
    report.notes.extend(cleared.dropped.iter().map(gone));
    job.progress.stage("creating the scratch database");
    let created = Instant::now();
    let underway = scratch::underway(&report.database, snapshot.id(), params, now, who);
    let source = archive.source();
    let scratch = Scratch::make(repository, &control, params, source, &underway, options.throwaway).map_err(late)?;
    report.phase("create database", created, String::new());
    let drill = Drill {
        params: params.with_database(&report.database),
        archive: Arc::new(archive),
        kind: snapshot.record.kind,
        options,
        job,
    };
    let mut proved = drill.prove(&mut report).and_then(|()| deadline.check());
    if options.keep_database {
        report.kept = true;
        scratch.end(true)?;
    } else {
        job.progress.stage("dropping the scratch database");
        let dropping = Instant::now();
        match scratch.end(false) {
            Ok(()) => report.phase("drop database", dropping, String::new()),
            Err(error) => {
                report.kept = true;
                // The drop may have been given up because of the deadline or the user, not refused by the server.
                proved = proved.and_then(|()| deadline.check());
                if job.stop.by_user() {
                    proved = proved.and(Err(SnapshotError::Interrupted));
                }
                let note = format!(
                    "cannot drop the scratch database {}: {}",
                    report.database,
                    chain(&error)
                );
                report.notes.push(note);
            }
        }
    }
    if let Err(error) = proved {
        let error = deadline.explain(error, &job.stop);
        return Err(match report.kept && !options.keep_database {
            true => SnapshotError::ScratchLeft {
                database: report.database,
                cause: Box::new(error),
            },
            false => error,
        });
    }
    report.seconds = begun.elapsed().as_secs_f64();
    report.proven = report.finding_count == 0 && report.smoke.iter().all(|check| check.failure.is_none());
    Ok(report)
}

struct Drill<'a> {
    /// They name the scratch database.
    params: Params,
    archive: Arc<Archive>,
    kind: SnapshotKind,
    options: &'a DrillOptions,
    job: &'a Job,
}

impl Drill<'_> {
    fn prove(&self, report: &mut DrillReport) -> Result<(), SnapshotError> {
        let without = self.without(report)?;
        let begun = Instant::now();
        let restored = match self.restore(without) {
            Ok(restored) => {
                if let Some(failure) = restored.failures.iter().find(|failure| blame::is_elsewhere(failure)) {
                    let failure = Box::new(failure.clone());
                    return Err(SnapshotError::CannotRun { failure });
                }
                report.restore_seconds = begun.elapsed().as_secs_f64();
                (report.entries, report.rows) = (restored.entries, restored.rows);
                let what = format!("{} entries, {} rows", restored.entries, restored.rows);
                report.phase("restore", begun, what);
                note_restored(&restored, report);
                restored
            }
            Err(error) => {
                let error = self.to_blame(error)?;
                report.phase("restore", begun, "failed".to_owned());
                report.find(format!("the restore failed: {}", chain(&error)));
                return Ok(());
            }
        };
        let begun = Instant::now();
        let ignore = Ignore {
            owners: without.owners,
            privileges: without.privileges,
        };
        let compared = self.compare(ignore)?;
        let before = report.finding_count;
        for difference in compared
            .differences
            .iter()
            .filter(|d| !is_meant(d, &restored, &compared))
        {
            report.find(difference.to_string());
        }
        for generated in &compared.generated_not_compared {
            report.notes.push(format!("not compared: {generated}"));
        }
        let what = match report.finding_count - before {
            0 => format!("equal: {} objects, {} tables", compared.objects, compared.relations),
            1 => "1 difference".to_owned(),
            found => format!("{found} differences"),
        };
        report.phase("compare", begun, what);
        self.smoke(report)
    }

    /// What the restore has to leave out on this server.
    fn without(&self, report: &mut DrillReport) -> Result<Without, SnapshotError> {
        let mut without = Without {
            owners: self.options.ignore.owners,
            privileges: self.options.ignore.privileges,
            ..Without::default()
        };
        if self.has_globals() {
            return Ok(without);
        }
        let mut input = Input::File(Arc::clone(&self.archive));
        // If anything else stands in the way, the restore itself reports it.
        let options = RestoreOptions {
            skip_missing: SkipMissing::Nothing,
            ..self.restoring(without)
        };
        let Ok(plan) = restore::plan(&mut input, &self.params, &options) else {
            return Ok(without);
        };
        let roles = plan.missing.iter().filter_map(|missing| match missing {
            Requirement::Role(name) => Some(name.as_str()),
            _ => None,
        });
        let roles: Vec<&str> = roles.collect();
        if self.options.throwaway {
            self.make_roles(&roles)?;
        } else if !roles.is_empty() {
            (without.owners, without.privileges) = (true, true);
            report.notes.push(format!(
                "owners and privileges were left out, because the server has no roles {}",
                roles.join(", ")
            ));
        }
        let lacks_tablespace = |missing: &Requirement| matches!(missing, Requirement::Tablespace(_));
        if plan.missing.iter().any(lacks_tablespace) {
            without.tablespaces = true;
            report
                .notes
                .push("tablespaces were left out, because the server lacks them".to_owned());
        }
        Ok(without)
    }

    /// Makes the archive's roles on a throwaway server, for an archive that names roles but has no globals.
    fn make_roles(&self, roles: &[&str]) -> Result<(), SnapshotError> {
        let control = Control::connect(&self.params).map_err(|source| SnapshotError::Connect {
            server: self.params.describe(),
            source,
        })?;
        let make = |role: &&str| control.execute(&format!("CREATE ROLE {}", quote_ident(role)));
        roles
            .iter()
            .try_for_each(make)
            .map_err(doing("cannot make the snapshot's roles"))
    }

    fn has_globals(&self) -> bool {
        self.options.throwaway && !self.archive.catalog().globals.is_empty()
    }

    fn restoring(&self, without: Without) -> RestoreOptions {
        let mut options = RestoreOptions {
            jobs: self.options.jobs,
            statistics: true,
            globals: self.has_globals(),
            skip_missing: SkipMissing::Roles,
            ..RestoreOptions::default()
        };
        options.filter.without = without;
        options
    }

    fn restore(&self, without: Without) -> Result<RestoreReport, RestoreError> {
        let input = Input::File(Arc::clone(&self.archive));
        let options = self.restoring(without);
        restore::run(input, &self.params, &options, self.job)
    }

    /// Returns the error as a finding if the snapshot may be its cause; else as the error of the drill.
    fn to_blame(&self, error: RestoreError) -> Result<RestoreError, SnapshotError> {
        match blame::stops_elsewhere(&error) || self.job.is_stopped() {
            true => Err(error.into()),
            false => Ok(error),
        }
    }

    fn compare(&self, ignore: Ignore) -> Result<CompareReport, SnapshotError> {
        self.job.progress.stage("comparing with the snapshot");
        let (a, b) = (
            Place::Archive(Arc::clone(&self.archive)),
            Place::Live(Box::new(self.params.clone())),
        );
        let options = CompareOptions {
            jobs: self.options.jobs,
            ignore,
            details: true,
        };
        let parts = match self.kind {
            SnapshotKind::Schema => Parts::Schema,
            _ => Parts::All,
        };
        let filter = |_: &str| {
            Ok(Filter {
                parts,
                ..Filter::default()
            })
        };
        Ok(compare::run(&a, &b, &options, &filter, self.job)?)
    }

    fn smoke(&self, report: &mut DrillReport) -> Result<(), SnapshotError> {
        let Some(sql) = &self.options.smoke_sql else {
            return Ok(());
        };
        self.job.progress.stage("running smoke checks");
        let begun = Instant::now();
        let results = smoke::run(&self.params, sql, &self.job.stop)?;
        let passed = results.iter().filter(|result| result.passed()).count();
        report.phase("smoke checks", begun, format!("{passed} of {} passed", results.len()));
        report.smoke = results.into_iter().map(Smoke::from).collect();
        Ok(())
    }
}

/// Whether a difference is intended in a snapshot of a part of a database. A table whose rows it leaves out on purpose
/// is empty after the restore, and links to objects that it does not hold are not made.
fn is_meant(difference: &Difference, restored: &RestoreReport, compared: &CompareReport) -> bool {
    match difference {
        Difference::RowsOnlyIn {
            side: Which::B,
            relation,
        } => {
            let table = compared.tables.iter().find(|table| table.relation == *relation);
            table.is_some_and(|table| table.b.is_some_and(|content| content.digest.rows == 0))
        }
        Difference::OnlyIn {
            side: Which::A,
            kind,
            identity,
        } => {
            let label = format!("{kind} {identity}");
            let is_spared = |spared: &Spared| (&spared.kind, &spared.identity) == (kind, identity);
            restored.left_out.iter().any(|(what, _)| *what == label) || restored.spared.iter().any(is_spared)
        }
        _ => false,
    }
}

fn note_restored(restored: &RestoreReport, report: &mut DrillReport) {
    restored
        .failures
        .iter()
        .for_each(|failure| report.find(failure.to_string()));
    let skipped = restored.skipped.iter().chain(&restored.misfits.dependants);
    for skipped in skipped {
        report.find(format!("skipped {}, because {}", skipped.what, skipped.because));
    }
    for damaged in &restored.damaged {
        report.find(format!("damaged: {damaged}"));
    }
    for (what, lacks) in &restored.misfits.unheld {
        report.find(format!("the server cannot hold {what}: {lacks}"));
    }
    for (what, lacks) in &restored.misfits.changed {
        report
            .notes
            .push(format!("changed for this server: {what}: without {lacks}"));
    }
    for spared in &restored.spared {
        report.notes.push(format!(
            "not tried: {} {}, because {}",
            spared.kind, spared.identity, spared.because
        ));
    }
    for (what, path) in &restored.search_paths {
        report
            .notes
            .push(format!("a function needs a search_path, so {path} was used for {what}"));
    }
    for (what, needs) in &restored.left_out {
        report.notes.push(format!("left out: {what}, without {needs}"));
    }
    for kind in &restored.not_covered {
        report
            .notes
            .push(format!("not in the snapshot: {} {}", kind.kind, kind.names.join(", ")));
    }
    for missing in &restored.partial {
        report.notes.push(format!("not in the snapshot: {missing}"));
    }
}
