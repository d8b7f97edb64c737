//! Prunes sample repositories and checks what is left.

mod many;

use super::*;
use crate::repository::objects::state_name;
use crate::repository::{Depth, HistoryEvent, Record, State, Status, Verification, archive_name};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Scratch {
    _folder: tempfile::TempDir,
    repository: Repository,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open_or_create(&folder.path().join("r")).unwrap();
        Self {
            _folder: folder,
            repository,
        }
    }

    /// Adds a snapshot that is good as far as names, sizes and states tell.
    fn add(&self, database: &str, day: u32, change: impl FnOnce(&mut Record)) -> String {
        let at = time(&format!("2026-01-{day:02}T00:00:00Z"));
        let mut record = Record::begun(database, at).unwrap();
        record.database = database.to_owned();
        record.status = Status::Complete;
        record.bytes = 1;
        change(&mut record);
        let repository = &self.repository;
        repository.write_record(&record).unwrap();
        if matches!(record.status, Status::Complete | Status::Partial) {
            repository.storage().create(&archive_name(&record.id), b"a").unwrap();
            let verified = Verification {
                at,
                depth: Depth::Full,
                good: true,
                findings: 0,
            };
            let verify = |state: &mut State| state.verify(verified);
            repository.update_state(&record.id, verify).unwrap();
        }
        record.id
    }

    fn prune(&self, policy: &str, apply: bool, after_failure: bool) -> Pruning {
        let policy = Keys::parse(policy).and_then(Keys::policy).unwrap();
        let request = Request {
            policy: &policy,
            database: None,
            after_failure,
            now: time("2026-02-01T00:00:00Z"),
        };
        match apply {
            true => self.repository.prune(&request, &Who::default()).unwrap(),
            false => self.repository.plan_prune(&request).unwrap(),
        }
    }

    fn left(&self) -> Vec<String> {
        let snapshots = self.repository.snapshots().unwrap();
        snapshots.into_iter().map(|s| s.record.id).collect()
    }
}

fn verdict<'a>(pruning: &'a Pruning, id: &str) -> &'a PruneVerdict {
    let of_it = |d: &&Decision| d.snapshot.id() == id;
    &pruning.decisions.iter().find(of_it).unwrap().verdict
}

#[test]
fn nothing_moves_until_it_is_applied() {
    let scratch = Scratch::new();
    let ids: Vec<String> = (1..=4).map(|day| scratch.add("app", day, |_| ())).collect();
    let planned = scratch.prune("keep_last = 2", false, false);
    assert!(matches!(
        verdict(&planned, &ids[0]),
        PruneVerdict::Delete(Delete::PastRules)
    ));
    assert_eq!(scratch.left().len(), 4);
    scratch.prune("keep_last = 2", true, false);
    assert_eq!(scratch.left(), [ids[3].clone(), ids[2].clone()]);
    let trash = scratch.repository.trash().list().unwrap();
    assert_eq!(trash.len(), 2);
    let again = scratch.prune("keep_last = 2", true, false);
    assert!(
        again
            .decisions
            .iter()
            .all(|d| matches!(d.verdict, PruneVerdict::Keep(_)))
    );
}

#[test]
fn what_is_read_pinned_or_of_an_unknown_state_stays() {
    let scratch = Scratch::new();
    let ids: Vec<String> = (1..=5).map(|day| scratch.add("app", day, |_| ())).collect();
    let repository = &scratch.repository;
    let lease = repository.lease(&ids[0]).unwrap();
    repository.update_state(&ids[1], |state| state.pinned = true).unwrap();
    repository.storage().replace(&state_name(&ids[2]), b"{").unwrap();
    for apply in [false, true] {
        let pruning = scratch.prune("keep_last = 1", apply, false);
        assert!(matches!(verdict(&pruning, &ids[0]), PruneVerdict::Held(Hold::InUse)));
        assert!(matches!(verdict(&pruning, &ids[1]), PruneVerdict::Keep(_)));
        assert!(matches!(
            verdict(&pruning, &ids[2]),
            PruneVerdict::Held(Hold::UnreadableState)
        ));
        assert!(matches!(verdict(&pruning, &ids[3]), PruneVerdict::Delete(_)));
    }
    assert_eq!(scratch.left().len(), 4);
    drop(lease);
    scratch.prune("keep_last = 1", true, false);
    assert_eq!(scratch.left().len(), 3);
}

