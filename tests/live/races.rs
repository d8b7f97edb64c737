//! Other sessions that lock, empty, replace or hide tables while a dump runs.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pgark::archive::Archive;

use crate::kit::copy_text;
use crate::support::program::{command, pgark};
use crate::support::session::Session;
use crate::support::{Database, places};

const PATIENCE: Duration = Duration::from_secs(60);

fn dump(source: &Database, archive: &Path) -> Child {
    command([
        "dump",
        &source.conninfo(),
        "-o",
        &archive.to_string_lossy(),
        "-j2",
        "--quiet",
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("dump")
}

/// Ends a dump that does not end by itself, so that a test fails instead of hanging.
fn wait(mut child: Child) -> Option<Output> {
    let begun = Instant::now();
    while child.try_wait().expect("state").is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().expect("kill");
            child.wait().expect("wait");
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Some(child.wait_with_output().expect("output"))
}

/// Waits until `sql` gives `true`; gives false when the dump ended before.
fn until(observer: &mut Session, sql: &str, child: &mut Child) -> bool {
    while observer.value(sql) != "true" {
        if child.try_wait().expect("state").is_some() {
            return false;
        }
    }
    true
}

/// `wish` queues behind the dump's own lock, and everybody who comes later behind `wish`.
fn exclusive_request(wish: &str, when: &str) {
    let source = Database::create(18, "queued");
    let mut session = source.session();
    for table in 0..150 {
        session.execute(&format!(
            "CREATE TABLE t{table} (id int PRIMARY KEY, a text); \
             INSERT INTO t{table} SELECT n, repeat(n::text, 20) FROM generate_series(1, 200) n; \
             CREATE VIEW v{table} AS SELECT a, count(*) FROM t{table} GROUP BY a"
        ));
    }
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let path = folder.path().join("a.pgark");
    let mut child = dump(&source, &path);
    let mut observer = source.session();
    let reached = until(&mut observer, when, &mut child);
    assert!(reached, "the dump ended before `{when}`");
    let (output, waited) = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut other = source.session();
            other.try_execute(wish)
        });
        let output = wait(child);
        (output, other.join().expect("the other session"))
    });
    let output = output.unwrap_or_else(|| panic!("the dump hangs behind `{wish}`"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    waited.expect("the request is granted in the end");
    let archive = Archive::open(&path).expect("archive");
    let manifest = archive.manifest();
    assert_eq!(manifest.relations.len(), 150);
    assert!(manifest.relations.iter().all(|relation| relation.rows == 200));
}

/// The leader has its locks, the catalog has still to be read.
const LOCKED: &str = "SELECT (count(*) > 0)::text AS value FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
     WHERE l.relation = 't149'::regclass AND l.granted AND a.application_name = 'pgark-test'";

/// The first rows are being read.
const READING: &str = "SELECT (count(*) > 0)::text AS value FROM pg_stat_activity \
     WHERE datname = current_database() AND query LIKE 'COPY %' AND application_name = 'pgark-test'";

#[test]
fn a_dump_does_not_wait_behind_an_exclusive_request_before_the_catalog() {
    exclusive_request("BEGIN; LOCK TABLE t0, t77, t149; COMMIT", LOCKED);
}

#[test]
fn a_dump_does_not_wait_behind_an_exclusive_request_for_a_view() {
    exclusive_request("BEGIN; LOCK TABLE t149; COMMIT; BEGIN; LOCK TABLE v3; COMMIT", LOCKED);
}

#[test]
fn a_dump_does_not_wait_behind_an_exclusive_request_during_the_rows() {
    exclusive_request("BEGIN; LOCK TABLE t0, t77, t149; COMMIT", READING);
}

const ROWS: u64 = 500;

/// Every transaction leaves `emptied`, `replaced` and `swapped` with [`ROWS`] rows each, all of one generation.
fn churn(conninfo: &str, stop: &AtomicBool) -> u64 {
    let mut session = Session::open(conninfo);
    let mut generation = 1;
    while !stop.load(Ordering::SeqCst) {
        generation += 1;
        let rows = format!("SELECT {generation}, n FROM generate_series(1, {ROWS}) n");
        session.execute(&format!("BEGIN; TRUNCATE emptied; INSERT INTO emptied {rows}; COMMIT"));
        session.execute(&format!(
            "BEGIN; DROP TABLE replaced; CREATE TABLE replaced AS {rows}; \
             ALTER TABLE replaced RENAME COLUMN \"?column?\" TO g; COMMIT"
        ));
        session.execute(&format!(
            "BEGIN; CREATE TABLE next AS {rows}; ALTER TABLE next RENAME COLUMN \"?column?\" TO g; \
             ALTER TABLE swapped RENAME TO old; ALTER TABLE next RENAME TO swapped; DROP TABLE old; COMMIT"
        ));
        // A rewrite: rows in a new file, older snapshots see it empty.
        session.execute("ALTER TABLE rewritten ALTER COLUMN g TYPE bigint USING g + 1");
        session.execute("ALTER TABLE rewritten ALTER COLUMN g TYPE int USING g");
        // Room for the dump to get its locks.
        thread::sleep(Duration::from_millis(2));
    }
    generation
}

#[test]
fn tables_that_are_replaced_while_a_dump_begins_are_whole_or_refused() {
    let source = Database::create(18, "churn");
    let mut session = source.session();
    for table in ["emptied", "replaced", "swapped", "rewritten"] {
        session.execute(&format!(
            "CREATE TABLE {table} AS SELECT 1 AS g, n FROM generate_series(1, {ROWS}) n"
        ));
    }
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let stop = AtomicBool::new(false);
    let conninfo = source.conninfo();
    let (good, generations) = thread::scope(|scope| {
        let churning = scope.spawn(|| churn(&conninfo, &stop));
        let mut good = 0;
        for number in 0..12 {
            let path = folder.path().join(format!("{number}.pgark"));
            let output = wait(dump(&source, &path));
            let Some(output) = output else {
                stop.store(true, Ordering::SeqCst);
                panic!("the dump hangs");
            };
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => good += 1,
                code => {
                    let clear = errors.starts_with("error: ") && errors.contains("lock the tables");
                    if !clear || code != Some(1) || path.exists() {
                        stop.store(true, Ordering::SeqCst);
                        panic!("{code:?}: {errors}");
                    }
                }
            }
        }
        stop.store(true, Ordering::SeqCst);
        (good, churning.join().expect("churn"))
    });
    assert!(good > 0, "no dump succeeded");
    assert!(generations > 12, "the tables were not replaced during the dumps");
    for number in 0..12 {
        let path = folder.path().join(format!("{number}.pgark"));
        if path.exists() {
            whole(&path);
        }
    }
}

