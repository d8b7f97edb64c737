//! Operations on the snapshots of a repository that need no server, each with its entry in the history.

use std::time::Instant;

use jiff::Timestamp;

use crate::archive::VerifyOptions;
use crate::connect::{Params, without_passwords};
use crate::job::Job;
use crate::model::ident::sanitize;
use crate::repository::prune::{Pruning, Request};
use crate::repository::retired::Retirement;
use crate::repository::trash::{Changed, Note, Trashed};
use crate::repository::{
    Action, Change, Checked, Depth, HistoryEvent, Outcome, Pending, Repository, RepositoryError, Snapshot,
};
use crate::snapshot::audit::{self, Audit, Stopped};

/// Pins a snapshot so that it is kept for good, or unpins it.
///
/// # Errors
/// Errors of the repository; then nothing was changed.
pub(crate) fn pin(
    audit: &Audit,
    snapshot: &Snapshot,
    pinned: bool,
    why: Option<String>,
) -> Result<(), RepositoryError> {
    let repository = audit.repository();
    repository.update_state(snapshot.id(), |state| state.pinned = pinned)?;
    let action = if pinned { Action::Pin } else { Action::Unpin };
    audit.record(HistoryEvent {
        why,
        ..audit.event_of(action, Outcome::Done, snapshot)
    });
    Ok(())
}

/// Records that a database is no longer backed up, or with `undo` that it is again.
///
/// # Errors
/// Errors of the repository; then nothing was changed.
pub(crate) fn retire(audit: &Audit, database: &str, why: Option<String>, undo: bool) -> Result<(), RepositoryError> {
    let retirement = Retirement {
        at: Timestamp::now(),
        who: audit.who().clone(),
        why: why.clone(),
    };
    audit.repository().retire(database, (!undo).then_some(retirement))?;
    audit.record(HistoryEvent {
        database: Some(database.to_owned()),
        why,
        message: if undo { "taken back" } else { "" }.to_owned(),
        ..audit.event(Action::Retire, Outcome::Done)
    });
    Ok(())
}

/// Moves a snapshot into the trash.
///
/// # Errors
/// Those of [`Repository::delete`]. A refusal makes no entry in the history.
pub(crate) fn delete(
    audit: &Audit,
    snapshot: &Snapshot,
    why: Option<String>,
    force: bool,
) -> Result<(), RepositoryError> {
    let repository = audit.repository();
    let (id, database) = (snapshot.id(), snapshot.record.database.as_str());
    let after = repository.history().last_number()?.unwrap_or(0);
    let mut pending = Pending::of(Change::Trashed, after, Action::Delete, audit.who(), id, Some(database));
    pending.event.why.clone_from(&why);
    let note = Note {
        at: Timestamp::now(),
        who: audit.who().clone(),
        why: why.unwrap_or_else(|| "deleted by hand".to_owned()),
        database: database.to_owned(),
        good: snapshot.is_good(),
        pending: Some(pending),
    };
    audit.told(repository.delete(id, &note, force)?.map(|error| error.to_string()));
    Ok(())
}

/// Moves into the trash what the policy deletes, and empties what has been there long enough. The history gets an entry
/// for each snapshot that went, and one for the whole.
///
/// # Errors
/// Errors of the repository. What could not be moved is in the result.
pub(crate) fn prune(audit: &Audit, request: &Request) -> Result<Pruning, RepositoryError> {
    let begun = Instant::now();
    let pruning = audit.repository().prune(request, audit.who());
    let (outcome, message) = match &pruning {
        Err(error) => {
            let stopped = Stopped::new(error, false);
            (stopped.outcome(), stopped.message())
        }
        Ok(pruning) => {
            audit.told(pruning.untold.clone());
            match pruning.in_the_way() {
                None => (Outcome::Done, pruning.summary()),
                Some(why) => {
                    let why = sanitize(&without_passwords(&why));
                    (Outcome::Failed, format!("{}; {why}", pruning.summary()))
                }
            }
        }
    };
    audit.record(HistoryEvent {
        database: request.database.map(str::to_owned),
        seconds: begun.elapsed().as_secs_f64(),
        message,
        ..audit.event(Action::Prune, outcome)
    });
    pruning
}

