//! Where the rows of a read go.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::live::error::ReadError;
use crate::live::rows::task::ReadTask;

/// Takes the rows that one session reads; each session has its own.
pub trait RowSink: Send {
    fn begin(&mut self, task: &ReadTask) -> Result<(), ReadError>;
    /// A piece of the COPY stream, split anywhere.
    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), ReadError>;
    /// The stream ended well; `counted` is the server's row count.
    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), ReadError>;
    /// Nothing more comes for a while: what was kept back to go on together goes on.
    fn flush(&mut self) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Locks what sessions share. A thread that panicked in between ends all of them.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
