//! `--section`: the three parts of a dump, apart and together.

use crate::kit::{Folder, entries, filled, relations, restore, run, says, value};
use crate::support::Database;

const PARK: &str = r#"
CREATE SCHEMA zoo;
CREATE TYPE zoo.mood AS ENUM ('sad', 'glad');
CREATE FUNCTION zoo.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE zoo.keeper (id int GENERATED ALWAYS AS IDENTITY (START 7) PRIMARY KEY, name text NOT NULL);
CREATE TABLE zoo.animal (id serial PRIMARY KEY, keeper int REFERENCES zoo.keeper, mood zoo.mood,
    weight numeric CHECK (weight > 0), twice numeric GENERATED ALWAYS AS (weight * 2) STORED);
ALTER TABLE zoo.animal ADD CONSTRAINT light CHECK (weight < 50) NOT VALID;
CREATE INDEX ON zoo.animal ((weight * 2));
CREATE TRIGGER touch BEFORE INSERT ON zoo.animal FOR EACH ROW EXECUTE FUNCTION zoo.touch();
CREATE TABLE zoo.visit (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE zoo.visit_1 PARTITION OF zoo.visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE zoo.visit_2 PARTITION OF zoo.visit DEFAULT;
CREATE INDEX ON zoo.visit (day);
CREATE VIEW zoo.heavy AS SELECT id, sum(weight) AS weight FROM zoo.animal GROUP BY id;
CREATE MATERIALIZED VIEW zoo.moods AS SELECT mood, count(*) AS n FROM zoo.animal GROUP BY mood;
CREATE RULE nothing AS ON INSERT TO zoo.heavy DO INSTEAD NOTHING;
CREATE POLICY own ON zoo.animal USING (keeper = 7);
CREATE STATISTICS zoo.together ON keeper, mood FROM zoo.animal;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION zoo.watch();
COMMENT ON TABLE zoo.animal IS 'a table';
COMMENT ON INDEX zoo.animal_pkey IS 'an index';
GRANT SELECT ON zoo.animal TO PUBLIC;
INSERT INTO zoo.keeper (name) VALUES ('Ada'), ('Bob');
INSERT INTO zoo.animal (keeper, mood, weight) SELECT 7 + g % 2, 'glad', g FROM generate_series(1, 40) g;
INSERT INTO zoo.visit SELECT '2024-05-01'::date + g * 30, g FROM generate_series(1, 20) g;
REFRESH MATERIALIZED VIEW zoo.moods;
SELECT lo_from_bytea(4711, '\x00ff00');
COMMENT ON LARGE OBJECT 4711 IS 'bytes';
"#;

/// The event trigger's function must be there first, and the two together at the end.
fn park(major: u32, what: &str) -> Database {
    let watch = "CREATE FUNCTION zoo.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';";
    filled(
        major,
        what,
        &PARK.replace("CREATE TABLE zoo.keeper", &format!("{watch}\nCREATE TABLE zoo.keeper")),
    )
}

const SECTIONS: [&str; 3] = ["pre-data", "data", "post-data"];

/// An older server would list them as what it cannot hold.
fn with_statistics(major: u32) -> &'static [&'static str] {
    if major < 18 { &[] } else { &["--statistics"] }
}

fn is_equal(source: &Database, copy: &Database) {
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    let large_object = "SELECT obj_description(4711, 'pg_largeobject') || lo_get(4711)::text";
    assert_eq!(value(copy, large_object), "bytes\\x00ff00");
    assert_eq!(value(copy, "SELECT n FROM zoo.moods"), "40");
}

#[test]
fn the_sections_of_one_archive_make_the_whole() {
    for major in [13, 18] {
        let (folder, source) = (Folder::new(), park(major, "sections"));
        let archive = folder.dump(&source, "a.pgark", with_statistics(major));
        let copy = Database::create(major, "sections_copy");
        for section in SECTIONS {
            restore(&archive, &copy, &["--section", section, "-j", "2"]).expect_code(0);
            let tables = value(&copy, "SELECT count(*) FROM zoo.animal");
            assert_eq!(tables, if section == "pre-data" { "0" } else { "40" });
            let keys = value(
                &copy,
                "SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'f') AND connamespace = 'zoo'::regnamespace",
            );
            assert_eq!(keys != "0", section == "post-data");
        }
        is_equal(&source, &copy);
    }
}

#[test]
fn dumps_of_the_sections_make_the_whole() {
    for major in [13, 18] {
        let (folder, source) = (Folder::new(), park(major, "apart"));
        let copy = Database::create(major, "apart_copy");
        for section in SECTIONS {
            let archive = folder.dump(
                &source,
                section,
                &[&["--section", section], with_statistics(major)].concat(),
            );
            assert_eq!(relations(&archive).is_empty(), section != "data");
            restore(&archive, &copy, &[]).expect_code(0);
        }
        is_equal(&source, &copy);
        // Two at once, and the third after them.
        let both = folder.dump(&source, "both", &["--section=pre-data", "--section", "data"]);
        let copy = Database::create(major, "both_copy");
        restore(&both, &copy, &[]).expect_code(0);
        restore(&folder.file("post-data"), &copy, &[]).expect_code(0);
        is_equal(&source, &copy);
    }
}

#[test]
fn statistics_go_with_what_they_describe() {
    let (folder, source) = (Folder::new(), park(18, "described"));
    source.run_script("ANALYZE").expect("analyze");
    let of = |section| {
        let archive = folder.dump(&source, section, &["--section", section, "--statistics"]);
        let statistics = entries(&archive).into_iter();
        let statistics: Vec<String> = statistics
            .filter_map(|e| e.strip_prefix("STATISTICS DATA ").map(str::to_owned))
            .collect();
        statistics
    };
    assert!(of("pre-data").is_empty());
    let data = of("data");
    assert!(data.contains(&"zoo.animal".to_owned()) && !data.contains(&"zoo.animal_pkey".to_owned()));
    let post_data = of("post-data");
    assert!(post_data.contains(&"zoo.animal_pkey".to_owned()) && !post_data.contains(&"zoo.animal".to_owned()));
    // The refresh comes after the rows, so do the statistics of its result.
    assert!(post_data.contains(&"zoo.moods".to_owned()));
}

#[test]
fn a_section_refuses_a_target_that_lacks_the_ones_before() {
    let (folder, source) = (Folder::new(), park(18, "before"));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let empty = Database::create(18, "before_copy");
    let data = restore(&archive, &empty, &["--section=data"]).expect_code(1);
    says(&data.stderr, &["the target has no table", "zoo.keeper"]);
    let post = restore(&archive, &empty, &["--section=post-data"]).expect_code(1);
    says(
        &post.stderr,
        &["the target lacks", "TABLE zoo.animal, needed by", "hint: "],
    );
    let plan = restore(&archive, &empty, &["--section=post-data", "--plan"]).expect_code(3);
    says(&plan.stdout, &["missing on the target: TABLE zoo.animal, needed by"]);
    assert_eq!(value(&empty, "SELECT count(*) FROM pg_largeobject_metadata"), "0");
}

#[test]
fn a_section_is_not_asked_for_together_with_its_short_names() {
    for other in ["-s", "-a"] {
        run(&["dump", "x", "-o", "y", "--section=data", other], &[]).expect_code(2);
        run(&["restore", "y", "-d", "x", "--section=data", other], &[]).expect_code(2);
    }
    run(&["dump", "x", "-o", "y", "--section=middle"], &[]).expect_code(2);
}
