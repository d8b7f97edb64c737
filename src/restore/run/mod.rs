//! One restore from its beginning to its end.
//!
//! [`phases`] runs what changes the target over the sessions of a [`crew`], to which [`feed`] gives the rows.

mod analyze;
mod crew;
mod feed;
mod phases;

use crate::connect::{Interrupt, Params};
use crate::model::{Catalog, Kind};
use crate::plan::restore::LeftOut;
use crate::progress::Progress;
use crate::restore::check::misfits::Misfits;
use crate::restore::check::preflight;
use crate::restore::database;
use crate::restore::error::RestoreError;
use crate::restore::failure::{Failure, name};
use crate::restore::globals::{self, Globals};
use crate::restore::load::input::{Input, head};
use crate::restore::options::RestoreOptions;
use crate::restore::record::journal::{Done, Journal};
use crate::restore::record::resume;
use crate::restore::report::RestoreReport;
use crate::restore::run::phases::Restore;
use crate::restore::search_path::{self, SearchPaths};
use crate::restore::session::{connect, session_of};

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
    let mut of_server = None;
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
        of_server = Some(own);
    }
    if options.create {
        control = database::create(&control, params, &source, &catalog, options, &journal)?;
        earlier = resume::earlier(&control, &journal, options)?;
        let settings = Kind::DatabaseSettings;
        globals::define_database(&control, &source, &catalog, options, settings, &mut report)?;
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
            globals::define_database(&control, &source, &catalog, options, Kind::Database, &mut report)?;
        }
        of_server.map_or(Ok(()), |globals| globals.finish(&mut report))?;
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

fn names(catalog: &Catalog, left_out: &LeftOut) -> (String, String) {
    (name(catalog, left_out.entry), left_out.missing.clone())
}
