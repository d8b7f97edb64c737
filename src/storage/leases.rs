//! Who makes an object or reads it, for as long as they live.

use std::any::Any;

use super::StorageError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    Shared,
    Exclusive,
}

/// Held until it is dropped, or until its process ends.
pub struct Lock {
    _held: Box<dyn Any + Send + Sync>,
}

impl Lock {
    /// A lock that goes with `held`.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self { _held: Box::new(held) }
    }
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lock")
    }
}

/// Who has an object.
pub trait Leases: Send + Sync {
    /// As [`Objects::create`](super::Objects::create), with an exclusive lock on the object from the moment that it is there.
    fn create_locked(&self, name: &str, bytes: &[u8]) -> Result<Lock, StorageError>;
    /// Waits for a lock on an object or an archive that is there. It stays with it under whatever name.
    ///
    /// # Errors
    /// [`StorageError::Missing`].
    fn lock(&self, name: &str, mode: LockMode) -> Result<Lock, StorageError>;
    /// As [`Leases::lock`], but gives nothing when it would have to wait.
    fn try_lock(&self, name: &str, mode: LockMode) -> Result<Option<Lock>, StorageError>;
}
