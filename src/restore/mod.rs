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
//! loaded as they arrive. Every checksum is verified before its bytes reach the server. What is done is recorded in
//! the target (`journal.rs`), so that a restore that did not end can go on; the sessions of the one before are
//! ended first (`alone.rs`).

mod ahead;
mod alone;
mod analyze;
pub mod damaged;
pub mod database;
pub mod define;
pub mod error;
pub mod forecast;
mod globals;
pub mod in_place;
pub mod input;
mod journal;
mod large_objects;
pub mod load;
mod misfits;
pub mod needs;
pub mod preflight;
mod resume;
pub mod rows;
mod run;
mod search_path;
pub mod session;
pub mod statements;
pub mod target;
mod triggers;
mod workers;

use std::collections::HashMap;

use crate::connect::{ConnectError, Control, Interrupt, Mark, Params, Wire, mark};
use crate::model::entry::EntryId;
use crate::model::{Catalog, Entry, Kind, RelationId, SequenceState, Source, ident};
use crate::plan::missing::{SkipMissing, Spared};
use crate::plan::restore::{LeftOut, RestoreFilter, Selection};
use crate::plan::role_map::RoleMap;
use crate::plan::steps::{self, Steps};
use crate::progress::Progress;
use crate::restore::damaged::DamagedChunk;
use crate::restore::error::{Failure, RestoreError, Skipped};
use crate::restore::forecast::Forecast;
use crate::restore::globals::Globals;
use crate::restore::input::Input;
use crate::restore::journal::{Done, Journal};
use crate::restore::needs::Need;
use crate::restore::run::Restore;
use crate::restore::search_path::SearchPaths;

pub use misfits::Misfits;

/// The encoding of databases that declare none.
const UNTYPED: &str = "SQL_ASCII";

/// How to restore.
#[derive(Clone, Debug, Default)]
pub struct RestoreOptions {
    /// `SET ROLE` in every session, before anything else.
    pub role: Option<String>,
    /// Data sessions, at least 1.
    pub jobs: usize,
    pub filter: RestoreFilter,
    pub create: bool,
    pub clean: bool,
    pub if_exists: bool,
    /// Put back the archive's planner statistics.
    pub statistics: bool,
    /// ANALYZE what was restored, instead of putting statistics back.
    pub analyze: bool,
    pub exit_on_error: bool,
    /// Leave out chunks that cannot be read, and load the rest.
    pub skip_damaged: bool,
    /// Load rows without triggers and checks of foreign keys; for rows alone.
    pub disable_triggers: bool,
    /// Also what belongs to the server, before everything else.
    pub globals: bool,
    pub role_map: RoleMap,
    /// Go on with a restore that did not end.
    pub resume: bool,
    /// Keep the record where something failed that can be mended, so that a run with `resume` does that.
    pub keep_record: bool,
    /// Go on without what the target cannot have, and without what needs that.
    pub skip_missing: SkipMissing,
    /// Names in functions that definitions and rows call are found by this `search_path`.
    pub search_path: Option<String>,
}

/// What a restore did.
#[derive(Debug, Default)]
pub struct RestoreReport {
    pub database: String,
    pub globals: u64,
    pub entries: u64,
    pub relations: u64,
    pub large_objects: u64,
    pub rows: u64,
    pub raw_bytes: u64,
    /// What earlier runs of the same restore had done.
    pub resumed: Resumed,
    pub failures: Vec<Failure>,
    pub skipped: Vec<Skipped>,
    /// What the target cannot have, and what needs that: left out as asked.
    pub spared: Vec<Spared>,
    /// Chunks that could not be read and were left out as asked.
    pub damaged: Vec<DamagedChunk>,
    /// Matched, but not without something that was not chosen or is not there: (what, what it needs).
    pub left_out: Vec<(String, String)>,
    pub not_covered: Vec<crate::model::NotCovered>,
    /// What a partial archive lacks.
    pub partial: Vec<crate::model::Missing>,
    pub misfits: Misfits,
    /// What was made under another `search_path`, because a function needs one: (what, the path).
    pub search_paths: Vec<(String, String)>,
    /// The record of the restore was kept: a run with `resume` does what failed, once its cause is mended.
    pub resumable: bool,
    /// What went otherwise than was asked for, and changed nothing in the result.
    pub warnings: Vec<String>,
}

