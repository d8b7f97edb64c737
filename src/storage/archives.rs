//! Archives: written through a sink, named once they are complete, read in place.

use std::io::Write;

use super::StorageError;
use crate::archive::{Archive, ArchiveError, VerifyOptions, VerifyReport};
use crate::job::Job;

/// Archives of any size.
pub trait Archives: Send + Sync {
    /// Begins an archive, which gets this name when it is published.
    ///
    /// [`ArchiveError::Exists`] where the name is taken.
    fn begin_archive(&self, name: &str) -> Result<Box<dyn Unpublished>, StorageError>;
    /// Opens an archive to read. This checks everything but its chunks.
    fn open_archive(&self, name: &str) -> Result<Archive, StorageError>;
    /// Checks every byte of an archive.
    fn verify_archive(&self, name: &str, options: VerifyOptions, job: &Job) -> Result<VerifyReport, StorageError>;
    /// Removes what killed writers of an archive have left. No writer may still be alive.
    fn discard_unfinished(&self, name: &str) -> Result<(), StorageError>;
}

/// An archive that has no name yet. Dropping this deletes it.
pub trait Unpublished: Send {
    /// The sink for its bytes. `flush` makes durable what was written.
    fn sink(&self) -> Result<Box<dyn Write + Send>, ArchiveError>;
    /// Opens what was written so far. It must be a whole archive.
    fn open(&self) -> Result<Archive, ArchiveError>;
    /// Like [`Archives::verify_archive`], for what was written so far.
    fn verify(&self, options: VerifyOptions, job: &Job) -> Result<VerifyReport, ArchiveError>;
    /// Makes the archive durable and gives it its name, which must still be free.
    fn publish(self: Box<Self>) -> Result<(), ArchiveError>;
}
