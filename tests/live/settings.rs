//! Settings of a role and a database that no session of any command may be ended or bent by.

use crate::kit::{Folder, run, says, value};
use crate::support::Database;
use crate::support::program::Run;
use crate::support::session::Session;

const SCRIPT: &str = r#"
CREATE TABLE t (id int PRIMARY KEY, d date DEFAULT date '2024-02-29', "date" interval DEFAULT interval '1 mon 2 days 03:04:05',
    f float8 DEFAULT 0.1, b bytea DEFAULT '\x00ff', at timestamptz DEFAULT timestamptz '2024-02-29 12:34:56.789+00',
    x xml DEFAULT '<a/>b', twice int GENERATED ALWAYS AS (id * 2) STORED, CHECK (d > date '2000-12-01'));
INSERT INTO t (id, f) SELECT i, 1.0 / i FROM generate_series(1, 200) i;
CREATE INDEX ON t (d) WHERE "date" > interval '1 day';
CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t, words text[] DEFAULT '{NULL,"a b"}');
INSERT INTO child SELECT i, i FROM generate_series(1, 100) i;
CREATE TABLE guarded (id int PRIMARY KEY, who text);
INSERT INTO guarded VALUES (1, 'a'), (2, 'b');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded USING (who = current_user);
CREATE VIEW v AS SELECT id, d, "date" FROM t WHERE f > 0.01 AND x IS NOT NULL;
CREATE MATERIALIZED VIEW mv AS SELECT id, d + "date" AS later FROM v;
CREATE FUNCTION f(date) RETURNS date LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION nothing(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n = NULL';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.who := 'it''s \ me'; RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE keep AS ON DELETE TO child DO INSTEAD NOTHING;
SELECT lo_from_bytea(4711, '\x0123');
"#;

/// (first major, name, value). Some end a session, some change what a server reads, prints or lets through.
const SETTINGS: &[(u32, &str, &str)] = &[
    (13, "statement_timeout", "'5ms'"),
    (13, "lock_timeout", "'1ms'"),
    (13, "idle_in_transaction_session_timeout", "'5ms'"),
    (14, "idle_session_timeout", "'5ms'"),
    (17, "transaction_timeout", "'5ms'"),
    (13, "tcp_user_timeout", "'50ms'"),
    (13, "gin_fuzzy_search_limit", "1"),
    (13, "default_transaction_read_only", "on"),
    (13, "default_transaction_isolation", "serializable"),
    (13, "default_transaction_deferrable", "on"),
    (13, "search_path", "nonesuch, pg_catalog"),
    (13, "quote_all_identifiers", "on"),
    (13, "row_security", "on"),
    (13, "DateStyle", "'German, DMY'"),
    (13, "IntervalStyle", "iso_8601"),
    (13, "TimeZone", "'Asia/Kathmandu'"),
    (13, "extra_float_digits", "-15"),
    (13, "bytea_output", "escape"),
    (13, "standard_conforming_strings", "off"),
    (13, "backslash_quote", "on"),
    (13, "array_nulls", "off"),
    (13, "transform_null_equals", "on"),
    (13, "xmloption", "document"),
    (13, "xmlbinary", "hex"),
    (13, "check_function_bodies", "on"),
    (13, "session_replication_role", "replica"),
    (13, "client_min_messages", "debug1"),
    (13, "default_text_search_config", "'pg_catalog.simple'"),
    (13, "synchronize_seqscans", "on"),
    (13, "enable_seqscan", "off"),
    (13, "constraint_exclusion", "on"),
    (13, "default_statistics_target", "1"),
    (13, "plpgsql.extra_errors", "'all'"),
    (14, "default_toast_compression", "pglz"),
    (16, "createrole_self_grant", "'set, inherit'"),
    (17, "event_triggers", "off"),
    (18, "restrict_nonsystem_relation_kind", "'view, foreign-table'"),
    // Last: from here on the role may do next to nothing.
    (13, "role", "pgark_reader"),
];

/// Gives a database and a role all settings that the server knows.
fn set_all(major: u32, database: &str, role: &str, session: &mut Session) {
    for (_, name, value) in SETTINGS.iter().filter(|(since, ..)| *since <= major) {
        for target in [format!("DATABASE \"{database}\""), format!("ROLE {role}")] {
            // A role is no setting of a database where its superusers would lose their rights on all others.
            if *name != "role" || target.starts_with("ROLE") {
                session.execute(&format!("ALTER {target} SET {name} = {value}"));
            }
        }
    }
}

fn all_commands(major: u32) {
    let role = format!("pgark_hurried_{major}");
    let source = Database::create(major, "hurried");
    let mut owner = Session::open(&source.server().conninfo("postgres"));
    let _ = owner.try_execute(&format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    source.run_script(SCRIPT).unwrap_or_else(|error| panic!("{error}"));
    let copy = Database::create(major, "hurried_copy");
    for database in [&source, &copy] {
        set_all(major, database.name(), &role, &mut owner);
    }
    // The other databases of the server know the role's settings alone.
    let as_role = |database: &str| format!("{} user={role}", source.server().conninfo(database));
    let (from, to, folder) = (as_role(source.name()), as_role(copy.name()), Folder::new());
    let (archive, repo) = (folder.file("a.pgark"), folder.file("R"));
    let good = |arguments: &[&str]| run(arguments, &[]).expect_code(0);
    let in_repo = |arguments: &[&str]| run(arguments, &["--repo", &repo]);

    good(&["dump", &from, "-o", &archive, "-j", "2"]);
    good(&["verify", &archive]);
    let sql = good(&["show", "--sql", &archive]).stdout;
    for bent in ["\"t\"", "\"public\"", "29.02.2024", "P1M", "\\000"] {
        assert!(!sql.contains(bent), "`{bent}` is in\n{sql}");
    }
    says(
        &sql,
        &["SET statement_timeout TO '5ms'", "SET quote_all_identifiers TO 'on'"],
    );
    good(&["restore", &archive, "-d", &to, "-j", "2"]);
    good(&["compare", &archive, &to]);
    good(&["compare", &from, &to]);
    good(&["compare", &source.conninfo(), &copy.conninfo()]);
    let other = Database::create(major, "hurried_part");
    good(&[
        "restore",
        &archive,
        "-d",
        &as_role(other.name()),
        "--function",
        "f(date)",
    ]);
    assert_eq!(
        value(&other, "SELECT to_regprocedure('public.f(date)') IS NOT NULL"),
        "true"
    );
    let csv = good(&["export", &archive, "--table", "t", "--format", "csv"]).stdout;
    says(&csv, &["2024-02-29"]);
    copy.session()
        .execute("SET default_transaction_read_only = off; DELETE FROM public.guarded");
    let by_key = ["restore", &archive, "-d", &to, "-t", "guarded", "--where", "id = 1"];
    good(&by_key);
    assert_eq!(value(&copy, "SELECT count(*) FROM public.guarded"), "1");

    in_repo(&["snapshot", "create", &from, "--label", "before"]).expect_code(0);
    in_repo(&["diff", "before", &from]).expect_code(0);
    let smoke = folder.file("smoke.sql");
    std::fs::write(
        &smoke,
        "SELECT count(*) = 200 FROM public.t; SELECT pg_sleep(0.05) IS NOT NULL;",
    )
    .expect("script");
    in_repo(&["drill", "latest", "-d", &as_role("postgres"), "--smoke-sql", &smoke]).expect_code(0);
    for method in ["swap", "transaction"] {
        if method == "transaction" {
            source
                .session()
                .execute("SET default_transaction_read_only = off; SELECT lo_unlink(4711)");
            in_repo(&["snapshot", "create", &from, "--label", "without-large-objects"]).expect_code(0);
        }
        let label = if method == "swap" {
            "before"
        } else {
            "without-large-objects"
        };
        source
            .session()
            .execute("SET default_transaction_read_only = off; UPDATE public.t SET f = 0; DROP VIEW public.v CASCADE");
        in_repo(&["diff", label, &from]).expect_code(3);
        let back = [
            "rollback",
            label,
            "-d",
            &from,
            "--yes",
            "--method",
            method,
            "--smoke-sql",
            &smoke,
        ];
        in_repo(&back).expect_code(0);
        in_repo(&["diff", label, &from]).expect_code(0);
    }
    let carried = value(
        &source,
        "SELECT count(*) FROM pg_db_role_setting s, unnest(s.setconfig) \
         WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let set = SETTINGS
        .iter()
        .filter(|(since, name, _)| *since <= major && *name != "role");
    assert_eq!(carried, set.count().to_string());
    drop((source, copy, other));
    let _ = owner.try_execute(&format!("DROP ROLE {role}"));
}

#[test]
fn no_setting_ends_or_bends_a_command_on_13() {
    all_commands(13);
}

#[test]
fn no_setting_ends_or_bends_a_command_on_15() {
    all_commands(15);
}

#[test]
fn no_setting_ends_or_bends_a_command_on_17() {
    all_commands(17);
}

#[test]
fn no_setting_ends_or_bends_a_command_on_18() {
    all_commands(18);
}

/// What a user says for one command bends no output either, and is obeyed where it is about rights.
#[test]
fn options_of_a_connection_bend_no_output() {
    let source = crate::kit::filled(
        18,
        "optional",
        "CREATE TABLE t (d date DEFAULT date '2024-02-29'); CREATE FUNCTION f(date) \
        RETURNS date LANGUAGE sql AS 'SELECT $1'; INSERT INTO t VALUES (DEFAULT)",
    );
    let folder = Folder::new();
    let plain = folder.dump(&source, "plain.pgark", &[]);
    let with = |options: &str| format!("{} options='{options}'", source.conninfo());
    let bent = with(
        "-c quote_all_identifiers=on -c DateStyle=German -c statement_timeout=1ms -c default_transaction_read_only=on",
    );
    run(&["compare", &plain, &bent], &[]).expect_code(0);
    let archive = folder.file("bent.pgark");
    run(&["dump", &bent, "-o", &archive], &[]).expect_code(0);
    run(&["diff", &plain, &archive], &[]).expect_code(0);
    let denied: Run = run(
        &["dump", &with("-c role=pgark_reader"), "-o", &folder.file("c.pgark")],
        &[],
    );
    says(
        &denied.expect_code(1).stderr,
        &["GRANT SELECT ON TABLE public.t TO pgark_reader"],
    );
}
