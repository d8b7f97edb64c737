//! The server that Debian serves, in its newest minor: what a security update brings must not change an answer.

use std::process::Command;

use pgark::internals::server::{Programs, Server};
use pgark::version::Version;

use crate::cases::{Case, cases_of, judged_across};
use crate::kit::{Folder, restore, run, value};
use crate::merged::databases_on;
use crate::round_trip::{Judge, round_trip_to};
use crate::support::program::pgark;
use crate::support::{Database, debians_programs, debians_server, places, server};

#[test]
fn the_server_is_the_one_that_apt_would_install() {
    let programs = debians_programs();
    let output = Command::new("apt-cache")
        .args(["policy", &format!("postgresql-{}", programs.major)])
        .env("LC_ALL", "C")
        .output()
        .expect("apt-cache");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let candidate = said.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    let candidate = candidate.unwrap_or_else(|| panic!("{said}"));
    // `15.20 (Debian 15.20-0+deb12u1)`
    assert!(
        programs.version.contains(candidate),
        "{} is not {candidate}",
        programs.version
    );
    assert!(
        programs
            .bin
            .starts_with(places().cache_folder(runs_as_another()).expect("cache"))
    );
}

/// Whether servers run as another user than this one.
fn runs_as_another() -> bool {
    pgark::internals::server::Account::needed().expect("account").is_some()
}

#[test]
fn cases_round_trip_on_debians_server() {
    let debian = debians_server();
    let (judged, others): (Vec<Case>, Vec<Case>) = cases_of(&[debian.major()])
        .into_iter()
        .partition(|case| case.is_judged(debian.major(), debian.major()));
    for (cases, judge) in [(judged, Judge::Everything), (others, Judge::Nobody)] {
        for source in databases_on(debian, &cases) {
            round_trip_to(&source, debian, 2, judge).unwrap_or_else(|error| panic!("{}: {error}", source.name()));
        }
    }
}

