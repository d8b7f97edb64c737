//! Databases that are no longer backed up: `retired.json` says which, since when, by whom and why.
//!
//! Health does not check them, `latest` does not mean them, and a prune lets their snapshots go. A later snapshot of
//! such a database ends its retirement.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::Who;
use super::objects::{MAX_SMALL_BYTES, json, read};
use super::{Repository, RepositoryError, Snapshot};
use crate::storage::StorageError;

const FILE: &str = "retired.json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    pub at: Timestamp,
    pub who: Who,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The retirements, by database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Retirements(BTreeMap<String, Retirement>);

impl Retirements {
    /// Since when a database is retired; `None` if a snapshot of it was begun later.
    fn since(&self, database: &str, snapshots: &[Snapshot], now: Timestamp) -> Option<Timestamp> {
        let at = self.0.get(database)?.at;
        let is_later = |s: &Snapshot| {
            let record = &s.record;
            record.database == database && !record.safety && record.time() > at && !s.is_future(now)
        };
        (!snapshots.iter().any(is_later)).then_some(at)
    }

    /// The databases that are retired now, and since when.
    pub fn current(&self, snapshots: &[Snapshot], now: Timestamp) -> BTreeMap<String, Timestamp> {
        let since = |name: &String| Some((name.clone(), self.since(name, snapshots, now)?));
        self.0.keys().filter_map(since).collect()
    }
}

impl Repository {
    /// The retirements, also those that a later snapshot has ended.
    ///
    /// # Errors
    /// `retired.json` cannot be read; without it there are none.
    pub fn retirements(&self) -> Result<Retirements, RepositoryError> {
        match read(self.storage(), FILE, MAX_SMALL_BYTES) {
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => Ok(Retirements::default()),
            other => other,
        }
    }

    /// Retires a database; with `None`, ends its retirement.
    pub fn retire(&self, database: &str, retirement: Option<Retirement>) -> Result<(), RepositoryError> {
        let _alone = self.lock()?;
        let mut all = self.retirements()?;
        match retirement {
            Some(retirement) => all.0.insert(database.to_owned(), retirement),
            None => all.0.remove(database),
        };
        Ok(self.storage().replace(FILE, &json(FILE, &all)?)?)
    }
}
