//! What `restore --plan` tells beforehand, and that it then happens.

use crate::kit::{Folder, filled, json, restore, says, value};
use crate::support::Database;
use crate::support::session::Session;

#[test]
fn what_would_be_dropped_comes_first() {
    let script = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10000); \
                  CREATE VIEW v AS SELECT * FROM t; CREATE TABLE other (a int)";
    let (source, folder) = (filled(18, "plan_drops", script), Folder::new());
    let archive = folder.dump(&source, "a.pgark", &["-T", "other"]);
    let target = filled(18, "plan_drops_copy", script);
    target.session().execute("DROP VIEW v; ANALYZE t");
    let refused = restore(&archive, &target, &["--plan"]).expect_code(3);
    says(
        &refused.stdout,
        &["would be refused: the target already has 1 of the archive's objects"],
    );
    assert!(!refused.stdout.contains("  drop "), "{}", refused.stdout);
    let plan = restore(&archive, &target, &["--plan", "--clean", "--if-exists"]).expect_code(0);
    let drops: Vec<&str> = plan.stdout.lines().filter(|line| line.starts_with("  drop ")).collect();
    assert!(
        matches!(drops[..], [drop] if drop.starts_with("  drop    TABLE public.t (")),
        "{drops:?}"
    );
    assert!(
        plan.stdout.find("  drop ") < plan.stdout.find("  create "),
        "{}",
        plan.stdout
    );
    assert_eq!(value(&target, "select count(*) from t"), "10000");

    // The whole database, that somebody uses.
    let name = source.name();
    let maintenance = Database::create(18, "plan_drops_maintenance");
    let plan = restore(&archive, &maintenance, &["--plan", "--create"]).expect_code(3);
    says(&plan.stdout, &[&format!("would be refused: database {name} exists")]);
    let mut user = source.session();
    user.execute("SELECT 1");
    let plan = json(&restore(&archive, &maintenance, &["--plan", "--create", "--clean", "--json"]).expect_code(3));
    assert_eq!(plan["drops"][0]["what"], format!("DATABASE {name}"));
    assert_eq!(plan["drops"][0]["sessions"], 1);
    assert!(plan["drops"][0]["bytes"].as_u64() > Some(1 << 20), "{plan}");
    says(&plan["refused"].to_string(), &["in use"]);
    restore(&archive, &maintenance, &["--create", "--clean"]).expect_code(1);
    drop(user);
    let plan = restore(&archive, &maintenance, &["--plan", "--create", "--clean"]).expect_code(0);
    says(&plan.stdout, &[&format!("  drop    DATABASE {name} ("), "0 sessions)"]);
    let plan = restore(&archive, &source, &["--plan", "--create", "--clean"]).expect_code(3);
    says(&plan.stdout, &["cannot be dropped from within"]);
}

#[test]
fn what_a_role_may_not_do_is_told() {
    let script =
        "CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE TABLE p (a int); ALTER TABLE p OWNER TO pgark_owner";
    let (source, folder) = (filled(18, "plan_rights", script), Folder::new());
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "plan_rights_copy");
    let mut session = target.session();
    session.execute("CREATE ROLE plan_poor LOGIN");
    let conninfo = format!("{} user=plan_poor", target.conninfo());
    let plan = crate::kit::run(&["restore", &archive, "-d", &conninfo, "--plan"], &[]).expect_code(3);
    says(
        &plan.stdout,
        &[
            "may fail: this role may not create schemas in this database",
            "may fail: this role may not create anything in schema public",
            "may fail: this role is no member of pgark_owner",
        ],
    );
    let plan = crate::kit::run(&["restore", &archive, "-d", &conninfo, "--plan", "--create"], &[]).expect_code(3);
    says(&plan.stdout, &["would be refused: this role may not create databases"]);
    session.execute("DROP ROLE plan_poor");
    restore(&archive, &target, &["--plan"]).expect_code(0);
}

#[test]
fn an_extension_in_another_schema_is_told() {
    let (source, folder) = (
        filled(
            18,
            "plan_extension",
            "CREATE EXTENSION citext; CREATE TABLE t (a citext)",
        ),
        Folder::new(),
    );
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = filled(
        18,
        "plan_extension_copy",
        "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext",
    );
    let plan = restore(&archive, &target, &["--plan"]).expect_code(3);
    says(
        &plan.stdout,
        &["may fail: EXTENSION citext is in schema ext on the target, and in public in the archive"],
    );
    restore(&archive, &target, &[]).expect_code(3);
}

#[test]
fn what_an_older_server_may_not_know_is_told() {
    let script = "
        CREATE TABLE t (id uuid DEFAULT uuidv7(), r double precision DEFAULT random_normal(), j jsonb,
          CHECK (jsonb_path_exists(j, '$.a.bigint() ? (@ > 1)')));
        CREATE VIEW v AS SELECT any_value(t.r) AS r, lower(upper('x')) AS l FROM t;
        CREATE VIEW w AS SELECT k.* FROM t, json_table(t.j, '$' COLUMNS (a int PATH '$.a')) k;
        CREATE FUNCTION m() RETURNS void LANGUAGE sql BEGIN ATOMIC MERGE INTO t USING (SELECT 1) s ON false
          WHEN MATCHED THEN DO NOTHING; END;
        CREATE TABLE plain (a numeric(10, 2) DEFAULT abs(-1), b timestamptz DEFAULT now(), c text CHECK (c ~ '^a(b)'));
        CREATE VIEW aliases AS WITH x(a) AS (SELECT 1), y(b) AS (SELECT 2) SELECT u.c FROM x, y, unnest(ARRAY[1]) u(c);
        CREATE INDEX ON plain USING btree (lower(c)) INCLUDE (a) WHERE a > 1::numeric(3, 1)";
    let (source, folder) = (filled(18, "plan_words", script), Folder::new());
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(13, "plan_words_copy");
    let plan = json(&restore(&archive, &target, &["--plan", "--json"]).expect_code(3));
    let doubts: Vec<&str> = plan["doubts"]
        .as_array()
        .expect("list")
        .iter()
        .filter_map(|d| d.as_str())
        .collect();
    let expected = [
        "function random_normal, in TABLE public.t",
        "function uuidv7, in TABLE public.t",
        "method bigint() in a JSON path, in TABLE public.t",
        "function any_value, in VIEW public.v",
        "function json_table, in VIEW public.w",
    ];
    for what in expected {
        assert!(
            doubts.contains(&format!("PostgreSQL 13 may not know: {what}").as_str()),
            "{what}: {doubts:?}"
        );
    }
    assert_eq!(doubts.len(), expected.len(), "{doubts:?}");
    let same = Database::create(18, "plan_words_same");
    restore(&archive, &same, &["--plan"]).expect_code(0);
    // All of it is what then fails.
    let run = restore(&archive, &target, &[]).expect_code(3);
    says(&run.stderr, &["TABLE public.t"]);
    let mut session = Session::open(&target.conninfo());
    let there = "SELECT string_agg(relname, ' ' ORDER BY relname) AS value FROM pg_class WHERE relkind IN ('r', 'v') \
                 AND relnamespace = 'public'::regnamespace";
    assert_eq!(session.value(there), "aliases plain");
}
