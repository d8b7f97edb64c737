//! What every kind of storage is.

use super::archives::Archives;
use super::leases::Leases;
use super::objects::Objects;
use super::paths::Paths;

/// A place for a repository.
pub trait Storage: Objects + Leases + Archives {
    /// Its paths, where it is a folder: that may hold commands of people.
    fn local(&self) -> Option<&dyn Paths> {
        None
    }
}
