//! Dumps that are interrupted at places drawn from a seed, each judged: one message and no file, or an archive that is equal
//! to that of an undisturbed dump. No session is left on the server, and nothing hangs.
//!
//! `PGARK_INTERRUPTIONS=500` asks for so many (`PGARK_SCALE=full` for 500 too), `PGARK_SEED` for others; with `--nocapture`
//! the table of what happened is printed. Case 17 is the same case in each run.
//!
//! ```text
//! PGARK_INTERRUPTIONS=500 cargo test --test live interruptions -- --nocapture
//! ```
//!
//! How 500 ended: w(hole), d (whole, read on over a new connection), r(efused), i(nterrupted).
//!
//! | fault | startup | catalog | rows and after | not reached |
//! |---|---|---|---|---|
//! | any connection cut | 1 r | 11 r | 14 d, 4 r | |
//! | data connection cut | | | 27 d | 3 w |
//! | cut in a statement | | 27 r | 1 w, 1 d | 1 w |
//! | cut inside a message | | 5 r | 2 w, 9 d, 4 r | 10 w |
//! | reset (TCP) | | 14 r | 8 d, 8 r | |
//! | each data connection cut, up to 9 times | | | 17 d, 13 r | |
//! | stalled, then cut | | | 23 d, 7 r | |
//! | delayed, 4 times | 7 w | | 22 w | |
//! | network gone | 4 r | 10 r | 13 r | 2 w |
//! | session terminated | 2 r | 10 r | 1 w, 6 d, 10 r | |
//! | query cancelled | | 9 w, 2 r | 16 w, 2 r | |
//! | backend killed: the server restarts | | 12 r | 1 w, 16 r | |
//! | SIGINT | | 12 i | 17 i | |
//! | SIGTERM | 2 i | 11 i | 16 i | |
//! | pipe closed, at any byte | | | 29 r | |
//! | disk full, at a write or sync | | | 29 r | |
//! | disk broken, at a write or sync | | | 29 r | |
//!
//! Refused are the losses of the leader and of the control session, never that of a data connection alone, unless it is lost
//! more than five times in one read.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use pgark::internals::server::{Server, ServerOptions};
use rustix::process::{Pid, Signal, kill_process};

use crate::dump_faults::{DATA, Subject};
use crate::kit::Folder;
use crate::support::fault_proxy::{At, Deed, Fault, FaultProxy, Phase, Place, Report, Side};
use crate::support::fault_store::{self, StoreFault};
use crate::support::interrupted::{Outcome, Running, no_session_left};
use crate::support::program::{command, pgark};
use crate::support::session::Session;
use crate::support::{places, start};

/// What interrupts a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    AnyConnectionCut,
    DataConnectionCut,
    CutAsItAsks,
    CutInsideMessage,
    Reset,
    Flaky,
    Stalled,
    Delayed,
    NetworkGone,
    SessionTerminated,
    QueryCancelled,
    BackendKilled,
    Sigint,
    Sigterm,
    PipeClosed,
    DiskFull,
    DiskBroken,
}

const KINDS: [Kind; 17] = [
    Kind::DataConnectionCut,
    Kind::AnyConnectionCut,
    Kind::CutAsItAsks,
    Kind::CutInsideMessage,
    Kind::Reset,
    Kind::Flaky,
    Kind::Stalled,
    Kind::Delayed,
    Kind::NetworkGone,
    Kind::SessionTerminated,
    Kind::QueryCancelled,
    Kind::BackendKilled,
    Kind::Sigint,
    Kind::Sigterm,
    Kind::PipeClosed,
    Kind::DiskFull,
    Kind::DiskBroken,
];

/// Two of each kind.
const DEFAULT_CASES: usize = 2 * KINDS.len();
const FULL_CASES: usize = 500;

/// What a pipe holds, and somewhat more.
const PIPE_BYTES: u64 = 68 << 10;

/// Whether everything is to be tried that there is.
pub fn is_full() -> bool {
    std::env::var_os("PGARK_SCALE").is_some_and(|value| value == "full")
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

/// SplitMix64.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 1 to `most`.
    fn up_to(&mut self, most: u64) -> u64 {
        1 + self.next() % most.max(1)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[(self.next() % all.len() as u64) as usize]
    }
}

