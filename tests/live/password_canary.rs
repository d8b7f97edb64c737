//! One password in every place that there is for one, and every command in success and failure: nobody says it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use pgark::internals::connect::{ConnSpec, Control, resolve};
use pgark::internals::server::{Auth, Server, ServerOptions};

use crate::kit::Folder;
use crate::support::mutate;
use crate::support::program::command;
use crate::support::session::Session;
use crate::support::start;

/// What URIs encode, what SQL and connection strings quote, and a core that no encoding changes.
const PASSWORD: &str = "Ca:na/ry'4711\\ %x@y";
const IN_URI: &str = "Ca%3Ana%2Fry%274711%5C%20%25x%40y";
/// Parts of it that no message needs.
const CORES: [&str; 6] = ["na/ry", "ry'4711", "na%2Fry", "ry%274711", "4711", "%x@y"];

fn conninfo(server: &Server, password: &str) -> String {
    let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
    let (host, port) = (server.socket_dir().display(), server.port());
    format!("host={host} port={port} user=postgres dbname=postgres password='{quoted}'")
}

/// What the program said in all, checked; its exit code and standard error.
fn silent(args: &[&str], env: &[(&str, &str)], input: Option<&Path>) -> (Option<i32>, String) {
    let mut run = command(args);
    run.env("RUST_BACKTRACE", "full").envs(env.iter().copied());
    if let Some(input) = input {
        run.stdin(Stdio::from(fs::File::open(input).expect("input")));
    }
    let output = run.output().expect("run pgark");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = String::from_utf8_lossy(bytes);
        for core in CORES {
            assert!(!text.contains(core), "`{core}` in {stream} of {args:?}: {text}");
        }
        assert!(!text.contains("panicked"), "{text}");
    }
    (output.status.code(), said)
}

fn assert_absent(bytes: &[u8], what: &str) {
    for core in CORES {
        let found = bytes.windows(core.len()).any(|window| window == core.as_bytes());
        assert!(!found, "`{core}` in {what}");
    }
}

