//! References among made-up snapshots.

use super::*;
use crate::repository::{Record, State};

fn snapshot(index: usize, id: &str, standing: Standing, change: impl FnOnce(&mut Record)) -> Snapshot {
    let (started_at, label) = crate::repository::record::parse_id(id).unwrap();
    let mut record = Record {
        id: id.to_owned(),
        label: label.to_owned(),
        started_at,
        database: "app".to_owned(),
        ..Record::default()
    };
    change(&mut record);
    Snapshot {
        index,
        record,
        state: State::default(),
        standing,
        unreadable: None,
    }
}

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn some() -> Vec<Snapshot> {
    use Standing::{Complete, Failed, Partial};
    vec![
        snapshot(1, "20261122T000004Z_emergency_pre_rollback", Complete, |r| {
            r.safety = true
        }),
        snapshot(2, "20261122T000003Z_nightly", Failed, |_| ()),
        snapshot(3, "20261122T000002Z_structure", Complete, |r| {
            r.kind = SnapshotKind::Schema
        }),
        snapshot(4, "20261122T000001Z_half", Partial, |_| ()),
        snapshot(5, "20261122T000000Z_other", Complete, |r| r.database = "shop".into()),
        snapshot(6, "20261121T000001Z_nightly", Complete, |_| ()),
        snapshot(7, "20261121T000000Z_nightly", Complete, |_| ()),
    ]
}

fn look(snapshots: Vec<Snapshot>, reference: &str, database: Option<&str>) -> Result<Found, RepositoryError> {
    let wanted = Wanted {
        database,
        ..Wanted::new(reference, now())
    };
    find(snapshots, &wanted, &BTreeSet::new())
}

fn index(reference: &str, database: Option<&str>) -> Option<usize> {
    look(some(), reference, database).ok().map(|found| found.snapshot.index)
}

#[test]
fn each_form_finds_its_snapshot() {
    assert_eq!(index("2", None), Some(2));
    assert_eq!(index("8", None), None);
    assert_eq!(index("0", None), None);
    assert_eq!(index("20261122T000003Z_nightly", None), Some(2));
    assert_eq!(index("nightly", None), Some(6));
    assert_eq!(index("half", None), None);
    assert_eq!(index("20261121T000000", None), Some(7));
    assert!(matches!(
        look(some(), "20261121", None),
        Err(RepositoryError::Ambiguous { count: 2, .. })
    ));
    assert_eq!(index("", None), None);
    assert_eq!(index("nothing", None), None);
}

#[test]
fn latest_is_complete_of_one_database_and_no_safety_snapshot() {
    let several = look(some(), LATEST, None).unwrap_err();
    assert_eq!(
        several.to_string(),
        "`latest` fits snapshots of several databases: `app/latest`, `shop/latest`"
    );
    assert_eq!(index(LATEST, Some("app")), Some(6));
    assert_eq!(index("shop/latest", None), Some(5));
    assert!(matches!(
        look(some(), LATEST, Some("none")),
        Err(RepositoryError::NoneComplete { .. })
    ));
    // A retired database is found only by its name.
    let retired = BTreeSet::from(["shop".to_owned()]);
    let found = |reference| {
        find(some(), &Wanted::new(reference, now()), &retired)
            .unwrap()
            .snapshot
            .index
    };
    assert_eq!((found(LATEST), found("shop/latest")), (6, 5));
}

#[test]
fn a_label_of_two_databases_is_refused_until_one_is_named() {
    let mut both = some();
    both[4] = snapshot(5, "20261122T000000Z_nightly", Standing::Failed, |r| {
        r.database = "crm/eu \u{1b}[31m".into();
    });
    // Also if the other database only has failed ones: its owner would get the tables of the first.
    let refused = look(both.clone(), "nightly", None).unwrap_err().to_string();
    assert!(refused.contains("`app/nightly`, `crm/eu"), "{refused}");
    assert_eq!(look(both.clone(), "app/nightly", None).unwrap().snapshot.index, 6);
    assert_eq!(look(both.clone(), "nightly", Some("app")).unwrap().snapshot.index, 6);
    // The last `/` separates.
    both[4].standing = Standing::Complete;
    let slashed = look(both.clone(), "crm/eu \u{1b}[31m/nightly", None).unwrap();
    assert_eq!(slashed.snapshot.index, 5);
    for wrong in ["/nightly", "app/", "app/crm/nightly", "crm/nightly"] {
        assert!(look(both.clone(), wrong, None).is_err(), "{wrong}");
    }
    assert!(look(both.clone(), "app/nightly", Some("crm")).is_err());
    // An index counts snapshots of all databases, and an id is complete; both must still be of the named database.
    assert_eq!(look(both.clone(), "app/6", None).unwrap().snapshot.index, 6);
    for other in ["app/5", "app/20261122T000000Z_nightly"] {
        assert!(
            matches!(
                look(both.clone(), other, None),
                Err(RepositoryError::OtherDatabase { .. })
            ),
            "{other}"
        );
    }
}

