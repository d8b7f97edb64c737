//! Hot standbys: read like any server, with what recovery forbids found out first.

use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pgark::archive::Archive;
use pgark::internals::server::Server;

use crate::kit::{Folder, filled, relations, restore, run, says};
use crate::queued::{UNLOCKABLE, generation, is_of_one_generation, pause};
use crate::support::Database;
use crate::support::program::command;
use crate::support::replication::{DATABASE, catch_up, primary, standby};
use crate::support::script;
use crate::support::session::Session;

const OBJECTS: &str = "
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE a (id serial PRIMARY KEY, mood mood DEFAULT 'sad', t text);
INSERT INTO a (mood, t) SELECT 'glad', repeat(g::text, 20) FROM generate_series(1, 5000) g;
CREATE TABLE b (id int REFERENCES a, big text);
INSERT INTO b SELECT g, string_agg(md5(n::text || g), '') FROM generate_series(1, 50) g, generate_series(1, 200) n GROUP BY g;
CREATE TABLE p (id int, t text) PARTITION BY HASH (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO p SELECT g, 'x' FROM generate_series(1, 100) g;
CREATE VIEW v AS SELECT mood, count(*) FROM a GROUP BY mood;
CREATE MATERIALIZED VIEW m AS SELECT * FROM v;
CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + 1';
CREATE INDEX ON a (f(id)) WHERE id < 0;
CREATE SEQUENCE counter START 17;
SELECT nextval('counter');
GRANT SELECT ON a TO PUBLIC;
COMMENT ON TABLE a IS 'read in recovery';
";

/// `OBJECTS` and more on a primary, as they are on its standby.
fn pair(major: u32, more: &str) -> (Server, Server) {
    let primary = primary(major);
    let mut session = Session::open(&primary.conninfo(DATABASE));
    let text = format!("{OBJECTS}{more}");
    for statement in script::statements(&text) {
        session.execute(&statement);
    }
    let standby = standby(&primary, &[("max_standby_streaming_delay", "-1")]);
    catch_up(&primary, &standby);
    (primary, standby)
}

fn dumps(major: u32) {
    let (primary, standby) = pair(major, "");
    let (from, folder) = (standby.conninfo(DATABASE), Folder::new());
    let (one, four) = (folder.file("one.pgark"), folder.file("four.pgark"));
    run(&["dump", &from, "-o", &one, "-j1"], &[]).expect_code(0);
    run(&["dump", &from, "-o", &four, "-j4"], &["--lock-wait-timeout", "10s"]).expect_code(0);
    run(&["verify", &four], &[]).expect_code(0);
    for other in [&one, &from, &primary.conninfo(DATABASE)] {
        run(&["compare", &four, other], &["-j4"]).expect_code(0);
    }
    let source = Archive::open(four.as_ref()).expect("archive").source().clone();
    assert!(source.lsn.is_some() && source.system_identifier.is_some());
    let copy = Database::create(major, "of_standby");
    restore(&four, &copy, &["-j4"]).expect_code(0);
    run(&["compare", &from, &copy.conninfo()], &[]).expect_code(0);

    // A snapshot that somebody else exported on the standby.
    let mut other = Session::open(&from);
    other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    let id = other.value("SELECT pg_export_snapshot() AS value");
    let same = folder.file("same.pgark");
    run(&["dump", &from, "-o", &same, "-j4"], &["--snapshot", &id]).expect_code(0);
    run(&["compare", &same, &four], &[]).expect_code(0);
}

#[test]
fn a_standby_is_dumped_and_compared_like_its_primary_on_13() {
    dumps(13);
}

#[test]
fn a_standby_is_dumped_and_compared_like_its_primary_on_18() {
    dumps(18);
}

fn leaves_out_unlogged(major: u32) {
    let sequence = if major >= 15 {
        "CREATE UNLOGGED SEQUENCE fast_seq;"
    } else {
        ""
    };
    let more = format!(
        "CREATE UNLOGGED TABLE fast (id int PRIMARY KEY, t text); INSERT INTO fast VALUES (1, 'x'); {sequence}"
    );
    let (primary, standby) = pair(major, &more);
    let (from, folder) = (standby.conninfo(DATABASE), Folder::new());
    let file = folder.file("a.pgark");
    let ended = run(&["dump", &from, "-o", &file, "-j4"], &[]).expect_code(3);
    let because = "it is unlogged, and a standby does not have it";
    says(
        &ended.stderr,
        &["not in the archive: rows of TABLE public.fast", because],
    );
    assert_eq!(ended.stderr.contains("SEQUENCE public.fast_seq"), major >= 15);
    assert!(!relations(&file).contains(&"public.fast".to_owned()));
    run(&["compare", &file, &from], &[]).expect_code(0);
    // Nothing is equal that was not looked at.
    let ended = run(&["compare", &from, &primary.conninfo(DATABASE)], &[]).expect_code(3);
    says(&ended.stdout, &["rows only in B: public.fast"]);
    says(&ended.stderr, &["not in A: rows of TABLE public.fast", because]);
    // Its definition is there.
    let copy = Database::create(major, "unlogged");
    restore(&file, &copy, &[]).expect_code(0);
    assert_eq!(copy.session().value("SELECT count(*)::text AS value FROM fast"), "0");
    let names = ["-T", "fast", "-T", "fast_seq"];
    run(&["dump", &from, "-o", &folder.file("b.pgark")], &names).expect_code(0);
}

#[test]
fn rows_of_unlogged_tables_are_listed_as_left_out_on_13() {
    leaves_out_unlogged(13);
}

#[test]
fn rows_of_unlogged_tables_are_listed_as_left_out_on_18() {
    leaves_out_unlogged(18);
}

fn refuses(major: u32) {
    let (_primary, standby) = pair(major, "");
    let (place, folder) = (standby.conninfo(DATABASE), Folder::new());
    let never = folder.file("never.pgark");
    let ended = run(&["dump", &place, "-o", &never], &["--serializable-deferrable"]).expect_code(1);
    says(&ended.stderr, &["the server is a standby", "--serializable-deferrable"]);
    assert!(!folder.path("never.pgark").exists());

    let source = filled(major, "into_standby", "CREATE TABLE other (id int)");
    let archive = folder.dump(&source, "a.pgark", &[]);
    for options in [
        &["-j4"][..],
        &["--clean", "--if-exists"],
        &["--create"],
        &["--data-only"],
        &["--plan"],
    ] {
        let ended = run(&["restore", &archive, "-d", &place], options).expect_code(1);
        let lines: Vec<&str> = ended.stderr.lines().collect();
        assert_eq!(
            lines,
            [
                "error: the target is a standby, which takes no changes",
                "hint: restore into the primary; what it gets, the standby follows"
            ]
        );
    }
}

#[test]
fn what_recovery_forbids_is_refused_in_one_message_on_13() {
    refuses(13);
}

#[test]
fn what_recovery_forbids_is_refused_in_one_message_on_18() {
    refuses(18);
}

/// A lock that the primary holds exclusively holds on the standby too.
fn waits_for_the_primary(major: u32) {
    let (primary, standby) = pair(major, "");
    let (from, folder) = (standby.conninfo(DATABASE), Folder::new());
    let mut holder = Session::open(&primary.conninfo(DATABASE));
    holder.execute("BEGIN; LOCK TABLE b");
    catch_up(&primary, &standby);
    let ended = run(
        &["dump", &from, "-o", &folder.file("never.pgark"), "-j4"],
        &["--lock-wait-timeout", "300ms"],
    );
    says(
        &ended.expect_code(1).stderr,
        &["cannot lock `public.b` (held by server process"],
    );
    let file = folder.file("a.pgark");
    let waiting = thread::scope(|scope| {
        let dump = scope.spawn(|| run(&["dump", &from, "-o", &file, "-j4"], &[]));
        let mut observer = Session::open(&from);
        until(
            &mut observer,
            "SELECT (count(*) > 0)::text AS value FROM pg_locks WHERE NOT granted",
        );
        holder.execute("COMMIT");
        dump.join().expect("dump")
    });
    waiting.expect_code(0);
    run(&["compare", &file, &primary.conninfo(DATABASE)], &[]).expect_code(0);
}

fn until(observer: &mut Session, sql: &str) {
    let begun = Instant::now();
    while observer.value(sql) != "true" {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {sql}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_lock_that_the_primary_holds_is_waited_for_on_13() {
    waits_for_the_primary(13);
}

#[test]
fn a_lock_that_the_primary_holds_is_waited_for_on_18() {
    waits_for_the_primary(18);
}

/// What the primary changes meanwhile, and what no lock on the standby could hold up.
fn follows(major: u32) {
    let primary = primary(major);
    let to = primary.conninfo(DATABASE);
    Session::open(&to).execute(UNLOCKABLE);
    let standby = standby(&primary, &[("max_standby_streaming_delay", "-1")]);
    catch_up(&primary, &standby);
    let from = standby.conninfo(DATABASE);
    let (folder, stop) = (Folder::new(), AtomicBool::new(false));
    let ended: Vec<_> = thread::scope(|scope| {
        scope.spawn(|| {
            let mut session = Session::open(&to);
            session.execute("SET synchronous_commit = on");
            for number in 2.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                session.execute(&generation(number));
                thread::sleep(pause(number));
            }
        });
        let dump = |number| {
            let file = folder.file(&format!("{number}.pgark"));
            (run(&["dump", &from, "-o", &file, "-j4", "-q"], &[]), file)
        };
        let ended = (0..5).map(dump).collect();
        stop.store(true, Ordering::SeqCst);
        ended
    });
    let good: Vec<_> = ended.iter().filter(|(ended, _)| ended.code == 0).collect();
    assert!(!good.is_empty(), "no dump succeeded");
    for (_, file) in good {
        let copy = Database::create(major, "followed");
        restore(file, &copy, &["-q"]).expect_code(0);
        is_of_one_generation(&copy);
    }
    for (ended, _) in ended.iter().filter(|(ended, _)| ended.code != 0) {
        says(&ended.stderr, &["while the catalog was read"]);
    }
}

#[test]
fn what_the_primary_changes_meanwhile_is_of_one_moment_on_13() {
    follows(13);
}

#[test]
fn what_the_primary_changes_meanwhile_is_of_one_moment_on_18() {
    follows(18);
}

/// A standby that never lets its readers hold up what the primary did.
fn impatient(major: u32) -> (Server, Server) {
    let primary = primary(major);
    let mut session = Session::open(&primary.conninfo(DATABASE));
    session.execute(
        "CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS t FROM generate_series(1, 100000) n; \
         CREATE TABLE small AS SELECT 1 AS n",
    );
    let standby = standby(&primary, &[("max_standby_streaming_delay", "0")]);
    catch_up(&primary, &standby);
    (primary, standby)
}

fn start_dump(from: &str, to: &str, jobs: &str) -> Child {
    command(["dump", from, "-o", to, jobs, "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dump")
}

const READING: &str = "SELECT (count(*) > 0)::text AS value FROM pg_stat_activity \
     WHERE query LIKE 'COPY %' AND application_name = 'pgark-test'";

/// `deed` on the primary ends the dump of its standby while rows are read.
fn cancelled(major: u32, deed: &str, jobs: &str) {
    let (primary, standby) = impatient(major);
    let (from, folder) = (standby.conninfo(DATABASE), Folder::new());
    // Nobody takes the output: the dump is in the middle of the rows for as long as it takes.
    let mut child = start_dump(&from, "-", jobs);
    until(&mut Session::open(&from), READING);
    let mut writer = Session::open(&primary.conninfo(DATABASE));
    for statement in script::statements(deed) {
        writer.execute(&statement);
    }
    // A session that waits for its output to be taken is deaf to the standby, which then waits for it.
    let mut stdout = child.stdout.take().expect("stdout");
    let taking = std::thread::spawn(move || {
        let mut output = Vec::new();
        stdout.read_to_end(&mut output).map(|_| output)
    });
    catch_up(&primary, &standby);
    let output = taking.join().expect("thread").expect("output");
    let ended = child.wait_with_output().expect("end");
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{errors}");
    // A process that waits for its output to be taken ends without a word.
    if !errors.contains("connection lost") {
        says(
            &errors,
            &["conflict with recovery", "40001", "hint: a standby cancels reads"],
        );
    }
    says(&errors, &["max_standby_streaming_delay"]);
    // What went out is not taken for an archive.
    let cut = folder.file("cut.pgark");
    std::fs::write(&cut, &output).expect("file");
    assert_ne!(run(&["verify", &cut], &[]).code, 0);
    // Later it works.
    run(&["dump", &from, "-o", &folder.file("a.pgark")], &[jobs]).expect_code(0);
}

#[test]
fn a_read_that_a_lock_of_the_primary_cancels_is_a_clear_error_on_13() {
    cancelled(13, "TRUNCATE big", "-j1");
}

#[test]
fn a_read_that_a_lock_of_the_primary_cancels_is_a_clear_error_on_18() {
    cancelled(18, "TRUNCATE big", "-j4");
}

#[test]
fn a_session_that_a_lock_of_the_primary_ends_is_a_clear_error() {
    // No reader is in this table: what holds its lock is idle.
    cancelled(18, "DROP TABLE small", "-j1");
}

#[test]
fn a_snapshot_that_a_cleanup_of_the_primary_ends_is_a_clear_error() {
    cancelled(17, "DELETE FROM big WHERE n % 2 = 0; VACUUM big", "-j4");
}

#[test]
fn a_cancelled_dump_of_a_standby_leaves_no_file() {
    let (primary, standby) = impatient(18);
    let (from, folder) = (standby.conninfo(DATABASE), Folder::new());
    let child = start_dump(&from, &folder.file("a.pgark"), "-j2");
    until(&mut Session::open(&from), READING);
    Session::open(&primary.conninfo(DATABASE)).execute("TRUNCATE big");
    let ended = child.wait_with_output().expect("end");
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{errors}");
    says(&errors, &["conflict with recovery"]);
    let left = std::fs::read_dir(folder.path("")).expect("folder").count();
    assert_eq!(left, 0);
}
