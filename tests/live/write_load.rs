//! A dump during a write load holds one moment of it: pgbench's tables, foreign keys and balances.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pgark::archive::Archive;

use crate::support::program::pgark;
use crate::support::session::Session;
use crate::support::{Database, places};

/// pgbench's scale 1.
const ACCOUNTS: u64 = 100_000;
const TELLERS: u64 = 10;
const WRITERS: u64 = 3;

/// As `pgbench -i -F 10 --foreign-keys`: the fill factor makes the table large enough to be read
/// in several page ranges.
const TABLES: &[&str] = &[
    "CREATE TABLE branches (bid int NOT NULL, bbalance int, filler char(88)) WITH (fillfactor=10)",
    "CREATE TABLE tellers (tid int NOT NULL, bid int, tbalance int, filler char(84)) WITH (fillfactor=10)",
    "CREATE TABLE accounts (aid int NOT NULL, bid int, abalance int, filler char(84)) WITH (fillfactor=10)",
    "CREATE TABLE history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
    "INSERT INTO branches VALUES (1, 0)",
    "INSERT INTO tellers SELECT n, 1, 0 FROM generate_series(1, 10) n",
    "INSERT INTO accounts SELECT n, 1, 0, '' FROM generate_series(1, 100000) n",
    "ALTER TABLE branches ADD PRIMARY KEY (bid)",
    "ALTER TABLE tellers ADD PRIMARY KEY (tid), ADD FOREIGN KEY (bid) REFERENCES branches",
    "ALTER TABLE accounts ADD PRIMARY KEY (aid), ADD FOREIGN KEY (bid) REFERENCES branches",
    "ALTER TABLE history ADD FOREIGN KEY (bid) REFERENCES branches, \
     ADD FOREIGN KEY (tid) REFERENCES tellers, ADD FOREIGN KEY (aid) REFERENCES accounts",
];

/// What every committed state satisfies.
const BALANCED: &str = "SELECT ((SELECT sum(bbalance) FROM branches) = (SELECT sum(tbalance) FROM tellers) \
     AND (SELECT sum(bbalance) FROM branches) = (SELECT sum(abalance) FROM accounts) \
     AND (SELECT sum(bbalance) FROM branches) = (SELECT coalesce(sum(delta), 0) FROM history))::text AS value";

/// Writers that run until dropped.
struct Load<'scope> {
    stop: &'scope AtomicBool,
    commits: &'scope AtomicU64,
}

impl Load<'_> {
    fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    fn wait_for(&self, more: u64) -> u64 {
        let (start, begun) = (self.commits(), Instant::now());
        while self.commits() < start + more {
            assert!(begun.elapsed() < Duration::from_secs(30), "the load does not run");
            thread::sleep(Duration::from_millis(2));
        }
        self.commits()
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

/// pgbench's TPC-B transaction, over and over.
fn write(conninfo: &str, seed: u64, stop: &AtomicBool, commits: &AtomicU64) {
    let mut session = Session::open(conninfo);
    let mut state = seed;
    let mut random = |limit: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    while !stop.load(Ordering::SeqCst) {
        let (aid, tid) = (random(ACCOUNTS) + 1, random(TELLERS) + 1);
        let delta = random(10_001) as i64 - 5000;
        session.execute(&format!(
            "BEGIN; UPDATE accounts SET abalance = abalance + {delta} WHERE aid = {aid}; \
             UPDATE tellers SET tbalance = tbalance + {delta} WHERE tid = {tid}; \
             UPDATE branches SET bbalance = bbalance + {delta} WHERE bid = 1; \
             INSERT INTO history (tid, bid, aid, delta, mtime) VALUES ({tid}, 1, {aid}, {delta}, now()); COMMIT"
        ));
        commits.fetch_add(1, Ordering::SeqCst);
    }
}

fn dump_under_load(major: u32) {
    let (source, copy) = (
        Database::create(major, "write_load"),
        Database::create(major, "write_load_copy"),
    );
    let mut session = source.session();
    for sql in TABLES {
        session.execute(sql);
    }
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let path = folder.path().join("a.pgark");
    let archive = path.to_string_lossy();
    let (from, to) = (source.conninfo(), copy.conninfo());

    let (stop, commits) = (AtomicBool::new(false), AtomicU64::new(0));
    let (before, after) = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (stop, commits, from) = (&stop, &commits, &from);
            scope.spawn(move || write(from, writer + 1, stop, commits));
        }
        let load = Load {
            stop: &stop,
            commits: &commits,
        };
        let before = load.wait_for(20);
        pgark(["dump", &from, "-o", &archive, "-j2"]).expect_code(0);
        (before, load.commits())
    });
    assert!(
        after > before + WRITERS,
        "the load committed {before} to {after}: not during the dump"
    );

    let opened = Archive::open(&path).expect("archive");
    let accounts = opened
        .catalog()
        .relations
        .iter()
        .find(|r| r.name == "accounts")
        .expect("accounts");
    let streams = opened.manifest().relation(accounts.id).expect("rows").streams;
    assert!(streams > 1, "accounts was read in one piece");

    pgark(["verify", &archive]).expect_code(0);
    pgark(["restore", &archive, "-d", &to, "-j2"]).expect_code(0);
    pgark(["compare", &archive, &to]).expect_code(0);
    let mut session = copy.session();
    let keys = "SELECT count(*)::text AS value FROM pg_constraint WHERE contype = 'f' AND convalidated";
    assert_eq!(session.value(keys), "5");
    assert_eq!(
        session.value("SELECT count(*)::text AS value FROM accounts"),
        ACCOUNTS.to_string()
    );
    assert_eq!(session.value(BALANCED), "true");
    // The moment lies within the load: each transaction left one row. A writer counts a commit a
    // little after the server has it.
    let seen: u64 = session
        .value("SELECT count(*)::text AS value FROM history")
        .parse()
        .expect("number");
    assert!(
        (before..=after + WRITERS).contains(&seen),
        "{seen} rows of history, {before} to {after} commits"
    );
}

/// No TID range scans: every session scans the table for its own half.
#[test]
fn a_dump_under_write_load_is_one_moment_on_13() {
    dump_under_load(13);
}

#[test]
fn a_dump_under_write_load_is_one_moment_on_18() {
    dump_under_load(18);
}
