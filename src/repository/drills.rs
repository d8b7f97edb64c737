//! Drills that are under way: where each of them makes a database, so that one that is killed is known.
//!
//! `underway/NAME.json` is locked by its drill. One that nobody holds was left by a drill that was killed, and so may the
//! database be on its server.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::Who;
use super::objects::{MAX_SMALL_BYTES, json, read};
use super::{Repository, RepositoryError};
use crate::storage::{Lock, LockMode, StorageError};

pub(super) const REPORTS: &str = "drills";
pub(super) const UNDERWAY: &str = "underway";

/// A drill that has begun and not cleared up yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    /// The scratch database.
    pub database: String,
    /// Its server's address, without secrets.
    pub server: String,
    /// Of the server, where it tells.
    #[serde(default)]
    pub system_identifier: Option<u64>,
    /// The id of the snapshot.
    pub snapshot: String,
    pub at: Timestamp,
    #[serde(default)]
    pub who: Who,
}

impl Repository {
    /// Says that a drill begins, for as long as what is returned lives.
    pub fn begin_drill(&self, underway: &Underway) -> Result<Lock, RepositoryError> {
        let name = name(&underway.database);
        Ok(self.storage().create_locked(&name, &json(&name, underway)?)?)
    }

    /// Its database is gone, or somebody wants to keep it.
    pub fn end_drill(&self, database: &str) -> Result<(), RepositoryError> {
        Ok(self.storage().delete(&name(database))?)
    }

    /// Drills that ended without having cleared up.
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
                // It ended meanwhile, or is none of ours.
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
