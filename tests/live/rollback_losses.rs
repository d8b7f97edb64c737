//! Whatever a server has acknowledged is there after a rollback: in the database, in one that was kept, or in a safety
//! snapshot. Writers note each row whose commit has returned, while rollbacks of both methods run, some of them killed.
//!
//! `PGARK_ROUNDS=100` runs that many rollbacks on each server, `PGARK_SEED` draws others; what happened is printed.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use pgark::archive::Archive;
use pgark::model::ident::quote_ident;
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, copy_text, filled, run, says, wait_until};
use crate::support::program::command;
use crate::support::session::Session;
use crate::support::{Database, server};

const LEDGER: &str = "\
CREATE SCHEMA books;
CREATE TABLE books.accounts (id int PRIMARY KEY, name text);
INSERT INTO books.accounts SELECT i, 'account ' || i FROM generate_series(1, 200) i;
CREATE TABLE books.ledger (number bigint PRIMARY KEY, account int REFERENCES books.accounts, at serial);
CREATE TABLE books.notes (number bigint, text text);
CREATE VIEW books.totals AS SELECT account, count(*) FROM books.ledger GROUP BY account;
";

/// Writers, and the numbers of the rows whose commit has returned.
struct Writers {
    conninfo: String,
    next: AtomicU32,
    acknowledged: Mutex<HashSet<u32>>,
    stop: AtomicBool,
}

impl Writers {
    fn new(database: &Database) -> Writers {
        Writers {
            conninfo: database.conninfo(),
            next: AtomicU32::new(1),
            acknowledged: Mutex::default(),
            stop: AtomicBool::new(false),
        }
    }

