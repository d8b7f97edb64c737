//! Bytes at rest: the named objects of a repository.
//!
//! [`Storage`] is all that the repository asks of the place it lives in; [`LocalFolder`] is the one place so far.
//! Names are relative, with `/` between folders. What is written is durable and whole when a call returns, and nothing
//! is ever half there under its name. An archive is written into and read from a local file ([`Storage::path`]),
//! because it is mapped; a store that is not a folder will stage it there. General crates for object stores were
//! looked at: their local stores neither sync, nor restrict modes, nor lock, which is most of what is here.

mod local;
mod name;

use std::path::{Path, PathBuf};

pub use local::LocalFolder;

/// Why storage did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    #[error("`{name}` exists already in {place}")]
    Exists { place: String, name: String },
    #[error("there is no `{name}` in {place}")]
    Missing { place: String, name: String },
    #[error("`{name}` in {place} has {bytes} bytes, more than {limit}")]
    TooLong {
        place: String,
        name: String,
        bytes: u64,
        limit: u64,
    },
    #[error("`{name}` is no name of an object in a repository")]
    Name { name: String },
    #[error("cannot {action} `{name}` in {place}")]
    Io {
        action: &'static str,
        place: String,
        name: String,
        source: std::io::Error,
    },
}

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
pub struct Lock(#[allow(dead_code)] std::fs::File); // the open file is the lock

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
