//! Changes that have no entry in the history yet.
//!
//! A change and its entry are two writes, and a command may be killed between them. So the entry is written to disk
//! before the change is made: in the state of a snapshot that is published, or in the note of one that goes into the
//! trash or out of it. `settle.rs` finds which changes were made, and writes the entries that are missing.

use serde::{Deserialize, Serialize};

use super::history::{Action, HistoryEntry, HistoryEvent, Outcome, Who};

/// A change of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Its record becomes complete.
    Published,
    /// It goes into the trash.
    Trashed,
    /// It comes back from the trash.
    Restored,
    /// It is deleted for good.
    Emptied,
}

impl Change {
    /// The message of its entry.
    pub fn message(self) -> &'static str {
        match self {
            Self::Published => "",
            Self::Trashed => "into the trash",
            Self::Restored => "out of the trash, pinned",
            Self::Emptied => "out of the trash, for good",
        }
    }
}

/// A change with its entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    pub change: Change,
    /// The number of the last entry before the change: its own entry has a higher one.
    pub after: u64,
    pub event: HistoryEvent,
}

impl Pending {
    /// A change that `action` makes to a snapshot that is in the trash or on its way there.
    pub fn of(change: Change, after: u64, action: Action, who: &Who, snapshot: &str, database: Option<&str>) -> Self {
        let event = HistoryEvent {
            snapshot: Some(snapshot.to_owned()),
            database: database.map(str::to_owned),
            message: change.message().to_owned(),
            ..HistoryEvent::new(action, Outcome::Done, who)
        };
        Self { change, after, event }
    }

    /// Whether the history has the entry, either in time or written late.
    pub(super) fn is_told(&self, entries: &[HistoryEntry]) -> bool {
        let alike = |event: &HistoryEvent| HistoryEvent {
            seconds: self.event.seconds,
            ..event.clone()
        };
        let is_it = |entry: &&HistoryEntry| {
            let told = alike(&entry.event);
            entry.number > self.after && (told == self.event || told == late(&self.event))
        };
        entries.iter().any(|entry| is_it(&entry))
    }
}

/// The event in the form in which a later command writes it.
pub(crate) fn late(event: &HistoryEvent) -> HistoryEvent {
    let told = match event.message.as_str() {
        "" => "told by a later command".to_owned(),
        message => format!("{message} (told by a later command)"),
    };
    HistoryEvent {
        message: told,
        ..event.clone()
    }
}
