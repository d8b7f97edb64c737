//! Holds `tests/coverage.tsv`: every line names a case or a test that exists and shows what the line says, every case and
//! every kind of entry is on some line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pgark::model::Kind;
use regex::Regex;

struct Line {
    number: usize,
    what: String,
    place: String,
    marker: String,
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The lines of the table, or what is wrong with their form.
fn parse(table: &str) -> (Vec<Line>, Vec<String>) {
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for (index, text) in table.lines().enumerate().filter(|(_, text)| !text.starts_with('#')) {
        match text.split('\t').collect::<Vec<_>>()[..] {
            [what, place, marker] if ![what, place, marker].iter().any(|field| field.trim().is_empty()) => {
                lines.push(Line {
                    number: index + 1,
                    what: what.to_owned(),
                    place: place.to_owned(),
                    marker: marker.to_owned(),
                });
            }
            _ => wrong.push(format!("line {}: not three fields: {text}", index + 1)),
        }
    }
    (lines, wrong)
}

/// What a place holds that a marker may match: a script without its comments, or a file with the test in it.
fn text_of(place: &str) -> Result<String, String> {
    let read = |path: PathBuf| fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
    let Some((file, function)) = place.split_once("::") else {
        let script = read(tests().join("live/cases").join(place))?;
        let lines = script.lines().filter(|line| !line.trim_start().starts_with("--"));
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    };
    let text = read(tests().join(file))?;
    let head = format!("fn {function}()");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_test = |at: usize| {
        lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["))
            .any(|line| *line == "#[test]")
    };
    match lines.iter().position(|line| line.starts_with(&head)) {
        Some(at) if is_test(at) => Ok(text),
        Some(_) => Err(format!("`{function}` in {file} is no test")),
        None => Err(format!("there is no `{function}` in {file}")),
    }
}

/// What is wrong with one line by itself.
fn fault(line: &Line) -> Option<String> {
    let text = match text_of(&line.place) {
        Ok(text) => text,
        Err(error) => return Some(error),
    };
    match Regex::new(&line.marker) {
        Err(error) => Some(error.to_string()),
        Ok(marker) if marker.is_match("") => Some(format!("`{marker}` matches anything")),
        Ok(marker) if !marker.is_match(&text) => Some(format!("`{marker}` matches nothing in {}", line.place)),
        Ok(_) => None,
    }
}

/// What is wrong with the lines together: repeated, or without a case or kind that exists.
fn gaps(lines: &[Line], cases: &BTreeSet<String>, kinds: &[Kind]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for line in lines.iter().filter(|line| !seen.insert(line.what.as_str())) {
        wrong.push(format!("line {}: `{}` is there twice", line.number, line.what));
    }
    let places: BTreeSet<&str> = lines.iter().map(|line| line.place.as_str()).collect();
    wrong.extend(
        cases
            .iter()
            .filter(|case| !places.contains(case.as_str()))
            .map(|case| format!("no line names the case {case}")),
    );
    let covered: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| Some(line.what.split_once(": ")?.0))
        .collect();
    wrong.extend(
        kinds
            .iter()
            .filter(|kind| !covered.contains(kind.label()))
            .map(|kind| format!("no line begins with `{kind}: `")),
    );
    wrong
}

#[test]
fn every_kind_and_attribute_has_a_case_that_shows_it() {
    let table = fs::read_to_string(tests().join("coverage.tsv")).expect("the table");
    let cases: BTreeSet<String> = fs::read_dir(tests().join("live/cases"))
        .expect("cases")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    let (lines, mut wrong) = parse(&table);
    wrong.extend(
        lines
            .iter()
            .filter_map(|line| Some(format!("line {} ({}): {}", line.number, line.what, fault(line)?))),
    );
    wrong.extend(gaps(&lines, &cases, Kind::ALL));
    assert!(
        wrong.is_empty(),
        "{} faults of tests/coverage.tsv\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Each way in which the table can be wrong is found.
#[test]
fn faults_of_the_table_are_found() {
    let line = |place: &str, marker: &str| Line {
        number: 1,
        what: "TABLE: x".to_owned(),
        place: place.to_owned(),
        marker: marker.to_owned(),
    };
    assert_eq!(fault(&line("tables.sql", "CREATE TABLE no_columns")), None);
    for wrong in [
        line("tables.sql", "CREATE TABLE that_is_nowhere"),
        // Only a comment says so.
        line("tables.sql", "names that need quoting, no columns"),
        line("tables.sql", "(CREATE TABLE)?"),
        line("tables.sql", "("),
        line("nothing.sql", "CREATE"),
        line("live/cases.rs::nothing", "run"),
        line("live/cases.rs::cases", "run"),
    ] {
        assert!(fault(&wrong).is_some(), "{} {}", wrong.place, wrong.marker);
    }
    assert_eq!(parse("# a\tb\na\tb\tc\na\tb\na\t\tc\n").1.len(), 2);
    let lines = [line("a.sql", "x"), line("a.sql", "y")];
    let cases = BTreeSet::from(["a.sql".to_owned(), "b.sql".to_owned()]);
    let found = gaps(&lines, &cases, &[Kind::Table, Kind::View]);
    assert_eq!(
        found,
        [
            "line 1: `TABLE: x` is there twice",
            "no line names the case b.sql",
            "no line begins with `VIEW: `"
        ]
    );
}
