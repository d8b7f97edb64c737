//! DDL that commits at a chosen moment of a dump: a lock on a gate makes the dump wait there.

use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pgark::archive::Archive;

use crate::kit::{Folder, entries, filled, says, value};
use crate::support::Database;
use crate::support::program::command;

/// Starts a dump, waits until it waits for a lock, runs `ddl`, then opens the gate.
fn dump_around(source: &Database, gate: &str, file: &str, options: &[&str], ddl: &str) -> Output {
    let mut holder = source.session();
    holder.execute(&format!("BEGIN; LOCK TABLE {gate}"));
    let conninfo = source.conninfo();
    let first = ["dump", conninfo.as_str(), "-o", file, "-j2", "--quiet"];
    let child = command(first.iter().chain(options))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dump");
    let mut other = source.session();
    let waiting = "SELECT (count(*) > 0)::text AS value FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                   WHERE NOT l.granted AND a.application_name = 'pgark-test' AND a.datname = current_database()";
    let begun = Instant::now();
    while other.value(waiting) != "true" {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the dump does not wait for {gate}"
        );
        thread::sleep(Duration::from_millis(2));
    }
    other.execute(ddl);
    holder.execute("COMMIT");
    child.wait_with_output().expect("output")
}

const SETUP: &str = "
CREATE TABLE public.gate (id int);
CREATE SCHEMA gone; CREATE TABLE gone.t (id int);
CREATE TABLE public.emptied AS SELECT n FROM generate_series(1, 9) n;
CREATE TABLE public.rewritten AS SELECT n FROM generate_series(1, 9) n;
CREATE TABLE public.swapped AS SELECT n FROM generate_series(1, 9) n;
CREATE TABLE public.wider AS SELECT n FROM generate_series(1, 9) n;
CREATE TABLE public.dropped (id int);
";

/// The gate is locked first, the others have still to be.
fn between_listing_and_lock(major: u32) {
    let source = filled(major, "between", SETUP);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    let output = dump_around(
        &source,
        "public.gate",
        &file,
        &[],
        "BEGIN; TRUNCATE emptied; INSERT INTO emptied VALUES (1), (2); \
         ALTER TABLE rewritten ALTER COLUMN n TYPE bigint; \
         CREATE TABLE next AS SELECT n FROM generate_series(1, 5) n; \
         ALTER TABLE swapped RENAME TO old; ALTER TABLE next RENAME TO swapped; DROP TABLE old; \
         ALTER TABLE wider ADD COLUMN more int DEFAULT 5; DROP TABLE dropped; DROP SCHEMA gone CASCADE; COMMIT",
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let archive = Archive::open(file.as_ref()).expect("archive");
    let mut rows: Vec<String> = (archive.catalog().relations.iter())
        .map(|r| {
            let rows = archive.manifest().relation(r.id).map_or(0, |m| m.rows);
            format!("{}.{}:{}:{}", r.schema, r.name, r.columns.len(), rows)
        })
        .collect();
    rows.sort();
    let expected = "public.emptied:1:2 public.gate:1:0 public.rewritten:1:9 public.swapped:1:5 public.wider:2:9";
    assert_eq!(rows.join(" "), expected);
}

/// Printing the view `aside` waits for the gate, after functions and sequences have been read.
const CATALOG: &str = "
CREATE SCHEMA gate; CREATE TABLE gate.t (id int);
CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SEQUENCE public.s;
CREATE TYPE public.mood AS ENUM ('sad');
CREATE VIEW public.aside AS SELECT id FROM gate.t;
CREATE VIEW public.gone AS SELECT 1 AS a;
CREATE VIEW public.other AS SELECT 1 AS a;
";

fn while_the_catalog_is_read(major: u32) {
    let source = filled(major, "catalog_race", CATALOG);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    let output = dump_around(
        &source,
        "gate.t",
        &file,
        &["-N", "gate"],
        "DROP FUNCTION f(); CREATE OR REPLACE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 2'; DROP SEQUENCE s; \
         DROP VIEW gone; CREATE OR REPLACE VIEW other AS SELECT 2 AS a; ALTER TYPE mood RENAME TO temper",
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all = entries(&file).join("\n");
    says(
        &all,
        &["FUNCTION public.g()", "VIEW public.other", "TYPE public.temper"],
    );
    for gone in ["public.f()", "public.s", "public.gone", "public.mood"] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    let archive = Archive::open(file.as_ref()).expect("archive");
    let sql: String = archive
        .catalog()
        .entries
        .iter()
        .flat_map(|e| e.create.clone())
        .collect();
    assert_eq!(
        (sql.matches("SELECT 2").count(), sql.contains("SELECT 1")),
        (2, false),
        "{sql}"
    );
}

#[test]
fn tables_that_change_before_they_are_locked_are_as_they_became_on_13() {
    between_listing_and_lock(13);
}

#[test]
fn tables_that_change_before_they_are_locked_are_as_they_became_on_18() {
    between_listing_and_lock(18);
}

#[test]
fn objects_that_change_while_they_are_read_are_read_again_on_13() {
    while_the_catalog_is_read(13);
}

#[test]
fn objects_that_change_while_they_are_read_are_read_again_on_18() {
    while_the_catalog_is_read(18);
}

#[test]
fn a_lock_that_takes_too_long_is_named() {
    let source = filled(
        18,
        "lock_wait",
        "CREATE TABLE public.free (id int); CREATE TABLE public.held (id int)",
    );
    let mut holder = source.session();
    holder.execute("BEGIN; LOCK TABLE held");
    let file = Folder::new();
    let archive = file.file("a.pgark");
    let from = source.conninfo();
    let run = crate::kit::run(&["dump", &from, "-o", &archive], &["--lock-wait-timeout", "200ms"]).expect_code(1);
    says(&run.stderr, &["cannot lock `public.held`", "within 200 ms"]);
    holder.execute("COMMIT");
}

/// Somebody else's snapshot: older than the locks.
#[test]
fn a_given_snapshot_is_read_or_refused_never_half_read() {
    let source = filled(
        18,
        "snapshot",
        "CREATE TABLE t AS SELECT n FROM generate_series(1, 9) n",
    );
    let (mut exporter, mut other) = (source.session(), source.session());
    exporter.execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
    let id = exporter.value("SELECT pg_export_snapshot() AS value");
    other.execute("INSERT INTO t VALUES (10)");
    let folder = Folder::new();
    let file = folder.dump(&source, "a.pgark", &["--snapshot", &id, "-j2"]);
    assert_eq!(Archive::open(file.as_ref()).expect("archive").manifest().rows, 9);
    other.execute("TRUNCATE t");
    let from = source.conninfo();
    let refused = crate::kit::run(&["dump", &from, "-o", &file, "--overwrite"], &["--snapshot", &id]).expect_code(1);
    says(&refused.stderr, &["no longer shows the rows of public.t"]);
    folder.dump(&source, "b.pgark", &["--serializable-deferrable"]);
    assert_eq!(value(&source, "SELECT count(*) FROM t"), "0");
}
