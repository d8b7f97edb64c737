//! `pgark export`: what comes out is what the server would have written, and goes back in as what it was.

use std::io::Read;
use std::process::Stdio;

use pgark::archive::Archive;
use pgark::format::record::RECORD_HEADER_BYTES;
use pgark::version::Version;

use crate::kit::{Folder, filled, json, run, says, value};
use crate::support::Database;
use crate::support::program::command;
use crate::support::session::Session;

/// Names and values of all kinds that need care, in a table whose rows are binary where they can be.
pub const HOSTILE: &str = r#"
CREATE SCHEMA "Sch""ema";
CREATE TYPE "Sch""ema"."Mood" AS ENUM ('so, so', 'q"uote', 'é');
CREATE TABLE "Sch""ema"."T 'x\ y" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "te""xt, \" text, c char(4), b bytea, ok boolean, n numeric, f8 float8, f4 float4,
  d date, ts timestamptz, iv interval, a text[], aa int[], r int4range, j json, jb jsonb,
  m "Sch""ema"."Mood", u uuid, twice numeric GENERATED ALWAYS AS (id * 2.0) STORED);
INSERT INTO "Sch""ema"."T 'x\ y" OVERRIDING SYSTEM VALUE VALUES
  (1, E'a"b,c''d\\\n\r\t\x08', 'x', '\x00ff27225c', true, 1.50, '-0', 1.1, '2020-02-29', '2020-01-01 00:00:00.123+00',
   '-1 mons +3 days -04:05:06', '{a,"b\"c",NULL,""}', '[0:1]={1,-2}', '[1,5)', '{"a" : 1, "a": 1e400}', '{"z": [1.10, null]}',
   'so, so', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  (2, '', '', '', false, 'NaN', 'NaN', 'Infinity', 'infinity', '-infinity', '0', '{}', '{}', 'empty', '[null]', '"日本 \u0001"',
   'q"uote', NULL),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, '\.', '\N', '\x5c4e', true, 123456789012345678901234567890.123456789, 1e300, -1e-30, '0044-03-15 BC', '4713-02-01 BC',
   '100 years', '{"\\\\"}', '{{1,2},{3,4}}', '(,)', '[]', '{}', 'é', NULL),
  (9223372036854775807, 'NULL', 'null', '\x', true, -5, 5e-324, 3.4028235e38, NULL, 'infinity', NULL, '{NULL}', NULL, NULL, '1', '1', NULL, NULL);
