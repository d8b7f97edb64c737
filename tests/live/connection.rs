//! The ways to reach a server that libpq users know, and sessions that lose what they were doing.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::kit::{Folder, says};
use crate::support::program::command;
use crate::support::session::{Session, params};
use crate::support::{Database, start};
use pgark::internals::connect::{Control, Wire};
use pgark::internals::server::{Account, Auth, Server, ServerOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// A trusting server on the socket and on TCP, without TLS.
fn open_server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        start(
            18,
            &ServerOptions {
                tcp: true,
                ..ServerOptions::default()
            },
        )
    })
}

/// Exit code and what was said of a comparison of definitions, which needs nothing but to connect.
fn connects(place: &str, options: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = command(["compare", place, place, "--schema-only"].iter().chain(options));
    command
        .env("HOME", "/nonexistent")
        .env_remove("PGAPPNAME")
        .envs(variables.iter().copied());
    ended(&mut command)
}

fn ended(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("run pgark");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code().unwrap_or(-1), text)
}

#[track_caller]
fn works(place: &str, options: &[&str], variables: &[(&str, &str)]) {
    let (code, text) = connects(place, options, variables);
    assert_eq!(code, 0, "{place} {options:?} {variables:?}: {text}");
}

/// It fails with one line of error that holds `parts`.
#[track_caller]
fn fails(place: &str, options: &[&str], variables: &[(&str, &str)], parts: &[&str]) -> String {
    let (code, text) = connects(place, options, variables);
    assert_eq!(code, 1, "{place} {options:?} {variables:?}: {text}");
    assert_eq!(
        text.lines().filter(|line| line.starts_with("error: ")).count(),
        1,
        "{text}"
    );
    says(&text, parts);
    text
}

