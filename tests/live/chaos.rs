//! Random operations on one repository by three workers, two in five of them killed at random moments: nothing that was
//! reported complete is lost, no state is stuck, and one more good command of each kind leaves nothing over.
//!
//! The seed is printed; `PGARK_CHAOS_SEED` and `PGARK_CHAOS_SECONDS` choose another run or a longer one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use pgark::internals::server::{Server, ServerOptions};
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, value};
use crate::support::mutate::Numbers;
use crate::support::program::command;
use crate::support::session::Session;
use crate::support::{Database, start};

const SECONDS: u64 = 60;
const SEED: u64 = 20_261_130;
/// Of operations, those that are killed.
const KILLED_PERCENT: usize = 40;
/// How long a command may take, and to end after a signal.
const PATIENCE: Duration = Duration::from_secs(120);

const ROWS: &str = "\
CREATE TABLE t (id int PRIMARY KEY, note text);
INSERT INTO t SELECT n, repeat(md5(n::text), 6) FROM generate_series(1, 6000) n;
CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t);
INSERT INTO u SELECT n, 1 + n % 6000 FROM generate_series(1, 2000) n;
CREATE VIEW v AS SELECT count(*) FROM u;
";

/// How one run of the program ended.
#[derive(Debug)]
struct Ended {
    /// Absent when a signal ended it.
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// By operation, how often it ended how; the first words of errors; the snapshots that were reported complete.
#[derive(Default)]
struct Seen {
    outcomes: BTreeMap<(&'static str, String), u32>,
    errors: BTreeMap<(&'static str, String), u32>,
    complete: BTreeSet<String>,
    wrong: Vec<String>,
}

struct Chaos {
    server: &'static Server,
    databases: [Database; 3],
    _folder: Folder,
    repo: String,
    temporary: PathBuf,
    seen: Mutex<Seen>,
}

impl Chaos {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command
            .env("PGARK_REPO", &self.repo)
            .env("TMPDIR", &self.temporary)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it, and sends it a signal after a while.
    fn run(&self, args: &[&str], kill: Option<(Signal, Duration)>) -> Ended {
        let mut child = self.command(args).spawn().expect("pgark");
        let collect = |mut from: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                from.read_to_end(&mut text).expect("output");
                String::from_utf8_lossy(&text).into_owned()
            })
        };
        let stdout = collect(Box::new(child.stdout.take().expect("stdout")));
        let stderr = collect(Box::new(child.stderr.take().expect("stderr")));
        let begun = Instant::now();
        let mut kill = kill;
        let status = loop {
            if let Some(status) = child.try_wait().expect("state") {
                break status;
            }
            if let Some((signal, _)) = kill.take_if(|(_, after)| begun.elapsed() >= *after) {
                let _ = kill_process(Pid::from_child(&child), signal);
            }
            assert!(begun.elapsed() < PATIENCE, "{args:?} does not end");
            std::thread::sleep(Duration::from_millis(3));
        };
        Ended {
            code: status.code(),
            stdout: stdout.join().expect("stdout"),
            stderr: stderr.join().expect("stderr"),
        }
    }

