//! Writes the history entries of changes whose commands were killed before they could write them.

use jiff::Timestamp;

use super::history::HistoryEvent;
use super::objects::SNAPSHOTS;
use super::opened::MARK;
use super::pending::{Pending, late};
use super::record::{Status, parse_id};
use super::{Repository, RepositoryError};
use crate::storage::{LockMode, StorageError};

impl Repository {
    /// Writes the entries of changes whose commands were killed before they could, and returns how many these were.
    ///
    /// # Errors
    /// After an error nothing is lost: the next command tries again.
    pub fn settle(&self) -> Result<usize, RepositoryError> {
        let _alone = self.lock()?;
        self.settle_alone()
    }

    /// Like [`Repository::settle`], but does nothing while somebody else changes the repository.
    ///
    /// # Errors
    /// Those of [`Repository::settle`].
    pub fn settle_if_free(&self) -> Result<usize, RepositoryError> {
        match self.storage().try_lock(MARK, LockMode::Exclusive)? {
            Some(_alone) => self.settle_alone(),
            None => Ok(0),
        }
    }

    fn settle_alone(&self) -> Result<usize, RepositoryError> {
        let published = self.published()?;
        let told = self.tell(published.iter().map(|(_, pending)| pending))?;
        for (id, _) in &published {
            self.change_state(id, |state| state.pending = None)?;
        }
        Ok(told + self.trash().settle()?)
    }

    /// Writes the missing entries of these changes. The caller holds the lock.
    pub(super) fn tell<'a>(&self, made: impl Iterator<Item = &'a Pending>) -> Result<usize, RepositoryError> {
        let made: Vec<&Pending> = made.collect();
        let Some(first) = made.iter().map(|pending| pending.after).min() else {
            return Ok(0);
        };
        let history = self.history();
        let entries = history.entries_after(first)?;
        let untold = made.iter().filter(|pending| !pending.is_told(&entries));
        let events: Vec<HistoryEvent> = untold.map(|pending| late(&pending.event)).collect();
        history.appender().append_all(&events, Timestamp::now())?;
        Ok(events.len())
    }

    /// Published snapshots whose makers have ended, each with its pending entry.
    fn published(&self) -> Result<Vec<(String, Pending)>, RepositoryError> {
        let mut published = Vec::new();
        for object in self.storage().list(SNAPSHOTS)? {
            let Some(id) = object
                .name
                .strip_suffix(".state.json")
                .filter(|id| parse_id(id).is_some())
            else {
                continue;
            };
            // Other commands report a state that cannot be read.
            let Some(pending) = self.read_state(id).ok().and_then(|state| state.pending) else {
                continue;
            };
            let is_complete = |status| matches!(status, Status::Complete | Status::Partial);
            match self.read_record(id) {
                Ok(record) if is_complete(record.status) && !self.is_held(id)? => {
                    published.push((id.to_owned(), pending));
                }
                Ok(_) | Err(RepositoryError::Storage(StorageError::Missing { .. })) => {}
                Err(RepositoryError::Json { .. } | RepositoryError::OtherId { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(published)
    }
}
