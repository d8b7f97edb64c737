//! What others ask for while four sessions of a dump read: locks that must wait for the dump, and changes of what
//! cannot be locked.

use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, restore, run, value};
use crate::support::Database;
use crate::support::program::command;
use crate::support::script;
use crate::support::session::Session;

const PATIENCE: Duration = Duration::from_secs(90);
const TABLES: u32 = 60;
const ROWS: u32 = 400;

/// Plain tables, a partitioned table with a level below, and views that are printed under lock.
fn source(major: u32, what: &str) -> Database {
    let source = Database::create(major, what);
    let mut session = source.session();
    session.execute(
        "CREATE TABLE p (id int, t text) PARTITION BY LIST (id); CREATE VIEW pv AS SELECT t, count(*) FROM p GROUP BY t",
    );
    for id in 0..8 {
        session.execute(&format!("CREATE TABLE p_{id} PARTITION OF p FOR VALUES IN ({id})"));
    }
    session.execute("CREATE TABLE p_sub PARTITION OF p FOR VALUES IN (8, 9) PARTITION BY LIST (id)");
    for id in 8..10 {
        session.execute(&format!("CREATE TABLE p_{id} PARTITION OF p_sub FOR VALUES IN ({id})"));
    }
    session.execute(&format!(
        "INSERT INTO p SELECT n % 10, repeat(n::text, 30) FROM generate_series(1, {ROWS} * 10) n"
    ));
    for table in 0..TABLES {
        session.execute(&format!(
            "CREATE TABLE t{table} (id int PRIMARY KEY, a text); \
             INSERT INTO t{table} SELECT n, repeat(n::text, 20) FROM generate_series(1, {ROWS}) n; \
             CREATE VIEW v{table} AS SELECT a, count(*) FROM t{table} GROUP BY a"
        ));
    }
    source
}

fn start(source: &Database, archive: &Path) -> Child {
    start_with(source, archive, "-j4")
}

