//! The interface that takes the rows of a read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::live::error::ReadError;
use crate::live::rows::task::ReadTask;

/// Takes the rows that one session reads; each session has its own.
pub(crate) trait RowSink: Send {
    fn begin(&mut self, task: &ReadTask) -> Result<(), ReadError>;
    /// A piece of the COPY stream, split anywhere.
    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), ReadError>;
    /// The stream ended well; `counted` is the server's row count.
    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), ReadError>;
    /// Nothing more comes for a while, so the sink passes on what it has kept back.
    fn flush(&mut self) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Locks data that sessions share. The panic of another thread ends all of them anyway, so poison is ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
