//! What every kind of storage must guarantee. A kind runs [`all`] on empty places.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::archive::{ArchiveError, ArchiveWriter, VerifyOptions};
use crate::job::Job;
use crate::model::{Catalog, Source};
use crate::storage::{LockMode, Storage, StorageError, Unpublished};

type Test = fn(&dyn Storage);

/// Runs the suite, each test on a place of its own.
pub(crate) fn all<S: Storage>(empty: &dyn Fn() -> S) {
    let tests: &[(&str, Test)] = &[
        ("put if absent refuses the second", put_if_absent_refuses_the_second),
        (
            "of many that put at once one succeeds",
            of_many_that_put_at_once_one_succeeds,
        ),
        ("several are put in order", several_are_put_in_order),
        ("what is replaced is whole", what_is_replaced_is_whole),
        ("lists hold complete objects only", lists_hold_complete_objects_only),
        ("names that escape are refused", names_that_escape_are_refused),
        ("renames replace nothing", renames_replace_nothing),
        ("deleting is done once", deleting_is_done_once),
        ("leases exclude", leases_exclude),
        ("leases stay with what is renamed", leases_stay_with_what_is_renamed),
        (
            "archives have their names when they are whole",
            archives_have_their_names_when_they_are_whole,
        ),
        (
            "what is not an archive is not opened",
            what_is_not_an_archive_is_not_opened,
        ),
    ];
    for (name, test) in tests {
        eprintln!("storage: {name}");
        test(&empty());
    }
}

fn names(storage: &dyn Storage, folder: &str) -> Vec<String> {
    storage
        .list(folder)
        .unwrap()
        .into_iter()
        .map(|object| object.name)
        .collect()
}

fn is_missing<T>(result: Result<T, StorageError>) -> bool {
    matches!(result, Err(StorageError::Missing { .. }))
}

fn put_if_absent_refuses_the_second(storage: &dyn Storage) {
    storage.create("log/1.json", b"one").unwrap();
    assert!(matches!(
        storage.create("log/1.json", b"two"),
        Err(StorageError::Exists { .. })
    ));
    assert!(matches!(
        storage.create_locked("log/1.json", b"two"),
        Err(StorageError::Exists { .. })
    ));
    assert_eq!(storage.read("log/1.json", 3).unwrap(), b"one");
    assert!(matches!(
        storage.read("log/1.json", 2),
        Err(StorageError::TooLong { .. })
    ));
    assert!(is_missing(storage.read("log/2.json", 9)) && is_missing(storage.read("none/x", 9)));
    assert_eq!(
        (
            storage.exists("log/1.json").unwrap(),
            storage.exists("log/2.json").unwrap()
        ),
        (true, false)
    );
}

fn of_many_that_put_at_once_one_succeeds(storage: &dyn Storage) {
    for round in 0..5 {
        let (name, won) = (format!("log/{round}"), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for writer in 0..4_usize {
                let (name, won) = (&name, &won);
                scope.spawn(move || match storage.create(name, &[b'a' + writer as u8]) {
                    Ok(()) => drop(won.fetch_add(writer + 1, SeqCst)),
                    Err(StorageError::Exists { .. }) => {}
                    Err(error) => panic!("{error}"),
                });
            }
        });
        // With more than one winner, the sum would be more than the number of the one whose byte is stored.
        let found = storage.read(&name, 9).unwrap();
        assert_eq!(usize::from(found[0] - b'a') + 1, won.load(SeqCst));
    }
}

fn several_are_put_in_order(storage: &dyn Storage) {
    let objects = |from: u32, to: u32| -> Vec<(String, Vec<u8>)> {
        (from..to)
            .map(|n| (format!("log/{n:02}"), n.to_string().into_bytes()))
            .collect()
    };
    assert_eq!(storage.create_all(&objects(0, 0)).unwrap(), 0);
    assert_eq!(storage.create_all(&objects(0, 20)).unwrap(), 20);
    storage.create("log/25", b"mine").unwrap();
    assert_eq!(storage.create_all(&objects(20, 30)).unwrap(), 5);
    assert_eq!(storage.read("log/25", 9).unwrap(), b"mine");
    let expected: Vec<String> = (0..=25).map(|n| format!("{n:02}")).collect();
    assert_eq!(names(storage, "log"), expected);
}

