//! Replaces what is in a database by what is in an archive, in one transaction over one session.
//!
//! For targets where no second database can be made. It is slower than a restore over several sessions, and readers of
//! the objects wait for its end. In return, readers see either the old content or the new, and any failure, even of
//! this process, leaves the old.
//!
//! ```text
//! hold: every table and sequence is locked against writers --> the caller archives what is held, over other sessions
//!   --> replace: nobody reads --> nothing has changed since --> drop, restore, analyze --> commit
//! ```
//!
//! So the archive has exactly what is dropped, to the last row. `hold.rs` locks, `place.rs` drops and restores.

mod hold;
mod place;

use std::sync::Arc;

use crate::archive::Archive;
use crate::connect::{Control, Params, Wire};
use crate::job::{Job, Stop};
use crate::plan::restore::fit;
use crate::plan::restore::select::{RestoreFilter, select};
use crate::restore::error::{RestoreError, doing};
use crate::restore::in_place::hold::Holds;
use crate::restore::in_place::place::Transaction;
use crate::restore::load::input::{Input, head};
use crate::restore::options::RestoreOptions;
use crate::restore::search_path::SearchPaths;
use crate::restore::session::connect_both;

pub(crate) use crate::restore::in_place::place::Replaced;

/// A database that nobody but its own transaction can write to. Dropping this changes nothing and lets writers go on.
pub(crate) struct Held {
    wire: Wire,
    /// A session whose snapshot was taken when everything was locked.
    watcher: Control,
    holds: Holds,
}

impl Held {
    /// Begins the transaction and locks all tables and sequences against writers. `new` is the archive that will be
    /// restored.
    ///
    /// # Errors
    /// After any error nothing is locked.
    pub(crate) fn take(params: &Params, new: &Archive, stop: &Stop) -> Result<Self, RestoreError> {
        let options = options();
        let (watcher, mut wire) = connect_both(params, new.source(), &options)?;
        stop.watch(watcher.canceller());
        stop.watch(wire.canceller());
        let holds = Holds::take(&mut wire, &watcher, stop)?;
        Ok(Self { wire, watcher, holds })
    }

    /// Drops what the archive `old` lists, which was made while this was held, and restores `new`.
    ///
    /// # Errors
    /// [`RestoreError::CommitLost`] when it is not known whether the server has committed. After any other error
    /// nothing was changed.
    pub(crate) fn replace(mut self, old: &Archive, new: &Arc<Archive>, job: &Job) -> Result<Replaced, RestoreError> {
        let (source, mut catalog) = head(&mut Input::File(Arc::clone(new)), &options())?;
        let mut selection = select(&catalog, &RestoreFilter::default())?;
        fit::fit(&catalog, &mut selection, self.watcher.server_version()).apply(&mut catalog);
        let paths = SearchPaths::new(&options(), &source, &catalog);
        let mut place = Transaction {
            wire: &mut self.wire,
            catalog: &catalog,
            paths: &paths,
            selection: &selection,
            job,
            replaced: Replaced::default(),
        };
        hold::while_others_give_way(&self.watcher, place.wire.backend_pid(), || {
            job.progress.stage("locking what is there");
            self.holds.keep_readers_away(place.wire, &self.watcher)?;
            self.holds.check_unchanged(place.wire, &self.watcher)?;
            job.progress.stage("dropping what is there");
            place.drop_all(old.catalog(), &self.watcher)
        })?;
        job.progress.stage("restoring in place");
        place.restore(new, self.watcher.server_version())?;
        let mut replaced = std::mem::take(&mut place.replaced);
        if job.stop.by_user() {
            return Err(RestoreError::Interrupted);
        }
        job.progress.stage("analyzing");
        place
            .tried("ANALYZE", None)?
            .map_err(doing("cannot analyze what was restored"))?;
        replaced.search_paths = paths.used();
        job.progress.stage("committing");
        let transaction = transaction_id(&mut self.wire)?;
        self.wire.execute("COMMIT").map_err(|source| match source.is_fatal() {
            true => RestoreError::CommitLost { transaction, source },
            false => doing("cannot commit what was restored")(source),
        })?;
        Ok(replaced)
    }
}

fn options() -> RestoreOptions {
    RestoreOptions {
        jobs: 1,
        ..RestoreOptions::default()
    }
}

/// The number by which the server can tell later whether the transaction was committed.
fn transaction_id(wire: &mut Wire) -> Result<String, RestoreError> {
    let failed = doing("cannot ask for the transaction's number");
    let rows = wire
        .query("SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS id")
        .map_err(&failed)?;
    rows.first()
        .map_or_else(|| Ok(String::new()), |row| row.string("id"))
        .map_err(failed)
}
