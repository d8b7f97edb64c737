//! Makes a cluster in a scratch folder, runs it, and removes it when dropped.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::guard::Guard;
use super::{Account, Places, Programs, ThrowawayError};

/// The kind of cluster to make. [`Default`]: only a trusted local socket, UTF8, locale C.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Also listen on 127.0.0.1, on a free port.
    pub tcp: bool,
    /// For the socket and for TCP.
    pub auth: Auth,
    /// The encoding of all databases unless they say otherwise, as `initdb --encoding` takes it.
    pub encoding: String,
    /// As `initdb --locale` takes it.
    pub locale: String,
    /// Whether autovacuum runs; off by default.
    pub autovacuum: bool,
    /// More settings for `postgresql.conf`; of several with one name the last wins.
    pub settings: Vec<(String, String)>,
    /// How long to wait for the server to accept connections.
    pub patience: Duration,
}

/// The authentication of the superuser `postgres` and of everybody else.
#[derive(Clone)]
pub enum Auth {
    /// Everybody who reaches the server is let in, without a password.
    Trust,
    /// Everybody needs a password.
    Password {
        /// An argument of `initdb --auth`: `scram-sha-256`, `md5` or `password`.
        method: String,
        /// Of the superuser; written into a private file for `initdb` and removed after it.
        password: String,
    },
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Auth::Trust => f.write_str("Trust"),
            Auth::Password { method, .. } => f
                .debug_struct("Password")
                .field("method", method)
                .finish_non_exhaustive(),
        }
    }
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            tcp: false,
            auth: Auth::Trust,
            encoding: "UTF8".to_owned(),
            locale: "C".to_owned(),
            autovacuum: false,
            settings: Vec::new(),
            patience: Duration::from_secs(60),
        }
    }
}

/// A running throwaway server with the superuser `postgres` and the database `postgres`.
#[derive(Debug)]
pub struct Server {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    tcp: bool,
    process: Child,
    guard: Guard,
}

/// The longest path that fits `sun_path` on every common system, without its NUL.
const MAX_SOCKET_PATH_BYTES: usize = 103;

