//! What killed commands have left in a repository, and clearing it up.
//!
//! A file that is being written is locked by its writer, and an archive that is being made by the lock on its record:
//! what nobody has locked belongs to a dead command. An archive that was cut off is kept until a newer good snapshot
//! exists, because [`salvage`](crate::archive) may still read it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::drills::{self, Underway};
use super::objects::{SNAPSHOTS, record_name, state_name};
use super::record::{SnapshotKind, parse_id};
use super::trash::TRASH;
use super::{Repository, RepositoryError, Snapshot, Standing};
use crate::storage::{LockMode, StorageError};

/// Files and drills that were left over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leftovers {
    /// Unfinished files and their bytes, without archives that are being made now.
    pub files: u64,
    pub bytes: u64,
    /// Drills that ended without dropping their database.
    pub drills: Vec<Underway>,
}

impl Repository {
    /// Lists what is left over. Changes nothing.
    pub fn leftovers(&self) -> Result<Leftovers, RepositoryError> {
        let mut found = Leftovers {
            drills: self.dead_drills()?,
            ..Leftovers::default()
        };
        for folder in self.folders() {
            for object in self.storage().unfinished(folder)? {
                let is_alive = folder == SNAPSHOTS && maker(&object.name).is_some_and(|id| self.is_made(id));
                if !is_alive {
                    found.files += 1;
                    found.bytes += object.bytes;
                }
            }
        }
        Ok(found)
    }

    /// Removes leftovers that nobody can use any more, and returns how many files these were.
    pub fn sweep(&self, now: Timestamp) -> Result<u64, RepositoryError> {
        let mut removed = 0;
        for folder in self.folders() {
            let mut archives = Vec::new();
            for object in self.storage().unfinished(folder)? {
                match maker(&object.name).filter(|_| folder == SNAPSHOTS) {
                    Some(id) => archives.push((id.to_owned(), object.name)),
                    None => removed += u64::from(self.storage().discard(folder, &object.name)?),
                }
            }
            if !archives.is_empty() {
                removed += self.sweep_archives(&archives, now)?;
            }
        }
        Ok(removed + self.sweep_states()?)
    }

    fn folders(&self) -> [&'static str; 6] {
        [
            "",
            SNAPSHOTS,
            TRASH,
            super::history::FOLDER,
            drills::REPORTS,
            drills::UNDERWAY,
        ]
    }

