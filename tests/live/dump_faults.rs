//! What happens to a dump when a connection, a session or the server fails in the middle of it.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use pgark::internals::server::{Server, ServerOptions};
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, filled, run, says};
use crate::support::fault_proxy::{At, Deed, Done, Fault, FaultProxy, Phase, Place, Report, Side};
use crate::support::interrupted::{Ended, Outcome, Running, no_session_left};
use crate::support::program::command;
use crate::support::{Database, places, server, start};

/// Tables that are read alone, ones that are read in batches, long rows and large objects.
pub const DATA: &str = "
CREATE TABLE big AS SELECT n, repeat(md5(n::text), 5) AS t, n * 1.5 AS b FROM generate_series(1, 10000) n;
CREATE TABLE middle (id int PRIMARY KEY, t text);
INSERT INTO middle SELECT n, repeat('m', n % 300) FROM generate_series(1, 6000) n;
CREATE TABLE long AS SELECT n, repeat(md5(n::text), 3000 * n) AS t FROM generate_series(1, 6) n;
SELECT lo_from_bytea(700000 + n, decode(repeat(md5(n::text), 300 * n), 'hex')) FROM generate_series(1, 12) n;
DO $$ BEGIN
  FOR i IN 1..60 LOOP
    EXECUTE format('CREATE TABLE small%s AS SELECT n, md5(n::text) AS t FROM generate_series(1, %s) n', i, i);
  END LOOP;
END $$;
CREATE SEQUENCE counter; SELECT nextval('counter');
";

/// A database and the archive of an undisturbed dump of it.
pub struct Subject {
    pub database: Database,
    pub whole: PathBuf,
    _folder: Folder,
}

impl Subject {
    pub fn new(major: u32, what: &str, data: &str) -> Subject {
        Subject::on(server(major), what, data)
    }

    pub fn on(server: &'static Server, what: &str, data: &str) -> Subject {
        let (database, folder) = (Database::on(server, what, "UTF8"), Folder::new());
        database.run_script(data).unwrap_or_else(|error| panic!("{error}"));
        let whole = folder.dump(&database, "whole.pgark", &["-j3"]).into();
        Subject {
            database,
            whole,
            _folder: folder,
        }
    }

    /// Dumps through a proxy with faults.
    pub fn through(&self, plan: Vec<Fault>, options: &[&str]) -> (Result<Outcome, String>, Ended, Report) {
        let proxy = FaultProxy::start(&places().scratch, self.database.server(), plan);
        self.behind(&proxy, options)
    }

    pub fn behind(&self, proxy: &FaultProxy, options: &[&str]) -> (Result<Outcome, String>, Ended, Report) {
        let folder = Folder::new();
        let (from, file) = (proxy.conninfo(self.database.name()), folder.path("a.pgark"));
        let mut command = command(["dump", "-q", &from, "-o", &file.to_string_lossy()]);
        let ended = Running::start(command.args(options), u64::MAX).wait();
        let outcome = ended
            .judge(&file, &self.whole)
            .and_then(|outcome| no_session_left(&self.database).map(|()| outcome));
        (outcome, ended, proxy.report())
    }
}

