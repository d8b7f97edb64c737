//! Who does something with a repository, and what that leaves behind: entries of its history, and hooks that were run.
//!
//! ```text
//! Audit        of one caller: writes entries, runs hooks
//! Undertaking  of one thing that was asked for, which may take long: begun, recorded however it ends, hooks
//! ```
//!
//! What was done is done: a history that cannot be written is a warning, and a hook that fails another.

use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;

use crate::connect::{Interrupt, Params, without_passwords};
use crate::model::causes::chain;
use crate::model::ident::sanitize;
use crate::repository::{Action, Event, Occasion, Outcome, Repository, Snapshot, Who};
use crate::snapshot::SnapshotError;
use crate::snapshot::hooks::{Facts, HookOptions, Notice, Notifier, Tell};

/// Somebody who does things with a repository.
pub struct Audit<'a> {
    repository: &'a Repository,
    who: Who,
    options: HookOptions,
    tell: Tell,
    notifier: OnceLock<Notifier>,
    /// Where the history ends, as far as this one has written it.
    end: Mutex<Option<(u64, String)>>,
}

impl<'a> Audit<'a> {
    /// Tells nobody of warnings, and runs the hooks of the repository alone.
    pub fn new(repository: &'a Repository, who: Who) -> Self {
        Self {
            repository,
            who,
            options: HookOptions::default(),
            tell: Arc::new(|_| ()),
            notifier: OnceLock::new(),
            end: Mutex::new(None),
        }
    }

    /// With hooks of the caller.
    pub fn with_hooks(mut self, options: HookOptions) -> Self {
        self.options = options;
        self
    }

    /// With somebody who is told of warnings, and what hooks print.
    pub fn telling(mut self, tell: Tell) -> Self {
        self.tell = tell;
        self
    }

    pub fn repository(&self) -> &'a Repository {
        self.repository
    }

    pub fn who(&self) -> &Who {
        &self.who
    }

    /// Has the history tell of what killed commands did. Where that cannot be done, the next one tries.
    pub(super) fn settle(&self) {
        let _ = self.repository.settle_if_free();
    }

    pub(super) fn warn(&self, text: &str) {
        (self.tell)(&Notice::Warning(&sanitize(text)));
    }

    /// The hooks, which are read when they are first asked for.
    pub fn notifier(&self) -> &Notifier {
        let load = || Notifier::load(self.repository, &self.who, &self.options, &self.tell);
        self.notifier.get_or_init(load)
    }

    /// Runs the hooks that are to be run after `facts`; those that fail are noted in the history.
    pub fn notify(&self, facts: &Facts) {
        let failed = self.notifier().after(facts);
        let event = |message| Event {
            message,
            ..self.event(Action::Hook, Outcome::Failed)
        };
        self.record_all(&failed.into_iter().map(event).collect::<Vec<_>>());
    }

    /// An event of this caller.
    pub(super) fn event(&self, action: Action, outcome: Outcome) -> Event {
        Event::new(action, outcome, &self.who)
    }

    /// An event about a snapshot.
    pub(super) fn event_of(&self, action: Action, outcome: Outcome, snapshot: &Snapshot) -> Event {
        Event {
            database: Some(snapshot.record.database.clone()),
            snapshot: Some(snapshot.record.id.clone()),
            ..self.event(action, outcome)
        }
    }

    /// Writes an event of now to the history; whether that could be done.
    pub(super) fn record(&self, event: Event) -> bool {
        self.record_all(&[event])
    }

    /// Tells why the history could not be written, if so.
    pub(super) fn told(&self, failed: Option<String>) {
        if let Some(why) = failed {
            self.warn(&format!("cannot write the history: {why}"));
        }
    }

    /// Writes events of now to the history, one after the other.
    pub(super) fn record_all(&self, events: &[Event]) -> bool {
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

/// What an event says of how a server was reached.
pub(super) fn over(event: Event, params: &Params) -> Event {
    Event {
        database_user: Some(params.user().to_owned()),
        server: Some(params.describe()),
        database: Some(params.database().to_owned()),
        ..event
    }
}

/// Why something did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// On one line, fit to be shown and without passwords.
    pub text: String,
    /// The user has ended it.
    pub interrupted: bool,
}

impl Stopped {
    pub fn new(error: &dyn Error, interrupted: bool) -> Self {
        Self {
            text: sanitize(&without_passwords(&chain(error))),
            interrupted,
        }
    }

    pub(super) fn by(error: &SnapshotError, interrupt: &Interrupt) -> Self {
        Self::new(error, error.is_interrupt() || interrupt.by_user())
    }

    pub fn outcome(&self) -> Outcome {
        match self.interrupted {
            true => Outcome::Interrupted,
            false => Outcome::Failed,
        }
    }

    /// What the history says of it: who was interrupted knows why.
    pub(super) fn message(&self) -> String {
        match self.interrupted {
            true => String::new(),
            false => self.text.clone(),
        }
    }
}

/// Something that was asked for. Whoever asked ends it with one of its words, or drops it where nothing was done.
pub struct Undertaking<'a> {
    pub(super) audit: &'a Audit<'a>,
    begun: Instant,
    pub(super) event: Event,
    pub(super) facts: Facts,
}

impl<'a> Undertaking<'a> {
    pub(super) fn begin(audit: &'a Audit<'a>, action: Action, occasion: Occasion) -> Self {
        // A file of hooks that cannot be read is told of before anything is done.
        audit.notifier();
        Self {
            audit,
            begun: Instant::now(),
            event: audit.event(action, Outcome::Done),
            facts: Facts::new(occasion, Outcome::Done, 0.0),
        }
    }

    /// It is about a snapshot.
    pub fn of(mut self, snapshot: &Snapshot) -> Self {
        let database = Some(snapshot.record.database.clone());
        self.event.snapshot = Some(snapshot.record.id.clone());
        self.event.database = self.event.database.or(database.clone());
        self.facts.snapshot_id = Some(snapshot.record.id.clone());
        self.facts.database = self.facts.database.or(database);
        self
    }

    /// It is done over this connection.
    pub fn over(mut self, params: &Params) -> Self {
        self.event = over(self.event, params);
        self
    }

    /// Seconds since it was asked for.
    pub(super) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Writes how it ended to the history.
    pub(super) fn record(&mut self, outcome: Outcome, message: String) {
        self.ended(outcome);
        self.tell(outcome, message);
    }

    /// Says how it ended to hooks alone.
    pub(super) fn ended(&mut self, outcome: Outcome) {
        (self.facts.outcome, self.facts.seconds) = (outcome, self.seconds());
    }

    /// Says how it ended to the history alone.
    pub(super) fn tell(&self, outcome: Outcome, message: String) {
        self.audit.record(Event {
            outcome,
            message,
            seconds: self.seconds(),
            ..self.event.clone()
        });
    }

    /// Runs the hooks, once it was recorded.
    pub(super) fn notify(mut self, detail: Value) {
        self.facts.detail = detail;
        self.audit.notify(&self.facts);
    }

    /// Ends it where the history has no place for it; hooks tell.
    pub(super) fn unrecorded(mut self, stopped: &Stopped) {
        self.ended(stopped.outcome());
        self.facts.error = Some(stopped.text.clone());
        self.audit.notify(&self.facts);
    }

    /// Ends it because of something that the caller was to provide: history and hooks tell of it all the same.
    pub fn refused(mut self, stopped: &Stopped) {
        self.record(stopped.outcome(), stopped.message());
        self.facts.error = Some(stopped.text.clone());
        self.audit.notify(&self.facts);
    }
}
