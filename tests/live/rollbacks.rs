//! Going back to a snapshot: whichever way, and whatever happens on it, the database is the old or the new one, whole.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use pgark::internals::server::{Auth, ServerOptions};
use pgark::model::ident::quote_ident;

use crate::kit::{Folder, filled, json, run, says, value};
use crate::support::program::{Run, command};
use crate::support::session::Session;
use crate::support::{Database, start};

pub const APP: &str = "\
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO customers SELECT i, 'name ' || i FROM generate_series(1, 300) i;
CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric(10, 2));
INSERT INTO orders (customer, total) SELECT 1 + i % 300, i * 1.5 FROM generate_series(1, 5000) i;
CREATE INDEX orders_customer ON orders (customer);
CREATE VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
CREATE FUNCTION checked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER checked BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION checked();
";
pub const MIGRATION: &str = "\
UPDATE orders SET total = 0;
DROP VIEW totals;
ALTER TABLE customers DROP COLUMN name;
CREATE TABLE invoices (id int PRIMARY KEY, order_id int REFERENCES orders);
INSERT INTO invoices SELECT id, id FROM orders;
";

/// An application's database with a snapshot, after a migration that broke it.
pub struct Broken {
    pub folder: Folder,
    pub database: Database,
    pub repo: String,
    archive: String,
}

impl Broken {
    pub fn new(what: &str) -> Broken {
        Broken::of(filled(18, what, APP))
    }

    /// `database` holds [`APP`].
    pub fn of(database: Database) -> Broken {
        let folder = Folder::new();
        let repo = folder.file("repo");
        let first = ["snapshot", "create", &database.conninfo(), "--repo", &repo, "--json"];
        let record = json(&run(&first, &["--label", "before-migration"]).expect_code(0));
        let id = record["id"].as_str().expect("id");
        let archive = folder.file(&format!("repo/snapshots/{id}.pgark"));
        database.run_script(MIGRATION).expect("migration");
        Broken {
            folder,
            database,
            repo,
            archive,
        }
    }

    pub fn roll_back(&self, options: &[&str]) -> Run {
        let to = self.database.conninfo();
        let first = ["rollback", "before-migration", "-d", &to, "--repo", &self.repo];
        run(&first, options)
    }

    pub fn is_back(&self) {
        run(&["compare", &self.archive, &self.database.conninfo()], &[]).expect_code(0);
    }

    pub fn is_broken(&self) {
        assert_eq!(fingerprint(&self.database), Some(State::Broken));
    }

