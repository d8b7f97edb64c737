//! Rows read in binary and in text: the same rows, wherever they go.

use pgark::archive::Archive;

use crate::kit::{Folder, filled, restore, run, says, value};
use crate::support::Database;
use crate::support::program::pgark;

/// Tables of types that are decoded, of some that are not, and the shapes that rows can have.
const SHAPES: &str = "
CREATE TYPE mood AS ENUM ('sad', 'it''s, \"fine\"', '');
CREATE DOMAIN price AS numeric(12,2) CHECK (VALUE >= 0);
CREATE DOMAIN tags AS text[];
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE scalars (i2 int2, i4 int4 PRIMARY KEY, i8 int8, o oid, f4 float4, f8 float8, n numeric, t text, v varchar(9), c char(5),
  na name, b bytea, u uuid, bo boolean, d date, ti time, tz timetz, ts timestamp, tsz timestamptz, iv interval, j json, jb jsonb,
  bi bit(5), vb varbit, ip inet, net cidr, mac macaddr, mac8 macaddr8, m mood, p price);
INSERT INTO scalars SELECT g - 150, g, g * 10000000000, g, g / 3.0, sqrt(g), g * 1.10, 'text ' || g, left(md5(g::text), 9), 'ab',
  'name' || g, decode(md5(g::text), 'hex'), md5(g::text)::uuid, g % 2 = 0, date '2000-01-01' + g * 100, time '00:00' + g * interval '7 s',
  timetz '00:00+05:30' + g * interval '7 s', timestamp '1990-01-01' + g * interval '1 day 1.5 s', timestamptz '1990-01-01 00:00:00.000001+02' + g * interval '1 h',
  g * interval '1 mon -2 days 3.25 s', json_build_object('g', g), jsonb_build_object('g', g, 'deep', array[1, null, g]), B'10101', g::bit(9)::varbit,
  ('10.0.0.' || g % 256)::inet, '192.168.0.0/16', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', 'sad', g FROM generate_series(1, 300) g;
INSERT INTO scalars (i4, f4, f8, n, d, ts, tsz, t, m) VALUES
  (-1, 'NaN', 'Infinity', 'NaN', '-infinity', 'infinity', '-infinity', E'tab\\t, line\\n, back\\\\slash \\\\N \\\\.', 'it''s, \"fine\"'),
  (-2, '-Infinity', '-0', '-0.000', '4713-01-01 BC', '4713-01-01 BC', '294276-12-31 23:59:59.999999+00', '', ''),
  (-3, '1e-40', '1e-310', '1e130', '5874897-12-31', '294276-12-31 23:59:59.999999', '0044-03-15 BC', NULL, NULL);
CREATE TABLE nested (a int[], b text[], c numeric[], d int4range, e span, f tags, g timestamptz[]);
INSERT INTO nested SELECT array[g, NULL, -g], array['a', NULL, 'null', 'x\"y', ''], '[0:1][2:3]={{1.5,NULL},{-0.0,NaN}}', int4range(g, g + 5),
  span(g, NULL), array['q', 'ü'], array[timestamptz '2001-02-03 04:05:06+07'] FROM generate_series(1, 50) g;
