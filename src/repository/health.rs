//! The health of a repository: whether it would help in an emergency.
//!
//! [`Repository::facts`] gathers and changes nothing; [`judge`] is a pure function of (facts, limits, now). Archives
//! are opened, which checks everything but their chunks: a changed length, root digest or catalog is found, a flipped
//! bit in a row is not. Finding that is the task of `verify`, and its last result counts here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::history::HistoryEntry;
use super::prune::failed_creates;
use super::record::SnapshotKind;
use super::state::DrillVerdict;
use super::{Leftovers, Repository, RepositoryError, Snapshot, Standing};
use crate::model::causes::chain;
use crate::plan::age::{Age, is_future};
use crate::storage::{Space, StorageError};

/// What is known about a repository.
#[derive(Debug)]
pub struct Facts {
    /// Newest first.
    pub snapshots: Vec<Snapshot>,
    /// What is wrong with the files of a snapshot, by its id.
    pub faults: BTreeMap<String, String>,
    pub history: Vec<HistoryEntry>,
    /// The number of entries, or the number of the first broken one and what is wrong with it.
    pub chain: Result<u64, (u64, String)>,
    pub space: Space,
    /// Databases that are no longer backed up, and since when.
    pub retired: BTreeMap<String, Timestamp>,
    pub leftovers: Leftovers,
}

#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// The highest age of the newest complete snapshot.
    pub max_age: Age,
    /// The highest age of the last drill. Without it, only a failed drill is a finding.
    pub max_drill_age: Option<Age>,
    /// The lowest free space, in percent of the disk.
    pub min_free: f64,
    /// Look at this database alone.
    pub database: Option<String>,
    /// Snapshots of parts of a database count as if they were of the whole.
    pub parts: bool,
}

/// What is judged separately: databases of the same name in two environments are two subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub database: String,
    pub environment: Option<String>,
}

/// One check with its result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Check {
    pub good: bool,
    /// `None` when it is about the whole repository.
    pub subject: Option<Subject>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// When the newest complete snapshot was taken.
    Newest {
        newest: Option<(String, Timestamp)>,
        max_age: Age,
    },
    /// The newest complete snapshot compared with the median of those before it.
    Size {
        now: Amount,
        usual: Amount,
        of: usize,
    },
    /// Snapshots with a date in the future, from a wrong clock: how many, and one of them.
    Future {
        count: usize,
        first: String,
    },
    /// The last verification of every byte and the last of a sample, each with its snapshot.
    Verified {
        whole: Option<(String, Timestamp)>,
        sample: Option<(String, Timestamp)>,
    },
    /// How the last create ended.
    LastCreate {
        error: Option<String>,
    },
    Drill {
        last: Option<(String, Timestamp, bool)>,
        max_age: Option<Age>,
    },
    /// What is wrong with the files of a snapshot.
    File {
        id: String,
        fault: String,
    },
    /// How many snapshots have all of their files.
    Files {
        whole: usize,
    },
    /// Files that killed commands left; the next command that clears up removes them.
    LeftOver {
        files: u64,
        bytes: u64,
        /// How many snapshots were begun and never ended.
        begun: usize,
    },
    /// A scratch database that a drill may have left on its server.
    Scratch {
        database: String,
        server: String,
        at: Timestamp,
    },
    /// A database that is not checked.
    Retired {
        database: String,
        since: Timestamp,
    },
    Space {
        space: Space,
        min_free: f64,
    },
    History {
        chain: Result<u64, (u64, String)>,
    },
}

impl What {
    /// A short name that never changes.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Newest { .. } => "age",
            Self::Size { .. } => "size",
            Self::LastCreate { .. } => "create",
            Self::Drill { .. } => "drill",
            Self::Future { .. } => "clock",
            Self::Verified { .. } => "verified",
            Self::LeftOver { .. } => "left",
            Self::Scratch { .. } => "scratch",
            Self::Retired { .. } => "retired",
            Self::File { .. } | Self::Files { .. } => "files",
            Self::Space { .. } => "space",
            Self::History { .. } => "history",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub bytes: u64,
    pub rows: u64,
}

/// The results, and the figures of each subject for monitoring.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub checks: Vec<Check>,
    pub figures: Vec<Figures>,
    pub space: Space,
}

/// Figures of a subject: of its newest complete snapshot and of its last proofs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub subject: Subject,
    pub good: bool,
    pub snapshots: usize,
    pub taken_at: Option<Timestamp>,
    pub amount: Amount,
    pub verified_at: Option<Timestamp>,
    pub sampled_at: Option<Timestamp>,
    pub drilled: Option<DrillVerdict>,
}

