//! The decision about each snapshot: see the rules of [`super`].

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::calendar::Tier;
use super::policy::{Policy, PolicyError};
use super::reason::{Delete, Keep};
use super::{Candidate, Condition, LabelPattern, Verdict};
use crate::plan::age::is_future;

/// One verdict for each of `snapshots`, in their order. `now` is in microseconds since the epoch, UTC.
///
/// # Errors
/// [`PolicyError`], if the policy keeps nothing, in itself or of these snapshots.
pub(crate) fn decide(snapshots: &[Candidate], policy: &Policy, now: i64) -> Result<Vec<Verdict>, PolicyError> {
    policy.check()?;
    let mut series: BTreeMap<_, Vec<&Candidate>> = BTreeMap::new();
    for snapshot in snapshots.iter().filter(|s| counts(s, now)) {
        series.entry(&snapshot.series).or_default().push(snapshot);
    }
    let matches = |snapshot: &Candidate| !labels(snapshot, policy).is_empty();
    if policy.keeps_labels_only() && !series.is_empty() && !snapshots.iter().any(matches) {
        let patterns: Vec<_> = policy.labels.iter().map(|label| format!("`{label}`")).collect();
        let patterns = patterns.join(", ");
        return Err(PolicyError::NoLabelMatches { patterns });
    }
    let ranked = series.into_iter().map(|(key, good)| (key, Ranked::new(good, policy)));
    let series: BTreeMap<_, Ranked> = ranked.collect();
    let none = Ranked::new(Vec::new(), policy);
    let of = |snapshot: &Candidate| verdict(snapshot, series.get(&snapshot.series).unwrap_or(&none), policy, now);
    Ok(snapshots.iter().map(of).collect())
}

/// Whether the snapshot takes part in the rules: good ones do, unless a rollback took them or their date cannot be
/// right.
fn counts(snapshot: &Candidate, now: i64) -> bool {
    snapshot.condition == Condition::Good && !snapshot.safety && !is_future(snapshot.taken_at, now)
}

fn age_order(snapshot: &Candidate) -> (i64, &str) {
    (snapshot.taken_at, &snapshot.id)
}

/// The decision about one snapshot; `good` are the snapshots of its series that count.
fn verdict(snapshot: &Candidate, good: &Ranked, policy: &Policy, now: i64) -> Verdict {
    let mut keep = Vec::new();
    if snapshot.pinned {
        keep.push(Keep::Pinned);
    }
    let future = is_future(snapshot.taken_at, now);
    if future {
        keep.push(Keep::Future);
    }
    if snapshot.condition == Condition::Running {
        keep.push(Keep::Running);
    }
    keep.extend(labels(snapshot, policy));
    let delete = match snapshot.condition {
        Condition::Running => None,
        // The other rules apply only to the past.
        _ if future => None,
        _ if snapshot.retired_at.is_some() => {
            let age = policy.retired;
            if snapshot.retired_at >= Some(age.before(now)) {
                keep.push(Keep::Retired { age });
            }
            Some(Delete::Retired { age })
        }
        condition @ (Condition::Failed | Condition::Incomplete) => {
            let age = policy.failed;
            if snapshot.taken_at >= age.before(now) {
                keep.push(Keep::Leftover { condition, age });
            }
            Some(Delete::Leftover { condition, age })
        }
        _ if snapshot.safety => {
            keep.extend(safety_rules(snapshot, good, policy, now));
            Some(Delete::Safety { age: policy.safety })
        }
        Condition::Good => {
            keep.extend(rules(snapshot, good, policy));
            Some(Delete::PastRules)
        }
        condition => {
            keep.extend(rules_if_good(snapshot, good, policy));
            Some(Delete::NotGood { condition })
        }
    };
    match delete {
        Some(delete) if keep.is_empty() => Verdict::Delete(delete),
        _ => Verdict::Keep(keep),
    }
}

/// The patterns that keep the snapshot. They keep everything but the remains of a failed or killed create.
fn labels(snapshot: &Candidate, policy: &Policy) -> Vec<Keep> {
    if matches!(snapshot.condition, Condition::Failed | Condition::Incomplete) {
        return Vec::new();
    }
    let matching = policy.labels.iter().filter(|pattern| pattern.matches(&snapshot.label));
    let reason = |pattern: &LabelPattern| Keep::Label {
        pattern: pattern.text().to_owned(),
    };
    matching.map(reason).collect()
}

