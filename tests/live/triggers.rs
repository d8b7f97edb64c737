//! `--disable-triggers`: rows into tables whose keys and triggers exist.

use std::fs;
use std::process::Stdio;

use crate::kit::{Folder, filled, restore, run, says, value};
use crate::support::Database;
use crate::support::program::command;

const CIRCLE: &str = "
CREATE TABLE egg (id int PRIMARY KEY, hen int);
CREATE TABLE hen (id int PRIMARY KEY, egg int REFERENCES egg);
CREATE TABLE chain (id int PRIMARY KEY, next int REFERENCES chain);
INSERT INTO egg VALUES (1, 1), (2, 1);
INSERT INTO hen VALUES (1, 1);
INSERT INTO chain SELECT g, nullif(g % 100, 0) + 1 FROM generate_series(1, 100) g;
ALTER TABLE egg ADD CONSTRAINT egg_hen FOREIGN KEY (hen) REFERENCES hen;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON chain FOR EACH ROW EXECUTE FUNCTION refuse();
";

/// A copy with everything but rows.
fn empty_copy(archive: &str, major: u32) -> Database {
    let copy = Database::create(major, "circle_copy");
    restore(archive, &copy, &["--schema-only"]).expect_code(0);
    copy
}

#[test]
fn keys_in_a_circle_and_triggers_are_no_obstacle() {
    for major in [13, 18] {
        let (folder, source) = (Folder::new(), filled(major, "circle", CIRCLE));
        let archive = folder.dump(&source, "a.pgark", &[]);
        let copy = empty_copy(&archive, major);
        let refused = restore(&archive, &copy, &["--data-only"]).expect_code(3);
        says(&refused.stderr, &["23503", "hint: ", "--disable-triggers"]);
        let copy = empty_copy(&archive, major);
        restore(&archive, &copy, &["--data-only", "--disable-triggers", "-j", "3"]).expect_code(0);
        run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
        // They are as they were.
        let fires = copy.session().try_execute("INSERT INTO chain VALUES (999, 1)");
        assert!(fires.is_err_and(|error| error.contains("fired")));
    }
}

#[test]
fn a_pipe_needs_no_order() {
    let (folder, source) = (Folder::new(), filled(18, "circle_pipe", CIRCLE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = empty_copy(&archive, 18);
    let pipe = fs::File::open(&archive).expect("archive");
    let options = ["restore", "-", "-d", &copy.conninfo(), "-a", "--disable-triggers"];
    let restored = command(options).stdin(Stdio::from(pipe)).output().expect("restore");
    let said = String::from_utf8_lossy(&restored.stderr);
    assert_eq!(restored.status.code(), Some(0), "{said}");
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
}

#[test]
fn what_cannot_be_disabled_is_refused_first() {
    let (folder, source) = (Folder::new(), filled(18, "always", CIRCLE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = empty_copy(&archive, 18);
    copy.run_script("ALTER TABLE chain ENABLE ALWAYS TRIGGER refuse")
        .expect("alter");
    let options = ["--data-only", "--disable-triggers"];
    let refused = restore(&archive, &copy, &options).expect_code(1);
    says(&refused.stderr, &["refuse on public.chain", "hint: "]);
    assert_eq!(value(&copy, "SELECT count(*) FROM egg"), "0");
    // Definitions would make triggers that are not disabled.
    let other = Database::create(18, "always_other");
    let refused = restore(&archive, &other, &["--disable-triggers"]).expect_code(1);
    says(&refused.stderr, &["--data-only"]);
}