/// Each of the four tables has all its rows, and all of one generation.
fn whole(path: &Path) {
    let archive = Archive::open(path).expect("archive");
    let names: HashSet<&str> = archive.catalog().relations.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, HashSet::from(["emptied", "replaced", "swapped", "rewritten"]));
    for relation in &archive.catalog().relations {
        let stored = archive.manifest().relation(relation.id).expect("rows");
        assert_eq!(stored.rows, ROWS, "{} in {path:?}", relation.name);
        let text: String = stored.chunks.iter().map(|chunk| copy_text(&archive, chunk)).collect();
        let rows: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
        let generations: HashSet<&str> = rows.iter().map(|(generation, _)| *generation).collect();
        let keys: HashSet<&str> = rows.iter().map(|(_, key)| *key).collect();
        assert_eq!((generations.len(), keys.len() as u64), (1, ROWS), "{}", relation.name);
    }
}

/// A policy would hide rows from this role: an error, never fewer rows.
fn policies(major: u32) {
    let source = Database::create(major, "policies");
    let role = format!("{}_reader", source.name());
    let mut session = source.session();
    session.execute("CREATE TABLE open (id int); INSERT INTO open SELECT generate_series(1, 10)");
    session.execute("CREATE TABLE hidden (id int); INSERT INTO hidden SELECT generate_series(1, 10)");
    session
        .execute("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON hidden FOR SELECT USING (id < 4)");
    session.execute(&format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT ON open, hidden TO {role}"
    ));
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let path = folder.path().join("a.pgark");
    let archive = path.to_string_lossy();
    let as_role = source.conninfo().replace("user=postgres", &format!("user={role}"));
    let run = pgark(["dump", &as_role, "-o", &archive, "-j2", "--quiet"]).expect_code(1);
    let listed = format!("TABLE public.hidden: row-level security hides rows from {role}");
    assert!(run.stderr.contains(&listed), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0);
    // What no policy touches can be dumped.
    pgark(["dump", &as_role, "-o", &archive, "-t", "public.open", "--quiet"]).expect_code(0);
    assert_eq!(Archive::open(&path).expect("archive").manifest().rows, 10);
    session.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn rows_hidden_by_a_policy_stop_the_dump_on_13() {
    policies(13);
}

#[test]
fn rows_hidden_by_a_policy_stop_the_dump_on_18() {
    policies(18);
}
