//! Random histories of several databases: gaps, clocks set back, hours that are there twice, dates in the future,
//! failures, pins, rollbacks, snapshots of the same moment.

use std::collections::BTreeSet;

use super::super::{
    Candidate, Condition, LabelPattern, Policy, PolicyError, Series, SnapshotScope, Tier, Verdict, decide,
};
use super::examples::micros;
use super::oracle;
use crate::plan::age::Age;

const HISTORIES: u64 = 2_000;
const HOUR: i64 = 3_600_000_000;

/// Repeatable numbers (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize].clone()
    }
}

fn now() -> i64 {
    micros("2026-10-25T01:30:00Z")
}

fn series(numbers: &mut Numbers) -> Series {
    Series {
        database: numbers.of(&["app", "billing"]).to_owned(),
        environment: numbers.one_in(6).then(|| "staging".to_owned()),
        server: numbers.one_in(8).then_some(7),
        scope: match numbers.below(8) {
            0 => SnapshotScope::Definitions,
            1 => SnapshotScope::Selection("table=a".to_owned()),
            _ => SnapshotScope::Whole,
        },
    }
}

fn condition(numbers: &mut Numbers, trouble: u64) -> Condition {
    use Condition::{Damaged, Failed, Good, Incomplete, Missing, Partial, Running, Unverified};
    match numbers.below(100) < trouble {
        true => numbers.of(&[Unverified, Partial, Damaged, Missing, Running, Incomplete, Failed]),
        false => Good,
    }
}

/// A history that runs back from about now, in steps of about the same length, with clocks that go wrong.
fn history(numbers: &mut Numbers) -> Vec<Candidate> {
    let step = numbers.of(&[HOUR / 4, HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 40 * 24 * HOUR]);
    let trouble = numbers.of(&[0, 10, 60, 95]);
    let count = numbers.below(70);
    let mut at = now() + numbers.of(&[0, 0, 0, step, 3 * step, -50 * step]);
    let mut snapshots = Vec::new();
    for number in 0..count {
        at -= match numbers.below(20) {
            0 => 0,
            1 => 30 * step,
            // The clock was set back, or an hour came twice.
            2 => -10 * step,
            3 => -HOUR,
            4 => step + HOUR,
            _ => step - step / 50 + numbers.below(1 + step as u64 / 25) as i64,
        };
        let taken_at = match numbers.below(60) {
            0 => at + 400 * 24 * HOUR,
            1 => numbers.of(&[0, -1, i64::MIN / 1000, i64::MAX]),
            _ => at,
        };
        snapshots.push(Candidate {
            id: format!("{:03}", numbers.below(1000) * 100 + number),
            series: series(numbers),
            label: numbers.of(&["nightly", "release-1", "before_migration"]).to_owned(),
            taken_at,
            condition: condition(numbers, trouble),
            pinned: numbers.one_in(15),
            safety: numbers.one_in(12),
            retired_at: None,
        });
    }
    snapshots
}

fn add_rule(numbers: &mut Numbers, policy: &mut Policy) {
    let age = |numbers: &mut Numbers| -> Age {
        let age = numbers.of(&["1h", "36h", "7d", "3w", "6m", "1y", "99999y"]);
        age.parse().expect(age)
    };
    match numbers.below(8) {
        0 => policy.within = policy.within.or(Some(age(numbers))),
        1 => {
            let pattern = numbers.of(&["release-*", "*", "none", "nightly"]);
            policy.labels.push(LabelPattern::parse(pattern).expect(pattern));
        }
        2 => policy.minimum += numbers.below(4) as u32,
        _ => {
            let tier = numbers.of(&Tier::ALL);
            if policy.tiers.iter().all(|(other, _)| *other != tier) {
                policy.tiers.push((tier, 1 + numbers.below(15) as u32));
            }
        }
    }
}

fn policy(numbers: &mut Numbers) -> Policy {
    let age = |numbers: &mut Numbers| Age::days(numbers.of(&[0, 1, 7, 30]));
    let mut policy = Policy {
        tiers: Vec::new(),
        within: None,
        labels: Vec::new(),
        minimum: 1,
        safety: age(numbers),
        failed: age(numbers),
        retired: Age::days(30),
        trash: Age::days(7),
    };
    for _ in 0..=numbers.below(4) {
        add_rule(numbers, &mut policy);
    }
    policy
}