impl Health {
    pub(crate) fn findings(&self) -> usize {
        self.checks.iter().filter(|check| !check.good).count()
    }
}

impl Repository {
    /// Gathers what [`judge`] needs; opens every archive.
    pub fn facts(&self) -> Result<Facts, RepositoryError> {
        let snapshots = self.snapshots()?;
        let mut faults = BTreeMap::new();
        for snapshot in &snapshots {
            if let Some(fault) = self.fault(snapshot) {
                faults.insert(snapshot.record.id.clone(), fault);
            }
        }
        let chain = match self.check_history() {
            Err(RepositoryError::History { number, what }) => Err((number, what)),
            other => Ok(other?),
        };
        let history = match &chain {
            Ok(_) => self.history().entries()?,
            // Entries of a broken history are not trusted.
            Err(_) => Vec::new(),
        };
        let retired = self.retirements().unwrap_or_default();
        Ok(Facts {
            retired: retired.current(&snapshots, Timestamp::now()),
            leftovers: self.leftovers()?,
            snapshots,
            faults,
            history,
            chain,
            space: self.storage().space()?,
        })
    }

    /// What is wrong with the files of a snapshot, as far as opening them shows.
    fn fault(&self, snapshot: &Snapshot) -> Option<String> {
        if let Some(unreadable) = &snapshot.unreadable {
            return Some(unreadable.clone());
        }
        match snapshot.standing {
            Standing::Running | Standing::Incomplete | Standing::Failed => return None,
            Standing::Complete | Standing::Partial | Standing::Damaged | Standing::Missing => {}
        }
        let opened = match self.open_archive(snapshot) {
            Ok((archive, _lease)) => archive.bytes(),
            Err(RepositoryError::Storage(StorageError::Missing { .. })) => {
                // It may have been deleted since it was listed.
                let is_there = self.read_record(snapshot.id()).is_ok();
                return is_there.then(|| "its archive is missing".to_owned());
            }
            Err(error) => return Some(chain(&error)),
        };
        if let Err(error) = self.read_state(snapshot.id()) {
            return Some(format!(
                "its state is lost, so it is neither pinned nor verified: {}",
                chain(&error)
            ));
        }
        let expected = snapshot.record.bytes;
        match snapshot.state.damage() {
            _ if opened != expected => Some(format!("its archive has {opened} bytes, its record says {expected}")),
            Some(verified) => Some(format!(
                "a verification of {} found {} things wrong",
                verified.at.strftime("%Y-%m-%d"),
                verified.findings
            )),
            None => None,
        }
    }
}

/// All checks with their results: first those of each database, then those of the repository.
pub(crate) fn judge(facts: &Facts, limits: &Limits, now: Timestamp) -> Health {
    let mut subjects: BTreeMap<Subject, Vec<&Snapshot>> = BTreeMap::new();
    // A chosen database without snapshots, e.g. because the name is misspelt, is a finding too.
    if let Some(database) = &limits.database {
        let of_it = |s: &Snapshot| s.record.database == *database;
        if !facts.snapshots.iter().any(of_it) {
            let database = database.clone();
            let environment = None;
            subjects.insert(Subject { database, environment }, Vec::new());
        }
    }
    let is_chosen = |name: &String| limits.database.as_ref().is_none_or(|chosen| chosen == name);
    for snapshot in facts.snapshots.iter().filter(|s| is_chosen(&s.record.database)) {
        let record = &snapshot.record;
        let is_retired = facts.retired.contains_key(&record.database) && limits.database.is_none();
        if record.safety || snapshot.unreadable.is_some() || is_retired {
            continue;
        }
        let subject = Subject {
            database: record.database.clone(),
            environment: record.environment.clone(),
        };
        subjects.entry(subject).or_default().push(snapshot);
    }
    let (mut checks, mut figures) = (Vec::new(), Vec::new());
    if subjects.is_empty() && facts.retired.is_empty() {
        checks.push(Check {
            good: false,
            subject: None,
            what: What::Newest {
                newest: None,
                max_age: limits.max_age,
            },
        });
    }
    for (subject, snapshots) in subjects {
        let mut found = of_subject(&snapshots, facts, limits, now);
        figures.push(Figures {
            good: found.iter().all(|(good, _)| *good),
            ..figures_of(&subject, &snapshots, limits.parts, now)
        });
        checks.extend(found.drain(..).map(|(good, what)| Check {
            good,
            subject: Some(subject.clone()),
            what,
        }));
    }
    let whole = of_repository(facts, limits, is_chosen);
    checks.extend(whole.into_iter().map(|(good, what)| Check {
        good,
        subject: None,
        what,
    }));
    Health {
        checks,
        figures,
        space: facts.space,
    }
}

