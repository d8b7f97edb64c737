//! `pgark snapshot create`

use std::time::Duration;

use crate::cli::options::connection::DatabaseOptions;
use crate::cli::options::dump::TakeOptions;
use crate::cli::options::hooks;
use crate::cli::options::hooks::HookArgs;
use crate::cli::options::repository;
use crate::cli::options::repository::RepoOptions;
use crate::cli::options::{amounts, reading};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};
use crate::cli::terminal::output::{bytes, count};
use crate::cli::terminal::progress_bar::{Display, Shown};
use crate::cli::terminal::{output, signals};
use crate::model::ident::sanitize;
use crate::repository::{SAFETY_LABEL, Status};
use crate::snapshot::{self, CreateOptions, Created};

const HELP: &str = "\
Examples:
  pgark snapshot create shop --repo /backup --label nightly
  pgark snapshot create shop --repo /backup --label before-migration --purpose 'adds invoices' --pin
  pgark snapshot create postgres://backup@db/shop --label release-42 --env production --timeout 2h
  pgark snapshot create shop --label structure --schema-only
";

/// Take a labelled snapshot of a database
///
/// The server counts the rows of every table first, in the same snapshot; they are held against what arrives. Every byte
/// of the archive is verified before the snapshot counts as complete.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{ENVIRONMENT}  PGARK_REPO\n\n{EXIT_CODES}"))]
pub(super) struct Args {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    repo: RepoOptions,
    /// What to call it: letters, digits, `.`, `_`, `-`
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    /// Where the database is used, e.g. production
    #[arg(long = "env", value_name = "NAME")]
    environment: Option<String>,
    /// Never prune it
    #[arg(long)]
    pin: bool,
    #[command(flatten)]
    taken: TakeOptions,
    /// Do not have the server count the rows first: saves one scan of every table
    #[arg(long)]
    no_count: bool,
    /// Give up after so long, e.g. 90s, 30min, 2h
    #[arg(long, value_name = "TIME", value_parser = reading::duration)]
    timeout: Option<Duration>,
    /// Give up when the archive becomes larger, e.g. 500MB, 20GB
    #[arg(long, value_name = "BYTES", value_parser = amounts::bytes)]
    max_size: Option<u64>,
    /// Begin even if there seems to be too little room
    #[arg(long)]
    no_space_check: bool,
    #[command(flatten)]
    hooks: HookArgs,
    /// Print the record of the snapshot as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(super) fn run(mut args: Args) -> Result<Exit, CommandFailure> {
    if args.label == SAFETY_LABEL {
        return Err(CommandFailure::local(format!(
            "the label `{SAFETY_LABEL}` is for what a rollback takes before it replaces anything"
        )));
    }
    crate::repository::record::check_label(&args.label)?;
    args.taken.read_files()?;
    let repository = args.repo.open_or_create()?;
    let shown = Shown::default();
    let audit = repository::audit_beside(&repository, &shown).with_hooks(args.hooks.options());
    audit.notifier();
    let params = args.database.params()?;
    let job = signals::job()?;
    let mut dump = args.taken.options();
    dump.label = Some(args.label.clone());
    dump.purpose = args.purpose.clone();
    dump.environment = args.environment.clone();
    dump.count_rows = !args.no_count;
    let options = CreateOptions {
        label: args.label.clone(),
        pin: args.pin,
        safety: false,
        timeout: args.timeout,
        max_bytes: args.max_size,
        check_space: !args.no_space_check,
        dump,
    };
    let filter = |database: &str| args.taken.filter(database);
    shown.show(Display::start("snapshot", &job, args.quiet));
    let made = |created: &Created| {
        shown.end();
        output::told(render(&args, created));
    };
    let created = snapshot::create(&audit, &params, &options, &filter, &job, &made);
    shown.end();
    let result = created.map(|created| Exit::with_findings(created.is_partial()));
    hooks::result(&audit, result.map_err(CommandFailure::from))
}

fn render(args: &Args, created: &Created) -> Result<(), CommandFailure> {
    let record = &created.record;
    for warning in created.warnings.iter().chain(&record.warnings) {
        eprintln!("warning: {}", sanitize(warning));
    }
    for kind in &record.not_covered {
        let names: Vec<String> = kind.names.iter().map(|n| sanitize(n)).collect();
        eprintln!("not covered: {} {}", sanitize(&kind.kind), names.join(", "));
    }
    for missing in &record.partial {
        eprintln!("not in the snapshot: {}", sanitize(&missing.to_string()));
    }
    for line in output::absent(&created.report.absent) {
        eprintln!("{line}");
    }
    if args.json {
        return output::json(&serde_json::json!(record));
    }
    output::line(&format!(
        "{} snapshot {}: {} entries, {} tables, {} rows{}, {} raw, {} stored, {:.1} s, root digest {}",
        match record.status {
            Status::Complete => "complete",
            _ => "partial",
        },
        record.id,
        count(record.entries),
        count(record.tables.len() as u64),
        count(record.rows),
        output::large_objects(record.large_objects),
        bytes(record.raw_bytes),
        bytes(record.bytes),
        record.seconds,
        record.root_digest,
    ))?;
    match &record.restore {
        Some(command) => output::line(&format!("restore it with: {}", sanitize(command))),
        None => Ok(()),
    }
}
