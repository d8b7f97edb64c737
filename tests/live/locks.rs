//! Servers whose lock table is too small for what is asked of them.

use crate::kit::{Folder, run, says};
use crate::support::session::Session;
use crate::support::{Database, start};
use pgark::internals::server::{Server, ServerOptions};

/// As small as the server lets it be.
fn tiny(major: u32) -> Server {
    let settings = [
        ("max_locks_per_transaction", "10"),
        ("max_connections", "8"),
        ("max_wal_senders", "0"),
        ("max_worker_processes", "0"),
        ("autovacuum_max_workers", "1"),
        ("shared_buffers", "4MB"),
    ];
    let own = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = ServerOptions {
        settings: own.into(),
        ..ServerOptions::default()
    };
    start(major, &options)
}

/// `count` partitions made a few at a time, so that making them needs no large lock table.
fn partitions(conninfo: &str, count: u32) {
    let mut session = Session::open(conninfo);
    session.execute("CREATE TABLE p (id int) PARTITION BY LIST (id)");
    for first in (0..count).step_by(50) {
        let made: Vec<String> = (first..count.min(first + 50))
            .map(|id| format!("CREATE TABLE p{id} PARTITION OF p FOR VALUES IN ({id}); INSERT INTO p VALUES ({id})"))
            .collect();
        session.execute(&made.join("; "));
    }
}

const MANY: u32 = 1_200;

fn a_dump_runs_out(major: u32) {
    let (folder, server) = (Folder::new(), tiny(major));
    let source = server.conninfo("postgres");
    partitions(&source, MANY);
    for options in [&["-j1"], &["-j4"]] {
        let ended = run(&["dump", &source, "-o", &folder.file("a.pgark"), "-q"], options).expect_code(1);
        says(
            &ended.stderr,
            &[
                "max_locks_per_transaction` is 10 and should be at least",
                "postgresql.conf",
            ],
        );
        assert!(!folder.path("a.pgark").exists());
    }
    // What fits is dumped all the same.
    let few = ["-t", "p1", "-t", "p2", "-q"];
    run(&["dump", &source, "-o", &folder.file("b.pgark")], &few).expect_code(0);
}

#[test]
fn a_dump_that_runs_out_of_locks_says_what_to_do_on_13() {
    a_dump_runs_out(13);
}

#[test]
fn a_dump_that_runs_out_of_locks_says_what_to_do_on_18() {
    a_dump_runs_out(18);
}

/// Objects are made one at a time; what still needs many locks at once is listed, and the rest goes on.
fn a_restore_runs_out(major: u32) {
    let folder = Folder::new();
    let source = Database::create(major, "many_locks");
    partitions(&source.conninfo(), MANY);
    let mut session = source.session();
    session.execute("CREATE MATERIALIZED VIEW whole AS SELECT count(*) FROM p; CREATE TABLE z AS SELECT 1 AS id");
    let archive = folder.dump(&source, "a.pgark", &["-q"]);
    let server = tiny(major);
    let target = server.conninfo("postgres");
    let ended = run(&["restore", &archive, "-d", &target, "-q"], &["-j2"]).expect_code(3);
    says(
        &ended.stderr,
        &[
            "public.whole",
            "53200",
            "hint: raise `max_locks_per_transaction` in postgresql.conf",
        ],
    );
    let mut there = Session::open(&target);
    assert_eq!(there.value("SELECT count(*)::text AS value FROM z"), "1");
    for id in [0, MANY / 2, MANY - 1] {
        assert_eq!(there.value(&format!("SELECT count(*)::text AS value FROM p{id}")), "1");
    }
    let target = server.conninfo("second");
    there.execute("CREATE DATABASE second");
    let ended = run(&["restore", &archive, "-d", &target, "-q", "--exit-on-error"], &[]).expect_code(1);
    says(&ended.stderr, &["53200", "hint: raise `max_locks_per_transaction`"]);
}

#[test]
fn a_restore_that_runs_out_of_locks_says_what_to_do_on_13() {
    a_restore_runs_out(13);
}

#[test]
fn a_restore_that_runs_out_of_locks_says_what_to_do_on_18() {
    a_restore_runs_out(18);
}
