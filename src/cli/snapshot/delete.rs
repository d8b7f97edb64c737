//! `pgark snapshot delete`

use jiff::Timestamp;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::help::EXIT_CODES;
use crate::cli::output;
use crate::cli::repo::{self, OfOptions, RepoOptions};
use crate::repository::reference::Wanted;
use crate::repository::trash::Note;
use crate::repository::{Action, Event, Outcome, Repository, Snapshot};

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
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", repo::REFERENCES))]
pub struct Args {
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

pub fn run(args: Args) -> Result<Exit, Failure> {
    let repository = args.repo.open()?;
    let wanted = Wanted {
        any: true,
        ..args.of.wanted(&args.reference)
    };
    let snapshot = repo::find(&repository, &wanted)?;
    let deleted = delete(&args, &repository, &snapshot);
    let (outcome, mut message) = repo::outcome(&deleted, |()| false);
    if deleted.is_ok() {
        message = "into the trash".to_owned();
    }
    let event = Event {
        why: args.reason,
        message,
        ..repo::event(Action::Delete, outcome, Some(&snapshot), None)
    };
    // What was refused is no event.
    if outcome == Outcome::Done {
        repo::record(&repository, event);
    }
    deleted?;
    output::line(&format!("{} is in the trash", snapshot.id()))?;
    Ok(Exit::Done)
}

fn delete(args: &Args, repository: &Repository, snapshot: &Snapshot) -> Result<(), Failure> {
    let note = Note {
        at: Timestamp::now(),
        who: repo::who(),
        why: args.reason.clone().unwrap_or_else(|| "deleted by hand".to_owned()),
        database: snapshot.record.database.clone(),
        good: snapshot.is_good(),
    };
    Ok(repository.delete(snapshot.id(), &note, args.force)?)
}
