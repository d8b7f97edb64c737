//! A server that accepts and does not answer, at every phase of every command: a signal ends the command within seconds,
//! and so does `--timeout` where there is one, with its hooks and its line in the history.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::kit::{Folder, filled};
use crate::support::interrupted::Running;
use crate::support::program::{command, pgark};
use crate::support::silent_server::{Silence, SilentServer};
use crate::support::{Database, server};

const MAJOR: u32 = 18;

/// From the signal, or from the end of the time that was given.
const SOON: Duration = Duration::from_secs(20);

const SCRIPT: &str = "\
CREATE TABLE orders (id int PRIMARY KEY, what text, at timestamptz DEFAULT now());
INSERT INTO orders SELECT g, repeat('x', 50) || g FROM generate_series(1, 3000) g;
CREATE TABLE items (id int PRIMARY KEY, of int REFERENCES orders, path tsquery);
INSERT INTO items SELECT g, g, ('word' || g)::tsquery FROM generate_series(1, 500) g;
CREATE INDEX ON items (of);
CREATE VIEW v AS SELECT count(*) FROM orders;
";

/// What all cases read.
struct Subject {
    source: Database,
    folder: Folder,
    archive: String,
}

impl Subject {
    fn new() -> Subject {
        let source = filled(MAJOR, "silence", SCRIPT);
        let folder = Folder::new();
        let archive = folder.dump(&source, "a.pgark", &[]);
        let repository = folder.file("repo");
        let from = source.conninfo();
        pgark(["snapshot", "create", &from, "--repo", &repository, "--label", "good"]).expect_code(0);
        Subject {
            source,
            folder,
            archive,
        }
    }
}

/// One run: what it may change is its own.
struct Run<'a> {
    subject: &'a Subject,
    silent: SilentServer,
    /// A copy of the source's, for what changes it.
    target: Database,
    folder: Folder,
    repository: String,
}

const COMMANDS: &[&str] = &[
    "dump",
    "restore",
    "restore --plan",
    "restore --where",
    "restore --into",
    "restore --resume",
    "compare",
    "diff",
    "diff --rows",
    "create",
    "rollback",
    "rollback in place",
    "drill",
];