#[test]
fn the_proxy_counts_what_passes_and_fails_where_it_is_told_to() {
    let source = filled(
        18,
        "proxy",
        "CREATE TABLE t AS SELECT n, repeat('x', 100) AS x FROM generate_series(1, 5000) n;",
    );
    let folder = Folder::new();
    let scratch = &places().scratch;
    let dump = |proxy: &FaultProxy, name: &str| {
        let ended = run(
            &["dump", &proxy.conninfo(source.name()), "-j1", "-o", &folder.file(name)],
            &[],
        );
        (ended, proxy.report())
    };
    let short = Deed::Delay(Duration::from_millis(1));
    let delays = vec![
        Fault::new(At::Statement(None, "COPY", 1), short),
        Fault::new(At::Bytes(2, Side::Server, 1001), short),
        Fault::new(At::TotalRows(Side::Server, 1003), short).times(3),
    ];
    let proxy = FaultProxy::start(scratch, source.server(), delays);
    let (ended, whole) = dump(&proxy, "a.pgark");
    ended.expect_code(0);
    assert_eq!(whole.connections.len(), 2);
    assert!(whole.rows(Side::Server) > 500_000);
    let order: Vec<usize> = whole.done.iter().map(|done| done.fault).collect();
    assert_eq!(order, [1, 0, 2, 2, 2]);
    assert_eq!(whole.done[0].server_bytes, 1001);
    assert!(whole.connections[1].messages(Side::Server, b'd') >= 5000);

    for tcp in [false, true] {
        let start = |plan| match tcp {
            true => FaultProxy::start_tcp(scratch, source.server(), plan),
            false => FaultProxy::start(scratch, source.server(), plan),
        };
        let stall = Deed::StallThenCut(Duration::from_millis(10));
        for deed in [Deed::Cut, Deed::Reset, Deed::CutAll, stall] {
            let proxy = start(vec![Fault::new(At::Rows(Some(2), Side::Server, 12_345), deed)]);
            let (ended, report) = dump(&proxy, "b.pgark");
            ended.expect_code(1);
            assert_eq!(report.done.len(), 1);
            assert_eq!((report.done[0].connection, report.done[0].phase), (2, Phase::Copy));
            assert_eq!(report.connections[1].server_rows, 12_345);
        }
        let inside = At::Message(None, Side::Server, b'd', 7, Place::Inside);
        let proxy = start(vec![Fault::cut(inside)]);
        let (ended, report) = dump(&proxy, "c.pgark");
        ended.expect_code(1);
        assert_eq!(report.connections[1].messages(Side::Server, b'd'), 7);
    }
}

/// Cuts data connections, never control session or leader, at many places; every dump succeeds.
fn data_connections_are_replaced(major: u32, every: usize) {
    let subject = Subject::new(major, "replaced", DATA);
    let mut plans = Vec::new();
    for bytes in [1, 999, 100_000, 400_000] {
        plans.push(At::Rows(Some(3), Side::Server, bytes));
    }
    for number in [1, 2, 40] {
        plans.push(At::Message(Some(3), Side::Server, b'd', number, Place::Inside));
        plans.push(At::Message(Some(3), Side::Server, b'Z', 3 + number, Place::Before));
    }
    for tag in [b'H', b'c', b'C'] {
        plans.push(At::Message(Some(3), Side::Server, tag, 2, Place::Before));
    }
    for start in [
        "BEGIN",
        "SET TRANSACTION SNAPSHOT",
        "SAVEPOINT",
        "LOCK TABLE",
        "COPY",
        "ROLLBACK TO",
    ] {
        plans.push(At::Statement(Some(3), start, 1));
    }
    let mut redone = 0;
    for at in plans.into_iter().step_by(every) {
        let (outcome, ended, report) = subject.through(vec![Fault::cut(at.clone())], &["-j3"]);
        let outcome = outcome.unwrap_or_else(|error| panic!("{at:?}: {error}"));
        assert!(
            [Outcome::Whole, Outcome::Redone].contains(&outcome),
            "{at:?}: {}",
            ended.stderr
        );
        // One that is lost before it reads is replaced without a word.
        let reading = |done: &Done| done.phase == Phase::Copy;
        if report.done.iter().any(reading) {
            assert_eq!(outcome, Outcome::Redone, "{at:?}");
            assert_eq!(report.connections.len(), 5);
        }
        redone += usize::from(outcome == Outcome::Redone);
    }
    assert!(redone >= 8 / every, "{redone} were redone");
}

#[test]
fn a_data_connection_that_is_cut_is_replaced_in_the_same_snapshot_on_13() {
    data_connections_are_replaced(13, 4);
}

#[test]
fn a_data_connection_that_is_cut_is_replaced_in_the_same_snapshot_on_18() {
    data_connections_are_replaced(18, 2);
}

