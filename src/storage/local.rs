//! A local folder as storage: files of mode 0600 in folders of mode 0700, synced, then renamed into place.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::{
    Archives, Leases, Lock, LockMode, Object, Objects, Paths, Space, Storage, StorageError, Unpublished, name,
};
use crate::archive::{self, Archive, ArchiveError, PartialFile, VerifyOptions, VerifyReport};
use crate::job::Job;

/// The end of the names of files that do not have their final name yet.
const UNFINISHED: &str = ".partial";

/// How many files are written at the same time.
const WRITERS: usize = 8;

/// A local folder as storage.
#[derive(Debug)]
pub(crate) struct LocalFolder {
    root: PathBuf,
}

impl LocalFolder {
    /// Opens an existing folder.
    pub(crate) fn open(root: &Path) -> Result<Self, StorageError> {
        let here = Self { root: root.to_owned() };
        match fs::metadata(root) {
            Ok(found) if found.is_dir() => Ok(here),
            Ok(_) => Err(here.failed("open", ".", io::Error::from(io::ErrorKind::NotADirectory))),
            Err(source) => Err(here.failed("open", ".", source)),
        }
    }

    /// Makes the folder if it is missing, with access for its owner only.
    pub(crate) fn create(root: &Path) -> Result<Self, StorageError> {
        let here = Self { root: root.to_owned() };
        make_folder(root).map_err(|source| here.failed("create", ".", source))?;
        Self::open(root)
    }

    fn failed(&self, action: &'static str, name: &str, source: io::Error) -> StorageError {
        let (place, name) = (self.place(), name.to_owned());
        match source.kind() {
            io::ErrorKind::AlreadyExists => StorageError::Exists { place, name },
            io::ErrorKind::NotFound => StorageError::Missing { place, name },
            _ => StorageError::Io {
                action,
                place,
                name,
                source,
            },
        }
    }

    /// Writes the bytes to a hidden file beside the name, and syncs it.
    fn staged(&self, name: &str, bytes: &[u8]) -> Result<tempfile::NamedTempFile, StorageError> {
        let path = self.path(name)?;
        let folder = folder_of(&path);
        let write = || {
            make_folder(folder)?;
            loop {
                // Only the owner can read it, as with every temporary file.
                let mut file = tempfile::Builder::new()
                    .prefix(".")
                    .suffix(UNFINISHED)
                    .tempfile_in(folder)?;
                // The writer holds a lock while it lives. Before that, somebody who clears up may have removed the file
                // as a dead one's.
                file.as_file().lock()?;
                if file.as_file().metadata()?.nlink() == 0 {
                    continue;
                }
                file.write_all(bytes)?;
                file.as_file().sync_all()?;
                return Ok(file);
            }
        };
        write().map_err(|source| self.failed("write", name, source))
    }

    /// Gives a staged file its name, which must be free.
    fn name_new(&self, staged: tempfile::NamedTempFile, name: &str) -> Result<File, StorageError> {
        let path = self.path(name)?;
        let file = staged
            .persist_noclobber(&path)
            .map_err(|error| self.failed("create", name, error.error))?;
        sync_folder(&path).map_err(|source| self.failed("sync", name, source))?;
        Ok(file)
    }

    fn opened(&self, name: &str) -> Result<File, StorageError> {
        File::open(self.path(name)?).map_err(|source| self.failed("open", name, source))
    }
}

impl Paths for LocalFolder {
    fn path(&self, name: &str) -> Result<PathBuf, StorageError> {
        name::check(name)?;
        Ok(self.root.join(name))
    }

    fn root(&self) -> &Path {
        &self.root
    }
}