/// What a restore found done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resumed {
    pub entries: u64,
    /// Of tables.
    pub rows: u64,
}

impl RestoreReport {
    /// Everything that was chosen is there.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
            && self.skipped.is_empty()
            && self.damaged.is_empty()
            && self.misfits.is_empty()
            && self.spared.is_empty()
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
    /// What else the chosen entries need and the target lacks.
    pub needs: Vec<Need>,
    pub database: String,
    pub weights: HashMap<RelationId, u64>,
    pub misfits: Misfits,
    /// What is left out as asked.
    pub spared: Vec<Spared>,
    pub forecast: Forecast,
}

/// Checks and prints nothing, changes nothing.
pub fn plan(input: &mut Input, params: &Params, options: &RestoreOptions) -> Result<RestorePlan, RestoreError> {
    let (source, mut catalog) = head(input, options)?;
    let control = connect(params, options)?;
    let of_globals = globals::adapt(&control, &mut catalog, options)?;
    let mut prepared = preflight::check(&control, input, &catalog, options, &catalog.globals, &Done::default())?;
    let misfits = Misfits::new(of_globals, &prepared.fitted, &catalog, control.server_version());
    prepared.fitted.apply(&mut catalog);
    prepared.rest.apply(&mut catalog);
    let database = if options.create {
        source.database.clone()
    } else {
        database::current(&control)?
    };
    let mut forecast = forecast::ask(&control, options, &source, &catalog, &prepared)?;
    if !options.create && !options.clean {
        let journal = Journal::new(input.id(), options);
        forecast.refusals.extend(resume::stands_in_the_way(&control, &journal)?);
    }
    Ok(RestorePlan {
        forecast,
        source,
        database,
        steps: steps::build(&catalog, &prepared.selection, &prepared.weights),
        selection: prepared.selection,
        // A database that is yet to be made has nothing.
        conflicts: if options.create { Vec::new() } else { prepared.conflicts },
        missing: prepared.missing,
        missing_tables: prepared.missing_tables,
        needs: prepared.needs,
        weights: prepared.weights,
        misfits,
        spared: prepared.rest.spared,
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
    if options.skip_damaged && input.archive().is_none() {
        return Err(RestoreError::DamageInPipe);
    }
    progress.stage("reading the archive's catalog");
    let (source, mut catalog) = head(&mut input, options)?;
    progress.stage("checking the target");
    let mut control = connect(params, options)?;
    let of_globals = globals::adapt(&control, &mut catalog, options)?;
    search_path::check(options, |sql| control.execute(sql))?;
    let mut report = RestoreReport::default();
    let journal = Journal::new(input.id(), options);
    let nothing = Done::default();
    let mut earlier = match options.create {
        true => None,
        false => resume::earlier(&control, &journal, options)?,
    };
    if options.create || options.globals {
        // Refuse before anything is made: in a new database everything but the conflicts is the same.
        let done = earlier.as_ref().unwrap_or(&nothing);
        let mut prepared = preflight::check(&control, &input, &catalog, options, &catalog.globals, done)?;
        prepared.refuse(&catalog, options.create || options.clean)?;
        // The database is made before the next look at the target.
        report.spared = prepared.rest.of_database(&mut catalog);
    }
    let mut globals = None;
    if options.globals {
        progress.stage("restoring globals");
        interrupt.watch(control.canceller());
        let mut own = Globals::new(
            session_of(&control, &source, options)?,
            &control,
            std::mem::take(&mut catalog.globals),
            options,
        )?;
        own.restore(&mut report)?;
        globals = Some(own);
    }
    if options.create {
        control = database::create(&control, params, &source, &catalog, options, &journal)?;
        earlier = resume::earlier(&control, &journal, options)?;
        let settings = Kind::DatabaseSettings;
        define_database(&control, &source, &catalog, options, settings, &mut report)?;
    }
    interrupt.watch(control.canceller());
    let done = earlier.as_ref().unwrap_or(&nothing);
    let mut prepared = preflight::check(&control, &input, &catalog, options, &[], done)?;
    let would_repeat = prepared.selection.rows_alone(&catalog) || !options.clean && !prepared.conflicts.is_empty();
    if options.resume && earlier.is_none() && would_repeat {
        return Err(RestoreError::NothingToResume);
    }
    prepared
        .refuse(&catalog, options.clean)
        .map_err(|cause| because_of_globals(cause, &report))?;
    let journal = match &earlier {
        Some(_) => Some(journal),
        None => resume::begin(&control, journal, &prepared.selection)?,
    };
    let misfits = Misfits::new(of_globals, &prepared.fitted, &catalog, control.server_version());
    let because = |id| format!("PostgreSQL {} cannot hold {}", misfits.major, name(&catalog, id));
    let lost = prepared.fitted.lost().map(|(id, needs)| (id, because(needs)));
    let lost = lost.chain(std::mem::take(&mut prepared.rest.lost)).collect();
    prepared.fitted.apply(&mut catalog);
    prepared.rest.apply(&mut catalog);
    report.spared.append(&mut prepared.rest.spared);
    let paths = SearchPaths::new(options, &source, &catalog);
    let mut restore = Restore {
        catalog: &catalog,
        paths: &paths,
        source: &source,
        options,
        interrupt,
        progress,
        journal: journal.as_ref(),
        done,
        report: RestoreReport {
            database: database::current(&control)?,
            ..report
        },
        lost,
    };
    restore.report.misfits = misfits;
    restore.report.not_covered = catalog.not_covered.clone();
    restore.report.partial = catalog.partial.clone();
    restore.report.left_out = prepared.selection.left_out.iter().map(|l| names(&catalog, l)).collect();
    let result = restore.run(&control, input, &prepared.selection, &prepared.weights);
    let mut report = restore.report;
    let ended = result.and_then(|()| {
        if interrupt.by_user() {
            return Err(RestoreError::Interrupted);
        }
        if options.create {
            define_database(&control, &source, &catalog, options, Kind::Database, &mut report)?;
        }
        globals.map_or(Ok(()), |globals| globals.finish(&mut report))?;
        match &journal {
            Some(_) if options.keep_record && report.failures.iter().any(Failure::is_of_path) => {
                report.resumable = true;
            }
            Some(journal) => resume::end(&control, journal, &mut report)?,
            None => {}
        }
        Ok(())
    });
    match ended {
        Ok(()) => Ok(report),
        Err(cause) => {
            let cause = if interrupt.by_user() {
                RestoreError::Interrupted
            } else {
                cause
            };
            Err(match journal {
                Some(_) => RestoreError::Resumable(Box::new(cause)),
                None => cause,
            })
        }
    }
}

/// What is said of a database that this restore made: its settings before the sessions of the restore
/// begin, so that they have them; owner, limits and privileges when everything is in it.
fn define_database(
    control: &Control,
    source: &Source,
    catalog: &Catalog,
    options: &RestoreOptions,
    kind: Kind,
    report: &mut RestoreReport,
) -> Result<(), RestoreError> {
    let mut wire = session_of(control, source, options)?;
    for entry in catalog.entries.iter().filter(|e| e.kind == kind) {
        globals::each(&mut wire, entry, options, report)?;
        report.entries += 1;
    }
    Ok(())
}

fn because_of_globals(cause: RestoreError, report: &RestoreReport) -> RestoreError {
    match report.failures.first() {
        Some(first) => RestoreError::Globals {
            cause: Box::new(cause),
            count: report.failures.len(),
            first: Box::new(first.clone()),
        },
        None => cause,
    }
}

/// One more session like the control session's.
fn session_of(control: &Control, source: &Source, options: &RestoreOptions) -> Result<Wire, RestoreError> {
    // Definitions are sent as they were read: as bytes from where no encoding is declared.
    let encoding = if source.encoding == UNTYPED { UNTYPED } else { "UTF8" };
    let params = control.params().with_client_encoding(encoding);
    let (mut wire, _) = open(&params, control.server_version(), options)?;
    if options.disable_triggers {
        wire.execute(triggers::DISABLE)
            .map_err(doing("cannot disable triggers"))?;
    }
    Ok(wire)
}

/// What the archive holds, without the parts of its entries that are not wanted.
fn head(input: &mut Input, options: &RestoreOptions) -> Result<(Source, Catalog), RestoreError> {
    let (source, mut catalog) = input.catalog()?;
    let without = &options.filter.without;
    catalog.globals.retain(|entry| !without.kind(entry.kind));
    for entry in catalog.globals.iter_mut().chain(&mut catalog.entries) {
        without.strip(entry);
    }
    catalog.not_covered.retain(|kind| !without.uncarried(&kind.kind));
    Ok((source, catalog))
}

/// The call that puts a sequence where it stood.
fn setval(state: &SequenceState) -> String {
    let name = ident::quote_literal(&ident::qualified(&state.schema, &state.name));
    format!(
        "SELECT pg_catalog.setval({name}, {}, {})",
        state.last_value, state.is_called
    )
}

fn names(catalog: &Catalog, left_out: &LeftOut) -> (String, String) {
    (name(catalog, left_out.entry), left_out.missing.clone())
}

fn name(catalog: &Catalog, id: EntryId) -> String {
    catalog.entry(id).map_or_else(String::new, Entry::label)
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
    let own = Mark::default();
    set_up(&own, version, options, |sql| control.execute(sql))?;
    let (mut other, others) = open(control.params(), version, options)?;
    mark::check((&control, &own), (&mut other, &others)).map_err(doing("cannot keep the session"))?;
    refuse_standby(&control)?;
    Ok(control)
}

/// One data session, with the mark that it has.
fn open(params: &Params, version: u32, options: &RestoreOptions) -> Result<(Wire, Mark), RestoreError> {
    let mut wire = Wire::connect(params).map_err(|source| RestoreError::Connect {
        server: params.describe(),
        source,
    })?;
    let mark = Mark::default();
    set_up(&mark, version, options, |sql| wire.execute(sql))?;
    Ok((wire, mark))
}

fn set_up(
    mark: &Mark,
    version: u32,
    options: &RestoreOptions,
    execute: impl FnOnce(&str) -> Result<(), ConnectError>,
) -> Result<(), RestoreError> {
    execute(&session::message(version, options, mark)).map_err(|source| match (&options.role, source.sqlstate()) {
        // It does not exist; the session may not become it.
        (Some(role), Some("22023" | "42501")) => RestoreError::Role {
            role: role.clone(),
            source,
        },
        _ => doing("cannot set up the session")(source),
    })
}

fn refuse_standby(control: &Control) -> Result<(), RestoreError> {
    let failed = doing("cannot ask for the server's state");
    let rows = control
        .query("SELECT pg_catalog.pg_is_in_recovery() AS standby")
        .map_err(&failed)?;
    match rows.first().map(|row| row.bool("standby")).transpose() {
        Ok(Some(true)) => Err(RestoreError::Standby),
        Ok(_) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Wraps a connection error with what was being done.
pub(crate) fn doing(what: &str) -> impl Fn(ConnectError) -> RestoreError + '_ {
    move |source| RestoreError::Server {
        doing: what.to_owned(),
        source,
    }
}
