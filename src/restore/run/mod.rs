//! One restore from its beginning to its end.
//!
//! ```text
//! ground: globals, the database --> check the target --> begin the record --> phases --> finish: the database's owner
//!                                                                                 and limits, last globals, the record
//! ```
//!
//! [`phases`] changes the target over the sessions of a [`crew`], to which [`feed`] gives the rows. [`state`] decides
//! what the crew does next; the one [`account`] lists the results.

pub(super) mod account;
mod analyze;
mod crew;
mod feed;
mod phases;
mod state;

use crate::connect::{Control, Params};
use crate::job::Job;
use crate::model::{Catalog, Kind, Source};
use crate::plan::restore::fit::Misfit;
use crate::plan::restore::missing::Spared;
use crate::restore::check::misfits::Misfits;
use crate::restore::check::preflight::{self, Prepared};
use crate::restore::database;
use crate::restore::error::RestoreError;
use crate::restore::failure::{Failure, name};
use crate::restore::globals::{self, Globals};
use crate::restore::load::input::{Input, head};
use crate::restore::options::RestoreOptions;
use crate::restore::record::journal::{Done, Journal};
use crate::restore::record::resume;
use crate::restore::report::RestoreReport;
use crate::restore::run::account::Account;
use crate::restore::run::phases::Restore;
use crate::restore::search_path::{self, SearchPaths};
use crate::restore::session::{connect, session_of};

/// What exists when the restore of the content begins.
struct Ground<'o> {
    /// Connected to the database that is restored into.
    control: Control,
    /// What earlier runs of the same restore have done.
    earlier: Option<Done>,
    /// Globals whose last part is still to be restored.
    of_server: Option<Globals<'o>>,
    /// What is left out of the database's own settings and privileges.
    spared: Vec<Spared>,
}

