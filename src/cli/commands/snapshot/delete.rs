//! `pgark snapshot delete`

use crate::cli::options::repository;
use crate::cli::options::repository::{OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::repository::reference::Wanted;
use crate::snapshot::keep;

const HELP: &str = "\
Examples:
  pgark snapshot delete before-migration --repo /backup --reason 'has what a customer asked us to forget'
  pgark snapshot delete 3 --repo /backup --force
  pgark undelete 1 --repo /backup
";

/// Move a snapshot into the trash, from where `pgark undelete` brings it back
///
/// Refuses a pinned one, one that is being made or read, and without --force the newest good one of its kind. `pgark prune`
/// empties the trash when its time is over.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", repository::REFERENCES))]
pub(super) struct Args {
    /// The snapshot
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Also the newest good one, and one whose state cannot be read
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let wanted = Wanted {
        any: true,
        ..args.of.wanted(&args.reference)
    };
    let snapshot = repository::find(&repository, &wanted)?;
    keep::delete(&repository::audit(&repository), &snapshot, args.reason, args.force)?;
    output::line(&format!("{} is in the trash", snapshot.id()))?;
    Ok(Exit::Done)
}
