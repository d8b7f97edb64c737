//! Archives: written through a sink, named when they are complete, read in place.

use std::io::Write;

use super::StorageError;
use crate::archive::{Archive, ArchiveError, VerifyOptions, VerifyReport};

/// Archives, of whatever size.
pub trait Archives: Send + Sync {
    /// Begins an archive, which gets this name when it is published.
    ///
    /// # Errors
    /// [`ArchiveError::Exists`] where the name is taken.
    fn begin_archive(&self, name: &str) -> Result<Box<dyn Unpublished>, StorageError>;
    /// Opens one to read, which checks everything of it but its chunks.
    fn open_archive(&self, name: &str) -> Result<Archive, StorageError>;
    /// Checks every byte of one. `progress` is called with bytes checked and bytes in all, and says whether to go on.
    fn verify_archive(
        &self,
        name: &str,
        options: VerifyOptions,
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<VerifyReport, StorageError>;
    /// Removes what writers of an archive that were killed left of it. Its writer must be gone.
    fn discard_unfinished(&self, name: &str) -> Result<(), StorageError>;
}

/// An archive that has no name yet. Dropped, it is gone.
pub trait Unpublished: Send {
    /// Where its bytes go. A `flush` makes durable what was written.
    fn sink(&self) -> Result<Box<dyn Write + Send>, ArchiveError>;
    /// Opens what was written so far, which must be a whole archive.
    fn open(&self) -> Result<Archive, ArchiveError>;
    /// As [`Archives::verify_archive`], of what was written so far.
    fn verify(
        &self,
        options: VerifyOptions,
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<VerifyReport, ArchiveError>;
    /// Makes it durable and gives it its name, which must still be free.
    fn publish(self: Box<Self>) -> Result<(), ArchiveError>;
}