#[test]
fn a_connection_that_is_always_cut_is_given_up() {
    let subject = Subject::new(18, "given_up", DATA);
    // Each of them, but not the leader, which reads nothing as long as it stands still.
    let leader = Fault::new(At::Statement(Some(2), "COPY", 1), Deed::Delay(Duration::from_secs(6)));
    let plan = (3..30).map(|number| Fault::cut(At::Rows(Some(number), Side::Server, 5000)));
    let plan = plan.chain([leader]).collect();
    let (outcome, ended, report) = subject.through(plan, &["-j2"]);
    assert_eq!(outcome, Ok(Outcome::Refused), "{}", ended.stderr);
    says(&ended.stderr, &["cannot read `public.", "connection lost"]);
    // Each was 5,000 bytes of rows that were known after the first time.
    assert_eq!(report.connections.len(), 8, "{report:?}");
}

#[test]
fn the_loss_of_the_leader_is_an_error_whenever_it_comes() {
    let subject = Subject::new(18, "leader", DATA);
    for at in [
        At::Rows(Some(2), Side::Server, 50_000),
        At::Statement(Some(2), "SELECT pg_catalog.pg_export_snapshot", 1),
        At::Statement(Some(2), "SAVEPOINT", 1),
        At::Statement(Some(2), "COPY", 1),
        At::Bytes(2, Side::Server, 100),
    ] {
        let (outcome, ended, _) = subject.through(vec![Fault::cut(at.clone())], &["-j3"]);
        assert_eq!(outcome, Ok(Outcome::Refused), "{at:?}: {}", ended.stderr);
        says(&ended.stderr, &["hint: run it again"]);
        if matches!(at, At::Rows(..)) {
            says(&ended.stderr, &["the session that holds the snapshot was lost"]);
        }
    }
}

#[test]
fn the_loss_of_the_control_session_is_an_error_whenever_it_comes() {
    let subject = Subject::new(18, "control", DATA);
    for at in [
        At::Bytes(1, Side::Server, 200),
        At::Statement(Some(1), "LOCK TABLE", 1),
        At::Bytes(1, Side::Server, 20_000),
        At::Statement(Some(1), "SET lock_timeout = 300000", 1),
    ] {
        let (outcome, ended, report) = subject.through(vec![Fault::cut(at.clone())], &["-j3"]);
        assert_eq!(report.done.len(), 1, "{at:?}");
        assert_eq!(outcome, Ok(Outcome::Refused), "{at:?}: {}", ended.stderr);
        says(&ended.stderr, &["hint: run it again"]);
    }
    // Found out before all rows have been read.
    let at = At::TotalRows(Side::Server, 10_000);
    let proxy = FaultProxy::start(
        &places().scratch,
        subject.database.server(),
        vec![Fault::new(at, Deed::Delay(Duration::from_millis(300)))],
    );
    let (outcome, ended) = thread::scope(|scope| {
        scope.spawn(|| {
            wait_for(|| proxy.faults() == 1);
            proxy.cut(1);
        });
        let (outcome, ended, _) = subject.behind(&proxy, &["-j1"]);
        (outcome, ended)
    });
    assert_eq!(outcome, Ok(Outcome::Refused), "{}", ended.stderr);
    says(&ended.stderr, &["lost the session that reads the catalog"]);
}

#[test]
fn a_range_of_a_large_table_is_read_on() {
    // Few rows on many pages: three ranges.
    const RANGES: &str = "CREATE TABLE ranges (n int, t text) WITH (fillfactor = 10);
        INSERT INTO ranges SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 40000) n; VACUUM ranges";
    let subject = Subject::new(18, "ranges", RANGES);
    for bytes in [1, 600_000, 2_000_000] {
        let at = At::Rows(Some(3), Side::Server, bytes);
        let (outcome, ended, report) = subject.through(vec![Fault::cut(at)], &["-j2"]);
        assert_eq!(outcome, Ok(Outcome::Redone), "{}", ended.stderr);
        says(&report.done[0].statement, &["ctid >="]);
    }
}