INSERT INTO nested VALUES ('{}', '{}', NULL, 'empty', 'empty', '{}', NULL), (NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE nothing ();
INSERT INTO nothing SELECT FROM generate_series(1, 7);
CREATE TABLE mostly_null (a int, b text, c numeric, d uuid);
INSERT INTO mostly_null (a) SELECT CASE WHEN g % 97 = 0 THEN g END FROM generate_series(1, 5000) g;
CREATE TABLE generated (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text);
INSERT INTO generated (a, c) SELECT g, 'c' FROM generate_series(1, 20) g;
CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT g, date '2020-06-01' + g FROM generate_series(1, 400) g;
CREATE TABLE as_text (id int, p pair, m mood[], x xml, money money);
INSERT INTO as_text SELECT g, (g, 'b' || g)::pair, array['sad']::mood[], '<a/>', g FROM generate_series(1, 30) g;
";

fn wide() -> String {
    let columns: Vec<String> = (0..1500).map(|n| format!("c{n} int2")).collect();
    format!(
        "CREATE TABLE wide ({}); INSERT INTO wide (c0, c700, c1499) SELECT g, g, g FROM generate_series(1, 40) g;",
        columns.join(", ")
    )
}

/// Names of the tables whose rows an archive has in binary format.
fn binary(archive: &str) -> Vec<String> {
    let archive = Archive::open(archive.as_ref()).expect("archive");
    let relations = archive.catalog().relations.iter().filter(|r| r.binary);
    relations.map(|r| r.name.clone()).collect()
}

#[track_caller]
fn are_equal(a: &str, b: &str) {
    pgark(["compare", a, b]).expect_code(0);
}

fn both_formats_hold_the_same_rows(major: u32) {
    let source = filled(major, "formats", &(SHAPES.to_owned() + &wide()));
    let folder = Folder::new();
    let auto = folder.dump(&source, "auto.pgark", &["-j2"]);
    let text = folder.dump(&source, "text.pgark", &["-j2", "--copy-format", "text"]);
    let expected = [
        "generated",
        "mostly_null",
        "nested",
        "parted_1",
        "parted_2",
        "scalars",
        "wide",
    ];
    let mut found = binary(&auto);
    found.sort();
    assert_eq!(found, expected);
    assert!(binary(&text).is_empty());
    are_equal(&auto, &text);
    for (number, archive) in [&auto, &text].into_iter().enumerate() {
        pgark(["verify", archive]).expect_code(0);
        are_equal(archive, &source.conninfo());
        let copy = Database::create(major, &format!("formats_{number}"));
        restore(archive, &copy, &["-j2"]).expect_code(0);
        are_equal(&source.conninfo(), &copy.conninfo());
        are_equal(&auto, &copy.conninfo());
        are_equal(&copy.conninfo(), &text);
    }
}

#[test]
fn both_formats_hold_the_same_rows_on_13() {
    both_formats_hold_the_same_rows(13);
}

#[test]
fn both_formats_hold_the_same_rows_on_18() {
    both_formats_hold_the_same_rows(18);
}

/// Binary values of one type are nonsense, or worse, something else, to another.
#[test]
fn rows_go_into_columns_of_other_types_as_text() {
    let source = filled(
        16,
        "types_from",
        "CREATE DOMAIN d AS int4; CREATE TABLE t (id int4, at timestamp, n int4, f float4, d d, r int4range);
         INSERT INTO t SELECT g, timestamp '2020-01-01' + g * interval '1 h', g, g / 4.0, g, int4range(g, g + 1) FROM generate_series(1, 1000) g;
         CREATE TABLE same (id int4, d d); INSERT INTO same SELECT g, g FROM generate_series(1, 10) g",
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    assert_eq!(binary(&archive).len(), 2);
    let target = filled(
        16,
        "types_to",
        "CREATE DOMAIN d AS int8;
         CREATE TABLE t (id int8, at timestamptz, n text, f float8, d d, r text); CREATE TABLE same (id int4, d d)",
    );
    restore(&archive, &target, &["--data-only"]).expect_code(0);
    let sums = "(sum(id), count(*) FILTER (WHERE at AT TIME ZONE current_setting('TimeZone') = timestamp '2020-01-01' + id * interval '1 h'), \
                sum(n::int), sum(f), sum(d), count(*) FILTER (WHERE r::int4range = int4range(id::int, id::int + 1)))";
    assert_eq!(
        value(&target, &format!("SELECT {sums} FROM t")),
        "(500500,1000,500500,125125,500500,1000)"
    );
    assert_eq!(value(&target, "SELECT (count(*), sum(d)) FROM same"), "(10,55)");
    let through_pipe = filled(
        16,
        "types_pipe",
        "CREATE TABLE t (id int8, at timestamptz, n text, f float8, d int8, r text)",
    );
    restore(&archive, &through_pipe, &["--data-only", "-t", "t"]).expect_code(0);
    assert_eq!(
        value(&through_pipe, &format!("SELECT {sums} FROM t")),
        "(500500,1000,500500,125125,500500,1000)"
    );
}

#[test]
fn tables_that_cannot_be_read_in_binary_are_named() {
    let source = filled(17, "not_binary", SHAPES);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    let from = source.conninfo();
    let refused = run(&["dump", &from, "-o", &file, "--copy-format", "binary"], &[]).expect_code(1);
    says(
        &refused.stderr,
        &[
            "cannot read all tables in binary format: public.as_text\n",
            "--copy-format auto",
        ],
    );
    assert!(!std::fs::exists(&file).expect("folder"));
    let without = folder.dump(&source, "b.pgark", &["--copy-format", "binary", "-T", "as_text"]);
    assert_eq!(binary(&without).len(), 6);
}

/// Text in binary rows comes in the session's encoding: only where that is the database's own is it sure to be what
/// text rows hold.
#[test]
fn text_that_would_be_converted_is_read_as_text() {
    let source = Database::encoded(14, "latin", "LATIN1");
    source
        .run_script("CREATE TABLE words (w text); INSERT INTO words VALUES ('déjà'); CREATE TABLE numbers AS SELECT g FROM generate_series(1, 9) g")
        .expect("script");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    assert_eq!(binary(&archive), ["numbers"]);
    let copy = Database::create(14, "latin_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    assert_eq!(value(&copy, "SELECT w FROM words"), "déjà");
}

/// Since 17 an interval can be infinite; to older servers the same bytes are a finite one.
#[test]
fn infinite_intervals_are_refused_by_servers_without_them() {
    let source = filled(
        18,
        "infinite",
        "CREATE TABLE finite (i interval); INSERT INTO finite VALUES ('1 mon -2 days 03:04:05.678'), (NULL);
         CREATE TABLE infinite (i interval[]); INSERT INTO infinite VALUES ('{1 day,-infinity}')",
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    assert_eq!(binary(&archive).len(), 2);
    let old = Database::create(16, "infinite_old");
    let refused = restore(&archive, &old, &[]).expect_code(3);
    says(&refused.stderr, &["public.infinite"]);
    assert_eq!(value(&old, "SELECT count(*) FROM infinite"), "0");
    assert_eq!(
        value(&old, "SELECT string_agg(i::text, ' ') FROM finite"),
        "1 mon -2 days +03:04:05.678"
    );
    let copy = Database::create(17, "infinite_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    are_equal(&archive, &copy.conninfo());
    let differs = pgark(["compare", &archive, &old.conninfo()]).expect_code(3);
    says(&differs.stdout, &["infinite"]);
}
