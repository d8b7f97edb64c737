//! Two sides, live or archived, compared.

use std::sync::Arc;

use crate::compare::{self, CompareOptions, CompareReport, Place};
use crate::error::Error;
use crate::facade::archive::Archive;
use crate::facade::database::Database;
use crate::facade::select::{Select, selects};
use crate::job::Job;

/// A comparison that is about to be. By default it looks at everything, over one session for each live side.
#[must_use = "a comparison begins with `run`"]
pub struct Compare {
    a: Side,
    b: Side,
    options: CompareOptions,
    select: Select,
    job: Job,
}

/// A side of a comparison.
pub enum Side {
    /// An archive that is open.
    Archive(Archive),
    /// A live database.
    Database(Box<Database>),
}

impl From<&Archive> for Side {
    fn from(archive: &Archive) -> Self {
        Self::Archive(archive.clone())
    }
}

impl From<&Database> for Side {
    fn from(database: &Database) -> Self {
        Self::Database(Box::new(database.clone()))
    }
}

/// Compares definitions, rows, sequences, large objects, privileges and comments of two sides.
pub fn compare(a: impl Into<Side>, b: impl Into<Side>) -> Compare {
    Compare {
        a: a.into(),
        b: b.into(),
        options: CompareOptions {
            jobs: 1,
            ..CompareOptions::default()
        },
        select: Select::default(),
        job: Job::default(),
    }
}

impl Compare {
    selects!();

    /// Sessions for each live side.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = jobs.max(1);
        self
    }

    /// Changes options that have no method here.
    pub fn options(mut self, change: impl FnOnce(&mut CompareOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Compares them.
    ///
    /// # Errors
    /// A side cannot be read. Differences are no error: [`CompareReport::is_equal`] tells.
    pub fn run(self) -> Result<CompareReport, Error> {
        let filter = |database: &str| self.select.filter(database);
        let place = |side| match side {
            Side::Archive(archive) => Place::Archive(Arc::clone(&archive.opened)),
            Side::Database(database) => Place::Live(Box::new(database.params.with_stop(&self.job.stop))),
        };
        let (a, b) = (place(self.a), place(self.b));
        Ok(compare::run(&a, &b, &self.options, &filter, &self.job)?)
    }
}