#[test]
fn histories_hold_the_invariants() {
    let (mut decided, mut refused, mut deleted) = (0, 0, 0);
    for seed in 0..HISTORIES {
        let mut numbers = Numbers(seed);
        let (snapshots, mut policy) = (history(&mut numbers), policy(&mut numbers));
        let verdicts = match decide(&snapshots, &policy, now()) {
            Ok(verdicts) => verdicts,
            Err(PolicyError::KeepsNothing | PolicyError::NoLabelMatches { .. }) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("seed {seed}: {error}"),
        };
        decided += 1;
        deleted += verdicts.iter().filter(|v| !v.is_keep()).count();
        assert_eq!(verdicts.len(), snapshots.len());
        reasons_are_right(seed, &snapshots, &verdicts, &policy);
        what_must_stay_stays(seed, &snapshots, &verdicts);
        a_second_time_deletes_nothing(seed, &snapshots, &verdicts, &policy);
        order_does_not_matter(seed, &snapshots, &verdicts, &policy);
        add_rule(&mut numbers, &mut policy);
        let more = decide(&snapshots, &policy, now()).expect("a policy with more rules");
        for (before, after) in verdicts.iter().zip(&more) {
            assert!(
                !before.is_keep() || after.is_keep(),
                "seed {seed}: {before:?} {after:?}"
            );
        }
    }
    // Checks that the histories exercise the rules at all.
    assert!(
        decided > 1_500 && refused > 50 && deleted > 10_000,
        "{decided} {refused} {deleted}"
    );
}

fn reasons_are_right(seed: u64, snapshots: &[Candidate], verdicts: &[Verdict], policy: &Policy) {
    for (at, verdict) in verdicts.iter().enumerate() {
        let expected = oracle::reasons(snapshots, at, policy, now());
        let mut found: Vec<String> = match verdict {
            Verdict::Keep(reasons) => reasons.iter().map(ToString::to_string).collect(),
            Verdict::Delete(reason) => {
                assert!(!reason.to_string().is_empty());
                Vec::new()
            }
        };
        assert_eq!(verdict.is_keep(), !found.is_empty(), "seed {seed}: no reason");
        found.sort();
        assert_eq!(found, expected, "seed {seed}: {:?} {policy:?}", snapshots[at]);
    }
}

/// Checks verdicts by definitions that do not use the rules.
fn what_must_stay_stays(seed: u64, snapshots: &[Candidate], verdicts: &[Verdict]) {
    let newest = |fits: &dyn Fn(&Candidate) -> bool| {
        let fitting = snapshots.iter().enumerate().filter(|(_, s)| fits(s));
        fitting.max_by_key(|(_, s)| (s.taken_at, &s.id)).map(|(at, _)| at)
    };
    for database in ["app", "billing"] {
        let past = |s: &Candidate| s.series.database == database && s.taken_at <= now() + oracle::SKEW;
        let good = |s: &Candidate| past(s) && s.condition == Condition::Good;
        for kept in [
            newest(&|s| good(s)),
            newest(&|s| good(s) && !s.safety),
            newest(&|s| good(s) && !s.safety && s.series.scope == SnapshotScope::Whole),
        ] {
            assert!(kept.is_none_or(|at| verdicts[at].is_keep()), "seed {seed}: {database}");
        }
        // Nothing goes that has content and is newer than every good snapshot.
        let last_good = newest(&|s| good(s) && !s.safety).map_or(i64::MIN, |at| snapshots[at].taken_at);
        for (snapshot, verdict) in snapshots.iter().zip(verdicts).filter(|(s, _)| past(s)) {
            let leftover = matches!(snapshot.condition, Condition::Failed | Condition::Incomplete);
            assert!(
                leftover || snapshot.taken_at <= last_good || verdict.is_keep(),
                "seed {seed}"
            );
        }
    }
    for (snapshot, verdict) in snapshots.iter().zip(verdicts) {
        let future = snapshot.taken_at > now() + oracle::SKEW;
        let must_stay = snapshot.pinned || future || snapshot.condition == Condition::Running;
        assert!(!must_stay || verdict.is_keep(), "seed {seed}: {snapshot:?}");
    }
}

fn a_second_time_deletes_nothing(seed: u64, snapshots: &[Candidate], verdicts: &[Verdict], policy: &Policy) {
    let kept = snapshots.iter().zip(verdicts).filter(|(_, v)| v.is_keep());
    let kept: Vec<Candidate> = kept.map(|(s, _)| s.clone()).collect();
    for (snapshot, verdict) in kept.iter().zip(decide(&kept, policy, now()).expect("verdicts")) {
        assert!(verdict.is_keep(), "seed {seed}: {snapshot:?} {verdict:?}");
    }
}

fn order_does_not_matter(seed: u64, snapshots: &[Candidate], verdicts: &[Verdict], policy: &Policy) {
    let ids = |snapshots: &[Candidate], verdicts: &[Verdict]| -> BTreeSet<String> {
        let kept = snapshots.iter().zip(verdicts).filter(|(_, v)| v.is_keep());
        kept.map(|(s, _)| format!("{} {:?}", s.id, s.series)).collect()
    };
    let mut turned = snapshots.to_vec();
    turned.reverse();
    let again = decide(&turned, policy, now()).expect("verdicts");
    assert_eq!(ids(snapshots, verdicts), ids(&turned, &again), "seed {seed}");
}
