//! Many objects and large values: what grows faster than its input shows here.
//!
//! The sizes are moderate, so that a debug build is done in a minute. `PGARK_SCALE=full` asks for the
//! full ones (100,000 tables, 10,000 partitions, a value of 400 MB); these take minutes each
//! with a release build, most of it the server's own work:
//!
//! ```sh
//! PGARK_SCALE=full cargo test --release --test live scale:: -- --test-threads 1
//! ```

use std::sync::OnceLock;

use crate::kit::{Folder, run, says};
use crate::round_trip::{Judge, round_trip};
use crate::support;
use crate::support::Database;
use crate::support::program::pgark;
use crate::support::session::Session;
use pgark::archive::Archive;
use pgark::internals::server::{Server, ServerOptions};

fn is_full() -> bool {
    std::env::var_os("PGARK_SCALE").is_some_and(|value| value == "full")
}

fn size(moderate: u32, full: u32) -> u32 {
    if is_full() { full } else { moderate }
}

/// A server with room for the locks of `locks_per_transaction` tables for each of 20 sessions.
fn server_with_locks(locks_per_transaction: u32) -> Server {
    let setting = |name: &str, value: String| (name.to_owned(), value);
    support::start(
        18,
        &ServerOptions {
            settings: vec![
                setting("max_connections", "20".to_owned()),
                setting("max_locks_per_transaction", locks_per_transaction.to_string()),
            ],
            ..ServerOptions::default()
        },
    )
}

/// Room for the locks of some 300 tables.
fn small_server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| server_with_locks(10))
}

fn create_database(server: &Server, name: &str) -> (String, Session) {
    Session::open(&server.conninfo("postgres")).execute(&format!("CREATE DATABASE {name}"));
    let conninfo = server.conninfo(name);
    let session = Session::open(&conninfo);
    (conninfo, session)
}

/// Tables `s<i>.t<n>` in ten schemas, a few per transaction; every hundredth has a row.
fn create_tables(session: &mut Session, tables: u32, per_transaction: u32) {
    for schema in 0..10 {
        session.execute(&format!("CREATE SCHEMA s{schema}"));
    }
    for first in (0..tables).step_by(per_transaction as usize) {
        let last = (first + per_transaction).min(tables) - 1;
        session.execute(&format!(
            "DO $$ BEGIN FOR i IN {first}..{last} LOOP \
               EXECUTE format('CREATE TABLE s%s.t%s (id int PRIMARY KEY, x text)', i % 10, i); \
               IF i % 100 = 0 THEN EXECUTE format('INSERT INTO s%s.t%s VALUES (1, %L)', i % 10, i, 'row ' || i); END IF; \
             END LOOP; END $$"
        ));
    }
}

#[test]
fn many_tables() {
    let tables = size(2_000, 100_000);
    let source = server_with_locks(2 * tables / 20 + 64);
    let (from, mut session) = create_database(&source, "many");
    create_tables(&mut session, tables, 1_000);
    let folder = Folder::new();
    let file = folder.file("many.pgark");
    pgark(["dump", &from, "-o", &file]).expect_code(0);

    let entries = pgark(["show", "--entries", &file]).expect_code(0);
    let keys = entries.stdout.lines().filter(|line| line.contains("_pkey")).count();
    assert_eq!(keys as u32, tables);
    let archive = Archive::open(file.as_ref()).expect("archive");
    assert_eq!(archive.catalog().relations.len() as u32, tables);
    let rows: u64 = archive.manifest().relations.iter().map(|r| r.rows).sum();
    assert_eq!(rows as u32, tables / 100);

    // The server has the settings of a fresh installation.
    let copy = Database::create(18, "many_copy");
    pgark(["restore", &file, "-d", &copy.conninfo()]).expect_code(0);
    pgark(["compare", &file, &copy.conninfo()]).expect_code(0);
    pgark(["compare", &from, &copy.conninfo()]).expect_code(0);
}

