//! Snapshots in a repository: taken, found, verified, restored, and what is left when taking one fails.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use pgark::internals::repository::{Repository, Underway, Who};
use pgark::internals::server::{Server, ServerOptions};

use crate::kit::{Folder, filled, json, run, says, value};
use crate::support::fault_store;
use crate::support::program::{Run, command};
use crate::support::session::Session;
use crate::support::{Database, start};

const SHOP: &str = "\
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO customers SELECT i, 'name ' || i FROM generate_series(1, 200) i;
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric(10, 2));
INSERT INTO orders SELECT i, 1 + i % 200, i * 1.5 FROM generate_series(1, 3000) i;
";

fn create(repo: &str, database: &Database, label: &str, options: &[&str]) -> Run {
    let conninfo = database.conninfo();
    let first = ["snapshot", "create", &conninfo, "--repo", repo, "--label", label];
    run(&first, options)
}

fn list(repo: &str) -> Vec<serde_json::Value> {
    let listed = json(&run(&["snapshot", "list", "--repo", repo, "--json"], &[]).expect_code(0));
    listed.as_array().expect("a list").clone()
}

fn standings(repo: &str) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    list(repo)
        .iter()
        .map(|s| (text(&s["label"]), text(&s["standing"])))
        .collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

#[test]
fn a_snapshot_is_counted_verified_listed_and_restored() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot", SHOP));
    let repo = folder.file("repo");
    let options = ["--purpose", "adds invoices", "--env", "production", "--pin", "--json"];
    let record = json(&create(&repo, &source, "before-migration", &options).expect_code(0));
    assert_eq!(
        (
            &record["status"],
            &record["kind"],
            &record["rows"],
            &record["rows_counted"]
        ),
        (&"complete".into(), &"full".into(), &3200.into(), &true.into()),
    );
    assert_eq!(record["tables"].as_array().map(Vec::len), Some(2));
    assert!(record["database_bytes"].as_u64() > Some(1 << 20));
    let id = record["id"].as_str().expect("id").to_owned();
    // The same facts are inside the archive.
    let file = folder.path("repo").join(format!("snapshots/{id}.pgark"));
    let inside = json(&run(&["show", &file.to_string_lossy(), "--json"], &[]).expect_code(0));
    for (name, value) in [
        ("label", "before-migration"),
        ("purpose", "adds invoices"),
        ("environment", "production"),
    ] {
        assert_eq!(inside["source"][name], value);
    }
    assert_eq!(inside["root_digest"], record["root_digest"]);
    for (path, expected) in [
        ("repo", 0o700),
        ("repo/snapshots", 0o700),
        ("repo/log/00000001.json", 0o600),
    ] {
        assert_eq!(mode(&folder.path(path)), expected, "{path}");
    }
    assert_eq!(mode(&file), 0o600);
    let of_schema = create(&repo, &source, "structure", &["--schema-only"]).expect_code(0);
    says(
        &of_schema.stdout,
        &["complete snapshot", "0 rows", "restore it with: pgark restore"],
    );
    // Each kind of reference; `latest` has rows.
    for reference in ["latest", "before-migration", "2", &id[..20], &id] {
        let shown = json(&run(&["snapshot", "show", reference, "--repo", &repo, "--json"], &[]).expect_code(0));
        assert_eq!(shown["id"], id.as_str(), "{reference}");
        assert_eq!(
            (&shown["state"]["pinned"], &shown["good"]),
            (&true.into(), &true.into())
        );
    }
    run(&["snapshot", "show", "nothing", "--repo", &repo], &[]).expect_code(1);
    let text = run(&["snapshot", "list", "--repo", &repo, "--env", "production"], &[]).expect_code(0);
    says(&text.stdout, &["before-migration*", "adds invoices", "production"]);
    assert!(!text.stdout.contains("structure"));
    // A copied folder is the same repository.
    let copy = folder.file("copy");
    let copied = std::process::Command::new("cp").args(["-r", &repo, &copy]).status();
    assert!(copied.expect("cp").success());
    let target = Database::create(18, "snapshot_copy");
    let to = target.conninfo();
    run(&["restore", "before-migration", "--repo", &copy, "-d", &to], &[]).expect_code(0);
    run(&["compare", &file.to_string_lossy(), &to], &[]).expect_code(0);
    let log = run(&["log", "--repo", &copy], &[]).expect_code(0);
    says(&log.stdout, &["create", "restore"]);
    run(&["log", "--repo", &copy, "--check"], &[]).expect_code(0);
}

