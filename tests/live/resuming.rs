//! A restore that is interrupted, however and whenever, ends as if it had not been once it is resumed.
//!
//! Each round restores an archive, interrupts it at a random moment, resumes it, interrupts that, and so on; the last run
//! is left alone. Then source and copy must be equal: rows of tables with and without keys, each once, indexes, what triggers
//! would have done. `PGARK_SEED=n` takes other moments, `PGARK_INTERRUPTIONS=500` so many of them; with `--nocapture` a table
//! says what was interrupted in which phase and how it ended.
//!
//! How 522 interruptions ended, in 239 restores: every one equal in the end. By what the record said after each: nothing
//! yet, objects alone, some of the rows, all of them but not all indexes and constraints.
//!
//! | fault | before | objects | rows | indexes |
//! |---|---|---|---|---|
//! | pgark killed | 5 | 16 | 49 | 9 |
//! | SIGINT or SIGTERM | 1 | 36 | 23 | 13 |
//! | one of its sessions terminated | 1 | 12 | 30 | 29 |
//! | a connection cut at any byte | | 19 | 60 | |
//! | all of them cut | 1 | 20 | 51 | |
//! | a server process killed: the server restarts | 8 | 27 | 40 | |
//! | the server killed | 5 | 23 | 44 | |

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use pgark::archive::Archive;
use pgark::internals::server::{Server, ServerOptions};
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, filled, run};
use crate::support::fault_proxy::{At, Deed, Fault, FaultProxy, Side};
use crate::support::program::command;
use crate::support::session::Session;
use crate::support::{places, start};

const PATIENCE: Duration = Duration::from_secs(120);

/// Everything that a second loading, a missing one, or one after the triggers would change.
const SOURCE: &str = "
    CREATE SCHEMA s;
    CREATE TABLE plain (n int, x text);
    INSERT INTO plain SELECT n % 100, repeat(md5((n % 1000)::text), 6) FROM generate_series(1, 90000) n;
    CREATE TABLE keyed (id int PRIMARY KEY, n numeric, x text, UNIQUE (id, n));
    INSERT INTO keyed SELECT n, n * 1.25, md5(n::text) FROM generate_series(1, 40000) n;
    CREATE INDEX keyed_x ON keyed (upper(x), n);
    CREATE INDEX keyed_n ON keyed (n) WHERE id % 2 = 0;
    CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, keyed int REFERENCES keyed, at timestamptz);
    INSERT INTO child (keyed, at) SELECT 1 + n % 40000, '2026-01-01'::timestamptz + n * interval '1 min'
      FROM generate_series(1, 30000) n;
    CREATE INDEX child_keyed ON child (keyed);
    CREATE UNLOGGED TABLE s.unlogged (id int PRIMARY KEY, x text);
    INSERT INTO s.unlogged SELECT n, md5(n::text) FROM generate_series(1, 20000) n;
    CREATE TABLE parts (id int, x text) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (5000);
    CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (5000) TO (9000);
    CREATE TABLE parts_d PARTITION OF parts DEFAULT;
    INSERT INTO parts SELECT n, 'x' || n FROM generate_series(1, 12000) n;
    CREATE INDEX parts_x ON parts (x);
    CREATE TABLE audit (what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT ON child FOR EACH STATEMENT EXECUTE FUNCTION note();
    CREATE MATERIALIZED VIEW sums AS SELECT n, count(*) FROM plain GROUP BY n;
    CREATE UNIQUE INDEX sums_n ON sums (n);
    CREATE VIEW v AS SELECT * FROM sums JOIN keyed USING (n);
    CREATE SEQUENCE q START 17 INCREMENT 3;
    SELECT nextval('q'), nextval('q');
    SELECT lo_from_bytea(0, convert_to(repeat(md5(n::text), 400), 'UTF8')) FROM generate_series(1, 60) n;
    COMMENT ON TABLE keyed IS 'has a key';
    GRANT SELECT ON keyed TO pg_monitor;
    ALTER TABLE plain OWNER TO pgark_owner;
    DO $$ BEGIN FOR i IN 1..40 LOOP
      EXECUTE format('CREATE TABLE s.small_%s (id serial PRIMARY KEY, x text)', i);
      EXECUTE format('INSERT INTO s.small_%s (x) SELECT md5(n::text) FROM generate_series(1, %s) n', i, i);
    END LOOP; END $$;
    CREATE FUNCTION note_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit VALUES (TG_TAG); END $$;
    CREATE EVENT TRIGGER note_drop ON sql_drop EXECUTE FUNCTION note_drop();
";

/// What happens to a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Killed,
    Signalled,
    SessionEnded,
    ConnectionCut,
    AllCut,
    BackendKilled,
    ServerKilled,
}

