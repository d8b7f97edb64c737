//! `pgark drill`

mod screen;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::commands::demo::{find_programs, params_of};
use crate::cli::options::connection::ConnectionOptions;
use crate::cli::options::dump::default_jobs;
use crate::cli::options::hooks;
use crate::cli::options::hooks::HookArgs;
use crate::cli::options::repository;
use crate::cli::options::repository::{OfOptions, RepoOptions};
use crate::cli::options::{connection, reading};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};
use crate::cli::terminal::progress_bar::{Display, Shown};
use crate::cli::terminal::{output, signals};
use crate::compare::Ignore;
use crate::connect::Params;
use crate::job::Stop;
use crate::repository::reference::LATEST;
use crate::repository::{Repository, Snapshot};
use crate::server::{Programs, Server, ServerOptions};
use crate::snapshot::drill::{self, DrillOptions, Drilled};
use crate::snapshot::{Audit, Undertaking};
use crate::version::Version;

const HELP: &str = "\
Examples:
  pgark drill latest --repo /backup -d postgres
  pgark drill --all --repo /backup --throwaway
  pgark drill before-migration --repo /backup --throwaway --smoke-sql checks.sql
  pgark drill --repo /backup -d 'host=spare dbname=postgres' --timeout 2h --on-failure 'mail -s drill ops@example.com'

The server needs room for the database. Everything else on it stays as it is: the drill makes a database of its own,
`pgark_drill_..`, and drops it, also after a failure and after Ctrl-C. A smoke check is a statement that must succeed,
and whose rows must not begin with a false or NULL boolean; each runs by itself, in a read-only session. Exit code 0 is
proven, 3 not proven, 1 that the drill could not be run. The report is kept in the repository, under drills/.
";

/// Prove that a snapshot restores: a trial restore into a scratch database, compared with the snapshot
///
/// Restores, compares the digests of all rows and all definitions, runs smoke checks, times it, drops the scratch
/// database and records a report.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{ENVIRONMENT}  PGARK_REPO\n\n{EXIT_CODES}", repository::REFERENCES))]
pub(crate) struct Args {
    /// The snapshot [default: latest]
    #[arg(value_name = "REF")]
    reference: Option<String>,
    /// The latest snapshot of each database, one after the other
    #[arg(long, conflicts_with_all = ["reference", "of_database", "of_environment"])]
    all: bool,
    /// Server to drill on: a database on it that is connected to only, e.g. postgres; a URI or connection string
    #[arg(
        short = 'd',
        long = "dbname",
        value_name = "CONN",
        required_unless_present = "throwaway",
        help_heading = "Connection"
    )]
    dbname: Option<String>,
    #[command(flatten)]
    options: ConnectionOptions,
    /// Drill on a server of its own that is started for it and removed afterwards
    #[arg(long, conflicts_with_all = ["dbname", "host", "port", "username"])]
    throwaway: bool,
    /// Major version of the throwaway server, 13 to 18 [default: that of the snapshot]
    #[arg(long, value_name = "MAJOR", requires = "throwaway", value_parser = clap::value_parser!(u32).range(majors()))]
    server: Option<u32>,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// SQL that must hold in the restored database
    #[arg(long, value_name = "FILE")]
    smoke_sql: Option<PathBuf>,
    /// Do not restore and compare owners
    #[arg(short = 'O', long)]
    no_owner: bool,
    /// Do not restore and compare privileges
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    no_privileges: bool,
    /// Keep the scratch database, to look at
    #[arg(long, conflicts_with = "throwaway")]
    keep_database: bool,
    /// Give up after so long, e.g. 90s, 30min, 2h
    #[arg(long, value_name = "TIME", value_parser = reading::duration)]
    timeout: Option<Duration>,
    /// Connections of each step [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    #[command(flatten)]
    hooks: HookArgs,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let shown = Shown::default();
    let audit = repository::audit_beside(&repository, &shown).with_hooks(args.hooks.options());
    audit.notifier();
    let stop = signals::stop()?;
    let drill = |found| one(&args, &audit, &shown, found);
    let result = if args.all {
        all(&args, &repository, &stop, &drill)
    } else {
        let reference = args.reference.as_deref().unwrap_or(LATEST);
        drill(repository::find(&repository, &args.of.wanted(reference))).map(|(exit, report)| {
            if args.json {
                output::told(output::json(&report));
            }
            exit
        })
    };
    hooks::result(&audit, result)
}

/// The exit code of a drill and its report as JSON.
type Ended = Result<(Exit, serde_json::Value), CommandFailure>;

