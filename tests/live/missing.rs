//! What a target cannot have: refused with what would help, or left out with everything that needs it, and listed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use pgark::internals::server::{Server, ServerOptions};

use crate::kit::{Folder, json, present, restore, run, says, value};
use crate::support::program::pgark;
use crate::support::session::Session;
use crate::support::{Database, places, start};

/// A server that has an extension and roles which no other has.
fn far() -> &'static Server {
    static FAR: OnceLock<Server> = OnceLock::new();
    FAR.get_or_init(|| {
        let folder = tempfile::tempdir_in(places().scratch).expect("folder").keep();
        let extension = folder.join("extension");
        fs::create_dir(&extension).expect("folder");
        fs::write(
            extension.join("gone.control"),
            "comment = 'of one server'\ndefault_version = '1.0'\nrelocatable = true\n",
        )
        .expect("file");
        fs::write(
            extension.join("gone--1.0.sql"),
            "CREATE TYPE gone_kind AS ENUM ('a', 'b');\n\
             CREATE FUNCTION gone_norm(v text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select lower(v)';\n",
        )
        .expect("file");
        for path in [&folder, &extension] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        let path = format!("{}:$system", folder.display());
        let options = ServerOptions {
            settings: vec![("extension_control_path".to_owned(), path)],
            ..ServerOptions::default()
        };
        let server = start(18, &options);
        let mut session = Session::open(&server.conninfo("postgres"));
        session.execute("CREATE ROLE far_app; CREATE ROLE far_ro; CREATE ROLE far_web");
        server
    })
}

const SCRIPT: &str = "
CREATE EXTENSION gone;
CREATE TABLE plain (id int PRIMARY KEY, name text);
INSERT INTO plain SELECT g, 'N' || g FROM generate_series(1, 100) g;
CREATE INDEX plain_norm ON plain (gone_norm(name));
CREATE INDEX plain_name ON plain (name);
CREATE TABLE kinds (id int PRIMARY KEY REFERENCES plain, k gone_kind);
INSERT INTO kinds SELECT g, 'a' FROM generate_series(1, 50) g;
CREATE TABLE notes (id int REFERENCES kinds, plain int REFERENCES plain);
INSERT INTO notes VALUES (1, 1);
CREATE VIEW kinds_view AS SELECT k, count(*) FROM kinds GROUP BY k;
CREATE VIEW plain_view AS SELECT id FROM plain;
CREATE FUNCTION takes(k gone_kind) RETURNS int LANGUAGE sql AS 'select 1';
";

const ROLES: &str = "
CREATE TABLE owned (id int PRIMARY KEY, app text);
INSERT INTO owned SELECT g, 'a' FROM generate_series(1, 10) g;
ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY ro ON owned FOR SELECT TO far_ro USING (app = 'a');
CREATE POLICY everybody ON owned USING (true);
ALTER TABLE owned OWNER TO far_app;
GRANT SELECT ON owned TO far_ro, PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE far_app GRANT SELECT ON TABLES TO far_ro;
";

fn source(what: &str, script: &str) -> Database {
    let database = Database::on(far(), what, "UTF8");
    database.run_script(script).unwrap_or_else(|error| panic!("{error}"));
    database
}

#[test]
fn what_needs_a_missing_extension_is_left_out_with_it() {
    let (source, folder) = (source("without_extension", SCRIPT), Folder::new());
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "without_extension_copy");
    let refused = restore(&archive, &target, &[]).expect_code(1);
    says(
        &refused.stderr,
        &["the target has no extension: `gone`", "--skip-missing"],
    );
    let lost = [
        "EXTENSION gone",
        "TABLE public.kinds",
        "CONSTRAINT public.kinds.kinds_pkey",
        "VIEW public.kinds_view",
        "INDEX public.plain_norm",
        "FUNCTION public.takes(public.gone_kind)",
        "FK CONSTRAINT public.kinds.kinds_id_fkey",
        "FK CONSTRAINT public.notes.notes_id_fkey",
        "TABLE DATA public.kinds",
    ];
    let plan = restore(&archive, &target, &["--plan", "--skip-missing"]).expect_code(3);
    for what in lost {
        says(
            &plan.stdout,
            &[&format!("skipped: {what}, because the target has no extension gone")],
        );
    }
    assert!(!plan.stdout.contains("create  TABLE public.kinds"), "{}", plan.stdout);
    assert_eq!(present(&target), "");
    let restored = restore(&archive, &target, &["--skip-missing", "--json"]).expect_code(3);
    let report = json(&restored);
    let missing = report["missing"].as_array().expect("list");
    let labels: Vec<String> = missing
        .iter()
        .map(|m| {
            format!(
                "{} {}",
                m["kind"].as_str().unwrap_or(""),
                m["identity"].as_str().unwrap_or("")
            )
        })
        .collect();
    for what in lost {
        assert!(labels.iter().any(|label| label == what), "{what}: {labels:?}");
    }
    assert_eq!(labels.len(), lost.len(), "{labels:?}");
    assert_eq!(report["failures"], serde_json::json!([]));
    assert_eq!(present(&target), "public.notes public.plain public.plain_view");
    let rows = "(select count(*) from plain) || ' ' || (select count(*) from notes)";
    assert_eq!(value(&target, rows), "100 1");
    let keys = "select string_agg(conname, ' ' order by conname) from pg_constraint \
                where contype in ('f', 'p') and connamespace = 'public'::regnamespace";
    assert_eq!(value(&target, keys), "notes_plain_fkey plain_pkey");
    // A pipe, and a database that the restore makes.
    let target = Database::create(18, "without_extension_pipe");
    let piped = std::fs::read(&archive).expect("archive");
    assert_eq!(
        crate::pipe::restore_with(&piped, &target.conninfo(), &["--skip-missing"])
            .status
            .code(),
        Some(3)
    );
    assert_eq!(present(&target), "public.notes public.plain public.plain_view");
}