#[test]
fn a_restore_and_a_comparison_need_no_more_locks_than_the_server_has() {
    let source = Database::create(18, "few_locks");
    create_tables(&mut source.session(), 400, 100);
    let folder = Folder::new();
    let file = folder.dump(&source, "few_locks.pgark", &[]);
    let (to, mut session) = create_database(small_server(), "few_locks");
    pgark(["restore", &file, "-d", &to]).expect_code(0);

    let equal = pgark(["compare", &file, &to]).expect_code(0);
    says(&equal.stderr, &["no room for the locks", "max_locks_per_transaction"]);
    session.execute("UPDATE s0.t0 SET x = 'other'");
    let different = pgark(["compare", &source.conninfo(), &to]).expect_code(3);
    says(&different.stdout, &["rows of s0.t0 differ"]);
    session.execute("TRUNCATE s0.t0");
    session.execute("INSERT INTO s1.t1 VALUES (1, 'new')");
    let different = pgark(["compare", &source.conninfo(), &to]).expect_code(3);
    says(&different.stdout, &["rows of s0.t0 differ", "rows of s1.t1 differ"]);
}

#[test]
fn a_comparison_with_brief_locks_leaves_tables_free_and_notices_what_was_emptied() {
    let server = small_server();
    let (source, mut session) = create_database(server, "brief");
    create_tables(&mut session, 400, 20);
    // A table that is held stops the comparison where it reads it; everything else can be changed meanwhile.
    let mut holder = Session::open(&source);
    holder.execute("BEGIN");
    holder.execute("LOCK TABLE s0.t300 IN ACCESS EXCLUSIVE MODE");
    let compared = std::thread::scope(|scope| {
        let compared = scope.spawn(|| run(&["compare", &source, &source], &["-j", "1"]));
        let waits = "SELECT count(*)::text AS value FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                     WHERE d.datname = current_database() AND NOT l.granted";
        while session.value(waits) == "0" {
            assert!(!compared.is_finished(), "the comparison did not wait");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let held = "SELECT count(DISTINCT relation)::text AS value FROM pg_locks l \
                    JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() \
                    JOIN pg_class c ON c.oid = l.relation \
                    WHERE c.relkind = 'r' AND c.relname ~ '^t[0-9]'";
        assert_eq!(session.value(held), "1");
        holder.execute("TRUNCATE s0.t300");
        holder.execute("COMMIT");
        compared.join().expect("comparison")
    });
    assert_ne!(compared.code, 0);
    says(&compared.stderr, &["s0.t300", "no longer shows the rows"]);
}

#[test]
fn a_dump_without_room_for_its_locks_names_the_setting() {
    let (from, mut session) = create_database(small_server(), "no_room");
    create_tables(&mut session, 1_500, 20);
    let folder = Folder::new();
    let failed = pgark(["dump", &from, "-o", &folder.file("no_room.pgark")]).expect_code(1);
    says(
        &failed.stderr,
        &["1500 tables", "`max_locks_per_transaction` is 10", "at least"],
    );
    assert!(!folder.path("no_room.pgark").exists());
    let needed = failed.stderr.split("at least ").nth(1).and_then(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    let needed = needed.unwrap_or_else(|| panic!("no number in {}", failed.stderr));

    let server = server_with_locks(needed);
    let (from, mut session) = create_database(&server, "room");
    create_tables(&mut session, 1_500, 100);
    pgark(["dump", &from, "-o", &folder.file("room.pgark")]).expect_code(0);
}

#[test]
fn many_partitions() {
    let partitions = size(400, 10_000);
    let source = server_with_locks(4 * partitions / 20 + 64);
    let (from, mut session) = create_database(&source, "partitions");
    session.execute("CREATE TABLE p (id int PRIMARY KEY, x text) PARTITION BY RANGE (id)");
    session.execute("CREATE INDEX ON p (x)");
    for first in (0..partitions).step_by(500) {
        session.execute(&format!(
            "DO $$ BEGIN FOR i IN {first}..{last} LOOP \
               EXECUTE format('CREATE TABLE p%s PARTITION OF p FOR VALUES FROM (%s) TO (%s)', i, i * 10, i * 10 + 10); \
             END LOOP; END $$",
            last = (first + 500).min(partitions) - 1
        ));
    }
    session.execute(&format!(
        "INSERT INTO p SELECT i, 'row ' || i FROM generate_series(0, {}) i",
        partitions * 10 - 1
    ));
    let folder = Folder::new();
    let file = folder.file("partitions.pgark");
    pgark(["dump", &from, "-o", &file]).expect_code(0);
    let copy = Database::create(18, "partitions_copy");
    pgark(["restore", &file, "-d", &copy.conninfo(), "-j", "4"]).expect_code(0);
    pgark(["compare", &file, &copy.conninfo()]).expect_code(0);
    let attached = copy.session().value("SELECT count(*)::text AS value FROM pg_inherits");
    assert_eq!(attached, (3 * partitions).to_string());
}

#[test]
fn a_large_value() {
    let megabytes = size(40, 400);
    let source = Database::create(18, "large_value");
    let mut session = source.session();
    session.execute("CREATE TABLE large (id int PRIMARY KEY, b bytea, t text)");
    // What does not shrink is not worth the server's time.
    session.execute("ALTER TABLE large ALTER b SET STORAGE EXTERNAL, ALTER t SET STORAGE EXTERNAL");
    session.execute(&format!(
        "INSERT INTO large SELECT 1, string_agg(decode(repeat(md5(i::text), 64), 'hex'), ''::bytea), 'short' \
         FROM generate_series(1, {megabytes} * 1024) i"
    ));
    session.execute("INSERT INTO large VALUES (2, NULL, repeat(E'a tab\\t and a line\\n', 500000)), (3, '', '')");
    round_trip(&source, 18, 2, Judge::Nobody).unwrap_or_else(|error| panic!("{error}"));
}

/// 600 MB are 1.2 GB of hexadecimal digits, more than the server can put into a message.
#[test]
fn a_value_too_large_for_a_message_is_a_clear_error() {
    if !is_full() {
        return;
    }
    let source = Database::create(18, "too_large");
    let mut session = source.session();
    session.execute("CREATE TABLE large (b bytea)");
    session.execute("ALTER TABLE large ALTER b SET STORAGE EXTERNAL");
    session.execute(
        "INSERT INTO large SELECT string_agg(decode(repeat('00', 1000000), 'hex'), ''::bytea) FROM generate_series(1, 600)",
    );
    let folder = Folder::new();
    let failed = pgark(["dump", &source.conninfo(), "-o", &folder.file("a.pgark")]).expect_code(1);
    says(&failed.stderr, &["public.large"]);
}

#[test]
fn as_many_columns_as_a_table_can_have() {
    let source = Database::create(18, "wide");
    let columns = |from: u32, to: u32| -> String {
        let columns = (from..=to).map(|i| match i % 4 {
            0 => format!("c{i} int NOT NULL DEFAULT {i}"),
            1 => format!("c{i} text COLLATE \"C\""),
            2 => format!("c{i} numeric(10, 2)"),
            _ => format!("\"C {i}\" bool"),
        });
        columns.collect::<Vec<_>>().join(", ")
    };
    let mut session = source.session();
    session.execute(&format!("CREATE TABLE wide ({})", columns(1, 1600)));
    session.execute("INSERT INTO wide (c1) SELECT 'row ' || i FROM generate_series(1, 100) i");
    // Dropped columns keep their numbers: the last one of these has the highest that there is.
    session.execute(&format!("CREATE TABLE gone ({})", columns(1, 1590)));
    let dropped = (10..=1580).map(|i| {
        if i % 4 == 3 {
            format!("DROP \"C {i}\"")
        } else {
            format!("DROP c{i}")
        }
    });
    session.execute(&format!("ALTER TABLE gone {}", dropped.collect::<Vec<_>>().join(", ")));
    session.execute(&format!(
        "ALTER TABLE gone {}",
        (1..=10)
            .map(|i| format!("ADD n{i} int DEFAULT {i}"))
            .collect::<Vec<_>>()
            .join(", ")
    ));
    session.execute("COMMENT ON COLUMN gone.n10 IS 'the last number'");
    session.execute("INSERT INTO gone (c1) VALUES ('x'), (NULL)");
    let highest = "SELECT max(attnum)::text AS value FROM pg_attribute WHERE attrelid = 'gone'::regclass";
    assert_eq!(session.value(highest), "1600");
    round_trip(&source, 18, 2, Judge::Everything).unwrap_or_else(|error| panic!("{error}"));
}