#[test]
fn a_snapshot_that_fails_says_so_and_is_never_the_latest() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_fails", SHOP));
    let repo = folder.file("repo");
    create(&repo, &source, "good", &[]).expect_code(0);
    let big = create(&repo, &source, "big", &["--max-size", "1kB"]).expect_code(1);
    says(&big.stderr, &["larger than 1024 bytes"]);
    source.session().execute("CREATE TABLE slow AS SELECT 1 AS a");
    let mut blocker = source.session();
    blocker.execute("BEGIN");
    blocker.execute("LOCK TABLE slow");
    let late = create(&repo, &source, "late", &["--timeout", "500ms"]).expect_code(1);
    says(&late.stderr, &["not done within"]);
    blocker.execute("ROLLBACK");
    let found = standings(&repo);
    let expected = [("late", "failed"), ("big", "failed"), ("good", "complete")];
    assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(list(&repo)[1]["error"].as_str().is_some_and(|e| e.contains("larger")));
    let latest = json(&run(&["snapshot", "show", "latest", "--repo", &repo, "--json"], &[]).expect_code(0));
    assert_eq!(latest["label"], "good");
    for label in ["latest", "12", "a b", "emergency_pre_rollback"] {
        create(&repo, &source, label, &[]).expect_code(1);
    }
    assert_eq!(list(&repo).len(), 3);
    // Much less than before is said.
    source.session().execute("DELETE FROM orders");
    let small = create(&repo, &source, "small", &[]).expect_code(0);
    says(&small.stderr, &["201 rows, less than half of the usual 3200"]);
}

#[test]
fn a_maker_that_is_killed_leaves_what_nothing_takes_for_complete() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_killed", SHOP));
    let repo = folder.file("repo");
    create(&repo, &source, "good", &[]).expect_code(0);
    source.session().execute("CREATE TABLE slow AS SELECT 1 AS a");
    let mut blocker = source.session();
    blocker.execute("BEGIN");
    blocker.execute("LOCK TABLE slow");
    let conninfo = source.conninfo();
    let mut maker = command(["snapshot", "create", &conninfo, "--repo", &repo, "--label", "killed"]);
    let mut maker = maker.stderr(Stdio::null()).spawn().expect("maker");
    let is_there = |standing: &str| standings(&repo).contains(&("killed".to_owned(), standing.to_owned()));
    for _ in 0..500 {
        if is_there("running") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(is_there("running"));
    maker.kill().expect("kill");
    maker.wait().expect("wait");
    assert!(is_there("incomplete"));
    run(&["restore", "killed", "--repo", &repo, "-d", &conninfo], &[]).expect_code(1);
    blocker.execute("ROLLBACK");
    // Killed between the archive's name and its record: a verification of every byte completes the record.
    let id = list(&repo)[1]["id"].as_str().expect("id").to_owned();
    std::fs::remove_file(folder.path("repo").join(format!("snapshots/{id}.json"))).expect("record");
    assert_eq!(list(&repo)[1]["standing"], "damaged");
    run(&["snapshot", "verify", &id, "--repo", &repo], &[]).expect_code(0);
    assert_eq!(
        (&list(&repo)[1]["standing"], &list(&repo)[1]["rows"]),
        (&"complete".into(), &3200.into())
    );
}

#[test]
fn damage_is_found_and_recorded() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_damaged", SHOP));
    let repo = folder.file("repo");
    let first = json(&create(&repo, &source, "first", &["--json"]).expect_code(0));
    create(&repo, &source, "second", &[]).expect_code(0);
    let file = |id: &str| folder.path("repo").join(format!("snapshots/{id}.pgark"));
    let path = file(first["id"].as_str().expect("id"));
    let mut bytes = std::fs::read(&path).expect("archive");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).expect("damage");
    run(&["snapshot", "verify", "second", "--repo", &repo], &["--sample", "50%"]).expect_code(0);
    let found = run(&["snapshot", "verify", "--all", "--repo", &repo], &[]).expect_code(3);
    says(&found.stdout, &["damage: ", "NOT good", "good: "]);
    assert_eq!(standings(&repo)[1].1, "damaged");
    run(&["restore", "first", "--repo", &repo, "-d", "x"], &[]).expect_code(1);
    // Another archive in its place is not the snapshot, however good it is.
    let second = list(&repo)[0]["id"].as_str().expect("id").to_owned();
    std::fs::copy(file(&second), &path).expect("copy");
    let other = run(&["snapshot", "verify", "first", "--repo", &repo], &[]).expect_code(3);
    says(&other.stdout, &["another archive has its place"]);
}