#[test]
fn no_command_says_a_password() {
    let auth = Auth::Password {
        method: "scram-sha-256".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let options = ServerOptions {
        tcp: true,
        auth,
        ..ServerOptions::default()
    };
    let server = start(18, &options);
    let folder = Folder::new();
    let good = conninfo(&server, PASSWORD);
    let literal = PASSWORD.replace('\'', "''");
    let mut session = Session::open(&good);
    session.execute("CREATE TABLE t AS SELECT 1 AS a");
    // In the database: a role whose verifier is made of it.
    session.execute(&format!("CREATE ROLE keeper LOGIN PASSWORD '{literal}'"));
    session.execute("CREATE DATABASE copy");
    let verifier = session.value("SELECT rolpassword AS value FROM pg_authid WHERE rolname = 'keeper'");

    let passfile = folder.path(".pgpass");
    let line = format!("*:*:*:*:{}\n", PASSWORD.replace('\\', "\\\\").replace(':', "\\:"));
    fs::write(&passfile, line).expect("write");
    fs::set_permissions(&passfile, fs::Permissions::from_mode(0o600)).expect("mode");
    let passfile = passfile.to_string_lossy().into_owned();
    let home = Path::new(&passfile)
        .parent()
        .expect("folder")
        .to_string_lossy()
        .into_owned();

    let port = server.port();
    let place = format!("host=127.0.0.1 port={port} user=postgres dbname=postgres");
    let uri = format!("postgres://postgres:{IN_URI}@127.0.0.1:{port}/postgres");
    let uri_query = format!("postgres://postgres@127.0.0.1:{port}/postgres?password={IN_URI}");
    let given: [(&str, Vec<(&str, &str)>); 6] = [
        (&good, vec![]),
        (&uri, vec![]),
        (&uri_query, vec![]),
        (&place, vec![("PGPASSWORD", PASSWORD)]),
        (&place, vec![("PGPASSFILE", &passfile)]),
        (&place, vec![("HOME", &home)]),
    ];
    let path = |name: &str| folder.file(name);
    for (number, (target, env)) in given.iter().enumerate() {
        let file = path(&format!("{number}.pgark"));
        let (code, said) = silent(&["dump", target, "-o", &file, "-j1"], env, None);
        assert_eq!(code, Some(0), "{said}");
        let bytes = fs::read(&file).expect("archive");
        assert_absent(&bytes, "an archive");
        for args in [
            &["show", "--sql", "--json", &file][..],
            &["show", "--list", &file],
            &["verify", "--json", &file],
            &["compare", &file, target],
        ] {
            let (code, said) = silent(args, env, None);
            assert!(matches!(code, Some(0..=3)), "{args:?}: {said}");
        }
        // The verifier only where it was asked for.
        assert_absent_verifier(&file, &verifier);
    }
    let file = path("0.pgark");
    let copy = good.replace("dbname=postgres", "dbname=copy");
    let (code, said) = silent(&["restore", &file, "-d", &copy, "--json"], &[], None);
    assert_eq!(code, Some(0), "{said}");
    let with = path("with.pgark");
    let args = ["dump", &good, "--globals", "--role-passwords", "-o", &with];
    assert_eq!(silent(&args, &[], None).0, Some(0));
    assert_absent(&fs::read(&with).expect("archive"), "an archive with verifiers");

    failures(&folder, &server, &file);
    debug_formats(&good, &uri);
    assert_absent(server.log_tail().as_bytes(), "the server's log");
}

fn assert_absent_verifier(file: &str, verifier: &str) {
    let (_, secret) = verifier.split_once('$').expect("verifier");
    let shown = command(["show", "--sql", file]).output().expect("show");
    assert!(!String::from_utf8_lossy(&shown.stdout).contains(secret));
}

/// Every way to get it wrong.
fn failures(folder: &Folder, server: &Server, file: &str) {
    let (host, port) = (server.socket_dir().display(), server.port());
    let new = folder.file("new.pgark");
    let mut broken = vec![
        // A wrong password, no such database, nobody there.
        conninfo(server, &format!("{PASSWORD}x")),
        conninfo(server, PASSWORD).replace("dbname=postgres", "dbname=nowhere"),
        conninfo(server, PASSWORD).replace(&format!("port={port}"), "port=1"),
        format!("postgres://postgres:{IN_URI}@127.0.0.1:1/postgres"),
        format!("postgres://postgres:{IN_URI}@nowhere.invalid/postgres"),
        // What is not encoded, not quoted, not spelt.
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"),
        format!("postgres://postgres:na/ry@4711@127.0.0.1:{port}/postgres"),
        format!("postgres://postgres:4711na/ry@127.0.0.1:{port}/postgres"),
        format!("postgre://postgres:{IN_URI}@127.0.0.1:{port}/postgres"),
        format!("postgre://postgres:{IN_URI}@127.0.0.1:{port}/postgres?sslmode=disable"),
        format!("postgres://postgres@127.0.0.1:{port}/postgres?password={IN_URI}&4711"),
        format!("postgres://postgres:{IN_URI}%@127.0.0.1:{port}/postgres"),
        format!("postgres://postgres:{IN_URI}@[127.0.0.1:{port}/postgres"),
        format!("host={host} port={port} password={PASSWORD} user=postgres"),
        format!("host={host} port={port} password='na/ry 4711 user=postgres"),
        format!("host={host} port={port} password=na/ry 4711 x user=postgres"),
        format!("host={host} password=na/ry 4711=x"),
    ];
    broken.push(format!("{} target_session_attrs=standby", conninfo(server, PASSWORD)));
    for (number, target) in broken.iter().enumerate() {
        let all = [
            vec!["dump", target, "-o", &new],
            vec!["restore", file, "-d", target],
            vec!["restore", file, "-d", target, "--plan", "--json"],
            vec!["compare", file, target, "--json"],
            // Where a file is expected.
            vec!["verify", target],
            vec!["show", target],
            vec!["restore", target, "-d", target],
            vec!["salvage", target, "-o", &new],
            vec!["dump", "postgres", "-o", target],
            vec!["dump", target, target],
            vec!["verify", file, target],
        ];
        // A third of them, by turns, unless the long run is asked for.
        let third = |(n, _): &(usize, Vec<&str>)| mutate::is_long() || (n + number) % 3 == 0;
        for (_, args) in all.into_iter().enumerate().filter(third) {
            let (code, said) = silent(&args, &[], None);
            assert!(matches!(code, Some(1 | 2)), "{args:?}: {said}");
            assert!(said.contains("error: "), "{args:?}: {said}");
        }
    }
}

fn debug_formats(good: &str, uri: &str) {
    for target in [good, uri] {
        let spec = ConnSpec {
            target: Some(target.to_owned()),
            ..ConnSpec::default()
        };
        let resolved = resolve(&spec, &|_| None, None, None).expect("parameters");
        let control = Control::connect(&resolved.params).expect("session");
        for text in [
            format!("{resolved:?}"),
            format!("{:?}", resolved.params),
            resolved.params.describe(),
            format!("{:?}", control.params()),
        ] {
            assert_absent(text.as_bytes(), &text);
        }
    }
}
