//! What `show`, `verify` and `compare` say of archives and databases.

use std::io::{Read, Seek, SeekFrom, Write};

use crate::kit::{Folder, filled, json, restore, run, says};
use crate::support::Database;
use crate::support::script::statements;

const SIMPLE: &str = "
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad', 'glad');
CREATE TABLE s.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text DEFAULT 'x', mood s.mood, note varchar(9));
CREATE TABLE s.u (id int PRIMARY KEY, t int REFERENCES s.t ON DELETE CASCADE);
CREATE TABLE s.base (a int, b text);
CREATE TABLE s.child (c int) INHERITS (s.base);
CREATE INDEX t_name ON s.t (lower(name));
CREATE VIEW s.v AS SELECT id, name FROM s.t;
CREATE FUNCTION s.f(i int) RETURNS int LANGUAGE sql AS $$ SELECT i + 1; $$;
COMMENT ON TABLE s.t IS 'first; second';
GRANT SELECT ON s.t TO pgark_reader;
ALTER TABLE s.u OWNER TO pgark_owner;
INSERT INTO s.t (name, mood) SELECT 'name ' || g, 'glad' FROM generate_series(1, 100) g;
INSERT INTO s.u SELECT g, g FROM generate_series(1, 100) g;
INSERT INTO s.child VALUES (1, 'one', 10), (2, 'two', 20);
";

#[test]
fn show_tells_what_is_in_an_archive() {
    let (folder, source) = (Folder::new(), filled(18, "show", SIMPLE));
    let archive = folder.dump(
        &source,
        "a.pgark",
        &["--label", "nightly", "--purpose", "a drill", "-T", "s.nothing"],
    );
    let text = run(&["show", &archive], &[]).expect_code(0).stdout;
    says(
        &text,
        &[
            "database",
            source.name(),
            "PostgreSQL 18",
            "nightly",
            "a drill",
            "exclude-table=s.nothing",
            "root digest",
            "s.t ",
            "s.child",
        ],
    );
    let json = json(&run(&["show", &archive, "--json"], &[]).expect_code(0));
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["rows"], 202);
    assert_eq!(json["source"]["label"], "nightly");
    let of_t = json["relations"]
        .as_array()
        .expect("list")
        .iter()
        .find(|r| r["name"] == "t")
        .expect("s.t");
    assert_eq!(
        (&of_t["rows"], &of_t["schema"]),
        (&serde_json::json!(100), &serde_json::json!("s"))
    );
    for field in ["chunks", "streams", "raw_bytes", "stored_bytes"] {
        assert!(of_t[field].as_u64().is_some_and(|n| n > 0), "{field}");
    }
    assert_eq!(json["sequences"][0]["last_value"], 100);
    let entries = run(&["show", &archive, "--entries"], &[]).expect_code(0).stdout;
    says(
        &entries,
        &[
            "SCHEMA ",
            "TABLE ",
            "s.t",
            "FK CONSTRAINT",
            "s.u.u_t_fkey",
            "pgark_owner",
            "INDEX",
            "s.t_name",
        ],
    );
    let counted = |field: &str| json[field].as_u64().expect("a number");
    // Two headings.
    assert_eq!(
        entries.lines().count() as u64,
        counted("globals") + counted("entries") + 2
    );
    let sql = run(&["show", &archive, "--sql"], &[]).expect_code(0).stdout;
    says(
        &sql,
        &[
            "CREATE TABLE s.t (",
            "GRANT SELECT ON TABLE s.t TO pgark_reader",
            "'first; second'",
        ],
    );
}

