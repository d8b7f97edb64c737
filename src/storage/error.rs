//! Errors of storage.

use crate::archive::ArchiveError;

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
    /// An error of an archive, including damage.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