type Judged = (bool, What);

fn of_subject(snapshots: &[&Snapshot], facts: &Facts, limits: &Limits, now: Timestamp) -> Vec<Judged> {
    let usable = usable(snapshots, limits.parts, now);
    let newest = usable.first();
    let oldest_allowed = limits.max_age.before(now.as_microsecond());
    let mut found = vec![(
        newest.is_some_and(|s| s.record.time().as_microsecond() >= oldest_allowed),
        What::Newest {
            newest: newest.map(|s| (s.record.id.clone(), s.record.time())),
            max_age: limits.max_age,
        },
    )];
    let future: Vec<_> = snapshots.iter().filter(|s| s.is_future(now)).collect();
    if let Some(first) = future.first() {
        let (count, first) = (future.len(), first.record.id.clone());
        found.push((false, What::Future { count, first }));
    }
    found.extend(size(&usable));
    found.push(last_create(snapshots, facts, limits, now));
    found.push(verified(snapshots));
    found.extend(drill(snapshots, limits, now));
    found
}

/// Whether a snapshot counts: one of a part of a database does only if parts are asked for.
fn counts(snapshot: &Snapshot, parts: bool) -> bool {
    parts || snapshot.record.kind == SnapshotKind::Full
}

/// Complete snapshots that count, newest first, without those dated in the future.
fn usable<'a>(snapshots: &[&'a Snapshot], parts: bool, now: Timestamp) -> Vec<&'a Snapshot> {
    let fits = |s: &&&Snapshot| s.standing == Standing::Complete && counts(s, parts) && !s.is_future(now);
    snapshots.iter().filter(fits).copied().collect()
}

fn verified(snapshots: &[&Snapshot]) -> Judged {
    let newest = |at: &dyn Fn(&Snapshot) -> Option<Timestamp>| {
        let each = snapshots.iter().filter_map(|s| Some((s.record.id.clone(), at(s)?)));
        each.max_by_key(|(_, at)| *at)
    };
    let whole = newest(&|s| s.state.fully_verified_at);
    let sample = newest(&|s| s.state.last_sample().map(|v| v.at));
    (true, What::Verified { whole, sample })
}

/// How many snapshots at most define the usual size, and how many are needed at least.
const USUAL: usize = 5;
const USUAL_AT_LEAST: usize = 2;
/// A smaller difference is never a finding.
const SLACK: Amount = Amount {
    bytes: 1 << 20,
    rows: 1000,
};

/// Compares the newest with the median of up to five before it: a finding if it is less than half of that or more than
/// twice as much.
fn size(usable: &[&Snapshot]) -> Option<Judged> {
    let (newest, before) = usable.split_first()?;
    let alike = |s: &&&Snapshot| {
        let (a, b) = (&newest.record, &s.record);
        // Selections are alike only if they have the same options.
        a.kind == b.kind && (a.kind != SnapshotKind::Selection || a.options == b.options)
    };
    let before: Vec<&Snapshot> = before.iter().filter(alike).take(USUAL).copied().collect();
    if before.len() < USUAL_AT_LEAST {
        return None;
    }
    let usual = Amount {
        bytes: median(before.iter().map(|s| s.record.bytes).collect()),
        rows: median(before.iter().map(|s| s.record.rows).collect()),
    };
    let now = Amount {
        bytes: newest.record.bytes,
        rows: newest.record.rows,
    };
    let good = in_line(now.bytes, usual.bytes, SLACK.bytes) && in_line(now.rows, usual.rows, SLACK.rows);
    let of = before.len();
    Some((good, What::Size { now, usual, of }))
}

fn in_line(now: u64, usual: u64, slack: u64) -> bool {
    let vanished = now == 0 && usual > 0;
    let near = now >= usual.div_ceil(2) && now <= usual.saturating_mul(2);
    near || now.abs_diff(usual) < slack && !vanished
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => 0,
        0 => values[middle - 1].midpoint(values[middle]),
        _ => values[middle],
    }
}

fn last_create(snapshots: &[&Snapshot], facts: &Facts, limits: &Limits, now: Timestamp) -> Judged {
    let of = |whole| {
        failed_creates(snapshots, &facts.history, now, whole)
            .into_values()
            .next()
    };
    let error = of(true).or_else(|| limits.parts.then(|| of(false)).flatten());
    (error.is_none(), What::LastCreate { error })
}

