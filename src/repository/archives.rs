//! The archives of a repository: beginning one, reading one under a lease, and completing the record of one whose maker
//! died.

use std::path::PathBuf;

use super::objects::archive_name;
use super::record::{self, Record, SAFETY_LABEL, Status};
use super::{Repository, RepositoryError, Snapshot};
use crate::archive::{Archive, Digest};
use crate::storage::{Lock, LockMode, StorageError, Unpublished};

impl Repository {
    /// The file of a snapshot's archive; `None` if the repository is not in a folder.
    ///
    /// # Errors
    /// The id is not a valid one.
    pub fn archive_path(&self, id: &str) -> Result<Option<PathBuf>, RepositoryError> {
        let path = self.storage().local().map(|folder| folder.path(&archive_name(id)));
        Ok(path.transpose()?)
    }

    /// Whether the archive of a snapshot is there.
    pub fn has_file(&self, id: &str) -> bool {
        self.storage().exists(&archive_name(id)).unwrap_or(false)
    }

    /// Begins the archive of a snapshot.
    pub fn begin_archive(&self, id: &str) -> Result<Box<dyn Unpublished>, RepositoryError> {
        Ok(self.storage().begin_archive(&archive_name(id))?)
    }

    /// Opens the archive of a snapshot with a lease that keeps it. Fails if its root digest is not the one in the
    /// record.
    pub fn open_archive(&self, snapshot: &Snapshot) -> Result<(Archive, Lease), RepositoryError> {
        let (archive, lease) = self.open_leased(&snapshot.record.id)?;
        let (found, expected) = (archive.root_digest().to_string(), &snapshot.record.root_digest);
        if !expected.is_empty() && found != *expected {
            return Err(RepositoryError::NotUsable {
                id: snapshot.record.id.clone(),
                standing: format!("changed: its root digest is {found}, its record says {expected}"),
            });
        }
        Ok((archive, lease))
    }

    /// Opens the archive of the snapshot with this id, with a lease that keeps it.
    pub fn open_leased(&self, id: &str) -> Result<(Archive, Lease), RepositoryError> {
        let lease = self.lease(id)?;
        Ok((self.storage().open_archive(&archive_name(id))?, lease))
    }

    /// Keeps a snapshot from being moved away while it is read.
    pub fn lease(&self, id: &str) -> Result<Lease, RepositoryError> {
        let name = archive_name(id);
        // This may wait a moment: an exclusive lock is held only to move the archive, or to test whether it is in use.
        let lock = self.storage().lock(&name, LockMode::Shared)?;
        match self.storage().exists(&name)? {
            true => Ok(Lease { _lock: lock }),
            false => Err(StorageError::Missing {
                place: self.place(),
                name,
            }
            .into()),
        }
    }

    /// Whether this is the root digest that the record has.
    pub fn is_of_record(record: &Record, root_digest: Option<Digest>) -> bool {
        root_digest.is_some_and(|digest| digest.to_string() == record.root_digest)
    }

    /// Completes the record of an archive whose maker died before it did so itself.
    pub fn adopt(&self, id: &str) -> Result<Record, RepositoryError> {
        if self.trash().holds(id)? {
            return Err(RepositoryError::NotUsable {
                id: id.to_owned(),
                standing: "on its way into the trash: the next prune or undelete ends that".to_owned(),
            });
        }
        let archive = self.storage().open_archive(&archive_name(id))?;
        let mut record = match self.read_record(id) {
            Ok(record) => record,
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => {
                let (started_at, label) = record::parse_id(id).ok_or_else(|| RepositoryError::Label {
                    label: id.to_owned(),
                    why: "an id is a time and a label",
                })?;
                Record::begun(label, started_at)?
            }
            Err(error) => return Err(error),
        };
        record.describe(&archive);
        record.kind = record::SnapshotKind::of_options(&record.options);
        record.safety = record.label == SAFETY_LABEL;
        record.status = match record.partial.is_empty() && record.not_covered.is_empty() {
            true => Status::Complete,
            false => Status::Partial,
        };
        record.error = None;
        self.write_record(&record)?;
        Ok(record)
    }
}

/// Keeps an archive in its place.
#[derive(Debug)]
pub struct Lease {
    _lock: Lock,
}
