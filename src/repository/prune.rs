//! Applies a retention policy to the snapshots of a repository.
//!
//! [`plan::retention`](crate::plan::retention) decides. This module adds what it cannot know: that the last create of a
//! database failed, that a snapshot is being read, that a state cannot be read. Deciding and moving happen under the
//! repository's lock, so that a pin or a finding that comes in between counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::at_once::at_once;
use super::history::{Action, HistoryEntry, HistoryEvent, Outcome, Who};
use super::pending::{Change, Pending};
use super::record::SnapshotKind;
use super::trash::{Note, Trashed};
use super::{Repository, RepositoryError, Snapshot, Standing};
use crate::model::causes::chain;
use crate::model::short::short_bytes;
use crate::plan::retention::{
    Candidate, Condition, Delete, Keep, Keys, Policy, Series, SnapshotScope, Verdict, decide,
};
use crate::storage::StorageError;

/// The retention policy in a repository, which people write.
pub(crate) const POLICY_FILE: &str = "policy.toml";
const MAX_POLICY_BYTES: u64 = 1 << 20;

/// A snapshot and what becomes of it.
#[derive(Debug)]
pub struct Decision {
    pub snapshot: Snapshot,
    pub verdict: PruneVerdict,
}

#[derive(Debug)]
pub enum PruneVerdict {
    Keep(Vec<Keep>),
    Delete(Delete),
    /// The policy would delete it, but it stays.
    Held(Hold),
}

/// Why a snapshot stays although the policy would delete it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The last create of its database did not end well.
    FailedCreate,
    /// A restore, a drill, a verification or an export reads it.
    InUse,
    /// It may be pinned, but its state cannot be read.
    UnreadableState,
    /// It could not be moved.
    Failed(String),
}

impl std::fmt::Display for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FailedCreate => f.write_str("the last create of its database failed"),
            Self::InUse => f.write_str("in use"),
            Self::UnreadableState => f.write_str("its state cannot be read, so it may be pinned"),
            Self::Failed(why) => write!(f, "cannot be moved: {why}"),
        }
    }
}

/// The arguments of a prune.
pub struct Request<'a> {
    pub policy: &'a Policy,
    /// Look at snapshots of this database alone.
    pub database: Option<&'a str>,
    /// Delete even if the last create failed.
    pub after_failure: bool,
    pub now: Timestamp,
}

/// What a prune would do, or did.
#[derive(Debug, Default)]
pub struct Pruning {
    /// Newest first.
    pub decisions: Vec<Decision>,
    /// Databases whose last create failed, and why it failed: nothing of them is deleted.
    pub failed: BTreeMap<String, String>,
    /// What leaves the trash for good, and what could not be deleted, with the reason.
    pub emptied: Vec<Trashed>,
    pub not_emptied: Vec<(Trashed, String)>,
    /// How many stay in the trash, not counting what this prune puts into it.
    pub in_trash: usize,
    /// Why the history could not be written; the next command writes the entries.
    pub untold: Option<String>,
}

impl Pruning {
    /// The snapshots that go into the trash, and why.
    pub fn deleted(&self) -> impl Iterator<Item = (&Snapshot, &Delete)> {
        self.decisions.iter().filter_map(|decision| match &decision.verdict {
            PruneVerdict::Delete(why) => Some((&decision.snapshot, why)),
            PruneVerdict::Keep(_) | PruneVerdict::Held(_) => None,
        })
    }

    /// Why pruning was incomplete, if it was: the command then fails, although it did all that it could.
    pub fn in_the_way(&self) -> Option<String> {
        if !self.failed.is_empty() {
            let one = |(name, why): (&String, &String)| {
                format!("the last create of `{name}` failed ({why}): nothing of it goes")
            };
            return Some(self.failed.iter().map(one).collect::<Vec<_>>().join("; "));
        }
        let failed = |d: &&Decision| matches!(d.verdict, PruneVerdict::Held(Hold::Failed(_)));
        match self.decisions.iter().filter(failed).count() + self.not_emptied.len() {
            0 => None,
            failures => Some(format!("{failures} snapshots could not be deleted")),
        }
    }