/// Brings snapshots back from the trash, or with `empty` deletes them for good. `choose` picks from those in the trash;
/// the result says what became of each.
///
/// # Errors
/// Errors of the repository, or of the choice; then nothing was changed.
pub(crate) fn undelete(
    audit: &Audit,
    choose: impl FnOnce(Vec<Trashed>) -> Result<Vec<Trashed>, RepositoryError>,
    empty: bool,
) -> Result<Vec<Changed>, RepositoryError> {
    let repository = audit.repository();
    let alone = repository.lock()?;
    // First finish what a killed prune or undelete has begun.
    repository.trash().finish()?;
    repository.sweep(Timestamp::now())?;
    let chosen = choose(repository.trash().list()?)?;
    let (changed, untold) = repository.change_trash(chosen, empty, Action::Undelete, audit.who())?;
    drop(alone);
    audit.told(untold.map(|error| error.to_string()));
    let failed = changed.iter().filter_map(|(trashed, result)| {
        let stopped = Stopped::new(result.as_ref().err()?, false);
        Some(HistoryEvent {
            snapshot: Some(trashed.id.clone()),
            database: trashed.note.as_ref().map(|note| note.database.clone()),
            message: stopped.message(),
            ..audit.event(Action::Undelete, stopped.outcome())
        })
    });
    audit.record_all(&failed.collect::<Vec<_>>());
    Ok(changed)
}

/// Checks the archive of a snapshot, and records when and how deep. Returns `None` if the snapshot went into the trash
/// meanwhile and `may_go` allows that.
///
/// # Errors
/// Those of [`Repository::check`].
pub(crate) fn verify(
    audit: &Audit,
    snapshot: &Snapshot,
    depth: Depth,
    may_go: bool,
    job: &Job,
) -> Result<Option<Verified>, RepositoryError> {
    let repository = audit.repository();
    let begun = Instant::now();
    if may_go && is_gone(repository, snapshot)? {
        return Ok(None);
    }
    let checked = repository.check(snapshot, depth, VerifyOptions::default(), job);
    if checked.is_err() && may_go && is_gone(repository, snapshot)? {
        return Ok(None);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (outcome, what) = match &checked {
        Ok(checked) if checked.is_good() => (Outcome::Done, checked.to_string()),
        Ok(checked) => (Outcome::Findings, checked.to_string()),
        Err(error) => (Outcome::Failed, Stopped::new(error, false).text),
    };
    audit.record(HistoryEvent {
        seconds,
        message: format!("{depth}: {what}"),
        ..audit.event_of(Action::Verify, outcome, snapshot)
    });
    checked.map(|checked| Some(Verified { checked, seconds }))
}

/// The result of a verification.
#[derive(Debug)]
pub(crate) struct Verified {
    pub checked: Checked,
    pub seconds: f64,
}

/// Whether the snapshot went into the trash, or is on its way there.
fn is_gone(repository: &Repository, snapshot: &Snapshot) -> Result<bool, RepositoryError> {
    let has_record = snapshot.unreadable.is_none() && repository.read_record(snapshot.id()).is_ok();
    Ok(!has_record && repository.trash().holds(snapshot.id())?)
}

/// Writes to the history what came of restoring a snapshot into the database of `params`: either what was restored and
/// whether without findings, or why it was not restored.
pub(crate) fn restored(
    audit: &Audit,
    snapshot: &Snapshot,
    params: &Params,
    clean: bool,
    said: Result<String, Stopped>,
    seconds: f64,
) {
    let (outcome, message) = match said {
        Ok(said) if clean => (Outcome::Done, said),
        Ok(said) => (Outcome::Findings, said),
        Err(stopped) => (stopped.outcome(), stopped.message()),
    };
    let event = audit.event_of(Action::Restore, outcome, snapshot);
    audit.record(HistoryEvent {
        seconds,
        message,
        ..audit::over(event, params)
    });
}
