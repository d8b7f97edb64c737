//! Runs the built program as a user would and keeps what it said.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// What one run of the program ended with.
pub struct Run {
    pub command: String,
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A command line for the built program with an environment that no PG variable of the caller reaches.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(binary());
    command.args(args).stdin(Stdio::null()).env("PGAPPNAME", "pgark-test");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") && !name.to_string_lossy().starts_with("PGARK") {
            command.env_remove(name);
        }
    }
    command
}

/// The program that this test run built.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_pgark"))
}

/// Runs the program to its end.
pub fn pgark<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let mut command = command(args);
    let line: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let output = command.output().expect("run pgark");
    Run {
        command: format!("pgark {}", line.join(" ")),
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Run {
    /// `Err` with everything it said unless it ended with `code`.
    pub fn ended_with(self, code: i32) -> Result<Run, String> {
        if self.code == code {
            return Ok(self);
        }
        Err(format!(
            "`{}` ended with {} instead of {code}\n{}{}",
            self.command, self.code, self.stdout, self.stderr
        ))
    }

    /// As [`Run::ended_with`], panicking.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Run {
        self.ended_with(code).unwrap_or_else(|message| panic!("{message}"))
    }
}