/// Settings of every throwaway server: speed over safety, room for large schemas.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
    ("shared_buffers", "128MB"),
    ("max_connections", "100"),
    ("max_locks_per_transaction", "1024"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("lc_messages", "C"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
];

impl Server {
    /// Makes a cluster with `programs` in the scratch folder of `places` and waits until it accepts connections.
    pub fn start(programs: &Programs, places: &Places, options: &ServerOptions) -> Result<Server, ThrowawayError> {
        Server::launch(programs, places, options, |folder, account| {
            init(programs, folder, account, options)
        })
    }

    /// Like [`Server::start`], but `make` puts the cluster into `data` in the folder that it gets.
    pub(super) fn launch(
        programs: &Programs,
        places: &Places,
        options: &ServerOptions,
        make: impl FnOnce(&Path, Option<&Account>) -> Result<(), ThrowawayError>,
    ) -> Result<Server, ThrowawayError> {
        let account = Account::needed()?;
        let folder = make_folder(&places.scratch, account.as_ref())?;
        // From here on the guard removes the folder, whatever happens.
        let mut guard = Guard::start(&folder).map_err(ThrowawayError::io("watch", &folder))?;
        make(&folder, account.as_ref())?;
        // A socket in its own folder does not need a free port.
        let port = if options.tcp { free_port(&folder)? } else { 5432 };
        configure(&folder, port, options)?;
        let process = spawn(programs, &folder, account.as_ref())?;
        let watched = guard.watch(process.id()).map_err(ThrowawayError::io("watch", &folder));
        let mut server = Server {
            programs: programs.clone(),
            folder,
            port,
            tcp: options.tcp,
            process,
            guard,
        };
        watched?;
        server.wait_until_ready(options.patience)?;
        Ok(server)
    }

    /// The folder of the unix socket, which libpq takes as the host.
    pub fn socket_dir(&self) -> &Path {
        &self.folder
    }

    /// The port of the TCP address, and the number in the name of the socket's file.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The TCP address on which it listens besides the socket; `None` without [`ServerOptions::tcp`].
    pub fn tcp_host(&self) -> Option<&'static str> {
        self.tcp.then_some("127.0.0.1")
    }

    /// The superuser that every cluster has.
    pub fn user(&self) -> &'static str {
        "postgres"
    }

    /// The major of its programs.
    pub fn major(&self) -> u32 {
        self.programs.major
    }

    /// The programs that it was started from.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The id of the server's first process; another one after [`Server::crash`].
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Keyword/value connection string for `database`, over the socket.
    pub fn conninfo(&self, database: &str) -> String {
        let quote = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
        let host = quote(&self.folder.to_string_lossy());
        format!(
            "host={host} port={} user={} dbname={}",
            self.port,
            self.user(),
            quote(database)
        )
    }

    /// Kills the server like a power failure, and starts it again on the same cluster.
    pub fn crash(&mut self, patience: Duration) -> Result<(), ThrowawayError> {
        let begun = Instant::now();
        self.process
            .kill()
            .map_err(ThrowawayError::io("kill the server of", &self.folder))?;
        self.process
            .wait()
            .map_err(ThrowawayError::io("wait for the server of", &self.folder))?;
        let account = Account::needed()?;
        loop {
            self.process = spawn(&self.programs, &self.folder, account.as_ref())?;
            let watched = self.guard.watch(self.process.id());
            watched.map_err(ThrowawayError::io("watch", &self.folder))?;
            match self.wait_until_ready(patience.saturating_sub(begun.elapsed())) {
                // Leftover processes of the old server keep the cluster's memory until they notice its end.
                Err(ThrowawayError::Program { .. }) if begun.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                other => return other,
            }
        }
    }

    /// The end of the server's log, for error messages.
    pub fn log_tail(&self) -> String {
        log_tail(&self.folder)
    }

    fn wait_until_ready(&mut self, patience: Duration) -> Result<(), ThrowawayError> {
        let start = Instant::now();
        let state = self.folder.join("data/postmaster.pid");
        loop {
            // Line 8 of the lock file is the server's state, line 1 its process id.
            let text = fs::read_to_string(&state).unwrap_or_default();
            let is_own = text.lines().next() == Some(self.process.id().to_string().as_str());
            if is_own && text.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                let reason = format!("{status}: {}", log_tail(&self.folder));
                return Err(ThrowawayError::Program {
                    program: self.programs.bin.join("postgres"),
                    reason,
                });
            }
            if start.elapsed() > patience {
                return Err(ThrowawayError::NotReady {
                    seconds: patience.as_secs(),
                    log: log_tail(&self.folder),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process};
        // SIGQUIT is the immediate shutdown: nothing in a throwaway cluster is worth a checkpoint.
        let pid = Pid::from_child(&self.process);
        for (signal, seconds) in [(Signal::QUIT, 10), (Signal::KILL, 5)] {
            let start = Instant::now();
            while let Ok(None) = self.process.try_wait() {
                // Sent again and again: a signal during startup may be lost.
                let _ = kill_process(pid, signal);
                if start.elapsed() > Duration::from_secs(seconds) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        if fs::remove_dir_all(&self.folder).is_ok() {
            self.guard.dismiss();
        }
    }
}

fn make_folder(scratch: &Path, account: Option<&Account>) -> Result<PathBuf, ThrowawayError> {
    let folder = tempfile::Builder::new()
        .prefix("pgark-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(scratch)
        .map_err(ThrowawayError::io("create a folder in", scratch))?;
    let longest = folder.path().join(".s.PGSQL.65535.lock");
    if longest.as_os_str().len() > MAX_SOCKET_PATH_BYTES {
        return Err(ThrowawayError::SocketPath {
            path: longest,
            limit: MAX_SOCKET_PATH_BYTES,
        });
    }
    if let Some(account) = account {
        chown(folder.path(), Some(account.uid), Some(account.gid))
            .map_err(ThrowawayError::io("give away", folder.path()))?;
    }
    Ok(folder.keep())
}

pub(super) fn command(program: &Path, folder: &Path, account: Option<&Account>) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    // A bare environment: no PG* variable or locale of the caller may shape the cluster.
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    command.current_dir(folder).stdin(Stdio::null()).process_group(0);
    Account::apply(account, &mut command);
    command
}

fn init(
    programs: &Programs,
    folder: &Path,
    account: Option<&Account>,
    options: &ServerOptions,
) -> Result<(), ThrowawayError> {
    let program = programs.bin.join("initdb");
    let mut command = command(&program, folder, account);
    command
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-N", "-U", "postgres"]);
    command
        .arg(format!("--encoding={}", options.encoding))
        .arg(format!("--locale={}", options.locale));
    match &options.auth {
        Auth::Trust => {
            command.arg("--auth=trust");
        }
        Auth::Password { method, password } => {
            let file = folder.join("password");
            write_private(&file, password, account)?;
            command.arg(format!("--auth={method}")).arg("--pwfile").arg(&file);
        }
    }
    let failed = |reason| ThrowawayError::Program {
        program: program.clone(),
        reason,
    };
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    let _ = fs::remove_file(folder.join("password"));
    if !output.status.success() {
        return Err(failed(format!(
            "{}: {}",
            output.status,
            tail(&String::from_utf8_lossy(&output.stderr))
        )));
    }
    Ok(())
}

fn write_private(file: &Path, text: &str, account: Option<&Account>) -> Result<(), ThrowawayError> {
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(ThrowawayError::io("create", file))?;
    writeln!(out, "{text}").map_err(ThrowawayError::io("write", file))?;
    match account {
        Some(account) => {
            chown(file, Some(account.uid), Some(account.gid)).map_err(ThrowawayError::io("give away", file))
        }
        None => Ok(()),
    }
}

fn configure(folder: &Path, port: u16, options: &ServerOptions) -> Result<(), ThrowawayError> {
    let own = [
        ("unix_socket_directories", folder.to_string_lossy().into_owned()),
        ("unix_socket_permissions", "0700".to_owned()),
        (
            "listen_addresses",
            if options.tcp {
                "127.0.0.1".to_owned()
            } else {
                String::new()
            },
        ),
        ("port", port.to_string()),
        ("autovacuum", if options.autovacuum { "on" } else { "off" }.to_owned()),
    ];
    let fixed = SETTINGS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let asked = options
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    let mut text = String::from("\n");
    for (name, value) in fixed.chain(own).chain(asked) {
        let plain_name = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
        if !plain_name || name.is_empty() || value.contains(['\n', '\r', '\0']) {
            return Err(ThrowawayError::Setting { name: name.to_owned() });
        }
        text.push_str(&format!(
            "{name} = '{}'\n",
            value.replace('\\', "\\\\").replace('\'', "''")
        ));
    }
    let file = folder.join("data/postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&file)
        .and_then(|mut out| out.write_all(text.as_bytes()))
        .map_err(ThrowawayError::io("write", file))
}

fn spawn(programs: &Programs, folder: &Path, account: Option<&Account>) -> Result<Child, ThrowawayError> {
    let log = folder.join("log");
    let open = || {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&log)
            .map_err(ThrowawayError::io("open", &log))
    };
    let program = programs.bin.join("postgres");
    command(&program, folder, account)
        .arg("-D")
        .arg(folder.join("data"))
        .stdout(open()?)
        .stderr(open()?)
        .spawn()
        .map_err(|error| ThrowawayError::Program {
            program,
            reason: error.to_string(),
        })
}

fn free_port(folder: &Path) -> Result<u16, ThrowawayError> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(ThrowawayError::io("find a free port for", folder))
}

fn log_tail(folder: &Path) -> String {
    tail(&String::from_utf8_lossy(
        &fs::read(folder.join("log")).unwrap_or_default(),
    ))
}

pub(super) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(6)..].join("; ")
}