impl Objects for LocalFolder {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.name_new(self.staged(name, bytes)?, name).map(|_| ())
    }

    fn create_all(&self, objects: &[(String, Vec<u8>)]) -> Result<usize, StorageError> {
        // Most of the time is waiting for the disk, which can take several files together.
        let stage = |part: &[(String, Vec<u8>)]| -> Vec<_> {
            part.iter().map(|(name, bytes)| self.staged(name, bytes)).collect()
        };
        let size = objects.len().div_ceil(WRITERS).max(1);
        let staged: Vec<_> = std::thread::scope(|scope| {
            let parts = objects.chunks(size).map(|part| scope.spawn(move || stage(part)));
            let parts: Vec<_> = parts.collect();
            parts.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let mut written = 0;
        let mut last = None;
        'all: for part in staged {
            for file in part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
                let name = &objects[written].0;
                let path = self.path(name)?;
                match file?.persist_noclobber(&path) {
                    Ok(_) => last = Some((name, path)),
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => break 'all,
                    Err(error) => return Err(self.failed("create", name, error.error)),
                }
                written += 1;
            }
        }
        if let Some((name, path)) = last {
            sync_folder(&path).map_err(|source| self.failed("sync", name, source))?;
        }
        Ok(written)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let path = self.path(name)?;
        self.staged(name, bytes)?
            .persist(&path)
            .map_err(|error| self.failed("replace", name, error.error))?;
        sync_folder(&path).map_err(|source| self.failed("sync", name, source))
    }

    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, StorageError> {
        let file = self.opened(name)?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| self.failed("read", name, source))?;
        if bytes.len() as u64 > limit {
            return Err(StorageError::TooLong {
                place: self.place(),
                name: name.to_owned(),
                bytes: bytes.len() as u64,
                limit,
            });
        }
        Ok(bytes)
    }

    fn exists(&self, name: &str) -> Result<bool, StorageError> {
        let path = self.path(name)?;
        path.try_exists()
            .map_err(|source| self.failed("look for", name, source))
    }

    fn list(&self, folder: &str) -> Result<Vec<Object>, StorageError> {
        let failed = |source| self.failed("list", folder, source);
        let entries = match fs::read_dir(self.path(folder)?) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut objects = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name::check(&name).is_err() {
                continue;
            }
            let metadata = match entry.metadata() {
                // Another process deleted or renamed it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(failed)?,
            };
            if metadata.is_file() {
                let bytes = metadata.len();
                objects.push(Object { name, bytes });
            }
        }
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(objects)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        let (old, new) = (self.path(from)?, self.path(to)?);
        make_folder(folder_of(&new)).map_err(|source| self.failed("create the folder of", to, source))?;
        rename_new(&old, &new).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => self.failed("rename to", to, source),
            _ => self.failed("rename", from, source),
        })?;
        sync_folder(&new)
            .and_then(|()| sync_folder(&old))
            .map_err(|source| self.failed("sync", to, source))
    }

    fn delete(&self, name: &str) -> Result<(), StorageError> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.failed("delete", name, error)),
            Ok(()) => sync_folder(&path).map_err(|source| self.failed("sync", name, source)),
        }
    }

    fn unfinished(&self, folder: &str) -> Result<Vec<Object>, StorageError> {
        let failed = |source| self.failed("list", folder, source);
        let path = match folder {
            "" => self.root.clone(),
            folder => self.path(folder)?,
        };
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if !name.starts_with('.') || !name.ends_with(UNFINISHED) {
                continue;
            }
            match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
                Ok(metadata) if metadata.is_file() => found.push(Object {
                    name,
                    bytes: metadata.len(),
                }),
                Ok(_) => {}
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn discard(&self, folder: &str, unfinished: &str) -> Result<bool, StorageError> {
        let is_one = unfinished.starts_with('.') && unfinished.ends_with(UNFINISHED) && !unfinished.contains('/');
        if !is_one {
            let name = unfinished.to_owned();
            return Err(StorageError::Name { name });
        }
        let path = match folder {
            "" => self.root.join(unfinished),
            folder => self.path(folder)?.join(unfinished),
        };
        let failed = |source| self.failed("clean up", unfinished, source);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other.map_err(failed)?,
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Ok(()) => {}
        }
        // If its writer has given it its name since, the hidden file is gone and nothing is removed.
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed(error)),
            Ok(()) => Ok(true),
        }
    }

    fn space(&self) -> Result<Space, StorageError> {
        let found = rustix::fs::statvfs(&self.root).map_err(|e| self.failed("measure", ".", e.into()))?;
        Ok(Space {
            free: found.f_bavail.saturating_mul(found.f_frsize),
            total: found.f_blocks.saturating_mul(found.f_frsize),
        })
    }
}

impl Leases for LocalFolder {
    fn create_locked(&self, name: &str, bytes: &[u8]) -> Result<Lock, StorageError> {
        // The file was locked before anybody else knew its name.
        self.name_new(self.staged(name, bytes)?, name).map(Lock::new)
    }

    fn lock(&self, name: &str, mode: LockMode) -> Result<Lock, StorageError> {
        let file = self.opened(name)?;
        let locked = match mode {
            LockMode::Shared => file.lock_shared(),
            LockMode::Exclusive => file.lock(),
        };
        locked.map_err(|source| self.failed("lock", name, source))?;
        Ok(Lock::new(file))
    }

