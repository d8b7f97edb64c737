//! `pgark rollback`

mod screen;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::cli::connection::ConnectionOptions;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::hooks::{self, Facts, HookOptions, Hooks};
use crate::cli::progress_bar::Display;
use crate::cli::repo::{self, RepoOptions};
use crate::cli::take::default_jobs;
use crate::cli::{ENVIRONMENT, EXIT_CODES, ask, output, signals};
use crate::codec::Compression;
use crate::connect::{Interrupt, Params};
use crate::dump::{CopyChoice, DumpOptions, ReadOptions};
use crate::model::ident::sanitize;
use crate::progress::Progress;
use crate::repository::reference::{LATEST, Wanted};
use crate::repository::{Action, Event, Outcome, Record, Repository, Snapshot};
use crate::snapshot::rollback::{Fate, Method, Rollback, RollbackOptions};

const HELP: &str = "\
Examples:
  pgark rollback before-migration -d app --repo /backup --reason 'prices were lost'
  pgark rollback before-migration -d app --repo /backup --yes --smoke-sql checks.sql
  pgark rollback -d app --repo /backup --emergency

The state that is replaced is saved first, as a snapshot labelled emergency_pre_rollback: to undo a rollback is to roll
back to that. Until the end, readers and writers see the old state. Then their connections are ended, and new ones see
the new one. In place (`--method transaction`, or where the role may not make databases) writers wait from the moment at
which the present state is saved. A rollback that fails says whether the database is as it was; one that is killed leaves
the old state or the new one, whole, and the next one drops what it left behind.
";

/// Bring a database back to a snapshot
///
/// Verifies the snapshot, shows what would be replaced and asks; saves the present state; restores into a new database
/// beside the old one, compares it with the snapshot, runs smoke checks; then swaps the names. Where no database can be
/// made, restores in place, in one transaction.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{ENVIRONMENT}  PGARK_REPO\n\n{EXIT_CODES}", repo::REFERENCES))]
pub struct Args {
    /// The snapshot [default: the latest of this database]
    #[arg(value_name = "REF")]
    reference: Option<String>,
    /// Database to replace: name, postgres:// URI or "key=value" connection string
    #[arg(
        short = 'd',
        long = "dbname",
        value_name = "CONN",
        required = true,
        help_heading = "Connection"
    )]
    dbname: String,
    #[command(flatten)]
    options: ConnectionOptions,
    #[command(flatten)]
    repo: RepoOptions,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Ask nothing
    #[arg(short = 'y', long)]
    yes: bool,
    /// The latest complete snapshot of the database, without questions
    #[arg(long, conflicts_with = "reference")]
    emergency: bool,
    /// The snapshot is of this environment
    #[arg(long = "env", value_name = "NAME", help_heading = "Repository")]
    environment: Option<String>,
    /// The snapshot may be of a database of another name
    #[arg(long)]
    from_other_database: bool,
    /// How it is replaced: by a swap of names, in one transaction, or whichever can be had
    #[arg(long, value_name = "METHOD", default_value = "auto", value_parser = ["auto", "swap", "transaction"])]
    method: String,
    /// SQL that must hold in the restored database before it takes the place of the old one: every statement must
    /// succeed, and no first column may be false
    #[arg(long, value_name = "FILE")]
    smoke_sql: Option<PathBuf>,
    /// Go on when the restored database differs from the snapshot in something
    #[arg(long)]
    accept_differences: bool,
    /// Keep the database that was replaced, under another name
    #[arg(long)]
    keep_old: bool,
    /// Connections of each step [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    #[command(flatten)]
    hooks: HookOptions,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

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
        jobs: 1,
        compression: Compression::Zstd(1),
        copy_format: CopyChoice::Auto,
        label: None,
        purpose: None,
        environment: None,
        count_rows: true,
        statistics: false,
        role_passwords: false,
        described: Vec::new(),
        read: ReadOptions::default(),
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
