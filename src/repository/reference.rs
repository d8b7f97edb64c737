//! Resolves a REF: an index, an id, its unique beginning, a label or `latest`, perhaps after a database and `/`.
//!
//! Snapshots of several databases, or of one name in several environments, do not replace each other: a label or
//! `latest` that fits more than one of them is refused with the choices. A snapshot dated in the future comes from a
//! host with a wrong clock, and never counts as the newest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::record::SnapshotKind;
use super::{Repository, RepositoryError, Snapshot, Standing};
use crate::plan::age::is_future;

pub(crate) const LATEST: &str = "latest";
/// A longer number is the beginning of an id.
const MAX_INDEX_DIGITS: usize = 6;
/// The most choices that a refusal names.
const MAX_CHOICES: usize = 10;

/// A reference to resolve.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// `REF` or `DATABASE/REF`. A database's name may contain `/`; what follows the last one may not.
    pub reference: &'a str,
    /// Look only among the snapshots of this database.
    pub database: Option<&'a str>,
    /// Look only among the snapshots of this environment.
    pub environment: Option<&'a str>,
    /// For labels and `latest`: only snapshots of the whole database.
    pub whole: bool,
    /// Only to look at it: if no complete snapshot has the label, take the newest with it.
    pub any: bool,
    /// The present time: a snapshot dated later does not count as the newest.
    pub now: Timestamp,
}

impl<'a> Wanted<'a> {
    /// A reference to a complete snapshot of any database and environment, of the whole database or of a part.
    pub fn new(reference: &'a str, now: Timestamp) -> Self {
        Self {
            reference,
            database: None,
            environment: None,
            whole: false,
            any: false,
            now,
        }
    }

    /// The reference itself, and the database before it.
    fn parts(&self) -> (&'a str, Option<&'a str>) {
        match self.reference.rsplit_once('/') {
            Some((database, reference)) => (reference, Some(database)),
            None => (self.reference, None),
        }
    }
}

/// The snapshot that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub snapshot: Snapshot,
    /// What the user should know: what was left out, or that it is of a part.
    pub notes: Vec<String>,
}

impl Repository {
    /// The snapshot that a reference stands for.
    ///
    /// # Errors
    /// [`RepositoryError::Unknown`], [`RepositoryError::NoneComplete`], [`RepositoryError::Ambiguous`],
    /// [`RepositoryError::SeveralDatabases`], [`RepositoryError::SeveralEnvironments`], [`RepositoryError::OtherDatabase`].
    pub fn find(&self, wanted: &Wanted) -> Result<Found, RepositoryError> {
        let snapshots = self.snapshots()?;
        // If the retirements cannot be read, no database counts as retired.
        let retired = self.retirements().unwrap_or_default().current(&snapshots, wanted.now);
        find(snapshots, wanted, &retired.into_keys().collect())
    }
}

impl Repository {
    /// The latest snapshot of each database in each environment, without retired databases.
    ///
    /// # Errors
    /// An inner error for a database that has no complete snapshot.
    pub fn latest_of_each(&self, now: Timestamp) -> Result<Vec<Result<Found, RepositoryError>>, RepositoryError> {
        let snapshots = self.snapshots()?;
        let retired = self.retirements().unwrap_or_default().current(&snapshots, now);
        let mut subjects: BTreeMap<(String, Option<String>), Vec<Snapshot>> = BTreeMap::new();
        for snapshot in snapshots {
            let record = &snapshot.record;
            if record.safety || snapshot.unreadable.is_some() || retired.contains_key(&record.database) {
                continue;
            }
            let subject = (record.database.clone(), record.environment.clone());
            subjects.entry(subject).or_default().push(snapshot);
        }
        let latest = |((database, _), snapshots): (&(String, Option<String>), &Vec<Snapshot>)| {
            let wanted = Wanted {
                database: Some(database),
                ..Wanted::new(LATEST, now)
            };
            find(snapshots.clone(), &wanted, &BTreeSet::new())
        };
        Ok(subjects.iter().map(latest).collect())
    }
}

/// Resolves a reference among `snapshots`, which are newest first. An index counts all of them, whatever their
/// database. Databases that are `retired` are only found by their name.
pub(crate) fn find(
    snapshots: Vec<Snapshot>,
    wanted: &Wanted,
    retired: &BTreeSet<String>,
) -> Result<Found, RepositoryError> {
    let (reference, before) = wanted.parts();
    let search = Search {
        wanted,
        reference,
        database: wanted.database.or(before),
        retired,
    };
    if before.is_some_and(|name| wanted.database.is_some_and(|other| other != name)) {
        return Err(RepositoryError::Unknown {
            reference: wanted.reference.to_owned(),
            database: wanted.database.map(str::to_owned),
        });
    }
    search.run(&snapshots)
}

