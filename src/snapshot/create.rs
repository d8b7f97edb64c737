//! Takes a snapshot: dumps into the repository, verifies, publishes.
//!
//! ```text
//! record: running --> size, space --> dump (rows counted, then read) --> verify every byte
//!   --> archive gets its name --> state: verified --> record: complete
//! ```
//!
//! A process that is killed leaves a record that says `running` with a lock that nobody holds; everybody takes that for
//! incomplete. A create that fails says so in the record. The history says how it ended, and then hooks run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::archive::{ArchiveError, VerifyOptions};
use crate::connect::{Control, Params};
use crate::dump::{self, DumpError, DumpOptions, DumpReport};
use crate::job::Job;
use crate::model::causes::chain;
use crate::plan::choose::filter::Filter;
use crate::repository::{
    Action, Change, Depth, HistoryEvent, Occasion, Outcome, Pending, Record, Repository, RepositoryError, Snapshot,
    SnapshotKind, State, Status, Verification,
};
use crate::select::pattern::PatternError;
use crate::snapshot::audit::{self, Audit, Stopped, Undertaking};
use crate::snapshot::limits::{Bounded, Deadline};
use crate::snapshot::{SnapshotError, quoted};
use crate::storage::{Lock, StorageError, Unpublished};

/// Options for taking a snapshot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateOptions {
    /// Also the `dump.label` of the archive.
    pub label: String,
    /// Pin it at once, so that it is never pruned.
    pub pin: bool,
    /// The snapshot saves a state that is about to be replaced.
    pub safety: bool,
    /// The most time that it may take; absent means no limit.
    pub timeout: Option<Duration>,
    /// The most bytes that the archive may have.
    pub max_bytes: Option<u64>,
    /// Refuse to begin if the space seems too small.
    pub check_space: bool,
    /// How its archive is made.
    pub dump: DumpOptions,
}

/// A snapshot that was taken.
#[derive(Debug)]
#[non_exhaustive]
pub struct Created {
    /// The record as it was published.
    pub record: Record,
    /// What the dump says of the archive.
    pub report: DumpReport,
    /// What looks odd about it compared with its predecessors.
    pub warnings: Vec<String>,
}

impl Created {
    /// Whether something that was asked for is missing in it.
    pub fn is_partial(&self) -> bool {
        self.record.status != Status::Complete
    }
}

/// Takes a snapshot of the database that `params` names, with an entry in the history. `made` is called with the
/// snapshot before hooks run.
///
/// # Errors
/// If the record of the snapshot exists already, it then says `failed`.
pub(crate) fn create(
    audit: &Audit,
    params: &Params,
    options: &CreateOptions,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    job: &Job,
    made: &dyn Fn(&Created),
) -> Result<Created, SnapshotError> {
    let mut asked = Undertaking::begin(audit, Action::Create, Occasion::Create).over(params);
    audit.settle();
    asked.event.why.clone_from(&options.dump.purpose);
    let kind = SnapshotKind::of_options(&options.dump.described);
    asked.event.kind = (kind != SnapshotKind::Full).then_some(kind);
    asked.facts.database = Some(params.database().to_owned());
    let event = |record: &Record| HistoryEvent {
        snapshot: Some(record.id.clone()),
        database: Some(record.database.clone()),
        outcome: outcome(record),
        seconds: asked.seconds(),
        message: format!(
            "{} rows, {} bytes, root digest {}",
            record.rows, record.bytes, record.root_digest
        ),
        ..asked.event.clone()
    };
    let created = take(audit, params, options, filter_for, job, &event);
    match &created {
        Ok(created) => {
            let record = &created.record;
            asked.facts.snapshot_id = Some(record.id.clone());
            asked.facts.database = Some(record.database.clone());
            asked.ended(outcome(record));
            made(created);
            asked.notify(serde_json::json!(record));
        }
        Err(error) => {
            let stopped = Stopped::by(error, &job.stop);
            // A misspelt name leaves no entry in the history.
            match error {
                SnapshotError::NoDatabase { .. } => asked.unrecorded(&stopped),
                _ => asked.refused(&stopped),
            }
        }
    }
    created
}