#[test]
fn makers_a_pruner_and_a_reader_at_once_break_nothing() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_busy", SHOP));
    let repo = folder.file("repo");
    for label in ["a", "b", "c"] {
        create(&repo, &source, label, &[]).expect_code(0);
    }
    let target = Database::create(18, "snapshot_busy_copy");
    let (from, to) = (source.conninfo(), target.conninfo());
    let make = |label: &str| {
        let (from, repo) = (from.clone(), repo.clone());
        let label = label.to_owned();
        move || run(&["snapshot", "create", &from, "--repo", &repo, "--label", &label], &[])
    };
    std::thread::scope(|scope| {
        // The same label in the same second, too.
        let makers = [scope.spawn(make("d")), scope.spawn(make("d"))];
        let restorer = scope.spawn(|| run(&["restore", "a", "--repo", &repo, "-d", &to], &[]));
        let pruner = scope.spawn(|| run(&["prune", "--repo", &repo, "--keep-last", "1", "--apply"], &[]));
        for maker in makers {
            maker.join().expect("maker").expect_code(0);
        }
        pruner.join().expect("pruner").expect_code(0);
        // It was there before, or it had been pruned already: then nothing was restored.
        let restored = restorer.join().expect("restorer");
        assert!(matches!(restored.code, 0 | 1), "{}", restored.stderr);
        if restored.code == 0 {
            assert_eq!(value(&target, "SELECT count(*) FROM orders"), "3000");
        }
    });
    assert!(standings(&repo).iter().filter(|(label, _)| label == "d").count() == 2);
    assert!(standings(&repo).iter().all(|(_, standing)| standing == "complete"));
    run(&["snapshot", "verify", "--all", "--repo", &repo], &[]).expect_code(0);
    run(&["log", "--repo", &repo, "--check"], &[]).expect_code(0);
}

#[test]
fn a_misspelt_database_leaves_nothing_behind() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_misspelt", SHOP));
    let repo = folder.file("repo");
    create(&repo, &source, "good", &[]).expect_code(0);
    let history = json(&run(&["log", "--repo", &repo, "--json"], &[]).expect_code(0));
    let wrong = source.server().conninfo("snapshot_mispelt");
    let misspelt = ["snapshot", "create", &wrong, "--repo", &repo, "--label", "nightly"];
    let told = run(&misspelt, &[]).expect_code(1);
    says(
        &told.stderr,
        &["there is no database `snapshot_mispelt`", "nothing was recorded"],
    );
    assert_eq!(list(&repo).len(), 1);
    assert_eq!(
        json(&run(&["log", "--repo", &repo, "--json"], &[]).expect_code(0)),
        history
    );
    run(&["health", "--repo", &repo, "--min-free", "0"], &[]).expect_code(0);
    // One that is gone, and was there, is missed.
    let gone = source.server().conninfo("snapshot_gone");
    let mut session = Session::open(&source.server().conninfo("postgres"));
    session.execute("CREATE DATABASE snapshot_gone");
    run(
        &["snapshot", "create", &gone, "--repo", &repo, "--label", "nightly"],
        &[],
    )
    .expect_code(0);
    session.execute("DROP DATABASE snapshot_gone WITH (FORCE)");
    run(
        &["snapshot", "create", &gone, "--repo", &repo, "--label", "nightly"],
        &[],
    )
    .expect_code(1);
    assert_eq!(standings(&repo)[0], ("nightly".to_owned(), "failed".to_owned()));
    run(&["health", "--repo", &repo, "--min-free", "0"], &[]).expect_code(3);
}

