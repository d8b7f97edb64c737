//! Signals, standard output and standard error as the shell, a service manager or a broken pipe leaves them.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Folder, filled, says};
use crate::support::Database;
use crate::support::program::{Run, binary, command, pgark};
use crate::support::silent_server::{Silence, SilentServer};

const MAJOR: u32 = 18;
const SCRIPT: &str = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000);";

/// Runs the program as `"$0" "$@"` in a script of the shell.
fn shell(script: &str, args: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(binary()).args(args).stdin(Stdio::null());
    shell
}

fn run(script: &str, args: &[&str]) -> Run {
    let output = shell(script, args).output().expect("sh");
    Run {
        command: format!("{script}: {args:?}"),
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
fn is_whole(archive: &str) {
    pgark(["verify", archive]).expect_code(0);
}

#[test]
fn data_go_nowhere_in_silence() {
    let database = filled(MAJOR, "stdout", SCRIPT);
    let folder = Folder::new();
    let (from, file) = (database.conninfo(), folder.file("a.pgark"));
    let archive = folder.dump(&database, "b.pgark", &[]);
    for args in [
        &["dump", &from, "-o", "-"][..],
        &["export", &archive, "-t", "t", "-f", "csv"],
    ] {
        let closed = run("\"$0\" \"$@\" >&-", args).expect_code(1);
        says(&closed.stderr, &["standard output is closed", "hint: "]);
        let unwritable = run("\"$0\" \"$@\" 1</dev/null", args).expect_code(1);
        says(&unwritable.stderr, &["standard output is not open for writing"]);
        run("\"$0\" \"$@\" >/dev/full", args).expect_code(1);
        run("\"$0\" \"$@\" >/dev/null", args).expect_code(0);
    }
    let through = format!("\"$0\" \"$@\" >'{file}'");
    run(&through, &["dump", &from, "-o", "-"]).expect_code(0);
    is_whole(&file);
}

#[test]
fn an_archive_is_not_for_a_terminal() {
    let database = filled(MAJOR, "terminal", SCRIPT);
    // util-linux's `script` gives what it runs a terminal.
    let on_terminal = |args: &[&str]| {
        let quoted = |arg: &str| format!("'{}'", arg.replace('\'', "'\\''"));
        let words: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
        let line = format!("{} {}", quoted(&binary().to_string_lossy()), words.join(" "));
        let run = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null())
            .output();
        let output = run.expect("script");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, said) = on_terminal(&["dump", "-q", &database.conninfo(), "-o", "-"]);
    assert_eq!(code, Some(1), "{said}");
    says(&said, &["standard output is a terminal"]);
    // Text is.
    let folder = Folder::new();
    let archive = folder.dump(&database, "a.pgark", &["-t", "t"]);
    let (code, said) = on_terminal(&["export", &archive, "-t", "t", "-f", "csv"]);
    assert_eq!(code, Some(0), "{said}");
    says(&said, &["1000"]);
}

#[test]
fn what_is_done_is_done_though_it_cannot_be_told() {
    let database = filled(MAJOR, "untold", SCRIPT);
    let folder = Folder::new();
    let (from, repo, told) = (database.conninfo(), folder.file("repo"), folder.file("told"));
    for (number, output) in [">/dev/full", ">&-", ">/dev/full 2>/dev/full", "2>&-"]
        .iter()
        .enumerate()
    {
        let file = folder.file(&format!("{number}.pgark"));
        let done = run(&format!("\"$0\" \"$@\" {output}"), &["dump", &from, "-o", &file]).expect_code(0);
        if *output == ">/dev/full" {
            says(&done.stderr, &["warning: cannot write to standard output"]);
        }
        is_whole(&file);
    }
    // Standard error too is only told, by a command that has something for it and by one that fails.
    let hook = format!("touch '{told}'");
    let args = [
        "snapshot",
        "create",
        &from,
        "--repo",
        &repo,
        "--label",
        "x",
        "--on-success",
        &hook,
    ];
    run(
        "PGSSLCERT=x; export PGSSLCERT; \"$0\" \"$@\" >/dev/full 2>/dev/full",
        &args,
    )
    .expect_code(0);
    assert!(Path::new(&told).exists());
    let gone = database.server().conninfo("nowhere_at_all");
    run("\"$0\" \"$@\" 2>/dev/full", &["dump", &gone, "-o", &folder.file("z")]).expect_code(1);
    run("\"$0\" \"$@\" 2>&-", &["dump", &gone, "-o", &folder.file("z")]).expect_code(1);
    // A pipe that nobody reads any more.
    let file = folder.file("pipe.pgark");
    let mut child = command(["dump", &from, "-o", "-"]);
    let out = File::create(&file).expect("file");
    let mut child = child.stdout(out).stderr(Stdio::piped()).spawn().expect("run");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("wait").code(), Some(0));
    is_whole(&file);
}

