//! Judgements of made-up facts.

use super::*;
use crate::repository::{Action, HistoryEvent, Outcome, Record, State, Status, Who};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn snapshot(time: &str, bytes: u64, rows: u64) -> Snapshot {
    let mut record = Record::begun("nightly", time.parse().unwrap()).unwrap();
    record.database = "app".to_owned();
    record.status = Status::Complete;
    (record.bytes, record.rows) = (bytes, rows);
    Snapshot {
        index: 0,
        record,
        state: State::default(),
        standing: Standing::Complete,
        unreadable: None,
    }
}

fn failed(time: &str) -> Snapshot {
    let mut failed = snapshot(time, 0, 0);
    failed.standing = Standing::Failed;
    failed.record.error = Some("disk full".to_owned());
    failed
}

fn facts(snapshots: Vec<Snapshot>) -> Facts {
    Facts {
        snapshots,
        faults: BTreeMap::new(),
        history: Vec::new(),
        chain: Ok(3),
        space: Space { free: 50, total: 100 },
        retired: BTreeMap::new(),
        leftovers: Leftovers::default(),
    }
}

fn limits() -> Limits {
    Limits {
        max_age: "24h".parse().unwrap(),
        max_drill_age: None,
        min_free: 10.0,
        database: None,
        parts: false,
    }
}

