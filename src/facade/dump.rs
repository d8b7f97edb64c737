//! A database to an archive.

use std::io::Write;
use std::path::Path;

use crate::archive::PartialFile;
use crate::dump::{self, DumpError, DumpOptions, DumpReport};
use crate::error::Error;
use crate::facade::database::Database;
use crate::facade::select::{Select, selects};
use crate::job::Job;

/// A dump that is about to be. By default it takes everything, over one session.
#[must_use = "a dump begins with `to_file` or `to_writer`"]
pub struct Dump<'a> {
    database: &'a Database,
    options: DumpOptions,
    select: Select,
    replace: bool,
    job: Job,
}

impl Database {
    /// A dump of this database, which begins with [`Dump::to_file`].
    pub fn dump(&self) -> Dump<'_> {
        Dump::new(self)
    }
}

impl<'a> Dump<'a> {
    fn new(database: &'a Database) -> Self {
        Self {
            database,
            options: DumpOptions::default(),
            select: Select::default(),
            replace: false,
            job: Job::default(),
        }
    }

    selects!();

    /// Sessions that read rows; one more asks.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = jobs.max(1);
        self
    }

    /// A label of the archive.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.options.label = Some(label.into());
        self
    }

    /// Changes options that have no method here.
    pub fn options(mut self, change: impl FnOnce(&mut DumpOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Takes the place of a file that is there already, in the moment in which the new one is complete.
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// Dumps into a file, which has its name when it is complete and durable, and not before.
    ///
    /// # Errors
    /// There is no file then. One that is there already is an error without [`Dump::replace`].
    pub fn to_file(self, path: impl AsRef<Path>) -> Result<DumpReport, Error> {
        let file = PartialFile::create(path.as_ref(), self.replace)?;
        let replace = self.replace;
        let job = self.job.clone();
        let report = self.into_sink(|| file.sink())?;
        if job.stop.by_user() {
            return Err(DumpError::Interrupted.into());
        }
        file.commit(replace)?;
        Ok(report)
    }

    /// Dumps into something else, which holds a whole archive when this returns well.
    ///
    /// # Errors
    /// What was written by then is no archive.
    pub fn to_writer(self, writer: impl Write + Send + 'static) -> Result<DumpReport, Error> {
        self.into_sink(|| Ok(Box::new(writer)))
    }

    fn into_sink(
        mut self,
        sink: impl FnOnce() -> Result<Box<dyn Write + Send>, crate::archive::ArchiveError>,
    ) -> Result<DumpReport, Error> {
        self.options.described.extend(self.select.described());
        let filter = |database: &str| self.select.filter(database);
        let params = self.database.params.with_stop(&self.job.stop);
        let report = dump::run(&params, &self.options, &filter, sink, &self.job)?;
        Ok(report)
    }
}