/// Hooks that cannot be read keep nobody from a backup.
#[test]
fn a_mistake_in_the_hooks_is_told_after_the_backup() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_hooks", SHOP));
    let repo = folder.file("repo");
    create(&repo, &source, "first", &[]).expect_code(0);
    let hooks = folder.path("repo").join("hooks.toml");
    std::fs::write(&hooks, "[create]\non_sucess = 'true'\n").expect("hooks");
    std::fs::set_permissions(&hooks, std::fs::Permissions::from_mode(0o600)).expect("mode");
    let told = create(&repo, &source, "second", &[]).expect_code(3);
    says(&told.stderr, &["hooks.toml", "on_sucess"]);
    says(&told.stdout, &["complete snapshot"]);
    assert_eq!(standings(&repo)[0], ("second".to_owned(), "complete".to_owned()));
    let told = run(&["health", "--repo", &repo, "--min-free", "0"], &[]).expect_code(3);
    says(&told.stdout, &["healthy"]);
}

/// A part neither takes the place of the whole in a rollback, nor keeps health and drills green.
#[test]
fn a_part_is_no_snapshot_of_the_database() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_parts", SHOP));
    let repo = folder.file("repo");
    let conninfo = source.conninfo();
    create(&repo, &source, "part", &["-t", "customers"]).expect_code(0);
    let health = |options: &[&str], code| {
        run(&["health", "--repo", &repo, "--min-free", "0"], options).expect_code(code);
    };
    let server = source.server().conninfo("postgres");
    run(&["drill", "latest", "--repo", &repo, "-d", &server, "-q"], &[]).expect_code(0);
    health(&[], 3);
    health(&["--parts", "--max-drill-age", "1d"], 0);
    let emergency = ["rollback", "--emergency", "-d", &conninfo, "--repo", &repo, "-q"];
    let told = run(&emergency, &[]).expect_code(1);
    says(&told.stderr, &["is of a part of it"]);
    create(&repo, &source, "whole", &[]).expect_code(0);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    create(&repo, &source, "part", &["-t", "customers"]).expect_code(0);
    create(&repo, &source, "structure", &["--schema-only"]).expect_code(0);
    health(&[], 0);
    health(&["--max-drill-age", "1d"], 3);
    source.session().execute("DELETE FROM orders");
    run(&emergency, &[]).expect_code(0);
    assert_eq!(value(&source, "SELECT count(*) FROM orders"), "3000");
    let whole = list(&repo).iter().find(|s| s["label"] == "whole").expect("whole")["id"].clone();
    let latest = run(&["snapshot", "show", "latest", "--repo", &repo, "--json"], &[]).expect_code(0);
    assert_eq!(json(&latest)["id"], whole);
}

/// What a killed drill made is dropped by the next one, and named until then; what is nobody's or kept stays.
/// A server goes on making a database for a drill that was killed, which is there only after the next drill has looked.
#[test]
fn the_database_that_a_server_still_makes_for_a_killed_drill_is_dropped() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_late", SHOP));
    let repo = folder.file("repo");
    create(&repo, &source, "good", &[]).expect_code(0);
    let server: &'static Server = Box::leak(Box::new(start(18, &ServerOptions::default())));
    let on = server.conninfo("postgres");
    let name = "pgark_drill_20260310_120000_aabbccddeeff";
    let repository = Repository::open(folder.path("repo").as_path()).expect("repository");
    let mut maker = Session::open(&on);
    let system = maker.value("SELECT system_identifier::text AS value FROM pg_control_system()");
    let underway = Underway {
        database: name.to_owned(),
        server: String::new(),
        system_identifier: Some(system.parse().expect("number")),
        snapshot: "20260310T115900Z_good".to_owned(),
        at: "2026-03-10T12:00:00Z".parse().expect("time"),
        who: Who::default(),
    };
    drop(repository.begin_drill(&underway).expect("record"));
    let hash = blake3::hash(format!("pgark drill {name}").as_bytes());
    let half = |at: usize| i32::from_le_bytes(hash.as_bytes()[at..at + 4].try_into().expect("four bytes"));
    maker.execute(&format!("SELECT pg_advisory_lock({}, {})", half(0), half(4)));
    let drill = ["drill", "--repo", &repo, "-d", &on, "-q"];
    run(&drill, &[]).expect_code(0);
    assert_eq!(repository.dead_drills().expect("records"), [underway]);
    maker.execute(&format!("CREATE DATABASE {name}"));
    drop(maker);
    // While its maker may still be ending on the server, it is locked.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let next = run(&drill, &[]).expect_code(0);
    says(&next.stdout, &[name, "was left by a drill that was killed"]);
    let mut session = Session::open(&on);
    let there = format!("SELECT count(*)::text AS value FROM pg_database WHERE datname = '{name}'");
    assert_eq!(session.value(&there), "0");
    assert!(repository.dead_drills().expect("records").is_empty());
}

