//! The trait of all kinds of storage.

use super::archives::Archives;
use super::leases::Leases;
use super::objects::Objects;
use super::paths::Paths;

/// A place in which a repository can be.
pub trait Storage: Objects + Leases + Archives {
    /// Its paths, if it is a folder. Only a folder can hold files that people write, such as hooks.
    fn local(&self) -> Option<&dyn Paths> {
        None
    }
}