#[test]
fn environments_are_told_apart_as_databases_are() {
    let of = |index, day: u32, environment: Option<&str>| {
        snapshot(
            index,
            &format!("202611{day}T000000Z_nightly"),
            Standing::Complete,
            |r| {
                r.environment = environment.map(str::to_owned);
            },
        )
    };
    let all = || {
        vec![
            of(1, 22, Some("staging")),
            of(2, 21, Some("production")),
            of(3, 20, None),
        ]
    };
    for reference in [LATEST, "nightly"] {
        let refused = look(all(), reference, Some("app")).unwrap_err().to_string();
        assert!(refused.contains("`--env production`, `--env staging`"), "{refused}");
        let wanted = Wanted {
            environment: Some("production"),
            ..Wanted::new(reference, now())
        };
        assert_eq!(find(all(), &wanted, &BTreeSet::new()).unwrap().snapshot.index, 2);
    }
    // A snapshot without an environment is not of another one.
    assert_eq!(look(all()[1..].to_vec(), LATEST, None).unwrap().snapshot.index, 2);
}

#[test]
fn what_is_dated_in_the_future_is_nobodys_newest() {
    let future = |index, label: &str| snapshot(index, &format!("20310101T000000Z_{label}"), Standing::Complete, |_| ());
    let mut with = some();
    with.insert(0, future(0, "nightly"));
    for reference in [LATEST, "nightly"] {
        let found = look(with.clone(), reference, Some("app")).unwrap();
        assert_eq!(found.snapshot.index, 6, "{reference}");
        assert!(found.notes[0].contains("20310101T000000Z_nightly") && found.notes[0].contains("future"));
    }
    assert_eq!(look(with, "20310101", None).unwrap().snapshot.index, 0);
    // If there is nothing else, `latest` finds nothing, and a label comes with a note.
    let only = vec![future(1, "nightly")];
    let none = look(only.clone(), LATEST, None).unwrap_err().to_string();
    assert!(none.contains("dated in the future"), "{none}");
    assert!(look(only, "nightly", None).unwrap().notes[0].contains("future"));
    // Clocks may differ by minutes.
    let near = snapshot(1, "20261123T000400Z_nightly", Standing::Complete, |_| ());
    assert!(look(vec![near], LATEST, None).unwrap().notes.is_empty());
}

#[test]
fn parts_are_no_snapshots_of_the_database() {
    let of_kind = |index, day: u32, kind| {
        snapshot(index, &format!("202611{day}T000000Z_x"), Standing::Complete, |r| {
            r.kind = kind
        })
    };
    let whole = |snapshots: Vec<Snapshot>, reference| {
        let wanted = Wanted {
            whole: true,
            ..Wanted::new(reference, now())
        };
        find(snapshots, &wanted, &BTreeSet::new())
    };
    let all = vec![
        of_kind(1, 22, SnapshotKind::Schema),
        of_kind(2, 21, SnapshotKind::Selection),
        of_kind(3, 20, SnapshotKind::Full),
    ];
    assert_eq!(look(all.clone(), LATEST, None).unwrap().snapshot.index, 3);
    assert_eq!(whole(all.clone(), LATEST).unwrap().snapshot.index, 3);
    assert_eq!(whole(all.clone(), "x").unwrap().snapshot.index, 3);
    // A label means its newest snapshot, with a note if that is of a part.
    let newest = look(all.clone(), "x", None).unwrap();
    assert_eq!(newest.snapshot.index, 1);
    assert!(
        newest.notes[0].contains("20261120T000000Z_x` is of all of it"),
        "{:?}",
        newest.notes
    );
    // If a database has only snapshots of parts, `latest` is the newest with rows, with a note.
    let parts = look(all[..2].to_vec(), LATEST, None).unwrap();
    assert_eq!(parts.snapshot.index, 2);
    assert!(parts.notes[0].contains("no complete snapshot of all of it"));
    let none = whole(all[..2].to_vec(), LATEST).unwrap_err().to_string();
    assert!(none.contains("of a part of it"), "{none}");
    assert!(look(all[..1].to_vec(), LATEST, None).is_err());
}
