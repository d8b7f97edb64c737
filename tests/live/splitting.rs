//! Tables that are read in page ranges: every row once, whatever their pages look like and become.

use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, filled, json, restore, run, value};
use crate::queued::{start_with, until, wait};
use crate::support::Database;

/// One row on each page, so that few rows make many pages.
const SPARSE: &str = "WITH (fillfactor = 10, autovacuum_enabled = off)";

fn source(major: u32) -> Database {
    let row = "repeat(md5(n::text), 20)";
    filled(
        major,
        "splitting",
        &format!(
            "CREATE TABLE first (id int, t text) {SPARSE};
             INSERT INTO first SELECT n, {row} FROM generate_series(1, 18000) n;
             CREATE TABLE changing (id int, t text) {SPARSE};
             INSERT INTO changing SELECT n, {row} FROM generate_series(1, 9000) n;
             CREATE TABLE dead (id int, t text) {SPARSE};
             INSERT INTO dead SELECT n, {row} FROM generate_series(1, 9000) n;
             DELETE FROM dead;
             CREATE TABLE uneven (id int, t text) {SPARSE};
             INSERT INTO uneven SELECT n, {row} FROM generate_series(1, 9000) n;
             DELETE FROM uneven WHERE id BETWEEN 10 AND 8990;
             CREATE TABLE fat (id int, t text) WITH (fillfactor = 10);
             ALTER TABLE fat ALTER COLUMN t SET STORAGE EXTERNAL;
             INSERT INTO fat SELECT n, repeat(md5(n::text), 6000) FROM generate_series(1, 400) n;
             CREATE TABLE huge (id int, t text);
             ALTER TABLE huge ALTER COLUMN t SET STORAGE EXTERNAL;
             INSERT INTO huge SELECT 1, repeat(md5('1'), 600000);
             CREATE TABLE nothing (id int);
             CREATE TABLE parent (id int, t text) {SPARSE};
             CREATE TABLE child () INHERITS (parent) {SPARSE};
             INSERT INTO parent SELECT n, {row} FROM generate_series(1, 9000) n;
             INSERT INTO child SELECT n, {row} FROM generate_series(1, 10) n;"
        ),
    )
}

/// Rows and content of each table.
fn content(database: &Database) -> Vec<String> {
    let tables = [
        "first",
        "changing",
        "dead",
        "uneven",
        "fat",
        "huge",
        "nothing",
        "ONLY parent",
        "child",
    ];
    let of = |table: &&str| {
        let sum = "SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(r::text), '' ORDER BY r.id, r::text)), '')";
        format!("{table} {}", value(database, &format!("{sum} FROM {table} r")))
    };
    tables.iter().map(of).collect()
}

/// Streams by table, as `show` tells them.
fn streams(archive: &str) -> Vec<(String, u64)> {
    let shown = json(&run(&["show", "--json", archive], &[]).expect_code(0));
    let tables = shown["relations"].as_array().expect("relations");
    let of = |table: &serde_json::Value| {
        let name = table["name"].as_str().expect("name").to_owned();
        (name, table["streams"].as_u64().expect("streams"))
    };
    tables.iter().map(of).collect()
}

/// While the dump stands still between its measuring and its last reads the table grows, all of its rows move, and it
/// would shrink: no VACUUM takes away pages whose table somebody has locked, nor rows that a snapshot still sees.
fn every_row_once(major: u32) {
    let (folder, source) = (Folder::new(), source(major));
    let before = content(&source);
    let path = folder.path("a.pgark");
    let mut observer = source.session();
    let mut child = start_with(&source, &path, "-j2");
    let reading = "SELECT (count(*) > 0)::text AS value FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE 'COPY %' AND application_name = 'pgark-test'";
    until(&mut observer, reading, Some(&mut child));
    let process = Pid::from_child(&child);
    kill_process(process, Signal::STOP).expect("signal");
    observer.execute("UPDATE changing SET t = 'other ' || id");
    observer.execute("INSERT INTO changing SELECT n, repeat('x', 700) FROM generate_series(10001, 20000) n");
    observer.execute("DELETE FROM changing WHERE id < 9000; DELETE FROM uneven WHERE id > 8990");
    observer.execute("VACUUM changing");
    observer.execute("VACUUM uneven");
    kill_process(process, Signal::CONT).expect("signal");
    let output = wait(child);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");

    let archive = path.to_string_lossy();
    let copy = Database::create(major, "splitting_copy");
    restore(&archive, &copy, &["-j2", "-q"]).expect_code(0);
    assert_eq!(content(&copy), before);
    run(&["compare", &archive, &copy.conninfo()], &["-j2", "-q"]).expect_code(0);

    let streams = streams(&archive);
    let of = |name: &str| {
        let found = streams.iter().find(|(table, _)| table == name);
        found.unwrap_or_else(|| panic!("{name} in {streams:?}")).1
    };
    for cut in ["changing", "dead", "uneven", "fat", "parent"] {
        assert!(of(cut) == 2, "{cut}: {streams:?}");
    }
    // 13 scans a table for each of them.
    assert_eq!(of("first"), if major == 13 { 2 } else { 3 });
    assert_eq!((of("huge"), of("child"), of("nothing")), (1, 1, 0));
}

#[test]
fn every_row_of_cut_tables_is_read_once_on_13() {
    every_row_once(13);
}

#[test]
fn every_row_of_cut_tables_is_read_once_on_14() {
    every_row_once(14);
}

#[test]
fn every_row_of_cut_tables_is_read_once_on_18() {
    every_row_once(18);
}

/// Without statistics, or with wrong ones, a table is cut all the same: its files are measured.
#[test]
fn a_table_is_cut_by_its_files_whatever_the_catalog_says_of_its_size() {
    let source = filled(
        18,
        "lying",
        &format!(
            "CREATE TABLE t (id int, t text) {SPARSE};
             INSERT INTO t SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, 9000) n;
             UPDATE pg_class SET relpages = 0, reltuples = 0 WHERE relname = 't'"
        ),
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &["-j1", "-q"]);
    assert_eq!(streams(&archive), [("t".to_owned(), 2)]);
    run(&["compare", &archive, &source.conninfo()], &["-q"]).expect_code(0);
}
