//! Small histories of one database, with the verdict that a reader would expect.

use super::super::{Candidate, Condition, Keys, Policy, PolicyError, Series, SnapshotScope, Verdict, decide};

pub(super) fn micros(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect(text).as_microsecond()
}

const NOW: &str = "2026-03-31T12:00:00Z";

fn at(time: &str) -> Candidate {
    Candidate {
        id: time.to_owned(),
        series: Series {
            database: "app".to_owned(),
            ..Series::default()
        },
        label: "nightly".to_owned(),
        taken_at: micros(time),
        condition: Condition::Good,
        pinned: false,
        safety: false,
        retired_at: None,
    }
}

fn with(time: &str, condition: Condition) -> Candidate {
    Candidate { condition, ..at(time) }
}

fn policy(text: &str) -> Policy {
    Keys::parse(text).and_then(Keys::policy).expect("a policy")
}

/// Each verdict as `keep: reasons` or `delete: reason`.
fn told(snapshots: &[Candidate], policy: &Policy) -> Vec<String> {
    let verdicts = decide(snapshots, policy, micros(NOW)).expect("verdicts");
    let text = |verdict: &Verdict| match verdict {
        Verdict::Keep(reasons) => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            format!("keep: {}", reasons.join("; "))
        }
        Verdict::Delete(reason) => format!("delete: {reason}"),
    };
    verdicts.iter().map(text).collect()
}

#[track_caller]
fn expect(snapshots: &[Candidate], text: &str, expected: &[&str]) {
    assert_eq!(told(snapshots, &policy(text)), expected);
}

#[test]
fn the_newest_of_each_of_the_newest_days_stay() {
    let snapshots = [
        at("2026-03-31T06:00:00Z"),
        at("2026-03-31T05:00:00Z"),
        at("2026-03-29T23:00:00Z"),
        at("2026-03-29T01:00:00Z"),
        at("2026-03-01T01:00:00Z"),
        at("2026-02-01T01:00:00Z"),
    ];
    expect(
        &snapshots,
        "keep_daily = 3",
        &[
            "keep: newest good; daily 1/3",
            "delete: past every rule",
            "keep: daily 2/3",
            "delete: past every rule",
            "keep: daily 3/3",
            "delete: past every rule",
        ],
    );
}

#[test]
fn a_tier_that_is_not_full_keeps_the_oldest() {
    let snapshots = [
        at("2026-03-31T06:00:00Z"),
        at("2026-03-30T06:00:00Z"),
        at("2026-03-30T01:00:00Z"),
        at("2026-03-30T00:00:00Z"),
    ];
    expect(
        &snapshots,
        "keep_daily = 3",
        &[
            "keep: newest good; daily 1/3",
            "keep: daily 2/3",
            "delete: past every rule",
            "keep: daily 3/3 (the oldest)",
        ],
    );
    expect(
        &snapshots,
        "keep_daily = 2\nkeep_within = '35h'",
        &[
            "keep: newest good; daily 1/2; within 35h",
            "keep: daily 2/2; within 35h",
            "keep: within 35h",
            "keep: within 35h",
        ],
    );
}

#[test]
fn labels_pins_and_the_future_stay() {
    let snapshots = [
        at("2026-04-01T00:00:00Z"),
        at("2026-03-30T00:00:00Z"),
        Candidate {
            label: "release-1".to_owned(),
            ..with("2024-03-30T00:00:00Z", Condition::Damaged)
        },
        Candidate {
            pinned: true,
            ..with("2024-03-29T00:00:00Z", Condition::Failed)
        },
        Candidate {
            label: "release-2".to_owned(),
            ..with("2024-03-28T00:00:00Z", Condition::Failed)
        },
        at("2023-03-29T00:00:00Z"),
    ];
    expect(
        &snapshots,
        "keep_last = 1\nkeep_label = ['x', 'release-*', '*-1']",
        &[
            "keep: dated in the future",
            "keep: newest good; last 1/1",
            "keep: label release-*; label *-1",
            "keep: pinned",
            "delete: failed, older than 7d",
            "delete: past every rule",
        ],
    );
}

#[test]
fn what_is_not_good_takes_nobodys_place_and_stays_while_in_doubt() {
    let snapshots = [
        with("2026-03-31T11:00:00Z", Condition::Running),
        with("2026-03-31T06:00:00Z", Condition::Unverified),
        at("2026-03-30T06:00:00Z"),
        with("2026-03-29T06:00:00Z", Condition::Partial),
        with("2026-03-28T06:00:00Z", Condition::Incomplete),
        with("2026-03-20T06:00:00Z", Condition::Incomplete),
        at("2026-03-19T06:00:00Z"),
        with("2026-03-18T06:00:00Z", Condition::Missing),
    ];
    expect(
        &snapshots,
        "keep_last = 2",
        &[
            "keep: being written",
            "keep: unverified, none newer is good",
            "keep: newest good; last 1/2",
            "keep: partial, else last 2/2",
            "keep: incomplete, within 7d",
            "delete: incomplete, older than 7d",
            "keep: last 2/2",
            "delete: missing, past every rule, newer ones are good",
        ],
    );
}

