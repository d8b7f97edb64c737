//! What tests need: servers of every major, fresh databases, the built program and an outside judge.
//!
//! One server per major and test process, started when first asked for. They end with the process, however it ends
//! (see `pgark::internals::server::guard`). A server that cannot be had is an error that says what mends it, never a skipped test.
#![allow(dead_code)] // every test binary uses its own part

pub mod fault_proxy;
pub mod fault_store;
pub mod hostile_server;
pub mod interrupted;
pub mod mutate;
pub mod oracle;
pub mod pooler;
pub mod program;
pub mod replication;
pub mod script;
pub mod session;
pub mod silent_server;
pub mod tpch;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use pgark::internals::server::{Places, Programs, Server, ServerOptions, ThrowawayError, debian};
use pgark::version::Version;
use session::Session;

/// Roles that every server has: cases may own and grant with them.
pub const ROLES: &[&str] = &["pgark_owner", "pgark_reader", "pgark_writer"];

/// The places that this machine's environment names.
pub fn places() -> Places {
    Places::from_variables(|name| std::env::var_os(name))
}

/// The shared server of `major`.
pub fn server(major: u32) -> &'static Server {
    const MAJORS: usize = (Version::NEWEST.major() - Version::OLDEST.major() + 1) as usize;
    static SERVERS: [OnceLock<Server>; MAJORS] = [const { OnceLock::new() }; MAJORS];
    assert!(Version::MAJORS.contains(&major), "no server of major {major}");
    SERVERS[(major - Version::OLDEST.major()) as usize]
        .get_or_init(|| with_roles(start(major, &ServerOptions::default())))
}

/// The shared server that this Debian serves, in its newest minor, whatever is installed.
pub fn debians_server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = Server::start(&debians_programs(), &places(), &ServerOptions::default());
        with_roles(server.unwrap_or_else(|error| panic!("Debian's PostgreSQL: {error}")))
    })
}

pub fn debians_programs() -> Programs {
    debian::programs(&places(), &mut |event| eprintln!("{event:?}")).unwrap_or_else(|error| {
        panic!(
            "{error}\nthese tests need the PostgreSQL server that Debian serves: run `{}` as root; on another system run them \
             in a container, e.g. `docker run --rm -v \"$PWD:/pgark\" -w /pgark rust:bookworm sh -c '.ci/setup && cargo test'`",
            debian::REFRESH
        )
    })
}

fn with_roles(server: Server) -> Server {
    let mut session = Session::open(&server.conninfo("postgres"));
    for role in ROLES {
        session.execute(&format!("CREATE ROLE {role}"));
    }
    server
}

/// A server of its own, for tests that need other settings or that stop it.
pub fn start(major: u32, options: &ServerOptions) -> Server {
    // One at a time: two tests that miss the same major should fetch it once.
    static FETCHING: Mutex<()> = Mutex::new(());
    let programs = {
        let _turn = FETCHING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Programs::pinned(major, &places(), &mut |event| eprintln!("{event:?}"))
    };
    let programs = programs.or_else(|error| Programs::find(major, &places()).ok_or(error));
    let programs = programs.unwrap_or_else(|error| panic!("{}", with_commands(major, &error)));
    Server::start(&programs, &places(), options).unwrap_or_else(|error| panic!("PostgreSQL {major}: {error}"))
}

fn with_commands(major: u32, error: &ThrowawayError) -> String {
    let mut text = format!(
        "{error}\nthese tests need PostgreSQL {major}; install npm (Debian: `apt-get install npm`) or a server:"
    );
    for (system, command) in ThrowawayError::install_commands(major) {
        text.push_str(&format!("\n  {system}: `{command}`"));
    }
    text
}

/// A database of one test, dropped with it.
pub struct Database {
    server: &'static Server,
    name: String,
}

impl Database {
    /// A new, empty database on the shared server of `major`. `what` becomes part of its name.
    pub fn create(major: u32, what: &str) -> Database {
        Database::encoded(major, what, "UTF8")
    }

    /// As [`Database::create`], in another encoding than UTF8.
    pub fn encoded(major: u32, what: &str, encoding: &str) -> Database {
        Database::on(server(major), what, encoding)
    }

    /// On a server of its own.
    pub fn on(server: &'static Server, what: &str, encoding: &str) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let what: String = what
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(40)
            .collect();
        let name = format!("t{number}_{}", what.to_ascii_lowercase());
        Session::open(&server.conninfo("postgres")).execute(&format!(
            "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
        ));
        Database { server, name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn server(&self) -> &'static Server {
        self.server
    }

    pub fn major(&self) -> u32 {
        self.server.major()
    }

    /// What every command of the program takes as a connection.
    pub fn conninfo(&self) -> String {
        self.server.conninfo(&self.name)
    }

    pub fn session(&self) -> Session {
        Session::open(&self.conninfo())
    }

    /// Runs the statements of `text` one by one, as psql would.
    pub fn run_script(&self, text: &str) -> Result<(), String> {
        let mut session = self.session();
        for statement in script::statements(text) {
            session
                .try_execute(&statement)
                .map_err(|error| format!("{error}\nin: {statement}"))?;
        }
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut session) = Session::try_open(&self.server.conninfo("postgres")) {
            let _ = session.try_execute(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
        }
    }
}
