//! The caller of a command on a repository, and the traces of the command: entries in the history, and hooks that were
//! run.
//!
//! ```text
//! Audit        one caller: writes entries, runs hooks
//! Undertaking  one command, which may take long: recorded however it ends; then its hooks run
//! ```
//!
//! An operation that is done stays done: if the history cannot be written or a hook fails, that is only a warning.

use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;

use crate::connect::{Params, without_passwords};
use crate::job::Stop;
use crate::model::causes::chain;
use crate::model::ident::sanitize;
use crate::repository::{Action, HistoryEvent, Occasion, Outcome, Repository, Snapshot, Who};
use crate::snapshot::SnapshotError;
use crate::snapshot::hooks::{Facts, HookOptions, Notice, Notifier, Tell};

/// A caller of commands on a repository.
pub(crate) struct Audit<'a> {
    repository: &'a Repository,
    who: Who,
    options: HookOptions,
    tell: Tell,
    notifier: OnceLock<Notifier>,
    /// The end of the history as this caller has last written it.
    end: Mutex<Option<(u64, String)>>,
}

impl<'a> Audit<'a> {
    /// An audit that reports no warnings and runs only the hooks of the repository.
    pub(crate) fn new(repository: &'a Repository, who: Who) -> Self {
        Self {
            repository,
            who,
            options: HookOptions::default(),
            tell: Arc::new(|_| ()),
            notifier: OnceLock::new(),
            end: Mutex::new(None),
        }
    }

    /// Adds the caller's own hooks.
    pub(crate) fn with_hooks(mut self, options: HookOptions) -> Self {
        self.options = options;
        self
    }

    /// Sends warnings, and what hooks print, to `tell`.
    pub(crate) fn telling(mut self, tell: Tell) -> Self {
        self.tell = tell;
        self
    }

    pub(crate) fn repository(&self) -> &'a Repository {
        self.repository
    }

    pub(crate) fn who(&self) -> &Who {
        &self.who
    }

    /// Writes to the history what killed commands did. If that is not possible now, the next command tries again.
    pub(super) fn settle(&self) {
        let _ = self.repository.settle_if_free();
    }

    pub(super) fn warn(&self, text: &str) {
        (self.tell)(&Notice::Warning(&sanitize(text)));
    }

    /// The hooks. They are read at the first call.
    pub(crate) fn notifier(&self) -> &Notifier {
        let load = || Notifier::load(self.repository, &self.who, &self.options, &self.tell);
        self.notifier.get_or_init(load)
    }

    /// Runs the hooks for `facts`, and notes in the history which of them failed.
    pub(crate) fn notify(&self, facts: &Facts) {
        let failed = self.notifier().after(facts);
        let event = |message| HistoryEvent {
            message,
            ..self.event(Action::Hook, Outcome::Failed)
        };
        self.record_all(&failed.into_iter().map(event).collect::<Vec<_>>());
    }

    /// An event of this caller.
    pub(super) fn event(&self, action: Action, outcome: Outcome) -> HistoryEvent {
        HistoryEvent::new(action, outcome, &self.who)
    }

    /// An event about a snapshot.
    pub(super) fn event_of(&self, action: Action, outcome: Outcome, snapshot: &Snapshot) -> HistoryEvent {
        HistoryEvent {
            database: Some(snapshot.record.database.clone()),
            snapshot: Some(snapshot.record.id.clone()),
            ..self.event(action, outcome)
        }
    }

    /// Writes an event with the present time to the history, and returns whether that succeeded.
    pub(super) fn record(&self, event: HistoryEvent) -> bool {
        self.record_all(&[event])
    }

    /// Warns if the history could not be written.
    pub(super) fn told(&self, failed: Option<String>) {
        if let Some(why) = failed {
            self.warn(&format!("cannot write the history: {why}"));
        }
    }

    /// Writes events with the present time to the history, in their order, and returns whether that succeeded.
    pub(super) fn record_all(&self, events: &[HistoryEvent]) -> bool {
        if events.is_empty() {
            return true;
        }
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let mut appender = self.repository.history().appender_at(end.take());
        match appender.append_all(events, Timestamp::now()) {
            Ok(()) => {
                *end = appender.into_end();
                true
            }
            Err(error) => {
                self.told(Some(error.to_string()));
                false
            }
        }
    }
}

