//! `pgark snapshot pin` and `unpin`

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
  pgark snapshot pin before-migration --repo /backup --reason 'until the audit'
  pgark snapshot unpin before-migration --repo /backup
";

/// Keep a snapshot for good: never prune it
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
}

/// Let a pinned snapshot go when its time comes
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", repository::REFERENCES))]
pub(super) struct UnpinArgs {
    #[command(flatten)]
    pub args: Args,
}

pub(super) fn run(args: Args, pinned: bool) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let wanted = Wanted {
        any: true,
        ..args.of.wanted(&args.reference)
    };
    let snapshot = repository::find(&repository, &wanted)?;
    keep::pin(&repository::audit(&repository), &snapshot, pinned, args.reason)?;
    let now = if pinned { "pinned" } else { "no longer pinned" };
    output::told(output::line(&format!("{} is {now}", snapshot.id())));
    Ok(Exit::Done)
}
