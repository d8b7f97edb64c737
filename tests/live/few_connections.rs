//! A role that may have few connections: each command says how many it needs, that many are enough, and with more jobs
//! than connections it goes on with fewer.

use crate::kit::{Folder, says};
use crate::support::program::{Run, pgark};
use crate::support::session::Session;
use crate::support::start;
use pgark::internals::server::{Server, ServerOptions};

const SCRIPT: &str = "\
CREATE TABLE orders (id int PRIMARY KEY, what text);
INSERT INTO orders SELECT g, 'order ' || g FROM generate_series(1, 2000) g;
CREATE TABLE items (id int PRIMARY KEY, of int REFERENCES orders);
INSERT INTO items SELECT g, g FROM generate_series(1, 2000) g;
CREATE TABLE more (id int PRIMARY KEY);
INSERT INTO more SELECT g FROM generate_series(1, 2000) g;
CREATE INDEX ON items (of)";

struct Limited {
    server: Server,
    folder: Folder,
}

impl Limited {
    fn new() -> Limited {
        let limited = Limited {
            server: start(18, &ServerOptions::default()),
            folder: Folder::new(),
        };
        let mut admin = limited.admin();
        admin.execute("CREATE ROLE app LOGIN CREATEDB");
        admin.execute("CREATE DATABASE app OWNER app");
        let mut session = Session::open(&limited.conninfo("app"));
        SCRIPT.split(";\n").for_each(|sql| session.execute(sql));
        drop(session);
        let (from, archive, repo) = (limited.conninfo("app"), limited.archive(), limited.repository());
        pgark(["dump", &from, "-o", &archive]).expect_code(0);
        pgark(["snapshot", "create", &from, "--repo", &repo, "--label", "good"]).expect_code(0);
        limited
    }

    fn admin(&self) -> Session {
        Session::open(&self.server.conninfo("postgres"))
    }

    fn conninfo(&self, database: &str) -> String {
        self.server.conninfo(database).replace("user=postgres", "user=app")
    }

    fn archive(&self) -> String {
        self.folder.file("a.pgark")
    }

    fn repository(&self) -> String {
        self.folder.file("repo")
    }

    fn limit(&self, connections: u32) {
        self.admin()
            .execute(&format!("ALTER ROLE app CONNECTION LIMIT {connections}"));
    }

    /// An empty database for what restores.
    fn anew(&self, database: &str) {
        let mut admin = self.admin();
        admin.execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        admin.execute(&format!("CREATE DATABASE {database} OWNER app"));
    }

    fn run(&self, name: &str, jobs: &str) -> Run {
        let (app, copy, postgres) = (self.conninfo("app"), self.conninfo("copy"), self.conninfo("postgres"));
        let (archive, repo, new) = (self.archive(), self.repository(), self.folder.file("new.pgark"));
        let args: Vec<&str> = match name {
            "dump" => vec!["dump", &app, "-o", &new, "--overwrite", "-j", jobs],
            "restore" => vec!["restore", &archive, "-d", &copy, "-j", jobs],
            "restore --into" => vec!["restore", &archive, "-d", &copy, "-t", "orders", "--into", "rescued"],
            "compare" => vec!["compare", &archive, &app, "-j", jobs],
            "diff" => vec!["diff", &archive, &app],
            "create" => vec![
                "snapshot", "create", &app, "--repo", &repo, "--label", "more", "-j", jobs,
            ],
            "drill" => vec!["drill", "good", "-d", &postgres, "--repo", &repo, "-j", jobs],
            "rollback" => vec!["rollback", "good", "-d", &app, "--repo", &repo, "--yes", "-j", jobs],
            other => panic!("no command {other}"),
        };
        if name.starts_with("restore") {
            self.anew("copy");
        }
        pgark(args)
    }
}

/// The number that a refusal names.
fn needed(run: &Run) -> u32 {
    let (_, rest) = run
        .stderr
        .split_once("this command needs ")
        .unwrap_or_else(|| panic!("{}", run.stderr));
    rest.split(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .expect("number")
}

#[test]
fn each_command_says_how_many_connections_it_needs() {
    let limited = Limited::new();
    for name in [
        "dump",
        "restore",
        "restore --into",
        "compare",
        "diff",
        "create",
        "drill",
        "rollback",
    ] {
        limited.limit(1);
        let refused = limited.run(name, "1").expect_code(1);
        let needed = needed(&refused);
        limited.limit(needed - 1);
        let refused = limited.run(name, "1");
        assert_eq!(refused.code, 1, "{name} needs less than {needed}: {}", refused.stdout);
        limited.limit(needed);
        let done = limited.run(name, "1");
        assert_eq!(
            done.code, 0,
            "{name} needs more than {needed}: {}{}",
            done.stdout, done.stderr
        );
    }
}

#[test]
fn more_jobs_than_connections_are_fewer_jobs() {
    let limited = Limited::new();
    limited.limit(3);
    for name in ["dump", "restore", "create"] {
        let done = limited.run(name, "6").expect_code(0);
        says(&done.stderr, &["warning: ", "over 2 connections in place of "]);
    }
}
