//! The history: one numbered object for each entry, each with the hash of the one before it.
//!
//! An entry is created under the next free number, so that of several writers each gets its own. The hash of an entry
//! is the BLAKE3 of its JSON text; an edited, lost or inserted entry breaks the chain. Entries cut off at the end are
//! noticed because the records of snapshots name the last entry of their time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{RepositoryError, SnapshotKind};
use crate::storage::{Storage, StorageError};

pub(super) const FOLDER: &str = "log";
/// How many entries are written together at most.
const TOGETHER: usize = 256;
/// The most bytes that one entry may have.
const MAX_ENTRY_BYTES: u64 = 1 << 20;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A snapshot was taken.
    Create,
    /// A snapshot's archive was checked.
    Verify,
    /// A snapshot, or rows of one, was restored into a database.
    Restore,
    /// A database was replaced by a snapshot.
    Rollback,
    /// Snapshots that no rule keeps went into the trash, or out of it for good.
    Prune,
    /// A snapshot was brought back from the trash, or deleted from it for good.
    Undelete,
    /// A snapshot was restored into a scratch database, compared and checked.
    Drill,
    /// A snapshot was pinned.
    Pin,
    /// A snapshot was unpinned.
    Unpin,
    /// A snapshot was put into the trash by hand.
    Delete,
    /// A database was retired, or its retirement taken back.
    Retire,
    /// A hook failed; there are no entries of hooks that did not.
    Hook,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Create => "create",
            Self::Verify => "verify",
            Self::Restore => "restore",
            Self::Rollback => "rollback",
            Self::Prune => "prune",
            Self::Undelete => "undelete",
            Self::Drill => "drill",
            Self::Pin => "pin",
            Self::Unpin => "unpin",
            Self::Delete => "delete",
            Self::Retire => "retire",
            Self::Hook => "hook",
        })
    }
}

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Begun; another entry says how it ended.
    Begun,
    /// Done, without findings.
    Done,
    /// Done, with findings.
    Findings,
    /// Ended by an error, which the message tells.
    Failed,
    /// Ended by the user, or found to have been killed.
    Interrupted,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Findings => "findings",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        })
    }
}

/// Who does something, as the caller says: only the caller knows the system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Who {
    /// Name of the user in the operating system.
    pub os_user: String,
    /// Name of the computer.
    pub host: String,
}

/// Something that was done with the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// Who did it.
    pub who: Who,
    /// The role that connected; `None` if no server took part, or it is not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_user: Option<String>,
    /// The server's address, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The database's name; `None` if the action concerns none, or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The snapshot's id; `None` if the action concerns none, or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// How much of the database a create was to take; `None` for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SnapshotKind>,
    /// The reason that the user gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How long the action took; 0 if that was not measured.
    #[serde(default)]
    pub seconds: f64,
    /// The result, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl HistoryEvent {
    /// An event of which nothing else is known: no database, no snapshot, no time, no message.
    pub fn new(action: Action, outcome: Outcome, who: &Who) -> Self {
        Self {
            action,
            outcome,
            who: who.clone(),
            database_user: None,
            server: None,
            database: None,
            snapshot: None,
            kind: None,
            why: None,
            seconds: 0.0,
            message: String::new(),
        }
    }
}

/// An entry of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub number: u64,
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: HistoryEvent,
    /// Hash of entry `number` - 1; for the first entry, of the repository's id.
    pub previous: String,
}

/// An entry as it is stored. Its text is hashed, so that keys of later versions are hashed too.
#[derive(Serialize, Deserialize)]
struct Stored {
    entry: Box<RawValue>,
    hash: String,
}

impl Stored {
    fn computed_hash(&self) -> String {
        hash_of(self.entry.get().as_bytes())
    }
}

/// The entries of a repository.
#[derive(Clone, Copy)]
pub struct History<'a> {
    storage: &'a dyn Storage,
    /// The repository's id, whose hash begins the chain.
    origin: &'a str,
}

impl<'a> History<'a> {
    pub(super) fn new(storage: &'a dyn Storage, origin: &'a str) -> Self {
        Self { storage, origin }
    }

    /// Adds an entry at the end.
    pub fn append(&self, event: HistoryEvent, at: Timestamp) -> Result<HistoryEntry, RepositoryError> {
        self.appender().append(event, at)
    }

