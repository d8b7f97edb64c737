//! `pgark undelete`

use jiff::Timestamp;
use serde_json::json;

use crate::cli::commands::snapshot::screen::{age, shortened};
use crate::cli::options::repository;
use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::cli::terminal::output::table;
use crate::model::ident::sanitize;
use crate::model::short::short_bytes;
use crate::repository::RepositoryError;
use crate::repository::trash::Trashed;
use crate::snapshot::keep;

const HELP: &str = "\
Examples:
  pgark undelete --repo /backup
  pgark undelete 1 --repo /backup
  pgark undelete 20261122T0200 --repo /backup
  pgark undelete --all --empty --repo /backup
";

/// Bring deleted snapshots back, or empty the trash
///
/// Without a REF or --all, lists what is in the trash. What is brought back is pinned: otherwise the next prune would
/// delete it again.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    repo: RepoOptions,
    /// Snapshot in the trash: its number in the list, its id, or a unique beginning of it
    #[arg(value_name = "REF", conflicts_with = "all")]
    reference: Option<String>,
    /// All that are in the trash
    #[arg(long)]
    all: bool,
    /// Delete for good instead
    #[arg(long)]
    empty: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    if args.reference.is_none() && !args.all {
        return match args.empty {
            true => Err(CommandFailure::local("`--empty` needs a REF or `--all`")),
            false => show(&repository.trash().list()?, args.json),
        };
    }
    let choose = |list| match &args.reference {
        Some(reference) => Ok(vec![find(list, reference)?]),
        None => Ok(list),
    };
    let changed = keep::undelete(&repository::audit(&repository), choose, args.empty)?;
    let (mut failures, mut done) = (Vec::new(), Vec::new());
    for (trashed, result) in changed {
        match result {
            Ok(()) => done.push(trashed.id),
            Err(error) => failures.push(error),
        }
    }
    output::told(tell(&args, &done));
    match failures.into_iter().next() {
        Some(first) => Err(first.into()),
        None => Ok(Exit::Done),
    }
}

fn tell(args: &Args, done: &[String]) -> Result<(), CommandFailure> {
    if args.json {
        let word = if args.empty { "deleted" } else { "restored" };
        return output::json(&json!({ word: done }));
    }
    for id in done {
        output::line(&match args.empty {
            true => format!("deleted for good: {id}"),
            false => format!("brought back and pinned: {id}"),
        })?;
    }
    Ok(())
}

fn find(list: Vec<Trashed>, reference: &str) -> Result<Trashed, RepositoryError> {
    let number = reference.parse::<usize>().ok().filter(|_| reference.len() < 7);
    let mut fitting = Vec::new();
    for (position, trashed) in list.into_iter().enumerate() {
        if number == Some(position + 1) || trashed.id == reference {
            return Ok(trashed);
        }
        if number.is_none() && !reference.is_empty() && trashed.id.starts_with(reference) {
            fitting.push(trashed);
        }
    }
    if let [first, second, ..] = &fitting[..] {
        return Err(RepositoryError::Ambiguous {
            reference: reference.to_owned(),
            count: fitting.len(),
            first: first.id.clone(),
            second: second.id.clone(),
        });
    }
    fitting.pop().ok_or_else(|| RepositoryError::NotInTrash {
        id: reference.to_owned(),
    })
}

fn show(list: &[Trashed], json: bool) -> Result<Exit, CommandFailure> {
    if json {
        let one = |trashed: &Trashed| {
            json!({
                "id": trashed.id,
                "bytes": trashed.bytes,
                "database": trashed.note.as_ref().map(|note| &note.database),
                "deleted_at": trashed.note.as_ref().map(|note| note.at),
                "who": trashed.note.as_ref().map(|note| &note.who),
                "why": trashed.note.as_ref().map(|note| &note.why),
            })
        };
        output::json(&json!(list.iter().map(one).collect::<Vec<_>>()))?;
    } else if list.is_empty() {
        output::line("the trash is empty")?;
    } else {
        output::line(screen(list, Timestamp::now()).trim_end())?;
    }
    Ok(Exit::Done)
}

/// The content of the trash, in 100 columns.
fn screen(list: &[Trashed], now: Timestamp) -> String {
    let heading = ["#", "snapshot", "database", "size", "deleted", "why"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for (position, trashed) in list.iter().enumerate() {
        let of_note = trashed.note.as_ref();
        rows.push(vec![
            (position + 1).to_string(),
            shortened(&trashed.id, 38),
            of_note.map_or("?".to_owned(), |note| shortened(&sanitize(&note.database), 14)),
            short_bytes(trashed.bytes),
            of_note.map_or("?".to_owned(), |note| age(note.at, now)),
            of_note.map_or("?".to_owned(), |note| shortened(&sanitize(&note.why), 22)),
        ]);
    }
    table(&rows, &[true, false, false, true, true, false])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Who;
    use crate::repository::trash::Note;

    fn list() -> Vec<Trashed> {
        let one = |id: &str, note| Trashed {
            id: id.to_owned(),
            note,
            record: None,
            bytes: 5 << 30,
        };
        let note = Note {
            at: "2026-11-22T00:00:00Z".parse().unwrap(),
            who: Who::default(),
            why: "unverified, past every rule, newer ones are good".to_owned(),
            database: "a database with quite a name".to_owned(),
            good: true,
            pending: None,
        };
        vec![
            one(
                "20261122T000000Z_before_the_migration_of_everything",
                Some(note.clone()),
            ),
            one("20261121T000000Z_nightly", Some(note)),
            one("20261021T000000Z_nightly", None),
        ]
    }

    #[test]
    fn references_are_numbers_ids_and_beginnings() {
        for (reference, position) in [("1", 0), ("3", 2), ("20261121", 1), ("20261021T000000Z_nightly", 2)] {
            assert_eq!(find(list(), reference).unwrap(), list()[position], "{reference}");
        }
        assert!(matches!(find(list(), "20261"), Err(RepositoryError::NotInTrash { .. })));
        assert!(matches!(
            find(list(), "2026112"),
            Err(RepositoryError::Ambiguous { count: 2, .. })
        ));
        for none in ["0", "4", "", "x"] {
            assert!(
                matches!(find(list(), none), Err(RepositoryError::NotInTrash { .. })),
                "{none}"
            );
        }
    }

    #[test]
    fn the_list_fits() {
        let text = screen(&list(), "2026-11-22T12:00:00Z".parse().unwrap());
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        crate::cli::testing::assert_screen("trash", &text);
    }
}