impl<'a> Run<'a> {
    fn new(subject: &'a Subject, name: &str, silence: Silence) -> Run<'a> {
        let target = match name {
            "restore --where" | "rollback" | "rollback in place" => filled(MAJOR, "silent", SCRIPT),
            _ => Database::create(MAJOR, "silent"),
        };
        let folder = Folder::new();
        let repository = folder.file("repo");
        let copied = Command::new("cp")
            .args(["-r", &subject.folder.file("repo"), &repository])
            .status();
        assert!(copied.expect("cp").success());
        Run {
            subject,
            silent: SilentServer::start(server(MAJOR), silence),
            target,
            folder,
            repository,
        }
    }

    fn command(&self, name: &str, more: &[&str]) -> Command {
        let archive = &self.subject.archive;
        let source = self.silent.conninfo(self.subject.source.name());
        let target = self.silent.conninfo(self.target.name());
        let postgres = self.silent.conninfo("postgres");
        let (file, repo) = (self.folder.file("b.pgark"), &self.repository);
        let args: Vec<&str> = match name {
            "dump" => vec!["dump", &source, "-j2", "-o", &file],
            "restore" => vec!["restore", archive, "-d", &target, "-j2"],
            "restore --plan" => vec!["restore", archive, "-d", &target, "--plan"],
            "restore --where" => vec![
                "restore",
                archive,
                "-d",
                &target,
                "-t",
                "orders",
                "--where",
                "id < 9",
                "--on-conflict",
                "skip",
            ],
            "restore --into" => vec!["restore", archive, "-d", &target, "-t", "orders", "--into", "recovered"],
            "restore --resume" => vec!["restore", archive, "-d", &target, "-j2", "--resume"],
            "compare" => vec!["compare", archive, &source, "-j2"],
            "diff" => vec!["diff", archive, &source],
            "diff --rows" => vec!["diff", archive, &source, "--rows", "public.orders"],
            "create" => vec!["snapshot", "create", &source, "--repo", repo, "--label", "new", "-j2"],
            "rollback" | "rollback in place" => {
                let mut args = vec!["rollback", "good", "-d", &target, "--repo", repo, "--yes", "-j2"];
                args.push("--from-other-database");
                if name.ends_with("place") {
                    args.extend(["--method", "transaction"]);
                }
                args
            }
            "drill" => vec!["drill", "good", "--repo", repo, "-d", &postgres, "-j2"],
            other => panic!("no command {other}"),
        };
        command(args.iter().chain(more))
    }

    /// Starts it and waits until the server is silent. Nothing when it has ended before.
    fn until_silent(&self, name: &str, more: &[&str]) -> Option<Running> {
        let mut running = Running::start(&mut self.command(name, more), u64::MAX);
        let begun = Instant::now();
        while !self.silent.is_silent() && begun.elapsed() < Duration::from_secs(60) {
            if running.has_ended() {
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        }
        // What has been answered is being worked on.
        thread::sleep(Duration::from_millis(300));
        Some(running)
    }
}

/// What a command hears of the server when nothing is wrong.
fn usual(subject: &Subject, name: &str) -> usize {
    let run = Run::new(subject, name, Silence::Never);
    let ended = Running::start(&mut run.command(name, &[]), u64::MAX).wait();
    let about = format!("{name}: {} {}", ended.code, ended.stderr);
    assert!(matches!(ended.code, 0 | 3) || name == "restore --resume", "{about}");
    run.silent.messages()
}

/// Where a command is to be left alone: before the first word, in the first ones, and all along.
fn moments(messages: usize) -> Vec<Silence> {
    let along = [15, 60, 92].map(|percent| messages * percent / 100);
    let mut moments = vec![
        Silence::InHandshake,
        Silence::After(0),
        Silence::After(1),
        Silence::After(4),
    ];
    moments.extend(along.into_iter().filter(|at| *at > 4).map(Silence::After));
    moments.push(Silence::After(messages.saturating_sub(2)));
    moments
}

/// Runs all, some at a time; they wait more than they work.
fn each<T: Sync>(cases: &[T], run: impl Fn(&T) -> Result<(), String> + Sync) {
    let (next, failed) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().expect("cases").next() else {
                        return;
                    };
                    if let Err(message) = run(case) {
                        failed.lock().expect("list").push(message);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("list");
    assert!(
        failed.is_empty(),
        "{} of {}:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}

#[test]
fn a_signal_ends_every_wait_for_a_server() {
    let subject = Subject::new();
    let mut cases = Vec::new();
    for name in COMMANDS {
        let signals = [Signal::INT, Signal::TERM].into_iter().cycle();
        let moments = moments(usual(&subject, name));
        cases.extend(moments.into_iter().zip(signals).map(|(at, signal)| (*name, at, signal)));
    }
    each(&cases, |(name, at, signal)| {
        let run = Run::new(&subject, name, *at);
        let Some(running) = run.until_silent(name, &["-q"]) else {
            return Ok(());
        };
        let begun = Instant::now();
        running.signal(*signal);
        let ended = running.wait();
        let took = begun.elapsed();
        let about = format!(
            "{name}, {at:?}, {signal:?}: {} after {took:?}: {}",
            ended.code, ended.stderr
        );
        // The names may have been swapped before.
        let is_told = ended.code == 130 || name.starts_with("rollback") && matches!(ended.code, 0 | 3);
        if took > SOON || !is_told || ended.stderr.contains("panicked") {
            return Err(about);
        }
        match Path::new(&run.folder.file("b.pgark")).exists() {
            true => Err(format!("{about}, and there is a file")),
            false => Ok(()),
        }
    });
}

#[test]
fn the_time_that_is_given_ends_every_wait_for_a_server() {
    let subject = Subject::new();
    let mut cases = Vec::new();
    for name in ["create", "drill"] {
        cases.extend(moments(usual(&subject, name)).into_iter().map(|at| (name, at)));
    }
    each(&cases, |(name, at)| {
        let run = Run::new(&subject, name, *at);
        let told = run.folder.file("told");
        let hook = format!("cat > '{told}'");
        let limit = Duration::from_secs(3);
        let begun = Instant::now();
        let more = ["-q", "--timeout", "3s", "--on-failure", &hook];
        let Some(running) = run.until_silent(name, &more) else {
            return Ok(());
        };
        let ended = running.wait();
        let took = begun.elapsed();
        let about = format!("{name}, {at:?}: {} after {took:?}: {}", ended.code, ended.stderr);
        if took > limit + SOON || ended.code != 1 || !ended.stderr.contains("not done within 3 s") {
            return Err(about);
        }
        let told = fs::read_to_string(&told).map_err(|error| format!("{about}: no hook: {error}"))?;
        let log = pgark(["log", "--repo", &run.repository]).expect_code(0).stdout;
        match told.contains("not done within 3 s") && log.contains("not done within 3 s") {
            true => Ok(()),
            false => Err(format!("{about}; told {told}; history {log}")),
        }
    });
}

#[test]
fn a_signal_ends_a_connection_that_nobody_takes() {
    // The kernel answers for a server until its queue is full; then nothing answers.
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("socket");
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().expect("address");
    listener.bind(&any.into()).expect("bind");
    listener.listen(0).expect("listen");
    let address = listener.local_addr().expect("address").as_socket().expect("address");
    let mut taken = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        taken.push(stream);
    }
    let folder = Folder::new();
    let conninfo = format!("host=127.0.0.1 port={} user=x dbname=y", address.port());
    let file = folder.file("a.pgark");
    let running = Running::start(&mut command(["dump", &conninfo, "-o", &file]), u64::MAX);
    thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    running.signal(Signal::TERM);
    let ended = running.wait();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
