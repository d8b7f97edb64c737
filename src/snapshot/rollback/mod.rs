//! Goes back to a snapshot without ever being without a whole database.
//!
//! ```text
//! verify the snapshot --> safety snapshot of what is there --> new database beside it: restore, compare, smoke checks
//!   --> swap the names, in one transaction --> compare the old database with its safety snapshot --> drop it
//! ```
//!
//! Until the swap, readers and writers see the old state. The swap ends their connections, and new ones find the new
//! state; who connects meanwhile waits for a moment. What was written after the safety snapshot was taken is in the old
//! database alone: it is dropped only when its content is that of the safety snapshot, else it is kept and named.
//!
//! Where the role may not create databases or rename this one, the snapshot is restored in place, in one transaction
//! (`in_place.rs`): readers of a table wait for its end, and then see the new state.
//!
//! There everything is locked against writers first, and the safety snapshot is of what is locked.
//!
//! When a rollback does not come to its end, [`Fate`] says what has become of the database.
//!
//! A rollback that is killed leaves the old state or the new one. The next one of the same database drops what it left:
//! the half-made new database, and an old one that equals its safety snapshot. One runs at a time: it holds an
//! advisory lock on the server.

mod attached;
mod beside;
mod definitions;
mod fate;
mod in_place;
mod leftovers;
mod swap;
mod target;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::archive::{Archive, VerifyOptions};
use crate::compare::{self, CompareOptions, Difference, Place};
use crate::connect::{Control, Interrupt, Params};
use crate::dump::DumpOptions;
use crate::plan::choose::filter::Filter;
use crate::progress::Progress;
use crate::repository::{
    Action, Depth, Event, Lease, Occasion, Outcome, Record, Repository, SAFETY_LABEL, Snapshot, Standing,
};
use crate::snapshot::audit::{Audit, Stopped, Undertaking};
use crate::snapshot::create::create_safety;
use crate::snapshot::smoke::{self, SmokeResult};
use crate::snapshot::unmake::unmake;
use crate::snapshot::{CreateOptions, SnapshotError};

pub use attached::{Slot, Subscription};
pub use fate::{Failed, Fate, question};
use target::Maintenance;
pub use target::Target;

/// How a snapshot takes the place of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Restore into a new database, then swap the names.
    Swap,
    /// Restore into the database itself, in one transaction.
    Transaction,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Swap => "a new database beside it, then a swap of the names",
            Self::Transaction => "in place, in one transaction",
        })
    }
}

/// How to roll back.
#[derive(Clone, Debug)]
pub struct RollbackOptions {
    /// Sessions of each dump, restore and comparison.
    pub jobs: usize,
    /// Absent: whichever the target allows, the swap first.
    pub method: Option<Method>,
    /// SQL that must hold in the restored database.
    pub smoke_sql: Option<String>,
    /// Keep the database that was replaced.
    pub keep_old: bool,
    /// Go on when the restored database is not equal to the snapshot in everything.
    pub accept_differences: bool,
}

/// What a rollback did.
#[derive(Debug, Default)]
pub struct RollbackReport {
    pub database: String,
    pub method: Option<Method>,
    /// The commit is done: the database is the snapshot's, whatever comes after.
    pub replaced: bool,
    /// Of the state that was replaced; absent when there was none.
    pub safety: Option<Record>,
    pub entries: u64,
    pub rows: u64,
    /// Between the restored database and the snapshot.
    pub differences: Vec<Difference>,
    pub smoke: Vec<SmokeResult>,
    /// What was made under another `search_path`, because a function needs one: (what, the path).
    pub search_paths: Vec<(String, String)>,
    /// The database that was replaced and that is still there, and why.
    pub kept: Option<(String, String)>,
    /// What earlier rollbacks had left and is gone, or still there.
    pub leftovers: Vec<String>,
    /// Phases with their seconds.
    pub times: Vec<(&'static str, f64)>,
    /// The history tells of it already.
    told: bool,
}

impl RollbackReport {
    /// The database is the snapshot, and passes all checks.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.smoke.iter().all(SmokeResult::passed)
    }