    /// An appender, which looks for the end of the history only once unless somebody else writes.
    pub fn appender(&self) -> Appender<'a> {
        self.appender_at(None)
    }

    /// Like [`History::appender`], for a caller that knows the number of the next entry and the hash before it.
    pub fn appender_at(&self, end: Option<(u64, String)>) -> Appender<'a> {
        Appender { history: *self, end }
    }

    /// The number of the next entry and the hash before it.
    fn end(&self) -> Result<(u64, String), RepositoryError> {
        Ok(match self.last_number()? {
            Some(last) => (last + 1, self.read(last)?.1),
            None => (1, hash_of(self.origin.as_bytes())),
        })
    }

    /// The number and hash of the last entry.
    pub fn head(&self) -> Result<Option<(u64, String)>, RepositoryError> {
        match self.last_number()? {
            Some(number) => Ok(Some((number, self.read(number)?.1))),
            None => Ok(None),
        }
    }

    /// All entries that can be read, oldest first, unchecked.
    pub fn entries(&self) -> Result<Vec<HistoryEntry>, RepositoryError> {
        self.entries_after(0)
    }

    /// Entries with higher numbers than this, oldest first, unchecked.
    pub fn entries_after(&self, number: u64) -> Result<Vec<HistoryEntry>, RepositoryError> {
        let numbers = self.numbers()?.into_iter().filter(|found| *found > number);
        numbers.map(|number| Ok(self.read(number)?.0)).collect()
    }

    /// Checks numbers and hashes, and that the entries named by `anchors` exist. Returns the number of entries.
    ///
    /// # Errors
    /// [`RepositoryError::History`] for the first broken place.
    pub fn check(&self, anchors: &[(u64, String)]) -> Result<u64, RepositoryError> {
        let broken = |number, what: &str| RepositoryError::History {
            number,
            what: what.to_owned(),
        };
        let mut previous = hash_of(self.origin.as_bytes());
        let mut hashes = Vec::new();
        for (position, number) in self.numbers()?.into_iter().enumerate() {
            let expected = position as u64 + 1;
            if number != expected {
                return Err(broken(expected, "it is missing"));
            }
            let (entry, hash, is_right) = self
                .read(number)
                .map_err(|error| broken(number, &format!("it cannot be read ({error})")))?;
            if entry.number != number {
                return Err(broken(number, "it has another number than its name"));
            }
            if entry.previous != previous {
                return Err(broken(number, "it does not follow the one before"));
            }
            if !is_right {
                return Err(broken(number, "its hash is not that of its content"));
            }
            previous.clone_from(&hash);
            hashes.push(hash);
        }
        for (number, hash) in anchors {
            let found = usize::try_from(number.saturating_sub(1))
                .ok()
                .and_then(|n| hashes.get(n));
            match found {
                Some(found) if found == hash => {}
                Some(_) => return Err(broken(*number, "it is another one than the snapshots of its time know")),
                None => return Err(broken(*number, "it is missing, and snapshots of its time know it")),
            }
        }
        Ok(hashes.len() as u64)
    }

    fn numbers(&self) -> Result<Vec<u64>, RepositoryError> {
        let objects = self.storage.list(FOLDER)?;
        let mut numbers: Vec<u64> = objects.iter().filter_map(|o| number(&o.name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The number of the last entry.
    pub fn last_number(&self) -> Result<Option<u64>, RepositoryError> {
        Ok(self.numbers()?.last().copied())
    }

    /// An entry, its stored hash, and whether that is the hash of its content.
    fn read(&self, number: u64) -> Result<(HistoryEntry, String, bool), RepositoryError> {
        let name = name(number);
        let bytes = self.storage.read(&name, MAX_ENTRY_BYTES)?;
        let json = |source| RepositoryError::Json {
            name: name.clone(),
            source,
        };
        let stored: Stored = serde_json::from_slice(&bytes).map_err(json)?;
        let entry = serde_json::from_str(stored.entry.get()).map_err(json)?;
        let is_right = stored.computed_hash() == stored.hash;
        Ok((entry, stored.hash, is_right))
    }
}

/// Writes entries, and knows the end of the history between them.
pub struct Appender<'a> {
    history: History<'a>,
    end: Option<(u64, String)>,
}

impl Appender<'_> {
    pub fn append(&mut self, event: HistoryEvent, at: Timestamp) -> Result<HistoryEntry, RepositoryError> {
        loop {
            let (number, previous) = self.place()?;
            let (entry, name, bytes, hash) = stored(number, at, &event, previous)?;
            match self.history.storage.create(&name, &bytes) {
                Ok(()) => {
                    self.end = Some((number + 1, hash));
                    return Ok(entry);
                }
                // Another writer was faster: its entry comes before ours.
                Err(StorageError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Like [`Appender::append`], for many entries, which are written together.
    pub fn append_all(&mut self, events: &[HistoryEvent], at: Timestamp) -> Result<(), RepositoryError> {
        let mut left = events;
        while !left.is_empty() {
            let (mut number, mut previous) = self.place()?;
            let mut objects = Vec::new();
            for event in left.iter().take(TOGETHER) {
                let (_, name, bytes, hash) = stored(number, at, event, previous)?;
                objects.push((name, bytes));
                (number, previous) = (number + 1, hash);
            }
            let written = self.history.storage.create_all(&objects)?;
            if written == objects.len() {
                self.end = Some((number, previous));
            }
            left = &left[written..];
        }
        Ok(())
    }

    /// The number of the next entry and the hash before it, if they are known.
    pub fn into_end(self) -> Option<(u64, String)> {
        self.end
    }

    fn place(&mut self) -> Result<(u64, String), RepositoryError> {
        match self.end.take() {
            Some(end) => Ok(end),
            None => self.history.end(),
        }
    }
}

/// An entry, the name and bytes of its object, and its hash.
fn stored(
    number: u64,
    at: Timestamp,
    event: &HistoryEvent,
    previous: String,
) -> Result<(HistoryEntry, String, Vec<u8>, String), RepositoryError> {
    let event = event.clone();
    let entry = HistoryEntry {
        number,
        at,
        event,
        previous,
    };
    let name = name(number);
    let json = |source| RepositoryError::Json {
        name: name.clone(),
        source,
    };
    let text = serde_json::value::to_raw_value(&entry).map_err(json)?;
    let hash = hash_of(text.get().as_bytes());
    let whole = Stored {
        entry: text,
        hash: hash.clone(),
    };
    let bytes = serde_json::to_vec(&whole).map_err(json)?;
    Ok((entry, name, bytes, hash))
}

fn name(number: u64) -> String {
    format!("{FOLDER}/{number:08}.json")
}

fn number(name: &str) -> Option<u64> {
    name.strip_suffix(".json")?.parse().ok()
}

fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{LocalFolder, Objects};

    fn event(message: &str) -> HistoryEvent {
        HistoryEvent {
            message: message.to_owned(),
            seconds: 0.1 + 0.2,
            ..HistoryEvent::new(Action::Create, Outcome::Done, &Who::default())
        }
    }

    fn three() -> (tempfile::TempDir, LocalFolder) {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalFolder::create(folder.path()).unwrap();
        let history = History::new(&store, "origin");
        for message in ["one", "two", "three"] {
            history.append(event(message), Timestamp::now()).unwrap();
        }
        (folder, store)
    }

    #[track_caller]
    fn broken_at(store: &LocalFolder, anchors: &[(u64, String)], number: u64) {
        match History::new(store, "origin").check(anchors) {
            Err(RepositoryError::History { number: found, .. }) => assert_eq!(found, number),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_chain_holds_and_edits_break_it() {
        let (_folder, store) = three();
        let history = History::new(&store, "origin");
        assert_eq!(history.check(&[]).unwrap(), 3);
        let head = history.head().unwrap().unwrap();
        assert_eq!(history.check(std::slice::from_ref(&head)).unwrap(), 3);
        let old = store.read("log/00000002.json", 9999).unwrap();
        let text = String::from_utf8(old.clone()).unwrap().replace("two", "2wo");
        store.replace("log/00000002.json", text.as_bytes()).unwrap();
        broken_at(&store, &[], 2);
        // Also if its own hash is made to match.
        let mut stored: Stored = serde_json::from_str(&text).unwrap();
        stored.hash = stored.computed_hash();
        store
            .replace("log/00000002.json", &serde_json::to_vec(&stored).unwrap())
            .unwrap();
        broken_at(&store, &[], 3);
        store.delete("log/00000002.json").unwrap();
        broken_at(&store, &[], 2);
        store.replace("log/00000002.json", &old).unwrap();
        store.delete("log/00000003.json").unwrap();
        assert_eq!(history.check(&[]).unwrap(), 2);
        broken_at(&store, &[head], 3);
        assert!(matches!(
            History::new(&store, "other").check(&[]),
            Err(RepositoryError::History { number: 1, .. })
        ));
    }

    #[test]
    fn writers_at_once_each_get_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalFolder::create(folder.path()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let history = History::new(&store, "origin");
                    let mut appender = history.appender();
                    for _ in 0..5 {
                        appender.append(event("x"), Timestamp::now()).unwrap();
                    }
                    appender.append_all(&vec![event("y"); 5], Timestamp::now()).unwrap();
                });
            }
        });
        assert_eq!(History::new(&store, "origin").check(&[]).unwrap(), 40);
    }
}