/// Adds to an event how the server was reached.
pub(super) fn over(event: HistoryEvent, params: &Params) -> HistoryEvent {
    HistoryEvent {
        database_user: Some(params.user().to_owned()),
        server: Some(params.describe()),
        database: Some(params.database().to_owned()),
        ..event
    }
}

/// Why an operation ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// The error on one line, safe to show and without passwords.
    pub text: String,
    /// The user ended it.
    pub interrupted: bool,
}

impl Stopped {
    pub(crate) fn new(error: &dyn Error, interrupted: bool) -> Self {
        Self {
            text: sanitize(&without_passwords(&chain(error))),
            interrupted,
        }
    }

    pub(super) fn by(error: &SnapshotError, stop: &Stop) -> Self {
        Self::new(error, error.is_interrupt() || stop.by_user())
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self.interrupted {
            true => Outcome::Interrupted,
            false => Outcome::Failed,
        }
    }

    /// The message for the history. It is empty after an interruption, because the outcome says all.
    pub(super) fn message(&self) -> String {
        match self.interrupted {
            true => String::new(),
            false => self.text.clone(),
        }
    }
}

/// An operation that was asked for. The caller ends it with one of its methods, or drops it if nothing was done.
pub(crate) struct Undertaking<'a> {
    pub(super) audit: &'a Audit<'a>,
    begun: Instant,
    pub(super) event: HistoryEvent,
    pub(super) facts: Facts,
}

impl<'a> Undertaking<'a> {
    pub(super) fn begin(audit: &'a Audit<'a>, action: Action, occasion: Occasion) -> Self {
        // Loading now warns of an unreadable file of hooks before anything is done.
        audit.notifier();
        Self {
            audit,
            begun: Instant::now(),
            event: audit.event(action, Outcome::Done),
            facts: Facts::new(occasion, Outcome::Done, 0.0),
        }
    }

    /// Says which snapshot the operation is about.
    pub(crate) fn of(mut self, snapshot: &Snapshot) -> Self {
        let database = Some(snapshot.record.database.clone());
        self.event.snapshot = Some(snapshot.record.id.clone());
        self.event.database = self.event.database.or(database.clone());
        self.facts.snapshot_id = Some(snapshot.record.id.clone());
        self.facts.database = self.facts.database.or(database);
        self
    }

    /// Says over which connection the operation is done.
    pub(crate) fn over(mut self, params: &Params) -> Self {
        self.event = over(self.event, params);
        self
    }

    /// Seconds since the operation was asked for.
    pub(super) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Writes to the history how the operation ended, and keeps it for the hooks.
    pub(super) fn record(&mut self, outcome: Outcome, message: String) {
        self.ended(outcome);
        self.tell(outcome, message);
    }

    /// Keeps for the hooks how the operation ended.
    pub(super) fn ended(&mut self, outcome: Outcome) {
        (self.facts.outcome, self.facts.seconds) = (outcome, self.seconds());
    }

    /// Writes to the history how the operation ended.
    pub(super) fn tell(&self, outcome: Outcome, message: String) {
        self.audit.record(HistoryEvent {
            outcome,
            message,
            seconds: self.seconds(),
            ..self.event.clone()
        });
    }

    /// Runs the hooks. Call it after the operation is recorded.
    pub(super) fn notify(mut self, detail: Value) {
        self.facts.detail = detail;
        self.audit.notify(&self.facts);
    }

    /// Ends an operation that the history is not to mention; hooks still run.
    pub(super) fn unrecorded(mut self, stopped: &Stopped) {
        self.ended(stopped.outcome());
        self.facts.error = Some(stopped.text.clone());
        self.audit.notify(&self.facts);
    }

    /// Ends the operation because of something that the caller had to provide. History and hooks learn of it.
    pub(crate) fn refused(mut self, stopped: &Stopped) {
        self.record(stopped.outcome(), stopped.message());
        self.facts.error = Some(stopped.text.clone());
        self.audit.notify(&self.facts);
    }
}
