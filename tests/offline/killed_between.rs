//! Commands that are killed between two steps: the history tells of what is on the disk, and of nothing twice.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::fault_store::{self, StoreFault};
use crate::keeping::Scratch;

const TRASHED: &str = "into the trash";
const RESTORED: &str = "out of the trash, pinned";
const EMPTIED: &str = "out of the trash, for good";

fn pgark(repository: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgark"));
    command.args(args).env("PGARK_REPO", repository).stdin(Stdio::null());
    command
}

#[track_caller]
fn well(output: Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

/// What the history says of the moves of a snapshot, oldest first.
fn told(repository: &Path, id: &str) -> Vec<String> {
    let log = well(
        pgark(repository, &["log", "--json", "--snapshot", id])
            .output()
            .unwrap(),
    );
    let entries: Value = serde_json::from_str(&log).unwrap();
    let messages = entries.as_array().unwrap().iter().filter_map(|entry| {
        let message = entry["message"]
            .as_str()?
            .trim_end_matches(" (told by a later command)");
        [TRASHED, RESTORED, EMPTIED]
            .contains(&message)
            .then(|| message.to_owned())
    });
    messages.collect()
}

/// What is to be told last of a snapshot, by where its files are.
fn expected(repository: &Path, id: &str) -> &'static [&'static str] {
    let is_there = |folder: &str, end: &str| repository.join(format!("{folder}/{id}{end}")).exists();
    let anything = |folder: &str| {
        [".json", ".pgark", ".state.json"]
            .iter()
            .any(|end| is_there(folder, end))
    };
    if is_there("snapshots", ".json") {
        &["", RESTORED]
    } else if anything("snapshots") || anything("trash") {
        &[TRASHED]
    } else {
        &[EMPTIED]
    }
}

#[track_caller]
fn agrees(repository: &Path, id: &str, before: &[&str], about: &str) {
    // The second one finds nothing more to tell.
    let (first, told) = (told(repository, id), told(repository, id));
    assert_eq!(first, told, "{about}");
    let last = told.last().map_or("", String::as_str);
    let expected = expected(repository, id);
    assert!(
        expected.contains(&last),
        "{about}: told {told:?}, and it is {expected:?}"
    );
    let is_before = told.iter().zip(before).all(|(told, before)| told == before);
    assert!(is_before && told.len() <= before.len() + 1, "{about}: {told:?}");
    well(pgark(repository, &["log", "--check"]).output().unwrap());
}

/// A repository of two snapshots of one database, of which the older is in the trash where `trashed`.
fn template(trashed: bool) -> (Scratch, String) {
    let scratch = Scratch::new();
    let old = scratch.add("nightly", "app", 48);
    scratch.add("nightly", "app", 1);
    if trashed {
        scratch.expect(&["snapshot", "delete", &old], 0);
    }
    (scratch, old)
}

#[test]
fn a_command_that_is_killed_before_any_step_leaves_its_trace() {
    let commands: [(&[&str], bool); 4] = [
        (&["prune", "--apply", "--keep-last", "1"], false),
        (&["snapshot", "delete", "ID", "--reason", "asked"], false),
        (&["undelete", "--all"], true),
        (&["undelete", "--all", "--empty"], true),
    ];
    for (args, trashed) in commands {
        let (scratch, old) = template(trashed);
        let args: Vec<&str> = args
            .iter()
            .map(|arg| if *arg == "ID" { old.as_str() } else { arg })
            .collect();
        let before: &[&str] = if trashed { &[TRASHED] } else { &[] };
        let (mut kills, mut changed) = (0, 0);
        for number in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let repository = folder.path().join("repo");
            copy(&scratch.path(), &repository);
            let mut command = pgark(&repository, &args);
            fault_store::plan(&mut command, &repository, "any", number, StoreFault::Killed);
            let ended = command.output().unwrap();
            let about = format!("{args:?}, killed before operation {number}");
            agrees(&repository, &old, before, &about);
            changed += usize::from(told(&repository, &old).len() > before.len());
            if ended.status.signal().is_none() {
                well(ended);
                break;
            }
            kills += 1;
            // Whatever was begun is ended by the next command, which may find it done.
            let next = pgark(&repository, &args).output().unwrap();
            assert!(next.status.code().is_some(), "{about}");
            agrees(&repository, &old, before, &format!("{about}, and run again"));
        }
        assert!(
            kills > 10 && changed > 3,
            "{args:?}: {kills} kills, {changed} after which something was done"
        );
    }
}