/// Takes a safety snapshot of the database that a rollback is about to replace.
pub(super) fn create_safety(
    audit: &Audit,
    params: &Params,
    options: &CreateOptions,
    job: &Job,
) -> Result<Record, SnapshotError> {
    let everything = |_: &str| Ok(Filter::default());
    let event = |record: &Record| HistoryEvent {
        snapshot: Some(record.id.clone()),
        seconds: record.seconds,
        why: record.purpose.clone(),
        ..audit::over(audit.event(Action::Create, Outcome::Done), params)
    };
    Ok(take(audit, params, options, &everything, job, &event)?.record)
}

fn outcome(record: &Record) -> Outcome {
    match record.status {
        Status::Complete => Outcome::Done,
        _ => Outcome::Findings,
    }
}

/// Takes a snapshot and writes `event` to the history. It writes nothing there about a failure.
fn take(
    audit: &Audit,
    params: &Params,
    options: &CreateOptions,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    job: &Job,
    event: &dyn Fn(&Record) -> HistoryEvent,
) -> Result<Created, SnapshotError> {
    let repository = audit.repository();
    let begun = Instant::now();
    let deadline = Deadline::start(options.timeout, &job.stop)?;
    let (mut record, held) = begin(repository, params, options)?;
    let making = Making {
        repository,
        params,
        options,
        job,
        deadline: &deadline,
    };
    let made = making.make(&mut record, filter_for);
    record.finished_at = Some(Timestamp::now());
    record.seconds = begun.elapsed().as_secs_f64();
    let ended = made.and_then(|made| {
        let event = publish(repository, &mut record, made.archive, options, event)?;
        // The snapshot is published. If this process is killed here, a later command writes the entry.
        if audit.record(event) {
            let _ = repository.update_state(&record.id, |state| state.pending = None);
        }
        Ok((made.report, made.warnings))
    });
    let ended = match ended {
        Ok((report, mut warnings)) => {
            // A failure to clear up after other commands does not affect the snapshot.
            if let Err(error) = repository.sweep(Timestamp::now()) {
                warnings.push(format!("cannot clear up after killed commands: {}", chain(&error)));
            }
            Ok(Created {
                record,
                report,
                warnings,
            })
        }
        Err(error) if is_nowhere(&error) && is_new(repository, &record) => {
            repository.take_back(&record)?;
            Err(SnapshotError::NoDatabase {
                database: record.database,
                source: Box::new(error),
            })
        }
        Err(error) => {
            let error = deadline.explain(error, &job.stop);
            record.status = Status::Failed;
            record.error = Some(chain(&error));
            // The first failure is the one to report. If the record still says `running`, nobody holds its lock.
            let _ = repository.write_record(&record);
            Err(error)
        }
    };
    drop(held);
    ended
}

/// Whether the server has no database of that name.
fn is_nowhere(error: &SnapshotError) -> bool {
    matches!(error, SnapshotError::Connect { source, .. } if source.lacks_database())
}

/// Whether the repository has no other snapshot of its database: then the name was misspelt, and nothing is lost.
fn is_new(repository: &Repository, record: &Record) -> bool {
    let of_it = |s: &Snapshot| s.record.database == record.database && s.record.id != record.id;
    repository.snapshots().is_ok_and(|all| !all.iter().any(of_it))
}