    fn outcome(&self) -> Outcome {
        match self.is_clean() {
            true => Outcome::Done,
            false => Outcome::Findings,
        }
    }
}

/// What the history says of a rollback, by which one is also told whose safety snapshot that is.
fn said(mut parts: Vec<String>, safety: Option<&str>) -> String {
    parts.extend(safety.map(|id| format!("the state before is {id}")));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// A rollback that was asked for, of the database that `params` names; `why` is for the history.
pub fn asked<'a>(audit: &'a Audit<'a>, params: &Params, why: Option<&str>) -> Undertaking<'a> {
    let mut asked = Undertaking::begin(audit, Action::Rollback, Occasion::Rollback).over(params);
    audit.settle();
    asked.event.why = why.map(str::to_owned);
    asked.facts.database = Some(params.database().to_owned());
    asked.facts.detail = detail(&asked, None, None);
    asked
}

/// What hooks are told of a rollback alone.
fn detail(asked: &Undertaking, safety: Option<&Record>, fate: Option<&Fate>) -> serde_json::Value {
    serde_json::json!({
        "safety_snapshot": safety.map(|record| &record.id),
        "reason": asked.event.why,
        "state": fate.map(Fate::name),
    })
}

/// A rollback that is about to be.
pub struct Rollback<'a> {
    asked: Undertaking<'a>,
    repository: &'a Repository,
    snapshot: &'a Snapshot,
    /// Of the database that is replaced.
    params: &'a Params,
    options: &'a RollbackOptions,
    interrupt: &'a Interrupt,
    progress: &'a Arc<Progress>,
    /// Opened once, and verified: all that is done with it is done with this.
    archive: Arc<Archive>,
    _lease: Lease,
    pub target: Target,
    pub method: Method,
}

impl<'a> Rollback<'a> {
    /// Verifies the snapshot, every byte, and looks at what would be replaced. Changes nothing on the server. Who does not
    /// want it then drops it, which leaves no trace.
    ///
    /// # Errors
    /// [`RepositoryError::NotUsable`](crate::repository::RepositoryError) for a snapshot that is not of a whole database or
    /// not good; [`SnapshotError::NoMethod`]. History and hooks have been told.
    pub fn prepare(
        asked: Undertaking<'a>,
        snapshot: &'a Snapshot,
        params: &'a Params,
        options: &'a RollbackOptions,
        interrupt: &'a Interrupt,
        progress: &'a Arc<Progress>,
    ) -> Result<Self, SnapshotError> {
        let asked = asked.of(snapshot);
        let repository = asked.audit.repository();
        match Self::look(repository, snapshot, params, options, interrupt, progress) {
            Ok(looked) => Ok(Self {
                asked,
                repository,
                snapshot,
                params,
                options,
                interrupt,
                progress,
                archive: looked.archive,
                _lease: looked.lease,
                target: looked.target,
                method: looked.method,
            }),
            Err(error) => {
                asked.refused(&Stopped::by(&error, interrupt));
                Err(error)
            }
        }
    }

    /// Ends it before it was begun, because of something that the caller was to provide: history and hooks tell.
    pub fn refused(self, stopped: &Stopped) {
        self.asked.refused(stopped);
    }