#[test]
fn a_table_that_somebody_waits_for_meanwhile_is_read_on_by_the_leader() {
    let subject = Subject::new(18, "handed_on", DATA);
    let at = At::Rows(Some(3), Side::Server, 50_000);
    let stall = Fault::new(at, Deed::StallThenCut(Duration::from_secs(2)));
    let proxy = FaultProxy::start(&places().scratch, subject.database.server(), vec![stall]);
    let (outcome, ended, report) = thread::scope(|scope| {
        scope.spawn(|| {
            wait_for(|| proxy.faults() == 1);
            let statement = proxy.report().done[0].statement.clone();
            let table = statement.split(' ').nth(1).expect("table").to_owned();
            // Comes behind the leader's lock, and before that of the session that is to read on.
            subject
                .database
                .session()
                .execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
        });
        subject.behind(&proxy, &["-j2"])
    });
    assert_eq!(outcome, Ok(Outcome::Redone), "{}", ended.stderr);
    assert_eq!(report.connections.len(), 4);
}

#[test]
fn rows_that_come_in_another_order_are_no_archive() {
    let database = filled(
        18,
        "other_order",
        "CREATE VIEW rows AS SELECT n, repeat(md5(n::text), 10) AS t FROM generate_series(1, 5000) n ORDER BY random();
         CREATE EXTENSION postgres_fdw;",
    );
    let (host, port, name) = (
        database.server().socket_dir().display(),
        database.server().port(),
        database.name(),
    );
    let far = format!(
        "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '{port}', dbname '{name}');
         CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'postgres');
         CREATE FOREIGN TABLE shuffled (n int, t text) SERVER far OPTIONS (table_name 'rows');
         CREATE FOREIGN TABLE another (n int, t text) SERVER far OPTIONS (table_name 'rows')"
    );
    database.run_script(&far).expect("foreign table");
    let folder = Folder::new();
    let file = folder.path("a.pgark");
    // The leader gets nothing to read before the other one has been cut.
    let plan = vec![
        Fault::cut(At::Rows(Some(3), Side::Server, 500_000)),
        Fault::new(At::Statement(Some(2), "COPY", 1), Deed::Delay(Duration::from_secs(2))),
    ];
    let proxy = FaultProxy::start(&places().scratch, database.server(), plan);
    let ended = run(
        &[
            "dump",
            "-q",
            &proxy.conninfo(name),
            "-o",
            &file.to_string_lossy(),
            "-j2",
        ],
        &["--include-foreign-data", "far", "-t", "shuffled", "-t", "another"],
    )
    .expect_code(1);
    says(&ended.stderr, &["its rows came in another order", "hint: run it again"]);
    // Whichever of the two it had taken.
    assert!(
        ["`public.shuffled`", "`public.another`"]
            .iter()
            .any(|name| ended.stderr.contains(name))
    );
    assert!(!file.exists());
}

#[test]
fn an_ended_server_is_one_clear_error() {
    for (signal, words) in [
        // Immediate and fast shutdown.
        (Signal::QUIT, "connection"),
        (Signal::INT, "connection"),
    ] {
        let server: &'static Server = Box::leak(Box::new(start(18, &ServerOptions::default())));
        let database = Database::on(server, "ended", "UTF8");
        database.run_script(DATA).expect("data");
        let folder = Folder::new();
        let file = folder.path("a.pgark");
        let at = At::TotalRows(Side::Server, 300_000);
        let delay = Fault::new(at, Deed::Delay(Duration::from_millis(200)));
        let proxy = FaultProxy::start(&places().scratch, server, vec![delay]);
        let mut command = command(["dump", "-q", &proxy.conninfo(database.name()), "-j3", "-o"]);
        let running = Running::start(command.arg(&file), u64::MAX);
        wait_for(|| proxy.faults() == 1);
        let pid = Pid::from_raw(server.pid() as i32).expect("pid");
        kill_process(pid, signal).expect("signal");
        let ended = running.wait();
        assert_eq!(ended.judge(&file, &file), Ok(Outcome::Refused), "{}", ended.stderr);
        says(&ended.stderr, &[words, "hint: "]);
        std::mem::forget(database);
    }
}