/// What an undisturbed dump is like.
struct Usual {
    report: Report,
    writes: u64,
    bytes: u64,
}

/// A database on a server of its own, which may crash.
struct Bench {
    server: &'static Server,
    subject: Subject,
    usual: Usual,
}

impl Bench {
    fn new() -> Bench {
        // Ends with the process, as the shared ones do.
        let server: &'static Server = Box::leak(Box::new(start(18, &ServerOptions::default())));
        // A sequence whose last step is not in a checkpoint jumps ahead when the server crashes.
        let subject = Subject::on(server, "interrupted", &format!("{DATA} CHECKPOINT"));
        let proxy = FaultProxy::start(&places().scratch, server, Vec::new());
        let (outcome, ended, report) = subject.behind(&proxy, &["-j3"]);
        assert_eq!(outcome, Ok(Outcome::Whole), "{}", ended.stderr);
        let (folder, notes) = (Folder::new(), Folder::new());
        let (file, log) = (folder.path("a.pgark"), notes.path("log"));
        let mut watched = command(["dump", "-q", &subject.database.conninfo(), "-j3", "-o"]);
        fault_store::watch(watched.arg(&file), file.parent().expect("folder"), &log);
        assert_eq!(Running::start(&mut watched, u64::MAX).wait().code, 0);
        let log = fs::read_to_string(&log).expect("log");
        let usual = Usual {
            report,
            writes: log.lines().filter(|line| *line == "write").count() as u64,
            bytes: fs::metadata(&file).expect("archive").len(),
        };
        Bench { server, subject, usual }
    }

    /// Runs one case; in which phase it was interrupted, and how it ended.
    fn run(&self, kind: Kind, seed: &mut Seed) -> Result<(&'static str, Outcome), String> {
        let moment = self.moment(seed);
        let (tcp, plan) = self.plan(kind, moment, seed);
        let scratch = &places().scratch;
        let proxy = match tcp {
            true => FaultProxy::start_tcp(scratch, self.server, plan),
            false => FaultProxy::start(scratch, self.server, plan),
        };
        let folder = Folder::new();
        let file = folder.path("a.pgark");
        let mut command = command(["dump", "-q", &proxy.conninfo(self.subject.database.name()), "-j3", "-o"]);
        command.arg(if kind == Kind::PipeClosed {
            "-".as_ref()
        } else {
            file.as_os_str()
        });
        let mut limit = u64::MAX;
        let mut phase = None;
        match kind {
            Kind::PipeClosed => limit = seed.up_to(self.usual.bytes),
            Kind::DiskFull | Kind::DiskBroken => {
                let fault = match kind {
                    Kind::DiskFull => StoreFault::Full,
                    _ => StoreFault::Broken,
                };
                let (operation, number) = match seed.up_to(10) {
                    1 => ("fdatasync", seed.up_to(2)),
                    2 => ("fsync", 1),
                    _ => ("write", seed.up_to(self.usual.writes)),
                };
                phase = Some(if operation == "write" { "write" } else { "sync" });
                let parent = file.parent().expect("folder");
                fault_store::plan(&mut command, parent, operation, number as usize, fault);
            }
            _ => {}
        }
        let mut running = Running::start(&mut command, limit);
        if let Kind::SessionTerminated | Kind::QueryCancelled | Kind::BackendKilled | Kind::Sigint | Kind::Sigterm =
            kind
        {
            phase = Some(self.strike(kind, moment, &proxy, &mut running, seed));
        }
        let mut ended = running.wait();
        let report = proxy.report();
        if kind == Kind::PipeClosed {
            phase = Some("write");
            fs::write(&file, &ended.stdout).expect("file");
            let verified = pgark(["verify", "-q", &file.to_string_lossy()]);
            if ended.code != 0 {
                if verified.code == 0 {
                    return Err("what went out is a whole archive".to_owned());
                }
                fs::remove_file(&file).expect("file");
            } else if verified.code != 0 && self.usual.bytes < ended.stdout.len() as u64 + PIPE_BYTES {
                // What is in the pipe when its reader goes has been written for all that its writer can know.
                return Ok(("pipe", Outcome::Whole));
            }
            // With the result, which a dump to a pipe prints here.
            let told = |line: &&str| !line.starts_with("dumped ");
            ended.stderr = ended.stderr.lines().filter(told).collect::<Vec<_>>().join("\n");
        }
        self.wait_for_server();
        let outcome = ended.judge(&file, &self.subject.whole)?;
        no_session_left(&self.subject.database)?;
        let phase = phase.unwrap_or_else(|| match report.done.first() {
            None => "never",
            Some(done) if done.phase == Phase::Startup => "startup",
            Some(done) => self.phase(done.connections, done.rows),
        });
        allowed(kind, outcome, &report).map_err(|why| format!("{why}: {outcome:?}\n{}\n{report:?}", ended.stderr))?;
        Ok((phase, outcome))
    }