/// Claims an id. Ids have a resolution of seconds: the second caller in one second waits for the next.
fn begin(repository: &Repository, params: &Params, options: &CreateOptions) -> Result<(Record, Lock), SnapshotError> {
    loop {
        let mut record = Record::begun(&options.label, Timestamp::now())?;
        record.purpose.clone_from(&options.dump.purpose);
        record.environment.clone_from(&options.dump.environment);
        record.options.clone_from(&options.dump.described);
        record.kind = SnapshotKind::of_options(&record.options);
        record.safety = options.safety;
        record.database = params.database().to_owned();
        match repository.begin(&record) {
            Ok(lock) => return Ok((record, lock)),
            Err(RepositoryError::Storage(StorageError::Exists { .. })) => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

struct Making<'a> {
    repository: &'a Repository,
    params: &'a Params,
    options: &'a CreateOptions,
    job: &'a Job,
    deadline: &'a Deadline,
}

/// An archive that is not published yet, and what to report about it.
struct Made {
    report: DumpReport,
    archive: Box<dyn Unpublished>,
    warnings: Vec<String>,
}

impl Making<'_> {
    /// Dumps and verifies. The archive is not published yet.
    fn make(
        &self,
        record: &mut Record,
        filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    ) -> Result<Made, SnapshotError> {
        let (database, bytes) = self.database()?;
        record.database = database;
        record.database_bytes = bytes;
        let earlier = self.earlier(record)?;
        if self.options.check_space {
            self.check_space(record, &earlier)?;
        }
        let partial = self.repository.begin_archive(&record.id)?;
        let exceeded = Arc::new(AtomicBool::new(false));
        let limit = self.options.max_bytes;
        let sink = || {
            let sink = partial.sink()?;
            Ok(Box::new(Bounded::new(sink, limit, &exceeded)) as Box<dyn std::io::Write + Send>)
        };
        let dumped = dump::run(self.params, &self.options.dump, filter_for, sink, self.job);
        let report = match (dumped, limit) {
            (Err(_), Some(limit)) if exceeded.load(SeqCst) => return Err(SnapshotError::TooLarge { limit }),
            (report, _) => report?,
        };
        self.deadline.check()?;
        self.verify(partial.as_ref(), &report)?;
        self.deadline.check()?;
        if self.job.stop.by_user() {
            return Err(DumpError::Interrupted.into());
        }
        record.describe(&partial.open()?);
        record.rows_counted = self.options.dump.count_rows;
        record.warnings.clone_from(&report.warnings);
        let warnings = oddities(record, &earlier);
        Ok(Made {
            report,
            archive: partial,
            warnings,
        })
    }

    /// Name and size of the database; `None` for the size if the role may not ask for it.
    fn database(&self) -> Result<(String, Option<u64>), SnapshotError> {
        self.job.progress.stage("connecting");
        let control = Control::connect(self.params).map_err(|source| SnapshotError::Connect {
            server: self.params.describe(),
            source,
        })?;
        let failed = |source| SnapshotError::Server {
            doing: "cannot ask for the database's size",
            source,
        };
        self.job.stop.watch(control.canceller());
        let rows = control
            .query(
                "SELECT d.datname, CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') \
                   THEN pg_catalog.pg_database_size(d.oid) END AS bytes \
                 FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()",
            )
            .map_err(failed)?;
        let Some(row) = rows.first() else {
            return Ok((self.params.database().to_owned(), None));
        };
        let bytes = row.opt_int("bytes").map_err(failed)?;
        Ok((
            row.string("datname").map_err(failed)?,
            bytes.map(|bytes| bytes.max(0) as u64),
        ))
    }

    /// Good snapshots of the same kind of the same database, newest first.
    fn earlier(&self, record: &Record) -> Result<Vec<Snapshot>, SnapshotError> {
        let now = Timestamp::now();
        let alike = |s: &Snapshot| {
            let other = &s.record;
            let of_it = other.database == record.database && other.environment == record.environment;
            s.is_good() && of_it && other.kind == record.kind && !other.safety && !s.is_future(now)
        };
        Ok(self.repository.snapshots()?.into_iter().filter(alike).collect())
    }

    fn check_space(&self, record: &Record, earlier: &[Snapshot]) -> Result<(), SnapshotError> {
        let Some(needed) = estimate(record, earlier) else {
            return Ok(());
        };
        let free = self.repository.storage().space()?.free;
        if free < needed {
            return Err(SnapshotError::NoSpace {
                place: self.repository.place(),
                free,
                needed,
            });
        }
        Ok(())
    }

    fn verify(&self, partial: &dyn Unpublished, report: &DumpReport) -> Result<(), SnapshotError> {
        self.job.progress.stage("verifying");
        let found = partial.verify(VerifyOptions::default(), self.job);
        let found = found.map_err(|error| match error {
            ArchiveError::Stopped => self.deadline.check().err().unwrap_or(SnapshotError::Interrupted),
            error => error.into(),
        })?;
        let not_intact = |first: String| Err(SnapshotError::NotIntact { first });
        match found.findings.first() {
            Some(finding) => return not_intact(finding.to_string()),
            None if !found.complete => return not_intact("it has no trailer".to_owned()),
            None => {}
        }
        let summary = &report.summary;
        if found.root_digest != Some(summary.root_digest) || found.rows != report.rows {
            return not_intact("it is not what was written".to_owned());
        }
        Ok(())
    }
}

/// Estimates the archive's bytes: the last one like it and a quarter more, else a third of the database.
fn estimate(record: &Record, earlier: &[Snapshot]) -> Option<u64> {
    match (earlier.first(), record.kind) {
        (Some(last), _) => Some(last.record.bytes + last.record.bytes / 4),
        (None, SnapshotKind::Full) => record.database_bytes.map(|bytes| bytes / 3),
        (None, _) => None,
    }
}

/// How many predecessors a snapshot is compared with.
const PREDECESSORS: usize = 5;

/// Reasons to think that a snapshot is too small.
fn oddities(record: &Record, earlier: &[Snapshot]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut hold = |what: &str, now: u64, of: &dyn Fn(&Record) -> u64| {
        let mut before: Vec<u64> = earlier.iter().take(PREDECESSORS).map(|s| of(&s.record)).collect();
        before.sort_unstable();
        if let Some(&usual) = before.get(before.len() / 2)
            && now < usual / 2
        {
            warnings.push(format!(
                "the snapshot has {now} {what}, less than half of the usual {usual} ({} before it)",
                before.len()
            ));
        }
    };
    hold("bytes", record.bytes, &|r| r.bytes);
    hold("rows", record.rows, &|r| r.rows);
    hold("tables", record.tables.len() as u64, &|r| r.tables.len() as u64);
    // Even an empty database has some megabytes of catalogs.
    const CATALOGS: u64 = 64 << 20;
    if let (Some(database), SnapshotKind::Full) = (record.database_bytes, record.kind)
        && database > CATALOGS
        && record.raw_bytes < (database - CATALOGS) / 50
    {
        warnings.push(format!(
            "the snapshot holds {} bytes of rows, of a database of {database} bytes",
            record.raw_bytes
        ));
    }
    warnings
}

/// Publishes in this order: the archive; in the state, that it is verified and the pending event; the record. Returns
/// the event for the history.
fn publish(
    repository: &Repository,
    record: &mut Record,
    partial: Box<dyn Unpublished>,
    options: &CreateOptions,
    event: &dyn Fn(&Record) -> HistoryEvent,
) -> Result<HistoryEvent, SnapshotError> {
    partial.publish()?;
    let verification = Verification {
        at: Timestamp::now(),
        depth: Depth::Full,
        good: true,
        findings: 0,
    };
    record.status = match record.partial.is_empty() && record.not_covered.is_empty() {
        true => Status::Complete,
        false => Status::Partial,
    };
    let event = event(record);
    let pending = Pending {
        change: Change::Published,
        after: repository.history().last_number()?.unwrap_or(0),
        event: event.clone(),
    };
    repository.update_state(&record.id, |state: &mut State| {
        state.pinned |= options.pin;
        state.verify(verification);
        state.pending = Some(pending);
    })?;
    record.restore = Some(restore_command(repository, record));
    record.history = match repository.history().head() {
        Ok(head) => head,
        // A broken history is reported by `log --check`; the snapshot is good all the same.
        Err(RepositoryError::Json { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    repository.write_record(record)?;
    Ok(event)
}

fn restore_command(repository: &Repository, record: &Record) -> String {
    format!(
        "pgark restore {} --repo {} -d {}",
        record.id,
        quoted(&repository.place()),
        quoted(&record.database)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Standing;

    fn earlier(bytes: &[u64]) -> Vec<Snapshot> {
        let snapshot = |bytes: &u64| Snapshot {
            index: 1,
            record: Record {
                bytes: *bytes,
                rows: 10,
                ..Record::default()
            },
            state: State::default(),
            standing: Standing::Complete,
            unreadable: None,
        };
        bytes.iter().map(snapshot).collect()
    }

    #[test]
    fn much_smaller_than_usual_is_odd() {
        let record = |bytes, rows| Record {
            bytes,
            rows,
            ..Record::default()
        };
        assert!(oddities(&record(10, 10), &[]).is_empty());
        assert!(oddities(&record(60, 9), &earlier(&[100, 100, 1])).is_empty());
        let found = oddities(&record(49, 4), &earlier(&[100, 100, 1]));
        assert_eq!(found.len(), 2, "{found:?}");
        let hollow = Record {
            database_bytes: Some(10 << 30),
            raw_bytes: 1000,
            ..Record::default()
        };
        assert_eq!(oddities(&hollow, &[]).len(), 1);
    }

    #[test]
    fn room_is_asked_for_by_what_was_needed_before() {
        let record = Record {
            database_bytes: Some(300),
            ..Record::default()
        };
        assert_eq!(estimate(&record, &[]), Some(100));
        assert_eq!(estimate(&record, &earlier(&[80, 1])), Some(100));
    }
}
