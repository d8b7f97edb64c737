//! Text search objects, conversions, transforms and access methods on a target that has them, members of
//! extensions, and the warnings about what later majors cannot make. Round trips are in `cases/`.

use crate::kit::{Folder, entries, filled, restore, run, says, value};
use crate::support::Database;

const EVERY_KIND: &str = "
CREATE SCHEMA s;
CREATE TYPE s.\"Kind\" AS ENUM ('a');
CREATE ACCESS METHOD \"Heap 2\" TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD \"A hash\" TYPE INDEX HANDLER hashhandler;
CREATE OPERATOR CLASS s.ops DEFAULT FOR TYPE integer USING \"A hash\" AS OPERATOR 1 =, FUNCTION 1 hashint4(integer);
CREATE TABLE s.stored (id integer) USING \"Heap 2\";
CREATE INDEX ON s.stored USING \"A hash\" (id);
CREATE TRANSFORM FOR s.\"Kind\" LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE FUNCTION s.uses(text) RETURNS text LANGUAGE sql TRANSFORM FOR TYPE s.\"Kind\" AS 'SELECT $1';
CREATE CONVERSION s.\"Con\" FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH PARSER s.par (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE s.tem (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH DICTIONARY s.dic (TEMPLATE = s.tem);
CREATE TEXT SEARCH CONFIGURATION s.con (PARSER = s.par);
ALTER TEXT SEARCH CONFIGURATION s.con ADD MAPPING FOR asciiword WITH s.dic;
CREATE TABLE s.found (body text, words tsvector GENERATED ALWAYS AS (to_tsvector('s.con', body)) STORED);
INSERT INTO s.found VALUES ('a word');";

#[test]
fn a_target_that_has_them_is_refused_or_cleaned() {
    for major in [13, 18] {
        let (folder, source) = (Folder::new(), filled(major, "rare", EVERY_KIND));
        let archive = folder.dump(&source, "a.pgark", &[]);
        let target = Database::create(major, "rare_copy");
        restore(&archive, &target, &[]).expect_code(0);
        let plan = restore(&archive, &target, &["--plan"]).expect_code(3);
        says(
            &plan.stdout,
            &[
                "already there: ACCESS METHOD \"Heap 2\"",
                "already there: ACCESS METHOD \"A hash\"",
                "already there: TRANSFORM FOR s.\"Kind\" LANGUAGE sql",
                "already there: CONVERSION s.\"Con\"",
                "already there: TEXT SEARCH PARSER s.par",
                "already there: TEXT SEARCH TEMPLATE s.tem",
                "already there: TEXT SEARCH DICTIONARY s.dic",
                "already there: TEXT SEARCH CONFIGURATION s.con",
            ],
        );
        for options in [&["--clean"][..], &["--clean", "--if-exists"]] {
            restore(&archive, &target, options).expect_code(0);
            run(&["compare", &archive, &target.conninfo()], &[]).expect_code(0);
        }
        let empty = Database::create(major, "rare_empty");
        restore(&archive, &empty, &["--clean", "--if-exists"]).expect_code(0);
        run(&["compare", &archive, &empty.conninfo()], &[]).expect_code(0);
    }
}

#[test]
fn one_that_is_in_the_way_is_named_before_anything_changes() {
    let (folder, source) = (Folder::new(), filled(18, "rare_one", EVERY_KIND));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let script = "CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal)); \
                  CREATE ACCESS METHOD \"A hash\" TYPE INDEX HANDLER gisthandler";
    let target = filled(18, "rare_one_copy", script);
    let refused = restore(&archive, &target, &[]).expect_code(1);
    says(
        &refused.stderr,
        &["the target already has 1", "access method \"A hash\""],
    );
    assert_eq!(
        value(&target, "SELECT count(*) FROM pg_namespace WHERE nspname = 's'"),
        "0"
    );
}

#[test]
fn members_of_extensions_come_with_them() {
    let script = "CREATE EXTENSION hstore; CREATE EXTENSION unaccent; CREATE EXTENSION bloom; \
         CREATE TRANSFORM FOR hstore LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal)); \
         ALTER EXTENSION hstore ADD TRANSFORM FOR hstore LANGUAGE sql; \
         CREATE CONVERSION public.c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; \
         ALTER EXTENSION hstore ADD CONVERSION public.c";
    let (folder, source) = (Folder::new(), filled(18, "rare_members", script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let found = entries(&archive);
    let comes = |entry: &String| entry.starts_with("EXTENSION ") || entry.starts_with("DATABASE ");
    assert!(found.iter().all(comes), "{found:?}");
}

#[test]
fn what_14_cannot_make_is_told_by_the_dump() {
    let script = "CREATE FUNCTION half(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT $1 / 2'; \
         CREATE OPERATOR public.#%# (FUNCTION = half, LEFTARG = bigint); \
         CREATE OPERATOR public.#%# (FUNCTION = half, RIGHTARG = bigint); \
         CREATE AGGREGATE public.total(bigint) (SFUNC = int8pl, STYPE = bigint); \
         CREATE FUNCTION own(integer, integer, cstring, internal, integer) RETURNS void \
         AS '$libdir/utf8_and_iso8859_1', 'iso8859_1_to_utf8' LANGUAGE c STRICT; \
         CREATE CONVERSION public.own FOR 'LATIN1' TO 'UTF8' FROM own; \
         CREATE CONVERSION public.system FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8";
    let (folder, source) = (Folder::new(), filled(13, "rare_warned", script));
    let file = folder.file("a.pgark");
    let dumped = run(&["dump", &source.conninfo(), "-o", &file], &[]).expect_code(0);
    let warnings: Vec<&str> = dumped
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .collect();
    assert_eq!(
        warnings,
        [
            "warning: operator `public.#%# (bigint, NONE)` is a postfix operator and will not restore on 14 or later",
            "warning: conversion `public.own` has a function with the arguments of before 14 and will not restore on 14 or later",
        ]
    );
    // The rest goes.
    let target = Database::create(18, "rare_warned_copy");
    let restored = restore(&file, &target, &[]).expect_code(3);
    says(
        &restored.stderr,
        &[
            "cannot be held by PostgreSQL 18: OPERATOR public.#%# (bigint, NONE)",
            "cannot restore CONVERSION public.own",
        ],
    );
    assert_eq!(
        value(&target, "SELECT count(*) FROM pg_operator WHERE oprname = '#%#'"),
        "1"
    );
}

#[test]
fn mappings_of_unknown_tokens_are_told_and_left_out() {
    let script = "CREATE TEXT SEARCH CONFIGURATION public.c (COPY = simple); SET allow_system_table_mods = on; \
         UPDATE pg_ts_config_map SET maptokentype = 99 WHERE mapcfg = 'public.c'::regconfig AND maptokentype = 1";
    let (folder, source) = (Folder::new(), filled(18, "rare_tokens", script));
    let file = folder.file("a.pgark");
    let dumped = run(&["dump", &source.conninfo(), "-o", &file], &[]).expect_code(0);
    says(&dumped.stderr, &["`public.c`", "left out: 99"]);
    let target = Database::create(18, "rare_tokens_copy");
    restore(&file, &target, &[]).expect_code(0);
    let count = "SELECT count(*) FROM pg_ts_config_map WHERE mapcfg = 'public.c'::regconfig AND maptokentype <> 99";
    assert_eq!(value(&source, count), value(&target, count));
}
