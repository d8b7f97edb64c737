//! Leases: locks on objects, held by the processes that make or read them.

use std::any::Any;

use super::StorageError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    Shared,
    Exclusive,
}

/// A lock that is held until it is dropped, or until its process ends.
pub struct Lock {
    _held: Box<dyn Any + Send + Sync>,
}

impl Lock {
    /// A lock that is released when `held` is dropped.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self { _held: Box::new(held) }
    }
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lock")
    }
}

/// Locks on objects.
pub trait Leases: Send + Sync {
    /// Like [`Objects::create`](super::Objects::create), with an exclusive lock on the object from the moment it
    /// exists.
    fn create_locked(&self, name: &str, bytes: &[u8]) -> Result<Lock, StorageError>;
    /// Waits for a lock on an existing object or archive. A rename does not release the lock.
    ///
    /// # Errors
    /// [`StorageError::Missing`].
    fn lock(&self, name: &str, mode: LockMode) -> Result<Lock, StorageError>;
    /// Like [`Leases::lock`], but returns `None` instead of waiting.
    fn try_lock(&self, name: &str, mode: LockMode) -> Result<Option<Lock>, StorageError>;
}
