//! Every file in `cases/` goes through an archive and back, on every major that it allows: each by itself on the
//! oldest and the newest and from the one to the other, all that can be together on and to the majors between.
//!
//! A case is a script; its first lines may hold `-- min: 14` and `-- max: 17`. It may own objects and grant to the
//! roles in `support::ROLES`. `-- no judge across majors: REASON` leaves the outside judge out where the file moves from
//! one major to another, because the two servers themselves describe the same thing differently; `-- no judge: REASON` leaves
//! it out everywhere, because one server describes it differently once it has read its own description.

use std::fs;
use std::path::Path;

use pgark::version::Version;

use crate::merged;
use crate::round_trip::{Judge, round_trip};
use crate::support::Database;

pub struct Case {
    pub name: String,
    pub script: String,
    pub majors: std::ops::RangeInclusive<u32>,
    judged_across: bool,
    judged: bool,
}

pub fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/cases");
    let mut cases: Vec<Case> = fs::read_dir(&folder)
        .expect("folder of cases")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let script = fs::read_to_string(&path).expect("case");
            let bound = |word: &str| {
                let head = script.lines().take_while(|line| line.starts_with("--"));
                head.filter_map(|line| line.strip_prefix("--")?.trim().strip_prefix(word)?.trim().parse().ok())
                    .next()
            };
            let majors =
                bound("min:").unwrap_or(Version::OLDEST.major())..=bound("max:").unwrap_or(Version::NEWEST.major());
            let says = |word: &str| script.lines().any(|line| line.starts_with(word));
            let judged = !says("-- no judge: ");
            let judged_across = judged && !says("-- no judge across majors: ");
            let name = path.file_stem().expect("name").to_string_lossy().into_owned();
            Case {
                name,
                script,
                majors,
                judged_across,
                judged,
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    // Some of them, for working on them: `PGARK_CASE=views,types cargo test --test live cases`.
    if let Ok(wanted) = std::env::var("PGARK_CASE") {
        cases.retain(|case| wanted.split(',').any(|wanted| case.name.contains(wanted)));
    }
    assert!(!cases.is_empty(), "no case to run");
    cases
}

impl Case {
    /// Whether the outside judge compares it where it moves so.
    pub fn is_judged(&self, from: u32, to: u32) -> bool {
        self.judged_across || (self.judged && from == to)
    }
}

/// Those that all of `majors` allow.
pub fn cases_of(majors: &[u32]) -> Vec<Case> {
    let allowed = |case: &Case| majors.iter().all(|major| case.majors.contains(major));
    cases().into_iter().filter(allowed).collect()
}

/// Those that the outside judge compares where they move from one major to another.
pub fn judged_across(cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().filter(|case| case.judged_across).collect()
}

/// Runs the cases that `major` and `target` allow, and fails once with all that failed.
fn run(major: u32, target: u32) {
    run_each(&cases_of(&[major, target]), major, target);
}

/// The same with all that can be in one database together.
fn run_together(major: u32, target: u32) {
    let (together, alone): (Vec<Case>, Vec<Case>) = cases_of(&[major, target])
        .into_iter()
        .partition(|case| case.is_judged(major, target));
    for source in merged::databases(major, &together) {
        if let Err(message) = round_trip(&source, target, 2, Judge::Everything) {
            panic!("{} ({major} to {target}): {message}", source.name());
        }
    }
    run_each(&alone, major, target);
}

fn run_each(cases: &[Case], major: u32, target: u32) {
    let mut failures = Vec::new();
    for case in cases {
        let source = Database::create(major, &case.name);
        let judge = if case.is_judged(major, target) {
            Judge::Everything
        } else {
            Judge::Nobody
        };
        let result = source
            .run_script(&case.script)
            .map_err(|error| format!("the script itself fails: {error}"))
            .and_then(|()| round_trip(&source, target, 2, judge));
        if let Err(message) = result {
            failures.push(format!("{} ({major} to {target}): {message}", case.name));
        }
    }
    assert!(
        failures.is_empty(),
        "{} cases failed\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn cases_round_trip_on_13() {
    run(13, 13);
}

#[test]
fn cases_round_trip_on_14() {
    run_together(14, 14);
}

#[test]
fn cases_round_trip_on_15() {
    run_together(15, 15);
}

#[test]
fn cases_round_trip_on_16() {
    run_together(16, 16);
}

#[test]
fn cases_round_trip_on_17() {
    run_together(17, 17);
}

#[test]
fn cases_round_trip_on_18() {
    run(18, 18);
}

#[test]
fn cases_move_from_13_to_14() {
    run_together(13, 14);
}

#[test]
fn cases_move_from_13_to_15() {
    run_together(13, 15);
}

#[test]
fn cases_move_from_13_to_16() {
    run_together(13, 16);
}

#[test]
fn cases_move_from_13_to_17() {
    run_together(13, 17);
}

#[test]
fn cases_move_from_13_to_18() {
    run(13, 18);
}
