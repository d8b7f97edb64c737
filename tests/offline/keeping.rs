//! `prune`, `undelete`, `log` and `health` on repositories of small archives, without a server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use pgark::Job;
use pgark::archive::{Archive, ArchiveError, ArchiveId, Salvage, VerifyOptions, verify};
use pgark::codec::Compression;
use pgark::internals::repository::record::Record;
use pgark::internals::repository::reference::Wanted;
use pgark::internals::repository::{Action, Depth, HistoryEvent, Outcome, Repository, Snapshot, Status, Who};
use pgark::model::Source;
use serde_json::Value;

use crate::sample::{self, Table};

pub struct Scratch {
    folder: tempfile::TempDir,
    repository: Repository,
}

impl Scratch {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open_or_create(&folder.path().join("repo")).unwrap();
        Self { folder, repository }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    /// A verified snapshot of `database` as it would have been taken so many hours ago.
    pub fn add(&self, label: &str, database: &str, hours_ago: i64) -> String {
        let at = Timestamp::now() - SignedDuration::from_hours(hours_ago);
        let mut record = Record::begun(label, at).unwrap();
        let source = Source {
            database: database.to_owned(),
            label: Some(label.to_owned()),
            options: Vec::new(),
            taken_at_micros: at.as_microsecond(),
            ..sample::source()
        };
        let chunks = vec![b"1\ta\n2\tb\n".repeat(50)];
        let tables = [Table { columns: 2, chunks }];
        let catalog = sample::catalog(&tables);
        let id = ArchiveId(*b"another archive!");
        let (bytes, _) = sample::write_as(id, &source, &catalog, &tables, Compression::Zstd(1), 1 << 30);
        let repository = &self.repository;
        let path = repository.archive_path(&record.id).unwrap().unwrap();
        let log = repository.history();
        let event = HistoryEvent {
            snapshot: Some(record.id.clone()),
            database: Some(database.to_owned()),
            ..HistoryEvent::new(Action::Create, Outcome::Done, &Who::default())
        };
        log.append(event, at).unwrap();
        repository
            .storage()
            .create(&pgark::internals::repository::archive_name(&record.id), &bytes)
            .unwrap();
        record.describe(&Archive::open(&path).unwrap());
        record.status = Status::Complete;
        record.history = log.head().unwrap();
        repository.write_record(&record).unwrap();
        let wanted = Wanted::new(&record.id, Timestamp::now());
        let snapshot = repository.find(&wanted).unwrap().snapshot;
        let checked = repository.check(&snapshot, Depth::Full, VerifyOptions::default(), &Job::new());
        assert!(checked.unwrap().is_good());
        record.id
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgark"));
        command.args(args).env("PGARK_REPO", self.path()).output().unwrap()
    }

    #[track_caller]
    pub fn expect(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}{err}");
        out + &err
    }

    #[track_caller]
    fn json(&self, args: &[&str], code: i32) -> Value {
        let text = self.expect(args, code);
        let line = text.lines().next().unwrap();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn ids(&self) -> Vec<String> {
        let snapshots = self.repository.snapshots().unwrap();
        snapshots.into_iter().map(|s| s.record.id).collect()
    }
}