    /// Writes until it is told to stop. Sessions are ended, and what they write to is replaced: then it begins anew.
    fn write(&self, kind: usize) {
        while !self.stop.load(SeqCst) {
            let Ok(mut session) = Session::try_open(&self.conninfo) else {
                thread::sleep(Duration::from_millis(20));
                continue;
            };
            while !self.stop.load(SeqCst) {
                let number = self.next.fetch_add(1, SeqCst);
                if self.row(&mut session, kind, number).is_err() {
                    break;
                }
                self.acknowledged.lock().expect("lock").insert(number);
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    fn row(&self, session: &mut Session, kind: usize, number: u32) -> Result<(), String> {
        let insert = format!(
            "INSERT INTO books.ledger (number, account) VALUES ({number}, {})",
            1 + number % 200
        );
        let note = format!("INSERT INTO books.notes VALUES ({number}, 'note')");
        let statements: &[&str] = match kind {
            0 => &[&insert],
            // Has read what it then writes to.
            1 => &["BEGIN", "SELECT count(*) FROM books.accounts", &note, &insert, "COMMIT"],
            _ => &[
                "BEGIN",
                "SELECT FROM books.accounts WHERE id = 7 FOR UPDATE",
                &insert,
                &note,
                "COMMIT",
            ],
        };
        statements.iter().try_for_each(|sql| session.try_execute(sql))
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }
}

/// Takes the snapshot `empty`, which rollbacks go back to.
#[track_caller]
fn save(database: &Database, repo: &str) {
    let of = database.conninfo();
    run(&["snapshot", "create", &of, "--repo", repo, "--label", "empty"], &[]).expect_code(0);
}

fn roll_back(database: &Database, repo: &str, method: &str) -> Command {
    let to = database.conninfo();
    let mut command = command([
        "rollback", "empty", "-d", &to, "--repo", repo, "--yes", "-q", "-j2", "--method", method,
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// The numbers of the rows of an archive.
fn of_archive(path: &std::path::Path) -> HashSet<u32> {
    let archive = Archive::open(path).expect("archive");
    let ledger = archive
        .catalog()
        .relations
        .iter()
        .find(|r| r.name == "ledger")
        .expect("ledger");
    let chunks = archive
        .manifest()
        .relation(ledger.id)
        .map(|r| r.chunks.clone())
        .unwrap_or_default();
    let number = |line: &str| line.split('\t').next().and_then(|n| n.parse().ok());
    let texts: Vec<String> = chunks.iter().map(|chunk| copy_text(&archive, chunk)).collect();
    texts.iter().flat_map(|text| text.lines().filter_map(number)).collect()
}

fn of_database(conninfo: &str) -> HashSet<u32> {
    let mut session = Session::open(conninfo);
    let rows = session.query("SELECT number::text AS value FROM books.ledger");
    rows.iter()
        .map(|row| row.string("value").expect("number").parse().expect("number"))
        .collect()
}

fn beside(database: &Database) -> Vec<String> {
    let pattern = format!("{}\\_pgark\\_%", database.name().replace('_', "\\_"));
    let mut session = Session::open(&database.server().conninfo("postgres"));
    let rows = session.query(&format!(
        "SELECT datname AS value FROM pg_database WHERE datname LIKE '{pattern}'"
    ));
    rows.iter().map(|row| row.string("value").expect("name")).collect()
}

fn nothing_acknowledged_is_lost(major: u32) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |n| n.parse().expect("a number"));
    let rounds = number("PGARK_ROUNDS", 3);
    let mut random = Random(number("PGARK_SEED", 20261130) + u64::from(major));
    let (folder, database) = (Folder::new(), filled(major, "acknowledged", LEDGER));
    let repo = folder.file("repo");
    save(&database, &repo);
    let writers = Writers::new(&database);
    let mut outcomes: Vec<String> = Vec::new();
    let mut failed = None;
    thread::scope(|scope| {
        for kind in 0..3 {
            let writers = &writers;
            scope.spawn(move || writers.write(kind));
        }
        let mut usual = [Duration::from_secs(3); 2];
        for round in 0..rounds {
            thread::sleep(Duration::from_millis(200));
            let which = ((round + u64::from(major)) % 2) as usize;
            let method = ["transaction", "swap"][which];
            let signal = match (round + 1) % 3 {
                0 => [Signal::KILL, Signal::TERM, Signal::INT]
                    .get(random.below(3) as usize)
                    .copied(),
                _ => None,
            };
            let begun = Instant::now();
            let child = roll_back(&database, &repo, method).spawn().expect("rollback");
            if let Some(signal) = signal {
                thread::sleep(usual[which].mul_f64(random.below(1200) as f64 / 1000.0));
                let _ = kill_process(Pid::from_child(&child), signal);
            }
            let output = child.wait_with_output().expect("wait");
            let code = output.status.code().unwrap_or(-1);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            if signal.is_none() {
                usual[which] = begun.elapsed();
            }
            // In place it is compared after the commit, when the writers have gone on.
            let good = signal.is_some() || code == 0 || method == "transaction" && code == 3;
            if !good || stderr.contains("panicked") {
                failed = Some(format!("{method}, {signal:?}: {code}\n{stderr}"));
                break;
            }
            outcomes.push(format!("{method} {signal:?} {code}"));
        }
        writers.stop.store(true, SeqCst);
    });
    assert_eq!(failed, None);
    let acknowledged = writers.acknowledged.into_inner().expect("lock");
    // What a killed one has sent may still be at work.
    let begun = Instant::now();
    let mut found = loop {
        match Session::try_open(&database.conninfo()) {
            Ok(_) => break of_database(&database.conninfo()),
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "{error}"),
        }
        thread::sleep(Duration::from_millis(50));
    };
    for name in beside(&database).iter().filter(|name| name.contains("_pgark_old")) {
        found.extend(of_database(&server(major).conninfo(name)));
    }
    let files = std::fs::read_dir(folder.path("repo/snapshots")).expect("snapshots");
    for file in files.map(|file| file.expect("file").path()) {
        if file.extension().is_some_and(|extension| extension == "pgark") {
            found.extend(of_archive(&file));
        }
    }
    let lost: Vec<&u32> = acknowledged.difference(&found).collect();
    outcomes.sort();
    println!(
        "PostgreSQL {major}: {} rows acknowledged in {rounds} rollbacks, {} lost; method, signal, exit code:\n{}",
        acknowledged.len(),
        lost.len(),
        outcomes.join("\n")
    );
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
    assert!(
        acknowledged.len() as u64 > rounds * 20,
        "only {} rows were written",
        acknowledged.len()
    );
    // The next one finishes, and nothing half made is left.
    let output = roll_back(&database, &repo, "swap").output().expect("rollback");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    run(&["log", "--repo", &repo, "--check"], &[]).expect_code(0);
    let mut admin = Session::open(&server(major).conninfo("postgres"));
    for name in beside(&database) {
        assert!(name.contains("_pgark_old"), "{name} is left");
        admin.execute(&format!("DROP DATABASE {} WITH (FORCE)", quote_ident(&name)));
    }
}

#[test]
fn nothing_acknowledged_is_lost_13() {
    nothing_acknowledged_is_lost(13);
}

#[test]
fn nothing_acknowledged_is_lost_15() {
    nothing_acknowledged_is_lost(15);
}

#[test]
fn nothing_acknowledged_is_lost_17() {
    nothing_acknowledged_is_lost(17);
}

#[test]
fn nothing_acknowledged_is_lost_18() {
    nothing_acknowledged_is_lost(18);
}

/// Definitions cannot be locked: one that changes after it was saved is saved again before it is dropped.
#[test]
fn a_definition_that_changes_meanwhile_is_not_lost() {
    let (folder, database) = (Folder::new(), filled(18, "redefined", LEDGER));
    let repo = folder.file("repo");
    save(&database, &repo);
    let mut session = database.session();
    let define =
        |number: u32| format!("CREATE OR REPLACE FUNCTION changing() RETURNS int LANGUAGE sql AS 'SELECT {number}'");
    session.execute(&define(1));
    // Who has read a table is waited for, when everything is saved.
    let mut reader = database.session();
    reader.execute("BEGIN");
    reader.execute("SELECT FROM books.accounts");
    let rolling = roll_back(&database, &repo, "transaction").spawn().expect("rollback");
    let waiting = "SELECT (count(*) > 0)::text AS value FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' \
                   AND relation = 'books.accounts'::regclass";
    wait_until("nobody waits", || session.value(waiting) == "true");
    session.execute(&define(2));
    reader.execute("COMMIT");
    let output = rolling.wait_with_output().expect("wait");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(session.try_execute("SELECT changing()").is_err());
    let safety = "emergency_pre_rollback";
    let to = database.conninfo();
    run(&["rollback", safety, "-d", &to, "--repo", &repo, "--yes"], &[]).expect_code(0);
    assert_eq!(database.session().value("SELECT changing()::text AS value"), "2");
}

/// Who has read what it then wants to write to would wait for the rollback, and the rollback for it.
#[test]
fn a_reader_that_waits_to_write_gives_way() {
    let (folder, database) = (Folder::new(), filled(13, "gives_way", LEDGER));
    let repo = folder.file("repo");
    save(&database, &repo);
    let mut writer = database.session();
    writer.execute("BEGIN");
    writer.execute("SELECT FROM books.notes");
    let rolling = roll_back(&database, &repo, "transaction").spawn().expect("rollback");
    let mut session = database.session();
    let locked = "SELECT (count(*) > 0)::text AS value FROM pg_locks WHERE granted AND mode = 'ExclusiveLock' \
                  AND relation = 'books.notes'::regclass";
    wait_until("nothing is locked", || session.value(locked) == "true");
    let refused = writer
        .try_execute("INSERT INTO books.notes VALUES (1, 'x')")
        .expect_err("written");
    says(&refused, &["57014"]);
    assert!(writer.try_execute("COMMIT").is_ok());
    let output = rolling.wait_with_output().expect("wait");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