/// `name` of each check, with `!` if it is a finding.
fn told(facts: &Facts, limits: &Limits) -> String {
    let mut checks = judge(facts, limits, now()).checks;
    checks.retain(|check| check.what.name() != "verified");
    let word = |check: &Check| format!("{}{}", check.what.name(), if check.good { "" } else { "!" });
    checks.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_newest_complete_one_counts() {
    let fresh = || snapshot("2026-11-22T02:00:00Z", 9, 9);
    let old = || snapshot("2026-11-21T02:00:00Z", 9, 9);
    let told = |snapshots: Vec<Snapshot>| told(&facts(snapshots), &limits());
    assert_eq!(told(vec![fresh(), old()]), "age create files space history");
    assert_eq!(told(vec![old()]), "age! create files space history");
    assert_eq!(
        told(vec![failed("2026-11-22T03:00:00Z"), old()]),
        "age! create! files space history"
    );
    assert_eq!(
        told(vec![fresh(), failed("2026-11-22T01:00:00Z")]),
        "age create files space history"
    );
    assert_eq!(told(vec![]), "age! files space history");
    let with = |change: fn(&mut Snapshot)| {
        let mut fresh = fresh();
        change(&mut fresh);
        vec![fresh, old()]
    };
    for none in [
        with(|s| s.record.safety = true),
        with(|s| s.record.kind = SnapshotKind::Selection),
        with(|s| s.record.kind = SnapshotKind::Schema),
        with(|s| s.standing = Standing::Partial),
    ] {
        assert_eq!(told(none), "age! create files space history");
    }
    let later = with(|s| s.record.started_at = "2026-11-23T00:00:00Z".parse().unwrap());
    assert_eq!(told(later), "age! clock! create files space history");
}

#[test]
fn databases_and_environments_are_judged_apart() {
    let mut other = snapshot("2026-11-01T02:00:00Z", 9, 9);
    other.record.environment = Some("staging".to_owned());
    let mut shop = snapshot("2026-11-01T02:00:00Z", 9, 9);
    shop.record.database = "shop".to_owned();
    let facts = facts(vec![snapshot("2026-11-22T02:00:00Z", 9, 9), other, shop]);
    let health = judge(&facts, &limits(), now());
    assert_eq!((health.findings(), health.figures.len()), (2, 3));
    assert_eq!(health.figures.iter().filter(|f| f.good).count(), 1);
    let of = |name: &str| Limits {
        database: Some(name.to_owned()),
        ..limits()
    };
    assert_eq!(told(&facts, &of("shop")), "age! create files space history");
    assert_eq!(told(&facts, &of("none")), "age! create files space history");
}

#[test]
fn sizes_are_held_against_the_median_of_five() {
    let mib = |n: u64| n << 20;
    let history = |newest: (u64, u64)| {
        let usual = [(10, 100), (11, 100), (9, 100), (10, 100), (90, 100), (1000, 9)];
        let mut snapshots = vec![snapshot("2026-11-22T02:00:00Z", mib(newest.0), newest.1 * 1000)];
        snapshots.extend(usual.map(|(bytes, rows)| snapshot("2026-11-21T02:00:00Z", mib(bytes), rows * 1000)));
        facts(snapshots)
    };
    for (newest, good) in [
        ((10, 100), true),
        ((5, 100), true),
        ((4, 100), false),
        ((20, 100), true),
        ((21, 100), false),
        ((10, 49), false),
        ((10, 201), false),
        ((10, 0), false),
    ] {
        let expected = if good { "age size create" } else { "age size! create" };
        assert!(told(&history(newest), &limits()).starts_with(expected), "{newest:?}");
    }
    let health = judge(&history((4, 100)), &limits(), now());
    let size = health.checks.iter().find(|c| c.what.name() == "size").unwrap();
    let (now, usual) = (
        Amount {
            bytes: mib(4),
            rows: 100_000,
        },
        Amount {
            bytes: mib(10),
            rows: 100_000,
        },
    );
    assert_eq!(size.what, What::Size { now, usual, of: 5 });
}

#[test]
fn small_databases_may_double_but_not_vanish() {
    assert!(in_line(3_000, 1_000, 1 << 20) && in_line(1, 1_000, 1 << 20));
    assert!(!in_line(0, 1_000, 1 << 20) && in_line(0, 0, 1));
    assert!(in_line(u64::MAX, u64::MAX, 1) && !in_line(u64::MAX, 1, 1));
    assert_eq!((median(vec![]), median(vec![3, 1]), median(vec![9, 1, 2])), (0, 2, 2));
    assert_eq!(median(vec![u64::MAX, u64::MAX]), u64::MAX);
}

#[test]
fn drills_count_when_asked_for_or_failed() {
    let drilled = |day: u32, good| {
        let mut snapshot = snapshot("2026-11-22T02:00:00Z", 9, 9);
        snapshot.state.drilled = Some(DrillVerdict {
            at: format!("2026-11-{day:02}T00:00:00Z").parse().unwrap(),
            good,
            seconds: 1.0,
            report: String::new(),
        });
        facts(vec![snapshot])
    };
    let asked = Limits {
        max_drill_age: Some(Age::days(7)),
        ..limits()
    };
    let none = facts(vec![snapshot("2026-11-22T02:00:00Z", 9, 9)]);
    for (facts, limits, expected) in [
        (&none, &limits(), "age create files"),
        (&none, &asked, "age create drill! files"),
        (&drilled(20, true), &asked, "age create drill files"),
        (&drilled(2, true), &asked, "age create drill! files"),
        (&drilled(2, true), &limits(), "age create drill files"),
        (&drilled(20, false), &limits(), "age create drill! files"),
    ] {
        assert_eq!(told(facts, limits), format!("{expected} space history"));
    }
}

#[test]
fn the_repository_itself_is_looked_at() {
    let mut facts = facts(vec![snapshot("2026-11-22T02:00:00Z", 9, 9)]);
    let id = facts.snapshots[0].record.id.clone();
    facts.faults.insert(id.clone(), "its archive is missing".to_owned());
    facts.chain = Err((2, "it is missing".to_owned()));
    facts.space = Space { free: 9, total: 100 };
    assert_eq!(told(&facts, &limits()), "age create files! space! history!");
    facts.chain = Ok(1);
    let event = HistoryEvent {
        database: Some("app".to_owned()),
        message: "no route".to_owned(),
        ..HistoryEvent::new(Action::Create, Outcome::Failed, &Who::default())
    };
    facts.history.push(HistoryEntry {
        number: 1,
        at: now(),
        event,
        previous: String::new(),
    });
    let health = judge(&facts, &limits(), now());
    let error = Some("no route".to_owned());
    assert!(
        health
            .checks
            .iter()
            .any(|check| check.what == What::LastCreate { error: error.clone() })
    );
    // Also if the record cannot be read and so names no database.
    facts.snapshots[0].unreadable = Some("it has no record".to_owned());
    assert!(told(&facts, &limits()).contains("files!"));
}

/// Parts count for the database only if that is asked for.
#[test]
fn parts_are_judged_when_they_are_asked_for() {
    let of_kind = |time: &str, kind| {
        let mut snapshot = snapshot(time, 9, 9);
        snapshot.record.kind = kind;
        snapshot
    };
    let all = Limits {
        parts: true,
        max_drill_age: Some("30d".parse().unwrap()),
        ..limits()
    };
    let whole = Limits {
        parts: false,
        ..all.clone()
    };
    let mut part = of_kind("2026-11-22T02:00:00Z", SnapshotKind::Selection);
    part.state.drilled = Some(DrillVerdict {
        at: now(),
        good: true,
        seconds: 1.0,
        report: String::new(),
    });
    let facts = |snapshots| facts(snapshots);
    let both = facts(vec![part.clone(), of_kind("2026-11-20T02:00:00Z", SnapshotKind::Full)]);
    assert_eq!(told(&both, &whole), "age! create drill! files space history");
    assert_eq!(told(&both, &all), "age create drill files space history");
    assert_eq!(
        told(&facts(vec![part.clone()]), &whole),
        "age! create drill! files space history"
    );
    // A later snapshot of a part does not make up for a failed one of the whole.
    let mut failure = failed("2026-11-22T01:00:00Z");
    failure.record.kind = SnapshotKind::Full;
    let old = of_kind("2026-11-21T13:00:00Z", SnapshotKind::Full);
    let with = facts(vec![part, failure, old]);
    assert_eq!(told(&with, &limits()), "age create! files space history");
}

#[test]
fn a_drill_of_tomorrow_is_no_proof_of_today() {
    let mut drilled = snapshot("2026-11-22T02:00:00Z", 9, 9);
    drilled.state.drilled = Some(DrillVerdict {
        at: "2031-01-01T00:00:00Z".parse().unwrap(),
        good: true,
        seconds: 1.0,
        report: String::new(),
    });
    let limits = Limits {
        max_drill_age: Some("8d".parse().unwrap()),
        ..limits()
    };
    assert_eq!(
        told(&facts(vec![drilled]), &limits),
        "age create drill! files space history"
    );
}

#[test]
fn retired_databases_are_left_alone_and_leftovers_named() {
    let mut crm = snapshot("2026-01-01T02:00:00Z", 9, 9);
    crm.record.database = "crm".to_owned();
    let mut facts = facts(vec![snapshot("2026-11-22T02:00:00Z", 9, 9), crm]);
    assert_eq!(judge(&facts, &limits(), now()).findings(), 1);
    facts.retired.insert("crm".to_owned(), now());
    assert_eq!(told(&facts, &limits()), "age create files retired space history");
    let of_it = Limits {
        database: Some("crm".to_owned()),
        ..limits()
    };
    assert_eq!(told(&facts, &of_it), "age! create files retired space history");
    facts.retired.clear();
    facts.snapshots.truncate(1);
    facts.leftovers.files = 2;
    facts.leftovers.drills = vec![crate::repository::Underway {
        database: "pgark_drill_20260310_120000_a1b2c3d4e5f6".to_owned(),
        server: "db".to_owned(),
        system_identifier: None,
        snapshot: String::new(),
        at: now(),
        who: Who::default(),
    }];
    assert_eq!(told(&facts, &limits()), "age create files left scratch! space history");
}
