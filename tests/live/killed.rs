//! A dump that is killed or interrupted leaves nothing that looks complete, here or on the server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::program::{command, pgark};
use crate::support::{Database, places};

const PATIENCE: Duration = Duration::from_secs(60);

/// Some 50 MB of COPY data in tables of several sizes.
fn source(major: u32) -> Database {
    let source = Database::create(major, "killed");
    let mut session = source.session();
    for table in 0..8 {
        session.execute(&format!(
            "CREATE TABLE t{table} (id int PRIMARY KEY, a text, b numeric)"
        ));
        session.execute(&format!(
            "INSERT INTO t{table} SELECT n, repeat(md5(n::text), 10), n * 1.5 FROM generate_series(1, {}) n",
            (table + 1) * 4000
        ));
    }
    source
}

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

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("folder");
    entries.map(|entry| entry.expect("entry").path()).collect()
}

/// Waits until no session of the program is left in the database.
fn wait_until_alone(database: &Database) {
    let mut session = database.session();
    let begun = Instant::now();
    let others = "SELECT count(*)::text AS value FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while session.value(others) != "0" {
        assert!(begun.elapsed() < PATIENCE, "queries are left on the server");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_killed_dump_leaves_nothing_that_is_accepted() {
    let source = source(18);
    let copy = Database::create(18, "killed_copy");
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let target = folder.path().join("a.pgark");

    let begun = Instant::now();
    let output = dump(&source, &target).wait_with_output().expect("dump");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let whole = begun.elapsed();
    fs::remove_file(&target).expect("remove");

    let mut seed = 20_260_707_u64;
    let (mut kills, mut left) = (0, 0);
    let salvaged_folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let mut best = None;
    for _ in 0..40 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let moment = whole.mul_f64((seed >> 40) as f64 / (1_u64 << 24) as f64);
        let mut child = dump(&source, &target);
        thread::sleep(moment);
        if child.try_wait().expect("state").is_some() {
            // Faster than the first time: not a kill. What it left must be whole.
            pgark(["verify", "--quiet", &target.to_string_lossy()]).expect_code(0);
            fs::remove_file(&target).expect("remove");
            continue;
        }
        child.kill().expect("kill");
        child.wait().expect("wait");
        kills += 1;
        assert!(!target.exists(), "an archive after {moment:?} of {whole:?}");
        for partial in files(folder.path()) {
            left += 1;
            let path = partial.to_string_lossy();
            let said = format!(
                "{} bytes after {moment:?} of {whole:?}",
                partial.metadata().expect("size").len()
            );
            let verify = pgark(["verify", "--quiet", &path]);
            assert!(
                [1, 3].contains(&verify.code),
                "{said}: {} {}",
                verify.code,
                verify.stdout
            );
            let restore = pgark(["restore", "--quiet", &path, "-d", &copy.conninfo()]).expect_code(1);
            assert!(
                restore.stderr.contains("is incomplete: it ends after"),
                "{said}: {}",
                restore.stderr
            );
            if let Some(salvaged) = salvage(&partial, salvaged_folder.path(), &said) {
                best = best.max(Some(salvaged));
            }
            fs::remove_file(&partial).expect("remove");
        }
        if kills == 10 {
            break;
        }
    }
    assert_eq!(kills, 10);
    assert!(left > 0, "no kill came while the archive was being written");
    let tables = "SELECT count(*)::text AS value FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(copy.session().value(tables), "0");
    wait_until_alone(&source);
    let (rows, archive) = best.expect("a kill after the catalog was written");
    assert_salvaged(&copy, rows, &archive);
}

