//! Labelled snapshots in a folder.

use std::path::Path;

use jiff::Timestamp;

use crate::dump::DumpOptions;
use crate::error::Error;
use crate::facade::archive::Archive;
use crate::facade::database::Database;
use crate::facade::select::{Select, selects};
use crate::job::Job;
use crate::repository::reference::Wanted;
use crate::repository::{Repository as Opened, Snapshot, Who};
use crate::snapshot::{self, Audit, CreateOptions, Created};

/// Labelled snapshots in a folder, in the name of somebody: what is done is in the history, and the hooks of the repository
/// are run.
pub struct Repository {
    opened: Opened,
    who: Who,
}

impl Repository {
    /// Opens the repository in a folder, or makes one where nothing is yet. `who` is named by the history.
    ///
    /// # Errors
    /// The folder holds something else, or a repository of a format that this version does not know.
    pub fn open_or_create(path: impl AsRef<Path>, who: Who) -> Result<Self, Error> {
        Ok(Self {
            opened: Opened::open_or_create(path.as_ref())?,
            who,
        })
    }

    /// Everything that can be done with it.
    pub fn repository(&self) -> &Opened {
        &self.opened
    }

    /// The snapshots, oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, Error> {
        Ok(self.opened.snapshots()?)
    }

    /// Opens the archive of a snapshot: `latest`, a label, an id, or `DATABASE/REF`. It stays where it is for as long as
    /// the archive is open.
    ///
    /// # Errors
    /// There is no such snapshot, or several databases have one.
    pub fn archive(&self, reference: &str) -> Result<Archive, Error> {
        let found = self.opened.find(&Wanted::new(reference, Timestamp::now()))?;
        let (archive, lease) = self.opened.open_archive(&found.snapshot)?;
        Ok(Archive::leased(archive, lease))
    }

    /// A snapshot that is about to be taken; it begins with [`Take::run`].
    pub fn take<'a>(&'a self, database: &'a Database, label: impl Into<String>) -> Take<'a> {
        let label = label.into();
        Take {
            repository: self,
            database,
            options: CreateOptions {
                label: label.clone(),
                pin: false,
                safety: false,
                timeout: None,
                max_bytes: None,
                check_space: true,
                dump: DumpOptions {
                    label: Some(label),
                    count_rows: true,
                    ..DumpOptions::default()
                },
            },
            select: Select::default(),
            job: Job::default(),
        }
    }
}

/// A snapshot that is about to be taken. By default it is of the whole database, over one session, and the server counts the
/// rows first.
#[must_use = "a snapshot is taken by `run`"]
pub struct Take<'a> {
    repository: &'a Repository,
    database: &'a Database,
    options: CreateOptions,
    select: Select,
    job: Job,
}

impl Take<'_> {
    selects!();

    /// Sessions that read rows; one more asks.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.dump.jobs = jobs.max(1);
        self
    }

    /// Changes options that have no method here.
    pub fn options(mut self, change: impl FnOnce(&mut CreateOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Takes and verifies it.
    ///
    /// # Errors
    /// There is no snapshot then that is taken for complete.
    pub fn run(mut self) -> Result<Created, Error> {
        self.options.dump.described.extend(self.select.described());
        let audit = Audit::new(&self.repository.opened, self.repository.who.clone());
        let params = self.database.params.with_stop(&self.job.stop);
        let filter = |database: &str| self.select.filter(database);
        Ok(snapshot::create(
            &audit,
            &params,
            &self.options,
            &filter,
            &self.job,
            &|_| (),
        )?)
    }
}