/// How far a restore had come, by its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Nothing was recorded.
    Before,
    Objects,
    Rows,
    /// All rows are there, not all indexes and constraints.
    Indexes,
    End,
    /// It was over.
    Over,
}

/// The numbers of a seed.
struct Chance(u64);

impl Chance {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1_u64 << 24) as f64
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.share() * limit as f64) as usize
    }
}

/// An archive, and how long restoring it takes here when nothing happens.
struct Bench {
    _folder: Folder,
    archive: String,
    whole: Duration,
    /// Entries and rows, large objects' pieces included.
    all: (u64, u64),
}

impl Bench {
    fn new(source: &str, server: &Server) -> Bench {
        let folder = Folder::new();
        let archive = folder.file("a.pgark");
        run(&["dump", source, "-o", &archive, "-j2"], &[]).expect_code(0);
        let opened = Archive::open(archive.as_ref()).expect("archive");
        let rows = opened.manifest().relations.iter().map(|r| r.rows).sum();
        let mut bench = Bench {
            all: (opened.catalog().entries.len() as u64, rows),
            _folder: folder,
            archive,
            whole: Duration::ZERO,
        };
        let copy = Copy::new(server, "whole");
        let begun = Instant::now();
        run(
            &["restore", &bench.archive, "-d", &copy.conninfo, "-j2", "--quiet"],
            &[],
        )
        .expect_code(0);
        bench.whole = begun.elapsed();
        bench.compare(&copy, &[]);
        bench
    }

    fn compare(&self, copy: &Copy, options: &[&str]) {
        run(&["compare", &self.archive, &copy.conninfo], options).expect_code(0);
        let mut session = Session::open(&copy.conninfo);
        let left = "SELECT count(*)::text AS value FROM pg_namespace WHERE nspname LIKE 'pgark%'";
        assert_eq!(session.value(left), "0", "a record is left");
        drop(session);
        copy.wait_until_alone();
    }

    fn spawn(&self, conninfo: &str, resume: bool) -> Child {
        let mut args = vec!["restore", &self.archive, "-d", conninfo, "-j2", "--quiet"];
        args.extend(resume.then_some("--resume"));
        let mut command = command(args);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("restore")
    }

    /// By what the target says after an interruption.
    fn phase(&self, copy: &Copy) -> Phase {
        let mut session = Session::open(&copy.conninfo);
        let record = session.query("SELECT nspname::text AS value FROM pg_namespace WHERE nspname LIKE 'pgark%'");
        let Some(schema) = record.first().map(|row| row.string("value").expect("name")) else {
            return match present_in(&mut session) {
                0 => Phase::Before,
                _ => Phase::Over,
            };
        };
        let done = format!(
            "SELECT count(*) FILTER (WHERE what IN ('entry', 'bare'))::text || ' ' || coalesce(sum(rows), 0)::text AS value \
             FROM (SELECT * FROM {schema}.done UNION ALL SELECT * FROM {schema}.done_unlogged) AS d"
        );
        let done = session.value(&done);
        let (entries, rows) = done.split_once(' ').expect("two numbers");
        let (entries, rows): (u64, u64) = (entries.parse().expect("count"), rows.parse().expect("count"));
        match () {
            () if rows == 0 => Phase::Objects,
            () if rows < self.all.1 => Phase::Rows,
            () if entries < self.all.0 => Phase::Indexes,
            () => Phase::End,
        }
    }
}

fn present_in(session: &mut Session) -> u64 {
    let sql = "SELECT count(*)::text AS value FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    session.value(sql).parse().expect("count")
}

/// A database that is dropped in the end; unlike [`crate::support::Database`] also on a server that crashes.
struct Copy {
    admin: String,
    conninfo: String,
    name: String,
}

