//! `pgark snapshot show`

use jiff::Timestamp;

use crate::cli::commands::snapshot::{list, screen};
use crate::cli::options::repository;
use crate::cli::options::repository::{OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::repository::reference::Wanted;

const HELP: &str = "\
Examples:
  pgark snapshot show latest --repo /backup
  pgark snapshot show 3 --repo /backup --json
";

/// Show what is known about a snapshot
///
/// What is in its archive, `pgark show REF` says.
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
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let wanted = Wanted {
        any: true,
        ..args.of.wanted(&args.reference)
    };
    let snapshot = repository::find(&args.repo.open()?, &wanted)?;
    match args.json {
        true => output::json(&list::json(&snapshot))?,
        false => output::line(screen::show(&snapshot, Timestamp::now()).trim_end())?,
    }
    Ok(Exit::Done)
}
