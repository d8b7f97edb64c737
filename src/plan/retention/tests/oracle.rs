//! The rules once more, as sets and counts over all snapshots for each snapshot, with a calendar of its own.

use std::collections::BTreeSet;

use super::super::{Candidate, Condition, Policy, Tier};

/// How far clocks may differ, in microseconds.
pub(super) const SKEW: i64 = 300_000_000;

/// Every reason to keep `snapshots[at]`, as text, sorted; without any it goes.
pub(super) fn reasons(snapshots: &[Candidate], at: usize, policy: &Policy, now: i64) -> Vec<String> {
    let snapshot = &snapshots[at];
    let mut reasons = Vec::new();
    if snapshot.pinned {
        reasons.push("pinned".to_owned());
    }
    let leftover = matches!(snapshot.condition, Condition::Failed | Condition::Incomplete);
    if !leftover {
        for pattern in &policy.labels {
            if pattern.matches(&snapshot.label) {
                reasons.push(format!("label {}", pattern.text()));
            }
        }
    }
    if snapshot.taken_at > now + SKEW {
        reasons.push("dated in the future".to_owned());
    }
    if snapshot.condition == Condition::Running {
        reasons.push("being written".to_owned());
    } else if snapshot.taken_at <= now + SKEW {
        reasons.extend(by_condition(snapshots, snapshot, leftover, policy, now));
    }
    reasons.sort();
    reasons
}

fn by_condition(
    snapshots: &[Candidate],
    snapshot: &Candidate,
    leftover: bool,
    policy: &Policy,
    now: i64,
) -> Vec<String> {
    let good: Vec<&Candidate> = snapshots
        .iter()
        .filter(|s| {
            s.series == snapshot.series && s.condition == Condition::Good && !s.safety && s.taken_at <= now + SKEW
        })
        .collect();
    let none_newer = !good.iter().any(|other| is_newer(other, snapshot));
    let condition = snapshot.condition;
    let mut reasons = Vec::new();
    if leftover {
        if policy.failed.before(now) <= snapshot.taken_at {
            reasons.push(format!("{condition}, within {}", policy.failed));
        }
    } else if snapshot.safety {
        if policy.safety.before(now) <= snapshot.taken_at {
            reasons.push(format!("safety, within {}", policy.safety));
        }
        if none_newer {
            reasons.push("safety, nothing good since".to_owned());
        }
    } else if condition == Condition::Good {
        reasons = by_rules(&good, snapshot, policy);
    } else if none_newer {
        reasons.push(format!("{condition}, none newer is good"));
    } else {
        let mut with = good.clone();
        with.push(snapshot);
        let rules = by_rules(&with, snapshot, policy);
        reasons.extend(rules.iter().map(|rule| format!("{condition}, else {rule}")));
    }
    reasons
}

fn is_newer(a: &Candidate, b: &Candidate) -> bool {
    a.taken_at > b.taken_at || a.taken_at == b.taken_at && a.id > b.id
}

fn by_rules(good: &[&Candidate], snapshot: &Candidate, policy: &Policy) -> Vec<String> {
    let newer: Vec<&Candidate> = good.iter().filter(|other| is_newer(other, snapshot)).copied().collect();
    let mut reasons = Vec::new();
    let number = newer.len() + 1;
    if number <= policy.minimum as usize {
        reasons.push(match policy.minimum {
            1 => "newest good".to_owned(),
            of => format!("newest good {number}/{of}"),
        });
    }
    for (tier, of) in &policy.tiers {
        let mine = stretch(*tier, snapshot);
        let newer: BTreeSet<String> = newer.iter().map(|other| stretch(*tier, other)).collect();
        let is_newest = !newer.contains(&mine);
        let is_oldest = !good.iter().any(|other| is_newer(snapshot, other));
        if newer.len() >= *of as usize {
            continue;
        }
        let number = newer.len() + 1;
        if is_newest {
            reasons.push(format!("{tier} {number}/{of}"));
        } else if is_oldest {
            reasons.push(format!("{tier} {number}/{of} (the oldest)"));
        }
    }
    if let Some(age) = policy.within {
        let newest = good.iter().map(|other| other.taken_at).max().unwrap();
        if age.before(newest) <= snapshot.taken_at {
            reasons.push(format!("within {age}"));
        }
    }
    reasons
}

/// A name that all moments of a stretch share and no others.
fn stretch(tier: Tier, snapshot: &Candidate) -> String {
    let hours = snapshot.taken_at.div_euclid(3_600_000_000);
    let days = hours.div_euclid(24);
    let (year, month, day) = civil(days);
    match tier {
        Tier::Last => snapshot.id.clone(),
        Tier::Hourly => format!("{year}-{month}-{day} {}", hours.rem_euclid(24)),
        Tier::Daily => format!("{year}-{month}-{day}"),
        // The Monday with which the week begins: the last day whose number leaves 4 when divided by 7, as 5 January
        // 1970 does.
        Tier::Weekly => {
            let mut monday = days;
            while monday.rem_euclid(7) != 4 {
                monday -= 1;
            }
            format!("{:?}", civil(monday))
        }
        Tier::Monthly => format!("{year}-{month}"),
        Tier::Yearly => format!("{year}"),
    }
}

/// Year, month and day, counted off from 1970.
fn civil(mut days: i64) -> (i64, usize, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += 365 + i64::from(is_leap(year));
    }
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let lengths = [
        31,
        28 + i64::from(is_leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month + 1, days + 1)
}
