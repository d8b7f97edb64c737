//! Where deleted snapshots go first.
//!
//! A snapshot is moved in this order: a note into the trash (who, when, why), then its record, its archive, its state.
//! A note is there before anything moves and goes after everything else, so whatever was interrupted can be told: a
//! record that is in the trash while other files of it are not was being moved there, or back. [`Trash::finish`] ends
//! it in the trash, where nothing is lost and from where it can be brought back. What is brought back goes the other way round; its
//! record, without which no file counts as a snapshot, moves last. A record without its archive never stands where it would
//! look complete.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::Who;
use super::record::parse_id;
use super::{
    MAX_RECORD_BYTES, MAX_SMALL_BYTES, Record, Repository, RepositoryError, State, archive_name, json, read,
    record_name, state_name,
};
use crate::storage::{Lock, LockMode, Storage, StorageError};

const TRASH: &str = "trash";
/// Ends no name of a record, whatever its label.
const NOTE: &str = ".deleted";

/// Who put a snapshot into the trash, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub at: Timestamp,
    pub who: Who,
    pub why: String,
    pub database: String,
    /// It was complete and verified.
    pub good: bool,
}

/// A snapshot in the trash.
#[derive(Clone, Debug, PartialEq)]
pub struct Trashed {
    pub id: String,
    /// Absent when it cannot be read.
    pub note: Option<Note>,
    /// Absent when it cannot be read.
    pub record: Option<Record>,
    /// Of its files in the trash.
    pub bytes: u64,
}

/// The trash of a repository, whose lock the caller holds while it changes anything.
pub struct Trash<'a> {
    repository: &'a Repository,
}

impl Repository {
    pub fn trash(&self) -> Trash<'_> {
        Trash { repository: self }
    }
}

