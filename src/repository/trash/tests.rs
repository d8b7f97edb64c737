//! Moves snapshots into the trash and back, whole and interrupted.

use super::*;
use crate::repository::{Standing, Status};

const ID: &str = "20260101T000000Z_a";

/// A repository with one snapshot that is complete as far as names and sizes tell.
fn repository() -> (tempfile::TempDir, Repository) {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::open_or_create(&folder.path().join("r")).unwrap();
    let record = Record {
        id: ID.to_owned(),
        label: "a".to_owned(),
        database: "app".to_owned(),
        status: Status::Complete,
        bytes: 3,
        ..Record::default()
    };
    repository.storage().create(&archive_name(ID), b"abc").unwrap();
    repository.write_record(&record).unwrap();
    (folder, repository)
}

fn note() -> Note {
    Note {
        at: Timestamp::UNIX_EPOCH,
        who: Who::default(),
        why: "past every rule".to_owned(),
        database: "app".to_owned(),
        good: true,
        pending: None,
    }
}

/// Without entries for the history.
impl Trash<'_> {
    fn back(&self, id: &str) -> Result<(), RepositoryError> {
        self.restore(id, None).and_then(|()| self.close(id))
    }

    fn away(&self, id: &str) -> Result<(), RepositoryError> {
        self.empty(id, None).and_then(|()| self.close(id))
    }
}

fn standing(repository: &Repository) -> Option<Standing> {
    let snapshots = repository.snapshots().unwrap();
    snapshots.first().map(|s| s.standing)
}

#[test]
fn there_and_back_again() {
    let (_folder, repository) = repository();
    repository.update_state(ID, |state| state.pinned = false).unwrap();
    let trash = repository.trash();
    trash.put(ID, &note()).unwrap();
    assert_eq!(standing(&repository), None);
    let list = trash.list().unwrap();
    assert_eq!((list.len(), list[0].id.as_str(), &list[0].note), (1, ID, &Some(note())));
    assert_eq!(list[0].record.as_ref().unwrap().database, "app");
    assert!(list[0].bytes > 3);
    trash.back(ID).unwrap();
    assert_eq!(standing(&repository), Some(Standing::Complete));
    assert!(repository.read_state(ID).unwrap().pinned);
    assert!(trash.list().unwrap().is_empty());
    assert!(repository.storage().list(TRASH).unwrap().is_empty());
    assert!(matches!(trash.back(ID), Err(RepositoryError::NotInTrash { .. })));
    assert!(matches!(trash.away(ID), Err(RepositoryError::NotInTrash { .. })));
    trash.put(ID, &note()).unwrap();
    trash.away(ID).unwrap();
    assert!(repository.storage().list(TRASH).unwrap().is_empty());
}

#[test]
fn what_is_read_stays() {
    let (_folder, repository) = repository();
    let lease = repository.lease(ID).unwrap();
    let busy = repository.trash().put(ID, &note());
    assert!(matches!(busy, Err(RepositoryError::Busy { .. })), "{busy:?}");
    assert_eq!(standing(&repository), Some(Standing::Complete));
    assert!(repository.trash().list().unwrap().is_empty());
    drop(lease);
    repository.trash().put(ID, &note()).unwrap();
}

#[test]
fn an_id_that_was_taken_meanwhile_is_not_replaced() {
    let (_folder, repository) = repository();
    let record = repository.read_record(ID).unwrap();
    repository.trash().put(ID, &note()).unwrap();
    repository.write_record(&record).unwrap();
    let taken = repository.trash().back(ID);
    assert!(matches!(
        taken,
        Err(RepositoryError::Storage(StorageError::Exists { .. }))
    ));
    assert_eq!(repository.trash().list().unwrap().len(), 1);
}

