//! The objects of a repository: their names, their greatest lengths, and their JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RepositoryError;
use crate::archive::ArchiveError;
use crate::storage::Storage;

pub(super) const SNAPSHOTS: &str = "snapshots";
/// The most bytes of `repository.json` and of a state.
pub(super) const MAX_SMALL_BYTES: u64 = 1 << 20;
/// The most bytes of a record: enough for a million tables.
pub(super) const MAX_RECORD_BYTES: u64 = 1 << 29;

/// The name of a snapshot's archive in the storage.
pub fn archive_name(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.pgark")
}

pub(super) fn record_name(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.json")
}

pub(super) fn state_name(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.state.json")
}

/// The bytes of an object, as JSON that people can read.
pub(super) fn json<T: Serialize>(name: &str, value: &T) -> Result<Vec<u8>, RepositoryError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| RepositoryError::Json {
        name: name.to_owned(),
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(super) fn read<T: DeserializeOwned>(storage: &dyn Storage, name: &str, limit: u64) -> Result<T, RepositoryError> {
    let bytes = storage.read(name, limit)?;
    serde_json::from_slice(&bytes).map_err(|source| RepositoryError::Json {
        name: name.to_owned(),
        source,
    })
}

/// Whether this is the error of an archive that exists but cannot be opened.
pub(super) fn is_damage(error: &ArchiveError) -> bool {
    matches!(
        error,
        ArchiveError::Damaged { .. } | ArchiveError::Incomplete { .. } | ArchiveError::NotAnArchive { .. }
    )
}
