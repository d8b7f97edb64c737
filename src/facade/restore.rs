//! An archive to a database.

use std::sync::Arc;

use crate::archive::Archive as Opened;
use crate::error::Error;
use crate::facade::database::Database;
use crate::facade::select::{Select, selects};
use crate::job::Job;
use crate::restore::input::Input;
use crate::restore::{self, RestoreOptions, RestoreReport};

/// A restore that is about to be. By default it takes everything, over one session, into a database that exists.
#[must_use = "a restore begins with `into`"]
pub struct Restore {
    archive: Arc<Opened>,
    options: RestoreOptions,
    select: Select,
    job: Job,
}

impl Restore {
    pub(super) fn new(archive: Arc<Opened>) -> Self {
        Self {
            archive,
            options: RestoreOptions {
                jobs: 1,
                ..RestoreOptions::default()
            },
            select: Select::default(),
            job: Job::default(),
        }
    }

    selects!();

    /// Sessions that write; one more asks.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = jobs.max(1);
        self
    }

    /// Makes the database that the archive was taken of, on the server of the one that is given.
    pub fn create(mut self) -> Self {
        self.options.create = true;
        self
    }

    /// Drops what is restored first, where it is there.
    pub fn clean(mut self) -> Self {
        self.options.clean = true;
        self.options.if_exists = true;
        self
    }

    /// Changes options that have no method here.
    pub fn options(mut self, change: impl FnOnce(&mut RestoreOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Restores into a database. What could not be restored is in the report; an error means that the restore did not run to
    /// its end.
    ///
    /// # Errors
    /// Also when objects are there already: nothing has been changed then.
    pub fn into(mut self, target: &Database) -> Result<RestoreReport, Error> {
        self.options.filter = self.select.of_archive(&self.archive.source().database)?;
        let params = target.params.with_stop(&self.job.stop);
        let input = Input::File(self.archive);
        let report = restore::run(input, &params, &self.options, &self.job)?;
        Ok(report)
    }
}