impl Trash<'_> {
    fn storage(&self) -> &dyn Storage {
        self.repository.storage()
    }

    /// What is in it, newest snapshot first. Files that have no note are left alone.
    pub fn list(&self) -> Result<Vec<Trashed>, RepositoryError> {
        let objects = self.storage().list(TRASH)?;
        let mut list = Vec::new();
        for id in objects.iter().filter_map(|object| object.name.strip_suffix(NOTE)) {
            if parse_id(id).is_none() {
                continue;
            }
            let files = files(id);
            let of_it = |name: &str| files.iter().any(|file| last_part(file) == name);
            let bytes = objects.iter().filter(|o| of_it(&o.name)).map(|o| o.bytes).sum();
            list.push(Trashed {
                id: id.to_owned(),
                note: read(self.storage(), &note_name(id), MAX_SMALL_BYTES).ok(),
                record: read(self.storage(), &trashed(&record_name(id)), MAX_RECORD_BYTES).ok(),
                bytes,
            });
        }
        list.sort_by(|a, b| b.id.cmp(&a.id));
        Ok(list)
    }

    /// Moves a snapshot into it, unless somebody reads or makes it.
    ///
    /// # Errors
    /// [`RepositoryError::Busy`] when it is in use.
    pub fn put(&self, id: &str, note: &Note) -> Result<(), RepositoryError> {
        let storage = self.storage();
        let _alone = self.alone(id, &[archive_name(id), record_name(id)])?;
        let name = note_name(id);
        storage.replace(&name, &json(&name, note)?)?;
        self.move_files(id)?;
        storage.discard_unfinished(&archive_name(id))?;
        Ok(())
    }

    /// Ends moves that were interrupted; gives the ids of those that are in the trash only now. One that is in use is left
    /// for the next time.
    pub fn finish(&self) -> Result<Vec<String>, RepositoryError> {
        let mut finished = Vec::new();
        for Trashed { id, .. } in self.list()? {
            if self.exists(&record_name(&id))? {
                // Not begun, in which case it is decided again; or brought back, up to the note.
                if !self.exists(&trashed(&record_name(&id)))? && !self.exists(&trashed(&archive_name(&id)))? {
                    self.storage().delete(&note_name(&id))?;
                }
            } else if self.exists(&archive_name(&id))? || self.exists(&state_name(&id))? {
                match self.alone(&id, &[archive_name(&id)]) {
                    Ok(_alone) => self.move_files(&id)?,
                    Err(RepositoryError::Busy { .. }) => continue,
                    Err(error) => return Err(error),
                }
                finished.push(id);
            }
        }
        Ok(finished)
    }

    /// Brings a snapshot back, pinned: otherwise the next prune would find the same reason to delete it.
    ///
    /// # Errors
    /// [`RepositoryError::NotInTrash`]; [`StorageError::Exists`] when its id was taken meanwhile.
    pub fn restore(&self, id: &str) -> Result<(), RepositoryError> {
        let storage = self.storage();
        if !self.exists(&note_name(id))? {
            return Err(unknown(id));
        }
        if self.exists(&record_name(id))? {
            let (place, name) = (storage.place(), record_name(id));
            return Err(StorageError::Exists { place, name }.into());
        }
        // A state that cannot be read says nothing, and neither does one that belongs to no record.
        let name = trashed(&state_name(id));
        let mut state: State = read(storage, &name, MAX_SMALL_BYTES).unwrap_or_default();
        state.pinned = true;
        storage.replace(&name, &json(&name, &state)?)?;
        storage.delete(&state_name(id))?;
        for name in [archive_name(id), state_name(id), record_name(id)] {
            self.move_if_there(&trashed(&name), &name)?;
        }
        Ok(storage.delete(&note_name(id))?)
    }

    /// Deletes a snapshot for good.
    ///
    /// # Errors
    /// [`RepositoryError::NotInTrash`]; [`RepositoryError::Busy`] when it is still read.
    pub fn empty(&self, id: &str) -> Result<(), RepositoryError> {
        if !self.exists(&note_name(id))? {
            return Err(unknown(id));
        }
        let _alone = self.alone(id, &[trashed(&archive_name(id))])?;
        for name in files(id) {
            self.storage().delete(&trashed(&name))?;
        }
        Ok(self.storage().delete(&note_name(id))?)
    }

    /// Locks on those of the objects that are there, without waiting.
    fn alone(&self, id: &str, names: &[String]) -> Result<Vec<Lock>, RepositoryError> {
        let mut locks = Vec::new();
        for name in names {
            match self.storage().try_lock(name, LockMode::Exclusive) {
                Ok(Some(lock)) => locks.push(lock),
                Ok(None) => return Err(RepositoryError::Busy { id: id.to_owned() }),
                Err(StorageError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(locks)
    }

    fn move_files(&self, id: &str) -> Result<(), RepositoryError> {
        if self.exists(&trashed(&state_name(id)))? {
            // Written by somebody who did not know yet that the snapshot had gone.
            self.storage().delete(&state_name(id))?;
        }
        files(id)
            .iter()
            .try_for_each(|name| self.move_if_there(name, &trashed(name)))
    }

    fn move_if_there(&self, from: &str, to: &str) -> Result<(), RepositoryError> {
        match self.exists(from)? {
            true => Ok(self.storage().rename(from, to)?),
            false => Ok(()),
        }
    }

    fn exists(&self, name: &str) -> Result<bool, RepositoryError> {
        let path = self.storage().path(name)?;
        path.try_exists().map_err(|source| RepositoryError::Unknowable {
            what: "whether a file is there",
            source,
        })
    }
}

/// The files of a snapshot, in the order in which they leave.
fn files(id: &str) -> [String; 3] {
    [record_name(id), archive_name(id), state_name(id)]
}

/// The name of an object of a snapshot in the trash.
fn trashed(name: &str) -> String {
    format!("{TRASH}/{}", last_part(name))
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn note_name(id: &str) -> String {
    format!("{TRASH}/{id}{NOTE}")
}

fn unknown(id: &str) -> RepositoryError {
    RepositoryError::NotInTrash { id: id.to_owned() }
}

#[cfg(test)]
mod tests;
