//! What a repository asks of the place that it lives in.

use std::path::{Path, PathBuf};

use super::StorageError;

/// An object of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Within its folder.
    pub name: String,
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    Shared,
    Exclusive,
}

/// Held until it is dropped, or until its process ends.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] pub(super) std::fs::File); // the open file is the lock

/// Bytes of the place that a repository is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub free: u64,
    pub total: u64,
}

pub trait Storage: Send + Sync {
    /// What messages call it.
    fn place(&self) -> String;
    /// Writes a new object.
    ///
    /// # Errors
    /// [`StorageError::Exists`]: of several that create the same name at once, one succeeds.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// Writes new objects of one folder, in this order, up to the first whose name is taken; how many were written.
    fn create_all(&self, objects: &[(String, Vec<u8>)]) -> Result<usize, StorageError>;
    /// As [`Storage::create`], with an exclusive lock on the object from the moment that it is there.
    fn create_locked(&self, name: &str, bytes: &[u8]) -> Result<Lock, StorageError>;
    /// Writes an object, in place of one that may be there: a reader finds the old or the new one.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// # Errors
    /// [`StorageError::Missing`]; [`StorageError::TooLong`] before anything is read.
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, StorageError>;
    /// The objects of a folder, by name; none if there is no such folder. What is being written is not listed.
    fn list(&self, folder: &str) -> Result<Vec<Object>, StorageError>;
    /// Gives an object another name, which must be free.
    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError>;
    /// Removes an object, if it is there.
    fn delete(&self, name: &str) -> Result<(), StorageError>;
    /// What is being written in a folder, or was by writers that are gone: hidden files `.*.partial`.
    fn unfinished(&self, folder: &str) -> Result<Vec<Object>, StorageError>;
    /// Removes one of them, unless the writer of an object still has it; whether it was removed. An archive is not written
    /// by this store: who writes it holds the lock of its record.
    fn discard(&self, folder: &str, unfinished: &str) -> Result<bool, StorageError>;
    /// Removes what writers of an object that were killed left beside it (`.NAME.*.partial`). Its writer must be gone.
    fn discard_unfinished(&self, name: &str) -> Result<(), StorageError>;
    /// Waits for a lock on an object that is there. It stays with the object under whatever name.
    fn lock(&self, name: &str, mode: LockMode) -> Result<Lock, StorageError>;
    /// As [`Storage::lock`], but gives nothing when it would have to wait.
    fn try_lock(&self, name: &str, mode: LockMode) -> Result<Option<Lock>, StorageError>;
    fn space(&self) -> Result<Space, StorageError>;
    /// The local file of an object.
    fn path(&self, name: &str) -> Result<PathBuf, StorageError>;
    fn root(&self) -> &Path;
}
