//! What a major of PostgreSQL that pgark knows must have in this repository, and what texts say of the majors.
//!
//! `docs/new-major.md` says how each is made for a new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgark::archive::Archive;
use pgark::internals::server::packages::npm_package;
use pgark::version::Version;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The majors of the servers that the golden archives are from.
fn golden_majors() -> Vec<u32> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let formats = inside(&root().join("tests/golden"));
    let files = formats.iter().flat_map(|format| inside(format));
    let archives = files.filter(|path| path.extension().is_some_and(|extension| extension == "pgark"));
    archives
        .map(|path| Version(Archive::open(&path).unwrap().source().server_version_num).major())
        .collect()
}

/// What is asked of a major and is not there.
fn lacking(major: u32) -> Vec<String> {
    let (oldest, newest) = (Version::OLDEST.major(), Version::NEWEST.major());
    let mut lacking = Vec::new();
    if npm_package(major, "linux-x64").is_none() {
        lacking.push(format!("{major} has no server package in src/server/packages.rs"));
    }
    let cases = read("tests/live/cases.rs");
    for (from, to) in [(major, major), (oldest, major)] {
        let runs = ["run", "run_together"].map(|run| format!(" {run}({from}, {to});"));
        if !runs.iter().any(|run| cases.contains(run)) {
            lacking.push(format!(
                "no test of tests/live/cases.rs takes the cases from {from} to {to}"
            ));
        }
    }
    if major == newest {
        if !read("tests/live/versions.rs").contains(&format!(" move_all({major}, {oldest});")) {
            lacking.push(format!(
                "tests/live/versions.rs does not take the cases from {major} to {oldest}"
            ));
        }
        for (from, to) in [(major, major), (oldest, major), (major, oldest)] {
            if !read("tests/live/globals.rs").contains(&format!(" move_between({from}, {to}, ")) {
                lacking.push(format!(
                    "tests/live/globals.rs does not take globals from {from} to {to}"
                ));
            }
        }
        if !golden_majors().contains(&major) {
            lacking.push(format!("no archive in tests/golden is from a server of {major}"));
        }
    }
    lacking
}

#[test]
fn every_major_has_a_server_and_runs_of_the_cases_and_the_newest_a_golden_archive() {
    let lacking: Vec<String> = Version::MAJORS.flat_map(lacking).collect();
    assert!(lacking.is_empty(), "see docs/new-major.md:\n{}", lacking.join("\n"));
}

#[test]
fn texts_name_the_majors_that_there_are() {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_pgark"))
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (format!("pgark {}", arguments.join(" ")), text)
    };
    let mut texts = vec![help(&["--help"]), help(&["demo", "--help"]), help(&["drill", "--help"])];
    texts.extend(["README.md", "src/lib.rs"].map(|path| (path.to_owned(), read(path))));
    let (oldest, newest) = (Version::OLDEST.major(), Version::NEWEST.major());
    for (place, text) in texts {
        // Help is wrapped at the width of a terminal.
        let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let said: Vec<(u32, u32)> = words
            .windows(3)
            .filter(|three| three[1] == "to")
            .filter_map(|three| Some((three[0].parse().ok()?, three[2].parse().ok()?)))
            .filter(|(from, to)| (10..40).contains(from) && (10..40).contains(to) && (*from == oldest || *to == newest))
            .collect();
        assert!(
            said.contains(&(oldest, newest)),
            "{place} does not name the majors {oldest} to {newest}"
        );
        assert!(said.iter().all(|said| *said == (oldest, newest)), "{place}: {said:?}");
        if place == "pgark demo --help" {
            assert!(
                words.windows(2).any(|two| two == ["else", &newest.to_string()]),
                "{text}"
            );
        }
    }
}
