//! `pgark rollback`

mod args;
mod screen;

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hooks::{self, Facts, Hooks};
use crate::cli::progress_bar::Display;
use crate::cli::repo;
use crate::cli::take::default_jobs;
use crate::cli::{ask, output, signals};
use crate::connect::{Interrupt, Params};
use crate::dump::DumpOptions;
use crate::model::ident::sanitize;
use crate::progress::Progress;
use crate::repository::reference::{LATEST, Wanted};
use crate::repository::{Action, Event, Outcome, Record, Repository, Snapshot};
use crate::snapshot::rollback::{Fate, Method, Rollback, RollbackOptions};

pub use args::Args;

pub fn run(args: Args) -> Result<Exit, Failure> {
    let repository = args.repo.open()?;
    let hooks = Hooks::load(repository.storage().root(), &args.hooks);
    let params = args.options.params(Some(&args.dbname))?;
    let reference = args.reference.as_deref().unwrap_or(LATEST);
    let started = Instant::now();
    let mut done = Done::default();
    let (snapshot, result) = match find(&args, &repository, reference, params.database()) {
        Ok(snapshot) => {
            let result = roll_back(&args, &repository, &snapshot, &params, &mut done);
            (Some(snapshot), result)
        }
        Err(failure) => (None, Err(failure)),
    };
    let seconds = started.elapsed().as_secs_f64();
    let (outcome, message) = repo::outcome(&result, |exit: &Option<Exit>| *exit == Some(Exit::Findings));
    if let Ok(None) = result {
        // Declined: nothing was done.
        return Ok(Exit::Failed);
    }
    let said = [Some(message), done.fate.as_ref().map(screen::fate)]
        .into_iter()
        .flatten();
    let saved = done.safety.as_ref().map(|id| format!("the state before is {id}"));
    let said: Vec<String> = said.chain(saved).filter(|part| !part.is_empty()).collect();
    let event = Event {
        why: args.reason.clone(),
        seconds,
        message: said.join("; "),
        ..repo::event(Action::Rollback, outcome, snapshot.as_ref(), Some(&params))
    };
    repo::record(&repository, event);
    let result = result.map(|exit| exit.unwrap_or(Exit::Done));
    let mut facts = Facts::of(hooks::Action::Rollback, &result, seconds);
    facts.snapshot_id = snapshot.map(|s| s.record.id);
    facts.database = Some(params.database().to_owned());
    facts.detail = serde_json::json!({
        "safety_snapshot": done.safety,
        "reason": args.reason,
        "state": done.fate.as_ref().map(screen::state),
    });
    repo::note_hooks(&repository, hooks.after(&facts));
    hooks.result(result)
}

fn find(args: &Args, repository: &Repository, reference: &str, database: &str) -> Result<Snapshot, Failure> {
    let wanted = Wanted {
        database: (!args.from_other_database).then_some(database),
        environment: args.environment.as_deref(),
        whole: true,
        ..Wanted::new(reference, Timestamp::now())
    };
    repo::find(repository, &wanted)
}

/// What is known of a rollback, however it ends.
#[derive(Default)]
struct Done {
    /// The id of the safety snapshot.
    safety: Option<String>,
    /// What has become of the database, where something failed after it was begun.
    fate: Option<Fate>,
}

/// Nothing when it was declined.
fn roll_back(
    args: &Args,
    repository: &Repository,
    snapshot: &Snapshot,
    params: &Params,
    done: &mut Done,
) -> Result<Option<Exit>, Failure> {
    let smoke_sql = args.smoke_sql.as_ref().map(|path| {
        std::fs::read_to_string(path).map_err(|e| Failure::local(format!("cannot read `{}`: {e}", path.display())))
    });
    let options = RollbackOptions {
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        method: match args.method.as_str() {
            "swap" => Some(Method::Swap),
            "transaction" => Some(Method::Transaction),
            _ => None,
        },
        smoke_sql: smoke_sql.transpose()?,
        keep_old: args.keep_old,
        accept_differences: args.accept_differences,
        safety: safety_dump(),
    };
    let interrupt = signals::interrupt()?;
    let progress = Arc::new(Progress::default());
    let display = Display::start("rollback", Arc::clone(&progress), args.quiet);
    let rollback = Rollback::prepare(repository, snapshot, params, &options, &interrupt, &progress);
    drop(display);
    let rollback = rollback?;
    if !args.quiet && !args.json {
        let plan = screen::plan(snapshot, &rollback.target, rollback.method, Timestamp::now());
        output::told(output::line(plan.trim_end()));
    } else {
        // What one would not expect is said all the same.
        for (_, warning) in screen::remarks(&rollback.target, rollback.method) {
            eprintln!("warning: {}", sanitize(&warning));
        }
    }
    if !args.yes && !args.emergency && !confirmed(params.database(), &interrupt)? {
        output::told(output::line("not confirmed: nothing was changed"));
        return Ok(None);
    }
    let begun = Event {
        why: args.reason.clone(),
        message: rollback.method.to_string(),
        ..repo::event(Action::Rollback, Outcome::Begun, Some(snapshot), Some(params))
    };
    repo::record(repository, begun);
    let display = Display::start("rollback", Arc::clone(&progress), args.quiet);
    let begun = Instant::now();
    let mut took = |record: &Record| {
        done.safety = Some(record.id.clone());
        let event = Event {
            snapshot: Some(record.id.clone()),
            seconds: record.seconds,
            why: record.purpose.clone(),
            ..repo::event(Action::Create, Outcome::Done, None, Some(params))
        };
        repo::record(repository, event);
    };
    let result = rollback.run(&mut took);
    drop(display);
    let shown = screen::Shown {
        args,
        repository,
        snapshot,
        rollback: &rollback,
        safety: done.safety.as_deref(),
        seconds: begun.elapsed().as_secs_f64(),
    };
    match result {
        Ok(report) => {
            output::told(shown.report(&report));
            Ok(Some(Exit::with_findings(!report.is_clean())))
        }
        Err(failed) => {
            done.fate = Some(failed.fate.clone());
            Err(shown.failed(failed))
        }
    }
}

fn safety_dump() -> DumpOptions {
    DumpOptions {
        count_rows: true,
        ..DumpOptions::default()
    }
}

fn confirmed(database: &str, interrupt: &Interrupt) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::with_hint(
            "a rollback asks first, and standard input is no terminal",
            "`--yes` answers",
        ));
    }
    Ok(ask::line("type the name of the database to go on: ", interrupt)? == database)
}