#[test]
fn what_is_pruned_comes_back_and_the_history_tells() {
    let scratch = Scratch::new();
    let old = scratch.add("nightly", "app", 72);
    let release = scratch.add("release-1", "app", 48);
    let new = scratch.add("nightly", "app", 1);
    assert!(scratch.expect(&["prune"], 1).contains("no rule that keeps anything"));
    let dry = scratch.expect(&["prune", "--keep-last", "1", "--keep-label", "release-*"], 0);
    assert!(
        dry.contains("past every rule") && dry.contains("label release-*"),
        "{dry}"
    );
    assert_eq!(scratch.ids().len(), 3);
    let policy = "# releases for ever\nkeep_last = 1\nkeep_label = ['release-*']\n";
    fs::write(scratch.path().join("policy.toml"), policy).unwrap();
    let done = scratch.json(&["prune", "--apply", "--json"], 0);
    let verdicts: Vec<_> = done["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["verdict"])
        .collect();
    assert_eq!(verdicts, ["keep", "keep", "delete"]);
    assert_eq!(scratch.ids(), [new.clone(), release.clone()]);
    assert!(scratch.expect(&["undelete"], 0).contains(&old));
    assert!(scratch.expect(&["undelete", "nothing"], 1).contains("not in the trash"));
    scratch.expect(&["undelete", "1"], 0);
    assert_eq!(scratch.ids(), [new.clone(), release.clone(), old.clone()]);
    // It is pinned, so that the same prune leaves it now.
    assert!(scratch.expect(&["prune", "--apply"], 0).contains("pinned"));
    assert_eq!(scratch.ids().len(), 3);
    scratch.expect(&["verify", &old], 0);
    scratch
        .repository
        .update_state(&old, |state| state.pinned = false)
        .unwrap();
    scratch.expect(&["prune", "--apply", "--keep-label", "none"], 0);
    assert_eq!(scratch.ids(), std::slice::from_ref(&new));
    scratch.expect(&["undelete", "--all", "--empty"], 0);
    assert!(scratch.expect(&["undelete"], 0).contains("the trash is empty"));
    let log = scratch.expect(&["log", "--snapshot", &old], 0);
    for told in ["prune", "past every rule", "into the trash", "pinned", "for good"] {
        assert!(log.contains(told), "{told}: {log}");
    }
    let prunes = scratch.json(&["log", "--action", "prune", "--last", "1", "--json"], 0);
    assert!(
        prunes[0]["message"].as_str().unwrap().starts_with("keep 1, delete 2"),
        "{prunes}"
    );
    scratch.expect(&["log", "--check"], 0);
    scratch.expect(&["prune", "--apply", "--keep-last", "1", "--trash-age", "0h"], 0);
}

#[test]
fn an_edited_history_is_found() {
    let scratch = Scratch::new();
    scratch.add("a", "app", 2);
    scratch.add("b", "app", 1);
    assert_eq!(scratch.json(&["log", "--check", "--json"], 0)["entries"], 2);
    let entry = scratch.path().join("log/00000001.json");
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, text.replace("done", "failed")).unwrap();
    assert!(scratch.expect(&["log", "--check"], 3).contains("broken at entry 1"));
    fs::write(&entry, text).unwrap();
    // The last one cut off: the record of its time knows it.
    fs::remove_file(scratch.path().join("log/00000002.json")).unwrap();
    let broken = scratch.json(&["log", "--check", "--json"], 3);
    assert_eq!(broken["broken"]["number"], 2);
    assert!(scratch.expect(&["health"], 3).contains("broken at entry 2"));
}

#[test]
fn nothing_goes_after_a_failed_create_or_while_it_is_read() {
    let scratch = Scratch::new();
    let old = scratch.add("nightly", "app", 72);
    scratch.add("nightly", "app", 48);
    let mut failed = Record::begun("nightly", Timestamp::now()).unwrap();
    failed.database = "app".to_owned();
    failed.status = Status::Failed;
    failed.error = Some("the disk is full".to_owned());
    scratch.repository.write_record(&failed).unwrap();
    let prune = ["prune", "--keep-last", "1", "--apply"];
    let told = scratch.expect(&prune, 1);
    assert!(
        told.contains("the last create of `app` failed (the disk is full)"),
        "{told}"
    );
    assert_eq!(scratch.ids().len(), 3);
    let lease = scratch.repository.lease(&old).unwrap();
    let after_failure = ["prune", "--keep-last", "1", "--apply", "--after-failure"];
    assert!(scratch.expect(&after_failure, 0).contains("in use"));
    assert_eq!(scratch.ids().len(), 3);
    drop(lease);
    scratch.expect(&after_failure, 0);
    assert_eq!(scratch.ids().len(), 2);
    assert!(scratch.expect(&["health"], 3).contains("the disk is full"));
}

