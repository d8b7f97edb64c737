//! `pgark snapshot list`

use std::io::IsTerminal;

use jiff::Timestamp;

use crate::cli::commands::snapshot::screen;
use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::plan::age::Age;
use crate::repository::Snapshot;

const HELP: &str = "\
Examples:
  pgark snapshot list --repo /backup
  pgark snapshot list --repo /backup --label nightly --younger 7d
  PGARK_REPO=/backup pgark snapshot list --env production --json
";

/// List the snapshots of a repository, newest first
///
/// With number, label, time, age, kind, size, rows, status, and when each was last verified and drilled.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(super) struct Args {
    #[command(flatten)]
    repo: RepoOptions,
    /// Only those with this label
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Only those of this environment
    #[arg(long = "env", value_name = "NAME")]
    environment: Option<String>,
    /// Only those of this database
    #[arg(short = 'd', long, value_name = "NAME")]
    database: Option<String>,
    /// Only those not older, e.g. 24h, 7d, 3m
    #[arg(long, value_name = "AGE")]
    younger: Option<Age>,
    /// Only those older
    #[arg(long, value_name = "AGE")]
    older: Option<Age>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let now = Timestamp::now();
    let mut snapshots = repository.snapshots()?;
    snapshots.retain(|snapshot| is_wanted(&args, snapshot, now));
    if args.json {
        let all: Vec<_> = snapshots.iter().map(json).collect();
        output::json(&serde_json::json!(all))?;
    } else if snapshots.is_empty() {
        output::line("no snapshots")?;
    } else {
        let text = screen::list(&snapshots, now, std::io::stdout().is_terminal());
        output::line(text.trim_end())?;
    }
    Ok(Exit::Done)
}

fn is_wanted(args: &Args, snapshot: &Snapshot, now: Timestamp) -> bool {
    let record = &snapshot.record;
    let taken = record.time().as_microsecond();
    let is_since = |age: &Age| taken >= age.before(now.as_microsecond());
    args.label.as_ref().is_none_or(|label| record.label == *label)
        && args.database.as_ref().is_none_or(|name| record.database == *name)
        && args
            .environment
            .as_ref()
            .is_none_or(|e| record.environment.as_ref() == Some(e))
        && args.younger.as_ref().is_none_or(is_since)
        && args.older.as_ref().is_none_or(|age| !is_since(age))
}

/// Record, state and standing in one object.
pub(super) fn json(snapshot: &Snapshot) -> serde_json::Value {
    let mut value = serde_json::json!(snapshot.record);
    value["index"] = snapshot.index.into();
    value["standing"] = snapshot.standing.to_string().into();
    value["state"] = serde_json::json!(snapshot.state);
    value["good"] = snapshot.is_good().into();
    value["unreadable"] = serde_json::json!(snapshot.unreadable);
    value
}
