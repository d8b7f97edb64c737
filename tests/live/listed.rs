//! `show --list` and `restore --use-list`.

use std::fs;

use crate::kit::{Folder, filled, present, restore, run, says, value};
use crate::support::Database;

const SHOP: &str = r#"
CREATE SCHEMA "semi;colon";
CREATE TABLE "semi;colon"."new
line" (a int);
CREATE TABLE item (id serial PRIMARY KEY, name text);
CREATE TABLE part (item int REFERENCES item);
CREATE INDEX item_name ON item (name);
INSERT INTO item (name) SELECT 'n' || g FROM generate_series(1, 9) g;
INSERT INTO part VALUES (3);
SELECT lo_from_bytea(77, '\x01');
"#;

/// The list of an archive without the lines that `leave` names.
fn list(archive: &str, leave: impl Fn(&str) -> bool) -> String {
    let shown = run(&["show", archive, "--list"], &[]).expect_code(0).stdout;
    let lines = shown.lines().filter(|line| !leave(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_whole_list_restores_the_whole() {
    let (folder, source) = (Folder::new(), filled(18, "list", SHOP));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let items = folder.file("items");
    fs::write(&items, list(&archive, |_| false)).expect("file");
    let copy = Database::create(18, "list_copy");
    restore(&archive, &copy, &["-L", &items]).expect_code(0);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    assert_eq!(value(&copy, "SELECT lo_get(77)::text"), "\\x01");
    assert_eq!(value(&copy, "SELECT nextval('item_id_seq')"), "10");
}

#[test]
fn what_is_left_of_the_list_is_restored_and_nothing_else() {
    let (folder, source) = (Folder::new(), filled(18, "left", SHOP));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let items = folder.file("items");
    let copy = Database::create(18, "left_copy");
    let leave = |line: &str| {
        ["part", "INDEX", "LARGE", "semi"]
            .iter()
            .any(|part| line.contains(part))
            && !line.starts_with(';')
    };
    fs::write(&items, list(&archive, leave)).expect("file");
    restore(&archive, &copy, &["--use-list", &items, "-j", "2"]).expect_code(0);
    assert_eq!(present(&copy), "public.item public.item_id_seq");
    assert_eq!(value(&copy, "SELECT count(*) FROM item"), "9");
    assert_eq!(value(&copy, "SELECT to_regclass('item_name') IS NULL"), "true");
    assert_eq!(value(&copy, "SELECT count(*) FROM pg_largeobject_metadata"), "0");
    // The rest of it, into what is there.
    fs::write(&items, list(&archive, |line| !leave(line))).expect("file");
    restore(&archive, &copy, &["-L", &items]).expect_code(0);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
}

#[test]
fn a_list_that_does_not_fit_changes_nothing() {
    let (folder, source) = (Folder::new(), filled(18, "unfit", SHOP));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let items = folder.file("items");
    let copy = Database::create(18, "unfit_copy");
    let refused = |text: &str, said: &[&str]| {
        fs::write(&items, text).expect("file");
        let run = restore(&archive, &copy, &["-L", &items]).expect_code(1);
        says(&run.stderr, said);
        assert_eq!(present(&copy), "");
    };
    refused(
        "; nothing\n999 TABLE public.item",
        &["line 2 of the list", "no item `999`"],
    );
    refused(
        "r1 TABLE DATA public.other",
        &["line 1 of the list", "of this archive is TABLE DATA"],
    );
    let index = list(&archive, |line| !line.contains("INDEX"));
    refused(&index, &["TABLE public.item, needed by INDEX"]);
    let rows = list(&archive, |line| !line.contains("TABLE DATA public.item"));
    refused(&rows, &["the target has no table", "public.item"]);
    let position = list(&archive, |line| !line.contains("SEQUENCE SET"));
    refused(&position, &["SEQUENCE public.item_id_seq, needed by its position"]);
    restore(&archive, &copy, &["-L", &items, "-t", "item"]).expect_code(2);
}