#[test]
fn an_extension_that_the_server_does_not_list_is_created() {
    let source = source(
        "unlisted",
        "CREATE EXTENSION gone; CREATE TABLE k (k gone_kind); INSERT INTO k VALUES ('a')",
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::on(far(), "unlisted_copy", "UTF8");
    // What the view of this database's server shows is not what its server can do.
    let mut session = target.session();
    session.execute("SET allow_system_table_mods = on");
    session.execute(
        "CREATE OR REPLACE VIEW pg_catalog.pg_available_extensions AS SELECT name, default_version, \
         NULL::text COLLATE \"C\" AS installed_version, comment FROM pg_available_extensions() AS e(name, default_version, comment) \
         WHERE name <> 'gone'",
    );
    restore(&archive, &target, &[]).expect_code(0);
    assert_eq!(value(&target, "select k from k"), "a");
}

#[test]
fn roles_that_are_missing_take_along_who_may_do_what_and_nothing_else() {
    let (source, folder) = (source("without_roles", ROLES), Folder::new());
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "without_roles_copy");
    let refused = restore(&archive, &target, &[]).expect_code(1);
    says(
        &refused.stderr,
        &[
            "the target has no role: `far_app`, `far_ro`",
            "--skip-missing",
            "--role-map",
        ],
    );
    let refused = restore(&archive, &target, &["--no-owner", "--no-privileges"]).expect_code(1);
    says(
        &refused.stderr,
        &[
            "the target has no role: `far_ro`",
            "--no-policies",
            "--globals",
            "--role-map",
        ],
    );
    assert!(!refused.stderr.contains("--no-owner"), "{}", refused.stderr);
    let restored = restore(&archive, &target, &["--skip-missing"]).expect_code(3);
    says(
        &restored.stderr,
        &[
            "skipped: owner of TABLE public.owned, because the target has no role far_app",
            "skipped: privileges of TABLE public.owned, because the target has no role far_ro",
            "skipped: POLICY public.owned.ro, because the target has no role far_ro",
            "skipped: DEFAULT PRIVILEGES",
        ],
    );
    assert_eq!(value(&target, "select count(*) from owned"), "10");
    assert_eq!(
        value(&target, "select string_agg(polname, ' ') from pg_policy"),
        "everybody"
    );
    assert_eq!(
        value(&target, "select relrowsecurity from pg_class where relname = 'owned'"),
        "true"
    );
    assert_eq!(
        value(
            &target,
            "select pg_get_userbyid(relowner) from pg_class where relname = 'owned'"
        ),
        "postgres"
    );
    let public = "select has_table_privilege('pgark_reader', 'owned', 'select')";
    assert_eq!(value(&target, public), "true");
}

#[test]
fn a_database_that_is_made_goes_without_what_is_missing() {
    let (source, folder) = (source("made_without", "CREATE TABLE t (a int)"), Folder::new());
    let name = source.name();
    source.session().execute(&format!(
        "ALTER DATABASE {name} OWNER TO far_app; ALTER DATABASE {name} SET work_mem = '5MB'; \
         ALTER ROLE far_web IN DATABASE {name} SET work_mem = '6MB'; GRANT TEMP ON DATABASE {name} TO far_ro"
    ));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let server = Database::create(18, "made_without_maintenance");
    restore(&archive, &server, &["--create"]).expect_code(1);
    let made = restore(&archive, &server, &["--create", "--skip-missing"]).expect_code(3);
    says(
        &made.stderr,
        &["owner of DATABASE", "far_web", "privileges of DATABASE"],
    );
    let settings = format!(
        "SELECT setconfig::text AS value FROM pg_db_role_setting s JOIN pg_database d \
         ON d.oid = s.setdatabase WHERE datname = '{name}'"
    );
    let mut session = Session::open(&server.server().conninfo("postgres"));
    assert_eq!(session.value(&settings), "{work_mem=5MB}");
    session.execute(&format!("DROP DATABASE {name}"));
}

