//! Restores into other majors: what the target has not got is listed with the reason, the rest is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::kit::{Folder, filled, json, restore, says, value};
use crate::support::Database;
use pgark::archive::Archive;

/// What 13 cannot hold, beside what it can.
const NEW_THINGS: &str = r#"
CREATE TABLE plain (id int PRIMARY KEY, t text COMPRESSION pglz);
INSERT INTO plain SELECT i, 'row ' || i FROM generate_series(1, 50) i;
CREATE TABLE virtual (a int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL);
INSERT INTO virtual (a) VALUES (1), (2);
CREATE VIEW of_virtual AS SELECT v FROM virtual;
CREATE VIEW of_plain AS SELECT id FROM plain;
CREATE TABLE unique_nulls (a int, CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT (a));
INSERT INTO unique_nulls VALUES (NULL), (7);
CREATE TABLE kept (a int CONSTRAINT mine NOT NULL NO INHERIT, b int NOT NULL) WITH (autovacuum_vacuum_max_threshold = 7, fillfactor = 70);
COMMENT ON CONSTRAINT mine ON kept IS 'why';
CREATE TABLE kept_child () INHERITS (kept);
INSERT INTO kept VALUES (1, 2);
INSERT INTO kept_child VALUES (NULL, 3);
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n * 2;
CREATE TABLE parted (h int, v int GENERATED ALWAYS AS (h + 1) STORED) PARTITION BY HASH (h);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted (h) SELECT generate_series(1, 20);
GRANT SELECT, MAINTAIN ON plain TO pg_monitor;
GRANT SELECT ON kept TO pg_maintain;
CREATE VIEW guarded WITH (security_invoker = true) AS SELECT id FROM plain;
ALTER TABLE plain ADD CONSTRAINT loose CHECK (id > 100) NOT ENFORCED;
"#;

#[test]
fn what_an_older_server_cannot_hold_is_listed_and_the_rest_is_there() {
    let source = filled(18, "new_things", NEW_THINGS);
    let target = Database::create(13, "new_things_copy");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);

    let plan = restore(&archive, &target, &["--plan"]).expect_code(3);
    says(
        &plan.stdout,
        &["cannot be held by PostgreSQL 13: TABLE public.virtual: virtual generated column v (needs 18)"],
    );
    let run = restore(&archive, &target, &["-j", "2"]).expect_code(3);
    says(
        &run.stderr,
        &[
            "cannot be held by PostgreSQL 13: TABLE public.virtual: virtual generated column v (needs 18)",
            "cannot be held by PostgreSQL 13: CONSTRAINT public.unique_nulls.one_null: NULLS NOT DISTINCT (needs 15)",
            "cannot be held by PostgreSQL 13: VIEW public.guarded: view with security_invoker (needs 15)",
            "cannot be held by PostgreSQL 13: CHECK CONSTRAINT public.plain.loose: NOT ENFORCED (needs 18)",
            "skipped: VIEW public.of_virtual, because PostgreSQL 13 cannot hold TABLE public.virtual",
            "skipped: TABLE DATA public.virtual, because PostgreSQL 13 cannot hold TABLE public.virtual",
            "changed for PostgreSQL 13: FUNCTION public.twice(integer): without SQL-standard body",
            "storage parameter autovacuum_vacuum_max_threshold (needs 18)",
            "privilege MAINTAIN (needs 17)",
            "privileges of role pg_maintain (needs 17)",
        ],
    );
    assert!(!run.stderr.contains("error:"), "{}", run.stderr);
    for (sql, wanted) in [
        ("SELECT count(*) FROM public.plain", "50"),
        ("SELECT count(*) FROM public.of_plain", "50"),
        ("SELECT count(*) FROM public.unique_nulls", "2"),
        ("SELECT count(*) FROM public.kept WHERE a IS NULL", "1"),
        ("SELECT sum(v) FROM public.parted", "230"),
        ("SELECT public.twice(21)", "42"),
        (
            "SELECT reloptions FROM pg_class WHERE relname = 'kept'",
            "{fillfactor=70}",
        ),
        (
            "SELECT has_table_privilege('pg_monitor', 'public.plain', 'SELECT')",
            "true",
        ),
    ] {
        assert_eq!(value(&target, sql), wanted, "{sql}");
    }
    // A parent's own NOT NULL still holds, and still for it alone.
    let mut session = target.session();
    assert!(session.try_execute("INSERT INTO public.kept VALUES (NULL, 1)").is_err());
}

#[test]
fn an_extra_that_the_server_refuses_does_not_cost_the_table() {
    let script = "CREATE TABLE t (a int, b text) WITH (fillfactor = 50); INSERT INTO t VALUES (1, 'x'); \
                  COMMENT ON TABLE t IS 'kept'; CREATE VIEW v AS SELECT a FROM t";
    let source = filled(18, "extra", script);
    let target = Database::create(18, "extra_copy");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    // Stands for a setting that the target does not know.
    let refuse = "CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS \
                  $$BEGIN IF current_query() LIKE '%fillfactor%' THEN RAISE 'no such thing'; END IF; END$$; \
                  CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION public.no()";
    target.run_script(refuse).expect("an event trigger");
    let run = restore(&archive, &target, &[]).expect_code(3);
    says(
        &run.stderr,
        &[
            "cannot restore SETTING OF TABLE public.t",
            "no such thing",
            "fillfactor",
        ],
    );
    assert!(!run.stderr.contains("skipped"), "{}", run.stderr);
    assert_eq!(value(&target, "SELECT b || v.a FROM public.t, public.v"), "x1");
    assert_eq!(value(&target, "SELECT obj_description('public.t'::regclass)"), "kept");
}