fn what_is_replaced_is_whole(storage: &dyn Storage) {
    storage.replace("a", b"new").unwrap();
    let texts = [vec![b'x'; 10_000], vec![b'y'; 20_000]];
    storage.replace("a", &texts[0]).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..20).for_each(|n| storage.replace("a", &texts[n % 2]).unwrap()));
        while !writer.is_finished() {
            let found = storage.read("a", 1 << 20).unwrap();
            assert!(texts.contains(&found), "{} bytes", found.len());
        }
    });
}

fn lists_hold_complete_objects_only(storage: &dyn Storage) {
    assert!(names(storage, "snapshots").is_empty());
    storage.create("snapshots/b.json", b"four").unwrap();
    let begun = storage.begin_archive("snapshots/a.pgark").unwrap();
    begun.sink().unwrap().write_all(b"begun").unwrap();
    let listed = storage.list("snapshots").unwrap();
    assert_eq!(
        (listed.len(), listed[0].name.as_str(), listed[0].bytes),
        (1, "b.json", 4)
    );
    assert!(!storage.exists("snapshots/a.pgark").unwrap());
    // Each folder is listed by itself.
    assert!(names(storage, "snap").is_empty() && names(storage, "snapshots/more").is_empty());
    drop(begun);
    assert!(storage.unfinished("snapshots").unwrap().is_empty());
    storage.discard_unfinished("snapshots/a.pgark").unwrap();
}

fn names_that_escape_are_refused(storage: &dyn Storage) {
    for name in [
        "", "/a", "../a", "a/../b", "a//b", "a/", ".hidden", "a/.b", "a b", "a\0b", "ü",
    ] {
        let refused = |result: Result<(), StorageError>| matches!(result, Err(StorageError::Name { .. }));
        assert!(refused(storage.create(name, b"x")), "{name}");
        assert!(refused(storage.replace(name, b"x")), "{name}");
        assert!(refused(storage.create_locked(name, b"x").map(drop)), "{name}");
        assert!(
            refused(storage.create_all(&[(name.to_owned(), Vec::new())]).map(drop)),
            "{name}"
        );
        assert!(refused(storage.read(name, 1).map(drop)), "{name}");
        assert!(refused(storage.exists(name).map(drop)), "{name}");
        assert!(refused(storage.delete(name)), "{name}");
        assert!(
            refused(storage.rename(name, "b")) && refused(storage.rename("b", name)),
            "{name}"
        );
        assert!(refused(storage.lock(name, LockMode::Shared).map(drop)), "{name}");
        assert!(refused(storage.try_lock(name, LockMode::Shared).map(drop)), "{name}");
        assert!(refused(storage.begin_archive(name).map(drop)), "{name}");
        assert!(refused(storage.open_archive(name).map(drop)), "{name}");
        assert!(refused(storage.discard_unfinished(name)), "{name}");
    }
    for unfinished in ["a", "../.x.partial", ".x"] {
        assert!(storage.discard("", unfinished).is_err(), "{unfinished}");
    }
}

fn renames_replace_nothing(storage: &dyn Storage) {
    storage.create("a", b"a").unwrap();
    storage.create("b", b"b").unwrap();
    assert!(matches!(storage.rename("a", "b"), Err(StorageError::Exists { .. })));
    storage.rename("a", "trash/a").unwrap();
    assert!(is_missing(storage.rename("a", "c")));
    assert_eq!(
        (storage.read("b", 1).unwrap(), storage.read("trash/a", 1).unwrap()),
        (b"b".to_vec(), b"a".to_vec())
    );
}

fn deleting_is_done_once(storage: &dyn Storage) {
    storage.create("trash/a", b"a").unwrap();
    storage.delete("trash/a").unwrap();
    storage.delete("trash/a").unwrap();
    storage.delete("none/a").unwrap();
    assert!(!storage.exists("trash/a").unwrap() && names(storage, "trash").is_empty());
}