/// A dump that waits for a lock until the session is dropped.
struct Waiting {
    database: Database,
    child: std::process::Child,
    file: String,
    _folder: Folder,
}

impl Waiting {
    /// Calls `then` while it waits.
    fn new(what: &str, script: &str, then: impl FnOnce(&mut std::process::Child)) -> Waiting {
        let database = filled(MAJOR, what, SCRIPT);
        let folder = Folder::new();
        let file = folder.file("a.pgark");
        let mut holder = database.session();
        holder.execute("BEGIN");
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
        let child = shell(script, &["dump", "-q", &database.conninfo(), "-o", &file]).spawn();
        let mut child = child.expect("sh");
        thread::sleep(Duration::from_secs(2));
        then(&mut child);
        drop(holder);
        Waiting {
            database,
            child,
            file,
            _folder: folder,
        }
    }

    fn ended(mut self) -> Option<i32> {
        let code = self.child.wait().expect("wait").code();
        drop(self.database);
        if code == Some(0) {
            is_whole(&self.file);
        }
        code
    }
}

fn send(child: &std::process::Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("signal");
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let deaf = Waiting::new("deaf", "trap '' INT HUP; exec \"$0\" \"$@\" 2>/dev/null", |child| {
        send(child, Signal::INT);
        send(child, Signal::HUP);
        thread::sleep(Duration::from_secs(1));
        assert!(child.try_wait().expect("state").is_none());
    });
    assert_eq!(deaf.ended(), Some(0));
    // The others are not.
    let ending = Waiting::new(
        "half_deaf",
        "trap '' INT HUP; exec \"$0\" \"$@\" 2>/dev/null",
        |child| {
            send(child, Signal::TERM);
            thread::sleep(Duration::from_secs(1));
        },
    );
    assert_eq!(ending.ended(), Some(130));
    let heard = Waiting::new("hearing", "exec \"$0\" \"$@\" 2>/dev/full", |child| {
        send(child, Signal::HUP);
        thread::sleep(Duration::from_secs(1));
    });
    assert_eq!(heard.ended(), Some(130));
}

#[test]
fn the_working_directory_is_no_home() {
    let folder = Folder::new();
    let here = folder.path("here");
    std::fs::create_dir_all(here.join(".postgresql")).expect("folder");
    std::fs::write(here.join(".postgresql/root.crt"), "not a certificate").expect("file");
    let file = folder.file("a.pgark");
    let dump = |script: &str| {
        // It speaks to the first alone.
        let silent = SilentServer::start(crate::support::server(MAJOR), Silence::InHandshake);
        let to = silent.conninfo("postgres") + " sslmode=verify-full";
        let output = shell(script, &["dump", &to, "-o", &file])
            .current_dir(&here)
            .output()
            .expect("sh");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for script in [
        "HOME= exec \"$0\" \"$@\"",
        "HOME=. exec \"$0\" \"$@\"",
        "unset HOME; exec \"$0\" \"$@\"",
    ] {
        let said = dump(script);
        assert!(
            !said.contains("`.postgresql") && !said.contains("`./.postgresql"),
            "{script}: {said}"
        );
    }
    // It is the one that the system knows.
    let passwd = Command::new("sh")
        .args(["-c", "getent passwd $(id -u) | cut -d: -f6"])
        .output()
        .expect("getent");
    let home = String::from_utf8_lossy(&passwd.stdout).trim().to_owned();
    let root = Path::new(&home).join(".postgresql/root.crt");
    if !home.is_empty() && !root.exists() {
        says(
            &dump("unset HOME; exec \"$0\" \"$@\""),
            &[&format!("cannot read root certificates `{}`", root.display())],
        );
    }
    // And it is used where it is named.
    let said = dump("HOME=\"$PWD\" exec \"$0\" \"$@\"");
    says(&said, &["here/.postgresql/root.crt"]);
}