#[test]
fn an_owner_that_is_no_superuser_any_more_costs_only_the_ownership() {
    let script = "CREATE ROLE pgark_once_super SUPERUSER; \
                  CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$; \
                  CREATE EVENT TRIGGER owned ON sql_drop EXECUTE FUNCTION watch(); \
                  ALTER EVENT TRIGGER owned OWNER TO pgark_once_super";
    let source = filled(18, "once_super", script);
    let target = Database::create(18, "once_super_copy");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    // An event trigger keeps the owner it has; none can be given to a role that is no superuser.
    source.session().execute("ALTER ROLE pgark_once_super NOSUPERUSER");
    let run = restore(&archive, &target, &[]).expect_code(3);
    says(&run.stderr, &["EVENT TRIGGER owned", "owner", "pgark_once_super"]);
    assert_eq!(value(&target, "SELECT count(*) FROM pg_event_trigger"), "1");
}

/// Restores every case of `from` into `to`: an error of the server is a named entry that the version
/// explains or whose text the older server cannot read, and no table is lost that is not listed.
fn move_all(from: u32, to: u32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/cases");
    let mut problems = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("cases")
        .map(|e| e.expect("entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().expect("name").to_string_lossy().into_owned();
        let script = fs::read_to_string(&path).expect("case");
        let chosen = |wanted: String| wanted.split(',').any(|wanted| name.contains(wanted));
        if !std::env::var("PGARK_CASE").map_or(true, chosen) || !allows(&script, from) {
            continue;
        }
        let source = filled(from, &format!("v{to}_{name}"), &script);
        let target = Database::create(to, &format!("v{to}_{name}_copy"));
        crate::round_trip::copy_roles(source.server(), target.server());
        let scratch = Folder::new();
        let archive = scratch.file("a.pgark");
        let dump = crate::kit::run(&["dump", &source.conninfo(), "-o", &archive], &[]);
        assert!([0, 3].contains(&dump.code), "{name}: {}", dump.stderr);
        let run = restore(&archive, &target, &["--json", "-j", "2"]);
        if ![0, 3].contains(&run.code) {
            problems.push(format!("{name}: {}", run.stderr));
            continue;
        }
        problems.extend(unexplained(&name, &archive, &target, &json(&run)));
    }
    assert!(
        problems.is_empty(),
        "{} problems\n{}",
        problems.len(),
        problems.join("\n")
    );
}

fn allows(script: &str, major: u32) -> bool {
    let bound = |word: &str| -> Option<u32> {
        let mut head = script.lines().take_while(|line| line.starts_with("--"));
        head.find_map(|line| line.strip_prefix("--")?.trim().strip_prefix(word)?.trim().parse().ok())
    };
    bound("min:").is_none_or(|min| major >= min) && bound("max:").is_none_or(|max| major <= max)
}

/// Tables that are neither listed nor there with all their rows, and failures without a server's reason.
fn unexplained(name: &str, archive: &str, target: &Database, report: &serde_json::Value) -> Vec<String> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut listed: BTreeSet<String> = BTreeSet::new();
    let mut problems = Vec::new();
    for failure in list(&report["failures"]) {
        listed.insert(format!(
            "{} {}",
            failure["kind"].as_str().unwrap_or(""),
            failure["identity"].as_str().unwrap_or("")
        ));
        eprintln!("{name}: failed {failure}");
        if failure["sqlstate"].is_null() {
            problems.push(format!("{name}: {failure}"));
        }
    }
    for skipped in list(&report["skipped"])
        .into_iter()
        .chain(list(&report["misfits"]["skipped"]))
    {
        listed.insert(format!(
            "{} {}",
            skipped["kind"].as_str().unwrap_or(""),
            skipped["identity"].as_str().unwrap_or("")
        ));
    }
    for unheld in list(&report["misfits"]["not_held"]) {
        listed.insert(unheld["what"].as_str().unwrap_or("").to_owned());
    }
    let archive = Archive::open(archive.as_ref()).expect("archive");
    let rows_of = |id| {
        archive
            .manifest()
            .relations
            .iter()
            .find(|r| r.relation == id)
            .map_or(0, |r| r.rows)
    };
    for relation in archive
        .catalog()
        .relations
        .iter()
        .filter(|r| r.filter.is_none() && r.entry.is_some())
    {
        let table = pgark::model::ident::qualified(&relation.schema, &relation.name);
        if listed.contains(&format!("TABLE {table}")) || listed.contains(&format!("TABLE DATA {table}")) {
            continue;
        }
        let there = value(
            target,
            &format!(
                "SELECT to_regclass({}) IS NOT NULL",
                pgark::model::ident::quote_literal(&table)
            ),
        );
        if there != "true" {
            problems.push(format!("{name}: {table} is neither there nor listed"));
            continue;
        }
        // Rows loaded through a root may be in another partition.
        let count = value(target, &format!("SELECT count(*) FROM ONLY {table}"));
        if relation.load_via_root.is_none() && count != rows_of(relation.id).to_string() {
            problems.push(format!(
                "{name}: {table} has {count} rows, not {}",
                rows_of(relation.id)
            ));
        }
    }
    problems
}

#[test]
fn every_case_of_18_restores_into_13_but_for_what_is_listed() {
    move_all(18, 13);
}