impl Copy {
    fn new(server: &Server, name: &str) -> Copy {
        let name = format!("resumed_{name}");
        let admin = server.conninfo("postgres");
        let mut session = Session::open(&admin);
        session.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        session.execute(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        ));
        Copy {
            admin,
            conninfo: server.conninfo(&name),
            name,
        }
    }

    /// Server processes of the program in this database, the control session's among them.
    fn backends(&self) -> Vec<String> {
        let Ok(mut session) = Session::try_open(&self.admin) else {
            return Vec::new();
        };
        let sql = format!(
            "SELECT pid::text AS pid FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        let rows = session.query(&sql);
        rows.iter().map(|row| row.string("pid").expect("pid")).collect()
    }

    fn wait_until_alone(&self) {
        let begun = Instant::now();
        while !self.backends().is_empty() {
            assert!(begun.elapsed() < PATIENCE, "sessions are left on the server");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Ok(mut session) = Session::try_open(&self.admin) {
            let _ = session.try_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// Waits for a server that recovers from a crash.
fn wait_until_up(admin: &str) {
    let begun = Instant::now();
    while Session::try_open(admin).is_err() {
        assert!(begun.elapsed() < PATIENCE, "the server does not come back");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The servers' side of a round.
enum Host<'a> {
    Shared(&'static Server),
    Own(&'a mut Server),
}

impl Host<'_> {
    fn server(&self) -> &Server {
        match self {
            Host::Shared(server) => server,
            Host::Own(server) => server,
        }
    }
}

/// What one interrupted run said and did.
struct Ended {
    code: Option<i32>,
    stderr: String,
}

fn end(mut child: Child) -> Ended {
    let begun = Instant::now();
    while child.try_wait().expect("state").is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("a restore did not end");
        }
        thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("output");
    Ended {
        code: output.status.code(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Interrupts a restore that runs, after `moment`.
fn interrupt(
    kind: Kind,
    mut child: Child,
    moment: Duration,
    copy: &Copy,
    host: &mut Host<'_>,
    chance: &mut Chance,
) -> Ended {
    thread::sleep(moment);
    match kind {
        Kind::Killed => child.kill().expect("kill"),
        Kind::Signalled => {
            let signal = if chance.below(2) == 0 {
                Signal::INT
            } else {
                Signal::TERM
            };
            if child.try_wait().expect("state").is_none() {
                kill_process(Pid::from_child(&child), signal).expect("signal");
            }
        }
        Kind::SessionEnded | Kind::BackendKilled => {
            let backends = copy.backends();
            if !backends.is_empty() {
                let pid = &backends[chance.below(backends.len())];
                if kind == Kind::SessionEnded {
                    Session::open(&copy.admin).query(&format!("SELECT pg_terminate_backend({pid})"));
                } else if let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) {
                    // It may have ended by itself.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
        }
        Kind::ServerKilled => match host {
            Host::Own(server) => server.crash(PATIENCE).expect("crash"),
            Host::Shared(_) => unreachable!("a server of its own is crashed"),
        },
        // The proxy cuts by itself.
        Kind::ConnectionCut | Kind::AllCut => {}
    }
    let ended = end(child);
    wait_until_up(&copy.admin);
    ended
}

type Table = BTreeMap<(Kind, Phase), BTreeMap<&'static str, usize>>;

/// Interrupts one restore up to six times, then lets it end. How often it was interrupted.
fn round(bench: &Bench, kind: Kind, host: &mut Host<'_>, chance: &mut Chance, table: &mut Table) -> usize {
    let copy = Copy::new(host.server(), &format!("{kind:?}").to_lowercase());
    let (mut runs, mut interruptions) = (0, 0);
    let most = 1 + chance.below(6);
    let was_over = loop {
        let is_last = interruptions == most;
        // What a resumed run has left to do takes less time.
        let moment = bench.whole.mul_f64(chance.share() * if runs == 0 { 1.1 } else { 0.6 });
        let ended = if is_last {
            end(bench.spawn(&copy.conninfo, runs > 0))
        } else if matches!(kind, Kind::ConnectionCut | Kind::AllCut) {
            let at = At::Total(Side::Client, (chance.share() * 12e6) as u64);
            let deed = if kind == Kind::AllCut { Deed::CutAll } else { Deed::Cut };
            let proxy = FaultProxy::start(&places().scratch, host.server(), vec![Fault::new(at, deed)]);
            end(bench.spawn(&proxy.conninfo(&copy.name), runs > 0))
        } else {
            let child = bench.spawn(&copy.conninfo, runs > 0);
            interrupt(kind, child, moment, &copy, host, chance)
        };
        runs += 1;
        let context = format!("{kind:?}, run {runs}: {}", ended.stderr);
        let finished_unseen = ended.stderr.contains("no record of this restore");
        if ended.code == Some(0) || finished_unseen {
            assert!(!finished_unseen || runs > 1, "{context}");
            break !is_last;
        }
        assert!(!is_last, "{context}");
        interruptions += 1;
        let phase = bench.phase(&copy);
        let outcome = match ended.code {
            // A signal that comes before the program has asked for it ends it, too.
            None if matches!(kind, Kind::Killed | Kind::Signalled) => "killed",
            Some(130) if kind == Kind::Signalled => "said so",
            // One message, and the way on wherever something was begun.
            Some(1) => {
                let errors = ended.stderr.lines().filter(|line| line.starts_with("error: ")).count();
                assert!(errors == 1, "{context}");
                "said so"
            }
            code => panic!("{code:?}, {context}"),
        };
        // One that could not even begin again need not say it once more.
        let hinted = runs > 1 || ended.stderr.contains("`--resume` goes on");
        assert!(
            outcome == "killed" || hinted || phase <= Phase::Objects || phase == Phase::Over,
            "{phase:?}, {context}"
        );
        *table.entry((kind, phase)).or_default().entry(outcome).or_default() += 1;
    };
    // A crash that comes when all is done empties what is unlogged for good.
    let crashed = was_over && matches!(kind, Kind::BackendKilled | Kind::ServerKilled);
    bench.compare(&copy, if crashed { &["-T", "s.unlogged"] } else { &[] });
    *table
        .entry((kind, Phase::Over))
        .or_default()
        .entry("equal")
        .or_default() += 1;
    interruptions
}

fn number(name: &str) -> Option<usize> {
    Some(env::var(name).ok()?.parse().expect("a number"))
}

fn print(table: &Table) {
    println!(
        "{:<14} {:<8} {:>7} {:>8} {:>6}",
        "fault", "phase", "killed", "said so", "equal"
    );
    for ((kind, phase), outcomes) in table {
        let count = |outcome| outcomes.get(outcome).copied().unwrap_or(0);
        let (killed, said, equal) = (count("killed"), count("said so"), count("equal"));
        println!(
            "{:<14} {:<8} {killed:>7} {said:>8} {equal:>6}",
            format!("{kind:?}"),
            format!("{phase:?}")
        );
    }
}

/// A share of the interruptions that were asked for, or a few.
fn wanted(share: usize, few: usize) -> usize {
    number("PGARK_INTERRUPTIONS").map_or(few, |all| all.div_ceil(share))
}

#[test]
fn a_restore_ends_as_if_it_had_not_been_interrupted() {
    let mut chance = Chance(number("PGARK_SEED").unwrap_or(20_261_122) as u64);
    let mut table = Table::new();
    for major in [13, 18] {
        let source = filled(major, "resuming", SOURCE);
        let bench = Bench::new(&source.conninfo(), source.server());
        for kind in [
            Kind::Killed,
            Kind::Signalled,
            Kind::SessionEnded,
            Kind::ConnectionCut,
            Kind::AllCut,
        ] {
            let mut interruptions = 0;
            while interruptions < wanted(14, 1) {
                interruptions += round(
                    &bench,
                    kind,
                    &mut Host::Shared(source.server()),
                    &mut chance,
                    &mut table,
                );
            }
        }
    }
    print(&table);
}

#[test]
fn a_restore_ends_as_if_the_server_had_not_crashed() {
    let mut server = start(18, &ServerOptions::default());
    Session::open(&server.conninfo("postgres")).execute("CREATE ROLE pgark_owner");
    let source = Copy::new(&server, "source");
    let mut session = Session::open(&source.conninfo);
    for statement in crate::support::script::statements(SOURCE) {
        session.execute(&statement);
    }
    drop(session);
    let bench = Bench::new(&source.conninfo, &server);
    let mut chance = Chance(number("PGARK_SEED").unwrap_or(20_261_122) as u64);
    let mut table = Table::new();
    for kind in [Kind::BackendKilled, Kind::ServerKilled] {
        let mut interruptions = 0;
        while interruptions < wanted(7, 2) {
            interruptions += round(&bench, kind, &mut Host::Own(&mut server), &mut chance, &mut table);
        }
    }
    print(&table);
}