/// What a killed dump has left becomes a whole archive, unless it was killed before it wrote the catalog.
/// How many rows it has, and where it is.
fn salvage(partial: &Path, folder: &Path, said: &str) -> Option<(u64, PathBuf)> {
    let name = partial
        .file_name()
        .expect("name")
        .to_string_lossy()
        .replace("partial", "salvaged");
    let kept = folder.join(name);
    let (from, to) = (partial.to_string_lossy(), kept.to_string_lossy());
    let salvage = pgark(["salvage", "--json", "--quiet", &from, "-o", &to]);
    if salvage.code == 1 {
        let reasons = ["cannot be salvaged", "is incomplete"];
        assert!(
            reasons.iter().any(|reason| salvage.stderr.contains(reason)),
            "{said}: {}",
            salvage.stderr
        );
        assert!(!kept.exists(), "{said}");
        return None;
    }
    // Killed after its last chunk it may lack nothing.
    assert!([0, 3].contains(&salvage.code), "{said}: {}", salvage.stderr);
    pgark(["verify", "--quiet", &to]).expect_code(0);
    let json: serde_json::Value = serde_json::from_str(&salvage.stdout).expect("JSON");
    Some((json["rows"].as_u64().expect("rows"), kept))
}

/// The restored rows are the source's, each once, and as many as were salvaged.
fn assert_salvaged(copy: &Database, rows: u64, archive: &Path) {
    let restore = pgark(["restore", "--quiet", &archive.to_string_lossy(), "-d", &copy.conninfo()]);
    assert!([0, 3].contains(&restore.code), "{}", restore.stderr);
    let mut session = copy.session();
    let mut found = 0;
    for table in 0..8 {
        let counts = session.value(&format!(
            "SELECT count(*) || ' ' || count(DISTINCT id) || ' ' ||
                count(*) FILTER (WHERE a = repeat(md5(id::text), 10) AND b = id * 1.5 AND id <= {}) AS value FROM t{table}",
            (table + 1) * 4000
        ));
        let counts: Vec<u64> = counts.split(' ').map(|count| count.parse().expect("count")).collect();
        assert!(counts.iter().all(|count| *count == counts[0]), "t{table}: {counts:?}");
        found += counts[0];
    }
    assert_eq!(found, rows);
    assert!(rows > 0, "no kill left rows");
}

fn interrupt(mut child: Child) {
    assert!(child.try_wait().expect("state").is_none(), "the dump had ended already");
    let begun = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).expect("signal");
    let output = child.wait_with_output().expect("wait");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{errors}");
    assert!(errors.contains("error: interrupted"), "{errors}");
    assert!(begun.elapsed() < PATIENCE, "took {:?}", begun.elapsed());
}

#[test]
fn an_interrupted_dump_leaves_no_file_and_no_query() {
    let source = source(13);
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let mut child = dump(&source, &folder.path().join("a.pgark"));
    // In the middle of the rows.
    let begun = Instant::now();
    while !files(folder.path())
        .iter()
        .any(|file| file.metadata().is_ok_and(|m| m.len() > 100_000))
    {
        assert!(
            child.try_wait().expect("state").is_none() && begun.elapsed() < PATIENCE,
            "nothing was written"
        );
        thread::sleep(Duration::from_millis(1));
    }
    interrupt(child);
    assert!(files(folder.path()).is_empty());
    wait_until_alone(&source);
}

#[test]
fn a_dump_that_waits_for_a_lock_can_be_interrupted() {
    let source = source(18);
    let mut other = source.session();
    other.execute("BEGIN; LOCK TABLE t3");
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let child = dump(&source, &folder.path().join("a.pgark"));
    let waiting = "SELECT count(*)::text AS value FROM pg_locks WHERE NOT granted AND relation = 't3'::regclass";
    let begun = Instant::now();
    let mut observer = source.session();
    while observer.value(waiting) == "0" {
        assert!(begun.elapsed() < PATIENCE, "the dump does not wait");
        thread::sleep(Duration::from_millis(5));
    }
    drop(observer);
    interrupt(child);
    assert!(files(folder.path()).is_empty());
    drop(other);
    wait_until_alone(&source);
}