    fn sweep_archives(&self, archives: &[(String, String)], now: Timestamp) -> Result<u64, RepositoryError> {
        let snapshots = self.snapshots()?;
        let mut removed = 0;
        for (id, file) in archives {
            // Nobody can begin the same id meanwhile: its record exists, or its second is over.
            let lock = match self.storage().try_lock(&record_name(id), LockMode::Exclusive) {
                Ok(None) => continue,
                Ok(lock) => lock,
                Err(StorageError::Missing { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            let of_it = snapshots.iter().find(|s| s.id() == id);
            if of_it.is_none_or(|snapshot| is_useless(snapshot, &snapshots, now)) {
                removed += u64::from(self.storage().discard(SNAPSHOTS, file)?);
            }
            drop(lock);
        }
        Ok(removed)
    }

    /// Removes states that were written after their snapshot had moved into the trash, or out of it.
    fn sweep_states(&self) -> Result<u64, RepositoryError> {
        let objects = self.storage().list(SNAPSHOTS)?;
        let names: BTreeSet<&str> = objects.iter().map(|o| o.name.as_str()).collect();
        let ids = names.iter().filter_map(|name| name.strip_suffix(".state.json"));
        let mut removed = 0;
        for id in ids.filter(|id| parse_id(id).is_some()) {
            let has = |end: &str| names.contains(format!("{id}{end}").as_str());
            if !has(".json") && !has(".pgark") && !self.trash().holds(id)? {
                self.storage().delete(&state_name(id))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Whether somebody is making this snapshot.
    fn is_made(&self, id: &str) -> bool {
        let lock = self.storage().try_lock(&record_name(id), LockMode::Shared);
        matches!(lock, Ok(None))
    }
}

/// The id of the snapshot in the name of an unfinished archive: `.ID.pgark.PID.N.partial`.
fn maker(unfinished: &str) -> Option<&str> {
    let (id, _) = unfinished.strip_prefix('.')?.split_once(".pgark.")?;
    parse_id(id).map(|_| id)
}

/// Whether an unfinished archive can go: its snapshot ended, or a newer good one replaces it.
fn is_useless(snapshot: &Snapshot, all: &[Snapshot], now: Timestamp) -> bool {
    if !matches!(snapshot.standing, Standing::Incomplete | Standing::Running) {
        return true;
    }
    let record = &snapshot.record;
    let is_newer = |other: &Snapshot| {
        let of_it = other.record.database == record.database && other.record.environment == record.environment;
        let same = other.record.kind == record.kind && other.record.options == record.options;
        let as_much = other.record.kind == SnapshotKind::Full || same;
        let newer = other.record.time() > record.time() && !other.is_future(now);
        of_it && as_much && newer && other.is_good() && (record.safety || !other.record.safety)
    };
    all.iter().any(is_newer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::{Depth, Record, Status, Verification, archive_name};

    fn begun(repository: &Repository, second: i64, change: impl FnOnce(&mut Record)) -> Record {
        let mut record = Record::begun("a", Timestamp::from_second(second).unwrap()).unwrap();
        record.database = "app".to_owned();
        change(&mut record);
        repository.write_record(&record).unwrap();
        record
    }

    fn good(repository: &Repository, second: i64, change: impl FnOnce(&mut Record)) {
        let record = begun(repository, second, |record| {
            record.status = Status::Complete;
            record.bytes = 1;
            change(record);
        });
        repository.storage().create(&archive_name(&record.id), b"a").unwrap();
        let verification = Verification {
            at: record.started_at,
            depth: Depth::Full,
            good: true,
            findings: 0,
        };
        repository
            .update_state(&record.id, |state| state.verify(verification))
            .unwrap();
    }

    #[test]
    fn an_archive_that_was_cut_off_stays_until_there_is_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open_or_create(&folder.path().join("r")).unwrap();
        let killed = begun(&repository, 1000, |_| ());
        let root = repository.storage().local().unwrap().root();
        let hidden = |name: &str| root.join("snapshots").join(name);
        let archive = hidden(&format!(".{}.pgark.17.0.partial", killed.id));
        std::fs::write(&archive, "abc").unwrap();
        std::fs::write(hidden(".Xy12.partial"), "").unwrap();
        std::fs::write(hidden("19700101T000000Z_gone.state.json"), "{}").unwrap();
        let now = Timestamp::from_second(5000).unwrap();
        assert_eq!(repository.leftovers().unwrap().files, 2);
        // The temporary file, and the state that belongs to no snapshot.
        assert_eq!(repository.sweep(now).unwrap(), 2);
        good(&repository, 900, |_| ());
        good(&repository, 1100, |record| record.database = "crm".to_owned());
        good(&repository, 1200, |record| record.kind = SnapshotKind::Schema);
        assert_eq!(repository.sweep(now).unwrap(), 0);
        // While somebody holds the lock on its record, it is being made.
        good(&repository, 1300, |_| ());
        let held = repository
            .storage()
            .lock(&record_name(&killed.id), LockMode::Exclusive)
            .unwrap();
        assert_eq!(
            (repository.sweep(now).unwrap(), repository.leftovers().unwrap().files),
            (0, 0)
        );
        drop(held);
        assert_eq!((repository.sweep(now).unwrap(), archive.exists()), (1, false));
        assert_eq!(repository.leftovers().unwrap(), Leftovers::default());
    }
}