/// Drills the latest snapshot of each database in turn, whatever becomes of the others. Returns the first failure.
fn all(
    args: &Args,
    repository: &Repository,
    stop: &Stop,
    drill: &dyn Fn(Result<Snapshot, CommandFailure>) -> Ended,
) -> Result<Exit, CommandFailure> {
    let (mut reports, mut failure, mut exit) = (Vec::new(), None, Exit::Done);
    let latest = repository.latest_of_each(Timestamp::now())?;
    if latest.is_empty() {
        return Err(CommandFailure::local("there is no snapshot in the repository"));
    }
    for found in latest {
        if stop.by_user() {
            break;
        }
        match drill(found.map(repository::told).map_err(CommandFailure::from)) {
            Ok((ended, report)) => {
                reports.push(report);
                if ended != Exit::Done {
                    exit = ended;
                }
            }
            Err(error) => match &failure {
                None => failure = Some(error),
                Some(_) => error.print(),
            },
        }
    }
    if args.json {
        output::told(output::json(&serde_json::json!(reports)));
    }
    failure.map_or(Ok(exit), Err)
}

/// Runs one drill. History and hooks also learn of a failure that keeps it from beginning.
fn one(args: &Args, audit: &Audit, shown: &Shown, found: Result<Snapshot, CommandFailure>) -> Ended {
    let asked = drill::asked(audit);
    let refused = |asked: Undertaking, failure: CommandFailure| {
        asked.refused(&failure.stopped());
        failure
    };
    let snapshot = match found {
        Ok(snapshot) => snapshot,
        Err(failure) => return Err(refused(asked, failure)),
    };
    let asked = asked.of(&snapshot);
    let opened = options(args).and_then(|options| Ok((options, server(args, &snapshot)?)));
    let (options, (params, _throwaway)) = match opened {
        Ok(opened) => opened,
        Err(failure) => return Err(refused(asked, failure)),
    };
    let job = signals::job()?;
    shown.show(Display::start("drill", &job, args.quiet));
    let ended = |drilled: &Drilled| {
        shown.end();
        if !args.json {
            output::told(output::line(screen::render(&drilled.report, &drilled.name).trim_end()));
        }
    };
    let drilled = drill::run(asked, &snapshot, &params, &options, &job, &ended);
    shown.end();
    let report = drilled?.report;
    Ok((Exit::with_findings(!report.proven), serde_json::json!(report)))
}

fn options(args: &Args) -> Result<DrillOptions, CommandFailure> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map_err(|e| CommandFailure::local(format!("cannot read `{}`: {e}", path.display())))
    };
    Ok(DrillOptions {
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        throwaway: args.throwaway,
        ignore: Ignore {
            owners: args.no_owner,
            privileges: args.no_privileges,
        },
        keep_database: args.keep_database,
        timeout: args.timeout,
        smoke_sql: args.smoke_sql.as_ref().map(read).transpose()?,
    })
}

/// The connection parameters, and the server if one was started for this drill.
fn server(args: &Args, snapshot: &Snapshot) -> Result<(Params, Option<Server>), CommandFailure> {
    if !args.throwaway {
        return Ok((args.options.params(args.dbname.as_deref())?, None));
    }
    let started = throwaway(args, snapshot)?;
    Ok((params_of(&started, "postgres")?, Some(started)))
}

/// Starts a server of the snapshot's major, or of the nearest one that can be had.
fn throwaway(args: &Args, snapshot: &Snapshot) -> Result<Server, CommandFailure> {
    let say = |text: &str| {
        if !args.quiet {
            eprintln!("{text}");
        }
    };
    let places = connection::places();
    let major = args.server.or_else(|| major(&snapshot.record.server_version));
    let programs: Programs = match find_programs(major, &places, &say) {
        Ok(programs) => programs,
        Err(failure) if args.server.is_none() && major.is_some() => {
            say(&format!("note: {}; another version is taken", failure.text()));
            find_programs(None, &places, &say)?
        }
        Err(failure) => return Err(failure),
    };
    say(&format!("starting PostgreSQL {}", programs.version));
    Ok(Server::start(&programs, &places, &ServerOptions::default())?)
}

/// The major of a printed version, if this program knows servers of it.
fn major(version: &str) -> Option<u32> {
    let version: Option<Version> = version.parse().ok();
    version.filter(|version| version.is_known()).map(Version::major)
}

/// [`Version::MAJORS`] in the form that clap takes.
fn majors() -> std::ops::RangeInclusive<i64> {
    i64::from(Version::OLDEST.major())..=i64::from(Version::NEWEST.major())
}
