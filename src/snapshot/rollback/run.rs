//! Runs a rollback, and reports it to history and hooks.

use std::time::Instant;

use crate::connect::Control;
use crate::repository::{HistoryEvent, Outcome, Record};
use crate::snapshot::SnapshotError;
use crate::snapshot::audit::Stopped;
use crate::snapshot::rollback::fate::{Failed, Fate};
use crate::snapshot::rollback::options::Method;
use crate::snapshot::rollback::prepared::Rollback;
use crate::snapshot::rollback::report::{RollbackReport, detail, said};
use crate::snapshot::rollback::target::{self, Maintenance};
use crate::snapshot::rollback::{attached, beside, in_place, leftovers, swap};
use crate::snapshot::unmake::unmake;

impl Rollback<'_> {
    /// Takes the safety snapshot and replaces the database. The history says that it begins and how it ended, with the
    /// safety snapshot; then hooks run. `ended` is called before them.
    ///
    /// # Errors
    /// With the state of the database at that time.
    pub(crate) fn run(
        &mut self,
        ended: &dyn Fn(&Self, Result<&RollbackReport, &Failed>),
    ) -> Result<RollbackReport, Failed> {
        let begun = HistoryEvent {
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
                let stopped = Stopped::by(&failed.error, &self.job.stop);
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

    fn replaced(&self) -> Result<RollbackReport, Failed> {
        let mut report = RollbackReport {
            database: self.params.database().to_owned(),
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
            _ if self.job.stop.by_user() => SnapshotError::Interrupted,
            _ => error,
        };
        Err(Failed {
            error: Box::new(error),
            fate,
            safety: report.safety.map(Box::new),
        })
    }

    /// A session outside the database, with the lock that makes this the only rollback of it.
    fn alone(&self) -> Result<Control, SnapshotError> {
        let control = match (target::maintenance(self.params, &self.job.stop)?, self.method) {
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
        let made = beside.make(report).and_then(|()| self.check_stop());
        let safety = report.safety.as_ref().map(|record| record.id.clone());
        let swap = || swap::swap(self, control, &new, safety.as_deref());
        let swapped = made.and_then(|()| self.timed(report, "swap", swap));
        let old = match swapped {
            Ok(old) => old,
            Err(error) => {
                // After an unknown commit, this may be the database itself.
                if !matches!(error, SnapshotError::Unknown { .. }) {
                    // If it cannot be dropped now, the next rollback drops it.
                    let _ = unmake(control.params(), &new);
                }
                return Err(error);
            }
        };
        report.replaced = true;
        // At once, while the old database exists: if this process is killed before, the next rollback writes the entry.
        self.tell(report);
        report.told = true;
        if let Some(old) = old {
            let begun = Instant::now();
            report.kept = self.drop_old(control, &old, report.safety.as_ref());
            report.times.push(("old database", begun.elapsed().as_secs_f64()));
        }
        Ok(())
    }

    /// Drops the replaced database, unless it holds something that its safety snapshot does not. Then returns its name
    /// and why it is kept.
    fn drop_old(&self, control: &Control, old: &str, safety: Option<&Record>) -> Option<(String, String)> {
        let kept = |why: String| Some((old.to_owned(), why));
        if self.options.keep_old {
            return kept("as asked".to_owned());
        }
        let Some(safety) = safety else {
            return kept("there is no safety snapshot of it".to_owned());
        };
        self.job
            .progress
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
}