#[test]
fn every_way_to_name_a_server_reaches_it() {
    let server = open_server();
    let socket = server.socket_dir().to_string_lossy();
    let port = server.port().to_string();
    let encoded = socket.replace('/', "%2F");
    works(
        &format!("host={socket} port={port} user=postgres dbname=postgres"),
        &[],
        &[],
    );
    works(
        &format!("host=127.0.0.1 port={port} user=postgres dbname=postgres"),
        &[],
        &[],
    );
    works(&format!("postgres://postgres@127.0.0.1:{port}/postgres"), &[], &[]);
    works(
        &format!("postgresql://postgres@{encoded}:{port}/postgres?application_name=x"),
        &[],
        &[],
    );
    works("postgres", &["-h", &socket, "-p", &port, "-U", "postgres"], &[]);
    works(
        "postgres",
        &["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-w"],
        &[],
    );
    let variables = [("PGHOST", &*socket), ("PGPORT", &*port), ("PGUSER", "postgres")];
    works("postgres", &[], &variables);
    // A flag is stronger than a variable; a connection string is stronger than a variable.
    works(
        "postgres",
        &["-h", "127.0.0.1"],
        &[("PGHOST", "/nonexistent"), variables[1], variables[2]],
    );
    works(
        &format!("host={socket} dbname=postgres"),
        &[],
        &[("PGHOST", "/nonexistent"), variables[1], variables[2]],
    );

    let mut dump = command(["dump", "-o", "-"]);
    let (code, text) = {
        let output = dump
            .env("PGDATABASE", "postgres")
            .envs(variables)
            .output()
            .expect("run pgark");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    // The comment on `postgres` itself is not covered, which is a finding.
    assert!(code == Some(3) || code == Some(0), "{text}");
    says(&text, &["dumped "]);
}

#[test]
fn what_cannot_be_reached_is_said_in_one_line() {
    let server = open_server();
    let tcp = format!("host=127.0.0.1 port={} user=postgres", server.port());
    fails(
        &format!("{tcp} dbname=nothing"),
        &[],
        &[],
        &["`127.0.0.1:", "database \"nothing\" does not exist", "3D000"],
    );
    fails(
        &format!("{tcp} dbname=postgres sslmode=require"),
        &[],
        &[],
        &["does not support TLS", "require"],
    );
    fails(
        &format!("{tcp} dbname=postgres"),
        &[],
        &[("PGSSLMODE", "require")],
        &["does not support TLS"],
    );
    fails(
        "host=/nonexistent dbname=x user=x",
        &[],
        &[],
        &["cannot connect to `/nonexistent"],
    );
    fails(
        "host=127.0.0.1 port=1 dbname=x user=x",
        &[],
        &[],
        &["127.0.0.1:1", "refused"],
    );
    fails(
        "host=no-such-host.invalid dbname=x user=x",
        &[],
        &[],
        &["no-such-host.invalid"],
    );
    fails("host=127.0.0.1 nonsense=1", &[], &[], &["nonsense"]);
    // TLS is not tried where it is not asked for, and not on a socket.
    for mode in ["disable", "allow", "prefer"] {
        works(&format!("{tcp} dbname=postgres sslmode={mode}"), &[], &[]);
    }
    works(&format!("{} sslmode=require", server.conninfo("postgres")), &[], &[]);
}

#[test]
fn passwords_come_from_where_libpq_looks() {
    let folder = Folder::new();
    let home = folder.file("");
    let home = home.trim_end_matches('/');
    let passfile = folder.path(".pgpass");
    for method in ["scram-sha-256", "md5"] {
        let auth = Auth::Password {
            method: method.to_owned(),
            password: "it:is a\\secret".to_owned(),
        };
        let options = ServerOptions {
            tcp: true,
            auth,
            ..ServerOptions::default()
        };
        let server = start(if method == "md5" { 13 } else { 18 }, &options);
        let (place, port) = (server.conninfo("postgres"), server.port());
        let tcp = format!("host=127.0.0.1 port={port} user=postgres dbname=postgres");
        for place in [&place, &tcp] {
            works(place, &["-w"], &[("PGPASSWORD", "it:is a\\secret")]);
            let wrong = fails(
                place,
                &[],
                &[("PGPASSWORD", "not-that")],
                &["password authentication failed", "28P01", "hint"],
            );
            assert!(!wrong.contains("not-that"), "{wrong}");
            fails(
                place,
                &["-w"],
                &[],
                &["asks for a password and none was given", "PGPASSWORD"],
            );
        }
        works(
            &format!("postgres://postgres:it%3Ais%20a%5Csecret@127.0.0.1:{port}/postgres"),
            &["-w"],
            &[],
        );

        let line =
            format!("# mine\n127.0.0.1:{port}:*:other:wrong\n127.0.0.1:{port}:postgres:postgres:it\\:is a\\\\secret\n");
        fs::write(&passfile, line).expect("write");
        let with_mode = |mode| fs::set_permissions(&passfile, fs::Permissions::from_mode(mode)).expect("mode");
        with_mode(0o600);
        works(&tcp, &["-w"], &[("HOME", home)]);
        works(&tcp, &["-w"], &[("PGPASSFILE", &folder.file(".pgpass"))]);
        with_mode(0o644);
        let (code, text) = connects(&tcp, &["-w"], &[("HOME", home)]);
        assert_eq!(code, 1);
        says(&text, &["warning: ", ".pgpass", "asks for a password"]);
        // Another server's password is not sent.
        with_mode(0o600);
        fs::write(&passfile, "127.0.0.1:1:*:*:x\n").expect("write");
        fails(&tcp, &["-w"], &[("HOME", home)], &["asks for a password"]);
    }
}

/// A server whose certificate is for `localhost`, issued by a root whose file is returned, and a stranger's root.
fn tls_server(folder: &Folder) -> (Server, String, String) {
    let issuer = |name: &str| {
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, name);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(root, KeyPair::generate().expect("key")).expect("root")
    };
    let (root, stranger) = (issuer("pgark test root"), issuer("a stranger"));
    let key = KeyPair::generate().expect("key");
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("name");
    leaf.distinguished_name.push(DnType::CommonName, "localhost");
    let certificate = leaf.signed_by(&key, &root).expect("certificate");
    let account = Account::needed().expect("account");
    // The server's own user has to get at its key.
    fs::set_permissions(folder.path(""), fs::Permissions::from_mode(0o755)).expect("mode");
    let write = |name: &str, text: &str| {
        let path = folder.path(name);
        fs::write(&path, text).expect("write");
        path
    };
    write("server.crt", &certificate.pem());
    let private = write("server.key", &key.serialize_pem());
    fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).expect("mode");
    if let Some(account) = &account {
        chown(&private, Some(account.uid), Some(account.gid)).expect("owner");
    }
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let good = text(&write("root.crt", &root.pem()));
    let bad = text(&write("stranger.crt", &stranger.pem()));
    let settings = [
        ("ssl", "on".to_owned()),
        ("ssl_cert_file", folder.file("server.crt")),
        ("ssl_key_file", folder.file("server.key")),
    ];
    let options = ServerOptions {
        tcp: true,
        settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
        ..ServerOptions::default()
    };
    (start(18, &options), good, bad)
}