#[test]
fn what_a_rollback_replaced_stays_for_a_while_and_until_there_is_something_newer() {
    let safety = |time| Candidate {
        safety: true,
        ..at(time)
    };
    let snapshots = [
        safety("2026-03-22T06:00:00Z"),
        at("2026-03-21T06:00:00Z"),
        safety("2026-03-20T06:00:00Z"),
        safety("2026-03-10T06:00:00Z"),
    ];
    expect(
        &snapshots,
        "keep_last = 3\nkeep_safety = '2w'",
        &[
            "keep: safety, within 2w; safety, nothing good since",
            "keep: newest good; last 1/3",
            "keep: safety, within 2w",
            "delete: safety, older than 2w",
        ],
    );
    expect(
        &snapshots,
        "keep_last = 3",
        &[
            "keep: safety, nothing good since",
            "keep: newest good; last 1/3",
            "delete: safety, older than 7d",
            "delete: safety, older than 7d",
        ],
    );
}

#[test]
fn nothing_takes_the_place_of_something_else() {
    let of = |change: fn(&mut Series)| {
        let mut snapshot = at("2026-03-31T06:00:00Z");
        change(&mut snapshot.series);
        snapshot
    };
    let snapshots = [
        of(|_| {}),
        of(|series| series.database = "other".to_owned()),
        of(|series| series.environment = Some("production".to_owned())),
        of(|series| series.server = Some(7)),
        of(|series| series.scope = SnapshotScope::Definitions),
        of(|series| series.scope = SnapshotScope::Selection("table=a".to_owned())),
        of(|series| series.scope = SnapshotScope::Selection("table=b".to_owned())),
    ];
    expect(&snapshots, "keep_last = 1", &["keep: newest good; last 1/1"; 7]);
}

#[test]
fn when_backups_stop_nothing_expires() {
    let snapshots = [at("2020-03-31T06:00:00Z"), at("2020-03-25T06:00:00Z")];
    expect(
        &snapshots,
        "keep_within = '7d'",
        &["keep: newest good; within 7d", "keep: within 7d"],
    );
}

#[test]
fn a_label_that_nothing_has_keeps_nothing() {
    let policy = policy("keep_label = ['relaese-*']");
    let snapshots = [at("2026-03-30T00:00:00Z"), at("2026-03-29T00:00:00Z")];
    let refused = decide(&snapshots, &policy, micros(NOW));
    assert_eq!(
        refused,
        Err(PolicyError::NoLabelMatches {
            patterns: "`relaese-*`".to_owned()
        })
    );
    assert_eq!(decide(&[], &policy, micros(NOW)), Ok(Vec::new()));
}

#[test]
fn a_policy_made_by_hand_is_checked_too() {
    let none = Policy {
        tiers: Vec::new(),
        ..policy("keep_last = 1")
    };
    assert_eq!(decide(&[], &none, 0), Err(PolicyError::KeepsNothing));
    let none = Policy {
        minimum: 0,
        ..policy("keep_last = 1")
    };
    assert_eq!(decide(&[], &none, 0), Err(PolicyError::NoMinimum));
}

#[test]
fn a_retired_database_goes_as_a_whole_when_its_time_is_over() {
    let of = |retired: &str| {
        let retired_at = Some(micros(retired));
        let candidate = |change: &dyn Fn(&mut Candidate)| {
            let mut candidate = Candidate {
                retired_at,
                ..at("2026-02-01T06:00:00Z")
            };
            change(&mut candidate);
            candidate
        };
        vec![
            candidate(&|_| ()),
            candidate(&|c| c.condition = Condition::Failed),
            candidate(&|c| c.safety = true),
            candidate(&|c| c.pinned = true),
            candidate(&|c| c.label = "release-1".to_owned()),
        ]
    };
    let text = "keep_daily = 99\nkeep_label = ['release-*']\nkeep_retired = '2w'";
    let kept = "keep: database retired within 2w";
    expect(
        &of("2026-03-20T00:00:00Z"),
        text,
        &[
            kept,
            kept,
            kept,
            "keep: pinned; database retired within 2w",
            "keep: label release-*; database retired within 2w",
        ],
    );
    let gone = "delete: database retired for 2w";
    expect(
        &of("2026-03-10T00:00:00Z"),
        text,
        &[gone, gone, gone, "keep: pinned", "keep: label release-*"],
    );
}
