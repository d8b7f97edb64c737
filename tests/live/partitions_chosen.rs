//! `-t` of a partitioned table takes the partitions that hold its rows, in every command that has it.

use crate::kit::{Folder, filled, present, relations, restore, run, says, value};
use crate::support::Database;

const VISITS: &str = "
CREATE SCHEMA far;
CREATE TABLE visits (day int, note text) PARTITION BY RANGE (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (10);
CREATE TABLE far.visits_2 PARTITION OF visits FOR VALUES FROM (10) TO (20) PARTITION BY LIST (note);
CREATE TABLE far.visits_2_a PARTITION OF far.visits_2 FOR VALUES IN ('a');
CREATE TABLE far.visits_2_rest PARTITION OF far.visits_2 DEFAULT;
CREATE INDEX visits_day ON visits (day);
CREATE TABLE animals (name text);
CREATE TABLE dogs (bark int) INHERITS (animals);
INSERT INTO visits SELECT n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(0, 19) n;
INSERT INTO animals VALUES ('cow');
INSERT INTO dogs VALUES ('rex', 3);";

const ALL: &str = "far.visits_2_a far.visits_2_rest public.visits_1";

#[test]
fn a_dump_of_a_partitioned_table_takes_its_partitions() {
    let (folder, source) = (Folder::new(), filled(15, "parted", VISITS));
    let of = |options: &[&str]| {
        let file = folder.dump(&source, "a.pgark", &[options, &["--overwrite"]].concat());
        relations(&file).join(" ")
    };
    assert_eq!(of(&["-t", "visits"]), ALL);
    assert_eq!(of(&["-t", "far.visits_2"]), "far.visits_2_a far.visits_2_rest");
    assert_eq!(
        of(&["-t", "visits", "-T", "visits_1"]),
        "far.visits_2_a far.visits_2_rest"
    );
    assert_eq!(of(&["-t", "visits", "-T", "far.visits_2"]), "public.visits_1");
    assert_eq!(
        of(&["-t", "visits", "-T", "far.*_a"]),
        "far.visits_2_rest public.visits_1"
    );
    assert_eq!(
        of(&["-t", "visits", "--exclude-table-data", "far.visits_2"]),
        "public.visits_1"
    );
    // What inherits otherwise has rows of its own.
    assert_eq!(of(&["-t", "animals"]), "public.animals");
    assert_eq!(of(&["--table-and-children", "animals"]), "public.animals public.dogs");
}

#[test]
fn what_was_chosen_is_restored_and_compared_with_its_partitions() {
    let (folder, source) = (Folder::new(), filled(17, "parted_back", VISITS));
    let part = folder.dump(&source, "part.pgark", &["-t", "visits"]);
    let whole = folder.dump(&source, "whole.pgark", &[]);
    let copy = filled(17, "parted_copy", "CREATE SCHEMA far");
    restore(&part, &copy, &[]).expect_code(0);
    assert_eq!(value(&copy, "SELECT count(*) FROM visits"), "20");
    for a in [source.conninfo(), whole.clone()] {
        let equal = run(&["compare", &a, &copy.conninfo(), "-t", "visits"], &[]).expect_code(0);
        says(&equal.stdout, &["3 tables, 20 rows"]);
    }
    copy.session()
        .execute("UPDATE far.visits_2 SET note = 'c' WHERE day = 11");
    for a in [source.conninfo(), whole.clone()] {
        run(&["compare", &a, &copy.conninfo(), "-t", "visits"], &[]).expect_code(3);
        run(
            &["compare", &a, &copy.conninfo(), "-t", "visits", "-T", "far.visits_2"],
            &[],
        )
        .expect_code(0);
    }
    // The same of a whole archive.
    let again = Database::create(17, "parted_again");
    restore(&whole, &again, &["-t", "visits", "-T", "visits_1"]).expect_code(0);
    assert_eq!(
        present(&again),
        "far.visits_2 far.visits_2_a far.visits_2_rest public.visits"
    );
    assert_eq!(value(&again, "SELECT count(*) FROM visits"), "10");
    let data = folder.dump(&source, "data.pgark", &["-t", "visits", "--data-only"]);
    assert_eq!(relations(&data).join(" "), ALL);
}

#[test]
fn a_snapshot_of_a_partitioned_table_has_its_rows() {
    let (folder, source) = (Folder::new(), filled(13, "parted_taken", VISITS));
    let repository = folder.file("repository");
    let taken = run(
        &[
            "snapshot",
            "create",
            &source.conninfo(),
            "--repo",
            &repository,
            "-t",
            "visits",
        ],
        &["--label", "part", "--json"],
    );
    let taken = crate::kit::json(&taken.expect_code(0));
    assert_eq!(taken["rows"].as_u64(), Some(20), "{taken}");
}
