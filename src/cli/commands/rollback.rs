//! `pgark rollback`

mod args;
mod screen;

use std::io::IsTerminal;
use std::time::Instant;

use jiff::Timestamp;

use crate::cli::options::dump::default_jobs;
use crate::cli::options::hooks;
use crate::cli::options::repository;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::progress_bar::{Display, Shown};
use crate::cli::terminal::{ask, output, signals};
use crate::job::Stop;
use crate::model::ident::sanitize;
use crate::repository::reference::{LATEST, Wanted};
use crate::repository::{Repository, Snapshot};
use crate::snapshot::Undertaking;
use crate::snapshot::rollback::{self, Failed, Method, Rollback, RollbackOptions, RollbackReport};

pub(crate) use args::Args;

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let shown = Shown::default();
    let audit = repository::audit_beside(&repository, &shown).with_hooks(args.hooks.options());
    audit.notifier();
    let params = args.options.params(Some(&args.dbname))?;
    let reference = args.reference.as_deref().unwrap_or(LATEST);
    let mut asked = rollback::asked(&audit, &params, args.reason.as_deref());
    let snapshot = match find(&args, &repository, reference, params.database()) {
        Ok(snapshot) => snapshot,
        Err(failure) => return Err(refused(asked, failure)),
    };
    asked = asked.of(&snapshot);
    let (options, job) = match options(&args).and_then(|options| Ok((options, signals::job()?))) {
        Ok(both) => both,
        Err(failure) => return Err(refused(asked, failure)),
    };
    shown.show(Display::start("rollback", &job, args.quiet));
    let rollback = Rollback::prepare(asked, &snapshot, &params, &options, &job);
    shown.end();
    let mut rollback = rollback?;
    if !args.quiet && !args.json {
        let plan = screen::plan(&snapshot, &rollback.target, rollback.method, Timestamp::now());
        output::told(output::line(plan.trim_end()));
    } else {
        // Without the screen, surprising facts are printed all the same.
        for (_, warning) in screen::remarks(&rollback.target, rollback.method) {
            eprintln!("warning: {}", sanitize(&warning));
        }
    }
    let asks = !args.yes && !args.emergency;
    match asks.then(|| confirmed(params.database(), &job.stop)) {
        None | Some(Ok(true)) => {}
        Some(Ok(false)) => {
            output::told(output::line("not confirmed: nothing was changed"));
            return Ok(Exit::Failed);
        }
        Some(Err(failure)) => {
            rollback.refused(&failure.stopped());
            return Err(failure);
        }
    }
    shown.show(Display::start("rollback", &job, args.quiet));
    let begun = Instant::now();
    let ended = |rollback: &Rollback, result: Result<&RollbackReport, &Failed>| {
        shown.end();
        let safety = match result {
            Ok(report) => report.safety.as_ref(),
            Err(failed) => failed.safety.as_deref(),
        };
        let shown = screen::Shown {
            args: &args,
            repository: &repository,
            snapshot: &snapshot,
            rollback,
            safety: safety.map(|record| record.id.as_str()),
            seconds: begun.elapsed().as_secs_f64(),
        };
        match result {
            Ok(report) => output::told(shown.report(report)),
            Err(failed) => shown.failed(failed),
        }
    };
    let result = match rollback.run(&ended) {
        Ok(report) => Ok(Exit::with_findings(!report.is_clean())),
        Err(failed) => Err(CommandFailure::from(*failed.error)),
    };
    hooks::result(&audit, result)
}

/// Tells history and hooks that the rollback was not begun.
fn refused(asked: Undertaking, failure: CommandFailure) -> CommandFailure {
    asked.refused(&failure.stopped());
    failure
}

fn find(args: &Args, repository: &Repository, reference: &str, database: &str) -> Result<Snapshot, CommandFailure> {
    let wanted = Wanted {
        database: (!args.from_other_database).then_some(database),
        environment: args.environment.as_deref(),
        whole: true,
        ..Wanted::new(reference, Timestamp::now())
    };
    repository::find(repository, &wanted)
}

fn options(args: &Args) -> Result<RollbackOptions, CommandFailure> {
    let smoke_sql = args.smoke_sql.as_ref().map(|path| {
        std::fs::read_to_string(path)
            .map_err(|e| CommandFailure::local(format!("cannot read `{}`: {e}", path.display())))
    });
    Ok(RollbackOptions {
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        method: match args.method.as_str() {
            "swap" => Some(Method::Swap),
            "transaction" => Some(Method::Transaction),
            _ => None,
        },
        smoke_sql: smoke_sql.transpose()?,
        keep_old: args.keep_old,
        accept_differences: args.accept_differences,
    })
}

fn confirmed(database: &str, stop: &Stop) -> Result<bool, CommandFailure> {
    if !std::io::stdin().is_terminal() {
        return Err(CommandFailure::with_hint(
            "a rollback asks first, and standard input is no terminal",
            "`--yes` answers",
        ));
    }
    Ok(ask::line("type the name of the database to go on: ", stop)? == database)
}
