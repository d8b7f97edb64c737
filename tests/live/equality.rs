//! What a comparison sees: every single change of `equality/changes.sql`, in both directions, live and in archives. And
//! what it must not: a copy that a dump and a restore made of all of it is equal.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::kit::{Folder, json, restore, run, says};
use crate::support::Database;
use crate::support::script::statements;
use crate::support::session::Session;

/// One change of one thing.
struct Change {
    /// What a comparison says of it: a beginning of its line, or `nothing`.
    aspect: String,
    what: String,
    /// Names its objects, and nobody else's.
    mark: String,
    before: String,
    change: String,
}

/// Those that a major can hold.
fn changes(major: u32) -> Vec<Change> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/equality/changes.sql");
    let text = fs::read_to_string(path).expect("changes");
    let limit = Regex::new(r"\[(\d+)\+\]").expect("a pattern");
    let mut found = Vec::new();
    for (number, block) in text.split("\n## ").skip(1).enumerate() {
        let (head, rest) = block.split_once('\n').expect("a head");
        let (aspect, what) = head.split_once(": ").expect("an aspect");
        let (before, change) = rest.split_once("\n=>\n").expect("a change");
        let from = limit
            .captures(what)
            .map_or(0, |found| found[1].parse().expect("a major"));
        if major < from {
            continue;
        }
        let (mark, oid) = (format!("c{number:03}"), (70_000 + number).to_string());
        let filled = |sql: &str| sql.replace("@@", &mark).replace("@#", &oid);
        found.push(Change {
            aspect: aspect.to_owned(),
            what: what.to_owned(),
            before: filled(before),
            change: filled(change),
            mark: if rest.contains("@#") { oid } else { mark },
        });
    }
    found
}

/// Makes what is there before each change and, `changed`, the change.
fn fill(database: &Database, changes: &[Change], changed: bool) {
    let mut session = database.session();
    for change in changes {
        let schema = mark(change);
        let mut all = vec![
            format!("CREATE SCHEMA {schema}"),
            format!("SET search_path = {schema}, public"),
        ];
        all.extend(statements(&change.before));
        if changed {
            all.extend(statements(&change.change));
        }
        for statement in all.iter().map(String::as_str).chain(["RESET search_path"]) {
            if let Err(error) = session.try_execute(statement) {
                panic!("{} ({}): {error} in {statement}", change.mark, change.what);
            }
        }
    }
}

/// The name of its schema.
fn mark(change: &Change) -> String {
    match change.mark.strip_prefix("70") {
        Some(number) => format!("c{number}"),
        None => change.mark.clone(),
    }
}

/// How the lines of a comparison begin that tell of an aspect.
fn beginnings(aspect: &str) -> &'static [&'static str] {
    match aspect {
        "rows" => &["rows of "],
        // Large objects are one table.
        "rows_lo" => &["rows of large objects"],
        "generated" => &["generated values of "],
        "position" => &["position of sequence "],
        "definition" => &["definition of "],
        "owner" => &["owner of "],
        "comment" => &["comment of "],
        "privileges" => &["privileges of "],
        "privileges_or_definition" => &["privileges of ", "definition of "],
        "only" => &["only in "],
        _ => panic!("no such aspect: {aspect}"),
    }
}

/// What two sides' comparison does not see, or sees where there is nothing.
fn missed(a: &str, b: &str, changes: &[Change]) -> Vec<String> {
    let compared = run(&["compare", "-q", a, b], &[]).expect_code(3);
    let lines: Vec<&str> = compared.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    let mut missed = Vec::new();
    for change in changes {
        let of_it: Vec<&str> = lines.iter().copied().filter(|line| is_of(line, &change.mark)).collect();
        let is_seen = match change.aspect.as_str() {
            "nothing" => of_it.is_empty(),
            "rows_lo" => lines.iter().any(|line| line.starts_with("rows of large objects")),
            aspect => of_it
                .iter()
                .any(|line| beginnings(aspect).iter().any(|start| line.starts_with(start))),
        };
        if !is_seen {
            missed.push(format!(
                "{} to {}: {} ({}: {}) in {of_it:?}",
                short(a),
                short(b),
                change.mark,
                change.aspect,
                change.what
            ));
        }
    }
    missed
}

/// Whether a line names what has a mark, alone or after a point or an underscore.
fn is_of(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + mark.len()..].chars().next();
        !before.is_some_and(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
            && !after.is_some_and(|c| c.is_ascii_digit())
    })
}

fn short(side: &str) -> &str {
    side.rsplit(['/', '=']).next().unwrap_or(side)
}

/// The marks of everything that a diff shows as changed.
fn shown(diff: &Value) -> String {
    let list = |key: &str| diff[key].as_array().cloned().unwrap_or_default();
    let mut shown: Vec<String> = Vec::new();
    for key in ["added", "removed", "changed"] {
        shown.extend(list(key).iter().map(|object| object["identity"].to_string()));
    }
    let tables = list("tables");
    shown.extend(
        tables
            .iter()
            .filter(|table| table["changed"] == true)
            .map(|table| table["relation"].to_string()),
    );
    shown.extend(
        list("sequences")
            .iter()
            .map(|sequence| sequence["sequence"].to_string()),
    );
    shown.join("\n")
}

