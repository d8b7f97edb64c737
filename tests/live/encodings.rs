//! Databases in other encodings than UTF8: rows, names, comments and bodies come back byte by byte.

use crate::kit::{Folder, restore};
use crate::support::Database;
use crate::support::program::pgark;

/// `é` and `ü` of Latin-1 as bytes of a text that declares no encoding; see `connect::untyped`.
const MIXED: &str = "
CREATE SCHEMA \"caf\u{10ffe9}\";
CREATE TABLE \"caf\u{10ffe9}\".\"t\u{10fffc}\" (id int PRIMARY KEY, \"n\u{10ffe9}\" text DEFAULT 'd\u{10ffe9}faut', ok text);
COMMENT ON TABLE \"caf\u{10ffe9}\".\"t\u{10fffc}\" IS 'vieux caf\u{10ffe9}, und auch übliches UTF-8: 日本';
INSERT INTO \"caf\u{10ffe9}\".\"t\u{10fffc}\" VALUES (1, 'latin \u{10ffe9}', 'utf8 é'), (2, DEFAULT, NULL), (3, '\u{10ff80}\u{10ffff}', '日本');
CREATE TYPE \"caf\u{10ffe9}\".mood AS ENUM ('gr\u{10ffe9}', 'fröhlich');
CREATE FUNCTION \"caf\u{10ffe9}\".f() RETURNS text LANGUAGE sql AS 'SELECT ''\u{10ffe9}t\u{10ffe9}''::text';
CREATE VIEW \"caf\u{10ffe9}\".\"v\u{10ffe9}\" AS SELECT * FROM \"caf\u{10ffe9}\".\"t\u{10fffc}\" WHERE \"n\u{10ffe9}\" <> '\u{10fffc}ber';
CREATE INDEX \"i\u{10ffe9}\" ON \"caf\u{10ffe9}\".\"t\u{10fffc}\" (\"n\u{10ffe9}\");
CREATE SEQUENCE \"caf\u{10ffe9}\".\"s\u{10ffe9}\" START 7;
";

/// Everything of the catalog and the rows that the script above makes, as bytes.
const DIGEST: &str = "
SELECT pg_catalog.md5(pg_catalog.string_agg(piece, '|' ORDER BY piece COLLATE \"C\")) AS value FROM (
  SELECT n.nspname || '.' || c.relname AS piece FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^(pg_|information_schema)'
  UNION ALL SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information_schema)'
  UNION ALL SELECT d.description FROM pg_description d WHERE d.objoid >= 16384
  UNION ALL SELECT e.enumlabel FROM pg_enum e
  UNION ALL SELECT p.prosrc FROM pg_proc p WHERE p.oid >= 16384
  UNION ALL SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
) AS pieces";

#[track_caller]
fn goes_through(source: &Database, copy: &Database) {
    let folder = Folder::new();
    let archive = folder.dump(source, "a.pgark", &[]);
    pgark(["verify", &archive]).expect_code(0);
    restore(&archive, copy, &[]).expect_code(0);
    pgark(["compare", &source.conninfo(), &copy.conninfo()]).expect_code(0);
    pgark(["compare", &archive, &copy.conninfo()]).expect_code(0);
    assert_eq!(source.session().value(DIGEST), copy.session().value(DIGEST));
}

#[test]
fn text_without_declared_encoding_stays_as_it_is() {
    for major in [13, 15, 18] {
        let source = Database::encoded(major, "bytes", "SQL_ASCII");
        source.run_script(MIXED).expect("script");
        let length = "SELECT octet_length(nspname::text) AS value FROM pg_namespace WHERE nspname LIKE 'caf%'";
        assert_eq!(source.session().value(length), "4");
        goes_through(&source, &Database::encoded(major, "bytes_copy", "SQL_ASCII"));
    }
    let source = Database::encoded(13, "bytes", "SQL_ASCII");
    source.run_script(MIXED).expect("script");
    goes_through(&source, &Database::encoded(18, "bytes_copy", "SQL_ASCII"));
}

#[test]
fn bytes_that_the_target_cannot_hold_are_listed_and_never_stored_as_something_else() {
    let source = Database::encoded(16, "bytes", "SQL_ASCII");
    source
        .run_script("CREATE TABLE good (v text); INSERT INTO good VALUES ('plain'); CREATE TABLE rows (v text); INSERT INTO rows VALUES ('\u{10ffe9}'); CREATE TABLE \"n\u{10ffe9}\" (v text)")
        .expect("script");
    let target = Database::create(16, "utf8_target");
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let run = restore(&archive, &target, &[]).expect_code(3);
    let mut session = target.session();
    assert_eq!(session.value("SELECT v AS value FROM good"), "plain");
    assert_eq!(session.value("SELECT count(*) AS value FROM rows"), "0");
    let strange = "SELECT count(*) AS value FROM pg_class WHERE relname LIKE 'n_%' AND relkind = 'r' AND relnamespace = 'public'::regnamespace";
    assert_eq!(session.value(strange), "0");
    assert!(run.stderr.contains("public.rows"), "{}", run.stderr);
    assert!(run.stderr.contains("\\xE9"), "{}", run.stderr);
}

#[test]
fn declared_encodings_come_back_and_can_change() {
    let script = |text: &str| {
        format!(
            "CREATE TABLE \"{text}\" (id int PRIMARY KEY, v text DEFAULT '{text}'); INSERT INTO \"{text}\" VALUES (1), (2); \
             COMMENT ON TABLE \"{text}\" IS '{text}'; CREATE TYPE mood AS ENUM ('{text}')"
        )
    };
    for (encoding, text) in [
        ("LATIN1", "déjà"),
        ("LATIN9", "5 €"),
        ("WIN1251", "привет"),
        ("EUC_JP", "日本語"),
        ("EUC_KR", "한국"),
        ("KOI8R", "мир"),
    ] {
        let source = Database::encoded(17, encoding, encoding);
        source.run_script(&script(text)).expect("script");
        goes_through(&source, &Database::encoded(17, encoding, encoding));
        let utf8 = Database::create(18, encoding);
        let folder = Folder::new();
        let archive = folder.dump(&source, "a.pgark", &[]);
        restore(&archive, &utf8, &[]).expect_code(0);
        let stored = utf8
            .session()
            .value(&format!("SELECT v AS value FROM \"{text}\" WHERE id = 2"));
        assert_eq!(stored, text);
    }
}
