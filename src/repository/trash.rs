//! The trash, where deleted snapshots go first.
//!
//! A snapshot moves in this order: a note into the trash (who, when, why), then its record, its archive, its state. The
//! note comes first and goes last, so an interrupted move can be recognized: a record in the trash while other files
//! are outside was being moved in, or back out. [`Trash::finish`] completes such a move into the trash, where nothing
//! is lost and from where the snapshot can be brought back. Bringing back goes the other way round; the record, without
//! which no file counts as a snapshot, moves last. So a record without its archive never looks complete. The note holds
//! the pending history entry ([`Pending`]), and goes only when that is written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::at_once::at_once;
use super::history::{Action, HistoryEvent, Who};
use super::objects::{MAX_RECORD_BYTES, MAX_SMALL_BYTES, archive_name, json, read, record_name, state_name};
use super::pending::{Change, Pending};
use super::record::parse_id;
use super::{Record, Repository, RepositoryError, State};
use crate::storage::{Lock, LockMode, Storage, StorageError};

pub(super) const TRASH: &str = "trash";
/// The end of a note's name. No record's name ends so, whatever its label.
const NOTE: &str = ".deleted";

/// Who put a snapshot into the trash, when and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub at: Timestamp,
    pub who: Who,
    pub why: String,
    pub database: String,
    /// Whether it was complete and verified.
    pub good: bool,
    /// The last change that was begun, with its history entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
}

/// A snapshot in the trash.
#[derive(Clone, Debug, PartialEq)]
pub struct Trashed {
    pub id: String,
    /// `None` if it cannot be read.
    pub note: Option<Note>,
    /// `None` if it cannot be read.
    pub record: Option<Record>,
    /// Bytes of its files in the trash.
    pub bytes: u64,
}

/// The trash of a repository. The caller holds the repository's lock for any change.
pub struct Trash<'a> {
    repository: &'a Repository,
}

impl Repository {
    /// The trash; nothing is read yet.
    pub fn trash(&self) -> Trash<'_> {
        Trash { repository: self }
    }

    /// Brings snapshots back from the trash, or with `empty` deletes them for good, and writes the history as `action`
    /// of `who`. Returns what became of each, and why the history could not be written, if so. The caller holds the
    /// lock.
    ///
    /// # Errors
    /// The end of the history cannot be found; then nothing was changed.
    pub fn change_trash(
        &self,
        chosen: Vec<Trashed>,
        empty: bool,
        action: Action,
        who: &Who,
    ) -> Result<(Vec<Changed>, Option<RepositoryError>), RepositoryError> {
        let change = if empty { Change::Emptied } else { Change::Restored };
        let after = self.history().last_number()?.unwrap_or(0);
        let pending = |trashed: &Trashed| {
            let database = trashed.note.as_ref().map(|note| note.database.as_str());
            Pending::of(change, after, action, who, &trashed.id, database)
        };
        let mut changes: Vec<_> = chosen.into_iter().map(|trashed| (trashed, Ok(()))).collect();
        at_once(&mut changes, &|(trashed, result)| {
            let pending = pending(trashed);
            *result = match empty {
                true => self.trash().empty(&trashed.id, Some(pending)),
                false => self.trash().restore(&trashed.id, Some(pending)),
            };
        });
        let events: Vec<HistoryEvent> = changes
            .iter()
            .filter(|(_, result)| result.is_ok())
            .map(|(trashed, _)| pending(trashed).event)
            .collect();
        let told = self.history().appender().append_all(&events, Timestamp::now());
        if told.is_ok() {
            at_once(&mut changes, &|(trashed, result)| {
                if result.is_ok() {
                    *result = self.trash().close(&trashed.id);
                }
            });
        }
        Ok((changes, told.err()))
    }
}

/// What became of a snapshot in the trash.
pub(crate) type Changed = (Trashed, Result<(), RepositoryError>);

