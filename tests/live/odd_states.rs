//! States of a database that no script leaves alone: half-made indexes, labels without their provider, tables of other
//! sessions, loops that nothing unties, what only one major can hold.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::kit::{Folder, entries, filled, relations, restore, run, says, value};
use crate::round_trip::{Judge, round_trip};
use crate::support::session::Session;
use crate::support::{Database, oracle, start};
use pgark::internals::server::ServerOptions;

#[track_caller]
fn survives(source: &Database, target: u32) {
    round_trip(source, target, 2, Judge::Everything).unwrap_or_else(|message| panic!("{message}"));
}

#[test]
fn indexes_that_were_never_finished_stay_behind() {
    for major in [13, 18] {
        let script = "CREATE TABLE t (a integer, b text); INSERT INTO t VALUES (1, 'x'), (1, 'y');
            CREATE INDEX fine ON t (b); CREATE UNIQUE INDEX keyed ON t (b);
            CREATE TABLE p (a integer, b integer) PARTITION BY LIST (a);
            CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p_2 PARTITION OF p FOR VALUES IN (2);
            CREATE INDEX p_incomplete ON ONLY p (b); CREATE INDEX p_1_b ON p_1 (b); ALTER INDEX p_incomplete ATTACH PARTITION p_1_b;
            CREATE INDEX p_empty ON ONLY p (a, b);";
        let source = filled(major, "invalid", script);
        let mut session = source.session();
        let failed = session.try_execute("CREATE UNIQUE INDEX CONCURRENTLY twice ON t (a)");
        assert!(failed.is_err());
        // As a failed REINDEX or DROP CONCURRENTLY leaves them.
        session.execute("CREATE INDEX half ON t (a, b); CREATE INDEX gone ON t (b, a)");
        session.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half'::regclass");
        session
            .execute("UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'gone'::regclass");
        let folder = Folder::new();
        let archive = folder.dump(&source, "a.pgark", &[]);
        let mut indexes = entries(&archive);
        indexes.retain(|entry| entry.starts_with("INDEX public."));
        indexes.sort();
        assert_eq!(
            indexes,
            ["fine", "keyed", "p_1_b", "p_empty", "p_incomplete"].map(|name| format!("INDEX public.{name}"))
        );
        survives(&source, major);
    }
}

/// 18 has no unlogged partitioned tables; on older majors the word means nothing.
#[test]
fn unlogged_partitioned_tables_lose_only_the_word() {
    let script = "CREATE UNLOGGED TABLE p (a integer PRIMARY KEY, b text) PARTITION BY RANGE (a);
        CREATE UNLOGGED TABLE p_1 PARTITION OF p FOR VALUES FROM (1) TO (10);
        CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
        INSERT INTO p SELECT n, 'v' || n FROM generate_series(1, 19) n;";
    for (from, to) in [(13, 13), (13, 18), (17, 17), (17, 18)] {
        let source = filled(from, "unlogged", script);
        survives(&source, to);
    }
}

