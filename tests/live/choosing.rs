//! Choosing beyond schemas and tables: children, extensions, single indexes, functions and triggers, and
//! files of patterns.

use crate::kit::{Folder, entries, filled, present, relations, restore, run, says, value};
use crate::support::Database;
use crate::support::program::command;

const FAMILY: &str = r#"
CREATE EXTENSION citext;
CREATE TABLE visit (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2024-01-01') PARTITION BY RANGE (day);
CREATE TABLE oldest PARTITION OF visit_old DEFAULT;
CREATE TABLE visit_new PARTITION OF visit DEFAULT;
CREATE TABLE animal (id int PRIMARY KEY, name citext);
CREATE TABLE bird (wings int) INHERITS (animal);
CREATE INDEX animal_name ON animal (name);
CREATE FUNCTION f(integer, t text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT ON animal FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO visit SELECT '2023-06-01'::date + g * 40, g FROM generate_series(1, 10) g;
INSERT INTO animal VALUES (1, 'Ox');
INSERT INTO bird VALUES (2, 'Owl', 2);
"#;

#[test]
fn a_dump_takes_tables_with_their_children() {
    let (folder, source) = (Folder::new(), filled(18, "family", FAMILY));
    let of = |options: &[&str]| relations(&folder.dump(&source, "a", &[options, &["--overwrite"]].concat())).join(" ");
    // A partitioned table has no rows but those of its partitions.
    assert_eq!(of(&["-t", "visit"]), "public.oldest public.visit_new");
    assert_eq!(of(&["-t", "animal"]), "public.animal");
    assert_eq!(of(&["--table-and-children", "visit"]), "public.oldest public.visit_new");
    assert_eq!(
        of(&["--table-and-children", "animal", "-t", "oldest"]),
        "public.animal public.bird public.oldest"
    );
    assert_eq!(
        of(&["--exclude-table-and-children", "visit_old"]),
        "public.animal public.bird public.visit_new"
    );
    assert_eq!(
        of(&["--exclude-table-data-and-children", "visit"]),
        "public.animal public.bird"
    );
    let file = folder.dump(
        &source,
        "a",
        &["--overwrite", "--exclude-table-data-and-children", "visit"],
    );
    assert!(entries(&file).contains(&"TABLE public.oldest".to_owned()));
    let missing = run(
        &["dump", &source.conninfo(), "-o", "-", "--table-and-children", "nothing"],
        &[],
    )
    .expect_code(1);
    says(&missing.stderr, &["no table matches pattern `nothing`"]);
}

#[test]
fn a_dump_takes_the_extensions_that_are_asked_for() {
    let (folder, source) = (Folder::new(), filled(18, "extensions", FAMILY));
    let of = |options: &[&str]| entries(&folder.dump(&source, "a", &[options, &["--overwrite"]].concat()));
    let extension = "EXTENSION citext".to_owned();
    let table = "TABLE public.animal".to_owned();
    assert!(of(&[]).contains(&extension));
    let none = of(&["--exclude-extension", "cit*"]);
    assert!(!none.contains(&extension) && none.contains(&table));
    // As in pg_dump, -e takes away what is in no schema, and adds extensions to -t.
    let alone = of(&["-e", "citext"]);
    assert!(alone.contains(&extension) && alone.contains(&table));
    let both = of(&["-t", "animal", "-e", "citext"]);
    assert!(both.contains(&extension) && both.contains(&table));
    let unknown = run(&["dump", &source.conninfo(), "-o", "-", "-e", "nothing"], &[]).expect_code(1);
    says(&unknown.stderr, &["no extension matches pattern `nothing`"]);
}

#[test]
fn a_restore_takes_single_indexes_functions_and_triggers() {
    let (folder, source) = (Folder::new(), filled(18, "single", FAMILY));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(18, "single_copy");
    let refused = restore(&archive, &copy, &["--index", "animal_name"]).expect_code(1);
    says(&refused.stderr, &["TABLE public.animal, needed by INDEX"]);
    assert_eq!(present(&copy), "");
    restore(&archive, &copy, &["--function", "f( integer,text )"]).expect_code(0);
    let functions = "SELECT string_agg(oid::regprocedure::text, ' ') FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN ('f', 'touch')";
    assert_eq!(value(&copy, functions), "f(integer,text)");
    // Names of arguments tell no functions apart.
    restore(&archive, &copy, &["--function", "public.f(integer)"]).expect_code(0);
    let again = restore(&archive, &copy, &["--function", "public.f(integer)"]).expect_code(1);
    says(
        &again.stderr,
        &["the target already has 1", "function public.f(integer)"],
    );
    restore(&archive, &copy, &["--section=pre-data", "-t", "animal"]).expect_code(0);
    let parts = "SELECT (SELECT count(*) FROM pg_index WHERE indrelid = 'animal'::regclass) || ' ' || (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'animal'::regclass)";
    assert_eq!(value(&copy, parts), "0 0");
    // The trigger brings its function; the table is there.
    restore(&archive, &copy, &["--index", "public.animal_n*", "--trigger", "touch"]).expect_code(0);
    assert_eq!(value(&copy, parts), "1 1");
    assert_eq!(value(&copy, "SELECT count(*) FROM animal"), "0");
    for option in ["--index", "--function", "--trigger"] {
        let unknown = restore(&archive, &copy, &[option, "nothing"]).expect_code(1);
        says(&unknown.stderr, &["in the archive matches pattern `nothing`"]);
    }
}

#[test]
fn patterns_come_from_files() {
    let (folder, source) = (Folder::new(), filled(18, "files", FAMILY));
    let rules = folder.file("rules");
    let write = |text: &str| std::fs::write(&rules, text).expect("file");
    write("# what we need\ninclude table_and_children visit\nINCLUDE table \"animal\" # the root alone\n");
    let archive = folder.dump(
        &source,
        "a.pgark",
        &["--filter", &rules, "-t", "bird", "--strict-names"],
    );
    assert_eq!(
        relations(&archive).join(" "),
        "public.animal public.bird public.oldest public.visit_new"
    );
    let whole = folder.dump(&source, "whole.pgark", &[]);
    let copy = Database::create(18, "files_copy");
    write("include table visit_new\ninclude function touch()");
    restore(&whole, &copy, &["--filter", &rules, "--strict-names"]).expect_code(0);
    // A partition brings the table that it is attached to.
    assert_eq!(present(&copy), "public.visit public.visit_new");
    assert_eq!(
        value(&copy, "SELECT count(*) FROM pg_proc WHERE proname = 'touch'"),
        "1"
    );
    for (text, said) in [
        ("\n\ninclude tables x", "line 3: expected one of"),
        ("exclude index x", "line 1: `exclude index` is not for this command"),
        ("include table \"x", "line 1: a double quote is not closed"),
    ] {
        write(text);
        let wrong = restore(&whole, &copy, &["--filter", &rules]).expect_code(1);
        says(&wrong.stderr, &["filter file", said]);
    }
    write("include table_and_children animal");
    let (from, file) = (source.conninfo(), folder.file("piped.pgark"));
    let mut piped = command(["dump", &from, "-o", &file, "--filter", "-"]);
    let piped = piped.stdin(std::fs::File::open(&rules).expect("rules"));
    assert!(piped.status().expect("dump").success());
    assert_eq!(relations(&file).join(" "), "public.animal public.bird");
    let absent = restore(&whole, &copy, &["--filter", &folder.file("nothing")]).expect_code(1);
    says(&absent.stderr, &["filter file", "No such file"]);
}