    /// After how many bytes from the server: rows are most of them, but every phase has its turn.
    fn moment(&self, seed: &mut Seed) -> u64 {
        let usual = &self.usual.report;
        let (total, rows) = (usual.total(Side::Server), usual.rows(Side::Server));
        match seed.up_to(6) {
            1 => seed.up_to(2000),
            2 | 3 => seed.up_to(total - rows),
            4 | 5 => seed.up_to(total),
            _ => total - seed.up_to(1000),
        }
    }

    /// What the proxy is to do, and whether over TCP.
    fn plan(&self, kind: Kind, moment: u64, seed: &mut Seed) -> (bool, Vec<Fault>) {
        let usual = &self.usual.report;
        let rows = seed.up_to(usual.rows(Side::Server));
        let plan = match kind {
            Kind::AnyConnectionCut => vec![Fault::cut(At::Total(Side::Server, moment))],
            Kind::DataConnectionCut => {
                let third = &usual.connections[2];
                let bytes = seed.up_to(third.server_bytes.max(rows / 3));
                vec![Fault::cut(At::Bytes(3, Side::Server, bytes))]
            }
            Kind::CutAsItAsks => {
                let bytes = seed.up_to(usual.total(Side::Client));
                vec![Fault::cut(At::Total(Side::Client, bytes))]
            }
            Kind::CutInsideMessage => {
                let (connection, tag) = (seed.up_to(4) as usize, seed.one_of(b"dDTCHZ"));
                let most = usual.connections[connection - 1].messages(Side::Server, tag);
                let at = At::Message(Some(connection), Side::Server, tag, seed.up_to(most), Place::Inside);
                vec![Fault::cut(at)]
            }
            Kind::Reset => vec![Fault::new(At::Total(Side::Server, moment), Deed::Reset)],
            Kind::Flaky => (3..12)
                .map(|number| Fault::cut(At::Rows(Some(number), Side::Server, seed.up_to(rows / 2))))
                .collect(),
            Kind::Stalled => {
                let stall = Deed::StallThenCut(Duration::from_millis(50));
                vec![Fault::new(At::TotalRows(Side::Server, rows), stall)]
            }
            Kind::Delayed => {
                let delay = Deed::Delay(Duration::from_millis(20));
                vec![Fault::new(At::Total(Side::Server, moment / 5), delay).times(4)]
            }
            Kind::NetworkGone => vec![Fault::new(At::Total(Side::Server, moment), Deed::CutAll)],
            _ => Vec::new(),
        };
        (kind == Kind::Reset, plan)
    }

