//! Drills that are running: the database that each of them makes is recorded, so that a killed drill can be cleaned up.
//!
//! A drill holds the lock on its `underway/NAME.json`. If nobody holds it, the drill was killed, and its database may
//! still be on the server.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::Who;
use super::objects::{MAX_SMALL_BYTES, json, read};
use super::{Repository, RepositoryError};
use crate::storage::{Lock, LockMode, StorageError};

pub(super) const REPORTS: &str = "drills";
pub(super) const UNDERWAY: &str = "underway";

/// A drill that has begun and not yet dropped its database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    /// The scratch database.
    pub database: String,
    /// Its server's address, without secrets.
    pub server: String,
    /// The server's identifier, if the role may read it.
    #[serde(default)]
    pub system_identifier: Option<u64>,
    /// The id of the snapshot.
    pub snapshot: String,
    /// When the drill began.
    pub at: Timestamp,
    /// Who runs the drill.
    #[serde(default)]
    pub who: Who,
}

impl Repository {
    /// Records that a drill begins. The drill counts as alive while the returned lock exists.
    pub fn begin_drill(&self, underway: &Underway) -> Result<Lock, RepositoryError> {
        let name = name(&underway.database);
        Ok(self.storage().create_locked(&name, &json(&name, underway)?)?)
    }

    /// Removes the record of a drill whose database is gone, or was kept on purpose.
    pub fn end_drill(&self, database: &str) -> Result<(), RepositoryError> {
        Ok(self.storage().delete(&name(database))?)
    }

    /// Drills that ended without dropping their database.
    pub fn dead_drills(&self) -> Result<Vec<Underway>, RepositoryError> {
        let mut dead = Vec::new();
        for object in self.storage().list(UNDERWAY)? {
            let name = format!("{UNDERWAY}/{}", object.name);
            match self.storage().try_lock(&name, LockMode::Shared) {
                Ok(None) | Err(StorageError::Missing { .. }) => continue,
                other => other?,
            };
            match read::<Underway>(self.storage(), &name, MAX_SMALL_BYTES) {
                Ok(underway) if object.name == format!("{}.json", underway.database) => dead.push(underway),
                // The drill ended meanwhile, or the file is not a record of a drill.
                _ => {}
            }
        }
        Ok(dead)
    }
}

fn name(database: &str) -> String {
    format!("{UNDERWAY}/{database}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_drill_that_nobody_holds_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open_or_create(&folder.path().join("r")).unwrap();
        let underway = Underway {
            database: "pgark_drill_20260310_120000_a1b2c3d4e5f6".to_owned(),
            server: "db:5432/postgres".to_owned(),
            system_identifier: Some(7),
            snapshot: "20260101T000000Z_a".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            who: Who::default(),
        };
        let held = repository.begin_drill(&underway).unwrap();
        assert!(repository.dead_drills().unwrap().is_empty());
        drop(held);
        assert_eq!(repository.dead_drills().unwrap(), std::slice::from_ref(&underway));
        repository.end_drill(&underway.database).unwrap();
        assert!(repository.dead_drills().unwrap().is_empty());
    }
}
