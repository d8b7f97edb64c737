//! A dump of a part of a database says what it leaves behind, and a restore of it looks for that first.

use crate::kit::{Folder, filled, json, present, restore, run, says, value};
use crate::support::Database;

const WORLD: &str = r#"
CREATE EXTENSION citext;
CREATE SCHEMA zoo;
CREATE TYPE public.mood AS ENUM ('sad', 'glad');
CREATE SEQUENCE public.counter;
CREATE FUNCTION public.weigh(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE public.being (id int);
CREATE TABLE public.cage (id int PRIMARY KEY);
CREATE TABLE zoo.animal (mood public.mood[], n int DEFAULT nextval('public.counter'), name citext,
    cage int REFERENCES public.cage, own serial, one public.cage, CHECK (public.weigh(n) > 0)) INHERITS (public.being);
CREATE TRIGGER touch BEFORE INSERT ON zoo.animal FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TABLE public.visit (day int PRIMARY KEY, at int REFERENCES public.cage) PARTITION BY RANGE (day);
CREATE TABLE public.visit_1 PARTITION OF public.visit FOR VALUES FROM (1) TO (10);
CREATE INDEX ON public.visit (at);
CREATE VIEW public.moods AS SELECT mood FROM zoo.animal;
CREATE TABLE public.guest (cage int REFERENCES public.cage);
INSERT INTO public.cage VALUES (1);
INSERT INTO public.guest VALUES (1);
INSERT INTO zoo.animal (id, mood, name, cage) VALUES (1, '{glad}', 'Ox', 1);
INSERT INTO public.visit VALUES (5, 1);
"#;

#[test]
fn a_table_without_what_it_needs_is_refused_before_anything_is_changed() {
    let (folder, source) = (Folder::new(), filled(18, "world", WORLD));
    let file = folder.file("a.pgark");
    let options = ["-t", "zoo.animal", "--json"];
    let dump = run(&["dump", &source.conninfo(), "-o", &file], &options).expect_code(0);
    let absent = json(&dump)["absent"].as_array().expect("a list").clone();
    let what: Vec<&str> = absent.iter().filter_map(|a| a["what"].as_str()).collect();
    assert_eq!(
        what,
        [
            "EXTENSION citext",
            "FUNCTION public.touch",
            "FUNCTION public.weigh",
            "SCHEMA zoo",
            "SEQUENCE public.counter",
            "TABLE public.being",
            "TABLE public.cage",
            "TYPE public.mood"
        ]
    );
    says(
        &dump.stderr,
        &["not in the archive: TYPE public.mood, needed by TABLE zoo.animal"],
    );
    let shown = run(&["show", &file], &[]).expect_code(0);
    says(
        &shown.stdout,
        &["not in the archive: SEQUENCE public.counter, needed by "],
    );

    let copy = Database::create(18, "world_copy");
    let refused = restore(&file, &copy, &[]).expect_code(1);
    says(&refused.stderr, &["the target lacks", "needed by", "hint: "]);
    let plan = restore(&file, &copy, &["--plan"]).expect_code(3);
    says(
        &plan.stdout,
        &["missing on the target: TYPE public.mood, needed by TABLE zoo.animal"],
    );
    assert_eq!(present(&copy), "");

    let made = "CREATE EXTENSION citext; CREATE SCHEMA zoo; CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE SEQUENCE counter; CREATE FUNCTION weigh(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TABLE being (id int); CREATE TABLE cage (id int PRIMARY KEY); INSERT INTO cage VALUES (1);";
    copy.run_script(made).expect("made by hand");
    restore(&file, &copy, &[]).expect_code(0);
    assert_eq!(value(&copy, "SELECT name::text || cage FROM zoo.animal"), "Ox1");
    assert_eq!(
        value(&copy, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"),
        "1"
    );
}

#[test]
fn a_foreign_key_to_nothing_is_left_out_and_a_partition_stands_alone() {
    for major in [13, 18] {
        let (folder, source) = (Folder::new(), filled(major, "alone", WORLD));
        let (file, key) = (folder.file("a.pgark"), folder.file("key.pgark"));
        let from = source.conninfo();
        let dump = run(&["dump", &from, "-o", &file, "-t", "visit_1"], &[]).expect_code(0);
        says(&dump.stderr, &["public.visit_1 stands alone", "and what it inherits"]);
        assert!(!dump.stderr.contains("TABLE public.visit,"), "{}", dump.stderr);
        let copy = Database::create(major, "alone_copy");
        restore(&file, &copy, &[]).expect_code(0);
        assert_eq!(value(&copy, "SELECT day FROM visit_1"), "5");
        let indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'visit_1'::regclass";
        assert_eq!(value(&copy, indexes), "2");

        let dump = run(&["dump", &from, "-o", &key, "-t", "guest"], &[]).expect_code(0);
        let said = "not in the archive: TABLE public.cage, needed by FK CONSTRAINT";
        says(&dump.stderr, &[said]);
        let restored = restore(&key, &copy, &[]).expect_code(0);
        let left_out = ["left out: FK CONSTRAINT", "which needs TABLE public.cage"];
        says(&restored.stderr, &left_out);
        assert_eq!(value(&copy, "SELECT count(*) FROM guest"), "1");
    }
}

#[test]
fn a_whole_database_lacks_nothing() {
    let (folder, source) = (Folder::new(), filled(18, "nothing", WORLD));
    let file = folder.file("a.pgark");
    let dump = run(&["dump", &source.conninfo(), "-o", &file, "--json"], &[]).expect_code(0);
    assert_eq!(json(&dump)["absent"], serde_json::json!([]));
    // A view without its table, a schema without its neighbour.
    for (options, said) in [
        (["-t", "moods"], "TABLE zoo.animal, needed by VIEW public.moods"),
        (["-n", "zoo"], "TYPE public.mood, needed by TABLE zoo.animal"),
        (["-T", "cage"], "TABLE public.cage, needed by FK CONSTRAINT"),
    ] {
        let dump = run(&["dump", &source.conninfo(), "-o", &file, "--overwrite"], &options).expect_code(0);
        says(&dump.stderr, &[said]);
    }
}