#[test]
fn health_finds_what_is_wrong_and_changes_nothing() {
    let scratch = Scratch::new();
    assert!(
        scratch
            .expect(&["health", "--min-free", "0"], 3)
            .contains("no complete snapshot")
    );
    let old = scratch.add("nightly", "app", 30);
    let new = scratch.add("nightly", "app", 2);
    let metrics = scratch.folder.path().join("pgark.prom");
    let args = ["health", "--min-free", "0%", "--prometheus", metrics.to_str().unwrap()];
    let before = listing(&scratch);
    assert!(scratch.expect(&args, 0).contains("healthy"));
    assert_eq!(listing(&scratch), before);
    let text = fs::read_to_string(&metrics).unwrap();
    assert!(
        text.contains("pgark_snapshot_rows{") && text.contains("database=\"app\"} 100\n"),
        "{text}"
    );
    assert_eq!(fs::metadata(&metrics).unwrap().permissions().mode() & 0o777, 0o644);
    scratch.expect(&["health", "--min-free", "0", "--max-age", "1h"], 3);
    scratch.expect(&["health", "--min-free", "0", "--max-drill-age", "30d"], 3);
    scratch.expect(&["health", "--min-free", "0", "--database", "other"], 3);
    let faults = |told: &str| {
        let report = scratch.json(&["health", "--min-free", "0", "--json"], 3);
        let checks = report["checks"].as_array().unwrap();
        let faults = checks.iter().filter(|c| c["check"] == "files" && c["good"] == false);
        let faults: Vec<String> = faults.map(|c| c["what"].as_str().unwrap().to_owned()).collect();
        assert!(faults.iter().any(|fault| fault.contains(told)), "{told}: {faults:?}");
    };
    let archive = |id: &str| scratch.repository.archive_path(id).unwrap().unwrap();
    // Another whole archive of the same length in the place of one.
    let bytes = fs::read(archive(&old)).unwrap();
    let kept = fs::read(archive(&new)).unwrap();
    fs::write(archive(&new), &bytes).unwrap();
    faults("root digest");
    fs::write(archive(&new), &kept[..kept.len() - 1]).unwrap();
    faults(&new);
    fs::write(archive(&new), &kept).unwrap();
    let state = scratch.path().join(format!("snapshots/{new}.state.json"));
    let good = fs::read(&state).unwrap();
    fs::write(&state, b"{").unwrap();
    faults("state");
    fs::write(&state, good).unwrap();
    fs::remove_file(archive(&old)).unwrap();
    faults("missing");
    fs::write(archive(&old), &bytes).unwrap();
    let record = scratch.path().join(format!("snapshots/{old}.json"));
    fs::remove_file(record).unwrap();
    faults("no record");
}

/// Ends what goes on while it is true, also when a test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

/// New snapshots, prunes, verifications, and the trash being emptied, all at once and over and over.
#[test]
fn many_at_once_break_nothing() {
    const ROUNDS: i64 = 12;
    let scratch = Scratch::new();
    scratch.add("nightly", "app", 100);
    let working = AtomicBool::new(true);
    let repeat = |args: &[&str], allowed: &str| {
        while working.load(Relaxed) {
            let output = scratch.run(args);
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            let fine = output.status.success() || !allowed.is_empty() && errors.contains(allowed);
            assert!(fine, "{args:?}: {errors}");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| repeat(&["prune", "--keep-last", "2", "--apply"], ""));
        scope.spawn(|| repeat(&["prune", "--keep-last", "2", "--apply"], ""));
        // It may have been deleted between its being found and its being opened.
        scope.spawn(|| repeat(&["verify", "latest"], "there is no"));
        scope.spawn(|| repeat(&["undelete", "--all", "--empty"], "is not in the trash"));
        let _stop = Stop(&working);
        for round in 1..=ROUNDS {
            scratch.add("nightly", "app", 100 - round);
        }
    });
    scratch.expect(&["prune", "--keep-last", "2", "--apply"], 0);
    let snapshots = scratch.repository.snapshots().unwrap();
    assert_eq!(snapshots.len(), 2);
    assert!(snapshots.iter().all(Snapshot::is_good));
    scratch.expect(&["snapshot", "verify", "--all"], 0);
    scratch.expect(&["log", "--check"], 0);
    scratch.expect(&["undelete", "--all", "--empty"], 0);
    assert_eq!(fs::read_dir(scratch.path().join("trash")).unwrap().count(), 0);
}

