//! `pgark snapshot retire`

use jiff::Timestamp;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::help::EXIT_CODES;
use crate::cli::output;
use crate::cli::repo::{self, RepoOptions};
use crate::model::ident::sanitize;
use crate::repository::retired::Retirement;
use crate::repository::{Action, Event, Outcome};

const HELP: &str = "\
Examples:
  pgark snapshot retire crm --repo /backup --reason 'moved to the new system'
  pgark prune --repo /backup --apply --keep-retired 90d
  pgark snapshot retire crm --repo /backup --undo
";

/// Say that a database is no longer backed up
///
/// `pgark health` looks at it no longer, `latest` means it no longer unless it is named, and `pgark prune` moves its snapshots into
/// the trash when it has been retired for --keep-retired (30 days), but for pinned ones and labels that are kept. A new
/// snapshot of it ends that.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub struct Args {
    /// The database, by the name that `pgark snapshot list` prints
    #[arg(value_name = "DATABASE")]
    database: String,
    #[command(flatten)]
    repo: RepoOptions,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Take it back
    #[arg(long)]
    undo: bool,
}

pub fn run(args: Args) -> Result<Exit, Failure> {
    let repository = args.repo.open()?;
    let name = sanitize(&args.database);
    let snapshots = repository.snapshots()?;
    if !snapshots.iter().any(|s| s.record.database == args.database) {
        return Err(Failure::with_hint(
            format!("there is no snapshot of database `{name}` in the repository"),
            "`pgark snapshot list` shows what there is",
        ));
    }
    let retirement = Retirement {
        at: Timestamp::now(),
        who: repo::who(),
        why: args.reason.clone(),
    };
    repository.retire(&args.database, (!args.undo).then_some(retirement))?;
    let event = Event {
        database: Some(args.database),
        why: args.reason,
        message: if args.undo { "taken back" } else { "" }.to_owned(),
        ..repo::event(Action::Retire, Outcome::Done, None, None)
    };
    repo::record(&repository, event);
    output::line(&match args.undo {
        true => format!("{name} is no longer retired"),
        false => format!("{name} is retired"),
    })?;
    Ok(Exit::Done)
}
