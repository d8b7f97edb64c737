//! Named objects, each of them small and whole.

use super::StorageError;

/// An object of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Within its folder.
    pub name: String,
    pub bytes: u64,
}

/// Bytes of the place that a repository is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub free: u64,
    pub total: u64,
}

/// Named objects, each of them small.
pub trait Objects: Send + Sync {
    /// What messages call the place.
    fn place(&self) -> String;
    /// Writes a new object.
    ///
    /// # Errors
    /// [`StorageError::Exists`]: of several that create the same name at once, one succeeds.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// Writes new objects of one folder, in this order, up to the first whose name is taken; how many were written.
    fn create_all(&self, objects: &[(String, Vec<u8>)]) -> Result<usize, StorageError>;
    /// Writes an object, in place of one that may be there: a reader finds the old or the new one.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// # Errors
    /// [`StorageError::Missing`]; [`StorageError::TooLong`] before anything is read.
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, StorageError>;
    /// Whether an object, or an archive, is there.
    fn exists(&self, name: &str) -> Result<bool, StorageError>;
    /// The objects and archives of a folder, by name; none if there is no such folder. What is being written is not listed.
    fn list(&self, folder: &str) -> Result<Vec<Object>, StorageError>;
    /// Gives an object or an archive another name, which must be free.
    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError>;
    /// Removes an object or an archive, if it is there.
    fn delete(&self, name: &str) -> Result<(), StorageError>;
    /// What is being written in a folder, or was by writers that are gone: hidden files `.*.partial`.
    fn unfinished(&self, folder: &str) -> Result<Vec<Object>, StorageError>;
    /// Removes one of them, unless the writer of an object still has it; whether it was removed. Who writes an archive holds
    /// the lock of its record.
    fn discard(&self, folder: &str, unfinished: &str) -> Result<bool, StorageError>;
    fn space(&self) -> Result<Space, StorageError>;
}