/// Every point between two steps of a move, reached by renaming by hand.
#[test]
fn an_interrupted_move_is_ended_and_loses_nothing() {
    for moved in 0..=3 {
        let (_folder, repository) = repository();
        repository.update_state(ID, |state| state.pinned = false).unwrap();
        let storage = repository.storage();
        storage.create(&note_name(ID), &json("note", &note()).unwrap()).unwrap();
        for name in files(ID).iter().take(moved) {
            storage.rename(name, &trashed(name)).unwrap();
        }
        let complete = standing(&repository) == Some(Standing::Complete);
        assert_eq!(complete, moved == 0, "after {moved} of 3 files");
        let trash = repository.trash();
        let finished = trash.finish().unwrap();
        assert_eq!(finished.len(), usize::from(moved == 1 || moved == 2));
        assert_eq!(trash.finish().unwrap(), Vec::<String>::new());
        let in_trash = trash.list().unwrap().len() == 1;
        assert_eq!(in_trash, moved > 0);
        assert_eq!(standing(&repository), (moved == 0).then_some(Standing::Complete));
        if in_trash {
            trash.back(ID).unwrap();
        }
        assert_eq!(standing(&repository), Some(Standing::Complete));
        assert_eq!(storage.read(&archive_name(ID), 9).unwrap(), b"abc");
    }
}

#[test]
fn an_interrupted_undelete_is_ended_and_loses_nothing() {
    for moved in 0..=3 {
        let (_folder, repository) = repository();
        repository.update_state(ID, |state| state.pinned = false).unwrap();
        let (trash, storage) = (repository.trash(), repository.storage());
        trash.put(ID, &note()).unwrap();
        for name in [archive_name(ID), state_name(ID), record_name(ID)].iter().take(moved) {
            storage.rename(&trashed(name), name).unwrap();
        }
        trash.finish().unwrap();
        assert_eq!(trash.list().unwrap().len(), usize::from(moved < 3));
        if moved < 3 {
            trash.back(ID).unwrap();
        }
        assert_eq!(standing(&repository), Some(Standing::Complete));
        assert!(storage.list(TRASH).unwrap().is_empty());
    }
}

#[test]
fn a_state_that_came_late_hinders_nothing() {
    let (_folder, repository) = repository();
    repository.update_state(ID, |_| ()).unwrap();
    let trash = repository.trash();
    trash.put(ID, &note()).unwrap();
    repository.update_state(ID, |_| ()).unwrap();
    trash.finish().unwrap();
    repository.update_state(ID, |_| ()).unwrap();
    trash.back(ID).unwrap();
    assert_eq!(standing(&repository), Some(Standing::Complete));
}

#[test]
fn a_note_that_cannot_be_read_keeps_what_it_is_of() {
    let (_folder, repository) = repository();
    let trash = repository.trash();
    trash.put(ID, &note()).unwrap();
    repository.storage().replace(&note_name(ID), b"{").unwrap();
    let list = trash.list().unwrap();
    assert_eq!((list[0].note.as_ref(), list[0].record.is_some()), (None, true));
    trash.back(ID).unwrap();
}

#[test]
fn what_a_killed_create_left_goes_with_it() {
    let (_folder, repository) = repository();
    let storage = repository.storage();
    storage.delete(&archive_name(ID)).unwrap();
    let left = storage
        .local()
        .unwrap()
        .root()
        .join(format!("snapshots/.{ID}.pgark.17.0.partial"));
    std::fs::write(&left, "").unwrap();
    repository.trash().put(ID, &note()).unwrap();
    assert!(!left.exists());
}

/// The messages of all entries about the snapshot.
fn told(repository: &Repository) -> Vec<String> {
    let entries = repository.history().entries().unwrap();
    let of_it = entries.into_iter().filter(|e| e.event.snapshot.as_deref() == Some(ID));
    of_it.map(|entry| entry.event.message).collect()
}

fn pending(repository: &Repository, change: Change) -> Pending {
    let after = repository.history().last_number().unwrap().unwrap_or(0);
    Pending::of(change, after, Action::Prune, &Who::default(), ID, Some("app"))
}

