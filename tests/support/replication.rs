//! A primary and its hot standby.

use std::thread;
use std::time::{Duration, Instant};

use pgark::internals::server::standby::PRIMARY_SETTINGS;
use pgark::internals::server::{Server, ServerOptions};

use super::session::Session;
use super::{oracle, places, start};

pub const DATABASE: &str = "shop";

/// A server that can be followed, with an empty [`DATABASE`].
pub fn primary(major: u32) -> Server {
    let primary = start(major, &with(PRIMARY_SETTINGS));
    Session::open(&primary.conninfo("postgres")).execute(&format!("CREATE DATABASE {DATABASE}"));
    primary
}

/// A hot standby of `primary`, with settings of its own.
pub fn standby(primary: &Server, settings: &[(&str, &str)]) -> Server {
    primary
        .start_standby(&oracle::program("pg_basebackup"), &places(), &with(settings))
        .unwrap_or_else(|error| panic!("standby: {error}"))
}

fn with(settings: &[(&str, &str)]) -> ServerOptions {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    ServerOptions {
        settings: settings.iter().map(own).collect(),
        ..ServerOptions::default()
    }
}

/// Waits until `standby` has replayed everything that `primary` has written.
pub fn catch_up(primary: &Server, standby: &Server) {
    let mut writer = Session::open(&primary.conninfo("postgres"));
    // What no commit has flushed is not sent.
    writer.execute("SET synchronous_commit = on");
    writer.execute("SELECT pg_logical_emit_message(true, 'pgark', 'flush')");
    let position = writer.value("SELECT pg_current_wal_flush_lsn()::text AS value");
    let mut session = Session::open(&standby.conninfo("postgres"));
    let sql = format!("SELECT (pg_last_wal_replay_lsn() >= '{position}')::text AS value");
    let begun = Instant::now();
    while session.value(&sql) != "true" {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the standby does not follow: {}",
            standby.log_tail()
        );
        thread::sleep(Duration::from_millis(10));
    }
}