    fn try_lock(&self, name: &str, mode: LockMode) -> Result<Option<Lock>, StorageError> {
        let file = self.opened(name)?;
        let locked = match mode {
            LockMode::Shared => file.try_lock_shared(),
            LockMode::Exclusive => file.try_lock(),
        };
        match locked {
            Ok(()) => Ok(Some(Lock::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(self.failed("lock", name, source)),
        }
    }
}

impl Archives for LocalFolder {
    fn begin_archive(&self, name: &str) -> Result<Box<dyn Unpublished>, StorageError> {
        Ok(Box::new(PartialFile::create(&self.path(name)?, false)?))
    }

    fn open_archive(&self, name: &str) -> Result<Archive, StorageError> {
        Ok(Archive::open(&self.path(name)?)?)
    }

    fn verify_archive(&self, name: &str, options: VerifyOptions, job: &Job) -> Result<VerifyReport, StorageError> {
        Ok(archive::verify(&self.path(name)?, options, job)?)
    }

    fn discard_unfinished(&self, name: &str) -> Result<(), StorageError> {
        let path = self.path(name)?;
        let failed = |source| self.failed("clean up beside", name, source);
        let last = path.file_name().unwrap_or_default().to_string_lossy();
        let begin = format!(".{last}.");
        let entries = match fs::read_dir(folder_of(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let found = entry.file_name();
            let found = found.to_string_lossy();
            if found.starts_with(&begin) && found.ends_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// An unfinished archive is a hidden file beside its final place.
impl Unpublished for PartialFile {
    fn sink(&self) -> Result<Box<dyn Write + Send>, ArchiveError> {
        PartialFile::sink(self)
    }

    fn open(&self) -> Result<Archive, ArchiveError> {
        Archive::open(self.partial_path())
    }

    fn verify(&self, options: VerifyOptions, job: &Job) -> Result<VerifyReport, ArchiveError> {
        archive::verify(self.partial_path(), options, job)
    }

    fn publish(self: Box<Self>) -> Result<(), ArchiveError> {
        self.commit(false)
    }
}

impl Storage for LocalFolder {
    fn local(&self) -> Option<&dyn Paths> {
        Some(self)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Renames, but never over an existing file.
fn rename_new(old: &Path, new: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, old, CWD, new, RenameFlags::NOREPLACE) {
            // The file system does not support it: look first, then rename.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
            result => return result.map_err(io::Error::from),
        }
    }
    match fs::symlink_metadata(new) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(old, new),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn store() -> (tempfile::TempDir, LocalFolder) {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalFolder::create(&folder.path().join("repo")).unwrap();
        (folder, store)
    }

    #[test]
    fn a_folder_is_a_storage() {
        let folders = std::cell::RefCell::new(Vec::new());
        crate::storage::tests::conformance::all(&|| {
            let (folder, store) = store();
            folders.borrow_mut().push(folder);
            store
        });
    }

    #[test]
    fn objects_are_private_and_created_once() {
        let (_folder, store) = store();
        store.create("log/1.json", b"one").unwrap();
        assert!(matches!(
            store.create("log/1.json", b"two"),
            Err(StorageError::Exists { .. })
        ));
        assert_eq!(store.read("log/1.json", 3).unwrap(), b"one");
        assert!(matches!(store.read("log/1.json", 2), Err(StorageError::TooLong { .. })));
        store.replace("log/1.json", b"three").unwrap();
        assert_eq!(store.read("log/1.json", 9).unwrap(), b"three");
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(store.path("log/1.json").unwrap()), 0o600);
        assert_eq!(mode(store.path("log").unwrap()), 0o700);
        assert_eq!(mode(store.root().to_owned()), 0o700);
        assert_eq!(store.list("log").unwrap().len(), 1);
        assert!(store.list("none").unwrap().is_empty());
    }

    #[test]
    fn several_are_created_in_order_up_to_one_that_is_there() {
        let (_folder, store) = store();
        let objects = |from: u32, to: u32| -> Vec<(String, Vec<u8>)> {
            (from..to)
                .map(|n| (format!("log/{n}"), n.to_string().into_bytes()))
                .collect()
        };
        assert_eq!(store.create_all(&objects(0, 0)).unwrap(), 0);
        assert_eq!(store.create_all(&objects(0, 30)).unwrap(), 30);
        store.create("log/35", b"mine").unwrap();
        assert_eq!(store.create_all(&objects(30, 40)).unwrap(), 5);
        assert_eq!(store.read("log/35", 9).unwrap(), b"mine");
        assert_eq!(
            (store.list("log").unwrap().len(), store.unfinished("log").unwrap().len()),
            (36, 0)
        );
        assert_eq!(store.read("log/17", 9).unwrap(), b"17");
    }

    #[test]
    fn a_rename_never_replaces() {
        let (_folder, store) = store();
        store.create("a", b"a").unwrap();
        store.create("b", b"b").unwrap();
        assert!(matches!(store.rename("a", "b"), Err(StorageError::Exists { .. })));
        store.rename("a", "trash/a").unwrap();
        assert!(matches!(store.rename("a", "c"), Err(StorageError::Missing { .. })));
        assert_eq!(store.read("trash/a", 9).unwrap(), b"a");
        store.delete("trash/a").unwrap();
        store.delete("trash/a").unwrap();
    }

    #[test]
    fn what_a_killed_writer_left_can_be_removed() {
        let (_folder, store) = store();
        store.create("snapshots/a.pgark", b"a").unwrap();
        let beside = |name: &str| store.root().join("snapshots").join(name);
        for name in [".a.pgark.17.0.partial", ".ab.pgark.17.0.partial", ".a.pgark.txt"] {
            fs::write(beside(name), "").unwrap();
        }
        store.discard_unfinished("snapshots/a.pgark").unwrap();
        store.discard_unfinished("none/a").unwrap();
        assert!(!beside(".a.pgark.17.0.partial").exists() && beside("a.pgark").exists());
        assert!(beside(".ab.pgark.17.0.partial").exists() && beside(".a.pgark.txt").exists());
    }

    #[test]
    fn only_what_dead_writers_left_is_discarded() {
        let (_folder, store) = store();
        store.create("log/a", b"a").unwrap();
        let living = store.staged("log/b", b"b").unwrap();
        let name = living.path().file_name().unwrap().to_str().unwrap().to_owned();
        fs::write(store.root().join("log/.dead.partial"), "x").unwrap();
        let names = |store: &LocalFolder| -> Vec<String> {
            let found = store.unfinished("log").unwrap();
            found.into_iter().map(|o| o.name).collect()
        };
        assert_eq!(names(&store).len(), 2);
        assert!(!store.discard("log", &name).unwrap());
        assert!(store.discard("log", ".dead.partial").unwrap());
        assert!(!store.discard("log", ".dead.partial").unwrap());
        assert!(store.discard("log", "a").is_err() && store.discard("log", "./.x.partial").is_err());
        store.name_new(living, "log/b").unwrap();
        assert!(names(&store).is_empty() && store.unfinished("none").unwrap().is_empty());
        assert_eq!(store.read("log/b", 9).unwrap(), b"b");
    }

    /// Several writers and one process that clears up, at the same time: no writer loses anything.
    #[test]
    fn clearing_up_never_takes_what_is_being_written() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..3)
                .map(|writer| {
                    let store = &store;
                    scope.spawn(move || (0..60).for_each(|n| store.create(&format!("log/{writer}-{n}"), b"x").unwrap()))
                })
                .collect();
            while writers.iter().any(|writer| !writer.is_finished()) {
                for found in store.unfinished("log").unwrap() {
                    store.discard("log", &found.name).unwrap();
                }
            }
        });
        assert_eq!(store.list("log").unwrap().len(), 180);
        assert!(store.unfinished("log").unwrap().is_empty());
    }

    #[test]
    fn a_lock_stays_with_its_object() {
        let (_folder, store) = store();
        store.create("a", b"a").unwrap();
        let lease = store.lock("a", LockMode::Shared).unwrap();
        assert!(store.try_lock("a", LockMode::Shared).unwrap().is_some());
        assert!(store.try_lock("a", LockMode::Exclusive).unwrap().is_none());
        store.rename("a", "b").unwrap();
        assert!(store.try_lock("b", LockMode::Exclusive).unwrap().is_none());
        drop(lease);
        assert!(store.try_lock("b", LockMode::Exclusive).unwrap().is_some());
        let born = store.create_locked("c", b"c").unwrap();
        assert!(store.try_lock("c", LockMode::Shared).unwrap().is_none());
        assert!(matches!(
            store.create_locked("c", b"d"),
            Err(StorageError::Exists { .. })
        ));
        drop(born);
        assert!(store.try_lock("c", LockMode::Shared).unwrap().is_some());
        assert!(store.space().unwrap().total > 0);
    }
}
