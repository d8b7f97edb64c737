//! Throwaway servers themselves: every major starts, and none outlives its owner.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::session::Session;
use crate::support::{ROLES, oracle, places, server, start};
use pgark::internals::server::guard::Guard;
use pgark::internals::server::{Auth, Programs, Server, ServerOptions, ThrowawayError, sample};
use pgark::version::Version;

#[test]
fn every_major_runs_the_version_it_names() {
    for major in Version::MAJORS {
        let server = server(major);
        let version =
            Session::open(&server.conninfo("postgres")).value("SELECT current_setting('server_version_num') AS value");
        assert_eq!(version.parse::<u32>().expect("number") / 10000, major);
    }
}

#[test]
fn a_dropped_server_leaves_nothing() {
    let server = start(
        18,
        &ServerOptions {
            tcp: true,
            ..ServerOptions::default()
        },
    );
    let (folder, pid) = (server.socket_dir().to_owned(), server.pid());
    std::net::TcpStream::connect((server.tcp_host().expect("TCP"), server.port())).expect("connect");
    drop(server);
    assert!(!folder.exists());
    assert!(!is_running(pid));
}

#[test]
fn a_server_ends_when_its_owner_is_killed() {
    // The owner is stood in for by a guard whose pipe closes without a word.
    let server = start(17, &ServerOptions::default());
    let (folder, pid) = (server.socket_dir().to_owned(), server.pid());
    let mut guard = Guard::start(&folder).expect("guard");
    guard.watch(pid).expect("pipe");
    drop(guard);
    assert!(!folder.exists());
    drop(server);
    assert!(!is_running(pid));
}

#[test]
fn passwords_are_asked_for_when_wanted() {
    for method in ["scram-sha-256", "md5"] {
        let auth = Auth::Password {
            method: method.to_owned(),
            password: "it's a secret".to_owned(),
        };
        let server = start(
            15,
            &ServerOptions {
                auth,
                ..ServerOptions::default()
            },
        );
        assert!(Session::try_open(&server.conninfo("postgres")).is_err());
        let with = format!("{} password='it\\'s a secret'", server.conninfo("postgres"));
        Session::open(&with).execute("SELECT 1");
    }
}

#[test]
fn a_server_that_cannot_start_says_why_and_leaves_nothing() {
    let scratch = tempfile::tempdir_in("/tmp").expect("folder");
    std::fs::set_permissions(scratch.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("mode");
    let mut places = places();
    places.scratch = scratch.path().to_owned();
    let programs = Programs::pinned(16, &places, &mut |_| {}).expect("programs");
    let settings = vec![("shared_buffers".to_owned(), "nonsense".to_owned())];
    let error = Server::start(
        &programs,
        &places,
        &ServerOptions {
            settings,
            ..ServerOptions::default()
        },
    )
    .unwrap_err();
    assert!(
        matches!(error, ThrowawayError::Program { .. }) && error.to_string().contains("shared_buffers"),
        "{error}"
    );
    assert_eq!(std::fs::read_dir(scratch.path()).expect("folder").count(), 0);
}

#[test]
fn the_sample_fills_on_every_major_and_always_the_same() {
    let mut dumps = Vec::new();
    for major in Version::MAJORS {
        let database = crate::support::Database::create(major, "sample");
        let mut session = database.session();
        for sql in sample::statements(0.002) {
            session.execute(&sql);
        }
        dumps.push(oracle::across_majors(&oracle::full_dump(
            database.server(),
            database.name(),
        )));
    }
    for (major, dump) in Version::MAJORS.zip(&dumps) {
        assert_eq!(oracle::difference(&dumps[0], dump), None, "13 against {major}");
    }
}

#[test]
fn shared_servers_have_the_roles_of_the_cases() {
    let mut session = Session::open(&server(14).conninfo("postgres"));
    for role in ROLES {
        session.execute(&format!("SET ROLE {role}"));
    }
}

fn is_running(pid: u32) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        let alive = Command::new("/bin/sh")
            .args(["-c", &format!("kill -0 {pid}")])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !alive || !Path::new("/proc/self").exists() {
            return alive;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}
