//! What happens to a dump when a connection, a session or the server fails in the middle of it.

use std::path::PathBuf;
use std::time::Duration;

use pgark::server::Server;

use crate::kit::{Folder, filled, run, says};
use crate::support::fault_proxy::{At, Deed, Fault, FaultProxy, Phase, Place, Report, Side};
use crate::support::interrupted::{Ended, Outcome, Running, no_session_left};
use crate::support::program::command;
use crate::support::{Database, places, server};

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
        let reading = |done: &&crate::support::fault_proxy::Done| done.phase == Phase::Copy;
        if report.done.iter().any(|done| reading(&done)) {
            assert_eq!(outcome, Outcome::Redone, "{at:?}");
            assert_eq!(report.connections.len(), 5);
        }
        redone += usize::from(outcome == Outcome::Redone);
    }
    assert!(redone >= 8 / every, "{redone} were redone");
}

#[test]
fn a_data_connection_that_is_cut_is_replaced_in_the_same_snapshot_on_13() {
    data_connections_are_replaced(13, 3);
}

#[test]
fn a_data_connection_that_is_cut_is_replaced_in_the_same_snapshot_on_18() {
    data_connections_are_replaced(18, 1);
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