fn safety_rules(snapshot: &Candidate, good: &Ranked, policy: &Policy, now: i64) -> Vec<Keep> {
    let age = policy.safety;
    let mut keep = Vec::new();
    if snapshot.taken_at >= age.before(now) {
        keep.push(Keep::Safety { age });
    }
    if !good.has_newer(snapshot) {
        keep.push(Keep::NothingSince);
    }
    keep
}

/// The rules that would keep a snapshot that is not good if it were.
fn rules_if_good(snapshot: &Candidate, good: &Ranked, policy: &Policy) -> Vec<Keep> {
    let condition = snapshot.condition;
    if !good.has_newer(snapshot) {
        return vec![Keep::NoNewerGood { condition }];
    }
    let mut with = good.snapshots.clone();
    with.push(snapshot);
    let rules = rules(snapshot, &Ranked::new(with, policy), policy);
    let as_if = |rule| Keep::IfGood {
        condition,
        rule: Box::new(rule),
    };
    rules.into_iter().map(as_if).collect()
}

/// The rules that keep `snapshot`, which is among `good`.
fn rules(snapshot: &Candidate, good: &Ranked, policy: &Policy) -> Vec<Keep> {
    let place = good.place(snapshot);
    let mut keep = Vec::new();
    let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
    if number <= policy.minimum {
        let of = policy.minimum;
        keep.push(Keep::Minimum { number, of });
    }
    keep.extend(good.in_tiers(place));
    if let (Some(age), Some(newest)) = (policy.within, good.snapshots.first())
        && snapshot.taken_at >= age.before(newest.taken_at)
    {
        keep.push(Keep::Within { age });
    }
    keep
}

/// The snapshots of a series that count, newest first, and their ranks in every tier.
struct Ranked<'a> {
    snapshots: Vec<&'a Candidate>,
    tiers: Vec<(Tier, u32, Vec<Rank>)>,
}

#[derive(Clone, Copy)]
struct Rank {
    /// The number of the stretch, from 1 for the newest.
    stretch: u32,
    newest_of_stretch: bool,
}

impl<'a> Ranked<'a> {
    fn new(mut snapshots: Vec<&'a Candidate>, policy: &Policy) -> Self {
        snapshots.sort_by_key(|s| Reverse(age_order(s)));
        let tiers = policy.tiers.iter();
        let tiers = tiers.map(|(tier, of)| (*tier, *of, ranks(*tier, &snapshots))).collect();
        Self { snapshots, tiers }
    }

    fn place(&self, snapshot: &Candidate) -> usize {
        let newer = |other: &&Candidate| age_order(other) > age_order(snapshot);
        self.snapshots.partition_point(newer)
    }

    fn has_newer(&self, snapshot: &Candidate) -> bool {
        self.place(snapshot) > 0
    }

    /// The tiers that keep the snapshot at `place`: as the newest of one of the newest stretches, or as the oldest of
    /// all while there are fewer stretches than asked for.
    fn in_tiers(&self, place: usize) -> impl Iterator<Item = Keep> {
        let is_last = place + 1 == self.snapshots.len();
        self.tiers.iter().filter_map(move |(tier, of, ranks)| {
            let rank = *ranks.get(place)?;
            let oldest = !rank.newest_of_stretch;
            let number = rank.stretch.saturating_add(u32::from(oldest));
            let stays = number <= *of && (!oldest || is_last);
            stays.then_some(Keep::Tier {
                tier: *tier,
                number,
                of: *of,
                oldest,
            })
        })
    }
}

fn ranks(tier: Tier, newest_first: &[&Candidate]) -> Vec<Rank> {
    let mut stretch = 0_u32;
    let mut last = None;
    let rank = |snapshot: &&Candidate| {
        let this = tier.stretch(snapshot.taken_at);
        let newest_of_stretch = stretch == 0 || this.is_none() || this != last;
        stretch = stretch.saturating_add(u32::from(newest_of_stretch));
        last = this;
        Rank {
            stretch,
            newest_of_stretch,
        }
    };
    newest_first.iter().map(rank).collect()
}
