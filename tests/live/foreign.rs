//! Rows of foreign tables, and secrets of servers and user mappings.

use crate::kit::{Folder, filled, json, relations, restore, run, says, value};
use crate::support::Database;
use crate::support::session::Session;

/// A foreign table over a file that every server has, one without a handler, and a child of a local table.
const FILES: &str = "
CREATE EXTENSION file_fdw;
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SERVER nothing FOREIGN DATA WRAPPER dummy;
CREATE FOREIGN TABLE version (line text, twice text GENERATED ALWAYS AS (line || line) STORED) SERVER files OPTIONS (filename 'PG_VERSION');
CREATE FOREIGN TABLE unreadable (a integer) SERVER nothing;
CREATE TABLE near (a integer);
INSERT INTO near VALUES (1)";

#[test]
fn foreign_rows_come_only_when_their_server_is_asked_for() {
    for major in [13, 18] {
        let source = filled(major, "foreign rows", FILES);
        let folder = Folder::new();
        assert_eq!(relations(&folder.dump(&source, "without", &[])), ["public.near"]);
        let archive = folder.dump(&source, "with", &["--include-foreign-data", "FIL*", "-j", "2"]);
        assert_eq!(relations(&archive), ["public.near", "public.version"]);

        let from = source.conninfo();
        let with = ["--include-foreign-data", "files"];
        run(&["compare", &archive, &from], &with).expect_code(0);
        run(&["compare", &archive, &from], &[]).expect_code(0);
        // A file cannot be written through its wrapper: that is listed, and the rest is there.
        let copy = Database::create(major, "foreign rows copy");
        let restored = restore(&archive, &copy, &[]).expect_code(3);
        says(&restored.stderr, &["TABLE DATA", "public.version"]);
        assert_eq!(value(&copy, "SELECT a FROM near"), "1");
        assert_eq!(value(&copy, "SELECT line FROM version"), major.to_string());
    }
}

#[test]
fn a_server_that_cannot_be_read_ends_the_dump_with_the_tables_name() {
    let source = filled(18, "foreign unreadable", FILES);
    let folder = Folder::new();
    let (from, file) = (source.conninfo(), folder.file("none"));
    let dump = |pattern: &str| run(&["dump", &from, "-o", &file], &["--include-foreign-data", pattern]).expect_code(1);
    says(&dump("nothing").stderr, &["public.unreadable", "no handler"]);
    says(
        &dump("absent*").stderr,
        &["no foreign server matches pattern `absent*`"],
    );
    assert!(!folder.path("none").exists());
}

#[test]
fn rows_go_to_the_server_that_a_foreign_table_is_of() {
    let far = filled(
        18,
        "foreign far",
        "CREATE TABLE t (a integer, b text); INSERT INTO t VALUES (1, 'x'), (2, E'y\\n')",
    );
    let server = far.server();
    let source = filled(
        18,
        "foreign near",
        &format!(
            "CREATE EXTENSION postgres_fdw;
             CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{}', port '{}', dbname '{}');
             CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (\"user\" '{}');
             CREATE FOREIGN TABLE t (b text, a integer) SERVER far",
            server.socket_dir().display(),
            server.port(),
            far.name(),
            server.user()
        ),
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "rows", &["--include-foreign-data", "far"]);
    assert_eq!(relations(&archive), ["public.t"]);
    let copy = Database::create(18, "foreign near copy");
    restore(&archive, &copy, &[]).expect_code(0);
    // Nothing of what was there has been removed.
    assert_eq!(
        value(&far, "SELECT string_agg(a || b, ',' ORDER BY a, b) FROM t"),
        "1x,1x,2y\n,2y\n"
    );
}

const SECRETS: &str = "
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER s FOREIGN DATA WRAPPER dummy OPTIONS (token 'hunter2-server');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'hunter2-mapping');
ALTER SERVER s OWNER TO pgark_owner";

#[test]
fn secrets_are_not_in_what_is_said_of_failures_and_differences() {
    let source = filled(18, "foreign secrets", SECRETS);
    let other = filled(18, "foreign others", &SECRETS.replace("hunter2", "hunter3"));
    let folder = Folder::new();
    let archive = folder.dump(&source, "secrets", &[]);
    let compared = run(&["compare", &archive, &other.conninfo()], &[]).expect_code(3);
    says(&compared.stdout, &["definition of SERVER s", "FOR PUBLIC SERVER s"]);
    let as_json = run(&["compare", &archive, &other.conninfo(), "--json"], &[]).expect_code(3);
    assert_eq!(json(&as_json)["equal"], false);

    // The server is refused by what the target's owner made of CREATE SERVER.
    let refusing = filled(
        18,
        "foreign refusing",
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused''; END';
         CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE SERVER') EXECUTE FUNCTION refuse()",
    );
    let restored = restore(&archive, &refusing, &[]).expect_code(3);
    // Not even the server's own words: they may repeat a part of the statement.
    says(&restored.stderr, &["SERVER s"]);
    let existing = restore(&archive, &other, &[]).expect_code(1);
    says(&existing.stderr, &["already has"]);
    for run in [compared, as_json, restored, existing] {
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(!said.contains("hunter"), "{}: {said}", run.command);
    }
}

#[test]
fn options_that_the_role_may_not_read_are_named() {
    let source = filled(18, "foreign hidden", SECRETS);
    let server = source.server();
    let mut session = Session::open(&server.conninfo("postgres"));
    session.execute("CREATE ROLE foreign_hidden LOGIN");
    let from = format!("{} user=foreign_hidden", source.conninfo());
    let folder = Folder::new();
    let dumped = run(&["dump", &from, "-o", &folder.file("hidden")], &[]);
    session.execute("DROP ROLE foreign_hidden");
    says(
        &dumped.expect_code(0).stderr,
        &["may not read the options of user mapping FOR PUBLIC SERVER s"],
    );
}