#[test]
fn a_restore_that_skips_goes_on_where_it_ended() {
    let (source, folder) = (source("skips_and_resumes", SCRIPT), Folder::new());
    source
        .session()
        .execute("CREATE TABLE broken (a int); INSERT INTO broken VALUES (1)");
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "skips_and_resumes_copy");
    // An event trigger ends it in the middle.
    let mut session = target.session();
    session.execute(
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c WHERE c.object_identity ~ 'plain_name') \
           THEN RAISE 'not now'; END IF; END $$",
    );
    session.execute("CREATE EVENT TRIGGER no ON ddl_command_end EXECUTE FUNCTION no()");
    restore(&archive, &target, &["--skip-missing", "--exit-on-error"]).expect_code(1);
    session.execute("DROP EVENT TRIGGER no; DROP FUNCTION no()");
    restore(&archive, &target, &["--skip-missing", "--resume"]).expect_code(3);
    let indexes = "select count(*) from pg_class where relname = 'plain_name'";
    assert_eq!(value(&target, indexes), "1");
    assert_eq!(value(&target, "select count(*) from plain"), "100");
}

#[test]
fn a_drill_on_a_server_that_lacks_roles_or_extensions() {
    let (source, folder) = (source("drilled_elsewhere", ROLES), Folder::new());
    let repo = folder.file("repo");
    let create = ["snapshot", "create", &source.conninfo(), "--repo", &repo, "-q"];
    pgark([&create[..], &["--label", "roles"]].concat()).expect_code(0);
    let server = Database::create(18, "drill_server").server().conninfo("postgres");
    let drill = ["drill", "--repo", &repo, "-d", &server, "--json", "-q"];
    let report = json(&pgark([&drill[..], &["roles"]].concat()).expect_code(0));
    assert_eq!(report["proven"], true);
    let notes = report["notes"].to_string();
    says(
        &notes,
        &[
            "not tried: POLICY public.owned.ro",
            "no role",
            "owners and privileges were left out",
        ],
    );
    let roles = "select count(*) from pg_roles where rolname ~ '^far_'";
    assert_eq!(value(&Database::create(18, "no_roles"), roles), "0");
    // What the server cannot have says nothing of the snapshot, whose proof stays.
    source.session().execute("CREATE EXTENSION gone");
    pgark([&create[..], &["--label", "extension"]].concat()).expect_code(0);
    let refused = pgark([&drill[..], &["extension"]].concat()).expect_code(1);
    says(&refused.stderr, &["the target has no extension: `gone`"]);
    let far = far().conninfo("postgres");
    run(&["drill", "--repo", &repo, "-d", &far, "-q", "extension"], &[]).expect_code(0);
    pgark([&drill[..], &["extension"]].concat()).expect_code(1);
    let list = pgark(["snapshot", "list", "--json", "--repo", &repo]).expect_code(0);
    assert!(!list.stdout.contains("\"good\":false"), "{}", list.stdout);
}

#[test]
fn a_drill_that_the_server_cannot_take_is_no_verdict() {
    // A check that says in a scratch database what a server says whose disk is full.
    let script = |state: &str| {
        format!(
            "CREATE FUNCTION room() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN \
               IF current_database() ~ '^pgark_drill' THEN RAISE 'no room' USING ERRCODE = '{state}'; END IF; \
               RETURN true; END $$; \
             CREATE TABLE t (a int CHECK (room())); INSERT INTO t VALUES (1)"
        )
    };
    let folder = Folder::new();
    let repo = folder.file("repo");
    let server = Database::create(18, "drill_full");
    let on = server.server().conninfo("postgres");
    let drill = |reference: &str| pgark(["drill", reference, "--repo", &repo, "-d", &on, "-q"]);
    let list = || {
        pgark(["snapshot", "list", "--json", "--repo", &repo])
            .expect_code(0)
            .stdout
    };
    let full = source("drill_full", &script("53100"));
    pgark([
        "snapshot",
        "create",
        &full.conninfo(),
        "--repo",
        &repo,
        "-q",
        "--label",
        "full",
    ])
    .expect_code(0);
    let refused = drill("full").expect_code(1);
    says(
        &refused.stderr,
        &[
            "the drill could not be run: cannot restore TABLE DATA public.t: no room",
            "no room left on its disk",
        ],
    );
    assert!(list().contains("\"drilled\":null"), "{}", list());
    // A role that may make a database, and not what the snapshot holds.
    Session::open(&on).execute("CREATE ROLE drill_poor LOGIN CREATEDB");
    let poor = pgark([
        "drill",
        "full",
        "--repo",
        &repo,
        "-d",
        &format!("{on} user=drill_poor"),
        "-q",
    ])
    .expect_code(1);
    assert!(poor.stderr.starts_with("error: "), "{}", poor.stderr);
    Session::open(&on).execute("DROP ROLE drill_poor");
    assert!(list().contains("\"drilled\":null"), "{}", list());
    let wrong = source("drill_wrong", &script("P0001"));
    pgark([
        "snapshot",
        "create",
        &wrong.conninfo(),
        "--repo",
        &repo,
        "-q",
        "--label",
        "wrong",
    ])
    .expect_code(0);
    drill("wrong").expect_code(3);
    assert!(list().contains("\"drilled\":{"), "{}", list());
    assert!(list().contains("\"good\":false"), "{}", list());
}
