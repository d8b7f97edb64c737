//! Changes of which the history is still to tell.
//!
//! A change and its entry are two writes, and a command may be killed between them. So a change says on disk which entry
//! it is to have before it is made: in the state of a snapshot that is published, in the note of one that goes into the
//! trash or out of it. `settle.rs` looks which of them were made, and writes the entries that are not there.

use serde::{Deserialize, Serialize};

use super::history::{Action, Entry, Event, Outcome, Who};

/// What is done to a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Its record becomes complete.
    Published,
    /// It goes into the trash.
    Trashed,
    /// It comes back from there.
    Restored,
    /// It is deleted for good.
    Emptied,
}

impl Change {
    /// What the history says of it.
    pub fn message(self) -> &'static str {
        match self {
            Self::Published => "",
            Self::Trashed => "into the trash",
            Self::Restored => "out of the trash, pinned",
            Self::Emptied => "out of the trash, for good",
        }
    }
}

/// A change with the entry that tells of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    pub change: Change,
    /// The number of the history's last entry before it: its own has a higher one.
    pub after: u64,
    pub event: Event,
}

impl Pending {
    /// A change that `action` makes to a snapshot in or on its way to the trash.
    pub fn of(change: Change, after: u64, action: Action, who: &Who, snapshot: &str, database: Option<&str>) -> Self {
        let event = Event {
            snapshot: Some(snapshot.to_owned()),
            database: database.map(str::to_owned),
            message: change.message().to_owned(),
            ..Event::new(action, Outcome::Done, who)
        };
        Self { change, after, event }
    }

    /// The history tells of it: as it was to be told, or late.
    pub(super) fn is_told(&self, entries: &[Entry]) -> bool {
        let alike = |event: &Event| Event {
            seconds: self.event.seconds,
            ..event.clone()
        };
        let is_it = |entry: &&Entry| {
            let told = alike(&entry.event);
            entry.number > self.after && (told == self.event || told == late(&self.event))
        };
        entries.iter().any(|entry| is_it(&entry))
    }
}

/// The event as a later command tells it.
pub fn late(event: &Event) -> Event {
    let told = match event.message.as_str() {
        "" => "told by a later command".to_owned(),
        message => format!("{message} (told by a later command)"),
    };
    Event {
        message: told,
        ..event.clone()
    }
}
