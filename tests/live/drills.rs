//! Proof that snapshots restore: smoke checks on real servers.

use pgark::internals::snapshot::smoke;
use pgark::job::Stop;

use crate::support::Database;
use crate::support::program::pgark;
use crate::support::session::{Session, params};

#[test]
fn a_smoke_check_fails_on_errors_and_on_what_is_not_true() {
    let database = Database::create(18, "smoke");
    let mut session = Session::open(&database.conninfo());
    session.execute("CREATE SCHEMA app; CREATE TABLE app.orders (id int, paid boolean)");
    session.execute("INSERT INTO app.orders VALUES (1, true), (2, true), (3, false), (4, NULL)");
    session.execute(&format!("ALTER DATABASE \"{}\" SET search_path = app", database.name()));
    let checks = [
        ("SELECT count(*) > 3 FROM orders", None),
        ("SELECT id, paid FROM orders", None),
        ("SELECT 'f'::text", None),
        ("SELECT true WHERE false", None),
        ("SELECT paid FROM orders ORDER BY id", Some("row 3 is false")),
        (
            "SELECT max(id) > 0 FROM orders WHERE id > 9",
            Some("the answer is NULL"),
        ),
        ("SELECT 1 / 0", Some("division by zero")),
        ("DELETE FROM orders", Some("read-only transaction")),
        ("COPY orders TO STDOUT", Some("started a COPY")),
        ("COPY orders FROM STDIN", Some("COPY")),
        ("SELECT 'still ', $$here;$$", None),
    ];
    let script: Vec<&str> = checks.iter().map(|(sql, _)| *sql).collect();
    let results = smoke::run(&params(&database.conninfo()), &script.join(";\n"), &Stop::default()).expect("smoke");
    assert_eq!(results.len(), checks.len());
    for (number, (result, (sql, expected))) in results.iter().zip(checks).enumerate() {
        assert_eq!((result.statement.as_str(), result.line), (sql, number + 1));
        match (expected, &result.failure) {
            (None, None) => {}
            (Some(expected), Some(found)) => assert!(found.contains(expected), "{sql}: {found}"),
            (_, found) => panic!("{sql}: {found:?}"),
        }
    }
    assert_eq!(session.value("SELECT count(*)::text AS value FROM app.orders"), "4");
}

/// The report of a drill, of the latest snapshot unless one is named.
fn drill(repository: &str, args: &[&str], code: i32) -> serde_json::Value {
    let run = pgark([&["drill", "--repo", repository, "--json", "-q"], args].concat()).expect_code(code);
    serde_json::from_str(&run.stdout).unwrap_or_default()
}

fn scratch_databases(server: &pgark::internals::server::Server, snapshot: &str) -> Vec<String> {
    let mut session = Session::open(&server.conninfo("postgres"));
    let sql = format!(
        "SELECT datname::text AS value FROM pg_database WHERE datname ~ '^pgark_drill_' AND {snapshot} ORDER BY 1"
    );
    let rows = session.query(&sql);
    rows.iter().map(|row| row.string("value").expect("name")).collect()
}

#[test]
fn a_drill_proves_a_snapshot_or_says_why_not_and_leaves_nothing_behind() {
    let database = Database::create(18, "drill");
    let mut session = Session::open(&database.conninfo());
    session.execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
         INSERT INTO orders SELECT g, g FROM generate_series(1, 3000) g;
         CREATE VIEW v AS SELECT count(*) FROM orders; CREATE SEQUENCE s; SELECT nextval('s');
         CREATE SUBSCRIPTION drilled CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p
           WITH (connect = false, slot_name = 'of_somebody')",
    );
    let folder = tempfile::tempdir().expect("folder");
    let repository = folder.path().join("repository").display().to_string();
    let create = ["snapshot", "create", "-q", &database.conninfo(), "--repo", &repository];
    pgark([&create[..], &["--label", "drilled"]].concat()).expect_code(0);
    session.execute("ALTER SUBSCRIPTION drilled SET (slot_name = NONE)");
    session.execute("DROP SUBSCRIPTION drilled");
    let server = database.server().conninfo("postgres");
    let on_server = ["-d", server.as_str()];

    let report = drill(&repository, &on_server, 0);
    assert_eq!((&report["proven"], &report["rows"]), (&true.into(), &3000.into()));
    assert_eq!(report["finding_count"], 0);
    let scratch = format!("datname = '{}'", report["database"].as_str().expect("name"));
    assert!(scratch_databases(database.server(), &scratch).is_empty());

    let checks = folder.path().join("checks.sql");
    std::fs::write(
        &checks,
        "SELECT count(*) = 3000 FROM orders;\nSELECT sum(total) < 0 FROM orders;",
    )
    .expect("file");
    let facts = folder.path().join("facts");
    let hook = format!("cat > '{}'", facts.display());
    let smoke = [
        "--smoke-sql",
        &checks.display().to_string(),
        "--on-failure",
        &hook,
        "--keep-database",
    ];
    let report = drill(&repository, &[&on_server[..], &smoke].concat(), 3);
    assert_eq!(report["smoke"][1]["failure"], "the answer is false");
    let kept = report["database"].as_str().expect("name");
    assert_eq!(
        scratch_databases(database.server(), &format!("datname = '{kept}'")),
        [kept]
    );
    let mut in_scratch = Session::open(&database.server().conninfo(kept));
    in_scratch.execute("ALTER SUBSCRIPTION drilled SET (slot_name = NONE)");
    in_scratch.execute("DROP SUBSCRIPTION drilled");
    drop(in_scratch);
    Session::open(&server).execute(&format!("DROP DATABASE \"{kept}\" WITH (FORCE)"));
    let facts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&facts).expect("facts")).expect("JSON");
    assert_eq!(
        (&facts["action"], &facts["outcome"]),
        (&"drill".into(), &"findings".into())
    );

    // What its rows refer to is not part of this one.
    session.execute("CREATE TABLE lines (id bigint REFERENCES orders); INSERT INTO lines VALUES (1)");
    pgark([&create[..], &["--label", "part", "-t", "lines"]].concat()).expect_code(0);
    let report = drill(&repository, &[&["part"], &on_server[..]].concat(), 0);
    assert!(report["notes"].to_string().contains("left out"), "{report}");

    drill(&repository, &[&on_server[..], &["--timeout", "1ms"]].concat(), 1);
    drill(&repository, &["-d", "host=/nowhere dbname=postgres"], 1);
    let list = pgark(["snapshot", "list", "--json", "--repo", &repository]).expect_code(0);
    // Drills that could not be run prove nothing, neither way.
    assert!(list.stdout.contains("\"good\":false"), "{}", list.stdout);
    let reports = std::fs::read_dir(folder.path().join("repository/drills")).expect("drills");
    assert_eq!(reports.count(), 6);
}