    #[track_caller]
    fn expect(&self, args: &[&str], code: i32) -> String {
        let ended = self.run(args, None);
        assert_eq!(ended.code, Some(code), "{args:?}\n{}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    /// One worker: operations until the time is over.
    fn work(&self, number: u64, seed: u64, until: Instant) {
        let mut numbers = Numbers(seed ^ (number << 32));
        // How long each operation took when nothing was in its way.
        let mut times: BTreeMap<&str, Duration> = BTreeMap::new();
        while Instant::now() < until {
            let (name, args) = self.operation(&mut numbers, number);
            let usual = times.get(name).copied().unwrap_or(Duration::from_millis(300));
            let kill = (numbers.below(100) < KILLED_PERCENT).then(|| {
                let signal = [Signal::KILL, Signal::TERM, Signal::INT][numbers.below(3)];
                (signal, usual.mul_f64(numbers.below(1000) as f64 / 900.0))
            });
            let words: Vec<&str> = args.iter().map(String::as_str).collect();
            let begun = Instant::now();
            let ended = self.run(&words, kill);
            if kill.is_none() {
                times.insert(name, begun.elapsed());
            }
            self.judge(name, &words, kill.map(|(signal, _)| signal), &ended);
        }
    }

    fn operation(&self, numbers: &mut Numbers, worker: u64) -> (&'static str, Vec<String>) {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let database = &self.databases[numbers.below(3)];
        let latest = format!("{}/latest", database.name());
        let label = ["nightly", "hourly"][numbers.below(2)];
        let named = format!("{}/{label}", database.name());
        let server = self.server.conninfo("postgres");
        match numbers.below(20) {
            0..6 => {
                let mut words = of(&[
                    "snapshot",
                    "create",
                    &database.conninfo(),
                    "--label",
                    label,
                    "--json",
                    "-q",
                ]);
                if numbers.below(5) == 0 {
                    words.extend(of(&["-t", "t"]));
                }
                ("create", words)
            }
            6..8 => match numbers.below(3) {
                0 => ("verify", of(&["snapshot", "verify", "--all", "-q"])),
                1 => ("verify", of(&["snapshot", "verify", &latest, "-q"])),
                _ => ("verify", of(&["snapshot", "verify", "--sample", "30%", "-q"])),
            },
            8 => ("pin", of(&["snapshot", "pin", &named])),
            9 => ("unpin", of(&["snapshot", "unpin", &named])),
            10..13 => {
                let name = self.databases[numbers.below(2)].name();
                let mut words = of(&[
                    "prune",
                    "--keep-last",
                    "2",
                    "--keep-failed",
                    "0h",
                    "--apply",
                    "--after-failure",
                ]);
                match numbers.below(3) {
                    // What leaves for good is only of the last database, of which nothing is asked later.
                    0 => words.extend(of(&["-d", self.databases[2].name(), "--trash-age", "0h"])),
                    1 => words.extend(of(&["-d", name])),
                    _ => {}
                }
                ("prune", words)
            }
            13 => ("undelete", of(&["undelete", ["--all", "1"][numbers.below(2)]])),
            14 => ("delete", of(&["snapshot", "delete", &named, "--reason", "chaos"])),
            15..17 => ("drill", of(&["drill", &latest, "-d", &server, "-q", "-j", "2"])),
            17 => {
                let target = format!("copy_{worker}");
                let mut session = Session::open(&server);
                session.execute(&format!("DROP DATABASE IF EXISTS {target} WITH (FORCE)"));
                session.execute(&format!("CREATE DATABASE {target} TEMPLATE template0"));
                let to = self.server.conninfo(&target);
                ("restore", of(&["restore", &latest, "-d", &to, "-q", "-j", "2"]))
            }
            18 => ("health", of(&["health", "--min-free", "0"])),
            _ => ("log", of(&["log", "--check"])),
        }
    }

    /// What may be, by the documented exit codes.
    fn judge(&self, name: &'static str, words: &[&str], signal: Option<Signal>, ended: &Ended) {
        let mut seen = self.seen.lock().expect("seen");
        let mut wrong = |what: &str| {
            seen.wrong.push(format!("{what}: {words:?} {signal:?}\n{ended:?}"));
        };
        if ended.stderr.contains("panicked") || ended.code == Some(101) {
            wrong("a panic");
        }
        match (ended.code, signal) {
            (Some(0 | 1 | 3), _) | (Some(130) | None, Some(_)) => {}
            _ => wrong("an exit code that is not documented"),
        }
        if name == "log" && ended.code.is_some_and(|code| ![0, 130].contains(&code)) {
            wrong("the history is broken");
        }
        if name == "create" && ended.code == Some(0) {
            let record: serde_json::Value = serde_json::from_str(&ended.stdout).expect("a record");
            if record["database"] != self.databases[2].name() {
                let id = record["id"].as_str().expect("id").to_owned();
                seen.complete.insert(id);
            }
        }
        let outcome = match ended.code {
            Some(0) => "done",
            Some(3) => "findings",
            Some(1) => "failed",
            Some(130) => "interrupted",
            Some(_) => "OTHER",
            None => "killed",
        };
        *seen.outcomes.entry((name, outcome.to_owned())).or_default() += 1;
        if ended.code == Some(1) {
            let line = ended
                .stderr
                .lines()
                .find(|line| line.starts_with("error: "))
                .unwrap_or_default();
            // Without what differs from run to run.
            let plain: String = line.chars().filter(|c| !c.is_ascii_digit()).take(110).collect();
            *seen.errors.entry((name, plain)).or_default() += 1;
        }
    }

    /// One more good command of each kind, and then what is there.
    fn settle(&self) {
        self.expect(&["undelete", "--all"], 0);
        for database in &self.databases {
            let create = ["snapshot", "create", &database.conninfo(), "--label", "last", "-q"];
            self.expect(&create, 0);
        }
        self.expect(&["snapshot", "verify", "--all", "-q"], 0);
        let listed = self.expect(&["snapshot", "list", "--json"], 0);
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("a list");
        let listed = listed.as_array().expect("a list");
        let good = |id: &str| listed.iter().any(|s| s["id"] == id && s["good"] == true);
        let seen = self.seen.lock().expect("seen");
        let lost: Vec<&String> = seen.complete.iter().filter(|id| !good(id)).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert!(
            seen.complete.len() > 1,
            "hardly anything was made: {}",
            seen.complete.len()
        );
        let server = self.server.conninfo("postgres");
        self.expect(&["drill", "--all", "-d", &server, "-q"], 0);
        let target = Database::on(self.server, "chaos_last", "UTF8");
        let latest = format!("{}/latest", self.databases[0].name());
        self.expect(&["restore", &latest, "-d", &target.conninfo(), "-q"], 0);
        assert_eq!(value(&target, "SELECT count(*) FROM t"), "6000");
        for snapshot in listed.iter().filter(|s| s["state"]["pinned"] == true) {
            self.expect(&["snapshot", "unpin", snapshot["id"].as_str().expect("id")], 0);
        }
        self.expect(&["prune", "--keep-last", "2", "--keep-failed", "0h", "--apply"], 0);
        self.expect(&["undelete", "--all", "--empty"], 0);
        self.expect(&["log", "--check"], 0);
        let health = self.expect(&["health", "--min-free", "0", "--max-drill-age", "1d"], 0);
        assert!(!health.contains("left: "), "{health}");
        self.nothing_is_left();
    }

    fn nothing_is_left(&self) {
        let mut files = Vec::new();
        files_below(Path::new(&self.repo), &mut files);
        let is_left = |path: &&PathBuf| {
            let text = path.to_string_lossy();
            text.ends_with(".partial") || text.contains("/underway/") || text.contains("/trash/")
        };
        let left: Vec<&PathBuf> = files.iter().filter(is_left).collect();
        assert!(left.is_empty(), "left over in the repository: {left:?}");
        let mut temporary = Vec::new();
        files_below(&self.temporary, &mut temporary);
        assert!(temporary.is_empty(), "left over: {temporary:?}");
        let mut session = Session::open(&self.server.conninfo("postgres"));
        let scratch = session.value(
            "SELECT coalesce(string_agg(datname, ' '), '') AS value FROM pg_database WHERE datname ~ '^pgark_drill_'",
        );
        assert_eq!(scratch, "", "scratch databases are left");
        let begun = Instant::now();
        let others = "SELECT count(*)::text AS value FROM pg_stat_activity \
                      WHERE application_name ~ '^pgark' AND pid <> pg_backend_pid()";
        while session.value(others) != "0" {
            assert!(begun.elapsed() < PATIENCE, "sessions are left on the server");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn print(&self) {
        let seen = self.seen.lock().expect("seen");
        let operations: BTreeSet<&str> = seen.outcomes.keys().map(|(name, _)| *name).collect();
        let words = ["done", "findings", "failed", "interrupted", "killed"];
        println!(
            "| operation | {} |\n|---|{}",
            words.join(" | "),
            "---|".repeat(words.len())
        );
        for name in operations {
            let of = |word: &&str| {
                seen.outcomes
                    .get(&(name, (*word).to_owned()))
                    .copied()
                    .unwrap_or(0)
                    .to_string()
            };
            println!("| {name} | {} |", words.iter().map(of).collect::<Vec<_>>().join(" | "));
        }
        println!("reported complete: {}", seen.complete.len());
        for ((name, error), number) in &seen.errors {
            println!("{number} x {name}: {error}");
        }
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("entry").path();
        match path.is_dir() {
            true => files_below(&path, files),
            false => files.push(path),
        }
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().expect(name))
}

#[test]
fn killed_commands_lose_nothing_and_leave_nothing() {
    let (seconds, seed) = (number("PGARK_CHAOS_SECONDS", SECONDS), number("PGARK_CHAOS_SEED", SEED));
    println!("seed {seed}, {seconds} s");
    let server: &'static Server = Box::leak(Box::new(start(18, &ServerOptions::default())));
    let databases = ["chaos_a", "chaos_b", "chaos_c"].map(|what| {
        let database = Database::on(server, what, "UTF8");
        database.run_script(ROWS).expect("rows");
        database
    });
    let folder = Folder::new();
    let temporary = folder.path("tmp");
    std::fs::create_dir(&temporary).expect("folder");
    let chaos = Chaos {
        server,
        repo: folder.file("repo"),
        databases,
        temporary,
        _folder: folder,
        seen: Mutex::new(Seen::default()),
    };
    for database in &chaos.databases {
        chaos.expect(
            &["snapshot", "create", &database.conninfo(), "--label", "nightly", "-q"],
            0,
        );
    }
    let until = Instant::now() + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let chaos = &chaos;
            scope.spawn(move || chaos.work(worker, seed, until));
        }
    });
    chaos.print();
    let wrong = std::mem::take(&mut chaos.seen.lock().expect("seen").wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    chaos.settle();
}
