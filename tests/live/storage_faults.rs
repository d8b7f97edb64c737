//! A dump onto storage that fails, at every single operation: one message, no file.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::dump_faults::Subject;
use crate::kit::{Folder, says};
use crate::support::fault_store::{self, StoreFault};
use crate::support::interrupted::{Ended, Outcome, Running};
use crate::support::program::command;

const DATA: &str = "CREATE TABLE a AS SELECT n, md5(n::text) AS t FROM generate_series(1, 2000) n;
CREATE TABLE b (id int PRIMARY KEY, t text);
CREATE TABLE c AS SELECT repeat(md5(n::text), 3000) AS t FROM generate_series(1, 4) n;
CREATE SEQUENCE counter";

fn dump_to(subject: &Subject, file: &Path) -> Command {
    let (from, to) = (subject.database.conninfo(), file.to_string_lossy());
    command(["dump", "-q", &from, "-o", &to])
}

fn dump(subject: &Subject, operation: &str, number: usize, fault: StoreFault) -> (Result<Outcome, String>, Ended) {
    let folder = Folder::new();
    let file = folder.path("a.pgark");
    let mut command = dump_to(subject, &file);
    fault_store::plan(&mut command, file.parent().expect("folder"), operation, number, fault);
    let ended = Running::start(&mut command, u64::MAX).wait();
    (ended.judge(&file, &subject.whole), ended)
}

/// The operations of an undisturbed dump, in order.
fn operations(subject: &Subject) -> Vec<String> {
    let (folder, notes) = (Folder::new(), Folder::new());
    let (file, log) = (folder.path("a.pgark"), notes.path("log"));
    let mut command = dump_to(subject, &file);
    fault_store::watch(&mut command, file.parent().expect("folder"), &log);
    let ended = Running::start(&mut command, u64::MAX).wait();
    assert_eq!(
        ended.judge(&file, &subject.whole),
        Ok(Outcome::Whole),
        "{}",
        ended.stderr
    );
    let log = fs::read_to_string(&log).expect("log");
    log.lines().map(str::to_owned).collect()
}

#[test]
fn no_operation_can_fail_without_a_message_and_none_leaves_a_file() {
    let subject = Subject::new(18, "storage", DATA);
    let operations = operations(&subject);
    let count = |name: &str| operations.iter().filter(|operation| *operation == name).count();
    // Before the trailer and after it, and once more before the file gets its name.
    assert_eq!((count("create"), count("fdatasync"), count("fsync")), (1, 2, 1));
    assert_eq!((count("link"), count("rename"), count("folder")), (1, 0, 1));
    let mut places: Vec<(&str, usize)> = Vec::new();
    let every = if crate::interruptions::is_full() { 1 } else { 3 };
    places.extend((1..=count("write")).step_by(every).map(|number| ("write", number)));
    // The trailer.
    places.push(("write", count("write")));
    places.extend([
        ("create", 1),
        ("fdatasync", 1),
        ("fdatasync", 2),
        ("fsync", 1),
        ("rename", 1),
    ]);
    for (number, (operation, at)) in places.into_iter().enumerate() {
        let faults = [
            (StoreFault::Full, "No space left"),
            (StoreFault::Broken, "Input/output error"),
        ];
        let (fault, words) = faults[number % 2];
        let (outcome, ended) = dump(&subject, operation, at, fault);
        assert_eq!(outcome, Ok(Outcome::Refused), "{operation} {at}: {}", ended.stderr);
        says(&ended.stderr, &["error: cannot write `", words]);
    }
}

#[test]
fn what_can_be_helped_is_no_fault() {
    let subject = Subject::new(18, "helped", DATA);
    // The rest of a short write is written, and where there are no hard links the file is renamed.
    for (operation, number, fault) in [
        ("write", 0, StoreFault::Short),
        ("write", 5, StoreFault::Short),
        ("link", 1, StoreFault::Broken),
        ("rename", 2, StoreFault::Broken),
    ] {
        let (outcome, ended) = dump(&subject, operation, number, fault);
        assert_eq!(outcome, Ok(Outcome::Whole), "{operation} {number}: {}", ended.stderr);
    }
}

#[test]
fn an_archive_whose_folder_cannot_be_synced_is_complete_and_said_to_be() {
    let subject = Subject::new(18, "unsynced", DATA);
    let folder = Folder::new();
    let file = folder.path("a.pgark");
    let mut command = dump_to(&subject, &file);
    fault_store::plan(
        &mut command,
        file.parent().expect("folder"),
        "folder",
        1,
        StoreFault::Broken,
    );
    let mut ended = Running::start(&mut command, u64::MAX).wait();
    assert_eq!(ended.code, 1);
    says(
        &ended.stderr,
        &["is complete, but its folder could not be written to disk", "hint: "],
    );
    ended.said_one_error().expect("one error");
    // All of it is there.
    ended.code = 0;
    assert_eq!(ended.judge(&file, &subject.whole), Ok(Outcome::Whole));
}
