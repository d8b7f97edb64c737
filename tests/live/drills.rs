//! Proof that snapshots restore: smoke checks on real servers.

use pgark::connect::Interrupt;
use pgark::snapshot::smoke;

use crate::support::Database;
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
    let results = smoke::run(
        &params(&database.conninfo()),
        &script.join(";\n"),
        &Interrupt::default(),
    )
    .expect("smoke");
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
