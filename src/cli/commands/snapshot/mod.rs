//! `pgark snapshot ...`: takes, lists, shows, verifies, pins and deletes snapshots of a repository.

mod create;
mod delete;
mod list;
mod pin;
mod retire;
pub(crate) mod screen;
mod show;
mod verify;

use clap::Subcommand;

use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;

const HELP: &str = "\
Examples:
  pgark snapshot create shop --repo /backup --label nightly
  pgark snapshot list --repo /backup
  pgark snapshot show latest --repo /backup
  pgark snapshot verify --all --repo /backup
  pgark snapshot pin before-migration --repo /backup
  pgark snapshot delete before-migration --repo /backup
";

/// Labelled backups in a repository
///
/// A repository is a folder, made by the first `create`. It needs nothing outside of itself: a copy of it works.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", crate::cli::options::repository::REFERENCES), disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Create(Box<create::Args>),
    List(list::Args),
    Show(show::Args),
    Verify(verify::Args),
    Pin(pin::Args),
    Unpin(pin::UnpinArgs),
    Delete(delete::Args),
    Retire(retire::Args),
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    match args.command {
        Command::Create(args) => create::run(*args),
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Pin(args) => pin::run(args, true),
        Command::Unpin(args) => pin::run(args.args, false),
        Command::Delete(args) => delete::run(args),
        Command::Retire(args) => retire::run(args),
    }
}
