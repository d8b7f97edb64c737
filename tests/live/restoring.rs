//! What the options of `restore` do to a target, and what it says when something is in the way.

use crate::kit::{Folder, filled, json, present, restore, run, says, value};
use crate::support::Database;
use crate::support::session::Session;
use crate::support::{ROLES, server, start};
use pgark::internals::server::ServerOptions;

const SMALL: &str = "
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad', 'glad');
CREATE FUNCTION s.double(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
CREATE TABLE s.a (id int PRIMARY KEY, mood s.mood DEFAULT 'sad', twice int);
CREATE TABLE s.b (id serial PRIMARY KEY, a int REFERENCES s.a);
CREATE INDEX a_double ON s.a (s.double(id));
CREATE VIEW s.v AS SELECT count(*) AS n FROM s.b;
CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.a;
INSERT INTO s.a SELECT g, 'glad', 2 * g FROM generate_series(1, 300) g;
INSERT INTO s.b (a) SELECT g FROM generate_series(1, 300) g;
REFRESH MATERIALIZED VIEW s.m;
";

#[test]
fn create_makes_the_database_with_its_encoding_and_locale() {
    let folder = Folder::new();
    let mut admin = Session::open(&server(13).conninfo("postgres"));
    admin.execute("DROP DATABASE IF EXISTS \"Old Shop\"");
    admin.execute("CREATE DATABASE \"Old Shop\" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
    let source = server(13).conninfo("Old Shop");
    let mut session = Session::open(&source);
    session.execute("CREATE TABLE t (a text)");
    session.execute("INSERT INTO t VALUES (chr(228) || chr(246))");
    drop(session);
    let file = folder.file("a.pgark");
    run(&["dump", &source, "-o", &file], &[]).expect_code(0);

    let target = server(18).conninfo("postgres");
    let mut admin = Session::open(&target);
    admin.execute("DROP DATABASE IF EXISTS \"Old Shop\"");
    run(&["restore", &file, "-d", &target, "--create"], &["--plan"]).expect_code(0);
    run(&["restore", &file, "-d", &target, "--create"], &[]).expect_code(0);
    let made = admin.value(
        "SELECT concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype) AS value \
         FROM pg_database WHERE datname = 'Old Shop'",
    );
    assert_eq!(made, "LATIN1 C C");
    run(&["compare", &source, &server(18).conninfo("Old Shop")], &[]).expect_code(0);

    let again = run(&["restore", &file, "-d", &target, "--create"], &[]).expect_code(1);
    says(
        &again.stderr,
        &["cannot create the database", "already exists", "42P04"],
    );
    run(&["restore", &file, "-d", &target, "--create", "--clean"], &[]).expect_code(0);
    run(&["compare", &file, &server(18).conninfo("Old Shop")], &[]).expect_code(0);
    admin.execute("DROP DATABASE \"Old Shop\"");
    run(&["restore", &file, "-d", &target, "--create", "--clean"], &[]).expect_code(1);
    run(
        &["restore", &file, "-d", &target, "--create", "--clean", "--if-exists"],
        &[],
    )
    .expect_code(0);
    admin.execute("DROP DATABASE \"Old Shop\"");
    Session::open(&server(13).conninfo("postgres")).execute("DROP DATABASE \"Old Shop\"");
}

#[test]
fn a_target_that_has_the_objects_is_left_alone_without_clean() {
    let (folder, source) = (Folder::new(), filled(18, "refuse", SMALL));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = filled(
        18,
        "refuse_copy",
        "CREATE SCHEMA s; CREATE TABLE s.a (mine text); INSERT INTO s.a VALUES ('mine')",
    );
    let run = restore(&archive, &target, &[]).expect_code(1);
    says(
        &run.stderr,
        &["the target already has 2", "schema s", "table s.a", "--clean"],
    );
    assert_eq!(present(&target), "s.a");
    assert_eq!(value(&target, "SELECT mine FROM s.a"), "mine");
    let run = restore(&archive, &target, &["--plan"]).expect_code(3);
    says(&run.stdout, &["already there: SCHEMA s", "already there: TABLE s.a"]);
}

#[test]
fn clean_replaces_what_is_there() {
    let (folder, source) = (Folder::new(), filled(18, "clean", SMALL));
    let archive = folder.dump(&source, "a.pgark", &[]);
    // Empty: plain DROPs fail, each is listed, and everything is restored all the same.
    let empty = Database::create(18, "clean_empty");
    let listed = restore(&archive, &empty, &["--clean"]).expect_code(3);
    says(&listed.stderr, &["cannot restore", "does not exist"]);
    let empty = Database::create(18, "clean_empty");
    restore(&archive, &empty, &["--clean", "--if-exists"]).expect_code(0);
    run(&["compare", &archive, &empty.conninfo()], &[]).expect_code(0);
    // Identical, both forms.
    for options in [&["--clean"][..], &["--clean", "--if-exists"]] {
        empty.session().execute("UPDATE s.a SET twice = 0");
        restore(&archive, &empty, options).expect_code(0);
        run(&["compare", &archive, &empty.conninfo()], &[]).expect_code(0);
    }
    // Some of it, some of it different, and something that is none of the archive's business.
    let partly = filled(
        18,
        "clean_partly",
        "CREATE SCHEMA s; CREATE SCHEMA other; CREATE TABLE s.b (x text); CREATE TABLE other.kept AS SELECT 1 AS a; \
         CREATE VIEW s.v AS SELECT x FROM s.b; CREATE TABLE s.a (id int)",
    );
    restore(&archive, &partly, &["--clean", "--if-exists"]).expect_code(0);
    run(&["compare", &archive, &partly.conninfo(), "-n", "s"], &[]).expect_code(0);
    assert_eq!(value(&partly, "SELECT a FROM other.kept"), "1");
    run(&["restore", &archive, "-d", "x", "--if-exists"], &[]).expect_code(2);
}

#[test]
fn roles_that_the_target_lacks_are_named_or_not_needed() {
    let source = start(18, &ServerOptions::default());
    Session::open(&source.conninfo("postgres")).execute("CREATE DATABASE far");
    let mut session = Session::open(&source.conninfo("far"));
    for sql in [
        "CREATE ROLE far_owner",
        "CREATE ROLE far_reader",
        "CREATE SCHEMA s AUTHORIZATION far_owner",
        "CREATE TABLE s.t (a int)",
        "ALTER TABLE s.t OWNER TO far_owner",
        "INSERT INTO s.t VALUES (1)",
        "GRANT SELECT ON s.t TO far_reader",
        "GRANT UPDATE (a) ON s.t TO far_reader",
        "ALTER DEFAULT PRIVILEGES FOR ROLE far_owner IN SCHEMA s GRANT SELECT ON TABLES TO far_reader",
    ] {
        session.execute(sql);
    }
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    run(&["dump", &source.conninfo("far"), "-o", &file], &[]).expect_code(0);

    let target = Database::create(18, "roles");
    let refused = restore(&file, &target, &[]).expect_code(1);
    says(
        &refused.stderr,
        &[
            "the target has no role: `far_owner`, `far_reader`",
            "--no-owner --no-privileges",
        ],
    );
    assert_eq!(present(&target), "");
    let plan = restore(&file, &target, &["--plan"]).expect_code(3);
    says(
        &plan.stdout,
        &[
            "missing on the target: role far_owner",
            "missing on the target: role far_reader",
        ],
    );
    // Either alone leaves the other's roles.
    let owners = restore(&file, &target, &["--no-privileges"]).expect_code(1);
    assert!(
        owners.stderr.contains("far_owner") && !owners.stderr.contains("far_reader"),
        "{}",
        owners.stderr
    );
    says(
        &restore(&file, &target, &["--no-owner"]).expect_code(1).stderr,
        &["far_reader"],
    );

    restore(&file, &target, &["--no-owner", "--no-privileges"]).expect_code(0);
    assert_eq!(
        value(
            &target,
            "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 's.t'::regclass"
        ),
        "postgres"
    );
    assert_eq!(value(&target, "SELECT count(*) FROM pg_default_acl"), "0");
    let (a, b) = (file.as_str(), &target.conninfo());
    run(&["compare", a, b], &["--no-owner", "--no-privileges"]).expect_code(0);
    let differing = run(&["compare", a, b], &["--no-owner"]).expect_code(3);
    says(
        &differing.stdout,
        &["privileges of TABLE s.t differs", "DEFAULT PRIVILEGES"],
    );
    let differing = run(&["compare", a, b], &["--no-privileges"]).expect_code(3);
    says(
        &differing.stdout,
        &["owner of TABLE s.t differs", "A far_owner", "B postgres"],
    );
}

#[test]
fn owners_and_privileges_can_be_left_out() {
    let script = format!(
        "CREATE TABLE t (a int); ALTER TABLE t OWNER TO {0}; GRANT SELECT ON t TO {1}; \
         ALTER DEFAULT PRIVILEGES FOR ROLE {0} GRANT SELECT ON TABLES TO {1}",
        ROLES[0], ROLES[1]
    );
    let (folder, source) = (Folder::new(), filled(13, "acl", &script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let state = |options: &[&str]| {
        let copy = Database::create(13, "acl_copy");
        restore(&archive, &copy, options).expect_code(0);
        value(
            &copy,
            "SELECT concat_ws(' ', pg_get_userbyid(relowner), relacl IS NOT NULL, (SELECT count(*) FROM pg_default_acl)) \
             FROM pg_class WHERE oid = 't'::regclass",
        )
    };
    assert_eq!(state(&[]), "pgark_owner t 1");
    assert_eq!(state(&["--no-owner"]), "postgres t 1");
    assert_eq!(state(&["--no-privileges"]), "pgark_owner f 0");
    assert_eq!(state(&["-O", "-x"]), "postgres f 0");
}

/// A foreign key that its rows violate, a function index whose function refuses a row, and a view on a missing table.
const INCONSISTENT: &str = "
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int, CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent);
CREATE TABLE fine (id int PRIMARY KEY, v int);
SET session_replication_role = replica;
INSERT INTO child VALUES (1, 77);
RESET session_replication_role;
INSERT INTO fine SELECT g, 10 / g FROM generate_series(1, 9) g;
CREATE FUNCTION broken(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1 / i';
CREATE UNIQUE INDEX fine_broken ON fine (broken(id)) WHERE id = 1;
CREATE UNIQUE INDEX fine_id ON fine (id);
ALTER TABLE fine REPLICA IDENTITY USING INDEX fine_id;
CREATE OR REPLACE FUNCTION broken(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1 / (i - i)';
";

#[test]
fn what_fails_is_listed_and_the_rest_is_restored() {
    let (folder, source) = (Folder::new(), filled(13, "inconsistent", INCONSISTENT));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(13, "inconsistent_copy");
    let run = restore(&archive, &copy, &["-j", "2"]).expect_code(3);
    says(
        &run.stderr,
        &[
            "error: cannot restore FK CONSTRAINT public.child.child_parent: ",
            "violates foreign key constraint \"child_parent\" (SQLSTATE 23503)",
            "detail: Key (parent)=(77) is not present",
            "statement: ALTER TABLE",
            "error: cannot restore INDEX public.fine_broken: division by zero (SQLSTATE 22012)",
        ],
    );
    says(&run.stdout, &["2 failed"]);
    assert_eq!(value(&copy, "SELECT count(*) FROM child"), "1");
    assert_eq!(value(&copy, "SELECT count(*) FROM fine"), "9");
    assert_eq!(
        value(
            &copy,
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'child'::regclass"
        ),
        "1"
    );

    let copy = Database::create(13, "inconsistent_json");
    let run = restore(&archive, &copy, &["--json"]).expect_code(3);
    let report = json(&run);
    let failures = report["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 2);
    let key = failures
        .iter()
        .find(|f| f["kind"] == "FK CONSTRAINT")
        .expect("the foreign key");
    assert_eq!(key["sqlstate"], "23503");
    assert_eq!(key["identity"], "public.child.child_parent");
    assert!(key["statement"].as_str().is_some_and(|s| s.starts_with("ALTER TABLE")));

    let copy = Database::create(13, "inconsistent_stop");
    let run = restore(&archive, &copy, &["--exit-on-error", "-j", "1"]).expect_code(1);
    assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
    says(&run.stderr, &["error: cannot restore ", "SQLSTATE", "hint"]);
}

#[test]
fn what_depends_on_a_failure_is_skipped_and_says_why() {
    let script = "
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TABLE t (id int PRIMARY KEY, p positive);
        INSERT INTO t VALUES (1, 1);
        CREATE VIEW v AS SELECT p FROM t;
        CREATE VIEW w AS SELECT p FROM v;
        CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t);
        INSERT INTO u VALUES (1, 1);
    ";
    let (folder, source) = (Folder::new(), filled(18, "skipped", script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    // A type of the name of table `t` is in the way: refused at first, so that it must come in between.
    let copy = filled(18, "skipped_copy", "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN IF current_query() LIKE '%CREATE TABLE public.t %' THEN RAISE EXCEPTION 'not here' USING ERRCODE = 'P0042'; END IF; END $$;
        CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION no()");
    let run = restore(&archive, &copy, &["-j", "2"]).expect_code(3);
    says(
        &run.stderr,
        &[
            "error: cannot restore TABLE public.t: not here (SQLSTATE P0042)",
            "skipped: TABLE DATA public.t, because TABLE public.t failed",
            "skipped: CONSTRAINT public.t.t_pkey, because TABLE public.t failed",
            "skipped: VIEW public.v, because TABLE public.t failed",
            "skipped: VIEW public.w, because TABLE public.t failed",
            "skipped: FK CONSTRAINT public.u.u_t_fkey, because TABLE public.t failed",
        ],
    );
    assert_eq!(present(&copy), "public.u");
    assert_eq!(value(&copy, "SELECT count(*) FROM u"), "1");
    let stopped = filled(
        18,
        "skipped_stop",
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = 'P0042'; END $$;
        CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION no()",
    );
    let run = restore(&archive, &stopped, &["-e"]).expect_code(1);
    says(
        &run.stderr,
        &["error: cannot restore TABLE public.", "not here (SQLSTATE P0042)"],
    );
    // Nothing but the record of it, with which it goes on.
    let left = present(&stopped);
    let left: Vec<&str> = left.split(' ').collect();
    assert!(
        left.len() == 3 && left.iter().all(|name| name.starts_with("pgark_restore_")),
        "{left:?}"
    );
    stopped.session().execute("DROP EVENT TRIGGER no");
    stopped.session().execute("DROP FUNCTION no");
    restore(&archive, &stopped, &["--resume"]).expect_code(0);
    assert_eq!(present(&stopped), present(&source));
}

#[test]
fn what_needs_something_skipped_is_told_what_failed() {
    let script = "
        CREATE TABLE t (id int PRIMARY KEY, p int);
        INSERT INTO t VALUES (1, 1);
        CREATE MATERIALIZED VIEW m AS SELECT id, p, count(*) FROM t GROUP BY id;
        CREATE INDEX m_p ON m (p);
    ";
    let (folder, source) = (Folder::new(), filled(18, "told", script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = filled(18, "told_copy", "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN IF current_query() LIKE '%t_pkey%' THEN RAISE EXCEPTION 'not here' USING ERRCODE = 'P0042'; END IF; END $$;
        CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION no()");
    let run = restore(&archive, &copy, &["-j", "2", "--json"]).expect_code(3);
    // The view is skipped while rows are loaded, and what fills it when that is over.
    let told = [
        "MATERIALIZED VIEW public.m",
        "INDEX public.m_p",
        "MATERIALIZED VIEW DATA public.m",
    ]
    .map(|what| format!("skipped: {what}, because CONSTRAINT public.t.t_pkey failed"));
    says(&run.stderr, &told.each_ref().map(String::as_str));
    assert_eq!(run.stderr.matches(" failed").count(), told.len(), "{}", run.stderr);
    let report = json(&run);
    let told = report["skipped"].as_array().expect("list");
    let because = |one: &serde_json::Value| one["because"] == "CONSTRAINT public.t.t_pkey failed";
    assert!(told.len() == 3 && told.iter().all(because), "{told:?}");
}

#[test]
fn a_record_that_another_version_has_made_is_named_so() {
    let (folder, source) = (Folder::new(), filled(18, "older", "CREATE TABLE t (id int)"));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = filled(
        18,
        "older_copy",
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = 'P0042'; END $$;
        CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION no()",
    );
    restore(&archive, &target, &["-e"]).expect_code(1);
    let schema = value(
        &target,
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pgark_restore_%'",
    );
    let older = format!("pgark_restore_{}", "0".repeat(32));
    let mut session = target.session();
    session.execute("DROP EVENT TRIGGER no");
    session.execute(&format!("ALTER SCHEMA {schema} RENAME TO {older}"));
    // With the same form of record, it is another restore's.
    let run = restore(&archive, &target, &["--resume"]).expect_code(1);
    says(&run.stderr, &["has no record of this restore", "other options", &older]);
    assert!(!run.stderr.contains("another version"), "{}", run.stderr);
    session.execute(&format!(
        "COMMENT ON SCHEMA {older} IS 'record of a restore (pgark 0.0.1)'"
    ));
    let run = restore(&archive, &target, &["--resume"]).expect_code(1);
    says(
        &run.stderr,
        &[
            "has no record of this restore",
            &format!("{older} (made by another version, pgark 0.0.1, which alone can go on with it)"),
        ],
    );
    assert_eq!(
        value(&target, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        "0"
    );
}

#[test]
fn rows_that_do_not_fit_are_a_failure_of_their_table_alone() {
    let script = "
        CREATE TABLE strict (id int PRIMARY KEY, v int);
        CREATE TABLE other (id int PRIMARY KEY);
        INSERT INTO strict VALUES (1, 1), (2, -2);
        INSERT INTO other SELECT generate_series(1, 100);
    ";
    let (folder, source) = (Folder::new(), filled(13, "rows", script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = filled(
        13,
        "rows_copy",
        "CREATE TABLE strict (id int PRIMARY KEY, v int CHECK (v > 0)); CREATE TABLE other (id int)",
    );
    let run = restore(&archive, &copy, &["--data-only"]).expect_code(3);
    says(
        &run.stderr,
        &[
            "error: cannot restore TABLE DATA public.strict: ",
            "SQLSTATE 23514",
            "context: COPY strict, line 2",
        ],
    );
    assert_eq!(value(&copy, "SELECT count(*) FROM strict"), "0");
    assert_eq!(value(&copy, "SELECT count(*) FROM other"), "100");
}

#[test]
fn a_plan_lists_the_steps_and_changes_nothing() {
    let (folder, source) = (Folder::new(), filled(18, "plan", SMALL));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "plan_copy");
    let plan = restore(&archive, &target, &["--plan"]).expect_code(0);
    says(
        &plan.stdout,
        &[
            "nothing is changed",
            "create  SCHEMA s",
            "load    s.a",
            "create  FK CONSTRAINT s.b.b_a_fkey",
            "create  MATERIALIZED VIEW DATA s.m",
        ],
    );
    let plan = json(&restore(&archive, &target, &["--plan", "--json", "-t", "s.b"]).expect_code(0));
    assert_eq!(plan["rows_of"], serde_json::json!(["s.b"]));
    assert_eq!(plan["left_out"], serde_json::json!(["FK CONSTRAINT s.b.b_a_fkey"]));
    assert_eq!(plan["missing"], serde_json::json!([]));
    assert_eq!(present(&target), "");
    assert_eq!(
        value(&target, "SELECT count(*) FROM pg_namespace WHERE nspname = 's'"),
        "0"
    );
}

#[test]
fn any_number_of_sessions_gives_the_same_copy() {
    let (folder, source) = (Folder::new(), filled(13, "jobs", SMALL));
    for jobs in ["1", "2", "4"] {
        let archive = folder.dump(&source, &format!("{jobs}.pgark"), &["-j", jobs]);
        let copy = Database::create(13, "jobs_copy");
        let report = json(&restore(&archive, &copy, &["-j", jobs, "--json"]).expect_code(0));
        assert_eq!(
            (&report["rows"], &report["relations"]),
            (&serde_json::json!(600), &serde_json::json!(2))
        );
        run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    }
}

#[test]
fn plain_tables_go_to_an_older_major() {
    let (folder, source) = (Folder::new(), filled(18, "older", SMALL));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(13, "older_copy");
    restore(&archive, &copy, &["-j", "2"]).expect_code(0);
    // Before 15 everybody may create in `public`; that stays as the target has it, and is no difference.
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    run(&["compare", &copy.conninfo(), &archive, "-n", "s"], &[]).expect_code(0);
}