#[test]
fn the_database_of_a_killed_drill_is_dropped_by_the_next() {
    let (folder, source) = (Folder::new(), filled(18, "snapshot_drilled", SHOP));
    let repo = folder.file("repo");
    create(&repo, &source, "good", &[]).expect_code(0);
    let server: &'static Server = Box::leak(Box::new(start(18, &ServerOptions::default())));
    let on = server.conninfo("postgres");
    let mut session = Session::open(&on);
    let mut scratch = || {
        session.value(
            "SELECT coalesce(string_agg(datname, ' ' ORDER BY datname), '') AS value FROM pg_database \
             WHERE datname ~ '^pgark_drill_'",
        )
    };
    let kept = run(
        &["drill", "--repo", &repo, "-d", &on, "--keep-database", "--json", "-q"],
        &[],
    )
    .expect_code(0);
    let kept = json(&kept)["database"].as_str().expect("name").to_owned();
    let mut killed = String::new();
    for _ in 0..20 {
        let mut drill = command(["drill", "--repo", &repo, "-d", &on, "-q"]);
        let mut drill = drill
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("drill");
        while scratch() == kept && drill.try_wait().expect("state").is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        drill.kill().expect("kill");
        drill.wait().expect("wait");
        killed = scratch().replace(&kept, "").trim().to_owned();
        if !killed.is_empty() {
            break;
        }
    }
    assert!(killed.starts_with("pgark_drill_"), "no drill was killed in time");
    let told = run(&["health", "--repo", &repo, "--min-free", "0"], &[]).expect_code(3);
    says(&told.stdout, &["scratch: a drill that began"]);
    let mut other = Session::open(&on);
    // A name alone makes nobody's database ours.
    let named = "pgark_drill_20200101_000000_aabbccddeeff";
    other.execute(&format!("CREATE DATABASE {named}"));
    // While its maker may still be ending on the server, it is locked.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let next = run(&["drill", "--repo", &repo, "-d", &on, "-q"], &[]).expect_code(0);
    says(&next.stdout, &["was left by a drill that was killed", "is left over"]);
    let mut left = [named, &kept];
    left.sort_unstable();
    assert_eq!(scratch(), left.join(" "));
    run(&["health", "--repo", &repo, "--min-free", "0"], &[]).expect_code(0);
}

/// A maker that is killed before any of the last operations on the disk: the history tells of the snapshot when it is
/// there, once, and not before.
#[test]
fn the_history_tells_of_a_snapshot_whose_maker_was_killed() {
    const LAST: usize = 24;
    let (folder, notes, source) = (Folder::new(), Folder::new(), filled(18, "snapshot_told", SHOP));
    let conninfo = source.conninfo();
    let create = |name: &str| {
        let repo = folder.file(name);
        let mut create = command([
            "snapshot", "create", &conninfo, "--repo", &repo, "--label", "x", "-j", "1", "-q",
        ]);
        create.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        (create, folder.path(name), repo)
    };
    let (mut whole, path, _) = create("whole");
    fault_store::watch(&mut whole, &path, &notes.path("operations"));
    assert!(whole.status().expect("create").success());
    let operations = std::fs::read_to_string(notes.path("operations")).expect("operations");
    let operations = operations.lines().count();
    let mut seen = [0, 0];
    for number in operations - LAST..=operations {
        let (mut killed, path, repo) = create(&number.to_string());
        fault_store::plan(&mut killed, &path, "any", number, fault_store::StoreFault::Killed);
        let ended = killed.status().expect("create");
        let log = run(&["log", "--repo", &repo, "--action", "create", "--json"], &[]).expect_code(0);
        let again = run(&["log", "--repo", &repo, "--action", "create", "--json"], &[]).expect_code(0);
        assert_eq!(log.stdout, again.stdout);
        let told = json(&log).as_array().map_or(0, Vec::len);
        let is_there = standings(&repo) == [("x".to_owned(), "complete".to_owned())];
        assert_eq!(
            told,
            usize::from(is_there),
            "operation {number} of {operations}, {ended}: {}",
            log.stdout
        );
        run(&["log", "--repo", &repo, "--check"], &[]).expect_code(0);
        seen[usize::from(is_there)] += 1;
    }
    assert!(seen[0] > 2 && seen[1] > 2, "{seen:?}");
}