fn leases_exclude(storage: &dyn Storage) {
    use LockMode::{Exclusive, Shared};
    let free = |name: &str, mode| storage.try_lock(name, mode).unwrap().is_some();
    storage.create("a", b"a").unwrap();
    let reader = storage.lock("a", Shared).unwrap();
    assert!(free("a", Shared) && !free("a", Exclusive));
    drop(reader);
    let alone = storage.lock("a", Exclusive).unwrap();
    assert!(!free("a", Shared) && !free("a", Exclusive));
    // A waiting caller gets the lock.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| storage.lock("a", Shared).map(drop));
        drop(alone);
        waiting.join().unwrap().unwrap();
    });
    let born = storage.create_locked("b", b"b").unwrap();
    assert!(!free("b", Shared));
    assert_eq!(storage.read("b", 1).unwrap(), b"b");
    drop(born);
    assert!(free("b", Exclusive));
    assert!(is_missing(storage.lock("none", Shared)) && is_missing(storage.try_lock("none", Shared)));
}

fn leases_stay_with_what_is_renamed(storage: &dyn Storage) {
    storage.create("a", b"a").unwrap();
    let lease = storage.lock("a", LockMode::Shared).unwrap();
    storage.rename("a", "b").unwrap();
    assert!(storage.try_lock("b", LockMode::Exclusive).unwrap().is_none());
    drop(lease);
    assert!(storage.try_lock("b", LockMode::Exclusive).unwrap().is_some());
}

/// Writes an empty archive.
fn write(begun: &dyn Unpublished) {
    let source = Source::default();
    let mut writer = ArchiveWriter::create(begun.sink().unwrap(), &source).unwrap();
    writer.catalog(&Catalog::default()).unwrap();
    writer.finish().unwrap();
}

fn archives_have_their_names_when_they_are_whole(storage: &dyn Storage) {
    const NAME: &str = "snapshots/a.pgark";
    storage.create("snapshots/a.json", b"{}").unwrap();
    let begun = storage.begin_archive(NAME).unwrap();
    write(begun.as_ref());
    assert!(!storage.exists(NAME).unwrap() && storage.open_archive(NAME).is_err());
    let root = begun.open().unwrap().root_digest();
    let intact = begun.verify(VerifyOptions::default(), &Job::new()).unwrap();
    assert!(intact.is_good() && intact.root_digest == Some(root));
    begun.publish().unwrap();
    assert_eq!(names(storage, "snapshots"), ["a.json", "a.pgark"]);
    let verified = storage
        .verify_archive(NAME, VerifyOptions::default(), &Job::new())
        .unwrap();
    let archive = storage.open_archive(NAME).unwrap();
    assert!(verified.is_good() && archive.root_digest() == root);
    assert_eq!(storage.list("snapshots").unwrap()[1].bytes, archive.bytes());
    // The name is taken, and the first archive stays unchanged.
    let again = storage.begin_archive(NAME).map(drop);
    assert!(matches!(again, Err(StorageError::Archive(ArchiveError::Exists { .. }))));
    // An archive is leased, moved and deleted like any object.
    let lease = storage.lock(NAME, LockMode::Shared).unwrap();
    storage.rename(NAME, "trash/a.pgark").unwrap();
    assert!(
        storage
            .try_lock("trash/a.pgark", LockMode::Exclusive)
            .unwrap()
            .is_none()
    );
    drop(lease);
    storage.delete("trash/a.pgark").unwrap();
    assert!(storage.open_archive("trash/a.pgark").is_err());
    assert!(storage.unfinished("snapshots").unwrap().is_empty());
}

fn what_is_not_an_archive_is_not_opened(storage: &dyn Storage) {
    storage.create("snapshots/a.pgark", b"not one").unwrap();
    assert!(matches!(
        storage.open_archive("snapshots/a.pgark"),
        Err(StorageError::Archive(_))
    ));
    let begun = storage.begin_archive("snapshots/b.pgark").unwrap();
    begun.sink().unwrap().write_all(b"half of").unwrap();
    assert!(begun.open().is_err());
}
