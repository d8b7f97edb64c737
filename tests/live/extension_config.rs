//! Rows of the user's in the tables of extensions: those that the extension's condition chooses, in an order that its
//! foreign keys allow, and nothing of the tables that it does not name.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::kit::{Folder, entries, filled, relations, restore, run, value};
use crate::support::Database;

/// Named so that neither names nor the order of creation give the order of rows.
const TABLES: &str = "
CREATE TABLE z_kinds (id integer PRIMARY KEY, \"Kind\" text NOT NULL, gone text, mine boolean DEFAULT true);
CREATE TABLE a_values (kind integer REFERENCES z_kinds, v text, twice integer GENERATED ALWAYS AS (kind * 2) STORED);
CREATE TABLE not_for_users (a integer);
CREATE SEQUENCE numbers START 100;
ALTER TABLE z_kinds DROP COLUMN gone;
INSERT INTO z_kinds VALUES (1, 'built in', false), (2, 'also; ''built in''', false);
INSERT INTO not_for_users VALUES (1);
";

const ROWS: &str = "
INSERT INTO z_kinds VALUES (10, 'of the user'), (11, 'also');
INSERT INTO a_values VALUES (10, 'x'), (1, 'of what is built in'), (11, NULL);
INSERT INTO not_for_users VALUES (2);
SELECT nextval('numbers'), nextval('numbers');
GRANT SELECT ON z_kinds, numbers TO pgark_reader;
CREATE TABLE own (id integer, kind integer REFERENCES z_kinds);
INSERT INTO own VALUES (1, 10);
";

const CONTENT: &str = "concat_ws('|',
    (SELECT string_agg(k::text, ' ' ORDER BY id) FROM z_kinds k), (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM a_values a),
    (SELECT string_agg(own::text, ' ') FROM own), (SELECT last_value || ' ' || is_called FROM numbers))";

/// 18 finds extensions in other folders than its own.
#[test]
fn rows_in_tables_of_a_real_extension_come_back() {
    let folder = Folder::new();
    let own = folder.path("extension");
    fs::create_dir(&own).expect("folder");
    let share = own.parent().expect("parent").to_path_buf();
    let script = format!(
        "{TABLES} SELECT pg_extension_config_dump('a_values', ''); \
         SELECT pg_extension_config_dump('z_kinds', 'WHERE mine AND \"Kind\" <> ''x'''); \
         SELECT pg_extension_config_dump('numbers', '');"
    );
    fs::write(
        own.join("pgark_conf.control"),
        "default_version = '1.0'\nrelocatable = true\n",
    )
    .expect("control file");
    fs::write(own.join("pgark_conf--1.0.sql"), script).expect("script");
    for path in [&share, &own] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("open to the server");
    }
    let knows = |database: &Database| {
        database.session().execute(&format!(
            "ALTER DATABASE \"{}\" SET extension_control_path = '{}:$system'",
            database.name(),
            share.display()
        ));
    };
    let source = Database::create(18, "config");
    knows(&source);
    source
        .run_script(&format!("CREATE EXTENSION pgark_conf;\n{ROWS}"))
        .unwrap_or_else(|error| panic!("{error}"));
    let reset = format!("ALTER DATABASE \"{}\" RESET extension_control_path", source.name());
    source.session().execute(&reset);
    let archive = folder.dump(&source, "a.pgark", &[]);
    assert_eq!(relations(&archive), ["public.a_values", "public.own", "public.z_kinds"]);
    assert!(
        !entries(&archive)
            .iter()
            .any(|entry| entry.contains("TABLE public.a_values"))
    );

    let target = Database::create(18, "config_copy");
    knows(&target);
    restore(&archive, &target, &["-j", "3"]).expect_code(0);
    assert_eq!(value(&source, CONTENT), value(&target, CONTENT));
    assert_eq!(value(&target, "SELECT count(*) FROM not_for_users"), "1");
    run(&["compare", &source.conninfo(), &target.conninfo()], &[]).expect_code(0);
    run(&["compare", &archive, &target.conninfo()], &[]).expect_code(0);
    // Without definitions, into an extension that is there.
    let target = Database::create(18, "config_rows");
    knows(&target);
    target.session().execute("CREATE EXTENSION pgark_conf");
    target
        .session()
        .execute("CREATE TABLE own (id integer, kind integer REFERENCES z_kinds)");
    restore(&archive, &target, &["--data-only"]).expect_code(0);
    assert_eq!(value(&source, CONTENT), value(&target, CONTENT));
}

/// On older majors the tables are made members by hand, on both sides.
#[test]
fn rows_in_tables_of_an_extension_come_back_on_13() {
    let members = format!(
        "CREATE EXTENSION hstore; {TABLES}
         ALTER EXTENSION hstore ADD TABLE z_kinds; ALTER EXTENSION hstore ADD TABLE a_values;
         ALTER EXTENSION hstore ADD TABLE not_for_users; ALTER EXTENSION hstore ADD SEQUENCE numbers;
         UPDATE pg_extension SET extconfig = ARRAY['a_values'::regclass, 'z_kinds'::regclass, 'numbers'::regclass]::oid[],
           extcondition = ARRAY['', 'WHERE mine', ''] WHERE extname = 'hstore';"
    );
    let (folder, source) = (Folder::new(), filled(13, "config", &format!("{members}{ROWS}")));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = filled(13, "config_copy", &members);
    restore(&archive, &target, &[]).expect_code(0);
    assert_eq!(value(&source, CONTENT), value(&target, CONTENT));
    run(&["compare", &source.conninfo(), &target.conninfo()], &[]).expect_code(0);
}
