//! Planner statistics: carried into 18 as they were, listed where a server has no place for them, or made anew.

use crate::kit::{Folder, filled, restore, says, value};
use crate::support::Database;

const SCRIPT: &str = r#"
CREATE TABLE t (id int PRIMARY KEY, word text, list int[], r int4range);
INSERT INTO t SELECT i, 'it''s $q$ ' || i % 7, ARRAY[i % 3, i % 5], int4range(i, i + 10) FROM generate_series(1, 2000) i;
CREATE INDEX expression ON t ((id % 10), lower(word));
CREATE TABLE parent (a int) PARTITION BY RANGE (a);
CREATE TABLE child PARTITION OF parent FOR VALUES FROM (0) TO (1000);
INSERT INTO parent SELECT i % 100 FROM generate_series(1, 900) i;
CREATE TABLE empty (a int);
CREATE MATERIALIZED VIEW m AS SELECT id, word FROM t WHERE id < 500;
ANALYZE;
"#;

/// Every value of `pg_stats` and of `pg_class`; ranges' own columns are new in 17.
const OF_COLUMNS: &str = "SELECT coalesce(string_agg(concat_ws('|', tablename, attname, inherited, null_frac, avg_width, n_distinct, \
    most_common_vals, most_common_freqs, histogram_bounds, correlation, most_common_elems, most_common_elem_freqs, \
    elem_count_histogram), E'\n' ORDER BY tablename, attname, inherited), '') FROM pg_stats WHERE schemaname = 'public'";
const OF_RELATIONS: &str = "SELECT string_agg(concat_ws('|', relname, relpages, \
    CASE WHEN reltuples = 0 THEN -1 ELSE reltuples END), E'\n' ORDER BY relname) \
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'i', 'I')";

fn carried(major: u32) {
    let source = filled(major, "statistics", SCRIPT);
    let target = Database::create(18, &format!("statistics_{major}_copy"));
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &["--statistics"]);
    restore(&archive, &target, &["-j", "2"]).expect_code(0);
    let wanted = value(&source, OF_COLUMNS);
    assert!(wanted.contains("expression|") && wanted.contains("it's"), "{wanted}");
    assert_eq!(value(&target, OF_COLUMNS), wanted);
    let without_zero = |text: String| text.replace("|0|-1", "|0|0");
    assert_eq!(
        without_zero(value(&target, OF_RELATIONS)),
        without_zero(value(&source, OF_RELATIONS))
    );
    let compared = crate::kit::run(&["compare", &archive, &target.conninfo()], &[]);
    compared.expect_code(0);
}

#[test]
fn statistics_of_18_are_carried() {
    carried(18);
}

#[test]
fn statistics_of_17_are_carried() {
    carried(17);
}

#[test]
fn statistics_of_13_are_carried() {
    carried(13);
}

#[test]
fn an_older_server_is_told_or_analyzed() {
    let source = filled(18, "statistics_old", SCRIPT);
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &["--statistics"]);
    let target = Database::create(15, "statistics_old_copy");
    let run = restore(&archive, &target, &[]).expect_code(3);
    says(
        &run.stderr,
        &["cannot be held by PostgreSQL 15: STATISTICS DATA public.t: planner statistics (needs 18)"],
    );
    let without = Database::create(15, "statistics_old_without");
    restore(&archive, &without, &["--no-statistics"]).expect_code(0);
    for major in [15, 18] {
        let analyzed = Database::create(major, &format!("statistics_analyzed_{major}"));
        restore(&archive, &analyzed, &["--analyze", "-j", "2"]).expect_code(0);
        let tuples = "SELECT string_agg(reltuples::text, ' ' ORDER BY relname) FROM pg_class \
                      WHERE relname IN ('t', 'm', 'child', 'parent') AND relnamespace = 'public'::regnamespace";
        assert_eq!(value(&analyzed, tuples), "900 499 900 2000", "on {major}");
        let inherited = "SELECT count(*) FROM pg_stats WHERE tablename = 'parent' AND inherited";
        assert_eq!(value(&analyzed, inherited), "1");
    }
}

#[test]
fn a_failed_analyze_is_listed() {
    let source = filled(
        18,
        "statistics_fail",
        "CREATE TABLE t (a int); INSERT INTO t VALUES (0); \
        CREATE FUNCTION f(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN \
        IF current_query() LIKE 'ANALYZE%' THEN RAISE 'not now'; END IF; RETURN a; END$$; \
        CREATE INDEX i ON t (public.f(a))",
    );
    let target = Database::create(18, "statistics_fail_copy");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let run = restore(&archive, &target, &["--analyze"]).expect_code(3);
    says(&run.stderr, &["cannot restore ANALYZE OF public.t", "not now"]);
    assert_eq!(value(&target, "SELECT count(*) FROM public.t"), "1");
}