    /// Databases beside it that rollbacks made.
    pub fn beside(&self) -> String {
        let pattern = format!("{}\\_pgark\\_%", self.database.name().replace('_', "\\_"));
        let mut session = Session::open(&self.database.server().conninfo("postgres"));
        session.value(&format!(
            "SELECT coalesce(string_agg(datname, ' ' ORDER BY datname), '') AS value FROM pg_database WHERE datname LIKE '{pattern}'"
        ))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Snapshot,
    Broken,
}

/// Which of the two states the database is in, all of it; nothing when it is neither.
fn fingerprint(database: &Database) -> Option<State> {
    let begun = Instant::now();
    let mut session = loop {
        // What a killed rollback has sent may still be at work.
        match Session::try_open(&database.conninfo()) {
            Ok(session) => break session,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(20), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let objects = session.value(
        "SELECT string_agg(relname, ' ' ORDER BY relname) AS value FROM pg_class \
         WHERE relnamespace = 'public'::regnamespace",
    );
    let sums = session.value(
        "SELECT (SELECT count(*) FROM customers) || ' ' || (SELECT count(*) || ' ' || sum(total) FROM orders) AS value",
    );
    match (objects.as_str(), sums.as_str()) {
        (
            "customers customers_pkey orders orders_customer orders_id_seq orders_pkey totals",
            "300 5000 18753750.00",
        ) => Some(State::Snapshot),
        (
            "customers customers_pkey invoices invoices_pkey orders orders_customer orders_id_seq orders_pkey",
            "300 5000 0.00",
        ) => Some(State::Broken),
        other => panic!("neither: {other:?}"),
    }
}

#[test]
fn a_rollback_swaps_databases_and_can_be_undone() {
    let app = Broken::new("rollback");
    let name = app.database.name().to_owned();
    let mut admin = Session::open(&app.database.server().conninfo("postgres"));
    let quoted = quote_ident(&name);
    let mut connected = app.database.session();
    app.roll_back(&[]).expect_code(1);
    app.is_broken();
    let done = json(&app.roll_back(&["--yes", "--reason", "prices", "--json"]).expect_code(0));
    app.is_back();
    assert_eq!((&done["equal"], &done["method"]), (&true.into(), &"swap".into()));
    assert_eq!((app.beside(), done["old_database"].is_null()), (String::new(), true));
    assert!(
        connected.try_execute("SELECT 1").is_err(),
        "the session before the swap was ended"
    );
    // Back to the state before, with the command that it names.
    let safety = done["safety_snapshot"].as_str().expect("safety").to_owned();
    assert!(done["undo"].as_str().is_some_and(|undo| undo.contains(&safety)));
    // What is said of the database itself is the snapshot's, too.
    for later in [
        format!("ALTER DATABASE {quoted} SET work_mem = '5MB'"),
        format!("COMMENT ON DATABASE {quoted} IS 'later'"),
        format!("ALTER DATABASE {quoted} CONNECTION LIMIT 7"),
        format!("GRANT CREATE ON DATABASE {quoted} TO pgark_reader"),
        format!("ALTER DATABASE {quoted} OWNER TO pgark_owner"),
    ] {
        admin.execute(&later);
    }
    let facts = format!(
        "SELECT coalesce(shobj_description(d.oid, 'pg_database'), '-') || ' ' || d.datconnlimit || ' ' || \
           pg_get_userbyid(d.datdba) || ' ' || coalesce(d.datacl::text, '-') || ' ' || \
           coalesce((SELECT s.setconfig::text FROM pg_db_role_setting s WHERE s.setdatabase = d.oid), '-') AS value \
         FROM pg_database d WHERE d.datname = '{name}'"
    );
    let later = admin.value(&facts);
    assert!(later.starts_with("later 7 pgark_owner {"), "{later}");
    let to = app.database.conninfo();
    run(
        &["snapshot", "create", &to, "--repo", &app.repo, "--label", "said"],
        &[],
    )
    .expect_code(0);
    let back = |reference: &str| {
        let first = ["rollback", reference, "-d", &to, "--repo", &app.repo, "--yes"];
        run(&first, &[]).expect_code(0)
    };
    back(&safety);
    app.is_broken();
    assert_eq!(admin.value(&facts), "- -1 postgres - -");
    back("said");
    assert_eq!(admin.value(&facts), later);
    back(&safety);
    // `latest` is no safety snapshot, so an emergency goes back to the good one.
    let first = ["rollback", "-d", &to, "--repo", &app.repo, "--emergency"];
    run(&first, &["--reason", "again"]).expect_code(0);
    app.is_back();
    let log = run(&["log", "--repo", &app.repo], &[]).expect_code(0);
    says(&log.stdout, &["rollback", "prices", "begun"]);
    run(&["log", "--repo", &app.repo, "--check"], &[]).expect_code(0);
}

#[test]
fn what_stands_in_the_way_leaves_the_old_state() {
    let app = Broken::new("rollback_fails");
    let checks = app.folder.path("checks.sql");
    std::fs::write(&checks, "SELECT count(*) > 9000 FROM orders; SELECT 1").expect("checks");
    let file = checks.to_string_lossy().into_owned();
    let failed = app.roll_back(&["--yes", "--smoke-sql", &file]).expect_code(1);
    says(
        &failed.stderr,
        &[
            "line 1: FAILED",
            "1 of 2 smoke checks failed",
            "as it was",
            "emergency_pre_rollback",
        ],
    );
    app.is_broken();
    assert_eq!(app.beside(), "");
    // Another database's snapshot is not taken for this one's.
    let other = Database::create(18, "rollback_other");
    let to = other.conninfo();
    run(
        &["rollback", "before-migration", "-d", &to, "--repo", &app.repo, "--yes"],
        &[],
    )
    .expect_code(1);
    run(&["rollback", "1", "-d", &to, "--repo", &app.repo, "--yes"], &[]).expect_code(1);
    // Somebody's database of the name that the new one would have is not touched.
    let name = format!("{}_pgark_new", app.database.name());
    let mut admin = Session::open(&app.database.server().conninfo("postgres"));
    admin.execute(&format!("CREATE DATABASE {}", quote_ident(&name)));
    let conninfo = app.database.server().conninfo(&name);
    Session::open(&conninfo).execute("CREATE TABLE mine (a int)");
    let done = app.roll_back(&["--yes"]).expect_code(0);
    says(&done.stdout, &[&format!("left {name} alone")]);
    assert_eq!(app.beside(), name);
    app.is_back();
    app.database.run_script(MIGRATION).expect("migration");
    admin.execute(&format!("DROP DATABASE {}", quote_ident(&name)));
    // A damaged snapshot is found before anything else.
    let mut bytes = std::fs::read(&app.archive).expect("archive");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&app.archive, &bytes).expect("damage");
    says(&app.roll_back(&["--yes"]).expect_code(1).stderr, &["damaged"]);
    app.is_broken();
}

#[test]
fn what_was_written_after_the_safety_snapshot_is_not_dropped() {
    let app = Broken::new("rollback_written");
    let checks = app.folder.path("checks.sql");
    std::fs::write(&checks, "SELECT pg_sleep(1) IS NOT NULL").expect("checks");
    let mut rolling = rolling(&app, &["--smoke-sql", &checks.to_string_lossy(), "--json"]);
    let begun = Instant::now();
    // The new database is made after the safety snapshot is complete.
    while !app.beside().contains("_pgark_new") {
        assert!(begun.elapsed() < Duration::from_secs(30), "no new database");
        std::thread::sleep(Duration::from_millis(20));
    }
    app.database
        .session()
        .execute("INSERT INTO invoices VALUES (999999, NULL)");
    let status = rolling.wait().expect("wait");
    assert_eq!(status.code(), Some(0));
    app.is_back();
    let kept = app.beside();
    assert!(kept.ends_with("_pgark_old"), "{kept}");
    let conninfo = app.database.server().conninfo(&kept);
    let written = Session::open(&conninfo).value("SELECT count(*)::text AS value FROM invoices WHERE id = 999999");
    assert_eq!(written, "1");
    // Later rollbacks keep it, too, and say so.
    let again = app.roll_back(&["--yes"]).expect_code(0);
    says(&again.stdout, &["kept", &kept]);
    let mut admin = Session::open(&app.database.server().conninfo("postgres"));
    admin.execute(&format!("DROP DATABASE {}", quote_ident(&kept)));
}

#[test]
fn a_role_that_may_make_no_database_restores_in_one_transaction() {
    let server = start(
        18,
        &ServerOptions {
            auth: Auth::Trust,
            ..ServerOptions::default()
        },
    );
    let mut admin = Session::open(&server.conninfo("postgres"));
    admin.execute("CREATE ROLE app LOGIN");
    admin.execute("CREATE DATABASE app OWNER app");
    let to = server.conninfo("app").replace("user=postgres", "user=app");
    let script = |text: &str| {
        let mut session = Session::open(&to);
        for statement in crate::support::script::statements(text) {
            session.execute(&statement);
        }
    };
    script(APP);
    let folder = Folder::new();
    let repo = folder.file("repo");
    run(&["snapshot", "create", &to, "--repo", &repo, "--label", "good"], &[]).expect_code(0);
    script(MIGRATION);
    let first = ["rollback", "good", "-d", &to, "--repo", &repo, "--yes"];
    run(&first, &["--method", "swap"]).expect_code(1);
    // A reader in the middle of it waits, and sees one state or the other.
    let mut reader = Session::open(&to);
    reader.execute("BEGIN");
    assert_eq!(reader.value("SELECT sum(total)::text AS value FROM orders"), "0.00");
    let mut rolling = command(first).stdout(Stdio::null()).spawn().expect("rollback");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(reader.value("SELECT count(*)::text AS value FROM orders"), "5000");
    reader.execute("COMMIT");
    assert_eq!(rolling.wait().expect("wait").code(), Some(0));
    assert_eq!(
        reader.value("SELECT sum(total)::text AS value FROM orders"),
        "18753750.00"
    );
    let listed = json(&run(&["snapshot", "list", "--repo", &repo, "--json"], &[]).expect_code(0));
    let archive = |label: &str| {
        let found = listed.as_array().and_then(|l| l.iter().find(|s| s["label"] == label));
        let id = found.and_then(|s| s["id"].as_str()).expect("id").to_owned();
        folder.file(&format!("repo/snapshots/{id}.pgark"))
    };
    run(&["compare", &archive("good"), &to], &[]).expect_code(0);
    let safety = "emergency_pre_rollback";
    let said = run(&["rollback", safety, "-d", &to, "--repo", &repo, "--yes"], &[]).expect_code(0);
    says(
        &said.stdout,
        &["in place, in one transaction", "may not create databases"],
    );
    run(&["compare", &archive(safety), &to], &[]).expect_code(0);
}

#[test]
fn a_database_that_is_gone_comes_back() {
    let app = Broken::new("rollback_gone");
    let mut admin = Session::open(&app.database.server().conninfo("postgres"));
    let name = quote_ident(app.database.name());
    admin.execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
    let done = app.roll_back(&["--yes"]).expect_code(0);
    says(&done.stdout, &["nothing: there is no database"]);
    app.is_back();
    assert_eq!(value(&app.database, "SELECT nextval('orders_id_seq')"), "5001");
}

fn rolling(app: &Broken, options: &[&str]) -> Child {
    let to = app.database.conninfo();
    let first = ["rollback", "before-migration", "-d", &to, "--repo", &app.repo, "--yes"];
    let mut command = command(first.iter().chain(options));
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().expect("rollback")
}

/// `PGARK_KILLS=50` kills that many; what happened in each is printed.
#[test]
fn a_rollback_that_is_killed_leaves_one_state_whole_and_the_next_one_finishes() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |n| n.parse().expect("a number"));
    let kills = number("PGARK_KILLS", 6);
    let mut random = number("PGARK_SEED", 20261122);
    let app = Broken::new("rollback_killed");
    let begun = Instant::now();
    app.roll_back(&["--yes"]).expect_code(0);
    let whole = begun.elapsed();
    app.database.run_script(MIGRATION).expect("migration");
    let (mut old, mut new, mut ended) = (0, 0, 0);
    // Somewhat more than it takes: what a killed one left takes time, too.
    let whole = whole.mul_f64(1.3);
    for kill in 0..kills {
        let mut rolling = rolling(&app, &[]);
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let share = (random >> 33) as f64 / f64::from(1_u32 << 31);
        std::thread::sleep(whole.mul_f64(share));
        ended += u64::from(matches!(rolling.try_wait(), Ok(Some(_))));
        let _ = rolling.kill();
        rolling.wait().expect("wait");
        let state = fingerprint(&app.database);
        println!(
            "kill {kill} after {:.0} ms: {state:?}",
            whole.mul_f64(share).as_secs_f64() * 1e3
        );
        match state {
            Some(State::Broken) => old += 1,
            _ => {
                new += 1;
                app.is_back();
                app.database.run_script(MIGRATION).expect("migration");
            }
        }
    }
    println!("{kills} kills: {old} left the old state, {new} the new one, {ended} came after its end");
    app.roll_back(&["--yes"]).expect_code(0);
    app.is_back();
    // What was replaced just before a kill and then changed by nobody is gone; nothing half made is left.
    assert_eq!(app.beside(), "");
    run(&["log", "--repo", &app.repo, "--check"], &[]).expect_code(0);
}