#[test]
fn every_sslmode_means_what_libpq_means() {
    let folder = Folder::new();
    let (server, root, stranger) = tls_server(&folder);
    let place = |host: &str, rest: &str| {
        format!(
            "host={host} hostaddr=127.0.0.1 port={} user=postgres dbname=postgres {rest}",
            server.port()
        )
    };
    let encrypted = |rest: &str| {
        let mut session = Session::open(&place("localhost", rest));
        session.value("SELECT ssl::text AS value FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    };
    assert_eq!(encrypted("sslmode=disable"), "false");
    assert_eq!(encrypted("sslmode=prefer"), "true");
    assert_eq!(encrypted("sslmode=require"), "true");
    assert_eq!(encrypted(&format!("sslmode=verify-full sslrootcert={root}")), "true");
    for mode in ["disable", "prefer", "require"] {
        works(&place("localhost", &format!("sslmode={mode}")), &[], &[]);
        works(&place("elsewhere.example", &format!("sslmode={mode}")), &[], &[]);
    }
    for mode in ["verify-ca", "verify-full"] {
        works(
            &place("localhost", &format!("sslmode={mode} sslrootcert={root}")),
            &[],
            &[],
        );
        works(
            &place("localhost", ""),
            &[],
            &[("PGSSLMODE", mode), ("PGSSLROOTCERT", &root)],
        );
        fails(
            &place("localhost", &format!("sslmode={mode} sslrootcert={stranger}")),
            &[],
            &[],
            &["not issued by a trusted root"],
        );
        fails(&place("localhost", &format!("sslmode={mode}")), &[], &[], &["root"]);
        fails(
            &place("localhost", &format!("sslmode={mode} sslrootcert=/nonexistent/r.crt")),
            &[],
            &[],
            &["/nonexistent/r.crt"],
        );
    }
    // Only the strictest mode holds the name against the certificate.
    works(
        &place("elsewhere.example", &format!("sslmode=verify-ca sslrootcert={root}")),
        &[],
        &[],
    );
    fails(
        &place("elsewhere.example", &format!("sslmode=verify-full sslrootcert={root}")),
        &[],
        &[],
        &["TLS: ", "elsewhere.example"],
    );
    // A root that is there is used by `require`, too.
    fails(
        &place("localhost", &format!("sslmode=require sslrootcert={stranger}")),
        &[],
        &[],
        &["not issued by a trusted root"],
    );

    // Rows go both ways through TLS.
    let mut wire = wire(&place("localhost", "sslmode=require"));
    wire.execute("CREATE TABLE public.t (a int)").expect("create");
    let mut copy = wire.copy_in("COPY public.t FROM STDIN").expect("copy");
    for number in 0..50_000 {
        copy.send(format!("{number}\n").as_bytes()).expect("send");
    }
    assert_eq!(copy.finish().expect("finish"), 50_000);
    let mut copy = wire.copy_out("COPY public.t TO STDOUT").expect("copy");
    while copy.next().expect("row").is_some() {}
    assert_eq!(copy.rows(), 50_000);
    cancels(&place("localhost", "sslmode=require"));
}

fn wire(conninfo: &str) -> Wire {
    // A data session goes where its control session has gone.
    let control = Control::connect(&params(conninfo)).expect("control session");
    Wire::connect(control.params()).expect("data session")
}

/// Cancels a long query of a control and of a data session.
fn cancels(conninfo: &str) {
    let sleep = "SELECT pg_catalog.pg_sleep(30)";
    let control = Control::connect(&params(conninfo)).expect("control session");
    let mut wire = Wire::connect(control.params()).expect("data session");
    let started = Instant::now();
    let canceller = control.canceller();
    let other = wire.canceller();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| control.execute(sleep));
        std::thread::sleep(Duration::from_millis(300));
        canceller.cancel().expect("cancel");
        let error = first.join().expect("thread").expect_err("cancelled");
        assert_eq!(error.sqlstate(), Some("57014"), "{error}");
        let second = scope.spawn(|| {
            let error = wire.execute(sleep).expect_err("cancelled");
            wire.execute("SELECT 1").expect("usable");
            error
        });
        std::thread::sleep(Duration::from_millis(300));
        other.cancel().expect("cancel");
        let error = second.join().expect("thread");
        assert_eq!(error.sqlstate(), Some("57014"), "{error}");
    });
    control.execute("SELECT 1").expect("usable");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_running_query_can_be_cancelled() {
    cancels(&open_server().conninfo("postgres"));
    let tcp = format!(
        "host=127.0.0.1 port={} user=postgres dbname=postgres",
        open_server().port()
    );
    cancels(&tcp);
}

