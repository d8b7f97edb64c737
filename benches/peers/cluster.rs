//! The throwaway server and its databases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pgark::internals::server::{Places, Programs, Server, ServerOptions};
use pgark::version::Version;

use super::Failure;
use super::options::Options;
use super::process::{self, Sample};
use super::session::Session;

/// The major that is measured with.
const MAJOR: u32 = Version::NEWEST.major();

/// Settings beside those of every throwaway server (no fsync, `wal_level = minimal`): tables fit into memory, checkpoints
/// come when asked for, and indexes are built with room enough whoever asks for them.
pub const SETTINGS: &[(&str, &str)] = &[
    ("shared_buffers", "1GB"),
    ("maintenance_work_mem", "256MB"),
    ("max_wal_size", "8GB"),
];

/// Room for databases, their copies and the server's log, per unit of scale and per table.
const BYTES_PER_SCALE: f64 = 20e9;
const BYTES_PER_TABLE: f64 = 200e3;
const BYTES_ALWAYS: f64 = 4e9;

pub struct Cluster {
    server: Server,
    /// Below the server's own folder, so that they vanish with it however this process ends.
    archives: PathBuf,
    /// Processes that are there without a session: checkpointer, writers, IO workers.
    helpers: Vec<u32>,
}

/// How long sessions may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

impl Cluster {
    pub fn start(options: &Options) -> Result<Cluster, Failure> {
        let places = Places::from_variables(|name| std::env::var_os(name));
        let needed = needed(options);
        if let Some((_, free)) = disk(&places.scratch)
            && free < needed
        {
            return Err(format!(
                "{} has {:.1} GB free, and {:.1} GB may be needed: TMPDIR names another place, --scale and --tables make it less",
                places.scratch.display(),
                free / 1e9,
                needed / 1e9
            ));
        }
        let said = |error: pgark::internals::server::ThrowawayError| error.to_string();
        let programs = Programs::find_or_fetch(MAJOR, &places, &mut |event| eprintln!("{event:?}")).map_err(said)?;
        eprintln!("starting PostgreSQL {}", programs.version);
        let settings = SETTINGS
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let server_options = ServerOptions {
            settings: settings.collect(),
            ..ServerOptions::default()
        };
        let server = Server::start(&programs, &places, &server_options).map_err(said)?;
        let archives = server.socket_dir().join("archives");
        fs::create_dir(&archives).map_err(|error| format!("{}: {error}", archives.display()))?;
        // Some come a moment after the server is ready.
        std::thread::sleep(Duration::from_secs(1));
        let helpers = process::children(server.pid());
        Ok(Cluster {
            server,
            archives,
            helpers,
        })
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    pub fn conninfo(&self, database: &str) -> String {
        self.server.conninfo(database)
    }

    /// Where an archive of that name is to be.
    pub fn archive(&self, name: &str) -> PathBuf {
        self.archives.join(name)
    }

    pub fn session(&self, database: &str) -> Result<Session, Failure> {
        Session::try_open(&self.conninfo(database))
    }

    pub fn execute(&self, database: &str, sql: &str) -> Result<(), Failure> {
        self.session(database)?
            .try_execute(sql)
            .map_err(|error| format!("{error}\nin: {sql}"))
    }

    /// Makes `database` anew as a copy of `template`.
    pub fn create(&self, database: &str, template: &str) -> Result<(), Failure> {
        self.drop(database)?;
        self.execute("postgres", &format!("CREATE DATABASE {database} TEMPLATE {template}"))
    }

    pub fn drop(&self, database: &str) -> Result<(), Failure> {
        self.execute("postgres", &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
    }

    /// Runs `command` after a CHECKPOINT and adds what the server spent on it.
    pub fn measure(&self, command: Command) -> Result<Sample, Failure> {
        self.execute("postgres", "CHECKPOINT")?;
        let before = self.idle_cpu();
        let sample = process::run(command)?;
        Ok(Sample {
            server_cpu: before.zip(self.idle_cpu()).map(|(before, after)| after - before),
            ..sample
        })
    }

    /// CPU of all server processes so far, once those of the last sessions have ended.
    fn idle_cpu(&self) -> Option<f64> {
        let pid = self.server.pid();
        let started = Instant::now();
        let still = loop {
            let children = process::children(pid);
            let sessions = children.iter().any(|child| !self.helpers.contains(child));
            if !sessions || started.elapsed() > PATIENCE {
                break children;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let own = still
            .into_iter()
            .filter_map(|child| Some(process::cpu(child)?.own))
            .sum::<f64>();
        Some(own + process::cpu(pid)?.children)
    }

    /// The kind of file system that everything lies on.
    pub fn file_system(&self) -> String {
        disk(&self.archives).map_or_else(String::new, |(name, _)| name)
    }
}

fn needed(options: &Options) -> f64 {
    let largest = if options.scaling { 4.0 } else { 1.0 };
    BYTES_ALWAYS + options.scale * largest * BYTES_PER_SCALE + f64::from(options.tables) * BYTES_PER_TABLE
}

/// Name of the file system that `folder` is on, and its free bytes.
fn disk(folder: &Path) -> Option<(String, f64)> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let fields: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
    let free: f64 = fields.get(3)?.parse().ok()?;
    Some(((*fields.first()?).to_owned(), free * 1024.0))
}
