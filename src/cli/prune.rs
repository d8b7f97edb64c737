//! `pgark prune`

mod screen;

use std::time::Instant;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::help::EXIT_CODES;
use crate::cli::output;
use crate::cli::policy::PolicyOptions;
use crate::cli::repo::{self, RepoOptions};
use crate::plan::retention::{Keys, Policy};
use crate::repository::prune::{Decision, Fate, Hold, POLICY_FILE, Pruning, Request};
use crate::repository::{Action, Event, Outcome, Repository};

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
pub struct Args {
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

pub fn run(args: Args) -> Result<Exit, Failure> {
    let repository = args.repo.open()?;
    let policy = policy(&args, &repository)?;
    let request = Request {
        policy: &policy,
        database: args.database.as_deref(),
        after_failure: args.after_failure,
        now: Timestamp::now(),
    };
    let started = Instant::now();
    let pruning = match args.apply {
        true => repository.prune(&request, &repo::who()),
        false => repository.plan_prune(&request),
    };
    let pruning = pruning.map_err(Failure::from);
    if args.apply {
        record(&repository, &args, &pruning, started.elapsed().as_secs_f64());
    }
    let pruning = pruning?;
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

fn policy(args: &Args, repository: &Repository) -> Result<Policy, Failure> {
    let file: Keys = repository.policy_keys()?.unwrap_or_default();
    args.policy.keys().or(file).policy().map_err(|error| {
        Failure::with_hint(
            error.to_string(),
            "rules are options here, or keys of `policy.toml` in the repository",
        )
    })
}

/// What is in the way of pruning is an error, after everything that could be done.
fn result(pruning: &Pruning) -> Result<Exit, Failure> {
    if !pruning.failed.is_empty() {
        let one =
            |(name, why): (&String, &String)| format!("the last create of `{name}` failed ({why}): nothing of it goes");
        let all: Vec<String> = pruning.failed.iter().map(one).collect();
        return Err(Failure::with_hint(
            all.join("; "),
            "make a good snapshot first; `--after-failure` prunes all the same",
        ));
    }
    let failed = |d: &&Decision| matches!(d.fate, Fate::Held(Hold::Failed(_)));
    let failures = pruning.decisions.iter().filter(failed).count() + pruning.not_emptied.len();
    match failures {
        0 => Ok(Exit::Done),
        _ => Err(Failure::local(format!("{failures} snapshots could not be deleted"))),
    }
}

/// An entry of the history for each snapshot that went, and one for the whole.
fn record(repository: &Repository, args: &Args, pruning: &Result<Pruning, Failure>, seconds: f64) {
    let mut events = Vec::new();
    let (outcome, message) = match pruning {
        Err(_) => repo::outcome(pruning, |_| false),
        Ok(pruning) => {
            let each = pruning.decisions.iter().filter_map(|d| match &d.fate {
                Fate::Delete(why) => Some((&d.snapshot, why.to_string())),
                Fate::Keep(_) | Fate::Held(_) => None,
            });
            events.extend(each.map(|(snapshot, why)| Event {
                why: Some(why),
                message: "into the trash".to_owned(),
                ..repo::event(Action::Prune, Outcome::Done, Some(snapshot), None)
            }));
            events.extend(pruning.emptied.iter().map(|trashed| Event {
                snapshot: Some(trashed.id.clone()),
                database: trashed.note.as_ref().map(|note| note.database.clone()),
                message: "out of the trash, for good".to_owned(),
                ..repo::event(Action::Prune, Outcome::Done, None, None)
            }));
            match result(pruning) {
                Ok(_) => (Outcome::Done, screen::summary(pruning)),
                Err(failure) => (
                    Outcome::Failed,
                    format!("{}; {}", screen::summary(pruning), failure.text()),
                ),
            }
        }
    };
    events.push(Event {
        database: args.database.clone(),
        seconds,
        message,
        ..repo::event(Action::Prune, outcome, None, None)
    });
    repo::record_all(repository, &events);
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
            "verdict": screen::verdict(&decision.fate),
            "reasons": screen::reasons(&decision.fate),
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
