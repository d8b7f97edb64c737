//! What is beside a database, or hangs on it: only what carries a rollback's mark is dropped, nothing that is kept stands
//! in the way of the next one, and what stays with the old database is named before.

use std::process::Stdio;

use pgark::internals::server::ServerOptions;
use pgark::model::ident::quote_ident;

use crate::kit::{Folder, filled, json, run, says, value};
use crate::rollbacks::{APP, Broken};
use crate::support::fault_store;
use crate::support::program::{Run, binary, command};
use crate::support::session::Session;
use crate::support::{Database, start};

fn admin(app: &Broken) -> Session {
    Session::open(&app.database.server().conninfo("postgres"))
}

/// Runs the command that was printed.
fn undo(printed: &str) -> Run {
    let words = printed.strip_prefix("pgark ").expect("a command of pgark");
    let line = format!("exec '{}' {words} --yes", binary().display());
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &line])
        .output()
        .expect("sh");
    Run {
        command: line,
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn emergency(app: &Broken) -> Run {
    let to = app.database.conninfo();
    run(
        &["rollback", "-d", &to, "--repo", &app.repo, "--emergency", "--json"],
        &[],
    )
}

#[test]
fn only_what_carries_the_mark_is_dropped() {
    let app = Broken::new("rollback_marks");
    let mut admin = admin(&app);
    let name = format!("{}_pgark_new", app.database.name());
    let quoted = quote_ident(&name);
    let theirs = app.database.server().conninfo(&name);
    for (made, there) in [
        (
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SELECT mine()::text AS value",
        ),
        (
            "CREATE SCHEMA mine",
            "SELECT '1' AS value FROM pg_namespace WHERE nspname = 'mine'",
        ),
        (
            "CREATE TYPE mine AS ENUM ('a')",
            "SELECT '1' AS value FROM pg_type WHERE typname = 'mine'",
        ),
        (
            "SELECT lo_from_bytea(77, 'mine')",
            "SELECT '1' AS value FROM pg_largeobject_metadata WHERE oid = 77",
        ),
        ("COMMENT ON DATABASE {} IS 'mine'", "SELECT '1' AS value"),
        ("SELECT 1", "SELECT '1' AS value"),
    ] {
        admin.execute(&format!("CREATE DATABASE {quoted}"));
        Session::open(&theirs).execute(&made.replace("{}", &quoted));
        let done = app.roll_back(&["--yes"]).expect_code(0);
        says(&done.stdout, &[&format!("left {name} alone")]);
        assert_eq!(
            (app.beside(), Session::open(&theirs).value(there)),
            (name.clone(), "1".to_owned())
        );
        admin.execute(&format!("DROP DATABASE {quoted} WITH (FORCE)"));
    }
    // Killed right after it was made, and a moment later.
    let hash = blake3::hash(format!("pgark rollback of {}", app.database.name()).as_bytes());
    let number = hash.as_bytes().first_chunk::<4>().map_or(0, |b| u32::from_le_bytes(*b));
    let limit = 1_000_000_000 + number % 1_000_000_000;
    for mark in [
        None,
        Some(format!("pgark: being made by a rollback of {}", app.database.name())),
    ] {
        admin.execute(&format!("CREATE DATABASE {quoted} CONNECTION LIMIT {limit}"));
        if let Some(mark) = mark {
            admin.execute(&format!("COMMENT ON DATABASE {quoted} IS '{mark}'"));
        }
        let done = app.roll_back(&["--yes"]).expect_code(0);
        says(&done.stdout, &[&format!("dropped {name}, half made")]);
        assert_eq!(app.beside(), "");
    }
    let limit = format!(
        "SELECT datconnlimit FROM pg_database WHERE datname = '{}'",
        app.database.name()
    );
    assert_eq!(value(&app.database, &limit), "-1");
}

#[test]
fn what_was_kept_never_stands_in_the_way() {
    let app = Broken::new("rollback_kept");
    let mut admin = admin(&app);
    let quoted = quote_ident(app.database.name());
    let done = json(&app.roll_back(&["--yes", "--keep-old", "--json"]).expect_code(0));
    let kept = done["old_database"]["name"].as_str().expect("name").to_owned();
    admin.execute(&format!("ALTER DATABASE {} CONNECTION LIMIT 0", quote_ident(&kept)));
    admin.execute(&format!(
        "ALTER DATABASE {} ALLOW_CONNECTIONS false",
        quote_ident(&kept)
    ));
    undo(done["undo"].as_str().expect("undo")).expect_code(0);
    app.is_broken();
    let done = json(&emergency(&app).expect_code(0));
    app.is_back();
    let said = done["leftovers"][0].as_str().expect("a line");
    says(said, &[&format!("kept {kept}")]);
    // What its owner has renamed is not dropped, though it is just what was saved.
    let renamed = format!("{}_mine", app.database.name());
    for sql in [
        format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", quote_ident(&kept)),
        format!("ALTER DATABASE {} CONNECTION LIMIT -1", quote_ident(&kept)),
        format!(
            "ALTER DATABASE {} RENAME TO {}",
            quote_ident(&kept),
            quote_ident(&renamed)
        ),
    ] {
        admin.execute(&sql);
    }
    emergency(&app).expect_code(0);
    assert_eq!(app.beside(), "");
    admin.execute(&format!("DROP DATABASE {}", quote_ident(&renamed)));

    // A template can be dropped like any other.
    admin.execute(&format!("ALTER DATABASE {quoted} IS_TEMPLATE true"));
    let done = json(&app.roll_back(&["--yes", "--json"]).expect_code(0));
    undo(done["undo"].as_str().expect("undo")).expect_code(0);
    emergency(&app).expect_code(0);
    assert_eq!(app.beside(), "");
    admin.execute(&format!("ALTER DATABASE {quoted} IS_TEMPLATE false"));

    // A subscription keeps the database that it is in.
    let subscription = "CREATE SUBSCRIPTION receives CONNECTION 'dbname=nowhere' PUBLICATION p \
                        WITH (connect = false, slot_name = 'theirs')";
    app.database.session().execute(subscription);
    let to = app.database.conninfo();
    run(
        &["snapshot", "create", &to, "--repo", &app.repo, "--label", "subscribed"],
        &[],
    )
    .expect_code(0);
    let back = [
        "rollback",
        "subscribed",
        "-d",
        &to,
        "--repo",
        &app.repo,
        "--yes",
        "--json",
    ];
    let done = json(&run(&back, &[]).expect_code(0));
    assert_eq!(done["subscriptions"][0]["name"], "receives");
    says(
        &done["old_database"]["because"].to_string(),
        &["receives", "DROP SUBSCRIPTION"],
    );
    undo(done["undo"].as_str().expect("undo")).expect_code(0);
    emergency(&app).expect_code(0);
    let left = app.beside();
    assert_eq!(left.split(' ').count(), 3, "{left}");
    for name in left.split(' ').chain([app.database.name()]) {
        let mut session = Session::open(&app.database.server().conninfo(name));
        for sql in [
            "ALTER SUBSCRIPTION receives SET (slot_name = NONE)",
            "DROP SUBSCRIPTION receives",
        ] {
            session.execute(sql);
        }
    }
    // Without it they are what was saved, but for the subscription that is gone: kept still, and dropped by hand.
    for name in left.split(' ') {
        admin.execute(&format!("DROP DATABASE {} WITH (FORCE)", quote_ident(name)));
    }
}

fn logical() -> ServerOptions {
    let settings = [
        ("wal_level", "logical"),
        ("max_replication_slots", "5"),
        ("max_wal_senders", "5"),
        ("max_prepared_transactions", "5"),
    ];
    ServerOptions {
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..ServerOptions::default()
    }
}

#[test]
fn replication_slots_stay_and_are_named_before() {
    let server = Box::leak(Box::new(start(17, &logical())));
    let database = Database::on(server, "slots", "UTF8");
    database.run_script(APP).expect("script");
    let app = Broken::of(database);
    app.database
        .session()
        .execute("SELECT pg_create_logical_replication_slot('app_sub', 'pgoutput')");
    // Before the question, which nobody answers.
    let asked = app.roll_back(&[]).expect_code(1);
    says(
        &asked.stdout,
        &["logical replication slots app_sub: they stay with the old database"],
    );
    let done = app.roll_back(&["--yes", "-q", "--json"]).expect_code(0);
    says(&done.stderr, &["logical replication slots app_sub"]);
    let facts = json(&done);
    assert_eq!(facts["slots"][0]["name"], "app_sub");
    says(
        &facts["old_database"]["because"].to_string(),
        &["app_sub", "pg_drop_replication_slot"],
    );
    app.is_back();
    let kept = facts["old_database"]["name"].as_str().expect("name").to_owned();
    let place = "SELECT database::text AS value FROM pg_replication_slots WHERE slot_name = 'app_sub'";
    let mut admin = admin(&app);
    assert_eq!(admin.value(place), kept);
    // Nor do later ones drop it.
    undo(facts["undo"].as_str().expect("undo")).expect_code(0);
    let again = json(&emergency(&app).expect_code(0));
    says(&again["leftovers"].to_string(), &["app_sub"]);
    assert_eq!(admin.value(place), kept);
    // Until nobody needs it.
    admin.execute("SELECT pg_drop_replication_slot('app_sub')");
    emergency(&app).expect_code(0);
    assert_eq!(app.beside(), "");

    // Prepared transactions are refused at once, by both methods, with their names.
    let mut session = app.database.session();
    session.execute("BEGIN");
    session.execute("INSERT INTO orders (customer, total) VALUES (1, 1)");
    session.execute("PREPARE TRANSACTION 'half''way'");
    let count = || {
        run(&["snapshot", "list", "--repo", &app.repo, "--json"], &[])
            .expect_code(0)
            .stdout
            .matches("\"id\"")
            .count()
    };
    let before = count();
    for method in ["swap", "transaction", "auto"] {
        let refused = app.roll_back(&["--yes", "--method", method]).expect_code(1);
        says(
            &refused.stderr,
            &["prepared transactions: 'half''way'", "ROLLBACK PREPARED"],
        );
    }
    assert_eq!(count(), before);
    session.execute("ROLLBACK PREPARED 'half''way'");
    app.roll_back(&["--yes", "--method", "transaction"]).expect_code(0);
}

#[test]
fn in_place_needs_what_it_can_lock() {
    let folder = Folder::new();
    let database = filled(18, "in_place_refused", "CREATE TABLE t (a int); CREATE SEQUENCE s");
    let (to, repo) = (database.conninfo(), folder.file("repo"));
    run(&["snapshot", "create", &to, "--repo", &repo, "--label", "good"], &[]).expect_code(0);
    let back = ["rollback", "good", "-d", &to, "--repo", &repo, "--yes", "--method"];
    let mut session = database.session();
    session.execute("SELECT lo_from_bytea(0, 'x')");
    says(
        &run(&back, &["transaction"]).expect_code(1).stderr,
        &["it has large objects"],
    );
    session.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
    // Of a role that owns not all of it.
    let name = quote_ident(database.name());
    session.execute("CREATE ROLE in_place_owner LOGIN");
    session.execute(&format!("ALTER DATABASE {name} OWNER TO in_place_owner"));
    session.execute("GRANT ALL ON t TO in_place_owner");
    let other = to.replace("user=postgres", "user=in_place_owner");
    let mut theirs = back;
    theirs[3] = &other;
    let refused = run(&theirs, &["auto", "-q"]);
    says(
        &refused.stderr,
        &[
            "warning: the role may not create databases",
            "does not own 2 of the relations",
        ],
    );
    assert_eq!(refused.code, 1);
    // Sequences wait as tables do, and have the snapshot's position afterwards.
    session.execute("SELECT nextval('s'), nextval('s')");
    run(&back, &["transaction"]).expect_code(0);
    assert_eq!(value(&database, "SELECT nextval('s')"), "1");
    session.execute(&format!("ALTER DATABASE {name} OWNER TO postgres"));
    session.execute("DROP ROLE in_place_owner");
}

/// A rollback that is killed after its swap, before it could tell of it: the next one does, and of none twice.
#[test]
fn the_history_tells_of_a_rollback_that_was_killed_after_its_swap() {
    let (app, notes) = (Broken::new("rollback_told"), Folder::new());
    let to = app.database.conninfo();
    let repository = app.folder.path("repo");
    let roll_back = || {
        let mut command = command([
            "rollback",
            "before-migration",
            "-d",
            &to,
            "--repo",
            &app.repo,
            "--yes",
            "-j",
            "1",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let log = || json(&run(&["log", "--repo", &app.repo, "--json"], &[]).expect_code(0));
    let spoil = || Session::open(&to).execute("UPDATE orders SET total = 0");
    // From here on one is like the other.
    assert!(roll_back().status().expect("rollback").success());
    spoil();
    let mut whole = roll_back();
    fault_store::watch(&mut whole, &repository, &notes.path("operations"));
    assert!(whole.status().expect("rollback").success());
    let operations = std::fs::read_to_string(notes.path("operations")).expect("operations");
    let operations = operations.lines().count();
    let mut late = 0;
    for before in [0, 1, 3, 5, 8] {
        spoil();
        let mut killed = roll_back();
        fault_store::plan(
            &mut killed,
            &repository,
            "any",
            operations - before,
            fault_store::StoreFault::Killed,
        );
        assert!(!killed.status().expect("rollback").success());
        let is_back = value(&app.database, "SELECT (sum(total) > 0)::text AS value FROM orders") == "true";
        let entries = log();
        let entries = entries.as_array().expect("entries");
        let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let is_safety = |entry: &&serde_json::Value| text(entry, "snapshot").ends_with("emergency_pre_rollback");
        let safety = text(
            entries.iter().rev().find(is_safety).expect("a safety snapshot"),
            "snapshot",
        );
        // The next one says of the killed one what it did.
        assert!(roll_back().status().expect("rollback").success());
        let entries = log();
        let ended = entries.as_array().expect("entries").iter().filter(|entry| {
            let said = text(entry, "message");
            text(entry, "action") == "rollback" && text(entry, "outcome") != "begun" && said.contains(&safety)
        });
        let ended: Vec<String> = ended.map(|entry| text(entry, "outcome")).collect();
        assert_eq!(ended.len(), usize::from(is_back), "{before} before the end: {ended:?}");
        late += usize::from(ended == ["interrupted"]);
    }
    assert!(late > 0, "none was killed between its swap and its entry");
    run(&["log", "--repo", &app.repo, "--check"], &[]).expect_code(0);
}
