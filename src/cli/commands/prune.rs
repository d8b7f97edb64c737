//! `pgark prune`

mod screen;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::options::policy::PolicyOptions;
use crate::cli::options::repository;
use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::plan::retention::{Keys, Policy};
use crate::repository::Repository;
use crate::repository::prune::{Decision, POLICY_FILE, Pruning, Request};
use crate::snapshot::keep;

const HELP: &str = "\
Rules are ORed, and hold for each database alone; stretches of time are the calendar's, in UTC. Only complete and
verified snapshots count. Pinned ones and the newest good one always stay.

`policy.toml` in the repository holds what is not given here, so that cron needs no options:
  keep_daily = 14
  keep_weekly = 12
  keep_monthly = 12
  keep_label = [\"release-*\"]
An option takes the place of the key of its name alone; 0 takes it away.

Examples:
  pgark prune --repo /backup --keep-last 3
  pgark prune --repo /backup --keep-daily 14 --keep-weekly 12 --keep-label 'release-*' --apply
  pgark prune --repo /backup --apply
";

/// Delete snapshots that no rule keeps, into a trash
///
/// Prints each snapshot with what becomes of it, and why; deletes only with --apply. `pgark undelete` brings back what is in
/// the trash. Nothing of a database goes whose last create failed, nor what is being read.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    /// Delete, and empty the trash of what was long enough in it
    #[arg(long)]
    apply: bool,
    /// Look at the snapshots of this database alone
    #[arg(short = 'd', long, value_name = "NAME")]
    database: Option<String>,
    /// Delete also where the last create failed
    #[arg(long)]
    after_failure: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let policy = policy(&args, &repository)?;
    let request = Request {
        policy: &policy,
        database: args.database.as_deref(),
        after_failure: args.after_failure,
        now: Timestamp::now(),
    };
    let pruning = match args.apply {
        true => keep::prune(&repository::audit(&repository), &request)?,
        false => repository.plan_prune(&request)?,
    };
    let shown = match args.json {
        true => output::json(&as_json(&pruning, &policy, args.apply)),
        false => output::line(screen::screen(&pruning, &policy, args.apply, request.now).trim_end()),
    };
    match args.apply {
        true => output::told(shown),
        false => shown?,
    }
    result(&pruning)
}

fn policy(args: &Args, repository: &Repository) -> Result<Policy, CommandFailure> {
    let file: Keys = repository.policy_keys()?.unwrap_or_default();
    args.policy.keys().or(file).policy().map_err(|error| {
        CommandFailure::with_hint(
            error.to_string(),
            "rules are options here, or keys of `policy.toml` in the repository",
        )
    })
}

/// The result: an error if something prevented a part of the pruning, after everything else was done.
fn result(pruning: &Pruning) -> Result<Exit, CommandFailure> {
    match pruning.in_the_way() {
        None => Ok(Exit::Done),
        Some(why) if pruning.failed.is_empty() => Err(CommandFailure::local(why)),
        Some(why) => Err(CommandFailure::with_hint(
            why,
            "make a good snapshot first; `--after-failure` prunes all the same",
        )),
    }
}

fn as_json(pruning: &Pruning, policy: &Policy, applied: bool) -> serde_json::Value {
    let snapshot = |decision: &Decision| {
        let record = &decision.snapshot.record;
        json!({
            "index": decision.snapshot.index,
            "id": record.id,
            "database": record.database,
            "label": record.label,
            "time": record.time(),
            "kind": record.kind,
            "bytes": record.bytes,
            "status": decision.snapshot.standing.to_string(),
            "pinned": decision.snapshot.state.pinned,
            "verdict": screen::verdict(&decision.verdict),
            "reasons": screen::reasons(&decision.verdict),
        })
    };
    json!({
        "applied": applied,
        "policy": policy.to_string(),
        "policy_file": POLICY_FILE,
        "snapshots": pruning.decisions.iter().map(snapshot).collect::<Vec<_>>(),
        "failed_databases": pruning.failed,
        "trash": {
            "kept": pruning.in_trash,
            "emptied": pruning.emptied.iter().map(|t| &t.id).collect::<Vec<_>>(),
            "not_emptied": pruning.not_emptied.iter().map(|(t, why)| json!({"id": t.id, "why": why})).collect::<Vec<_>>(),
        },
    })
}