    /// The summary, e.g. `keep 12, delete 5 (1.2G), held 1; trash: 3, 1 out for good (200M)`.
    pub fn summary(&self) -> String {
        let number = |of: fn(&PruneVerdict) -> bool| self.decisions.iter().filter(|d| of(&d.verdict)).count();
        let bytes: u64 = self.deleted().map(|(snapshot, _)| snapshot.record.bytes).sum();
        let mut text = format!(
            "keep {}, delete {} ({})",
            number(|verdict| matches!(verdict, PruneVerdict::Keep(_))),
            self.deleted().count(),
            short_bytes(bytes)
        );
        match number(|verdict| matches!(verdict, PruneVerdict::Held(_))) {
            0 => {}
            held => text.push_str(&format!(", held {held}")),
        }
        let emptied: u64 = self.emptied.iter().map(|trashed| trashed.bytes).sum();
        text.push_str(&format!("; trash: {}", self.in_trash));
        match self.emptied.len() {
            0 => {}
            out => text.push_str(&format!(", {out} out for good ({})", short_bytes(emptied))),
        }
        text
    }
}

impl Repository {
    /// The keys of the policy file; `None` without a file.
    pub fn policy_keys(&self) -> Result<Option<Keys>, RepositoryError> {
        let wrong = |why: String| RepositoryError::Policy { name: POLICY_FILE, why };
        let bytes = match self.storage().read(POLICY_FILE, MAX_POLICY_BYTES) {
            Err(StorageError::Missing { .. }) => return Ok(None),
            other => other?,
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
        let keys = Keys::parse(&text).map_err(|error| wrong(error.to_string()))?;
        Ok(Some(keys))
    }

    /// What [`Repository::prune`] would do now.
    pub fn plan_prune(&self, request: &Request) -> Result<Pruning, RepositoryError> {
        let snapshots = self.snapshots()?;
        let retired = self.retirements()?.current(&snapshots, request.now);
        let failed = match request.after_failure {
            true => BTreeMap::new(),
            false => {
                let (all, entries) = (snapshots.iter().collect::<Vec<_>>(), self.history().entries()?);
                let of = |whole| failed_creates(&all, &entries, request.now, whole);
                let mut failed = of(false);
                failed.extend(of(true));
                failed
            }
        };
        let failed = failed.into_iter().filter(|(name, _)| !retired.contains_key(name));
        // A database without any snapshots, e.g. under a misspelt name, has nothing to protect.
        let holds_anything = |name: &String| {
            let leftover = |s: &Snapshot| matches!(s.standing, Standing::Failed | Standing::Incomplete);
            snapshots.iter().any(|s| s.record.database == *name && !leftover(s))
        };
        let failed: BTreeMap<_, _> = failed.filter(|(name, _)| holds_anything(name)).collect();
        // A good snapshot of a part does not stand for one of the whole.
        let good = snapshots
            .iter()
            .filter(|s| s.is_good() && !s.record.safety && !s.is_future(request.now));
        let good: BTreeSet<(String, bool)> = good
            .map(|s| (s.record.database.clone(), s.record.kind == SnapshotKind::Full))
            .collect();
        let is_replaced = |trashed: &Trashed, note: &Note| {
            let parts = trashed
                .record
                .as_ref()
                .is_some_and(|record| record.kind != SnapshotKind::Full);
            let has = |whole| good.contains(&(note.database.clone(), whole));
            has(true) || parts && has(false)
        };
        let (emptied, kept): (Vec<_>, Vec<_>) = self.trash().list()?.into_iter().partition(|trashed| {
            trashed.note.as_ref().is_some_and(|note| {
                request.database.is_none_or(|name| name == note.database)
                    && note.at.as_microsecond() <= request.policy.trash.before(request.now.as_microsecond())
                    && !failed.contains_key(&note.database)
                    // It may be the last good one of its database: then it stays in the trash.
                    && (!note.good || is_replaced(trashed, note) || retired.contains_key(&note.database))
            })
        });
        let chosen = |s: &Snapshot| request.database.is_none_or(|name| name == s.record.database);
        let snapshots: Vec<Snapshot> = snapshots.into_iter().filter(chosen).collect();
        let mut candidates = Vec::with_capacity(snapshots.len());
        for snapshot in &snapshots {
            candidates.push(self.candidate(snapshot, &retired));
        }
        let verdicts = decide(&candidates, request.policy, request.now.as_microsecond())?;
        let decisions = snapshots.into_iter().zip(verdicts);
        let decisions = decisions.map(|(snapshot, verdict)| self.decision(snapshot, verdict, &failed));
        Ok(Pruning {
            decisions: decisions.collect(),
            failed: failed
                .into_iter()
                .filter(|(name, _)| request.database.is_none_or(|chosen| chosen == name))
                .collect(),
            in_trash: kept.len(),
            emptied,
            not_emptied: Vec::new(),
            untold: None,
        })
    }

    /// Moves into the trash what the policy deletes, and empties what has been there for long enough. The history gets
    /// an entry for each.
    pub fn prune(&self, request: &Request, who: &Who) -> Result<Pruning, RepositoryError> {
        let _alone = self.lock()?;
        self.trash().finish()?;
        self.sweep(request.now)?;
        let mut pruning = self.plan_prune(request)?;
        let after = self.history().last_number()?.unwrap_or(0);
        let pending = |snapshot: &Snapshot, why: &Delete| {
            let database = Some(snapshot.record.database.as_str());
            let mut pending = Pending::of(Change::Trashed, after, Action::Prune, who, snapshot.id(), database);
            pending.event.why = Some(why.to_string());
            pending
        };
        at_once(&mut pruning.decisions, &|decision| {
            let PruneVerdict::Delete(why) = &decision.verdict else {
                return;
            };
            let note = Note {
                at: request.now,
                who: who.clone(),
                why: why.to_string(),
                database: decision.snapshot.record.database.clone(),
                good: decision.snapshot.is_good(),
                pending: Some(pending(&decision.snapshot, why)),
            };
            match self.trash().put(decision.snapshot.id(), &note) {
                Ok(()) => {}
                Err(RepositoryError::Busy { .. }) => decision.verdict = PruneVerdict::Held(Hold::InUse),
                Err(error) => decision.verdict = PruneVerdict::Held(Hold::Failed(chain(&error))),
            }
        });
        let events: Vec<HistoryEvent> = pruning
            .deleted()
            .map(|(snapshot, why)| pending(snapshot, why).event)
            .collect();
        let told = self.history().appender().append_all(&events, Timestamp::now());
        let (mut emptied, mut not_emptied) = (Vec::new(), Vec::new());
        let chosen = std::mem::take(&mut pruning.emptied);
        let (changed, untold) = self.change_trash(chosen, true, Action::Prune, who)?;
        for (trashed, result) in changed {
            match result {
                Ok(()) => emptied.push(trashed),
                Err(error) => not_emptied.push((trashed, chain(&error))),
            }
        }
        Ok(Pruning {
            emptied,
            not_emptied,
            untold: told.err().or(untold).map(|error| error.to_string()),
            ..pruning
        })
    }

    /// Moves one snapshot into the trash for a user, and writes the entry that its note has. Returns why the entry
    /// could not be written, if so.
    ///
    /// # Errors
    /// [`RepositoryError::Pinned`]; [`RepositoryError::Busy`] when it is being made or read; without `force`
    /// [`RepositoryError::NewestGood`], or that its state cannot be read.
    pub fn delete(&self, id: &str, note: &Note, force: bool) -> Result<Option<RepositoryError>, RepositoryError> {
        let _alone = self.lock()?;
        self.trash().finish()?;
        let snapshots = self.snapshots()?;
        let found = snapshots.iter().find(|s| s.id() == id);
        let snapshot = found.ok_or_else(|| RepositoryError::Unknown {
            reference: id.to_owned(),
            database: None,
        })?;
        let id = id.to_owned();
        if snapshot.standing == Standing::Running {
            return Err(RepositoryError::Busy { id });
        }
        if !force {
            self.read_state(&id)?;
        }
        if snapshot.state.pinned {
            return Err(RepositoryError::Pinned { id });
        }
        let alike = |s: &&Snapshot| series(s) == series(snapshot) && s.is_good() && !s.record.safety;
        let mut good = snapshots.iter().filter(|s| !s.is_future(note.at)).filter(alike);
        if !force && good.next().is_some_and(|newest| newest.id() == id) {
            return Err(RepositoryError::NewestGood { id });
        }
        self.trash().put(&id, note)?;
        let events: Vec<HistoryEvent> = note.pending.iter().map(|pending| pending.event.clone()).collect();
        Ok(self.history().appender().append_all(&events, Timestamp::now()).err())
    }

    fn decision(&self, snapshot: Snapshot, verdict: Verdict, failed: &BTreeMap<String, String>) -> Decision {
        let verdict = match verdict {
            Verdict::Keep(reasons) => PruneVerdict::Keep(reasons),
            Verdict::Delete(_) if failed.contains_key(&snapshot.record.database) => {
                PruneVerdict::Held(Hold::FailedCreate)
            }
            Verdict::Delete(_) if self.read_state(snapshot.id()).is_err() => PruneVerdict::Held(Hold::UnreadableState),
            Verdict::Delete(_) if self.is_read(snapshot.id()) => PruneVerdict::Held(Hold::InUse),
            Verdict::Delete(why) => PruneVerdict::Delete(why),
        };
        Decision { snapshot, verdict }
    }

    /// Whether somebody holds a lease on it.
    fn is_read(&self, id: &str) -> bool {
        use crate::storage::LockMode::Exclusive;
        matches!(self.storage().try_lock(&super::archive_name(id), Exclusive), Ok(None))
    }

    fn candidate(&self, snapshot: &Snapshot, retired: &BTreeMap<String, Timestamp>) -> Candidate {
        let record = &snapshot.record;
        let condition = match snapshot.standing {
            Standing::Complete if snapshot.is_good() => Condition::Good,
            Standing::Complete => Condition::Unverified,
            Standing::Partial => Condition::Partial,
            Standing::Running => Condition::Running,
            // Its maker was killed after the archive was complete, so there is something to keep.
            Standing::Incomplete if self.has_file(snapshot.id()) => Condition::Unverified,
            Standing::Incomplete => Condition::Incomplete,
            Standing::Failed => Condition::Failed,
            Standing::Damaged => Condition::Damaged,
            Standing::Missing => Condition::Missing,
        };
        Candidate {
            id: record.id.clone(),
            series: series(snapshot),
            label: record.label.clone(),
            taken_at: record.time().as_microsecond(),
            condition,
            pinned: snapshot.state.pinned,
            safety: record.safety,
            retired_at: retired.get(&record.database).map(|at| at.as_microsecond()),
        }
    }
}

/// Databases whose last create ended badly, and why. The newest snapshot may have failed, and so may the last create in
/// the history, even before it had a record. `snapshots` are newest first. Creates of the `whole` database and of parts
/// of it are judged apart.
pub(crate) fn failed_creates(
    snapshots: &[&Snapshot],
    history: &[HistoryEntry],
    now: Timestamp,
    whole: bool,
) -> BTreeMap<String, String> {
    let databases: BTreeSet<&String> = snapshots.iter().map(|s| &s.record.database).collect();
    let failed = databases
        .into_iter()
        .filter_map(|name| Some((name.clone(), failed_create(name, snapshots, history, now, whole)?)));
    failed.collect()
}

fn failed_create(
    database: &String,
    snapshots: &[&Snapshot],
    history: &[HistoryEntry],
    now: Timestamp,
    whole: bool,
) -> Option<String> {
    let is_one = |s: &&&Snapshot| {
        let record = &s.record;
        let kind = match whole {
            true => record.kind == SnapshotKind::Full,
            // A complete snapshot of the whole has the part, too.
            false => record.kind != SnapshotKind::Full || s.standing == Standing::Complete,
        };
        !record.safety && record.database == *database && kind && !s.is_future(now)
    };
    let newest = snapshots.iter().find(is_one)?;
    match newest.standing {
        Standing::Failed => return Some(newest.record.error.clone().unwrap_or_default()),
        Standing::Incomplete => return Some(format!("`{}` was begun and never ended", newest.id())),
        _ => {}
    }
    let is_last = |entry: &&HistoryEntry| {
        let event = &entry.event;
        event.action == Action::Create
            && event.outcome != Outcome::Begun
            && event.database.as_ref() == Some(database)
            && event.kind.is_none_or(|kind| kind == SnapshotKind::Full) == whole
    };
    let last = history.iter().rev().find(is_last)?;
    if last.at < newest.record.time() {
        // The entry of the newest snapshot was never written, so this one is older.
        return None;
    }
    let last = &last.event;
    match last.outcome {
        Outcome::Failed => Some(last.message.clone()),
        Outcome::Interrupted => Some("it was interrupted".to_owned()),
        Outcome::Begun | Outcome::Done | Outcome::Findings => None,
    }
}

/// The series of a snapshot. Only snapshots of one series can replace each other.
pub(crate) fn series(snapshot: &Snapshot) -> Series {
    let record = &snapshot.record;
    Series {
        database: record.database.clone(),
        environment: record.environment.clone(),
        server: record.system_identifier,
        scope: match record.kind {
            SnapshotKind::Full => SnapshotScope::Whole,
            SnapshotKind::Schema => SnapshotScope::Definitions,
            SnapshotKind::Selection => SnapshotScope::Selection(record.options.join(", ")),
        },
    }
}

#[cfg(test)]
mod tests;