/// A command is killed at every point between the steps of a move into the trash: the next one writes what was done,
/// once.
#[test]
fn the_history_tells_of_what_a_killed_prune_moved() {
    for moved in 0..=3 {
        let (_folder, repository) = repository();
        repository.update_state(ID, |state| state.pinned = false).unwrap();
        let storage = repository.storage();
        let note = Note {
            pending: Some(pending(&repository, Change::Trashed)),
            ..note()
        };
        storage.create(&note_name(ID), &json("note", &note).unwrap()).unwrap();
        for name in files(ID).iter().take(moved) {
            storage.rename(name, &trashed(name)).unwrap();
        }
        for _ in 0..2 {
            repository.settle().unwrap();
            let expected = ["into the trash (told by a later command)"];
            assert_eq!(told(&repository), expected[..usize::from(moved > 0)], "{moved} of 3");
        }
        repository.trash().finish().unwrap();
        assert_eq!(told(&repository).len(), usize::from(moved > 0));
    }
}

/// The same for bringing back and for deleting for good, after each of their steps.
#[test]
fn the_history_tells_of_what_a_killed_undelete_did() {
    for (change, steps) in [(Change::Restored, 3), (Change::Emptied, 3)] {
        for done in 0..=steps {
            let (_folder, repository) = repository();
            repository.update_state(ID, |state| state.pinned = false).unwrap();
            let (trash, storage) = (repository.trash(), repository.storage());
            trash.put(ID, &note()).unwrap();
            trash.intend(ID, Some(pending(&repository, change))).unwrap();
            for name in [archive_name(ID), state_name(ID), record_name(ID)].iter().take(done) {
                match change {
                    Change::Restored => storage.rename(&trashed(name), name).unwrap(),
                    _ => storage.delete(&trashed(name)).unwrap(),
                }
            }
            repository.settle().unwrap();
            trash.finish().unwrap();
            let expected = format!("{} (told by a later command)", change.message());
            let is_done = done == steps;
            assert_eq!(
                told(&repository),
                vec![expected; usize::from(is_done)],
                "{change:?} {done}"
            );
            assert_eq!(trash.list().unwrap().is_empty(), is_done, "{change:?} {done}");
        }
    }
}

/// Killed between writing the entry and removing the note: no second entry is written.
#[test]
fn what_was_told_is_told_once() {
    let (_folder, repository) = repository();
    let (trash, history) = (repository.trash(), repository.history());
    trash.put(ID, &note()).unwrap();
    let pending = pending(&repository, Change::Emptied);
    trash.empty(ID, Some(pending.clone())).unwrap();
    history.append(pending.event, Timestamp::now()).unwrap();
    repository.settle().unwrap();
    assert_eq!(told(&repository), ["out of the trash, for good"]);
    assert!(trash.list().unwrap().is_empty());
}

#[test]
fn the_history_tells_of_what_a_killed_create_published() {
    let (_folder, repository) = repository();
    let event = HistoryEvent {
        snapshot: Some(ID.to_owned()),
        seconds: 0.1 + 0.2,
        message: "7 rows".to_owned(),
        ..HistoryEvent::new(Action::Create, crate::repository::Outcome::Done, &Who::default())
    };
    let pending = Pending {
        change: Change::Published,
        after: 0,
        event,
    };
    let publish = || {
        repository
            .update_state(ID, |state| state.pending = Some(pending.clone()))
            .unwrap()
    };
    publish();
    // While its maker lives, the maker writes the entry.
    let maker = repository
        .storage()
        .lock(&record_name(ID), LockMode::Exclusive)
        .unwrap();
    assert_eq!(repository.settle().unwrap(), 0);
    drop(maker);
    assert_eq!((repository.settle().unwrap(), repository.settle().unwrap()), (1, 0));
    publish();
    assert_eq!(repository.settle_if_free().unwrap(), 0);
    assert_eq!(told(&repository), ["7 rows (told by a later command)"]);
    assert!(repository.read_state(ID).unwrap().pending.is_none());
}
