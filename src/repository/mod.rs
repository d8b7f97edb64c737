//! A repository: labelled snapshots in one place, with what is known about them.
//!
//! ```text
//! repository.json              what it is; its lock
//! snapshots/ID.pgark           the archive
//! snapshots/ID.json            Record: the facts; begun before the archive, complete after it
//! snapshots/ID.state.json      State: pinned, verified, drilled
//! log/NNNNNNNN.json            History
//! retired.json                Retirements
//! underway/                    drills that have not cleared up yet
//! drills/, trash/, policy.toml, hooks.toml
//! ```
//!
//! Nothing about a repository is kept anywhere else: a copied folder works. Whoever reads an archive holds a shared
//! lock on its file ([`Lease`]); whoever takes a snapshot away needs it alone. A record that is being made is locked by
//! its maker, so that one without an owner is known to have been given up.

mod at_once;
pub mod drills;
mod error;
pub mod health;
pub mod history;
mod leftovers;
mod listing;
pub mod prune;
pub mod record;
pub mod reference;
pub mod retired;
pub mod state;
pub mod trash;
mod verifying;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, ArchiveError, Digest, PartialFile};
use crate::storage::{LocalFolder, Lock, LockMode, Storage, StorageError};

pub use drills::Underway;
pub use error::RepositoryError;
pub use history::{Action, Event, History, Outcome, Who};
pub use leftovers::Leftovers;
pub use listing::{Snapshot, Standing};
pub use record::{Kind, Record, SAFETY_LABEL, Status, Table};
pub use state::{Depth, Drilled, State, Verification};
pub use verifying::Checked;

const MARK: &str = "repository.json";
const SNAPSHOTS: &str = "snapshots";
/// Of `repository.json` and states.
const MAX_SMALL_BYTES: u64 = 1 << 20;
/// Of a record: room for a million tables.
const MAX_RECORD_BYTES: u64 = 1 << 29;

/// What `repository.json` says.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    format: u32,
    id: String,
    created_at: Timestamp,
}

/// Snapshots in one place.
pub struct Repository {
    storage: Box<dyn Storage>,
    identity: Identity,
}

impl Repository {
    /// Opens one that is there.
    pub fn open(path: &Path) -> Result<Self, RepositoryError> {
        let storage = match LocalFolder::open(path) {
            Err(StorageError::Missing { place, .. }) => return Err(RepositoryError::NotARepository { place }),
            other => other?,
        };
        Self::in_storage(Box::new(storage))
    }

