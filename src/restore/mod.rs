//! Restores an archive into a database.
//!
//! ```text
//! archive --> select --> check the target --> before (one session, in order)
//!         --> rows + indexes + constraints (N sessions) --> privileges --> refreshes --> event triggers
//! ```
//!
//! `jobs` data sessions and one control session are open. Nothing is changed until the target has
//! been checked: objects that exist, roles, extensions and tablespaces that do not. An archive in
//! a file is read where it is needed; one from a pipe is read once, front to back, and its rows are
//! loaded as they arrive. Every checksum is verified before its bytes reach the server.

pub mod database;
pub mod define;
pub mod error;
pub mod input;
pub mod load;
pub mod preflight;
mod run;
pub mod session;
pub mod target;
mod workers;

use std::collections::HashMap;

use crate::connect::{ConnectError, Control, Interrupt, Params};
use crate::model::entry::EntryId;
use crate::model::{Catalog, Entry, RelationId, Source};
use crate::plan::restore::{LeftOut, RestoreFilter, Selection};
use crate::plan::steps::{self, Steps};
use crate::progress::Progress;
use crate::restore::define::Parts;
use crate::restore::error::{Failure, RestoreError, Skipped};
use crate::restore::input::Input;
use crate::restore::run::Restore;

/// How to restore.
#[derive(Clone, Debug, Default)]
pub struct RestoreOptions {
    /// Data sessions, at least 1.
    pub jobs: usize,
    pub filter: RestoreFilter,
    pub create: bool,
    pub clean: bool,
    pub if_exists: bool,
    pub owners: bool,
    pub privileges: bool,
    pub exit_on_error: bool,
}

/// What a restore did.
#[derive(Debug, Default)]
pub struct RestoreReport {
    pub database: String,
    pub entries: u64,
    pub relations: u64,
    pub rows: u64,
    pub raw_bytes: u64,
    pub failures: Vec<Failure>,
    pub skipped: Vec<Skipped>,
    /// Matched, but not without something that was not chosen or is not there: (what, what it needs).
    pub left_out: Vec<(String, String)>,
    pub not_covered: Vec<crate::model::NotCovered>,
    /// What a partial archive lacks.
    pub partial: Vec<crate::model::Missing>,
}

impl RestoreReport {
    /// Everything that was chosen is there.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.skipped.is_empty()
    }
}

/// What a restore would do, resolved against the target.
#[derive(Debug)]
pub struct RestorePlan {
    pub source: Source,
    pub catalog: Catalog,
    pub selection: Selection,
    pub steps: Steps,
    pub conflicts: Vec<EntryId>,
    pub missing: Vec<crate::model::entry::Requirement>,
    /// Tables that a data-only restore needs and the target lacks.
    pub missing_tables: Vec<String>,
    pub database: String,
    pub weights: HashMap<RelationId, u64>,
}

/// Checks and prints nothing, changes nothing.
pub fn plan(input: &mut Input, params: &Params, options: &RestoreOptions) -> Result<RestorePlan, RestoreError> {
    let (source, catalog) = input.catalog()?;
    let control = connect(params, options)?;
    let prepared = preflight::check(&control, input, &catalog, options)?;
    let database = if options.create {
        source.database.clone()
    } else {
        database::current(&control)?
    };
    Ok(RestorePlan {
        source,
        database,
        steps: steps::build(&catalog, &prepared.selection, &prepared.weights),
        selection: prepared.selection,
        // A database that is yet to be made has nothing.
        conflicts: if options.create { Vec::new() } else { prepared.conflicts },
        missing: prepared.missing,
        missing_tables: prepared.missing_tables,
        weights: prepared.weights,
        catalog,
    })
}

/// Restores; findings are in the report, an error means that it did not run to its end.
pub fn run(
    mut input: Input,
    params: &Params,
    options: &RestoreOptions,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<RestoreReport, RestoreError> {
    progress.stage("reading the archive's catalog");
    let (source, catalog) = input.catalog()?;
    progress.stage("checking the target");
    let mut control = connect(params, options)?;
    if options.create {
        // Refuse before the database is made: everything but the conflicts is the same there.
        preflight::check(&control, &input, &catalog, options)?.refuse(&catalog, true)?;
        control = database::create(&control, params, &source, options)?;
    }
    interrupt.watch(control.canceller());
    let prepared = preflight::check(&control, &input, &catalog, options)?;
    prepared.refuse(&catalog, options.clean)?;
    let mut restore = Restore {
        catalog: &catalog,
        source: &source,
        options,
        interrupt,
        progress,
        parts: Parts {
            owners: options.owners,
            privileges: options.privileges,
        },
        report: RestoreReport {
            database: database::current(&control)?,
            ..RestoreReport::default()
        },
        lost: HashMap::new(),
    };
    restore.report.not_covered = catalog.not_covered.clone();
    restore.report.partial = catalog.partial.clone();
    restore.report.left_out = prepared.selection.left_out.iter().map(|l| names(&catalog, l)).collect();
    let result = restore.run(&control, input, &prepared.selection, &prepared.weights);
    match result {
        _ if interrupt.by_user() => Err(RestoreError::Interrupted),
        Ok(()) => Ok(restore.report),
        Err(error) => Err(error),
    }
}

fn names(catalog: &Catalog, left_out: &LeftOut) -> (String, String) {
    let entry = catalog.entry(left_out.entry);
    (entry.map_or_else(String::new, Entry::label), left_out.missing.clone())
}

fn connect(params: &Params, options: &RestoreOptions) -> Result<Control, RestoreError> {
    let control = Control::connect(params).map_err(|source| RestoreError::Connect {
        server: params.describe(),
        source,
    })?;
    let version = control.server_version();
    if version / 10_000 < session::OLDEST_MAJOR {
        let version = (version / 10_000).to_string();
        return Err(RestoreError::UnsupportedServer {
            version,
            oldest: session::OLDEST_MAJOR,
        });
    }
    for statement in session::settings(version, options.jobs) {
        control
            .execute(&statement)
            .map_err(doing("cannot set up the session"))?;
    }
    Ok(control)
}

/// Wraps a connection error with what was being done.
pub(crate) fn doing(what: &str) -> impl Fn(ConnectError) -> RestoreError + '_ {
    move |source| RestoreError::Server {
        doing: what.to_owned(),
        source,
    }
}