#[test]
fn tables_of_other_sessions_are_not_taken() {
    let source = filled(
        18,
        "temporary",
        "CREATE TABLE kept (a integer); INSERT INTO kept VALUES (1)",
    );
    let mut other = source.session();
    for sql in [
        "CREATE TEMPORARY TABLE passing (a serial PRIMARY KEY, b text)",
        "INSERT INTO passing (b) VALUES ('x')",
        "CREATE TEMPORARY VIEW passing_view AS SELECT a FROM passing",
        "CREATE FUNCTION pg_temp.passing_function() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TEMPORARY SEQUENCE passing_sequence",
    ] {
        other.execute(sql);
    }
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    assert_eq!(relations(&archive), ["public.kept"]);
    let found = entries(&archive);
    assert!(
        !found
            .iter()
            .any(|entry| entry.contains("passing") || entry.contains("pg_temp")),
        "{found:?}"
    );
    let copy = Database::create(18, "temporary_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
}

/// What is populated, but of what is no more, cannot be filled again: it is told and stays empty.
#[test]
fn views_over_an_emptied_one_are_not_refreshed() {
    let script = "CREATE TABLE t (a integer); INSERT INTO t VALUES (1);
        CREATE MATERIALIZED VIEW first AS SELECT a FROM t; CREATE VIEW between AS SELECT a FROM first;
        CREATE MATERIALIZED VIEW second AS SELECT a FROM between; CREATE MATERIALIZED VIEW third AS SELECT a FROM second;
        CREATE MATERIALIZED VIEW alone AS SELECT a FROM t;
        REFRESH MATERIALIZED VIEW first WITH NO DATA";
    let source = filled(18, "emptied", script);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    let dumped = run(&["dump", &source.conninfo(), "-o", &file], &[]).expect_code(0);
    says(&dumped.stderr, &["public.second", "public.third"]);
    let copy = Database::create(18, "emptied_copy");
    restore(&file, &copy, &[]).expect_code(0);
    let populated = "SELECT string_agg(matviewname, ' ' ORDER BY matviewname) FROM pg_matviews WHERE ispopulated";
    assert_eq!(value(&copy, populated), "alone");
    assert_eq!(
        oracle::difference(
            &oracle::schema_dump(source.server(), source.name()),
            &oracle::schema_dump(copy.server(), copy.name())
        ),
        None
    );
}

/// A partition whose DETACH CONCURRENTLY was interrupted is still one.
#[test]
fn a_partition_that_was_being_detached_is_attached() {
    let script = "CREATE TABLE p (a integer) PARTITION BY LIST (a);
        CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p_2 PARTITION OF p FOR VALUES IN (2);
        INSERT INTO p VALUES (1), (2);
        UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'p_2'::regclass";
    let source = filled(18, "detaching", script);
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(18, "detaching_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    assert_eq!(
        value(
            &copy,
            "SELECT string_agg(a || tableoid::regclass::text, ' ' ORDER BY a) FROM p"
        ),
        "1p_1 2p_2"
    );
}

#[test]
fn a_database_that_was_half_dropped_is_refused_by_its_server() {
    let database = Database::create(18, "half_dropped");
    let mut postgres = Session::open(&database.server().conninfo("postgres"));
    postgres.execute(&format!(
        "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{}'",
        database.name()
    ));
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    let dumped = run(&["dump", &database.conninfo(), "-o", &file], &[]).expect_code(1);
    says(&dumped.stderr, &["invalid database"]);
    assert!(!fs::exists(&file).expect("look for a file"));
}

const LABELLED: &str = "
CREATE SCHEMA l; CREATE TABLE l.\"T t\" (a integer, \"B b\" text); CREATE VIEW l.v AS SELECT 1 AS a; CREATE SEQUENCE l.s;
CREATE FUNCTION l.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE l.p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE l.g(integer) (SFUNC = int4pl, STYPE = integer); CREATE TYPE l.e AS ENUM ('a'); CREATE DOMAIN l.d AS integer;
CREATE MATERIALIZED VIEW l.m AS SELECT 1 AS a; CREATE PUBLICATION l; CREATE LANGUAGE l HANDLER plpgsql_call_handler;
CREATE FUNCTION l.ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER l ON sql_drop EXECUTE FUNCTION l.ev();
INSERT INTO l.\"T t\" VALUES (1, 'x'); SELECT lo_create(7777);
INSERT INTO pg_seclabel SELECT o.oid, o.class, o.sub, p.provider, 'it''s \\ ' || o.class::regclass || p.provider FROM (
  SELECT oid, 'pg_namespace'::regclass::oid, 0 FROM pg_namespace WHERE nspname = 'l'
  UNION ALL SELECT c.oid, 'pg_class'::regclass, n FROM pg_class c, generate_series(0, 2) n WHERE relnamespace = 'l'::regnamespace AND (n = 0 OR relname = 'T t')
  UNION ALL SELECT oid, 'pg_proc'::regclass, 0 FROM pg_proc WHERE pronamespace = 'l'::regnamespace
  UNION ALL SELECT oid, 'pg_type'::regclass, 0 FROM pg_type WHERE typnamespace = 'l'::regnamespace AND typname IN ('e', 'd')
  UNION ALL SELECT oid, 'pg_publication'::regclass, 0 FROM pg_publication UNION ALL SELECT oid, 'pg_event_trigger'::regclass, 0 FROM pg_event_trigger
  UNION ALL SELECT oid, 'pg_language'::regclass, 0 FROM pg_language WHERE lanname = 'l'
  UNION ALL SELECT oid, 'pg_largeobject'::regclass, 0 FROM pg_largeobject_metadata) AS o(oid, class, sub), (VALUES ('dummy'), ('Odd \"one\"')) AS p(provider);
";

/// No provider can be loaded here: the labels are in the archive, and each that the target refuses is listed.
#[test]
fn security_labels_of_every_kind_are_carried() {
    for major in [13, 18] {
        let source = filled(major, "labels", LABELLED);
        let folder = Folder::new();
        let archive = folder.dump(&source, "a.pgark", &[]);
        let sql = run(&["show", &archive, "--sql"], &[]).expect_code(0).stdout;
        for on in [
            "SCHEMA l",
            "TABLE l.\"T t\"",
            "COLUMN l.\"T t\".a",
            "COLUMN l.\"T t\".\"B b\"",
            "VIEW l.v",
            "SEQUENCE l.s",
            "FUNCTION l.f(integer)",
            "PROCEDURE l.p()",
            "AGGREGATE l.g(integer)",
            "TYPE l.e",
            "DOMAIN l.d",
            "MATERIALIZED VIEW l.m",
            "PUBLICATION l",
            "EVENT TRIGGER l",
            "LANGUAGE l",
            "LARGE OBJECT 7777",
        ] {
            for provider in ["dummy", "\"Odd \"\"one\"\"\""] {
                says(&sql, &[&format!("SECURITY LABEL FOR {provider} ON {on} IS E'it''s ")]);
            }
        }
        let copy = Database::create(major, "labels_copy");
        let restored = restore(&archive, &copy, &[]).expect_code(3);
        says(&restored.stderr, &["security label provider \"dummy\" is not loaded"]);
        assert_eq!(value(&copy, "SELECT \"B b\" FROM l.\"T t\""), "x");
        let copy = Database::create(major, "labels_without");
        restore(&archive, &copy, &["--no-security-labels"]).expect_code(0);
        let judged = |database: &Database| {
            let dump = oracle::schema_dump(database.server(), database.name());
            dump.lines()
                .filter(|line| !line.starts_with("--") && !line.starts_with("SECURITY LABEL") && !line.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(judged(&source), judged(&copy));
    }
}

const SPREAD: &str = "
CREATE TABLE t (a integer PRIMARY KEY USING INDEX TABLESPACE \"Ts x\", b text, UNIQUE (b)) TABLESPACE \"Ts x\";
CREATE INDEX in_it ON t (b) TABLESPACE \"Ts x\"; CREATE INDEX not_in_it ON t (a, b);
CREATE TABLE at_home (a integer, EXCLUDE USING btree (a WITH =) USING INDEX TABLESPACE \"Ts x\");
CREATE TABLE p (a integer, b integer) PARTITION BY LIST (a) TABLESPACE \"Ts x\";
CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p_2 PARTITION OF p FOR VALUES IN (2) TABLESPACE pg_default;
CREATE INDEX of_parts ON p (b) TABLESPACE \"Ts x\"; ALTER TABLE p ADD PRIMARY KEY (a) USING INDEX TABLESPACE \"Ts x\";
CREATE MATERIALIZED VIEW m TABLESPACE \"Ts x\" AS SELECT a FROM t; CREATE INDEX ON m (a) TABLESPACE \"Ts x\";
INSERT INTO t VALUES (1, 'x'); INSERT INTO p VALUES (1, 1), (2, 2);
";

/// Tables, keys and indexes go to the tablespace they came from, or all to the database's own.
#[test]
fn tablespaces_are_used_or_left_out() {
    const PLACES: &str = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c JOIN pg_tablespace s ON s.oid = reltablespace WHERE spcname = 'Ts x' AND relname !~ 'toast'";
    for major in [13, 15, 18] {
        let server = start(major, &ServerOptions::default());
        let mut postgres = Session::open(&server.conninfo("postgres"));
        let place = Folder::new();
        if major >= 15 {
            postgres.execute("SET allow_in_place_tablespaces = on");
            postgres.execute("CREATE TABLESPACE \"Ts x\" LOCATION ''");
        } else {
            // Where the server's own account may write.
            let path = server.socket_dir().join("ts");
            fs::create_dir(&path).expect("folder");
            let owner = fs::metadata(server.socket_dir()).expect("folder of the server");
            std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).expect("give the folder away");
            postgres.execute(&format!("CREATE TABLESPACE \"Ts x\" LOCATION '{}'", path.display()));
        }
        for name in ["a", "b", "c", "d"] {
            postgres.execute(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        }
        let archive = place.file("a.pgark");
        let sql = |database: &str| Session::open(&server.conninfo(database));
        sql("a").execute(SPREAD);
        let spread = |database: &str| sql(database).value(&format!("SELECT ({PLACES}) AS value"));
        run(&["dump", &server.conninfo("a"), "-o", &archive], &[]).expect_code(0);
        run(&["restore", &archive, "-d", &server.conninfo("b"), "-j", "3"], &[]).expect_code(0);
        assert_eq!(spread("a"), spread("b"));
        assert_eq!(
            spread("a"),
            "at_home_a_excl in_it m m_a_idx of_parts p p_1 p_1_b_idx p_1_pkey p_2_b_idx p_2_pkey p_pkey t t_pkey"
        );
        assert_eq!(
            oracle::difference(&oracle::full_dump(&server, "a"), &oracle::full_dump(&server, "b")),
            None
        );
        run(&["compare", &server.conninfo("a"), &server.conninfo("b")], &[]).expect_code(0);
        run(
            &["restore", &archive, "-d", &server.conninfo("c")],
            &["--no-tablespaces"],
        )
        .expect_code(0);
        assert_eq!(sql("c").query(PLACES)[0].opt_string("string_agg").expect("text"), None);
        assert_eq!(sql("c").value("SELECT (SELECT count(*) FROM p)::text AS value"), "2");
        let placeless = |database: &str| {
            let dump = oracle::full_dump(&server, database);
            let lines = dump
                .lines()
                .map(|line| line.split("; Tablespace: ").next().unwrap_or_default());
            lines
                .filter(|line| !line.is_empty() && !line.starts_with("SET default_tablespace"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(oracle::difference(&placeless("a"), &placeless("c")), None);
        // One that the target lacks is named before anything is made.
        postgres.execute("DROP DATABASE a");
        postgres.execute("DROP DATABASE b");
        postgres.execute("DROP TABLESPACE \"Ts x\"");
        let refused = run(&["restore", &archive, "-d", &server.conninfo("d")], &[]).expect_code(1);
        says(&refused.stderr, &["tablespace", "Ts x"]);
        assert_eq!(
            sql("d").value("SELECT count(*)::text AS value FROM pg_tables WHERE schemaname = 'public'"),
            "0"
        );
    }
}

/// A target has a schema `public` by itself; a restore does not take it away.
#[test]
fn a_database_without_public_stays_one() {
    let script = "DROP SCHEMA public; CREATE SCHEMA app; CREATE TABLE app.t (a integer); INSERT INTO app.t VALUES (1)";
    for major in [13, 18] {
        let source = filled(major, "no_public", script);
        let folder = Folder::new();
        let archive = folder.dump(&source, "a.pgark", &[]);
        let mut found = entries(&archive);
        found.retain(|entry| !entry.starts_with("DATABASE "));
        assert_eq!(found, ["SCHEMA app", "TABLE app.t"]);
        let copy = filled(major, "no_public_copy", "DROP SCHEMA public");
        restore(&archive, &copy, &[]).expect_code(0);
        run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
        let copy = Database::create(major, "public_stays");
        restore(&archive, &copy, &[]).expect_code(0);
        assert_eq!(
            value(&copy, "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'"),
            "1"
        );
    }
}