/// The last drill of a subject. A drill of a part proves nothing about the database. A drill that a wrong clock dated
/// in the future is the last one only if there is no other.
fn last_drill<'a>(snapshots: &[&'a Snapshot], parts: bool, now: Timestamp) -> Option<(&'a Snapshot, &'a DrillVerdict)> {
    let counting = snapshots.iter().filter(|s| counts(s, parts));
    let drilled = counting.filter_map(|s| Some((*s, s.state.drilled.as_ref()?)));
    drilled.max_by_key(|(_, drilled)| (!is_later(drilled.at, now), drilled.at))
}

fn is_later(at: Timestamp, now: Timestamp) -> bool {
    is_future(at.as_microsecond(), now.as_microsecond())
}

fn drill(snapshots: &[&Snapshot], limits: &Limits, now: Timestamp) -> Option<Judged> {
    let last = last_drill(snapshots, limits.parts, now);
    let max_age = limits.max_drill_age;
    if last.is_none() && max_age.is_none() {
        return None;
    }
    let is_young = |at: Timestamp| {
        let young = |age: Age| at.as_microsecond() >= age.before(now.as_microsecond()) && !is_later(at, now);
        max_age.is_none_or(young)
    };
    let good = last.is_some_and(|(_, drilled)| drilled.good && is_young(drilled.at));
    let last = last.map(|(snapshot, drilled)| (snapshot.record.id.clone(), drilled.at, drilled.good));
    Some((good, What::Drill { last, max_age }))
}

fn figures_of(subject: &Subject, snapshots: &[&Snapshot], parts: bool, now: Timestamp) -> Figures {
    let newest = usable(snapshots, parts, now).first().copied();
    Figures {
        subject: subject.clone(),
        good: false,
        snapshots: snapshots.len(),
        taken_at: newest.map(|s| s.record.time()),
        amount: newest.map_or(Amount::default(), |s| Amount {
            bytes: s.record.bytes,
            rows: s.record.rows,
        }),
        verified_at: snapshots.iter().filter_map(|s| s.state.fully_verified_at).max(),
        sampled_at: snapshots.iter().filter_map(|s| Some(s.state.last_sample()?.at)).max(),
        drilled: last_drill(snapshots, parts, now).map(|(_, drilled)| drilled.clone()),
    }
}

fn of_repository(facts: &Facts, limits: &Limits, is_chosen: impl Fn(&String) -> bool) -> Vec<Judged> {
    let mut found = Vec::new();
    // A record that cannot be read does not say which database it is of.
    let chosen = facts
        .snapshots
        .iter()
        .filter(|s| s.unreadable.is_some() || is_chosen(&s.record.database));
    let (mut whole, mut faulty) = (0, 0);
    for snapshot in chosen {
        match facts.faults.get(snapshot.id()) {
            Some(fault) => {
                let id = snapshot.record.id.clone();
                let fault = fault.clone();
                found.push((false, What::File { id, fault }));
                faulty += 1;
            }
            None if snapshot.has_archive() => whole += 1,
            None => {}
        }
    }
    if faulty == 0 {
        found.push((true, What::Files { whole }));
    }
    found.extend(left(facts, &is_chosen));
    let space = facts.space;
    let min_free = limits.min_free;
    let enough = space.free as f64 >= space.total as f64 * min_free / 100.0;
    found.push((enough, What::Space { space, min_free }));
    let chain = facts.chain.clone();
    found.push((chain.is_ok(), What::History { chain }));
    found
}

/// Findings about what killed commands left, and about what is not checked.
fn left(facts: &Facts, is_chosen: &impl Fn(&String) -> bool) -> Vec<Judged> {
    let mut found = Vec::new();
    let is_begun = |s: &&Snapshot| s.standing == Standing::Incomplete && is_chosen(&s.record.database);
    let begun = facts.snapshots.iter().filter(is_begun).count();
    let (files, bytes) = (facts.leftovers.files, facts.leftovers.bytes);
    if files > 0 || begun > 0 {
        found.push((true, What::LeftOver { files, bytes, begun }));
    }
    for drill in &facts.leftovers.drills {
        let (database, server, at) = (drill.database.clone(), drill.server.clone(), drill.at);
        found.push((false, What::Scratch { database, server, at }));
    }
    for (database, since) in facts.retired.iter().filter(|(name, _)| is_chosen(name)) {
        let (database, since) = (database.clone(), *since);
        found.push((true, What::Retired { database, since }));
    }
    found
}

#[cfg(test)]
mod tests;
