//! Text of an archive never becomes more than it says where a table is made of it: types and collations of columns.
//!
//! Every text of an archive that comes into SQL, and what keeps it what it is:
//!
//! | text | where | by |
//! |---|---|---|
//! | statements of entries | a restore, which runs them by design, one per message; never `--plan`, `--where`, `--into` | |
//! | names of schemas, tables, columns | COPY, TRUNCATE, ANALYZE, INSERT, LOCK | quoted identifiers |
//! | names of sequences | `setval` | a literal of quoted identifiers, looked up |
//! | types and collations of columns | `--where`, `--into` | asked for as values; the target's own spelling is used |
//! | encoding of the rows | COPY .. ENCODING, `client_encoding` | a literal, a startup parameter |
//! | roles, grantors | SET ROLE | quoted identifiers |
//! | names of roles, extensions, tablespaces, objects | the checks of a target | compared outside of SQL |
//! | oids, positions, numbers of chunks | large objects, `setval`, the journal | numbers |
//! | condition of a configuration table | nowhere: a live side has its own | |

use std::path::Path;

use crate::kit::{Folder, filled, restore, run, says, value};
use crate::support::Database;
use pgark::archive::{Archive, ArchiveWriter};
use pgark::model::Relation;

/// An archive without rows in `file`, as the one in `good` with its first table changed.
fn forge(good: &str, file: &str, change: impl Fn(&mut Relation)) {
    let good = Archive::open(Path::new(good)).expect("archive");
    let mut catalog = good.catalog().clone();
    change(&mut catalog.relations[0]);
    let sink = Box::new(std::fs::File::create(file).expect("file"));
    let mut writer = ArchiveWriter::create(sink, good.source()).expect("begin");
    writer.catalog(&catalog).expect("catalog");
    for relation in &catalog.relations {
        writer.relation_end(relation.id, 0).expect("no rows");
    }
    writer.sequences(good.sequences()).expect("positions");
    writer.finish().expect("end");
}

const SCRIPT: &str = "
CREATE TABLE t (a int, b text COLLATE \"C\", c numeric(10,2)[], d varchar(3), e timestamp(3) with time zone, f bit(3), g bpchar,
  h interval day to second(2), i bit);
CREATE TABLE ran (how text);
CREATE FUNCTION run_it() RETURNS int LANGUAGE sql AS 'INSERT INTO ran VALUES (current_query()) RETURNING 1';
CREATE FUNCTION touch() RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM pg_notify(''ran'', ''''); RAISE EXCEPTION ''it ran''; END';";

#[test]
fn a_type_of_an_archive_is_a_type_or_is_refused() {
    for major in [13, 18] {
        let (folder, source) = (Folder::new(), filled(major, "typed", SCRIPT));
        let good = folder.dump(&source, "good.pgark", &[]);
        let bad = folder.file("bad.pgark");
        let target = Database::create(major, "typed_target");
        target.run_script(SCRIPT).expect("script");
        for (type_name, collation) in [
            ("int DEFAULT public.touch()", None),
            ("int GENERATED ALWAYS AS (public.touch()) STORED", None),
            ("int CHECK (public.touch() > 0)", None),
            ("int, x int DEFAULT public.touch()", None),
            ("int) ON COMMIT DROP; SELECT public.touch(); --", None),
            ("int -- ", Some("pg_catalog.\"C\" DEFAULT public.touch()")),
            ("numeric(10,2) /* */ DEFAULT public.touch()", None),
            ("numeric((SELECT public.touch()))", None),
            ("public.nothing", None),
            ("text", Some("public.nothing")),
            ("text", Some("\"C\" DEFAULT public.touch()")),
        ] {
            forge(&good, &bad, |relation| {
                relation.columns[1].type_name = type_name.to_owned();
                relation.columns[1].collation = collation.map(str::to_owned);
            });
            for options in [
                &["-t", "t", "--where", "true", "--plan"][..],
                &["-t", "t", "--where", "true"],
                &["-t", "t", "--into", "fresh"],
                &["-t", "t", "--into", "fresh", "--where", "true", "--plan"],
            ] {
                let refused = restore(&bad, &target, options).expect_code(1);
                assert!(!refused.stderr.contains("it ran"), "{type_name}: {}", refused.stderr);
            }
            for reads in [&["show", &bad][..], &["verify", &bad], &["export", &bad, "-t", "t"]] {
                run(reads, &[]);
            }
        }
        // A comment is no part of a type's name, and what is meant is what is made.
        forge(&good, &bad, |relation| {
            relation.columns[0].type_name = "int -- x".to_owned()
        });
        restore(&bad, &target, &["-t", "t", "--into", "commented"]).expect_code(0);
        restore(&good, &target, &["-t", "t", "--into", "again"]).expect_code(0);
        let types = |table: &str| {
            value(
                &target,
                &format!(
                    "SELECT string_agg(format_type(atttypid, atttypmod) || coalesce(' ' || attcollation::regcollation, ''), ',' \
                     ORDER BY attnum) FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0"
                ),
            )
        };
        assert_eq!(types("again"), types("t"));
        assert_eq!(types("commented"), types("t"));
        assert_eq!(value(&target, "SELECT count(*) FROM ran"), "0");
    }
}

#[test]
fn a_type_that_the_target_lacks_is_named() {
    let (folder, source) = (
        Folder::new(),
        filled(
            16,
            "lacking",
            "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (a int, b mood)",
        ),
    );
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(16, "lacking_target");
    let refused = restore(&archive, &target, &["-t", "t", "--into", "t2"]).expect_code(1);
    says(
        &refused.stderr,
        &["the target has no type `public.mood`, which column b of public.t is of"],
    );
}