#[test]
fn a_failed_create_holds_its_database_alone() {
    let scratch = Scratch::new();
    for day in 1..=3 {
        scratch.add("app", day, |_| ());
        scratch.add("shop", day, |_| ());
        scratch.add("mail", day, |_| ());
    }
    scratch.add("app", 4, |record| record.status = Status::Failed);
    // A failed safety snapshot says nothing about the nightly ones.
    scratch.add("mail", 4, |record| {
        record.status = Status::Failed;
        record.safety = true;
    });
    let event = |database: &str, outcome| HistoryEvent {
        database: Some(database.to_owned()),
        ..HistoryEvent::new(Action::Create, outcome, &Who::default())
    };
    let history = scratch.repository.history();
    let append = |event| history.append(event, Timestamp::now()).unwrap();
    append(event("shop", Outcome::Done));
    append(event("shop", Outcome::Failed));
    append(event("mail", Outcome::Failed));
    append(event("mail", Outcome::Done));
    append(event("mail", Outcome::Begun));
    let planned = scratch.prune("keep_last = 1", false, false);
    assert_eq!(planned.failed.keys().collect::<Vec<_>>(), ["app", "shop"]);
    let held = |pruning: &Pruning| {
        let held = |d: &&Decision| matches!(d.verdict, PruneVerdict::Held(Hold::FailedCreate));
        pruning.decisions.iter().filter(held).count()
    };
    assert_eq!(held(&planned), 5);
    scratch.prune("keep_last = 1", true, false);
    // The leftovers of the failures are old enough to go; that of `mail` goes.
    assert_eq!(scratch.left().len(), 3 + 1 + 3 + 1);
    let pruning = scratch.prune("keep_last = 1", true, true);
    assert_eq!(held(&pruning), 0);
    assert_eq!(scratch.left().len(), 3);
}

#[test]
fn a_name_under_which_nothing_was_ever_made_is_in_nobodys_way() {
    let scratch = Scratch::new();
    scratch.add("app", 1, |_| ());
    let misspelt = scratch.add("ap", 2, |record| record.status = Status::Failed);
    let pruning = scratch.prune("keep_last = 1", true, false);
    assert!(pruning.failed.is_empty());
    assert!(matches!(
        verdict(&pruning, &misspelt),
        PruneVerdict::Delete(Delete::Leftover { .. })
    ));
    assert_eq!(scratch.left().len(), 1);
}

#[test]
fn the_trash_is_emptied_when_its_time_is_over_and_something_good_is_left() {
    let scratch = Scratch::new();
    let ids: Vec<String> = (1..=3).map(|day| scratch.add("app", day, |_| ())).collect();
    let note = |at| Note {
        at: time(at),
        who: Who::default(),
        why: String::new(),
        database: "app".to_owned(),
        good: true,
        pending: None,
    };
    let trash = scratch.repository.trash();
    trash.put(&ids[0], &note("2026-01-20T00:00:00Z")).unwrap();
    trash.put(&ids[1], &note("2026-01-31T00:00:00Z")).unwrap();
    let damage = Verification {
        at: time("2026-01-31T00:00:00Z"),
        depth: Depth::Full,
        good: false,
        findings: 1,
    };
    let (mut good, repository) = (damage.clone(), &scratch.repository);
    good.good = true;
    repository.update_state(&ids[2], |state| state.verify(damage)).unwrap();
    assert!(scratch.prune("keep_last = 1", true, false).emptied.is_empty());
    repository.update_state(&ids[2], |state| state.verify(good)).unwrap();
    let pruning = scratch.prune("keep_last = 1\ntrash_age = '1w'", true, false);
    assert_eq!(pruning.emptied.iter().map(|t| &t.id).collect::<Vec<_>>(), [&ids[0]]);
    assert_eq!((pruning.in_trash, trash.list().unwrap().len()), (1, 1));
    scratch.prune("keep_last = 1\ntrash_age = '1d'", true, false);
    assert!(trash.list().unwrap().is_empty());
}

#[test]
fn the_policy_file_is_read_and_mistakes_are_told() {
    let scratch = Scratch::new();
    let repository = &scratch.repository;
    assert!(repository.policy_keys().unwrap().is_none());
    repository.storage().replace(POLICY_FILE, b"keep_daily = 14").unwrap();
    assert_eq!(repository.policy_keys().unwrap().unwrap().keep_daily, Some(14));
    for wrong in [&b"keep_dialy = 14"[..], b"\xff"] {
        repository.storage().replace(POLICY_FILE, wrong).unwrap();
        assert!(matches!(repository.policy_keys(), Err(RepositoryError::Policy { .. })));
    }
}
