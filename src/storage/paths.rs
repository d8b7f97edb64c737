//! Paths, which only a local folder has.

use std::path::{Path, PathBuf};

use super::StorageError;

/// A kind of storage whose objects are files.
pub trait Paths {
    /// The file of an object.
    ///
    /// # Errors
    /// [`StorageError::Name`].
    fn path(&self, name: &str) -> Result<PathBuf, StorageError>;
    /// The root folder.
    fn root(&self) -> &Path;
}
