//! `pgark snapshot retire`

use crate::cli::options::repository;
use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::model::ident::sanitize;
use crate::snapshot::keep;

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
pub(super) struct Args {
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

pub(super) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let name = sanitize(&args.database);
    let snapshots = repository.snapshots()?;
    if !snapshots.iter().any(|s| s.record.database == args.database) {
        return Err(CommandFailure::with_hint(
            format!("there is no snapshot of database `{name}` in the repository"),
            "`pgark snapshot list` shows what there is",
        ));
    }
    keep::retire(&repository::audit(&repository), &args.database, args.reason, args.undo)?;
    output::line(&match args.undo {
        true => format!("{name} is no longer retired"),
        false => format!("{name} is retired"),
    })?;
    Ok(Exit::Done)
}