/// Restores. Findings are in the report; an error means that the restore did not run to its end.
pub fn run(
    mut input: Input,
    params: &Params,
    options: &RestoreOptions,
    job: &Job,
) -> Result<RestoreReport, RestoreError> {
    if options.skip_damaged && input.archive().is_none() {
        return Err(RestoreError::DamageInPipe);
    }
    job.progress.stage("reading the archive's catalog");
    let (source, mut catalog) = head(&mut input, options)?;
    job.progress.stage("checking the target");
    let control = connect(params, options)?;
    let of_globals = globals::adapt(&control, &mut catalog, options)?;
    search_path::check(options, |sql| control.execute(sql))?;
    let journal = Journal::new(input.id(), options);
    let mut account = Account::new(options.exit_on_error);
    let making = Making {
        input: &input,
        params,
        source: &source,
        options,
        journal: &journal,
        job,
    };
    let ground = making.ground(control, &mut catalog, &mut account)?;
    let control = &ground.control;
    job.stop.watch(control.canceller());
    let nothing = Done::default();
    let done = ground.earlier.as_ref().unwrap_or(&nothing);
    let mut prepared = preflight::check(control, &input, &catalog, options, &[], done)?;
    let would_repeat = prepared.selection.rows_alone(&catalog) || !options.clean && !prepared.conflicts.is_empty();
    if options.resume && ground.earlier.is_none() && would_repeat {
        return Err(RestoreError::NothingToResume);
    }
    prepared
        .refuse(&catalog, options.clean)
        .map_err(|cause| because_of_globals(cause, &account))?;
    let journal = match &ground.earlier {
        Some(_) => Some(journal),
        None => resume::begin(control, journal, &prepared.selection)?,
    };
    let misfits = leave_out(control, of_globals, &mut prepared, &mut catalog, &mut account);
    let paths = SearchPaths::new(options, &source, &catalog);
    let left_out = prepared.selection.left_out.iter();
    let left_out = left_out.map(|left_out| (name(&catalog, left_out.entry), left_out.missing.clone()));
    let report = RestoreReport {
        database: database::current(control)?,
        spared: ground.spared.into_iter().chain(prepared.rest.spared).collect(),
        misfits,
        not_covered: catalog.not_covered.clone(),
        partial: catalog.partial.clone(),
        left_out: left_out.collect(),
        ..RestoreReport::default()
    };
    let mut restore = Restore {
        catalog: &catalog,
        paths: &paths,
        source: &source,
        options,
        job,
        journal: journal.as_ref(),
        done,
        report,
        account,
    };
    let result = restore.run(control, input, &prepared.selection, &prepared.weights);
    let (mut report, mut account) = (restore.report, restore.account);
    let ended = result.and_then(|()| {
        if job.stop.by_user() {
            return Err(RestoreError::Interrupted);
        }
        if options.create {
            globals::define_database(control, &source, &catalog, options, Kind::Database, &mut account)?;
        }
        ground
            .of_server
            .map_or(Ok(()), |globals| globals.finish(&mut account))?;
        match &journal {
            Some(_) if options.keep_record && account.failures.iter().any(Failure::is_of_path) => {
                report.resumable = true;
            }
            Some(journal) => resume::end(control, journal, &mut account)?,
            None => {}
        }
        Ok(())
    });
    match ended {
        Ok(()) => {
            report.take(account);
            Ok(report)
        }
        Err(cause) => {
            let cause = if job.stop.by_user() {
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

/// What is needed to make the ground.
struct Making<'a, 'o> {
    input: &'a Input,
    params: &'a Params,
    source: &'a Source,
    options: &'o RestoreOptions,
    journal: &'a Journal,
    job: &'a Job,
}

impl<'o> Making<'_, 'o> {
    /// Restores globals and makes the database, as far as that is asked for.
    fn ground(
        &self,
        control: Control,
        catalog: &mut Catalog,
        account: &mut Account,
    ) -> Result<Ground<'o>, RestoreError> {
        let Self { options, journal, .. } = *self;
        let earlier = match options.create {
            true => None,
            false => resume::earlier(&control, journal, options)?,
        };
        let mut ground = Ground {
            control,
            earlier,
            of_server: None,
            spared: Vec::new(),
        };
        if options.create || options.globals {
            // Refuse before anything is made. The later check in the new database differs only in conflicts.
            let nothing = Done::default();
            let done = ground.earlier.as_ref().unwrap_or(&nothing);
            let mut prepared = preflight::check(&ground.control, self.input, catalog, options, &catalog.globals, done)?;
            prepared.refuse(catalog, options.create || options.clean)?;
            // The database is made before the target is checked again.
            ground.spared = prepared.rest.of_database(catalog);
        }
        if options.globals {
            self.job.progress.stage("restoring globals");
            self.job.stop.watch(ground.control.canceller());
            let wire = session_of(&ground.control, self.source, options)?;
            let mut own = Globals::new(wire, &ground.control, std::mem::take(&mut catalog.globals), options)?;
            own.restore(account)?;
            ground.of_server = Some(own);
        }
        if options.create {
            ground.control = database::create(&ground.control, self.params, self.source, catalog, options, journal)?;
            ground.earlier = resume::earlier(&ground.control, journal, options)?;
            let settings = Kind::DatabaseSettings;
            globals::define_database(&ground.control, self.source, catalog, options, settings, account)?;
        }
        Ok(ground)
    }
}

/// Reduces the catalog to what the target can have, and notes in the account what is left out.
fn leave_out(
    control: &Control,
    of_globals: Vec<Misfit>,
    prepared: &mut Prepared,
    catalog: &mut Catalog,
    account: &mut Account,
) -> Misfits {
    let misfits = Misfits::new(of_globals, &prepared.fitted, catalog, control.server_version());
    let because = |id| format!("PostgreSQL {} cannot hold {}", misfits.major, name(catalog, id));
    account.leave_out(prepared.fitted.lost().map(|(id, needs)| (id, because(needs))));
    account.leave_out(std::mem::take(&mut prepared.rest.lost));
    prepared.fitted.apply(catalog);
    prepared.rest.apply(catalog);
    misfits
}

fn because_of_globals(cause: RestoreError, account: &Account) -> RestoreError {
    match account.failures.first() {
        Some(first) => RestoreError::Globals {
            cause: Box::new(cause),
            count: account.failures.len(),
            first: Box::new(first.clone()),
        },
        None => cause,
    }
}
