//! Rows of the catalogs that name what does not exist: every one is named, by dump, show, verify and compare, and the exit
//! code says that something is not there.

use crate::kit::{Folder, filled, json, restore, run, says, value};
use crate::support::Database;

/// What is deleted, and what the dump says of it. Each on objects of its own, so that all are in one database.
const DELETED: &[(&str, &str, &[&str])] = &[
    (
        "CREATE SCHEMA gone; CREATE TABLE gone.t (i int); CREATE FUNCTION gone.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DELETE FROM pg_namespace WHERE nspname = 'gone'",
        &[
            "definition of TABLE t (oid ",
            "definition of FUNCTION f (oid ",
            "it names schema ",
        ],
    ),
    (
        "CREATE ROLE pgark_dangling; CREATE TABLE owned (i int); ALTER TABLE owned OWNER TO pgark_dangling",
        "DELETE FROM pg_authid WHERE rolname = 'pgark_dangling'",
        &["owner and privileges of TABLE public.owned (oid ", "it names role "],
    ),
    (
        "CREATE SEQUENCE lone",
        "DELETE FROM pg_sequence WHERE seqrelid = 'lone'::regclass",
        &[
            "definition of SEQUENCE public.lone (oid ",
            "it has no row in pg_sequence",
        ],
    ),
    (
        "CREATE TABLE indexed (i int); CREATE INDEX indexed_i ON indexed (i)",
        "DELETE FROM pg_index WHERE indexrelid = 'indexed_i'::regclass",
        &[
            "definition of INDEX public.indexed_i (oid ",
            "it has no row in pg_index",
        ],
    ),
    (
        "CREATE TABLE defaulted (i int, d int DEFAULT 7)",
        "DELETE FROM pg_attrdef WHERE adrelid = 'defaulted'::regclass",
        &[
            "definition of COLUMN public.defaulted.d (oid ",
            "it has no row in pg_attrdef",
        ],
    ),
    (
        "CREATE TABLE policed (i int); CREATE ROLE pgark_dangling_2; CREATE POLICY p ON policed TO pgark_dangling_2 USING (i > 0)",
        "DELETE FROM pg_authid WHERE rolname = 'pgark_dangling_2'",
        &["definition of POLICY public.policed.p (oid ", "(pg_policy.polroles)"],
    ),
    (
        "CREATE TABLE ruled (i int); CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TYPE pairs AS (a int, b text)",
        "DELETE FROM pg_attribute WHERE attrelid = 'pairs'::regclass AND attname = 'b'",
        &["definition of TYPE public.pairs (oid ", "for each of its columns"],
    ),
    (
        "CREATE FOREIGN DATA WRAPPER fw; CREATE SERVER fs FOREIGN DATA WRAPPER fw",
        "DELETE FROM pg_foreign_data_wrapper WHERE fdwname = 'fw'",
        &["definition of SERVER fs (oid ", "it names foreign data wrapper "],
    ),
    (
        "CREATE AGGREGATE summed(int) (SFUNC = int4pl, STYPE = int)",
        "DELETE FROM pg_aggregate WHERE aggfnoid = 'summed'::regproc",
        &[
            "definition of FUNCTION public.summed (oid ",
            "it has no row in pg_aggregate",
        ],
    ),
    (
        "CREATE TABLE published (i int); CREATE PUBLICATION pub FOR TABLE published",
        "DELETE FROM pg_publication WHERE pubname = 'pub'",
        &["definition of PUBLICATION TABLE unknown (oid ", "it names publication "],
    ),
    (
        "CREATE TABLE parent (i int); CREATE TABLE heir () INHERITS (parent)",
        "UPDATE pg_inherits SET inhparent = 999999 WHERE inhrelid = 'heir'::regclass",
        &["definition of TABLE public.heir (oid ", "it names relation 999999"],
    ),
    (
        "SELECT lo_from_bytea(77777, 'some bytes')",
        "DELETE FROM pg_largeobject_metadata WHERE oid = 77777",
        &["content of LARGE OBJECT 77777: it has no row in pg_largeobject_metadata"],
    ),
    (
        "CREATE LANGUAGE lost HANDLER plpgsql_call_handler; CREATE FUNCTION in_lost() RETURNS int LANGUAGE lost AS 'x'",
        "DELETE FROM pg_language WHERE lanname = 'lost'",
        &["definition of FUNCTION public.in_lost (oid ", "it names language "],
    ),
    (
        "CREATE COLLATION mine FROM \"C\"; CREATE TABLE collated (i int); CREATE DOMAIN text_of AS text COLLATE mine",
        "DELETE FROM pg_collation WHERE collname = 'mine'",
        &["definition of DOMAIN public.text_of (oid ", "it names collation "],
    ),
];

