//! What a restore sends together: small definitions, rows of small tables, chunks in one COPY. Each fails alone.

use std::collections::HashSet;

use pgark::archive::Archive;

use crate::kit::{Folder, copy_text, filled, json, restore, run, says, value};
use crate::support::Database;

const TABLES: usize = 60;

fn tables() -> String {
    (1..=TABLES)
        .map(|n| {
            format!(
                "CREATE TABLE t{n} (id int PRIMARY KEY, a text);\n\
                 INSERT INTO t{n} SELECT g, 'row ' || g FROM generate_series(1, {}) g;\n",
                n % 4
            )
        })
        .collect()
}

/// Rows of all tables but one.
fn rows_without(table: usize) -> usize {
    (1..=TABLES).filter(|n| *n != table).map(|n| n % 4).sum()
}

/// A target where `action` runs inside each statement `tag` that concerns `table`.
fn guarded(what: &str, tag: &str, table: &str, action: &str) -> Database {
    let script = format!(
        "CREATE SCHEMA guard;
         CREATE FUNCTION guard.f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
           PERFORM 1 FROM pg_event_trigger_ddl_commands() c
             WHERE c.object_identity = 'public.{table}' AND c.command_tag = '{tag}';
           IF FOUND THEN {action}; END IF; END $$;
         CREATE EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION guard.f();"
    );
    filled(18, what, &script)
}

fn tables_of(database: &Database) -> String {
    value(
        database,
        "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
}

fn keys_of(database: &Database) -> String {
    value(
        database,
        "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace",
    )
}

#[test]
fn a_definition_that_fails_among_others_is_named_and_the_others_are_made() {
    let (folder, source) = (Folder::new(), filled(18, "batch", &tables()));
    let archive = folder.dump(&source, "a.pgark", &[]);
    for jobs in ["-j1", "-j3"] {
        let copy = guarded("batch_table", "CREATE TABLE", "t17", "RAISE 'not this one'");
        let run = restore(&archive, &copy, &[jobs]).expect_code(3);
        says(
            &run.stderr,
            &[
                "cannot restore TABLE public.t17: ",
                "not this one",
                "CONSTRAINT public.t17.t17_pkey, because TABLE public.t17 failed",
            ],
        );
        assert_eq!(tables_of(&copy), (TABLES - 1).to_string());
        assert_eq!(keys_of(&copy), (TABLES - 1).to_string());

        let copy = guarded("batch_key", "ALTER TABLE", "t23", "RAISE 'no key here'");
        let run = restore(&archive, &copy, &[jobs, "--no-owner", "--json"]).expect_code(3);
        let report = json(&run);
        let failures = report["failures"].as_array().expect("a list");
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert_eq!(failures[0]["identity"], "public.t23.t23_pkey");
        assert_eq!(report["rows"], rows_without(0));
        assert_eq!(tables_of(&copy), TABLES.to_string());
        assert_eq!(keys_of(&copy), (TABLES - 1).to_string());
    }
}

#[test]
fn only_the_first_of_several_failures_happens_when_asked_for() {
    let (folder, source) = (Folder::new(), filled(18, "first", &tables()));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = guarded("first_table", "CREATE TABLE", "t17", "RAISE 'not this one'");
    let run = restore(&archive, &copy, &["--exit-on-error"]).expect_code(1);
    says(&run.stderr, &["TABLE public.t17", "not this one"]);
    let later = "SELECT count(*) FROM pg_class WHERE relname > 't17' AND relname < 't18' AND relkind = 'r'";
    assert_eq!(value(&copy, later), "0");
}

#[test]
fn rows_of_a_small_table_that_fail_among_others_are_named_and_the_others_stored() {
    let (folder, source) = (Folder::new(), filled(18, "rows", &tables()));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(18, "rows_copy");
    restore(&archive, &copy, &["--schema-only"]).expect_code(0);
    copy.session().execute("ALTER TABLE t31 ADD CHECK (id < 3)");
    let run = restore(&archive, &copy, &["--data-only", "-j2", "--json"]).expect_code(3);
    let report = json(&run);
    let failures = report["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["identity"], "public.t31");
    assert_eq!(report["rows"], rows_without(31));
    assert_eq!(value(&copy, "SELECT count(*) FROM t31"), "0");
    assert_eq!(value(&copy, "SELECT count(*) FROM t35"), "3");
}

#[test]
fn a_session_that_ends_in_the_middle_ends_the_restore() {
    let (folder, source) = (Folder::new(), filled(18, "gone", &tables()));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let end = "PERFORM pg_terminate_backend(pg_backend_pid())";
    for (tag, jobs) in [("CREATE TABLE", "-j2"), ("ALTER TABLE", "-j1"), ("ALTER TABLE", "-j3")] {
        let copy = guarded("gone_copy", tag, "t29", end);
        let run = restore(&archive, &copy, &[jobs, "--no-owner"]).expect_code(1);
        says(&run.stderr, &["terminating connection"]);
    }
    let copy = Database::create(18, "gone_rows");
    restore(&archive, &copy, &["--schema-only"]).expect_code(0);
    copy.session().execute(&format!(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {end}; RETURN new; END $$"
    ));
    copy.session()
        .execute("CREATE TRIGGER t BEFORE INSERT ON t31 EXECUTE FUNCTION f()");
    let run = restore(&archive, &copy, &["--data-only", "-j2"]).expect_code(1);
    says(&run.stderr, &["terminating connection"]);
    assert_eq!(value(&copy, "SELECT count(*) FROM t31"), "0");
}

/// 80 rows of a megabyte: too much for one session's transaction where the table was there before.
#[test]
fn nothing_of_a_run_of_chunks_stays_when_one_of_its_rows_fails() {
    let script = "CREATE TABLE big (id int, a text);
        INSERT INTO big SELECT g, repeat(md5(g::text), 32768) FROM generate_series(1, 80) g;";
    let (folder, source) = (Folder::new(), filled(18, "runs", script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = filled(18, "runs_bad", "CREATE TABLE big (id int CHECK (id <> 60), a text)");
    let report = json(&restore(&archive, &copy, &["--data-only", "-j1", "--json"]).expect_code(3));
    let failures = report["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["identity"], "public.big");
    // Chunks may be in another order than their rows were read.
    let stored = value(&copy, "SELECT string_agg(id::text, ' ') FROM big");
    let stored: HashSet<&str> = stored.split(' ').collect();
    assert_eq!(report["rows"], stored.len());
    assert!(stored.len() >= 8, "{stored:?}");
    let opened = Archive::open(archive.as_ref()).expect("archive");
    for chunk in opened.manifest().chunks() {
        let text = copy_text(&opened, chunk);
        let ids: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('\t')?.0)).collect();
        let there = ids.iter().filter(|id| stored.contains(*id)).count();
        assert!(there == 0 || there == ids.len() && !ids.contains(&"60"), "{ids:?}");
    }

    for jobs in ["-j1", "-j2", "-j4"] {
        let copy = Database::create(18, "runs_copy");
        let report = json(&restore(&archive, &copy, &[jobs, "--json"]).expect_code(0));
        assert_eq!(report["rows"], 80);
        run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    }
}