/// Moves what is not special to one major from one server to the other.
fn cases_move(from: &'static Server, to: &'static Server) {
    let about = [
        "columns",
        "tables",
        "views.sql",
        "types_base",
        "partitions.sql",
        "inheritance.sql",
        "kept",
    ];
    let mut cases = judged_across(cases_of(&[from.major(), to.major()]));
    cases.retain(|case| about.iter().any(|part| format!("{}.sql", case.name).contains(part)));
    for source in databases_on(from, &cases) {
        let name = source.name().to_owned();
        round_trip_to(&source, to, 2, Judge::Definitions).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn cases_move_from_debians_server_to_an_earlier_minor() {
    cases_move(debians_server(), server(debians_server().major()));
}

#[test]
fn cases_move_from_an_earlier_minor_to_debians_server() {
    cases_move(server(debians_server().major()), debians_server());
}

#[test]
fn cases_move_from_debians_server_to_18() {
    cases_move(debians_server(), server(18));
}

#[test]
fn cases_move_from_18_to_debians_server() {
    cases_move(server(18), debians_server());
}

/// `table.column` with its options, all that are not the server's own.
fn options(database: &Database) -> String {
    value(
        database,
        "SELECT string_agg(c.relname || '.' || a.attname || ' ' || o, ', ' ORDER BY c.relname, a.attname, o) \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, unnest(a.attoptions) o \
         WHERE c.relnamespace = 'public'::regnamespace AND o !~ '^pg_'",
    )
}

/// An archive that took the server's options for a user's.
const HOLDS_THEM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/live/archives/server_kept_options.pgark"
);

#[test]
fn an_archive_that_holds_the_servers_options_restores_without_them() {
    let mine = "t.a n_distinct=5, t.b n_distinct_inherited=-0.5";
    for server in [server(15), server(18), debians_server()] {
        let target = Database::on(server, "held_options", "UTF8");
        let run_ = restore(HOLDS_THEM, &target, &[]).expect_code(0);
        assert!(!run_.stderr.contains("pg_attver"), "{}", run_.stderr);
        assert_eq!(options(&target), mine);
        run(&["compare", HOLDS_THEM, &target.conninfo()], &[]).expect_code(0);
        // A stream is read by another part than a file.
        let streamed = Database::on(server, "streamed_options", "UTF8");
        let line = format!(
            "'{}' restore - -d '{}' < '{HOLDS_THEM}'",
            crate::support::program::binary().display(),
            streamed.conninfo().replace('\'', "'\\''")
        );
        let status = Command::new("/bin/sh").args(["-c", &line]).status().expect("sh");
        assert!(status.success(), "{line}");
        assert_eq!(options(&streamed), mine);
    }
    assert!(
        !run(&["show", "--sql", HOLDS_THEM], &[])
            .expect_code(0)
            .stdout
            .contains("pg_attver")
    );
}

#[test]
fn options_that_another_server_may_keep_are_left_out_too() {
    let script = "CREATE TABLE t (a int, b text) WITH (fillfactor = 70); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 'x'); \
                  CREATE TABLE q (a int PRIMARY KEY); \
                  ALTER TABLE t ALTER a SET (n_distinct = 5); \
                  UPDATE pg_attribute SET attoptions = ARRAY['pg_attver=7'] || attoptions || ARRAY['pg_next=8'] \
                    WHERE attrelid IN ('t'::regclass, 'q'::regclass) AND attnum > 0; \
                  UPDATE pg_class SET reloptions = reloptions || ARRAY['pg_relver=9'] WHERE oid IN ('t'::regclass, 'q_pkey'::regclass)";
    for major in [13, 18] {
        let source = crate::kit::filled(major, "next_options", script);
        let copy = Database::create(major, "next_options_copy");
        let folder = Folder::new();
        let archive = folder.dump(&source, "a.pgark", &[]);
        restore(&archive, &copy, &[]).expect_code(0);
        run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
        assert_eq!(options(&copy), "t.a n_distinct=5");
        assert_eq!(
            value(&copy, "SELECT reloptions FROM pg_class WHERE relname = 't'"),
            "{fillfactor=70}"
        );
        assert!(
            !run(&["show", "--sql", &archive], &[])
                .expect_code(0)
                .stdout
                .contains("pg_")
        );
    }
}

#[test]
fn snapshot_drill_and_rollback_answer_as_on_every_server() {
    let script = include_str!("cases/server_kept_options.sql");
    let database = Database::on(debians_server(), "debians_snapshot", "UTF8");
    database.run_script(script).unwrap_or_else(|error| panic!("{error}"));
    let (folder, conninfo) = (Folder::new(), database.conninfo());
    let repo = folder.file("R");
    let command = |arguments: &[&str]| run(arguments, &["--repo", &repo]);
    command(&["snapshot", "create", &conninfo, "--label", "before"]).expect_code(0);
    command(&["drill", "latest", "-d", &debians_server().conninfo("postgres")]).expect_code(0);
    for method in ["swap", "transaction"] {
        database
            .session()
            .execute("UPDATE public.p SET a = 1; DROP VIEW public.v");
        command(&["diff", "before", &conninfo]).expect_code(3);
        command(&["rollback", "before", "-d", &conninfo, "--yes", "--method", method]).expect_code(0);
        command(&["diff", "before", &conninfo]).expect_code(0);
    }
}

#[test]
fn the_demo_ends_equal_on_every_server() {
    let mut programs = vec![debians_programs()];
    for major in Version::MAJORS {
        programs.push(Programs::pinned(major, &places(), &mut |_| {}).unwrap_or_else(|error| panic!("{error}")));
    }
    for programs in programs {
        let bin = programs.bin.to_string_lossy().into_owned();
        let demo = pgark(["demo", "-q", "--scale", "0.001", "-j", "2", "--server", &bin]).expect_code(0);
        assert!(demo.stdout.contains("equal: "), "{}: {}", programs.version, demo.stdout);
        assert!(
            demo.stdout.contains(&programs.version),
            "{}: {}",
            programs.version,
            demo.stdout
        );
    }
}

#[test]
fn the_demo_refuses_a_folder_without_a_server() {
    let demo = pgark(["demo", "-q", "--server", "/nonesuch/bin"]).expect_code(1);
    assert!(demo.stderr.contains("`initdb` and `postgres`"), "{}", demo.stderr);
    pgark(["demo", "-q", "--server", "12"]).expect_code(2);
}