fn damage(database: &Database, script: &str) {
    let mut session = database.session();
    session.execute("SET allow_system_table_mods = on");
    session.execute(script);
}

#[test]
fn every_row_that_points_nowhere_is_named() {
    for major in [13, 18] {
        let (folder, source) = (
            Folder::new(),
            filled(
                major,
                "dangling",
                "CREATE TABLE fine (i int); INSERT INTO fine VALUES (1)",
            ),
        );
        for (script, _, _) in DELETED {
            source
                .run_script(script)
                .unwrap_or_else(|error| panic!("{script}: {error}"));
        }
        for (_, deleted, _) in DELETED {
            damage(&source, deleted);
        }
        let file = folder.file("a.pgark");
        let dump = run(&["dump", &source.conninfo(), "-o", &file], &[]).expect_code(3);
        for (_, deleted, said) in DELETED {
            for part in *said {
                assert!(
                    dump.stderr.contains(part),
                    "{major}: after {deleted} nothing says `{part}`:\n{}",
                    dump.stderr
                );
            }
        }
        // Whoever reads the archive is told as well.
        let first = "not in the archive: definition of TABLE t (oid ";
        says(&run(&["show", &file], &[]).expect_code(0).stdout, &[first]);
        says(&run(&["verify", &file], &[]).expect_code(0).stdout, &[first]);
        let compared = run(&["compare", &source.conninfo(), &file], &[]).expect_code(3);
        says(&compared.stdout, &["equal as far as it could be compared"]);
        // What is there is restored, and a policy never opens to everybody because its role is gone.
        let copy = Database::create(major, "dangling_copy");
        restore(&file, &copy, &[]);
        assert_eq!(value(&copy, "SELECT i FROM fine"), "1");
        assert_eq!(value(&copy, "SELECT count(*) FROM pg_policy"), "0");
        // A part that has nothing to do with it is whole.
        folder.dump(&source, "fine.pgark", &["-t", "fine"]);
    }
}

#[test]
fn catalogs_that_cannot_be_read_any_more_are_refused_with_what_is_damaged() {
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    for (script, deleted, said) in [
        (
            "CREATE TYPE colour AS ENUM ('red')",
            "DELETE FROM pg_type WHERE typname = 'colour'",
            "ENUM LABEL red (oid ",
        ),
        (
            "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple); CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
             ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword WITH dict",
            "DELETE FROM pg_ts_dict WHERE dictname = 'dict'",
            "TEXT SEARCH CONFIGURATION public.words (oid ",
        ),
    ] {
        let source = filled(17, "unreadable_catalog", script);
        damage(&source, deleted);
        let refused = run(&["dump", &source.conninfo(), "-o", &file], &[]).expect_code(1);
        says(&refused.stderr, &["the catalogs of the database are damaged", said, "which does not exist"]);
    }
}

#[test]
fn a_table_that_was_added_to_an_extension_is_named() {
    let (folder, source) = (
        Folder::new(),
        filled(
            18,
            "added",
            "CREATE EXTENSION citext; CREATE TABLE t (i int); INSERT INTO t VALUES (1); CREATE TABLE empty (i int);
             CREATE SEQUENCE s; SELECT nextval('s'); CREATE SEQUENCE unused;
             ALTER EXTENSION citext ADD TABLE t; ALTER EXTENSION citext ADD TABLE empty;
             ALTER EXTENSION citext ADD SEQUENCE s; ALTER EXTENSION citext ADD SEQUENCE unused",
        ),
    );
    let file = folder.file("a.pgark");
    let dump = run(&["dump", &source.conninfo(), "-o", &file], &["--json"]).expect_code(0);
    let warnings = &json(&dump)["warnings"];
    let warnings: Vec<&str> = warnings
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|w| w.as_str())
        .collect();
    let of = |what: &str| warnings.iter().any(|warning| warning.starts_with(what));
    assert!(of("table public.t belongs to extension citext"), "{warnings:?}");
    assert!(of("sequence public.s belongs to extension citext"), "{warnings:?}");
    assert!(
        !of("table public.empty") && !of("sequence public.unused"),
        "{warnings:?}"
    );
    says(&dump.stderr, &["ALTER EXTENSION citext DROP TABLE public.t"]);
    says(
        &run(&["show", &file], &[]).stdout,
        &["warning: table public.t belongs to extension citext"],
    );
}
