//! Dumps that something interrupts: run with a limit of time, and judged by what they leave.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Database;
use super::program::pgark;
use super::session::Session;

/// Far longer than any of these dumps takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(90);

/// A run of the program that has come to its end.
#[derive(Debug)]
pub struct Ended {
    /// -1 when a signal ended it.
    pub code: i32,
    pub stderr: String,
    pub stdout: Vec<u8>,
}

/// A running program.
pub struct Running {
    child: Child,
    outputs: [thread::JoinHandle<Vec<u8>>; 2],
}

/// How a dump ended, and that this is how it may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// As if nothing had happened.
    Whole,
    /// The archive is whole, and a warning tells of lost connections.
    Redone,
    /// One error, no file.
    Refused,
    /// By a signal: said so, no file.
    Interrupted,
}

impl Running {
    /// Takes what it prints, up to `limit` bytes of its standard output; then that is closed.
    pub fn start(command: &mut Command, limit: u64) -> Running {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run pgark");
        let stdout = child.stdout.take().expect("stdout").take(limit);
        let stderr = child.stderr.take().expect("stderr");
        Running {
            child,
            outputs: [collect(stdout), collect(stderr)],
        }
    }

    pub fn signal(&self, signal: Signal) {
        // One that has ended needs none.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("state").is_some()
    }

    /// Panics when it hangs.
    #[track_caller]
    pub fn wait(mut self) -> Ended {
        let begun = Instant::now();
        while !self.has_ended() {
            if begun.elapsed() > PATIENCE {
                self.child.kill().expect("kill");
                let [_, stderr] = self.outputs.map(|output| output.join().expect("output"));
                panic!("the program hangs; it said:\n{}", String::from_utf8_lossy(&stderr));
            }
            thread::sleep(Duration::from_millis(2));
        }
        let code = self.child.wait().expect("state").code().unwrap_or(-1);
        let [stdout, stderr] = self.outputs.map(|output| output.join().expect("output"));
        Ended {
            code,
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            stdout,
        }
    }
}

fn collect(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("output");
        bytes
    })
}

impl Ended {
    /// Judges a dump into `file`, which is alone in its folder: by its exit code, by what it said and by what it left
    /// there. An archive must be equal to `whole`.
    pub fn judge(&self, file: &Path, whole: &Path) -> Result<Outcome, String> {
        let outcome = match self.code {
            0 if self.stderr.contains("warning: a connection was lost while") => Outcome::Redone,
            0 => Outcome::Whole,
            1 => Outcome::Refused,
            130 => Outcome::Interrupted,
            code => return Err(format!("exit code {code}\n{}", self.stderr)),
        };
        let folder = file.parent().expect("folder");
        let left: Vec<_> = fs::read_dir(folder)
            .expect("folder")
            .map(|entry| entry.expect("entry").file_name())
            .collect();
        if self.code == 0 {
            if left != [file.file_name().expect("name")] {
                return Err(format!("{left:?} is in the folder"));
            }
            let compared = pgark(["compare", &whole.to_string_lossy(), &file.to_string_lossy()]);
            compared.ended_with(0)?;
            pgark(["verify", "-q", &file.to_string_lossy()]).ended_with(0)?;
            return Ok(outcome);
        }
        if !left.is_empty() {
            return Err(format!("{left:?} is left\n{}", self.stderr));
        }
        self.said_one_error()?;
        Ok(outcome)
    }

    /// One line says what failed; at most one more what to do.
    pub fn said_one_error(&self) -> Result<(), String> {
        let lines: Vec<&str> = self.stderr.lines().filter(|line| !line.is_empty()).collect();
        let errors = lines.iter().filter(|line| line.starts_with("error: ")).count();
        let known = |line: &&str| {
            ["error: ", "hint: ", "interrupted: ", "warning: "]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let long = lines.iter().any(|line| line.len() > 1000);
        if errors != 1 || lines.len() > 3 || !lines.iter().all(known) || long || self.stderr.contains("panicked") {
            return Err(format!("not one clear message:\n{}", self.stderr));
        }
        Ok(())
    }
}

/// Waits until the program has no session left in `database`.
pub fn no_session_left(database: &Database) -> Result<(), String> {
    let mut session = Session::open(&database.server().conninfo("postgres"));
    let begun = Instant::now();
    loop {
        let left = session.value(&format!(
            "SELECT coalesce(string_agg(pid || ' ' || state || ' ' || query, E'\\n'), '') AS value \
             FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'pgark-test'",
            database.name()
        ));
        if left.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("sessions are left:\n{left}"));
        }
        thread::sleep(Duration::from_millis(5));
    }
}