/// A prune that is killed, at moments from its beginning to its end, loses nothing that the trash does not have.
#[test]
fn a_killed_prune_loses_nothing() {
    const ROUNDS: u32 = 10;
    let scratch = Scratch::new();
    (1..=5).for_each(|number| drop(scratch.add("nightly", "app", number)));
    let ids = scratch.ids();
    let prune = ["prune", "--keep-last", "1", "--apply"];
    let back = || {
        scratch.expect(&prune, 0);
        assert_eq!(scratch.ids(), ids[..1]);
        scratch.expect(&["undelete", "--all"], 0);
        let unpin = |id| scratch.repository.update_state(id, |state| state.pinned = false);
        ids.iter().for_each(|id| drop(unpin(id).unwrap()));
        assert_eq!(scratch.ids(), ids);
        assert!(scratch.repository.snapshots().unwrap().iter().all(Snapshot::is_good));
    };
    let started = Instant::now();
    scratch.expect(&prune, 0);
    let takes = started.elapsed();
    back();
    for round in 0..ROUNDS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgark"));
        command.args(prune).env("PGARK_REPO", scratch.path());
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(takes * round / ROUNDS);
        running.kill().unwrap();
        running.wait().unwrap();
        let complete = |s: &Snapshot| s.is_good() || s.unreadable.as_deref() == Some("it has no record");
        assert!(scratch.repository.snapshots().unwrap().iter().all(complete));
        scratch.expect(&["log", "--check"], 0);
        back();
    }
}