#[test]
fn time_limits_of_the_database_do_not_end_a_dump() {
    let subject = Subject::new(18, "limits", DATA);
    for limit in [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "idle_session_timeout",
        "transaction_timeout",
    ] {
        let database = subject.database.name();
        subject
            .database
            .session()
            .execute(&format!("ALTER DATABASE \"{database}\" SET {limit} = '250ms'"));
    }
    let delay = Deed::Delay(Duration::from_millis(400));
    let plan = vec![
        Fault::new(At::Rows(Some(3), Side::Server, 10_000), delay),
        Fault::new(At::Rows(Some(2), Side::Server, 10_000), delay),
    ];
    let (outcome, ended, _) = subject.through(plan, &["-j3"]);
    assert_eq!(outcome, Ok(Outcome::Whole), "{}", ended.stderr);
}

#[test]
fn what_the_server_says_of_itself_comes_with_what_to_do() {
    // The policy's function stands for whatever goes wrong while rows are read.
    let raising = |state: &str| {
        format!(
            "CREATE FUNCTION failing(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
               IF n = 4000 THEN RAISE EXCEPTION 'as the test wants' USING ERRCODE = '{state}'; END IF; RETURN true;
             END $$;
             CREATE TABLE t AS SELECT n, repeat('x', 100) AS t FROM generate_series(1, 5000) n;
             ALTER TABLE t ENABLE ROW LEVEL SECURITY;
             CREATE POLICY p ON t USING (failing(n));
             GRANT SELECT ON t TO pgark_reader;"
        )
    };
    for (state, words) in [
        ("53200", "no memory left"),
        ("53100", "no room left on its disk"),
        ("57014", "somebody cancelled"),
        ("58030", "cannot read `public.t`"),
    ] {
        let database = filled(18, "said", &raising(state));
        let folder = Folder::new();
        let file = folder.path("a.pgark");
        let mut command = command([
            "dump",
            "-q",
            &database.conninfo(),
            "-j2",
            "-t",
            "t",
            "--role",
            "pgark_reader",
        ]);
        command.arg("--enable-row-security").arg("-o").arg(&file);
        let ended = Running::start(&mut command, u64::MAX).wait();
        assert_eq!(ended.judge(&file, &file), Ok(Outcome::Refused), "{}", ended.stderr);
        says(&ended.stderr, &["error: cannot read `public.t`", state, words]);
        no_session_left(&database).expect("sessions");
    }
}

/// Nothing comes from the server any more, and the request to cancel does no good.
fn a_silent_connection_can_be_interrupted(connection: usize, at: At) {
    let subject = Subject::new(18, "silent", DATA);
    let silent = Fault::new(at, Deed::StallThenCut(Duration::from_secs(80)));
    let proxy = FaultProxy::start(&places().scratch, subject.database.server(), vec![silent]);
    let folder = Folder::new();
    let file = folder.path("a.pgark");
    let mut command = command(["dump", "-q", &proxy.conninfo(subject.database.name()), "-j2", "-o"]);
    let running = Running::start(command.arg(&file), u64::MAX);
    wait_for(|| proxy.faults() == 1);
    assert_eq!(proxy.report().done[0].connection, connection);
    let begun = Instant::now();
    running.signal(Signal::TERM);
    let ended = running.wait();
    assert_eq!(ended.judge(&file, &file), Ok(Outcome::Interrupted), "{}", ended.stderr);
    assert!(begun.elapsed() < Duration::from_secs(40), "took {:?}", begun.elapsed());
    drop(proxy);
    no_session_left(&subject.database).expect("sessions");
}

#[test]
fn a_dump_whose_data_connection_is_silent_can_be_interrupted() {
    a_silent_connection_can_be_interrupted(3, At::Rows(Some(3), Side::Server, 50_000));
}

#[test]
fn a_dump_whose_control_session_is_silent_can_be_interrupted() {
    a_silent_connection_can_be_interrupted(1, At::Bytes(1, Side::Server, 10_000));
}

fn wait_for(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}
