//! Moves snapshots into the trash and back, whole and interrupted.

use super::*;
use crate::repository::{Standing, Status};

const ID: &str = "20260101T000000Z_a";

/// A repository with one complete snapshot, as far as names and sizes tell.
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
    trash.restore(ID).unwrap();
    assert_eq!(standing(&repository), Some(Standing::Complete));
    assert!(repository.read_state(ID).unwrap().pinned);
    assert!(trash.list().unwrap().is_empty());
    assert!(repository.storage().list(TRASH).unwrap().is_empty());
    assert!(matches!(trash.restore(ID), Err(RepositoryError::NotInTrash { .. })));
    assert!(matches!(trash.empty(ID), Err(RepositoryError::NotInTrash { .. })));
    trash.put(ID, &note()).unwrap();
    trash.empty(ID).unwrap();
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
    let taken = repository.trash().restore(ID);
    assert!(matches!(
        taken,
        Err(RepositoryError::Storage(StorageError::Exists { .. }))
    ));
    assert_eq!(repository.trash().list().unwrap().len(), 1);
}

/// Every place between two steps of a move, made by renaming by hand.
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
            trash.restore(ID).unwrap();
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
            trash.restore(ID).unwrap();
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
    trash.restore(ID).unwrap();
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
    trash.restore(ID).unwrap();
}

#[test]
fn what_a_killed_create_left_goes_with_it() {
    let (_folder, repository) = repository();
    let storage = repository.storage();
    storage.delete(&archive_name(ID)).unwrap();
    let left = storage.root().join(format!("snapshots/.{ID}.pgark.17.0.partial"));
    std::fs::write(&left, "").unwrap();
    repository.trash().put(ID, &note()).unwrap();
    assert!(!left.exists());
}