CREATE TYPE "Sch""ema".pair AS (a int, b text);
CREATE TABLE "Sch""ema".plain (v "Sch""ema".pair, m money, x xml);
INSERT INTO "Sch""ema".plain VALUES (ROW(1, E'a,"b\\'), 12.5, '<a b="c"/>'), (NULL, NULL, NULL), (ROW(NULL, ''), -1, 'x');
CREATE TABLE one (v text);
INSERT INTO one VALUES ('\.'), (''), (NULL), ('a');
CREATE TABLE lines (j json);
INSERT INTO lines VALUES (E'{"a":\r\n[\n1]}');
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE visit (day date NOT NULL, n int, PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE "visit old" (n int, gone int, day date NOT NULL);
ALTER TABLE "visit old" DROP COLUMN gone;
ALTER TABLE visit ATTACH PARTITION "visit old" FOR VALUES FROM ('2020-01-01') TO ('2024-01-01');
CREATE TABLE visit_new PARTITION OF visit DEFAULT;
INSERT INTO visit SELECT '2023-06-01'::date + g * 40, g FROM generate_series(1, 10) g;
CREATE TABLE ticket (id serial PRIMARY KEY, price numeric DEFAULT 1 CHECK (price > 0), day date REFERENCES visit);
INSERT INTO ticket (price, day) VALUES (2.50, NULL), (3, '2023-07-11');
CREATE INDEX ON ticket (price);
"#;

/// Tables with the columns whose values an archive has.
const TABLES: &[&str] = &[
    r#""Sch""ema"."T 'x\ y""#,
    r#""Sch""ema".plain"#,
    "public.one",
    "public.nothing",
    "public.visit",
];

fn export(archive: &str, table: &str, options: &[&str]) -> crate::support::program::Run {
    run(&["export", archive, "--table", table], options)
}

/// What a session as a dump has them reads.
fn copy_csv(database: &Database, query: &str) -> String {
    let mut session = dump_session(database);
    let mut data = Vec::new();
    let mut copy = session
        .wire()
        .copy_out(&format!("COPY {query} TO STDOUT (FORMAT csv, HEADER)"))
        .expect("copy");
    while let Some(piece) = copy.next().expect("piece") {
        data.extend_from_slice(piece);
    }
    String::from_utf8(data).expect("UTF-8")
}

fn dump_session(database: &Database) -> Session {
    let mut session = database.session();
    for setting in
        pgark::internals::live::open::session::settings(Version::first_of(database.major()), &Default::default())
    {
        session.execute(&setting);
    }
    session.execute("SET TimeZone = 'UTC'");
    session
}

fn copy_in(session: &mut Session, sql: &str, data: &str) {
    let mut copy = session
        .wire()
        .copy_in(sql)
        .unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    let sent = copy.send(data.as_bytes()).and_then(|()| copy.finish());
    sent.unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
}

/// The rows of a table as one digest.
pub fn content(database: &Database, table: &str) -> String {
    value(
        database,
        &format!(
            "SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\"), '')) FROM {table} t"
        ),
    )
}

/// The columns of a table that an archive has values of, in its own order.
fn columns(database: &Database, table: &str) -> String {
    value(
        database,
        &format!(
            "SELECT coalesce(string_agg(quote_ident(attname), ', ' ORDER BY attnum), '') FROM pg_attribute \
             WHERE attrelid = $a${table}$a$::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        ),
    )
}

/// Exports of both kinds of archive are what the server says, and fill empty tables again.
fn goes_out_and_in(major: u32) {
    let (folder, source) = (Folder::new(), filled(major, "exported", HOSTILE));
    let digests: Vec<String> = TABLES.iter().map(|table| content(&source, table)).collect();
    for kind in ["auto", "text"] {
        let archive = folder.dump(&source, "a.pgark", &["--overwrite", "--copy-format", kind]);
        let copy = Database::create(major, "exported_copy");
        run(&["restore", &archive, "-d", &copy.conninfo()], &["--schema-only"]).expect_code(0);
        for (table, digest) in TABLES.iter().zip(&digests) {
            let exported = |form: &str| export(&archive, table, &["--format", form]).expect_code(0).stdout;
            let check = |form: &str| {
                assert_eq!(&content(&copy, table), digest, "{table} as {form}, {kind}, {major}");
                copy.session().execute(&format!("DELETE FROM {table}"));
            };
            let mut session = copy.session();
            let csv = exported("csv");
            if *table == "public.visit" {
                assert!(csv.starts_with("n,day\n") || csv.starts_with("day,n\n"), "{csv}");
            } else {
                let columns = columns(&source, table);
                assert_eq!(
                    csv,
                    copy_csv(&source, &format!("(SELECT {columns} FROM {table})")),
                    "{table} {kind}"
                );
            }
            let names = csv.lines().next().expect("header").replace("\"\"\"", "\"\"");
            let list = match names.is_empty() {
                true => String::new(),
                false if *table == "public.visit" => format!("({names})"),
                false => format!("({})", columns(&source, table)),
            };
            copy_in(
                &mut session,
                &format!("COPY {table} {list} FROM STDIN (FORMAT csv, HEADER)"),
                &csv,
            );
            check("csv");
            session.execute(&exported("sql"));
            check("sql");
            let json = exported("jsonl");
            session.execute("CREATE TEMP TABLE lines (line json)");
            copy_in(
                &mut session,
                "COPY lines FROM STDIN (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')",
                &json,
            );
            let columns = columns(&source, table);
            if !columns.is_empty() {
                session.execute(&format!(
                    "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE \
                     SELECT {columns} FROM lines, json_populate_record(NULL::{table}, line)"
                ));
                check("jsonl");
            }
            session.execute("DROP TABLE lines");
        }
    }
}

#[test]
fn what_was_exported_goes_back_in() {
    goes_out_and_in(18);
}

#[test]
fn what_was_exported_goes_back_in_on_13() {
    goes_out_and_in(13);
}

#[test]
fn json_has_numbers_and_json_as_they_are() {
    let (folder, source) = (Folder::new(), filled(18, "json_lines", HOSTILE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let file = folder.file("rows.jsonl");
    let table = TABLES[0];
    let told = export(&archive, table, &["--format", "jsonl", "-o", &file, "--json"]).expect_code(0);
    assert_eq!(
        (json(&told)["rows"].as_u64(), json(&told)["table"].as_str()),
        (Some(5), Some(table))
    );
    let text = std::fs::read_to_string(&file).expect("file");
    let lines: Vec<&str> = text.lines().collect();
    says(
        lines[0],
        &[
            r#"{"id":1,"te\"xt, \\":"a\"b,c'd\\\n\r\t\u0008","c":"x   ","b":"\\x00ff27225c","ok":true,"n":1.50,"f8":-0,"#,
            r#""a":"{a,\"b\\\"c\",NULL,\"\"}","#,
            r#""j":{"a" : 1, "a": 1e400},"jb":{"z": [1.10, null]},"m":"so, so","#,
        ],
    );
    says(
        lines[1],
        &[r#""ok":false,"n":"NaN","f8":"NaN","f4":"Infinity","d":"infinity""#],
    );
    says(lines[2], &[r#"{"id":3,"te\"xt, \\":null,"#]);
    says(
        lines[3],
        &["\"n\":123456789012345678901234567890.123456789,\"f8\":1e+300,"],
    );
    says(lines[4], &["{\"id\":9223372036854775807,"]);
    let broken = export(&archive, "lines", &["--format", "jsonl"]).expect_code(0);
    assert_eq!(broken.stdout, "{\"j\":{\"a\":  [ 1]}}\n");
    let again = export(&archive, table, &["--format", "csv", "-o", &file]).expect_code(1);
    says(&again.stderr, &["exists already"]);
}

#[test]
fn sql_comes_with_the_table() {
    let (folder, source) = (Folder::new(), filled(18, "with_definition", HOSTILE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(18, "with_definition_copy");
    for table in ["ticket", "visit"] {
        let whole = export(&archive, table, &["--format", "sql", "--with-definition"]).expect_code(0);
        copy.session().execute(&whole.stdout);
        assert_eq!(content(&copy, table), content(&source, table));
    }
    assert_eq!(value(&copy, "SELECT nextval('ticket_id_seq')"), "3");
    let parts = "SELECT string_agg(contype::text, '' ORDER BY contype) FROM pg_constraint WHERE conrelid = 'ticket'::regclass AND contype <> 'n'";
    assert_eq!(value(&copy, parts), "cp");
    assert_eq!(
        value(
            &copy,
            "SELECT count(*) FROM pg_index WHERE indrelid = 'ticket'::regclass"
        ),
        "2"
    );
}

#[test]
fn what_cannot_be_exported_leaves_no_file() {
    let script = "CREATE TABLE big AS SELECT id, repeat(md5(id::text), 8) AS a FROM generate_series(1, 90000) id;
        CREATE TABLE big2 (id int); CREATE VIEW seen AS SELECT 1 AS one";
    let (folder, source) = (Folder::new(), filled(18, "unexported", script));
    let archive = folder.dump(&source, "a.pgark", &["-j2"]);
    let out = folder.file("rows.csv");
    let csv = |archive: &str, table: &str| export(archive, table, &["--format", "csv", "-o", &out]);
    says(
        &csv(&archive, "big*").expect_code(1).stderr,
        &["more than one table: public.big, public.big2"],
    );
    says(
        &csv(&archive, "seen").expect_code(1).stderr,
        &["no rows of VIEW public.seen"],
    );
    says(
        &csv(&archive, "none").expect_code(1).stderr,
        &["no table in the archive matches"],
    );

    let mut bytes = std::fs::read(&archive).expect("archive");
    let good = Archive::open(archive.as_ref()).expect("archive");
    let chunks = &good.manifest().relation(1).expect("rows").chunks;
    assert!(chunks.len() > 2);
    bytes[chunks[1].offset as usize + RECORD_HEADER_BYTES + 100] ^= 4;
    let damaged = folder.file("damaged.pgark");
    std::fs::write(&damaged, bytes).expect("damaged archive");
    says(
        &csv(&damaged, "big").expect_code(1).stderr,
        &[
            "cannot export public.big",
            "(chunk 1 of relation 1)",
            "hint: `pgark verify`",
        ],
    );
    let names: Vec<String> = std::fs::read_dir(folder.path("."))
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!names.iter().any(|name| name.contains("rows.csv")), "{names:?}");

    // A reader that goes away is no error.
    let mut child = command(["export", &archive, "--table", "big", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("export");
    let mut some = [0; 1000];
    child.stdout.take().expect("pipe").read_exact(&mut some).expect("rows");
    let end = child.wait_with_output().expect("end");
    assert!(end.status.success() && end.stderr.is_empty(), "{:?}", end);
}
