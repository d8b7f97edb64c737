//! The list of snapshots, newest first, each with its standing.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{SNAPSHOTS, record_name};
use super::record::{Record, Status, parse_id};
use super::state::State;
use super::{Repository, RepositoryError};
use crate::storage::{LockMode, StorageError};

/// The present standing of a snapshot, from its record, its state and the size of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Standing {
    /// Everything that was asked for is in it, and nothing speaks against its archive.
    Complete,
    /// It lacks something that was asked for.
    Partial,
    /// It is being made.
    Running,
    /// Its maker died before it was complete.
    Incomplete,
    /// Its maker ended with an error, which the record tells.
    Failed,
    /// A verification found damage, its size is not the record's, or its record cannot be read.
    Damaged,
    /// Its archive is gone.
    Missing,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Running => "running",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
        })
    }
}

/// A snapshot of a repository, as it was when it was listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// 1 is the newest.
    pub index: usize,
    /// If it cannot be read: what the names and sizes of the files say.
    pub record: Record,
    /// The default if there is none yet, or it cannot be read.
    pub state: State,
    /// Follows from record, state and file.
    pub standing: Standing,
    /// Why the record could not be read.
    pub unreadable: Option<String>,
}

impl Snapshot {
    /// `YYYYMMDDTHHMMSSZ_label`, unique in the repository.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// Whether it is complete and every byte of it was found good.
    pub fn is_good(&self) -> bool {
        self.standing == Standing::Complete && self.state.is_verified()
    }

    /// Whether its archive can be read, perhaps with things missing.
    pub fn has_archive(&self) -> bool {
        matches!(
            self.standing,
            Standing::Complete | Standing::Partial | Standing::Damaged
        )
    }
}

impl Repository {
    /// All snapshots, newest first.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, RepositoryError> {
        let mut sizes = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for object in self.storage().list(SNAPSHOTS)? {
            if let Some(id) = object.name.strip_suffix(".pgark") {
                sizes.insert(id.to_owned(), object.bytes);
                ids.insert(id.to_owned());
            } else if let Some(id) = object.name.strip_suffix(".json") {
                let id = id.strip_suffix(".state").unwrap_or(id);
                ids.insert(id.to_owned());
            }
        }
        let mut snapshots = Vec::with_capacity(ids.len());
        for id in ids.iter().filter(|id| parse_id(id).is_some()) {
            if let Some(snapshot) = self.snapshot(id, sizes.get(id).copied())? {
                snapshots.push(snapshot);
            }
        }
        snapshots.sort_by(|a, b| {
            let key = |s: &Snapshot| (s.record.time(), s.record.id.clone());
            key(b).cmp(&key(a))
        });
        for (position, snapshot) in snapshots.iter_mut().enumerate() {
            snapshot.index = position + 1;
        }
        Ok(snapshots)
    }

    /// One snapshot; `None` if it was removed meanwhile.
    fn snapshot(&self, id: &str, bytes: Option<u64>) -> Result<Option<Snapshot>, RepositoryError> {
        let named = || {
            let (started_at, label) = parse_id(id).unwrap_or_default();
            Record {
                id: id.to_owned(),
                label: label.to_owned(),
                started_at,
                bytes: bytes.unwrap_or(0),
                ..Record::default()
            }
        };
        let (record, unreadable) = match self.read_record(id) {
            Ok(record) => (record, None),
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => match bytes {
                Some(_) => (named(), Some("it has no record".to_owned())),
                // A state without a record or an archive is no snapshot.
                None => return Ok(None),
            },
            Err(error @ (RepositoryError::Json { .. } | RepositoryError::OtherId { .. })) => {
                (named(), Some(error.to_string()))
            }
            Err(error) => return Err(error),
        };
        let state = match self.read_state(id) {
            Ok(state) => state,
            Err(RepositoryError::Json { .. }) => State::default(),
            Err(error) => return Err(error),
        };
        let standing = match (&unreadable, record.status, bytes) {
            (Some(_), _, _) => Standing::Damaged,
            (None, Status::Running, _) if self.is_held(id)? => Standing::Running,
            (None, Status::Running, _) => Standing::Incomplete,
            (None, Status::Failed, _) => Standing::Failed,
            (None, _, None) => Standing::Missing,
            (None, _, Some(bytes)) if bytes != record.bytes => Standing::Damaged,
            _ if state.damage().is_some() => Standing::Damaged,
            (None, Status::Complete, _) => Standing::Complete,
            (None, Status::Partial, _) => Standing::Partial,
        };
        Ok(Some(Snapshot {
            index: 0,
            record,
            state,
            standing,
            unreadable,
        }))
    }

    /// Whether somebody is making it.
    pub(super) fn is_held(&self, id: &str) -> Result<bool, RepositoryError> {
        match self.storage().try_lock(&record_name(id), LockMode::Shared) {
            Ok(lock) => Ok(lock.is_none()),
            Err(StorageError::Missing { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
