//! What changed between a snapshot and a live database.

use serde_json::Value;

use crate::support::Database;
use crate::support::program::pgark;
use crate::support::session::Session;

fn json(args: &[&str], code: i32) -> Value {
    let run = pgark([&["diff", "--json", "-q"], args].concat()).expect_code(code);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

#[test]
fn a_diff_says_the_same_whichever_sides_are_live() {
    let (before, after) = (Database::create(18, "diff_a"), Database::create(18, "diff_b"));
    let table = "CREATE TABLE orders (at timestamptz, id bigint, \"Part, of\" text, total numeric, \
                 PRIMARY KEY (\"Part, of\", id));
                 INSERT INTO orders SELECT '2026-01-01', g, 'p' || g % 3, g FROM generate_series(1, 20000) g;
                 CREATE TABLE same AS SELECT 1 AS one; CREATE TABLE loose (x text);";
    Session::open(&before.conninfo()).execute(table);
    Session::open(&after.conninfo()).execute(&format!(
        "{table} UPDATE orders SET total = NULL WHERE id IN (7, 19999);
         DELETE FROM orders WHERE id BETWEEN 100 AND 149;
         INSERT INTO orders VALUES (now(), -1, E'tab\\t\\\\', 1);
         INSERT INTO loose VALUES ('x');
         ALTER TABLE orders ADD COLUMN note text;"
    ));
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (a, b) = (file("a.pgark"), file("b.pgark"));
    pgark(["dump", "-q", "-o", &a, &before.conninfo()]).expect_code(0);
    pgark(["dump", "-q", "-o", &b, &after.conninfo()]).expect_code(0);
    let (live_a, live_b) = (before.conninfo(), after.conninfo());
    let mut seen = Vec::new();
    for (one, other) in [(&a, &b), (&a, &live_b), (&live_a, &b), (&live_a, &live_b)] {
        let objects = json(&[one, other], 3);
        let rows = json(&[one, other, "--rows", "orders", "--limit", "2"], 3);
        let counts = serde_json::json!({ "only_in_a": 50, "only_in_b": 1, "changed": 2, "equal": 19948 });
        assert_eq!(rows["counts"], counts);
        assert_eq!(rows["columns_only_in_b"], serde_json::json!(["note"]));
        let key = serde_json::json!({ "Part, of": "tab\t\\", "id": "-1" });
        assert_eq!(rows["only_in_b"], serde_json::json!([key]));
        let changed = serde_json::json!([{ "column": "total", "a": "7", "b": null }]);
        assert!(
            rows["changed"]
                .as_array()
                .expect("list")
                .iter()
                .any(|row| row["columns"] == changed)
        );
        seen.push(
            [
                &objects["changed"],
                &objects["tables"],
                &rows["only_in_a"],
                &rows["changed"],
            ]
            .map(Value::to_string),
        );
    }
    assert!(seen.iter().all(|said| *said == seen[0]), "{seen:#?}");
    json(&[&a, &live_a], 0);
    let run = pgark(["diff", "-q", &a, &live_b, "--rows", "loose"]).expect_code(1);
    assert!(run.stderr.contains("has no primary key"), "{}", run.stderr);
}

#[test]
fn a_word_is_a_snapshot_first_and_a_database_where_there_is_none() {
    let database = Database::create(18, "diff_ref");
    let mut session = Session::open(&database.conninfo());
    session.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 9)");
    let folder = tempfile::tempdir().expect("folder");
    let repository = folder.path().join("repository").display().to_string();
    let create = ["snapshot", "create", "-q", &database.conninfo(), "--repo", &repository];
    pgark([&create[..], &["--label", "before"]].concat()).expect_code(0);
    let server = database.server();
    let (port, host) = (server.port().to_string(), server.socket_dir().display().to_string());
    let at = ["--repo", &repository, "-h", &host, "-p", &port, "-U", server.user()];
    let equal = json(&[&["before", database.name()], &at[..]].concat(), 0);
    assert_eq!(
        (&equal["a"]["live"], &equal["b"]["live"]),
        (&false.into(), &true.into())
    );
    session.execute("DELETE FROM t WHERE id = 4");
    let different = json(&[&["1", &database.conninfo()], &at[..2], &["--rows", "t"]].concat(), 3);
    assert_eq!(different["only_in_a"], serde_json::json!([{ "id": "4" }]));
    assert!(different["a"]["snapshot"].as_str().expect("id").ends_with("_before"));
}