#[test]
fn a_million_rows_go_out_and_in_again() {
    let database = Database::create(13, "million");
    let (mut from, mut to) = (wire(&database.conninfo()), wire(&database.conninfo()));
    from.execute("CREATE TABLE public.one AS SELECT g AS a, 'row ' || g AS b FROM generate_series(1, 1000000) g")
        .expect("fill");
    from.execute("CREATE TABLE public.two (LIKE public.one)")
        .expect("create");
    let mut out = from.copy_out("COPY public.one TO STDOUT").expect("copy out");
    let mut into = to.copy_in("COPY public.two FROM STDIN").expect("copy in");
    while let Some(row) = out.next().expect("row") {
        into.send(row).expect("send");
    }
    assert_eq!(out.rows(), 1_000_000);
    drop(out);
    assert_eq!(into.finish().expect("finish"), 1_000_000);
    let digest = |table: &str| format!("SELECT sum(hashtext(t::text)::bigint)::text AS value FROM {table} AS t");
    let mut session = database.session();
    assert_eq!(session.value(&digest("one")), session.value(&digest("two")));
}

#[test]
fn an_error_in_a_copy_leaves_the_session_usable() {
    let database = Database::create(18, "copy_error");
    let mut wire = wire(&database.conninfo());
    wire.execute("CREATE TABLE public.t (a int PRIMARY KEY)")
        .expect("create");
    let mut copy = wire.copy_in("COPY public.t FROM STDIN").expect("copy");
    let mut error = None;
    for _ in 0..200_000 {
        if let Err(found) = copy.send(b"1\n") {
            error = Some(found);
            break;
        }
    }
    let error = error.unwrap_or_else(|| copy.finish().expect_err("duplicate key"));
    assert_eq!(error.sqlstate(), Some("23505"), "{error}");
    wire.execute("INSERT INTO public.t VALUES (1)").expect("usable");

    let mut copy = wire
        .copy_out("COPY (SELECT 1 / (5000 - g) FROM generate_series(1, 10000) g) TO STDOUT")
        .expect("copy");
    let error = loop {
        match copy.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the division by zero was not noticed"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.sqlstate(), Some("22012"), "{error}");
    drop(copy);
    assert!(wire.copy_in("COPY public.nothing FROM STDIN").is_err());
    assert_eq!(wire.query("SELECT a FROM public.t").expect("usable").len(), 1);
}

#[test]
fn a_copy_that_is_dropped_stores_nothing() {
    let database = Database::create(18, "copy_dropped");
    let mut session = database.session();
    session.execute("CREATE TABLE t (a int)");
    for rows in [0, 1, 100_000] {
        let mut wire = wire(&database.conninfo());
        let mut copy = wire.copy_in("COPY public.t FROM STDIN").expect("copy");
        for _ in 0..rows {
            copy.send(b"1\n").expect("send");
        }
        drop(copy);
        drop(wire);
        assert_eq!(session.value("SELECT count(*)::text AS value FROM t"), "0");
    }
    let mut wire = wire(&database.conninfo());
    let mut copy = wire.copy_in("COPY public.t FROM STDIN").expect("copy");
    copy.send(b"1\n").expect("send");
    copy.abort("enough").expect("abort");
    wire.execute("SELECT 1").expect("usable");
    assert_eq!(session.value("SELECT count(*)::text AS value FROM t"), "0");
}

#[test]
fn a_terminated_backend_is_noticed_at_once() {
    let database = Database::create(18, "terminated");
    let mut session = database.session();
    session.execute("CREATE TABLE t (a text)");
    let started = Instant::now();

    let mut out = wire(&database.conninfo());
    let pid = out.backend_pid();
    let mut copy = out
        .copy_out("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 10000000)) TO STDOUT")
        .expect("copy");
    copy.next().expect("row");
    session.query(&format!("SELECT pg_terminate_backend({pid})"));
    let error = loop {
        match copy.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a COPY that was cut looks complete"),
            Err(error) => break error,
        }
    };
    assert!(error.is_fatal(), "{error}");
    drop(copy);
    assert!(out.execute("SELECT 1").is_err());

    let mut into = wire(&database.conninfo());
    let pid = into.backend_pid();
    let mut copy = into.copy_in("COPY public.t FROM STDIN").expect("copy");
    copy.send(b"x\n").expect("send");
    session.query(&format!("SELECT pg_terminate_backend({pid})"));
    let row = [b"x".repeat(999), b"\n".to_vec()].concat();
    let error = loop {
        if let Err(error) = copy.send(&row) {
            break error;
        }
    };
    assert!(error.is_fatal(), "{error}");
    assert!(copy.finish().is_err());
    assert_eq!(session.value("SELECT count(*)::text AS value FROM t"), "0");
    assert!(started.elapsed() < Duration::from_secs(20));
}
