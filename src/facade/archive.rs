//! An archive file that is open.

use std::path::Path;
use std::sync::Arc;

use crate::archive::{Archive as Opened, VerifyOptions, VerifyReport};
use crate::error::Error;
use crate::facade::restore::Restore;
use crate::job::Job;
use crate::repository::Lease;

/// An archive file that is open. A clone is the same archive.
#[derive(Clone)]
pub struct Archive {
    pub(super) opened: Arc<Opened>,
    /// Keeps a snapshot from being taken away.
    _lease: Option<Arc<Lease>>,
}

impl Archive {
    /// Opens a complete archive, of which all is checked but the chunks of rows.
    ///
    /// # Errors
    /// It is not there, not complete, damaged, or no archive.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self {
            opened: Arc::new(Opened::open(path.as_ref())?),
            _lease: None,
        })
    }

    pub(super) fn leased(opened: Opened, lease: Lease) -> Self {
        Self {
            opened: Arc::new(opened),
            _lease: Some(Arc::new(lease)),
        }
    }

    /// What the archive says of itself: catalog, manifest, source and rows.
    pub fn reader(&self) -> &Opened {
        &self.opened
    }

    /// Reads every byte of the file again and checks it, on all CPUs.
    ///
    /// # Errors
    /// The file cannot be read. Damage is no error: it is in the report.
    pub fn verify(&self) -> Result<VerifyReport, Error> {
        self.verify_under(&Job::default())
    }

    /// As [`Archive::verify`], so that it can be watched and stopped.
    ///
    /// # Errors
    /// As there, and when it was stopped.
    pub fn verify_under(&self, job: &Job) -> Result<VerifyReport, Error> {
        Ok(self.opened.verify(VerifyOptions::default(), job)?)
    }

    /// A restore of this archive, which begins with [`Restore::into`].
    pub fn restore(&self) -> Restore {
        Restore::new(Arc::clone(&self.opened))
    }
}