#[test]
fn the_sql_that_show_prints_makes_the_same_definitions() {
    let (folder, source) = (Folder::new(), filled(13, "sql", SIMPLE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let sql = run(&["show", &archive, "--sql"], &[]).expect_code(0).stdout;
    let copy = Database::create(13, "sql_copy");
    let mut session = copy.session();
    session.execute("SET search_path = ''");
    // The roles are there: both databases are on one server.
    let (_, of_database) = sql.split_once("-- database\n").expect("a heading");
    for statement in statements(of_database) {
        session.execute(&statement);
    }
    run(&["compare", &archive, &copy.conninfo(), "--schema-only"], &[]).expect_code(0);
    run(&["compare", &copy.conninfo(), &archive, "--schema-only"], &[]).expect_code(0);
}

#[test]
fn verify_says_whether_every_byte_is_right() {
    let (folder, source) = (Folder::new(), filled(13, "verify", SIMPLE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    says(
        &run(&["verify", &archive], &[]).expect_code(0).stdout,
        &["intact: ", "202 rows", "root digest"],
    );
    let good = json(&run(&["verify", &archive, "--json"], &[]).expect_code(0));
    assert_eq!(
        (&good["intact"], &good["complete"], &good["rows"]),
        (&true.into(), &true.into(), &202.into())
    );

    let mut file = std::fs::File::options()
        .read(true)
        .write(true)
        .open(&archive)
        .expect("open");
    let middle = file.metadata().expect("metadata").len() / 2;
    let mut byte = [0];
    file.seek(SeekFrom::Start(middle))
        .and_then(|_| file.read_exact(&mut byte))
        .expect("read");
    byte[0] ^= 1;
    file.seek(SeekFrom::Start(middle))
        .and_then(|_| file.write_all(&byte))
        .expect("write");
    says(
        &run(&["verify", &archive], &[]).expect_code(3).stdout,
        &["damage: ", "findings"],
    );
    let bad = json(&run(&["verify", &archive, "--json"], &[]).expect_code(3));
    assert_eq!(bad["intact"], false);
    assert!(
        bad["findings"]
            .as_array()
            .is_some_and(|list| list.iter().all(|f| f["offset"].is_u64() && f["what"].is_string()))
    );
    says(
        &run(&["verify", "/nonexistent/x.pgark"], &[]).expect_code(1).stderr,
        &["error: ", "/nonexistent/x.pgark"],
    );
}

/// What one change of a copy makes `compare` say.
#[test]
fn compare_names_every_kind_of_difference() {
    let (folder, source) = (Folder::new(), filled(18, "differ", SIMPLE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let changes: &[(&str, &[&str])] = &[
        (
            "UPDATE s.t SET name = 'other' WHERE id = 7",
            &["rows of s.t differ in content (100 rows on both sides)"],
        ),
        (
            "DELETE FROM s.u WHERE id = 7",
            &["rows of s.u differ: 100 in A, 99 in B"],
        ),
        (
            "DROP TABLE s.u",
            &[
                "only in A: TABLE s.u",
                "only in A: FK CONSTRAINT s.u.u_t_fkey",
                "rows only in A: s.u",
            ],
        ),
        (
            "CREATE TABLE s.more (a int)",
            &["only in B: TABLE s.more", "rows only in B: s.more"],
        ),
        (
            "ALTER TABLE s.t ALTER note TYPE text",
            &[
                "definition of TABLE s.t differs",
                "column note of s.t differs: character varying(9) in A, text in B",
            ],
        ),
        (
            "ALTER TABLE s.t ALTER name SET DEFAULT 'y'",
            &["definition of TABLE s.t differs", "DEFAULT 'x'", "DEFAULT 'y'"],
        ),
        (
            "ALTER TABLE s.t ADD extra int",
            &["columns of s.t differ, rows were not compared"],
        ),
        (
            "ALTER TABLE s.u OWNER TO pgark_writer",
            &["owner of TABLE s.u differs", "A pgark_owner", "B pgark_writer"],
        ),
        (
            "COMMENT ON TABLE s.t IS 'third'",
            &["comment of TABLE s.t differs", "'first; second'", "'third'"],
        ),
        (
            "REVOKE ALL ON s.t FROM pgark_reader",
            &["privileges of TABLE s.t differs", "GRANT SELECT", "B (none)"],
        ),
        (
            "SELECT nextval('s.t_id_seq')",
            &["position of sequence s.t_id_seq differs: 100 (called: true) in A, 101 (called: true) in B"],
        ),
        ("DROP INDEX s.t_name", &["only in A: INDEX s.t_name"]),
        (
            "CREATE OR REPLACE FUNCTION s.f(i int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            &["definition of FUNCTION s.f(integer) differs"],
        ),
        (
            "ALTER TYPE s.mood ADD VALUE 'bored'",
            &["definition of TYPE s.mood differs"],
        ),
    ];
    let copy = Database::create(18, "differ_copy");
    for (change, says_so) in changes {
        restore(&archive, &copy, &["--clean", "--if-exists", "-j", "1"]).expect_code(0);
        let mut session = copy.session();
        session.execute("DROP TABLE IF EXISTS s.more");
        if change.starts_with("SELECT") {
            session.query(change);
        } else {
            session.execute(change);
        }
        drop(session);
        let b = copy.conninfo();
        let found = run(&["compare", &archive, &b], &[]).expect_code(3);
        for part in *says_so {
            assert!(
                found.stdout.contains(part),
                "after {change}, `{part}` is not in:\n{}",
                found.stdout
            );
        }
        let only = if change.contains("OWNER") {
            Some("--no-owner")
        } else if change.contains("REVOKE") {
            Some("--no-privileges")
        } else {
            None
        };
        if let Some(option) = only {
            run(&["compare", &archive, &b, option], &[]).expect_code(0);
        }
        if change.starts_with("DROP TABLE") {
            restore(&archive, &copy, &["-t", "s.u"]).expect_code(0);
        }
        if change.contains("s.more") {
            copy.session().execute("DROP TABLE s.more");
        }
    }
}

#[test]
fn compare_looks_at_any_two_places_in_either_order() {
    let (folder, source) = (Folder::new(), filled(13, "places", SIMPLE));
    let one = folder.dump(&source, "1.pgark", &["-j", "1"]);
    let two = folder.dump(&source, "2.pgark", &["-j", "2", "-Z", "none"]);
    let live = source.conninfo();
    for (a, b) in [(&one, &two), (&one, &live), (&live, &one), (&live, &live)] {
        says(
            &run(&["compare", a, b], &[]).expect_code(0).stdout,
            &["equal: ", "202 rows"],
        );
    }
    source.session().execute("DELETE FROM s.u WHERE id > 98");
    says(
        &run(&["compare", &one, &live], &[]).expect_code(3).stdout,
        &["100 in A, 98 in B"],
    );
    says(
        &run(&["compare", &live, &one], &[]).expect_code(3).stdout,
        &["98 in A, 100 in B"],
    );
    let three = folder.dump(&source, "3.pgark", &[]);
    let found = json(&run(&["compare", &one, &three, "--json"], &[]).expect_code(3));
    assert_eq!(found["equal"], false);
    for field in ["objects", "tables", "rows", "sequences"] {
        assert!(found[field].is_u64(), "{field}");
    }
    let list = found["differences"].as_array().expect("list");
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["what"], &list[0]["relation"], &list[0]["b"]["rows"]),
        (&"rows".into(), &"s.u".into(), &98.into())
    );
    says(
        &run(&["compare", &one, "/nonexistent/x.pgark"], &[])
            .expect_code(1)
            .stderr,
        &["error: ", "/nonexistent/x.pgark"],
    );
    run(&["compare", &one], &[]).expect_code(2);
}

#[test]
fn the_order_of_rows_and_of_inherited_columns_does_not_matter() {
    let source = filled(
        13,
        "order",
        &format!("{SIMPLE} ALTER TABLE s.base ADD d int DEFAULT 5; UPDATE s.t SET name = name WHERE id % 3 = 0"),
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(13, "order_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    let columns = |database: &Database| {
        crate::kit::value(
            database,
            "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 's.child'::regclass AND attnum > 0",
        )
    };
    assert_eq!(
        (columns(&source), columns(&copy)),
        ("a b c d".to_owned(), "a b d c".to_owned())
    );
    copy.session()
        .execute("CREATE TABLE s.sorted AS SELECT * FROM s.u ORDER BY id DESC");
    for sql in [
        "DELETE FROM s.u",
        "INSERT INTO s.u SELECT * FROM s.sorted",
        "DROP TABLE s.sorted",
    ] {
        copy.session().execute(sql);
    }
    for (a, b) in [
        (source.conninfo(), copy.conninfo()),
        (copy.conninfo(), source.conninfo()),
    ] {
        run(&["compare", &a, &b], &[]).expect_code(0);
    }
    run(&["compare", &archive, &copy.conninfo()], &[]).expect_code(0);
    run(&["compare", &copy.conninfo(), &archive], &[]).expect_code(0);
}

#[test]
fn patterns_limit_both_sides() {
    let script = format!(
        "{SIMPLE} CREATE SCHEMA o; CREATE TABLE o.t (a serial, b int); INSERT INTO o.t (b) VALUES (1); CREATE EXTENSION hstore"
    );
    let (folder, source) = (Folder::new(), filled(18, "limit", &script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let live = source.conninfo();
    let choices: &[&[&str]] = &[
        &["-n", "s"],
        &["-n", "o"],
        &["-N", "s"],
        &["-t", "s.t"],
        &["-t", "o.t"],
        &["-t", "*.u"],
        &["-t", "s.child"],
        &["-T", "s.t"],
        &["-n", "s", "-T", "s.v"],
        &["--schema-only"],
    ];
    for choice in choices {
        let a = run(&["compare", &archive, &live], choice).expect_code(0).stdout;
        let b = run(&["compare", &live, &archive], choice).expect_code(0).stdout;
        let counts = |text: &str| text.split(" sequences").next().map(str::to_owned);
        assert_eq!(counts(&a), counts(&b), "{choice:?}");
        run(&["compare", &archive, &archive], choice).expect_code(0);
    }
    // A change outside is not seen, one inside is.
    source.session().execute("UPDATE o.t SET b = 2");
    run(&["compare", &archive, &live, "-n", "s"], &[]).expect_code(0);
    run(&["compare", &live, &archive, "-t", "s.*"], &[]).expect_code(0);
    run(&["compare", &archive, &live, "-T", "o.t"], &[]).expect_code(0);
    run(&["compare", &archive, &live, "--schema-only"], &[]).expect_code(0);
    run(&["compare", &archive, &live, "-n", "o"], &[]).expect_code(3);
    run(&["compare", &live, &archive, "-t", "o.t"], &[]).expect_code(3);
    // An archive of a part against the whole.
    let part = folder.dump(&source, "part.pgark", &["-t", "o.t"]);
    run(&["compare", &part, &live], &[]).expect_code(3);
    run(&["compare", &part, &live, "-t", "o.t"], &[]).expect_code(0);
    says(
        &run(&["compare", &archive, &live, "-t", "nothing"], &[])
            .expect_code(1)
            .stderr,
        &["`nothing`"],
    );
}

#[test]
fn results_are_one_json_value_each() {
    let (folder, source) = (Folder::new(), filled(13, "json", SIMPLE));
    let file = folder.file("a.pgark");
    let dumped = json(&run(&["dump", &source.conninfo(), "-o", &file, "--json"], &[]).expect_code(0));
    assert_eq!(
        (&dumped["rows"], &dumped["relations"], &dumped["archive"]),
        (&202.into(), &4.into(), &file.as_str().into())
    );
    let verified = json(&run(&["verify", &file, "--json"], &[]).expect_code(0));
    let shown = json(&run(&["show", &file, "--json"], &[]).expect_code(0));
    assert_eq!(dumped["root_digest"], verified["root_digest"]);
    assert_eq!(dumped["root_digest"], shown["root_digest"]);
    for field in ["raw_bytes", "stored_bytes", "entries"] {
        assert!(dumped[field].as_u64().is_some_and(|n| n > 0), "{field}");
    }
    assert!(dumped["seconds"].is_f64() && dumped["not_covered"].is_array() && dumped["warnings"].is_array());
    let total = dumped["globals"].as_u64().expect("a number") + dumped["entries"].as_u64().expect("a number");
    let listed = json(&run(&["show", &file, "--entries", "--json"], &[]).expect_code(0));
    assert_eq!(listed.as_array().map(|list| list.len() as u64), Some(total));
    let statements = json(&run(&["show", &file, "--sql", "--json"], &[]).expect_code(0));
    assert_eq!(statements.as_array().map(|list| list.len() as u64), Some(total));
    let copy = Database::create(13, "json_copy");
    let restored = json(&restore(&file, &copy, &["--json"]).expect_code(0));
    assert_eq!((&restored["rows"], &restored["globals"]), (&202.into(), &0.into()));
    // The one about the database itself is for a restore that creates it.
    assert_eq!(
        restored["entries"].as_u64().map(|entries| entries + 1),
        dumped["entries"].as_u64()
    );
    assert_eq!(restored["database"], copy.name());
    for field in ["failures", "skipped", "left_out", "not_covered"] {
        assert_eq!(restored[field], serde_json::json!([]), "{field}");
    }
    let equal = json(&run(&["compare", &file, &copy.conninfo(), "--json"], &[]).expect_code(0));
    assert_eq!(
        (&equal["equal"], &equal["rows"], &equal["differences"]),
        (&true.into(), &202.into(), &serde_json::json!([]))
    );
    // To a pipe the archive has standard output, and the result goes to standard error.
    let piped = run(&["dump", &source.conninfo(), "-o", "-", "--json"], &[]).expect_code(0);
    let result: serde_json::Value = serde_json::from_str(piped.stderr.trim()).expect("JSON");
    assert_eq!(result["rows"], 202);
}