fn every_change_is_seen(major: u32) {
    let changes = changes(major);
    let (before, after) = (
        Database::create(major, "equality_a"),
        Database::create(major, "equality_b"),
    );
    fill(&before, &changes, false);
    fill(&after, &changes, true);
    let folder = Folder::new();
    let (live_a, live_b) = (before.conninfo(), after.conninfo());
    let (a, b) = (
        folder.dump(&before, "a.pgark", &[]),
        folder.dump(&after, "b.pgark", &[]),
    );

    let mut missing = Vec::new();
    let sides = [
        (&live_a, &live_b),
        (&live_b, &live_a),
        (&a, &live_b),
        (&live_b, &a),
        (&b, &live_a),
        (&live_a, &b),
        (&a, &b),
        (&b, &a),
    ];
    for (one, other) in sides {
        missing.extend(missed(one, other, &changes));
    }
    for (one, other) in [(&a, &b), (&b, &a), (&a, &live_b), (&live_b, &a)] {
        let shown = shown(&json(&run(&["diff", "-q", "--json", one, other], &[]).expect_code(3)));
        let unseen = changes
            .iter()
            .filter(|change| change.aspect != "nothing" && change.aspect != "rows_lo");
        let unseen = unseen.filter(|change| !shown.contains(&change.mark));
        missing.extend(unseen.map(|change| format!("diff: {} ({}: {})", change.mark, change.aspect, change.what)));
    }
    let seen = changes.iter().filter(|change| change.aspect != "nothing").count();
    assert!(
        missing.is_empty(),
        "{} of {seen} changes\n{}",
        missing.len(),
        missing.join("\n")
    );
    assert!(seen >= 200, "{seen} changes");

    // None of it is a difference where there is none: a copy of either side is equal, and a drill proves it.
    for (source, archive) in [(&before, &a), (&after, &b)] {
        let copy = Database::create(major, "equality_copy");
        let (from, to) = (source.conninfo(), copy.conninfo());
        let restored = restore(archive, &copy, &[]);
        let compared = run(&["compare", "-q", &from, &to], &[]);
        let differing: Vec<&str> = compared.stdout.lines().collect();
        // What computes them reads a table that is filled later.
        let expected = |line: &&&str| line.starts_with("generated values of ");
        assert_eq!(
            differing
                .iter()
                .filter(|line| !line.starts_with(' '))
                .filter(|line| !expected(line))
                .count(),
            1,
            "{}\n{}",
            restored.stderr,
            compared.stdout
        );
    }
}

#[test]
fn every_single_change_is_seen_on_18() {
    every_change_is_seen(18);
}

#[test]
fn every_single_change_is_seen_on_13() {
    every_change_is_seen(13);
}

/// A rate that a table gives, which a restore fills only afterwards.
const LOOKUP: &str = "CREATE TABLE rates (k int PRIMARY KEY, rate numeric);
    CREATE FUNCTION rate(int) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS
      'BEGIN RETURN (SELECT rate FROM public.rates WHERE k = $1); END';
    INSERT INTO rates VALUES (1, 10), (2, 20);
    CREATE TABLE inv (id int PRIMARY KEY, k int, amount numeric GENERATED ALWAYS AS (rate(k)) STORED);
    INSERT INTO inv (id, k) SELECT g, g % 2 + 1 FROM generate_series(1, 1000) g";

#[test]
fn generated_values_that_a_copy_computes_otherwise_are_told() {
    let source = Database::create(18, "generated");
    source.run_script(LOOKUP).expect("a script");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let from = source.conninfo();
    run(&["compare", "-q", &from, &archive], &[]).expect_code(0);
    let copy = Database::create(18, "generated_copy");
    // The larger table comes first.
    restore(&archive, &copy, &["-j", "1"]).expect_code(0);
    let to = copy.conninfo();
    for side in [&from, &archive] {
        let compared = run(&["compare", "-q", side, &to], &[]).expect_code(3);
        says(
            &compared.stdout,
            &["generated values of public.inv (amount) differ (1,000 rows"],
        );
    }
    copy.session().execute("UPDATE public.inv SET k = k");
    run(&["compare", "-q", &archive, &to], &[]).expect_code(0);

    let repo = folder.file("repository");
    run(
        &["snapshot", "create", "-q", &from, "--label", "first", "--repo", &repo],
        &[],
    )
    .expect_code(0);
    let server = source.server().conninfo("postgres");
    let drill = [
        "drill", "latest", "--repo", &repo, "-d", &server, "--json", "-q", "-j", "1",
    ];
    let report = json(&run(&drill, &[]).expect_code(3));
    assert_eq!(report["proven"], false);
    says(
        &report["findings"].to_string(),
        &["generated values of public.inv (amount) differ"],
    );

    // The function was replaced after the rows were written: they cannot be had again.
    source
        .session()
        .execute("CREATE OR REPLACE FUNCTION public.rate(int) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 1.5'");
    run(
        &["snapshot", "create", "-q", &from, "--label", "second", "--repo", &repo],
        &[],
    )
    .expect_code(0);
    run(&drill, &[]).expect_code(3);
    Session::open(&from).execute("UPDATE public.inv SET k = k");
    run(
        &["snapshot", "create", "-q", &from, "--label", "third", "--repo", &repo],
        &[],
    )
    .expect_code(0);
    run(&drill, &[]).expect_code(0);
}

#[test]
fn an_archive_without_digests_of_generated_values_says_so() {
    // It was written before there were any.
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1/shop.pgark");
    let old = old.to_string_lossy();
    let copy = Database::create(18, "no_digests");
    restore(&old, &copy, &["-O", "-x"]).expect_code(0);
    let to = copy.conninfo();
    let compared = run(&["compare", "-q", "-O", "-x", &old, &to], &[]).expect_code(0);
    let said = "not compared: generated values of public.customer (doubled): the archive A has no digest of them";
    says(&compared.stderr, &[said]);
    says(&compared.stdout, &["generated values of 1 table were not compared"]);
    let compared = json(&run(&["compare", "-q", "-O", "-x", "--json", &to, &old], &[]).expect_code(0));
    assert_eq!(compared["not_compared"][0]["relation"], "public.customer");
}
