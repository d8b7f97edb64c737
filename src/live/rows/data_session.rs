//! A data session other than the leader: the tables that it has locked, and its replacement when it is lost.

use std::collections::HashSet;

use crate::connect::{ConnectError, Wire};
use crate::job::Stop;
use crate::live::error::ReadError;
use crate::live::open::joining::{Joining, Lost};
use crate::live::rows::task::ReadTask;

pub(super) struct DataSession<'a> {
    pub(super) wire: Wire,
    joining: &'a Joining,
    /// Relations whose tables this session has locked.
    locked: HashSet<u32>,
    lost: Option<Lost>,
}

impl<'a> DataSession<'a> {
    pub(super) fn open(joining: &'a Joining, stop: &Stop) -> Result<Self, ReadError> {
        Ok(Self {
            wire: joining.first(stop)?,
            joining,
            locked: HashSet::new(),
            lost: None,
        })
    }

    /// Marks the session as lost, so that it is replaced before it is used again.
    pub(super) fn lose(&mut self, lost: Lost) {
        self.lost = Some(lost);
    }

    pub(super) fn replace_if_lost(&mut self, stop: &Stop) -> Result<(), ReadError> {
        if let Some(lost) = self.lost.take() {
            self.wire = self.joining.again(lost, stop)?;
            self.locked.clear();
        }
        Ok(())
    }

    /// Locks a task's table without waiting; false when the lock would have to wait. With brief locks, earlier locks
    /// are forgotten.
    pub(super) fn acquire(&mut self, task: &ReadTask, brief_locks: bool) -> Result<bool, ConnectError> {
        if brief_locks {
            self.locked.clear();
        }
        let Some(statement) = task.lock.as_ref().filter(|_| !self.locked.contains(&task.relation)) else {
            return Ok(true);
        };
        let statements = ["SAVEPOINT pgark_lock", statement, "RELEASE SAVEPOINT pgark_lock"];
        match self.wire.pipeline(&statements) {
            Ok(()) => {
                self.locked.insert(task.relation);
                Ok(true)
            }
            // lock_not_available
            Err((1, error)) if error.sqlstate() == Some("55P03") => {
                let undo = ["ROLLBACK TO SAVEPOINT pgark_lock", "RELEASE SAVEPOINT pgark_lock"];
                self.wire.pipeline(&undo).map_err(|(_, error)| error)?;
                Ok(false)
            }
            Err((_, error)) => Err(error),
        }
    }
}
