//! The command lines of both sides.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cluster::Cluster;

/// Who does it.
#[derive(Clone, Debug)]
pub enum Tool {
    /// The program of this build.
    Pgark,
    /// `pg_dump -Fd -Z method` and `pg_restore` in `bin`.
    Peer { bin: PathBuf, method: &'static str },
}

/// What of an archive is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Whole,
    /// Tables without rows, keys and indexes.
    PreData,
    /// Rows alone.
    Data,
}

impl Tool {
    /// For file names and headings.
    pub fn name(&self) -> String {
        match self {
            Tool::Pgark => "pgark".to_owned(),
            Tool::Peer { method, .. } => format!("pg_dump -Z {method}"),
        }
    }

    /// What a peer compresses with.
    pub fn method(&self) -> &str {
        match self {
            Tool::Pgark => "",
            Tool::Peer { method, .. } => method,
        }
    }

    pub fn dump(&self, cluster: &Cluster, database: &str, table: Option<&str>, jobs: u16, to: &Path) -> Command {
        let mut command = match self {
            Tool::Pgark => {
                let mut command = pgark("dump");
                command.args(["--overwrite", "-q", "-o"]).arg(to);
                command
            }
            Tool::Peer { bin, method } => {
                let mut command = clean(bin.join("pg_dump"));
                command.args(["-Fd", "-Z", method, "-f"]).arg(to);
                command
            }
        };
        command
            .arg(format!("-j{jobs}"))
            .args(["-d", &cluster.conninfo(database)]);
        if let Some(table) = table {
            command.args(["-t", table]);
        }
        command
    }

    pub fn restore(&self, cluster: &Cluster, from: &Path, share: Share, jobs: u16, database: &str) -> Command {
        let mut command = match self {
            Tool::Pgark => {
                let mut command = pgark("restore");
                command.arg("-q");
                command
            }
            Tool::Peer { bin, .. } => clean(bin.join("pg_restore")),
        };
        command
            .arg("--exit-on-error")
            .arg(format!("-j{jobs}"))
            .args(["-d", &cluster.conninfo(database)])
            .arg(from);
        match share {
            Share::Whole => {}
            Share::PreData => {
                command.arg("--section=pre-data");
            }
            Share::Data => {
                command.arg("--data-only");
            }
        }
        command
    }
}

/// A subcommand of the program of this build.
pub fn pgark(subcommand: &str) -> Command {
    let mut command = clean(PathBuf::from(env!("CARGO_BIN_EXE_pgark")));
    command.arg(subcommand);
    command
}

/// `program` without what the caller's environment says about PostgreSQL.
fn clean(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command
}
