//! Runs one hook: its input, its output and its time limit.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::notice::{Notice, Tell};
use crate::connect::{is_connection_string, without_passwords};
use crate::model::ident::sanitize;

/// How long a hook has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait for output after a hook has ended. What it left running may keep its output open for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(10);
/// How much of a hook's output is shown; all of it is read.
const MAX_LINES: usize = 200;
const MAX_LINE_BYTES: u64 = 2000;

/// What a hook is given.
pub(super) struct Given<'a> {
    /// The text on its standard input.
    pub input: &'a str,
    /// The environment of the process that runs it; variables with a password are left out.
    pub environment: &'a [(OsString, OsString)],
    /// Variables that say what happened.
    pub facts: &'a [(&'static str, String)],
    /// The time limit.
    pub limit: Duration,
}

/// Runs `command` with `/bin/sh -c` in its own process group, sends what it prints to `tell`, and returns why it
/// failed.
pub(super) fn run(command: &str, given: &Given, tell: &Tell) -> Result<(), String> {
    let mut shell = Command::new("/bin/sh");
    shell
        .arg("-c")
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .env_clear()
        .envs(
            given
                .environment
                .iter()
                .filter(|(name, value)| !is_secret(name, value))
                .cloned(),
        );
    for (name, value) in given.facts {
        // A name or label from outside may hold a NUL, which no variable can.
        shell.env(name, value.replace('\0', ""));
    }
    let mut child = shell.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    feed(&mut child, given.input);
    let shown = show(&mut child, tell);
    let ended = wait(&mut child, given.limit);
    let last = Instant::now() + LAST_WORDS;
    while shown
        .recv_timeout(last.saturating_duration_since(Instant::now()))
        .is_ok()
    {}
    match ended {
        Ok(Some(status)) => judge(status),
        Ok(None) => Err(format!("was ended after {} s", given.limit.as_secs())),
        Err(error) => Err(format!("cannot be waited for: {error}")),
    }
}

/// Whether the variable holds a password.
fn is_secret(name: &OsStr, value: &OsStr) -> bool {
    let text = value.to_string_lossy();
    let is_password = name == "PGPASSWORD" || name == "PGSSLPASSWORD";
    is_password || is_connection_string(&text) && without_passwords(&text) != text
}

/// Writes the input from a thread of its own, because a hook need not read it.
fn feed(child: &mut Child, input: &str) {
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        thread::spawn(move || {
            // A hook may ignore its input.
            let _ = stdin.write_all(input.as_bytes());
        });
    }
}

/// Sends what the hook prints to `tell`, line by line. The channel closes when both outputs of the hook have closed.
fn show(child: &mut Child, tell: &Tell) -> Receiver<()> {
    let (sender, receiver) = channel();
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
        child.stderr.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
    ];
    for output in outputs.into_iter().flatten() {
        let (sender, tell) = (sender.clone(), tell.clone());
        thread::spawn(move || {
            tell_lines(output, &tell);
            let _ = sender.send(());
        });
    }
    receiver
}

fn tell_lines(output: Box<dyn Read + Send>, tell: &Tell) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    for number in 0.. {
        line.clear();
        match (&mut output).take(MAX_LINE_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if number < MAX_LINES => {
                let text = String::from_utf8_lossy(&line);
                tell(&Notice::Hook(&sanitize(&without_passwords(
                    text.trim_end_matches('\n'),
                ))));
            }
            Ok(_) if number == MAX_LINES => tell(&Notice::Hook("(more is not shown)")),
            Ok(_) => {}
        }
    }
}

/// Waits for the end. `None` if the time limit passed; then the hook's whole group has been killed.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    if let Some(status) = wait_until(child, Instant::now() + limit)? {
        return Ok(Some(status));
    }
    // The child has not been reaped before the last signal, so no other group can have its number.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && !has_ended(group) {
            thread::sleep(POLL);
        }
        let _ = kill_process_group(group, Signal::KILL);
    }
    child.wait()?;
    Ok(None)
}

/// Whether a child has ended, without reaping it.
fn has_ended(child: Pid) -> bool {
    let only_look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(child), only_look), Ok(None))
}

fn wait_until(child: &mut Child, deadline: Instant) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

fn judge(status: ExitStatus) -> Result<(), String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) => Err(format!("failed with exit code {code}")),
        (None, Some(signal)) => Err(format!("was ended by signal {signal}")),
        (None, None) => Err("failed".to_owned()),
    }
}
