//! An open repository: its place, its lock, its history, and the records and states of its snapshots.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::objects::{MAX_RECORD_BYTES, MAX_SMALL_BYTES, json, read, record_name, state_name};
use super::{History, Record, RepositoryError, State, record};
use crate::storage::{LocalFolder, Lock, LockMode, Objects, Storage, StorageError};

pub(super) const MARK: &str = "repository.json";

/// The content of `repository.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    format: u32,
    id: String,
    created_at: Timestamp,
}

/// An open repository.
pub struct Repository {
    storage: Box<dyn Storage>,
    identity: Identity,
}

impl Repository {
    /// Opens an existing repository in a folder.
    pub fn open(path: &Path) -> Result<Self, RepositoryError> {
        let storage = match LocalFolder::open(path) {
            Err(StorageError::Missing { place, .. }) => return Err(RepositoryError::NotARepository { place }),
            other => other?,
        };
        Self::in_storage(Box::new(storage))
    }

    /// Opens a repository in a folder, or makes one if the folder is empty or missing.
    pub fn open_or_create(path: &Path) -> Result<Self, RepositoryError> {
        let storage = LocalFolder::create(path)?;
        let failed = |source| RepositoryError::Unknowable {
            what: "whether the folder is empty",
            source,
        };
        if !storage.exists(MARK)? {
            // Hidden files count too.
            let somebodys = |entry: std::io::Result<std::fs::DirEntry>| match entry {
                Ok(entry) => !entry.file_name().to_string_lossy().ends_with(".partial") && entry.file_name() != MARK,
                Err(_) => true,
            };
            if std::fs::read_dir(path).map_err(failed)?.any(somebodys) {
                return Err(RepositoryError::NotEmpty { place: storage.place() });
            }
            let mut id = [0; 16];
            getrandom::fill(&mut id).map_err(|error| RepositoryError::Unknowable {
                what: "a random number",
                source: std::io::Error::other(error.to_string()),
            })?;
            let identity = Identity {
                format: record::FORMAT,
                id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
                created_at: Timestamp::now(),
            };
            match storage.create(MARK, &json(MARK, &identity)?) {
                // Another process made the repository at the same moment; both use it.
                Ok(()) | Err(StorageError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Self::in_storage(Box::new(storage))
    }

    /// Opens an existing repository in any storage.
    pub fn in_storage(storage: Box<dyn Storage>) -> Result<Self, RepositoryError> {
        let place = storage.place();
        let identity: Identity = match read(storage.as_ref(), MARK, MAX_SMALL_BYTES) {
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => {
                return Err(RepositoryError::NotARepository { place });
            }
            other => other?,
        };
        if identity.format != record::FORMAT {
            return Err(RepositoryError::Format {
                place,
                found: identity.format,
                known: record::FORMAT,
            });
        }
        Ok(Self { storage, identity })
    }

    /// Where the repository's objects are.
    pub fn storage(&self) -> &dyn Storage {
        self.storage.as_ref()
    }

    /// The name of the place in messages.
    pub fn place(&self) -> String {
        self.storage.place()
    }

    /// The history; nothing is read yet.
    pub fn history(&self) -> History<'_> {
        History::new(self.storage(), &self.identity.id)
    }

    /// Checks the history, and that it has the entries that snapshots name, deleted ones too. Returns the number of
    /// entries.
    ///
    /// # Errors
    /// [`RepositoryError::History`] for the first broken place.
    pub fn check_history(&self) -> Result<u64, RepositoryError> {
        let records = self.snapshots()?.into_iter().map(|snapshot| snapshot.record);
        let deleted = self.trash().list()?.into_iter().filter_map(|trashed| trashed.record);
        let anchors: Vec<(u64, String)> = records.chain(deleted).filter_map(|record| record.history).collect();
        self.history().check(&anchors)
    }

    /// Locks the repository, for changes of states or of snapshots' names.
    pub fn lock(&self) -> Result<Lock, RepositoryError> {
        Ok(self.storage.lock(MARK, LockMode::Exclusive)?)
    }

    /// Begins a snapshot: writes its record, locked while the returned lock exists. A taken id is an error.
    pub fn begin(&self, record: &Record) -> Result<Lock, RepositoryError> {
        let name = record_name(&record.id);
        let lock = self.storage.create_locked(&name, &json(&name, record)?)?;
        // A snapshot of the same second went into the trash meanwhile. An id must never be in both places.
        if self.trash().holds(&record.id)? {
            self.storage.delete(&name)?;
            let place = self.place();
            return Err(StorageError::Exists { place, name }.into());
        }
        Ok(lock)
    }

    /// Removes the record that [`Repository::begin`] wrote, when nothing was made.
    pub fn take_back(&self, record: &Record) -> Result<(), RepositoryError> {
        Ok(self.storage.delete(&record_name(&record.id))?)
    }

    /// Replaces the record of a snapshot.
    pub fn write_record(&self, record: &Record) -> Result<(), RepositoryError> {
        let name = record_name(&record.id);
        Ok(self.storage.replace(&name, &json(&name, record)?)?)
    }

    /// The record of a snapshot.
    ///
    /// # Errors
    /// There is none, it cannot be read, or it is that of another id.
    pub fn read_record(&self, id: &str) -> Result<Record, RepositoryError> {
        let name = record_name(id);
        let record: Record = read(self.storage(), &name, MAX_RECORD_BYTES)?;
        match record.id == id {
            true => Ok(record),
            false => Err(RepositoryError::OtherId { name, says: record.id }),
        }
    }

    /// The state of a snapshot, the default if there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read_state(&self, id: &str) -> Result<State, RepositoryError> {
        match read(self.storage(), &state_name(id), MAX_SMALL_BYTES) {
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => Ok(State::default()),
            other => other,
        }
    }

    /// Changes the state of a snapshot. If several processes do so at once, no change is lost.
    pub fn update_state(&self, id: &str, change: impl FnOnce(&mut State)) -> Result<State, RepositoryError> {
        let _alone = self.lock()?;
        self.change_state(id, change)
    }

    /// Like [`Repository::update_state`], for a caller that holds the lock.
    pub(super) fn change_state(&self, id: &str, change: impl FnOnce(&mut State)) -> Result<State, RepositoryError> {
        let mut state = self.read_state(id)?;
        change(&mut state);
        let name = state_name(id);
        self.storage.replace(&name, &json(&name, &state)?)?;
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::DrillVerdict;

    #[test]
    fn a_repository_is_made_where_nothing_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/repo");
        assert!(matches!(
            Repository::open(&path),
            Err(RepositoryError::NotARepository { .. })
        ));
        let made = Repository::open_or_create(&path).unwrap();
        assert_eq!(Repository::open_or_create(&path).unwrap().identity.id, made.identity.id);
        Repository::open(&path).unwrap();
        let full = folder.path().join("full");
        std::fs::create_dir(&full).unwrap();
        std::fs::write(full.join("letter.txt"), "").unwrap();
        assert!(matches!(
            Repository::open_or_create(&full),
            Err(RepositoryError::NotEmpty { .. })
        ));
        std::fs::write(
            path.join(MARK),
            r#"{"format":9,"id":"x","created_at":"2026-01-01T00:00:00Z"}"#,
        )
        .unwrap();
        assert!(matches!(
            Repository::open(&path),
            Err(RepositoryError::Format { found: 9, .. })
        ));
    }

    #[test]
    fn states_are_changed_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open_or_create(&folder.path().join("r")).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let seconds = |state: &State| state.drilled.as_ref().map_or(0.0, |d| d.seconds);
                        let change = |state: &mut State| {
                            let seconds = seconds(state) + 1.0;
                            state.drilled = Some(DrillVerdict {
                                at: Timestamp::now(),
                                good: true,
                                seconds,
                                report: String::new(),
                            });
                        };
                        repository.update_state("x", change).unwrap();
                    }
                });
            }
        });
        assert_eq!(repository.read_state("x").unwrap().drilled.unwrap().seconds, 20.0);
    }
}