    fn look(
        repository: &Repository,
        snapshot: &Snapshot,
        params: &Params,
        options: &RollbackOptions,
        interrupt: &Interrupt,
        progress: &Progress,
    ) -> Result<Looked, SnapshotError> {
        check_usable(snapshot)?;
        if let Some(sql) = &options.smoke_sql {
            smoke::check(sql)?;
        }
        progress.stage("verifying the snapshot");
        let watch = |done, total| {
            progress.set_done(done, total);
            !interrupt.stopped()
        };
        let checked = repository.check(snapshot, Depth::Full, VerifyOptions::default(), &watch)?;
        if let Some(first) = checked.findings.first() {
            return Err(not_usable(snapshot, format!("damaged: {first}")));
        }
        let (archive, lease) = repository.open_archive(snapshot)?;
        progress.stage("looking at the target");
        let mut target = Target::look(params, interrupt)?;
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

    /// Takes the safety snapshot and replaces the database. The history says that it begins, what was saved and how it ended,
    /// after which hooks run; `ended` is called before them.
    ///
    /// # Errors
    /// With what is known of the database then.
    pub fn run(&mut self, ended: &dyn Fn(&Self, Result<&RollbackReport, &Failed>)) -> Result<RollbackReport, Failed> {
        let begun = Event {
            outcome: Outcome::Begun,
            message: self.method.to_string(),
            ..self.asked.event.clone()
        };
        self.asked.audit.record(begun);
        let result = self.replaced();
        match &result {
            Ok(report) => {
                self.asked.facts.detail = detail(&self.asked, report.safety.as_ref(), None);
                self.asked.ended(report.outcome());
                if !report.told {
                    self.tell(report);
                }
            }
            Err(failed) => {
                let stopped = Stopped::by(&failed.error, self.interrupt);
                let safety = failed.safety.as_deref();
                let parts = vec![stopped.message(), failed.fate.to_string()];
                self.asked.facts.detail = detail(&self.asked, safety, Some(&failed.fate));
                self.asked
                    .record(stopped.outcome(), said(parts, safety.map(|record| record.id.as_str())));
                self.asked.facts.error = Some(stopped.text);
            }
        }
        ended(self, result.as_ref());
        self.asked.audit.notify(&self.asked.facts);
        result
    }

    /// Writes to the history that it went well.
    fn tell(&self, report: &RollbackReport) {
        let safety = report.safety.as_ref().map(|record| record.id.as_str());
        self.asked.tell(report.outcome(), said(Vec::new(), safety));
    }

    fn replaced(&self) -> Result<RollbackReport, Failed> {
        let mut report = RollbackReport {
            database: self.params.database().to_owned(),
            method: Some(self.method),
            ..RollbackReport::default()
        };
        let Err(error) = self.replace(&mut report) else {
            return Ok(report);
        };
        let fate = match &error {
            SnapshotError::Unknown { transaction, .. } => Fate::Unknown {
                transaction: transaction.clone(),
            },
            _ if report.replaced => Fate::Replaced,
            _ => Fate::AsItWas,
        };
        let error = match fate {
            Fate::Unknown { .. } => error,
            _ if self.interrupt.by_user() => SnapshotError::Interrupted,
            _ => error,
        };
        Err(Failed {
            error: Box::new(error),
            fate,
            safety: report.safety.map(Box::new),
        })
    }

    /// A session beside the database, as the only one that rolls it back.
    fn alone(&self) -> Result<Control, SnapshotError> {
        let control = match (target::maintenance(self.params, self.interrupt)?, self.method) {
            (Maintenance::Open(control), _) => control,
            (Maintenance::Forbidden(_), Method::Transaction) => Box::new(target::connect(self.params)?),
            (Maintenance::Forbidden(why), Method::Swap) => {
                return Err(SnapshotError::NoMethod {
                    database: self.params.database().to_owned(),
                    why,
                });
            }
        };
        target::alone(&control, self.params.database())
    }

    fn replace(&self, report: &mut RollbackReport) -> Result<(), SnapshotError> {
        let alone = self.alone()?;
        attached::check_prepared(&alone, self.params.database())?;
        leftovers::clean(self, &alone, report)?;
        match self.method {
            Method::Swap => {
                if self.target.exists {
                    let safety = self.timed(report, "safety snapshot", || self.take_safety())?;
                    report.safety = Some(safety);
                }
                self.beside_and_swap(&alone, report)
            }
            Method::Transaction => in_place::run(self, &alone, report),
        }
    }

    fn beside_and_swap(&self, control: &Control, report: &mut RollbackReport) -> Result<(), SnapshotError> {
        let new = swap::free_name(control, self.params.database(), "new")?;
        let beside = beside::Beside {
            rollback: self,
            control,
            name: &new,
        };
        let made = beside.make(report).and_then(|()| self.check_interrupt());
        let safety = report.safety.as_ref().map(|record| record.id.clone());
        let swap = || swap::swap(self, control, &new, safety.as_deref());
        let swapped = made.and_then(|()| self.timed(report, "swap", swap));
        let old = match swapped {
            Ok(old) => old,
            Err(error) => {
                // It may be the database by now.
                if !matches!(error, SnapshotError::Unknown { .. }) {
                    // What cannot be dropped now, the next rollback drops.
                    let _ = unmake(control.params(), &new);
                }
                return Err(error);
            }
        };
        report.replaced = true;
        // At once, as long as the old database is there: who is killed before this has the next rollback tell of it.
        self.tell(report);
        report.told = true;
        if let Some(old) = old {
            let begun = Instant::now();
            report.kept = self.drop_old(control, &old, report.safety.as_ref());
            report.times.push(("old database", begun.elapsed().as_secs_f64()));
        }
        Ok(())
    }

    /// Drops the database that was replaced, unless it holds what its safety snapshot does not; then it gives its name
    /// and why.
    fn drop_old(&self, control: &Control, old: &str, safety: Option<&Record>) -> Option<(String, String)> {
        let kept = |why: String| Some((old.to_owned(), why));
        if self.options.keep_old {
            return kept("as asked".to_owned());
        }
        let Some(safety) = safety else {
            return kept("there is no safety snapshot of it".to_owned());
        };
        self.progress
            .stage("comparing the old database with its safety snapshot");
        match leftovers::drop_replaced(self, control, old, &safety.id) {
            Ok(None) => None,
            Ok(Some(why)) => kept(why),
            Err(error) => kept(format!(
                "it cannot be compared with its safety snapshot: {}",
                crate::model::causes::chain(&error)
            )),
        }
    }

    /// Whether a database has the content of a snapshot.
    fn is_saved(&self, database: &str, snapshot: &str) -> Result<bool, SnapshotError> {
        let (archive, _lease) = self.repository.open_leased(snapshot)?;
        let differences = self.differences(&Arc::new(archive), &self.params.with_database(database))?;
        Ok(differences.is_empty())
    }

    fn differences(&self, archive: &Arc<Archive>, params: &Params) -> Result<Vec<Difference>, SnapshotError> {
        let (a, b) = (
            Place::Archive(Arc::clone(archive)),
            Place::Live(Box::new(params.clone())),
        );
        let options = CompareOptions {
            jobs: self.options.jobs,
            ..CompareOptions::default()
        };
        let everything = |_: &str| Ok(Filter::default());
        let report = compare::run(&a, &b, &options, &everything, self.interrupt, self.progress)?;
        Ok(report.differences)
    }

    fn take_safety(&self) -> Result<Record, SnapshotError> {
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
        create_safety(self.asked.audit, self.params, &options, self.interrupt, self.progress)
    }

    fn check_interrupt(&self) -> Result<(), SnapshotError> {
        match self.interrupt.by_user() {
            true => Err(SnapshotError::Interrupted),
            false => Ok(()),
        }
    }

    fn timed<T>(
        &self,
        report: &mut RollbackReport,
        phase: &'static str,
        run: impl FnOnce() -> Result<T, SnapshotError>,
    ) -> Result<T, SnapshotError> {
        self.check_interrupt()?;
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
    target: Target,
    method: Method,
}

/// How long the backends of a killed rollback are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

fn check_usable(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    use crate::repository::Kind;
    match (snapshot.standing, snapshot.record.kind) {
        (Standing::Complete, Kind::Full) => Ok(()),
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