struct Search<'a> {
    wanted: &'a Wanted<'a>,
    reference: &'a str,
    database: Option<&'a str>,
    retired: &'a BTreeSet<String>,
}

impl Search<'_> {
    fn run(&self, snapshots: &[Snapshot]) -> Result<Found, RepositoryError> {
        let reference = self.reference;
        let digits = reference.chars().all(|c| c.is_ascii_digit());
        if digits && !reference.is_empty() && reference.len() <= MAX_INDEX_DIGITS {
            let index = reference.parse().unwrap_or(usize::MAX);
            let found = snapshots.iter().find(|s| s.index == index);
            return self.named(found.ok_or_else(|| self.unknown())?);
        }
        if let Some(found) = snapshots.iter().find(|s| s.record.id == reference) {
            return self.named(found);
        }
        let fitting: Vec<&Snapshot> = snapshots.iter().filter(|s| self.fits(s)).collect();
        if reference == LATEST {
            let counts = |s: &&&Snapshot| !s.record.safety && s.unreadable.is_none();
            let fitting: Vec<&Snapshot> = fitting.iter().filter(counts).copied().collect();
            return self.latest(&self.of_one(fitting)?);
        }
        let labelled: Vec<&Snapshot> = fitting
            .iter()
            .filter(|s| s.record.label == reference)
            .copied()
            .collect();
        if !labelled.is_empty() {
            return self.labelled(&self.of_one(labelled)?);
        }
        let mut begun = fitting
            .iter()
            .filter(|s| !reference.is_empty() && s.record.id.starts_with(reference));
        match (begun.next(), begun.next()) {
            (None, _) => Err(self.unknown()),
            (Some(only), None) => Ok(plain(only)),
            (Some(first), Some(second)) => Err(RepositoryError::Ambiguous {
                reference: reference.to_owned(),
                count: 2 + begun.count(),
                first: first.record.id.clone(),
                second: second.record.id.clone(),
            }),
        }
    }

    fn fits(&self, snapshot: &Snapshot) -> bool {
        let record = &snapshot.record;
        let environment = self.wanted.environment;
        self.database.is_none_or(|name| record.database == name)
            && environment.is_none_or(|name| record.environment.as_deref() == Some(name))
    }

    /// A snapshot found by its number or whole id. It must still be of the named database and environment.
    fn named(&self, found: &Snapshot) -> Result<Found, RepositoryError> {
        let record = &found.record;
        match (self.database, self.wanted.environment) {
            (Some(wanted), _) if record.database != wanted => Err(RepositoryError::OtherDatabase {
                id: record.id.clone(),
                is_of: record.database.clone(),
                wanted: wanted.to_owned(),
            }),
            (_, Some(wanted)) if record.environment.as_deref() != Some(wanted) => Err(RepositoryError::NotUsable {
                id: record.id.clone(),
                standing: match &record.environment {
                    Some(environment) => format!("of environment `{environment}`, not of `{wanted}`"),
                    None => format!("of no environment, not of `{wanted}`"),
                },
            }),
            _ => Ok(plain(found)),
        }
    }

    /// The snapshots of the one database, in the one environment, that can be meant.
    fn of_one<'s>(&self, mut fitting: Vec<&'s Snapshot>) -> Result<Vec<&'s Snapshot>, RepositoryError> {
        let names = |of: &[&Snapshot]| -> BTreeSet<String> {
            let readable = of.iter().filter(|s| s.unreadable.is_none());
            readable.map(|s| s.record.database.clone()).collect()
        };
        let mut databases = names(&fitting);
        // A retired database is not meant if another one can be.
        if self.database.is_none() && databases.iter().any(|name| !self.retired.contains(name)) {
            fitting.retain(|s| !self.retired.contains(&s.record.database));
            databases = names(&fitting);
        }
        let listed = |all: &BTreeSet<String>, of: &dyn Fn(&String) -> String| {
            let mut choices: Vec<String> = all.iter().take(MAX_CHOICES).map(of).collect();
            if all.len() > MAX_CHOICES {
                choices.push(format!("{} more", all.len() - MAX_CHOICES));
            }
            choices
        };
        if databases.len() > 1 {
            let choice = |name: &String| format!("`{name}/{}`", self.reference);
            return Err(RepositoryError::SeveralDatabases {
                reference: self.reference.to_owned(),
                choices: listed(&databases, &choice),
            });
        }
        // A snapshot without an environment may be older than environments, so it does not count as a second one.
        let environments = fitting.iter().filter_map(|s| s.record.environment.clone());
        let environments: BTreeSet<String> = environments.collect();
        if environments.len() > 1 {
            return Err(RepositoryError::SeveralEnvironments {
                reference: self.reference.to_owned(),
                choices: listed(&environments, &|name| format!("`--env {name}`")),
            });
        }
        Ok(fitting)
    }

    /// The newest complete snapshot of the whole database; else, if parts are allowed, the newest one with rows.
    fn latest(&self, fitting: &[&Snapshot]) -> Result<Found, RepositoryError> {
        let (future, present) = self.complete(fitting);
        let of_kind = |kind: SnapshotKind| present.iter().find(|s| s.record.kind == kind).copied();
        let part = of_kind(SnapshotKind::Selection);
        let chosen = of_kind(SnapshotKind::Full).or_else(|| part.filter(|_| !self.wanted.whole));
        let Some(chosen) = chosen else {
            let part = part.map(|s| format!("`{}` is of a part of it", s.id()));
            let future = future.first().map(|s| format!("`{}` is dated in the future", s.id()));
            return Err(self.none_complete(part.into_iter().chain(future)));
        };
        let mut notes = left_out(future.iter().filter(|s| s.record.kind == chosen.record.kind));
        if chosen.record.kind != SnapshotKind::Full {
            notes.push(format!(
                "`{}` is of a part of database `{}`: there is no complete snapshot of all of it",
                chosen.id(),
                chosen.record.database
            ));
        }
        let snapshot = chosen.clone();
        Ok(Found { snapshot, notes })
    }

    /// The newest complete snapshot with the label. One dated in the future counts only if there is no other.
    fn labelled(&self, labelled: &[&Snapshot]) -> Result<Found, RepositoryError> {
        let (future, present) = self.complete(labelled);
        let is_meant = |s: &&&Snapshot| !self.wanted.whole || s.record.kind == SnapshotKind::Full;
        let (future, meant): (Vec<&Snapshot>, Vec<&Snapshot>) = (
            future.iter().filter(is_meant).copied().collect(),
            present.iter().filter(is_meant).copied().collect(),
        );
        let mut notes = Vec::new();
        let chosen = match (meant.first(), future.first(), labelled.first()) {
            (Some(chosen), _, _) => {
                notes.extend(left_out(future.iter()));
                chosen
            }
            (None, Some(chosen), _) => {
                notes.push(format!("`{}` is dated in the future", chosen.id()));
                chosen
            }
            // The caller says what is wrong with its kind.
            (None, None, _) if !present.is_empty() => present[0],
            (None, None, Some(newest)) if self.wanted.any => newest,
            _ => return Err(self.none_complete(std::iter::empty())),
        };
        let whole = present.iter().find(|s| s.record.kind == SnapshotKind::Full);
        if let (false, Some(whole)) = (chosen.record.kind == SnapshotKind::Full, whole) {
            notes.push(format!(
                "`{}` is of a part of database `{}`; `{}` is of all of it",
                chosen.id(),
                chosen.record.database,
                whole.id()
            ));
        }
        let snapshot = (*chosen).clone();
        Ok(Found { snapshot, notes })
    }

    /// The complete snapshots: those dated in the future, and the others.
    fn complete<'s>(&self, fitting: &[&'s Snapshot]) -> (Vec<&'s Snapshot>, Vec<&'s Snapshot>) {
        let complete = fitting.iter().filter(|s| s.standing == Standing::Complete).copied();
        complete.partition(|s| s.is_future(self.wanted.now))
    }

    fn unknown(&self) -> RepositoryError {
        RepositoryError::Unknown {
            reference: self.reference.to_owned(),
            database: self.database.map(str::to_owned),
        }
    }

    fn none_complete(&self, but: impl Iterator<Item = String>) -> RepositoryError {
        RepositoryError::NoneComplete {
            reference: self.reference.to_owned(),
            database: self.database.map(str::to_owned),
            but: but.collect::<Vec<_>>().join(", "),
        }
    }
}

fn plain(snapshot: &Snapshot) -> Found {
    Found {
        snapshot: snapshot.clone(),
        notes: Vec::new(),
    }
}

fn left_out<'a>(mut future: impl Iterator<Item = &'a &'a Snapshot>) -> Vec<String> {
    let Some(first) = future.next() else { return Vec::new() };
    let more = match future.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    vec![format!(
        "`{}`{more}: left out, because dated in the future: the clock of a host was wrong",
        first.id()
    )]
}

impl Snapshot {
    /// Whether its date is further in the future than clocks differ.
    pub fn is_future(&self, now: Timestamp) -> bool {
        is_future(self.record.time().as_microsecond(), now.as_microsecond())
    }
}

#[cfg(test)]
mod tests;