    /// Waits until so much has passed, then does what `kind` says; in which phase that was.
    fn strike(
        &self,
        kind: Kind,
        moment: u64,
        proxy: &FaultProxy,
        running: &mut Running,
        seed: &mut Seed,
    ) -> &'static str {
        while proxy.report().total(Side::Server) < moment && !running.has_ended() {
            thread::sleep(Duration::from_micros(200));
        }
        let report = proxy.report();
        let phase = match report.connections.last() {
            None => "startup",
            Some(last) if report.connections.len() <= 2 && last.phase == Phase::Startup => "startup",
            Some(_) => self.phase(report.connections.len(), report.rows(Side::Server)),
        };
        match kind {
            Kind::Sigint => running.signal(Signal::INT),
            Kind::Sigterm => running.signal(Signal::TERM),
            _ => {
                let mut session = Session::open(&self.server.conninfo("postgres"));
                let rows = session.query(&format!(
                    "SELECT pid::oid AS pid FROM pg_stat_activity WHERE datname = '{}' \
                     AND application_name = 'pgark-test' ORDER BY backend_start",
                    self.subject.database.name()
                ));
                let pids: Vec<u32> = rows.iter().map(|row| row.oid("pid").expect("pid")).collect();
                if pids.is_empty() {
                    return phase;
                }
                let pid = seed.one_of(&pids);
                match kind {
                    Kind::SessionTerminated => session.execute(&format!("SELECT pg_terminate_backend({pid})")),
                    Kind::QueryCancelled => session.execute(&format!("SELECT pg_cancel_backend({pid})")),
                    _ => {
                        let pid = Pid::from_raw(pid as i32).expect("pid");
                        // One that has ended meanwhile is as good.
                        let _ = kill_process(pid, Signal::KILL);
                    }
                }
            }
        }
        phase
    }

    /// How far a dump is that has so many connections and rows; between its first row and its last one it is "rows".
    fn phase(&self, connections: usize, rows: u64) -> &'static str {
        match connections {
            _ if rows >= self.usual.report.rows(Side::Server) => "finish",
            3.. => "rows",
            _ if rows > 0 => "rows",
            _ => "catalog",
        }
    }

    /// After a crash it recovers.
    fn wait_for_server(&self) {
        let begun = Instant::now();
        while let Err(error) = Session::try_open(&self.server.conninfo("postgres")) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{error}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether a dump may end so.
fn allowed(kind: Kind, outcome: Outcome, report: &Report) -> Result<(), &'static str> {
    let is = |outcomes: &[Outcome]| outcomes.contains(&outcome);
    let survives = is(&[Outcome::Whole, Outcome::Redone]);
    let fine = match kind {
        Kind::Delayed => outcome == Outcome::Whole,
        // Five new connections in a row may be too few.
        Kind::Flaky => survives || outcome == Outcome::Refused && report.done.len() > 5,
        Kind::Sigint | Kind::Sigterm => is(&[Outcome::Whole, Outcome::Interrupted]),
        Kind::QueryCancelled => is(&[Outcome::Whole, Outcome::Refused]),
        Kind::DiskFull | Kind::DiskBroken => outcome == Outcome::Refused,
        Kind::PipeClosed | Kind::NetworkGone | Kind::BackendKilled => is(&[Outcome::Whole, Outcome::Refused]),
        Kind::SessionTerminated => survives || outcome == Outcome::Refused,
        _ => match report.done.first() {
            None => outcome == Outcome::Whole,
            Some(done) if done.connection >= 3 => survives,
            Some(_) => is(&[Outcome::Whole, Outcome::Refused]),
        },
    };
    if fine { Ok(()) } else { Err("should not end so") }
}

#[test]
fn every_interruption_ends_in_a_whole_archive_or_in_one_clear_error() {
    let bench = Bench::new();
    let first = number("PGARK_SEED").unwrap_or(20_261_122) as u64;
    let cases = number("PGARK_INTERRUPTIONS").unwrap_or(if is_full() { FULL_CASES } else { DEFAULT_CASES });
    let mut table: BTreeMap<(Kind, &str), BTreeMap<Outcome, usize>> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in 0..cases {
        let mut seed = Seed(first.wrapping_add(case as u64));
        let kind = KINDS[case % KINDS.len()];
        if case % 50 == 49 {
            println!("{} of {cases}", case + 1);
        }
        match bench.run(kind, &mut seed) {
            Ok((phase, outcome)) => {
                *table.entry((kind, phase)).or_default().entry(outcome).or_default() += 1;
            }
            Err(error) => failures.push(format!("case {case}, {kind:?}: {error}")),
        }
    }
    println!(
        "{:<20} {:<8} {:>6} {:>7} {:>8} {:>12}",
        "fault", "phase", "whole", "redone", "refused", "interrupted"
    );
    for ((kind, phase), outcomes) in &table {
        let count = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
        println!(
            "{:<20} {phase:<8} {:>6} {:>7} {:>8} {:>12}",
            format!("{kind:?}"),
            count(Outcome::Whole),
            count(Outcome::Redone),
            count(Outcome::Refused),
            count(Outcome::Interrupted)
        );
    }
    assert!(
        failures.is_empty(),
        "{} of {cases}:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}
