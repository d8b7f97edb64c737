//! The same numbers from every command, as text and as JSON: entries, tables, rows, large objects.

use serde_json::Value;

use crate::kit::{Folder, filled, json, run, value};
use crate::support::Database;

/// Partitions, large objects of several pages, views with rows, foreign tables, empty tables, generated columns.
const ALL_KINDS: &str = "\
CREATE TABLE parted (id int, at date) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (1000) PARTITION BY RANGE (id);
CREATE TABLE parted_2a PARTITION OF parted_2 FOR VALUES FROM (100) TO (1000);
INSERT INTO parted SELECT n, '2026-01-01' FROM generate_series(1, 700) n;
CREATE TABLE empty (id serial PRIMARY KEY, a text);
CREATE TABLE plain (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO plain SELECT n FROM generate_series(1, 1234) n;
CREATE MATERIALIZED VIEW summed AS SELECT count(*) FROM plain;
CREATE VIEW seen AS SELECT * FROM plain;
CREATE UNLOGGED TABLE unlogged (a int);
INSERT INTO unlogged VALUES (1), (2);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE elsewhere (a int) SERVER nowhere;
SELECT lo_from_bytea(0, decode(repeat('00ff', 9000), 'hex')), lo_from_bytea(0, 'small'), lo_create(0);
COMMENT ON TABLE plain IS 'of numbers';
";

#[derive(Clone, Copy)]
struct Truth {
    rows: u64,
    tables: u64,
    large_objects: u64,
    entries: u64,
}

impl Truth {
    #[track_caller]
    fn of_json(&self, what: &str, found: &Value) {
        for (name, expected) in [
            ("rows", self.rows),
            ("tables", self.tables),
            ("large_objects", self.large_objects),
            ("entries", self.entries),
        ] {
            let number = match &found[name] {
                Value::Array(list) => Some(list.len() as u64),
                Value::Null => None,
                number => number.as_u64(),
            };
            assert!(
                number.is_none_or(|n| n == expected),
                "{what}: {name} {number:?}, not {expected}"
            );
        }
        assert_eq!(found["rows"].as_u64(), Some(self.rows), "{what} has no rows");
    }

    /// `1,934 rows` and so on, of those that the text has.
    #[track_caller]
    fn of_text(&self, what: &str, text: &str) {
        let mut seen = 0;
        for line in text.lines() {
            let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || "():;".contains(c)).collect();
            for (at, word) in words.iter().enumerate() {
                let expected = match word.trim_end_matches(',') {
                    "rows" => self.rows,
                    "tables" => self.tables,
                    "entries" => self.entries,
                    "large" => self.large_objects,
                    _ => continue,
                };
                let before = at.checked_sub(1).map_or("", |at| words[at]).replace(',', "");
                if let Ok(number) = before.parse::<u64>() {
                    assert_eq!(number, expected, "{what}: `{before} {word}` in\n{text}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 0, "{what} tells no number: {text}");
    }
}

#[test]
fn every_command_tells_the_same_numbers() {
    let (folder, source) = (Folder::new(), filled(18, "numbers", ALL_KINDS));
    let (file, repo, conninfo) = (folder.file("a.pgark"), folder.file("repo"), source.conninfo());
    let count = |table: &str| -> u64 {
        value(&source, &format!("SELECT count(*) FROM {table}"))
            .parse()
            .expect("count")
    };
    let rows = ["parted", "empty", "plain", "unlogged"].map(count).iter().sum();
    let dumped = json(&run(&["dump", &conninfo, "-o", &file, "--json", "-q"], &[]).expect_code(0));
    let truth = Truth {
        rows,
        // Those that have rows of their own: two leaves of `parted`, `empty`, `plain`, `unlogged`.
        tables: 5,
        large_objects: 3,
        entries: dumped["entries"].as_u64().expect("entries"),
    };
    // Only `restore --create` makes the database itself.
    let made = Truth {
        entries: truth.entries - 1,
        ..truth
    };
    assert_eq!(truth.rows, 700 + 1234 + 2);
    truth.of_json("dump", &dumped);
    let again = folder.file("b.pgark");
    truth.of_text(
        "dump",
        &run(&["dump", &conninfo, "-o", &again, "-q"], &[]).expect_code(0).stdout,
    );
    let create = ["snapshot", "create", &conninfo, "--repo", &repo, "-q", "--label"];
    truth.of_json("create", &json(&run(&create, &["x", "--json"]).expect_code(0)));
    truth.of_text("create", &run(&create, &["y"]).expect_code(0).stdout);
    for (name, command) in [("verify", &["verify", &file, "-q"][..]), ("show", &["show", &file])] {
        truth.of_json(name, &json(&run(command, &["--json"]).expect_code(0)));
        truth.of_text(name, &run(command, &[]).expect_code(0).stdout);
    }
    let shown = json(&run(&["show", &file, "--json"], &[]).expect_code(0));
    let relations = shown["relations"].as_array().expect("relations");
    let of_tables = relations.iter().filter(|r| r["large_objects"] == false);
    let of_tables: u64 = of_tables.map(|r| r["rows"].as_u64().expect("rows")).sum();
    assert_eq!(of_tables, truth.rows);
    for (what, format) in [("numbers_json", true), ("numbers_text", false)] {
        let target = Database::create(18, what);
        let to = target.conninfo();
        let restored = run(
            &["restore", &file, "-d", &to, "-q"],
            if format { &["--json"] } else { &[] },
        )
        .expect_code(0);
        let compared = run(&["compare", &file, &to, "-q"], if format { &["--json"] } else { &[] }).expect_code(0);
        match format {
            true => {
                made.of_json("restore", &json(&restored));
                truth.of_json("compare", &json(&compared));
            }
            false => {
                made.of_text("restore", &restored.stdout);
                truth.of_text("compare", &compared.stdout);
            }
        }
    }
    let listed = json(&run(&["snapshot", "list", "--repo", &repo, "--json"], &[]).expect_code(0));
    truth.of_json("list", &listed[0]);
    let text = run(&["snapshot", "show", "latest", "--repo", &repo], &[])
        .expect_code(0)
        .stdout;
    assert!(text.contains("rows         1,936"), "{text}");
    let server = source.server().conninfo("postgres");
    let drill = ["drill", "latest", "--repo", &repo, "-d", &server, "-q"];
    let report = json(&run(&drill, &["--json"]).expect_code(0));
    made.of_json("drill", &report);
    made.of_text("drill", &run(&drill, &[]).expect_code(0).stdout);
    let page = std::fs::read_dir(folder.path("repo").join("drills")).expect("drills");
    let page = page.map(|entry| entry.expect("entry").path());
    let page = page
        .filter(|path| path.extension().is_some_and(|end| end == "html"))
        .last();
    made.of_text(
        "page",
        &std::fs::read_to_string(page.expect("a page"))
            .expect("page")
            .replace(['<', '>'], " "),
    );
    let salvaged = folder.file("c.pgark");
    truth.of_json(
        "salvage",
        &json(&run(&["salvage", &file, "-o", &salvaged, "--json", "-q"], &[]).expect_code(0)),
    );
    let log = run(&["log", "--repo", &repo, "--action", "create"], &[])
        .expect_code(0)
        .stdout;
    truth.of_text("log", &log);
    source.session().execute("DELETE FROM plain WHERE id = 1");
    let diff = json(&run(&["diff", "latest", &conninfo, "--repo", &repo, "--json", "-q"], &[]).expect_code(3));
    assert!(
        diff.to_string().contains("1234") && diff.to_string().contains("1233"),
        "{diff}"
    );
}
