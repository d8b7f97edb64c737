//! Named objects, each small and read or written as a whole.

use super::StorageError;

/// An object of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The name within its folder.
    pub name: String,
    pub bytes: u64,
}

/// The space, in bytes, of the place that holds a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub free: u64,
    pub total: u64,
}

/// Named objects, each of them small.
pub trait Objects: Send + Sync {
    /// The name of the place in messages.
    fn place(&self) -> String;
    /// Writes a new object.
    ///
    /// # Errors
    /// [`StorageError::Exists`]: of several callers that create the same name at once, one succeeds.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// Writes new objects of one folder in order, up to the first whose name is taken, and returns how many were
    /// written.
    fn create_all(&self, objects: &[(String, Vec<u8>)]) -> Result<usize, StorageError>;
    /// Writes an object, over an old one if there is one. A reader finds either the old or the new one.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;
    /// Reads an object of at most `limit` bytes.
    ///
    /// # Errors
    /// [`StorageError::Missing`]; [`StorageError::TooLong`], before anything is read.
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, StorageError>;
    /// Whether an object or archive of this name exists.
    fn exists(&self, name: &str) -> Result<bool, StorageError>;
    /// The objects and archives of a folder, by name; none if the folder does not exist. Unfinished ones are not
    /// listed.
    fn list(&self, folder: &str) -> Result<Vec<Object>, StorageError>;
    /// Gives an object or an archive another name, which must be free.
    fn rename(&self, from: &str, to: &str) -> Result<(), StorageError>;
    /// Removes an object or an archive, if it is there.
    fn delete(&self, name: &str) -> Result<(), StorageError>;
    /// Unfinished files in a folder, of living or dead writers: hidden files `.*.partial`.
    fn unfinished(&self, folder: &str) -> Result<Vec<Object>, StorageError>;
    /// Removes an unfinished file and returns true, unless the writer of an object still has it. For archives the
    /// caller must hold the lock of the record.
    fn discard(&self, folder: &str, unfinished: &str) -> Result<bool, StorageError>;
    fn space(&self) -> Result<Space, StorageError>;
}