    /// Opens one, or makes one where nothing is yet.
    pub fn open_or_create(path: &Path) -> Result<Self, RepositoryError> {
        let storage = LocalFolder::create(path)?;
        let failed = |source| RepositoryError::Unknowable {
            what: "whether the folder is empty",
            source,
        };
        let is_marked = storage.path(MARK)?.exists();
        if !is_marked {
            // Also hidden files are somebody's.
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
                // Two began at once: there is one, which is what both want.
                Ok(()) | Err(StorageError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Self::in_storage(Box::new(storage))
    }

    /// Opens one that is in a storage.
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

    pub fn storage(&self) -> &dyn Storage {
        self.storage.as_ref()
    }

    /// What messages call it.
    pub fn place(&self) -> String {
        self.storage.place()
    }

    pub fn history(&self) -> History<'_> {
        History::new(self.storage(), &self.identity.id)
    }

    /// Checks the history, and that it has the entries that snapshots name, also deleted ones. Gives the number of entries.
    ///
    /// # Errors
    /// [`RepositoryError::History`] with the first place that is broken.
    pub fn check_history(&self) -> Result<u64, RepositoryError> {
        let records = self.snapshots()?.into_iter().map(|snapshot| snapshot.record);
        let deleted = self.trash().list()?.into_iter().filter_map(|trashed| trashed.record);
        let anchors: Vec<(u64, String)> = records.chain(deleted).filter_map(|record| record.history).collect();
        self.history().check(&anchors)
    }

    /// The repository for oneself, while states or names of snapshots are changed.
    pub fn lock(&self) -> Result<Lock, RepositoryError> {
        Ok(self.storage.lock(MARK, LockMode::Exclusive)?)
    }

    /// The local file of a snapshot's archive.
    pub fn archive_path(&self, id: &str) -> Result<PathBuf, RepositoryError> {
        Ok(self.storage.path(&archive_name(id))?)
    }

    /// Whether the archive of a snapshot is there.
    pub fn has_file(&self, id: &str) -> bool {
        self.archive_path(id).is_ok_and(|path| path.exists())
    }

    /// Begins a snapshot: its record, locked for as long as what is returned lives. An id that is taken is an error.
    pub fn begin(&self, record: &Record) -> Result<Lock, RepositoryError> {
        let name = record_name(&record.id);
        let lock = self.storage.create_locked(&name, &json(&name, record)?)?;
        // One of the same second went into the trash meanwhile: an id is never in both.
        if self.trash().holds(&record.id)? {
            self.storage.delete(&name)?;
            let place = self.place();
            return Err(StorageError::Exists { place, name }.into());
        }
        Ok(lock)
    }

    /// Takes back what [`Repository::begin`] wrote: nothing was ever made.
    pub fn take_back(&self, record: &Record) -> Result<(), RepositoryError> {
        Ok(self.storage.delete(&record_name(&record.id))?)
    }

    /// The file that becomes the archive of a snapshot.
    pub fn begin_archive(&self, id: &str) -> Result<PartialFile, RepositoryError> {
        Ok(PartialFile::create(&self.archive_path(id)?, false)?)
    }

    /// Writes the record as it is from now on.
    pub fn write_record(&self, record: &Record) -> Result<(), RepositoryError> {
        let name = record_name(&record.id);
        Ok(self.storage.replace(&name, &json(&name, record)?)?)
    }

    pub fn read_record(&self, id: &str) -> Result<Record, RepositoryError> {
        let name = record_name(id);
        let record: Record = read(self.storage(), &name, MAX_RECORD_BYTES)?;
        match record.id == id {
            true => Ok(record),
            false => Err(RepositoryError::OtherId { name, says: record.id }),
        }
    }

    pub fn read_state(&self, id: &str) -> Result<State, RepositoryError> {
        match read(self.storage(), &state_name(id), MAX_SMALL_BYTES) {
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => Ok(State::default()),
            other => other,
        }
    }

    /// Changes what is known about a snapshot; of several that do so at once, none loses another's change.
    pub fn update_state(&self, id: &str, change: impl FnOnce(&mut State)) -> Result<State, RepositoryError> {
        let _alone = self.lock()?;
        let mut state = self.read_state(id)?;
        change(&mut state);
        let name = state_name(id);
        self.storage.replace(&name, &json(&name, &state)?)?;
        Ok(state)
    }

    /// Opens the archive of a snapshot, with the lease that keeps it; refused when it is another one than the record's.
    pub fn open_archive(&self, snapshot: &Snapshot) -> Result<(Archive, Lease), RepositoryError> {
        let lease = self.lease(&snapshot.record.id)?;
        let archive = Archive::open(&lease.path)?;
        let (found, expected) = (archive.root_digest().to_string(), &snapshot.record.root_digest);
        if !expected.is_empty() && found != *expected {
            return Err(RepositoryError::NotUsable {
                id: snapshot.record.id.clone(),
                standing: format!("changed: its root digest is {found}, its record says {expected}"),
            });
        }
        Ok((archive, lease))
    }

    /// Keeps a snapshot from being taken away while it is read.
    pub fn lease(&self, id: &str) -> Result<Lease, RepositoryError> {
        let name = archive_name(id);
        // Somebody who has it alone takes it away, or looked whether it is read: both take a moment.
        let lock = self.storage.lock(&name, LockMode::Shared)?;
        let path = self.storage.path(&name)?;
        match path.exists() {
            true => Ok(Lease { path, _lock: lock }),
            false => Err(StorageError::Missing {
                place: self.place(),
                name,
            }
            .into()),
        }
    }

    /// The root digest of a good archive, when it is the one that the record has.
    pub fn is_of_record(record: &Record, root_digest: Option<Digest>) -> bool {
        root_digest.is_some_and(|digest| digest.to_string() == record.root_digest)
    }

    /// Makes a record of an archive that has none that is complete: its maker ended between the two.
    pub fn adopt(&self, id: &str) -> Result<Record, RepositoryError> {
        if self.trash().holds(id)? {
            return Err(RepositoryError::NotUsable {
                id: id.to_owned(),
                standing: "on its way into the trash: the next prune or undelete ends that".to_owned(),
            });
        }
        let archive = Archive::open(&self.archive_path(id)?)?;
        let mut record = match self.read_record(id) {
            Ok(record) => record,
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => {
                let (started_at, label) = record::parse_id(id).ok_or_else(|| RepositoryError::Label {
                    label: id.to_owned(),
                    why: "an id is a time and a label",
                })?;
                Record::begun(label, started_at)?
            }
            Err(error) => return Err(error),
        };
        record.describe(&archive);
        record.kind = record::Kind::of_options(&record.options);
        record.safety = record.label == SAFETY_LABEL;
        record.status = match record.partial.is_empty() && record.not_covered.is_empty() {
            true => Status::Complete,
            false => Status::Partial,
        };
        record.error = None;
        self.write_record(&record)?;
        Ok(record)
    }
}

/// Keeps an archive where it is.
#[derive(Debug)]
pub struct Lease {
    pub path: PathBuf,
    _lock: Lock,
}

pub fn archive_name(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.pgark")
}

pub fn record_name(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.json")
}

pub fn state_name(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.state.json")
}

/// An object that people may read, too.
pub fn json<T: Serialize>(name: &str, value: &T) -> Result<Vec<u8>, RepositoryError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| RepositoryError::Json {
        name: name.to_owned(),
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub fn read<T: DeserializeOwned>(storage: &dyn Storage, name: &str, limit: u64) -> Result<T, RepositoryError> {
    let bytes = storage.read(name, limit)?;
    serde_json::from_slice(&bytes).map_err(|source| RepositoryError::Json {
        name: name.to_owned(),
        source,
    })
}

/// The error of an archive that is there and cannot be opened.
pub fn is_damage(error: &ArchiveError) -> bool {
    matches!(
        error,
        ArchiveError::Damaged { .. } | ArchiveError::Incomplete { .. } | ArchiveError::NotAnArchive { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
                            state.drilled = Some(Drilled {
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