/// Names and contents of all files of the repository.
fn listing(scratch: &Scratch) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![scratch.path()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push((path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    files.sort();
    files
}

/// A label that two databases share is refused until one is named, by every command that takes a REF.
#[test]
fn a_reference_that_fits_two_databases_is_refused_with_the_choices() {
    let scratch = Scratch::new();
    let app = scratch.add("nightly", "app", 3);
    let crm = scratch.add("nightly", "crm/eu", 2);
    for reference in ["nightly", "latest"] {
        for command in [
            &["restore", reference, "-d", "nowhere"][..],
            &["show", reference],
            &["verify", reference],
            &["export", reference, "-t", "t", "-f", "csv"],
            &["diff", reference, "1"],
            &["drill", reference, "-d", "nowhere"],
            &["snapshot", "show", reference],
            &["snapshot", "verify", reference],
            &["snapshot", "pin", reference],
            &["snapshot", "delete", reference],
        ] {
            let told = scratch.expect(command, 1);
            let choices = format!("`app/{reference}`, `crm/eu/{reference}`");
            assert!(told.contains("several databases") && told.contains(&choices), "{told}");
        }
    }
    for (args, id) in [
        (&["snapshot", "show", "app/nightly"][..], &app),
        (&["snapshot", "show", "crm/eu/latest"], &crm),
        (&["snapshot", "show", "latest", "--database", "app"], &app),
        (&["verify", "nightly", "--database", "crm/eu"], &crm),
        (&["verify", "crm/eu/1"], &crm),
        (&["diff", "app/nightly", &app], &app),
    ] {
        assert!(scratch.expect(args, 0).contains(id.as_str()), "{args:?}");
    }
    let told = scratch.expect(&["verify", "app/1"], 1);
    assert!(told.contains("is of database `crm/eu`, not of `app`"), "{told}");
    let file = format!("{}/snapshots/{app}.pgark", scratch.path().display());
    let told = scratch.expect(&["verify", &file, "--database", "app"], 1);
    assert!(told.contains("say of which database a REF is"), "{told}");
    scratch.expect(&["diff", "app/nothing", "app/nightly"], 1);
}

#[test]
fn a_snapshot_of_the_future_is_left_out_with_a_word() {
    let scratch = Scratch::new();
    let now = scratch.add("nightly", "app", 2);
    let future = scratch.add("nightly", "app", -24 * 365 * 5);
    let told = scratch.expect(&["snapshot", "show", "latest"], 0);
    assert!(
        told.contains(&now) && told.contains(&format!("`{future}`: left out")),
        "{told}"
    );
    assert!(scratch.expect(&["snapshot", "list"], 0).contains("dated in the future"));
    let told = scratch.expect(&["health", "--min-free", "0"], 3);
    assert!(told.contains("clock: ") && told.contains("1 finding"), "{told}");
    scratch.add("nightly", "app", 1);
    scratch.expect(&["prune", "--keep-last", "1", "--apply"], 0);
    assert_eq!(scratch.ids().len(), 2);
    assert_eq!(scratch.ids()[0], future);
    scratch.expect(&["snapshot", "delete", &future], 0);
    scratch.expect(&["health", "--min-free", "0"], 0);
}

#[test]
fn deleted_by_hand_it_can_be_brought_back() {
    let scratch = Scratch::new();
    let old = scratch.add("nightly", "app", 72);
    let new = scratch.add("nightly", "app", 1);
    assert!(scratch.expect(&["snapshot", "delete", "1"], 1).contains("newest good"));
    scratch.expect(&["snapshot", "pin", &old], 0);
    assert!(scratch.expect(&["snapshot", "delete", &old], 1).contains("is pinned"));
    scratch.expect(&["snapshot", "unpin", &old], 0);
    let lease = scratch.repository.lease(&old).unwrap();
    scratch.expect(&["snapshot", "delete", &old], 1);
    drop(lease);
    let delete = ["snapshot", "delete", &old, "--reason", "asked to forget"];
    assert!(scratch.expect(&delete, 0).contains("in the trash"));
    assert_eq!(scratch.ids(), std::slice::from_ref(&new));
    let log = scratch.expect(&["log", "--action", "delete"], 0);
    assert!(log.contains(&old) && log.contains("asked to forget"), "{log}");
    assert!(scratch.expect(&["undelete"], 0).contains("asked to forget"));
    scratch.expect(&["undelete", "1"], 0);
    assert_eq!(scratch.ids().len(), 2);
    scratch.expect(&["snapshot", "delete", &new, "--force"], 0);
    scratch.expect(&["log", "--check"], 0);
}

#[test]
fn a_retired_database_leaves_and_comes_back() {
    let scratch = Scratch::new();
    scratch.add("nightly", "app", 1);
    let crm = scratch.add("nightly", "crm", 24 * 90);
    scratch.expect(&["health", "--min-free", "0"], 3);
    assert!(
        scratch
            .expect(&["snapshot", "retire", "cmr"], 1)
            .contains("no snapshot of database `cmr`")
    );
    scratch.expect(&["snapshot", "retire", "crm", "--reason", "replaced"], 0);
    let told = scratch.expect(&["health", "--min-free", "0"], 0);
    assert!(told.contains("crm is retired"), "{told}");
    // Nobody means it who does not name it.
    assert!(!scratch.expect(&["snapshot", "show", "nightly"], 0).contains(&crm));
    assert!(scratch.expect(&["snapshot", "show", "crm/nightly"], 0).contains(&crm));
    let prune = ["prune", "--keep-last", "9", "--apply"];
    assert!(scratch.expect(&prune, 0).contains("database retired within 30d"));
    scratch.expect(&[&prune[..], &["--keep-retired", "0h"]].concat(), 0);
    assert_eq!(scratch.ids().len(), 1);
    scratch.expect(&["undelete", "--all"], 0);
    scratch.expect(&["snapshot", "retire", "crm", "--undo"], 0);
    scratch.expect(&["health", "--min-free", "0"], 3);
    scratch.expect(&["snapshot", "retire", "crm"], 0);
    // A new snapshot ends it. Ids have seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    scratch.add("nightly", "crm", 0);
    assert!(!scratch.expect(&["health", "--min-free", "0"], 0).contains("retired"));
    assert!(scratch.expect(&["log", "--action", "retire"], 0).contains("replaced"));
}

/// An id in the trash and outside, as a maker that did not know left it: the next prune ends that, and loses nothing.
#[test]
fn an_id_is_never_stuck_in_two_places() {
    let scratch = Scratch::new();
    let old = scratch.add("nightly", "app", 3);
    scratch.add("nightly", "app", 2);
    scratch.add("nightly", "app", 1);
    let record = scratch.repository.read_record(&old).unwrap();
    let copy = |from: &str, to: &str| fs::copy(scratch.path().join(from), scratch.path().join(to)).unwrap();
    let prune = ["prune", "--keep-last", "1", "--apply"];
    // Its record alone.
    scratch.expect(&prune, 0);
    scratch.repository.write_record(&record).unwrap();
    scratch.expect(&prune, 0);
    assert_eq!(scratch.ids().len(), 1);
    scratch.expect(&["undelete", "--all"], 0);
    assert_eq!(scratch.ids().len(), 3);
    // All of it: both are kept, under two ids.
    scratch
        .repository
        .update_state(&old, |state| state.pinned = false)
        .unwrap();
    for end in [".json", ".pgark", ".state.json"] {
        fs::create_dir_all(scratch.path().join("trash")).unwrap();
        copy(&format!("snapshots/{old}{end}"), &format!("trash/{old}{end}"));
    }
    let note = r#"{"at":"2026-01-01T00:00:00Z","who":{},"why":"x","database":"app","good":true}"#;
    fs::write(scratch.path().join(format!("trash/{old}.deleted")), note).unwrap();
    scratch.expect(&["undelete", "--all"], 0);
    assert_eq!(scratch.ids().len(), 4);
    scratch.expect(&["snapshot", "verify", "--all"], 0);
    assert_eq!(fs::read_dir(scratch.path().join("trash")).unwrap().count(), 0);
}

/// What was begun and never ended is named, and neither damage nor in the way.
#[test]
fn what_never_ended_is_no_damage() {
    let scratch = Scratch::new();
    let mut begun = Record::begun("nightly", Timestamp::now() - SignedDuration::from_hours(9)).unwrap();
    begun.database = "app".to_owned();
    scratch.repository.write_record(&begun).unwrap();
    scratch.add("nightly", "app", 1);
    let told = scratch.expect(&["snapshot", "verify", "--all"], 0);
    assert!(told.contains("was begun and never ended"), "{told}");
    let told = scratch.expect(&["health", "--min-free", "0"], 0);
    assert!(told.contains("1 snapshots were begun and never ended"), "{told}");
    scratch.expect(&["snapshot", "verify", &begun.id], 3);
    assert_eq!(
        scratch.json(&["snapshot", "list", "--json"], 0)[1]["standing"],
        "incomplete"
    );
    let hidden = scratch
        .path()
        .join(format!("snapshots/.{}.pgark.1.0.partial", begun.id));
    fs::write(&hidden, "abc").unwrap();
    assert!(
        scratch
            .expect(&["health", "--min-free", "0"], 0)
            .contains("1 unfinished files")
    );
    scratch.expect(&["prune", "--keep-last", "1", "--apply"], 0);
    assert!(!hidden.exists());
}

#[test]
fn a_sample_does_not_hide_when_all_was_verified() {
    let scratch = Scratch::new();
    let id = scratch.add("nightly", "app", 1);
    let full = scratch.json(&["snapshot", "list", "--json"], 0)[0]["state"]["verified"].clone();
    scratch.expect(&["snapshot", "verify", "--sample", "5%"], 0);
    let state = scratch.json(&["snapshot", "list", "--json"], 0)[0]["state"].clone();
    assert_eq!((&state["verified"], &state["sampled"]["good"]), (&full, &true.into()));
    let told = scratch.expect(&["snapshot", "show", &id], 0);
    assert!(told.contains("every byte") && told.contains("sampled"), "{told}");
    assert!(scratch.expect(&["health", "--min-free", "0"], 0).contains("a sample "));
}

/// The archive that a check leaves open is the one that was checked, and of a bad one the findings are those of a check.
#[test]
fn what_was_checked_is_what_stays_open() {
    let scratch = Scratch::new();
    let id = scratch.add("nightly", "app", 1);
    let find = || {
        scratch
            .repository
            .find(&Wanted::new(&id, Timestamp::now()))
            .unwrap()
            .snapshot
    };
    let (options, job) = (VerifyOptions::default(), Job::new());
    let path = scratch.repository.archive_path(&id).unwrap().unwrap();
    let good = fs::read(&path).unwrap();
    let (checked, opened) = scratch.repository.open_checked(&find(), options, &job).unwrap();
    let (archive, _lease) = opened.unwrap();
    assert!(checked.is_good() && find().state.verified.is_some_and(|verified| verified.good));
    // Another file takes its name.
    let replace = |bytes: &[u8]| {
        let beside = path.with_extension("new");
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, &path).unwrap();
    };
    replace(b"something else");
    let chunk = archive.manifest().chunks().next().unwrap();
    archive.chunk(chunk).unwrap();
    // In the header, in a chunk, in the trailer, and cut.
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let bad = [
        flipped(20),
        flipped(chunk.offset as usize + 80),
        flipped(good.len() - 20),
        good[..good.len() - 9].to_vec(),
    ];
    for bytes in bad {
        replace(&bytes);
        let expected = scratch.repository.check(&find(), Depth::Full, options, &job).unwrap();
        let (checked, opened) = scratch.repository.open_checked(&find(), options, &job).unwrap();
        assert!(opened.is_none() && !checked.is_good());
        assert_eq!(checked.findings, expected.findings);
    }
}

#[test]
fn a_check_that_is_stopped_is_no_verdict() {
    let scratch = Scratch::new();
    let id = scratch.add("nightly", "app", 1);
    let wanted = Wanted::new(&id, Timestamp::now());
    let before = scratch.repository.find(&wanted).unwrap().snapshot;
    let stopped_job = Job::new();
    stopped_job.stop();
    for depth in [Depth::Full, Depth::Sample(100.0)] {
        let stopped = scratch
            .repository
            .check(&before, depth, VerifyOptions::default(), &stopped_job);
        let error = stopped.unwrap_err();
        assert_eq!(error.to_string(), "interrupted");
        let after = scratch.repository.find(&wanted).unwrap().snapshot;
        assert_eq!(format!("{:?}", after.state), format!("{:?}", before.state));
    }
    let path = scratch.repository.archive_path(&id).unwrap().unwrap();
    let job = Job::new();
    assert!(verify(&path, VerifyOptions::default(), &job).unwrap().is_good());
    let progress = job.progress();
    assert!(0 < progress.done.load(Relaxed) && progress.done.load(Relaxed) <= progress.total.load(Relaxed));
    let stopped = Salvage::open(&path, VerifyOptions::default(), &stopped_job);
    assert!(matches!(stopped.err(), Some(ArchiveError::Stopped)));
}
