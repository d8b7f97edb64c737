//! The cost of pruning and restoring many snapshots, counted in operations on the storage.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::*;
use crate::archive::{Archive, VerifyOptions, VerifyReport};
use crate::job::Job;
use crate::storage::{
    Archives, Leases, LocalFolder, Lock, LockMode, Object, Objects, Space, Storage, StorageError, Unpublished,
};

/// A folder that counts the operations on it.
struct Counting {
    folder: LocalFolder,
    counts: std::sync::Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// How many folders were listed: the cost of each depends on its content.
    lists: AtomicU64,
    others: AtomicU64,
}

impl Counting {
    fn other(&self) -> &LocalFolder {
        self.counts.others.fetch_add(1, Relaxed);
        &self.folder
    }

    fn listing(&self) -> &LocalFolder {
        self.counts.lists.fetch_add(1, Relaxed);
        &self.folder
    }
}

impl Objects for Counting {
    fn place(&self) -> String {
        self.folder.place()
    }
    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.other().create(name, bytes)
    }
    fn create_all(&self, objects: &[(String, Vec<u8>)]) -> Result<usize, StorageError> {
        self.counts.others.fetch_add(objects.len() as u64, Relaxed);
        self.folder.create_all(objects)
    }
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.other().replace(name, bytes)
    }
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, StorageError> {
        self.other().read(name, limit)
    }
    fn list(&self, folder: &str) -> Result<Vec<Object>, StorageError> {
        self.listing().list(folder)
    }
    fn unfinished(&self, folder: &str) -> Result<Vec<Object>, StorageError> {
        self.listing().unfinished(folder)
    }
    fn discard(&self, folder: &str, unfinished: &str) -> Result<bool, StorageError> {
        self.other().discard(folder, unfinished)
    }
    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.other().rename(from, to)
    }
    fn delete(&self, name: &str) -> Result<(), StorageError> {
        self.other().delete(name)
    }
    fn space(&self) -> Result<Space, StorageError> {
        self.folder.space()
    }
    fn exists(&self, name: &str) -> Result<bool, StorageError> {
        self.other().exists(name)
    }
}

impl Leases for Counting {
    fn create_locked(&self, name: &str, bytes: &[u8]) -> Result<Lock, StorageError> {
        self.other().create_locked(name, bytes)
    }
    fn lock(&self, name: &str, mode: LockMode) -> Result<Lock, StorageError> {
        self.other().lock(name, mode)
    }
    fn try_lock(&self, name: &str, mode: LockMode) -> Result<Option<Lock>, StorageError> {
        self.other().try_lock(name, mode)
    }
}

impl Archives for Counting {
    fn begin_archive(&self, name: &str) -> Result<Box<dyn Unpublished>, StorageError> {
        self.other().begin_archive(name)
    }
    fn open_archive(&self, name: &str) -> Result<Archive, StorageError> {
        self.other().open_archive(name)
    }
    fn verify_archive(&self, name: &str, options: VerifyOptions, job: &Job) -> Result<VerifyReport, StorageError> {
        self.other().verify_archive(name, options, job)
    }
    fn discard_unfinished(&self, name: &str) -> Result<(), StorageError> {
        self.listing().discard_unfinished(name)
    }
}

impl Storage for Counting {}

/// How many lists and other operations it takes to prune all but one of this many snapshots, and to bring them back.
fn cost(snapshots: i64) -> [(u64, u64); 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r");
    let plain = Repository::open_or_create(&path).unwrap();
    let started = time("2025-01-01T00:00:00Z");
    for number in 0..snapshots {
        let at = started + jiff::SignedDuration::from_hours(number);
        let mut record = Record::begun("nightly", at).unwrap();
        record.database = "app".to_owned();
        (record.status, record.bytes) = (Status::Complete, 1);
        let state = State {
            fully_verified_at: Some(at),
            ..State::default()
        };
        // Written directly, because the storage waits for the disk each time.
        let write = |name: String, bytes: Vec<u8>| std::fs::write(path.join(name), bytes).unwrap();
        std::fs::create_dir_all(path.join("snapshots")).unwrap();
        write(archive_name(&record.id), b"a".to_vec());
        write(
            crate::repository::objects::record_name(&record.id),
            crate::repository::objects::json("record", &record).unwrap(),
        );
        write(
            state_name(&record.id),
            crate::repository::objects::json("state", &state).unwrap(),
        );
    }
    drop(plain);
    let counts = std::sync::Arc::new(Counts::default());
    let storage = Counting {
        folder: LocalFolder::open(&path).unwrap(),
        counts: counts.clone(),
    };
    let repository = Repository::in_storage(Box::new(storage)).unwrap();
    let taken = || (counts.lists.swap(0, Relaxed), counts.others.swap(0, Relaxed));
    taken();
    let policy = Keys::parse("keep_last = 1").and_then(Keys::policy).unwrap();
    let request = Request {
        policy: &policy,
        database: None,
        after_failure: false,
        now: time("2026-02-01T00:00:00Z"),
    };
    let pruning = repository.prune(&request, &Who::default()).unwrap();
    let history = repository.history();
    let gone = pruning
        .decisions
        .iter()
        .filter(|d| matches!(d.verdict, PruneVerdict::Delete(_)))
        .count();
    assert_eq!(gone as i64, snapshots - 1);
    let pruned = taken();
    let alone = repository.lock().unwrap();
    let list = repository.trash().list().unwrap();
    let changed = repository.change_trash(list, false, Action::Undelete, &Who::default());
    let (changed, untold) = changed.unwrap();
    assert!(untold.is_none() && changed.iter().all(|(_, result)| result.is_ok()));
    drop(alone);
    let brought_back = taken();
    assert_eq!(repository.snapshots().unwrap().len() as i64, snapshots);
    assert_eq!(history.check(&[]).unwrap(), 2 * gone as u64);
    [pruned, brought_back]
}

#[test]
fn pruning_and_bringing_back_cost_as_much_as_there_is() {
    let (few, many) = (cost(20), cost(80));
    for (few, many) in few.iter().zip(many) {
        assert_eq!(few.0, many.0, "folders are listed more often when there is more");
        assert!(many.1 < few.1 * 9 / 2, "{} and {} operations", few.1, many.1);
    }
}