pub fn start_with(source: &Database, archive: &Path, jobs: &str) -> Child {
    command(["dump", &source.conninfo(), "-o", &archive.to_string_lossy(), jobs, "-q"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dump")
}

/// Ends a dump that does not end by itself, so that a test fails instead of hanging.
pub fn wait(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().expect("state").is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().expect("kill");
            child.wait().expect("wait");
            panic!("the dump hangs");
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("output")
}

/// When the requests are made.
#[derive(Clone, Copy)]
enum Moment {
    /// They are granted first: the dump waits for them.
    Before,
    /// The tables are locked, the catalog has still to be read.
    Locked,
    /// Rows are being read.
    Reading,
}

impl Moment {
    fn query(self) -> Option<&'static str> {
        match self {
            Moment::Before => None,
            Moment::Locked => Some(
                "SELECT (count(*) > 0)::text AS value FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                 WHERE l.relation = 't59'::regclass AND l.granted AND a.application_name = 'pgark-test'",
            ),
            Moment::Reading => Some(
                "SELECT (count(*) > 0)::text AS value FROM pg_stat_activity \
                 WHERE datname = current_database() AND query LIKE 'COPY %' AND application_name = 'pgark-test'",
            ),
        }
    }
}

/// Each of `requests` in a session of its own, all at once; the dump is whole, and every request is granted.
fn asked(major: u32, moment: Moment, requests: &[&str]) {
    let (folder, source) = (Folder::new(), source(major, "queued"));
    let path = folder.path("a.pgark");
    let mut observer = source.session();
    let ask = |request: &str| {
        let mut session = source.session();
        let statements = script::statements(request);
        statements
            .iter()
            .try_for_each(|statement| session.try_execute(statement))
    };
    let output = thread::scope(|scope| {
        let mut others = Vec::new();
        let child = match moment.query() {
            None => {
                others.extend(requests.iter().map(|request| scope.spawn(move || ask(request))));
                let held = "SELECT (count(*) > 0)::text AS value FROM pg_locks \
                     WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL";
                until(&mut observer, held, None);
                start(&source, &path)
            }
            Some(query) => {
                let mut child = start(&source, &path);
                until(&mut observer, query, Some(&mut child));
                others.extend(requests.iter().map(|request| scope.spawn(move || ask(request))));
                child
            }
        };
        let output = wait(child);
        for other in others {
            other
                .join()
                .expect("session")
                .expect("the request is granted in the end");
        }
        output
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    whole(&source, &path);
}

pub fn until(observer: &mut Session, sql: &str, mut child: Option<&mut Child>) {
    let begun = Instant::now();
    while observer.value(sql) != "true" {
        if let Some(child) = &mut child {
            assert!(
                child.try_wait().expect("state").is_none(),
                "the dump ended before: {sql}"
            );
        }
        assert!(begun.elapsed() < PATIENCE, "never: {sql}");
    }
}

/// The archive restores, and the copy has every row.
fn whole(source: &Database, path: &Path) {
    let archive = path.to_string_lossy();
    let copy = Database::create(source.major(), "queued_copy");
    restore(&archive, &copy, &["-j2", "-q"]).expect_code(0);
    run(&["compare", &archive, &copy.conninfo()], &["-j2", "-q"]).expect_code(0);
    for table in ["t0", "t31", "t59"] {
        assert_eq!(value(&copy, &format!("SELECT count(*) FROM {table}")), ROWS.to_string());
    }
    for partition in 0..10 {
        assert_eq!(
            value(&copy, &format!("SELECT count(*) FROM p_{partition}")),
            ROWS.to_string()
        );
    }
}

/// Of tables, of a partitioned table with and without its partitions, of a partition, of views.
const LOCKS: &[&str] = &[
    "BEGIN; LOCK TABLE t0, t31, t59; SELECT pg_sleep(0.2); COMMIT",
    "BEGIN; LOCK TABLE ONLY p; SELECT pg_sleep(0.2); COMMIT",
    "BEGIN; LOCK TABLE p_3; SELECT pg_sleep(0.2); COMMIT",
    "BEGIN; LOCK TABLE p_sub; SELECT pg_sleep(0.2); COMMIT",
    "CREATE OR REPLACE VIEW v7 AS SELECT a, count(*) FROM t7 GROUP BY a",
];

/// The whole of a partitioned table, and rewrites that keep the rows.
const REWRITES: &[&str] = &[
    "BEGIN; LOCK TABLE p; COMMIT",
    "VACUUM FULL p_5",
    "VACUUM FULL t20",
    "ALTER TABLE t21 ADD CHECK (id > 0)",
    "CREATE INDEX ON t22 (a)",
];

#[test]
fn locks_that_are_held_when_a_dump_begins_are_waited_for_on_13() {
    asked(13, Moment::Before, LOCKS);
}

#[test]
fn locks_that_are_held_when_a_dump_begins_are_waited_for_on_18() {
    asked(18, Moment::Before, LOCKS);
}

#[test]
fn several_exclusive_requests_before_the_catalog_on_13() {
    asked(13, Moment::Locked, LOCKS);
}

#[test]
fn several_exclusive_requests_before_the_catalog_on_18() {
    asked(18, Moment::Locked, LOCKS);
}

#[test]
fn several_exclusive_requests_during_the_rows_on_13() {
    asked(13, Moment::Reading, LOCKS);
}

#[test]
fn several_exclusive_requests_during_the_rows_on_18() {
    asked(18, Moment::Reading, LOCKS);
}

#[test]
fn rewrites_that_begin_before_the_catalog() {
    asked(13, Moment::Locked, REWRITES);
    asked(18, Moment::Locked, REWRITES);
}

#[test]
fn rewrites_that_begin_during_the_rows() {
    asked(13, Moment::Reading, REWRITES);
    asked(18, Moment::Reading, REWRITES);
}

/// The system's own tables: every session needs them.
const CATALOGS: &[&str] =
    &["VACUUM FULL pg_class; VACUUM FULL pg_attribute; VACUUM FULL pg_rewrite; REINDEX TABLE pg_type"];

#[test]
fn rewrites_of_catalogs_that_begin_during_the_rows() {
    asked(13, Moment::Reading, CATALOGS);
    asked(18, Moment::Reading, CATALOGS);
}

/// The indexes of a table that several sessions read in ranges; nothing but the table itself is locked all along.
#[test]
fn a_reindex_during_the_ranges_of_a_table() {
    let (folder, source) = (Folder::new(), source(18, "reindex"));
    let mut observer = source.session();
    // Whoever reads the emptied first range of the first table is at the second table before the other session.
    for (table, pages) in [("first", 16_000), ("wide", 11_000)] {
        observer.execute(&format!(
            "CREATE TABLE {table} (id int PRIMARY KEY, t text) WITH (fillfactor = 10); \
             INSERT INTO {table} SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, {pages}) n"
        ));
    }
    observer.execute("DELETE FROM first WHERE id < 8000");
    let path = folder.path("a.pgark");
    let (child, process) = (0..20)
        .find_map(|_| stopped_at_second_table(&source, &path, &mut observer))
        .expect("the leader is at the second table first");
    let output = thread::scope(|scope| {
        let other = scope.spawn(|| source.session().try_execute("REINDEX TABLE wide"));
        let queued = "SELECT (count(*) > 0)::text AS value FROM pg_locks \
             WHERE relation = 'wide_pkey'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted";
        until(&mut observer, queued, None);
        kill_process(process, Signal::CONT).expect("signal");
        let output = wait(child);
        other.join().expect("session").expect("reindexed");
        output
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    whole(&source, &path);
}

/// A dump that stands still while its leader, whose locks last to the end, is the only one at the table `wide`.
fn stopped_at_second_table(source: &Database, path: &Path, observer: &mut Session) -> Option<(Child, Pid)> {
    let mut child = start_with(source, path, "-j2");
    let reading = "SELECT (count(*) > 0)::text AS value FROM pg_locks WHERE relation = 'wide_pkey'::regclass";
    until(observer, reading, Some(&mut child));
    let process = Pid::from_child(&child);
    kill_process(process, Signal::STOP).expect("signal");
    // The leader alone holds the small tables too.
    let leader = "SELECT COALESCE(count(DISTINCT pid) = 1 AND bool_and(EXISTS (SELECT FROM pg_locks o \
         WHERE o.pid = l.pid AND o.relation = 't59'::regclass)), false)::text AS value \
         FROM pg_locks l WHERE l.relation = 'wide_pkey'::regclass";
    if observer.value(leader) == "true" {
        return Some((child, process));
    }
    kill_process(process, Signal::CONT).expect("signal");
    wait(child);
    std::fs::remove_file(path).expect("archive");
    None
}

/// Dumps again and again while another session repeats what `step` asks for, then whether it is whole.
fn during(source: &Database, step: impl Fn(&mut Session, u32) + Sync, check: impl Fn(&Database)) {
    let (folder, stop) = (Folder::new(), AtomicBool::new(false));
    let (ended, steps) = thread::scope(|scope| {
        let changing = scope.spawn(|| {
            let mut session = source.session();
            let mut number = 1;
            while !stop.load(Ordering::SeqCst) {
                step(&mut session, number);
                number += 1;
            }
            number
        });
        let dump = |number| {
            let path = folder.path(&format!("{number}.pgark"));
            (wait(start(source, &path)), path)
        };
        let ended: Vec<_> = (0..6).map(dump).collect();
        stop.store(true, Ordering::SeqCst);
        (ended, changing.join().expect("changes"))
    });
    assert!(steps > 2, "nothing changed during the dumps");
    let mut good = 0;
    for (output, path) in ended {
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(0) {
            good += 1;
            let copy = Database::create(source.major(), "changing_copy");
            restore(&path.to_string_lossy(), &copy, &["-q"]).expect_code(0);
            run(&["compare", &path.to_string_lossy(), &copy.conninfo()], &["-q"]).expect_code(0);
            check(&copy);
        } else {
            assert_eq!(output.status.code(), Some(1), "{errors}");
            let clear = errors.contains("while the catalog was read") || errors.contains("cannot lock the tables");
            assert!(clear && !path.exists(), "{errors}");
        }
    }
    assert!(good > 0, "no dump succeeded");
}

/// A view, a function, a sequence, a type and a comment.
pub const UNLOCKABLE: &str = "CREATE TABLE t AS SELECT 1 AS n; CREATE VIEW v AS SELECT 1 AS g; CREATE SEQUENCE s; \
     CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON VIEW v IS '1'; \
     CREATE DOMAIN d AS int DEFAULT 1";

/// Changes all of them at once.
pub fn generation(number: u32) -> String {
    format!(
        "BEGIN; CREATE OR REPLACE VIEW v AS SELECT {number} AS g; ALTER SEQUENCE s INCREMENT {number}; \
         CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {number}'; \
         COMMENT ON VIEW v IS '{number}'; ALTER DOMAIN d SET DEFAULT {number}; COMMIT"
    )
}

/// Ever longer, until a dump finds a moment between two changes.
pub fn pause(number: u32) -> Duration {
    Duration::from_millis(100) * number
}

pub fn is_of_one_generation(copy: &Database) {
    let all = value(
        copy,
        "SELECT concat_ws(' ', (SELECT g FROM v), f(), obj_description('v'::regclass, 'pg_class'), \
           (SELECT seqincrement FROM pg_sequence WHERE seqrelid = 's'::regclass), \
           (SELECT typdefault FROM pg_type WHERE typname = 'd'))",
    );
    let parts: Vec<&str> = all.split(' ').collect();
    assert!(parts.len() == 5 && parts.iter().all(|part| *part == parts[0]), "{all}");
}

fn unlockable(major: u32) {
    let source = Database::create(major, "unlockable");
    source.session().execute(UNLOCKABLE);
    let step = |session: &mut Session, number: u32| {
        session.execute(&generation(number));
        thread::sleep(pause(number));
    };
    during(&source, step, is_of_one_generation);
}

#[test]
fn what_cannot_be_locked_is_of_one_moment_on_13() {
    unlockable(13);
}

#[test]
fn what_cannot_be_locked_is_of_one_moment_on_18() {
    unlockable(18);
}

/// A partition that comes and goes keeps its rows, in it or beside it.
fn partitions_come_and_go(major: u32, detach: &str) {
    let source = source(major, "attach");
    let step = |session: &mut Session, _| {
        session.execute(detach);
        thread::sleep(Duration::from_millis(30));
        session.execute("ALTER TABLE p ATTACH PARTITION p_5 FOR VALUES IN (5)");
        thread::sleep(Duration::from_millis(30));
    };
    let check = |copy: &Database| {
        let attached = value(
            copy,
            "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p_5'::regclass",
        );
        let in_root: u32 = value(copy, "SELECT count(*) FROM p").parse().expect("number");
        assert_eq!(value(copy, "SELECT count(*) FROM p_5"), ROWS.to_string());
        assert_eq!(in_root, if attached == "1" { 10 * ROWS } else { 9 * ROWS });
    };
    during(&source, step, check);
}

#[test]
fn a_partition_that_is_detached_and_attached_is_whole_on_13() {
    partitions_come_and_go(13, "ALTER TABLE p DETACH PARTITION p_5");
}

#[test]
fn a_partition_that_is_detached_and_attached_is_whole_on_18() {
    partitions_come_and_go(18, "ALTER TABLE p DETACH PARTITION p_5");
}

#[test]
fn a_partition_that_is_detached_concurrently_is_whole() {
    partitions_come_and_go(18, "ALTER TABLE p DETACH PARTITION p_5 CONCURRENTLY");
}

/// Half detached: the first transaction is committed, the second waits for an older reader.
#[test]
fn a_partition_whose_detaching_is_pending_is_whole() {
    let (folder, source) = (Folder::new(), source(18, "pending"));
    let mut reader = source.session();
    reader.execute("BEGIN; SELECT FROM p LIMIT 0");
    thread::scope(|scope| {
        let detaching = scope.spawn(|| {
            source
                .session()
                .try_execute("ALTER TABLE p DETACH PARTITION p_5 CONCURRENTLY")
        });
        let pending = "SELECT (count(*) > 0)::text AS value FROM pg_inherits WHERE inhdetachpending";
        until(&mut source.session(), pending, None);
        let path = folder.path("a.pgark");
        let output = wait(start(&source, &path));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{errors}");
        whole(&source, &path);
        reader.execute("COMMIT");
        detaching.join().expect("session").expect("detached in the end");
    });
}
