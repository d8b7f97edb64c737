//! `pgark log`

use jiff::Timestamp;
use serde_json::json;

use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::model::ident::sanitize;
use crate::repository::history::HistoryEntry;
use crate::repository::reference::Wanted;
use crate::repository::{Action, Repository, RepositoryError};

const HELP: &str = "\
Examples:
  pgark log --repo /backup --last 20
  pgark log --repo /backup --action prune --snapshot before-migration
  pgark log --repo /backup --check
";

/// Print the history of a repository: what was done, by whom, when and why
///
/// Every entry has the hash of the one before. --check finds entries that were edited, lost or put in, and entries cut off the end,
/// as far as snapshots know them.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    repo: RepoOptions,
    /// Check the chain of hashes instead; exit code 3 when it is broken
    #[arg(long, conflicts_with_all = ["last", "action", "snapshot"])]
    check: bool,
    /// Only the newest N
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Only those of this action: create, verify, restore, rollback, prune, undelete, drill, pin, unpin, delete, retire or hook
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<Action>,
    /// Only those of this snapshot, which may be gone: a REF, or the beginning of an id
    #[arg(long, value_name = "REF")]
    snapshot: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

fn action(text: &str) -> Result<Action, String> {
    serde_json::from_value(json!(text)).map_err(|_| "no such action".to_owned())
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    if args.check {
        return check(&repository, args.json);
    }
    // Adds the entries that killed commands could not write. If that is not possible, the history is shown as it is.
    let _ = repository.settle_if_free();
    let mut entries = repository.history().entries().map_err(|error| {
        let hint = "`pgark log --check` tells the first entry that is broken";
        CommandFailure::with_hint(CommandFailure::from(error).text(), hint)
    })?;
    // A reference to a snapshot that is gone is the beginning of its id.
    let id = args.snapshot.as_ref().map(
        |reference| match repository.find(&Wanted::new(reference, Timestamp::now())) {
            Ok(found) => found.snapshot.record.id,
            Err(_) => reference.clone(),
        },
    );
    let is_of = |entry: &HistoryEntry| {
        let of_snapshot = |id: &String| entry.event.snapshot.as_ref().is_some_and(|s| s.starts_with(id));
        args.action.is_none_or(|action| entry.event.action == action) && id.as_ref().is_none_or(of_snapshot)
    };
    entries.retain(is_of);
    let first = args.last.map_or(0, |last| entries.len().saturating_sub(last));
    if args.json {
        output::json(&json!(entries[first..]))?;
    } else if entries[first..].is_empty() {
        output::line("nothing")?;
    } else {
        entries[first..]
            .iter()
            .try_for_each(|entry| output::line(&shown(entry)))?;
    }
    Ok(Exit::Done)
}

fn check(repository: &Repository, json: bool) -> Result<Exit, CommandFailure> {
    let checked = match repository.check_history() {
        Err(RepositoryError::History { number, what }) => Err((number, what)),
        other => Ok(other?),
    };
    match (&checked, json) {
        (Ok(entries), true) => output::json(&json!({ "intact": true, "entries": entries }))?,
        (Ok(entries), false) => output::line(&format!("intact: {} entries", output::count(*entries)))?,
        (Err((number, what)), true) => {
            output::json(&json!({ "intact": false, "broken": { "number": number, "what": what } }))?;
        }
        (Err((number, what)), false) => output::line(&format!("broken at entry {number}: {}", sanitize(what)))?,
    }
    Ok(Exit::with_findings(checked.is_err()))
}

/// The entry on one line, and a further line for each other fact.
fn shown(entry: &HistoryEntry) -> String {
    let event = &entry.event;
    let of = match (&event.snapshot, &event.database) {
        (Some(id), _) => id.as_str(),
        (None, Some(database)) => database.as_str(),
        (None, None) => "",
    };
    let line = format!(
        "{:>5}  {}  {:<8}  {:<11}  {of}",
        entry.number,
        entry.at.strftime("%Y-%m-%d %H:%M:%S"),
        event.action.to_string(),
        event.outcome.to_string(),
    );
    let mut text = sanitize(line.trim_end());
    let database = event.database.as_ref().filter(|_| event.snapshot.is_some());
    let mut by = format!("{}@{}", event.who.os_user, event.who.host);
    for (word, what) in [
        ("database", database),
        ("as", event.database_user.as_ref()),
        ("on", event.server.as_ref()),
    ] {
        if let Some(what) = what {
            by.push_str(&format!(", {word} {what}"));
        }
    }
    if event.seconds >= 0.05 {
        by.push_str(&format!(", {:.1} s", event.seconds));
    }
    let message = Some(&event.message).filter(|text| !text.is_empty());
    let why = event.why.as_ref().map(|why| format!("why: {why}"));
    for more in [Some(&by), why.as_ref(), message].into_iter().flatten() {
        text.push_str(&format!("\n       {}", sanitize(more)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::{HistoryEvent, Outcome, Who};

    #[test]
    fn an_entry_is_shown_with_all_that_is_known() {
        let who = Who {
            os_user: "ops".to_owned(),
            host: "db1".to_owned(),
        };
        let event = HistoryEvent {
            database_user: Some("admin".to_owned()),
            database: Some("app".to_owned()),
            snapshot: Some("20261122T020000Z_nightly".to_owned()),
            why: Some("ticket\u{1b}[31m 7".to_owned()),
            seconds: 12.34,
            ..HistoryEvent::new(Action::Rollback, Outcome::Done, &who)
        };
        let entry = |event| HistoryEntry {
            number: 7,
            at: "2026-11-22T03:04:05.6Z".parse().unwrap(),
            event,
            previous: String::new(),
        };
        let text = shown(&entry(event));
        let expected = "    7  2026-11-22 03:04:05  rollback  done         20261122T020000Z_nightly\n       \
                        ops@db1, database app, as admin, 12.3 s\n       why: ticket";
        assert!(text.starts_with(expected) && !text.contains('\u{1b}'), "{text}");
        let text = shown(&entry(HistoryEvent::new(Action::Prune, Outcome::Failed, &who)));
        assert_eq!(text, "    7  2026-11-22 03:04:05  prune     failed\n       ops@db1");
    }

    #[test]
    fn actions_are_named_as_they_are_printed() {
        assert_eq!(action("rollback"), Ok(Action::Rollback));
        assert!(action("Rollback").is_err() && action("").is_err());
    }
}