impl Trash<'_> {
    fn storage(&self) -> &dyn Storage {
        self.repository.storage()
    }

    /// The snapshots in the trash, newest first. Files without a note are left alone.
    pub fn list(&self) -> Result<Vec<Trashed>, RepositoryError> {
        let objects = self.storage().list(TRASH)?;
        let sizes: BTreeMap<&str, u64> = objects.iter().map(|o| (o.name.as_str(), o.bytes)).collect();
        let mut list = Vec::new();
        for id in objects.iter().filter_map(|object| object.name.strip_suffix(NOTE)) {
            if parse_id(id).is_none() {
                continue;
            }
            let files = files(id);
            let bytes = files.iter().filter_map(|file| sizes.get(last_part(file))).sum();
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

    /// Moves a snapshot into the trash, unless somebody reads or makes it.
    ///
    /// # Errors
    /// [`RepositoryError::Busy`] if it is in use.
    pub fn put(&self, id: &str, note: &Note) -> Result<(), RepositoryError> {
        let storage = self.storage();
        let _alone = self.alone(id, &[archive_name(id), record_name(id)])?;
        let name = note_name(id);
        storage.replace(&name, &json(&name, note)?)?;
        let had_archive = self.exists(&archive_name(id))?;
        self.move_files(id)?;
        match had_archive {
            true => Ok(()),
            false => Ok(storage.discard_unfinished(&archive_name(id))?),
        }
    }

    /// Completes interrupted moves, and returns the ids of the snapshots that this moved into the trash. A snapshot in
    /// use is left for the next time.
    pub fn finish(&self) -> Result<Vec<String>, RepositoryError> {
        // A broken history is reported by the command that writes the next entry.
        let _ = self.settle();
        let mut finished = Vec::new();
        for id in self.ids()? {
            if self.exists(&record_name(&id))? {
                if self.exists(&trashed(&record_name(&id)))? || self.exists(&trashed(&archive_name(&id)))? {
                    self.part(&id)?;
                } else {
                    // The move had not begun, and is decided anew; or the snapshot was brought back and only the note
                    // is left.
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

    /// Writes the entries of changes whose commands were killed before they could, and returns how many these were.
    pub(super) fn settle(&self) -> Result<usize, RepositoryError> {
        let mut made = Vec::new();
        for id in self.ids()? {
            let note = read::<Note>(self.storage(), &note_name(&id), MAX_SMALL_BYTES).ok();
            if let Some(pending) = note.and_then(|note| note.pending)
                && self.is_made(&id, pending.change)?
            {
                made.push((id, pending));
            }
        }
        let told = self.repository.tell(made.iter().map(|(_, pending)| pending))?;
        for (id, pending) in made {
            if pending.change != Change::Trashed {
                self.close(&id)?;
            }
        }
        Ok(told)
    }

    /// Whether the change in a note has been made. A move into the trash counts from its first file on, because it is
    /// always completed.
    fn is_made(&self, id: &str, change: Change) -> Result<bool, RepositoryError> {
        let mut inside = false;
        for name in files(id) {
            inside |= self.exists(&trashed(&name))?;
        }
        let outside = self.exists(&record_name(id))?;
        Ok(match change {
            Change::Trashed => inside && !outside,
            Change::Restored => outside && !inside,
            Change::Emptied => !inside && !outside,
            Change::Published => false,
        })
    }

    /// Writes the pending change into the note. A note that cannot be read is left as it is.
    fn intend(&self, id: &str, pending: Option<Pending>) -> Result<(), RepositoryError> {
        let name = note_name(id);
        match read::<Note>(self.storage(), &name, MAX_SMALL_BYTES) {
            Ok(note) => {
                let note = Note { pending, ..note };
                Ok(self.storage().replace(&name, &json(&name, &note)?)?)
            }
            Err(_) => Ok(()),
        }
    }

    /// Removes the note of a snapshot that has left the trash, once the history has its entry.
    fn close(&self, id: &str) -> Result<(), RepositoryError> {
        Ok(self.storage().delete(&note_name(id))?)
    }

    /// Resolves an id that is both in the trash and outside. Its maker wrote a record when the snapshot was in the
    /// trash already, or a second snapshot got the same id in the same second.
    fn part(&self, id: &str) -> Result<(), RepositoryError> {
        let _alone = match self.alone(id, &[archive_name(id), record_name(id)]) {
            Err(RepositoryError::Busy { .. }) => return Ok(()),
            alone => alone?,
        };
        let archives = (
            self.exists(&archive_name(id))?,
            self.exists(&trashed(&archive_name(id)))?,
        );
        match archives {
            (_, false) => {
                // The trash has only records without an archive; later ones are outside.
                for name in files(id) {
                    self.storage().delete(&trashed(&name))?;
                }
                self.storage().delete(&note_name(id))
            }
            // The files outside have nothing that the trash does not have.
            (false, true) => [state_name(id), record_name(id)]
                .iter()
                .try_for_each(|name| self.storage().delete(name)),
            (true, true) => return self.rename(id),
        }
        .map_err(RepositoryError::from)
    }

    /// Gives a snapshot in the trash the next free id.
    fn rename(&self, id: &str) -> Result<(), RepositoryError> {
        let storage = self.storage();
        let (mut at, label) = parse_id(id).ok_or_else(|| unknown(id))?;
        let new = loop {
            at += jiff::SignedDuration::from_secs(1);
            let new = super::record::id(label, at);
            if !self.exists(&note_name(&new))? && !self.exists(&record_name(&new))? {
                break new;
            }
        };
        let note = storage.read(&note_name(id), MAX_SMALL_BYTES)?;
        storage.create(&note_name(&new), &note)?;
        for of in [archive_name, state_name] {
            self.move_if_there(&trashed(&of(id)), &trashed(&of(&new)))?;
        }
        let (old, name) = (trashed(&record_name(id)), trashed(&record_name(&new)));
        if let Ok(mut record) = read::<Record>(storage, &old, MAX_RECORD_BYTES) {
            record.id.clone_from(&new);
            record.started_at = at;
            record.restore = None;
            storage.create(&name, &json(&name, &record)?)?;
        }
        storage.delete(&old)?;
        Ok(storage.delete(&note_name(id))?)
    }

    /// Whether a snapshot with this id is in the trash or on its way there.
    pub fn holds(&self, id: &str) -> Result<bool, RepositoryError> {
        self.exists(&note_name(id))
    }

    fn ids(&self) -> Result<Vec<String>, RepositoryError> {
        let objects = self.storage().list(TRASH)?;
        let ids = objects.iter().filter_map(|object| object.name.strip_suffix(NOTE));
        Ok(ids.filter(|id| parse_id(id).is_some()).map(str::to_owned).collect())
    }

    /// Brings a snapshot back and pins it: otherwise the next prune would delete it for the same reason. Its note stays
    /// until the history has the entry.
    ///
    /// # Errors
    /// [`RepositoryError::NotInTrash`]; [`StorageError::Exists`] if its id was taken meanwhile.
    fn restore(&self, id: &str, pending: Option<Pending>) -> Result<(), RepositoryError> {
        let storage = self.storage();
        if !self.exists(&note_name(id))? {
            return Err(unknown(id));
        }
        if self.exists(&record_name(id))? {
            let (place, name) = (storage.place(), record_name(id));
            return Err(StorageError::Exists { place, name }.into());
        }
        self.intend(id, pending)?;
        // A state that cannot be read, or one outside without a record, is worth nothing.
        let name = trashed(&state_name(id));
        let mut state: State = read(storage, &name, MAX_SMALL_BYTES).unwrap_or_default();
        state.pinned = true;
        storage.replace(&name, &json(&name, &state)?)?;
        storage.delete(&state_name(id))?;
        for name in [archive_name(id), state_name(id), record_name(id)] {
            self.move_if_there(&trashed(&name), &name)?;
        }
        Ok(())
    }

    /// Deletes a snapshot for good. Its note stays until the history has the entry.
    ///
    /// # Errors
    /// [`RepositoryError::NotInTrash`]; [`RepositoryError::Busy`] if it is still being read.
    fn empty(&self, id: &str, pending: Option<Pending>) -> Result<(), RepositoryError> {
        if !self.exists(&note_name(id))? {
            return Err(unknown(id));
        }
        let _alone = self.alone(id, &[trashed(&archive_name(id))])?;
        self.intend(id, pending)?;
        for name in files(id) {
            self.storage().delete(&trashed(&name))?;
        }
        Ok(())
    }

    /// Locks those of the objects that exist, without waiting.
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
            // Written by a process that did not know yet that the snapshot was gone.
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
        Ok(self.storage().exists(name)?)
    }
}

/// The files of a snapshot, in the order in which they move.
fn files(id: &str) -> [String; 3] {
    [record_name(id), archive_name(id), state_name(id)]
}

/// The name of an object when its snapshot is in the trash.
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
