//! The programs in `examples/` do on a real server what they say.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::kit::{Folder, filled, value};
use crate::support::Database;
use crate::support::session::Session;

/// The folder of the built examples.
fn built() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // A run of this test alone has not built them.
        let build = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--examples"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo");
        assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
        let program = PathBuf::from(env!("CARGO_BIN_EXE_pgark"));
        program.parent().expect("a folder").join("examples")
    })
}

/// Runs an example, which must end well; what it prints.
#[track_caller]
fn example(name: &str, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(built().join(name)).args(args).output().expect(name);
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{name}: {stdout}{stderr}");
    stdout.into_owned()
}

#[test]
fn an_archive_goes_through_all_of_them() {
    let shop = filled(
        18,
        "examples",
        "CREATE TABLE goods (id int PRIMARY KEY, name text); INSERT INTO goods SELECT n, 'g' || n FROM generate_series(1, 500) n; \
         CREATE TABLE other (id int)",
    );
    let copy = Database::create(18, "examples_copy");
    let folder = Folder::new();
    let file = folder.file("shop.pgark");
    let (from, to) = (shop.conninfo(), copy.conninfo());
    assert_eq!(
        example("dump", &[&from, &file, "goods"]),
        format!("{file}: 1 tables, 500 rows\n")
    );
    assert_eq!(example("verify", &[&file]), format!("{file}: good, 500 rows\n"));
    let listed = example("read_archive", &[&file]);
    assert!(listed.contains("public.goods: 500 rows\n"), "{listed}");
    assert!(example("restore", &[&file, &to]).ends_with("500 rows\n"));
    assert_eq!(value(&copy, "SELECT count(*) FROM goods"), "500");
    assert_eq!(example("compare", &[&file, &to]), "equal\n");
    Session::open(&to).execute("UPDATE goods SET name = 'other' WHERE id = 7");
    let told = example("compare", &[&file, &to]);
    assert!(told.contains("public.goods") && told.ends_with("different\n"), "{told}");
}

#[test]
fn a_snapshot_is_taken_and_listed() {
    let shop = filled(18, "examples_snapshot", "CREATE TABLE goods AS SELECT 1 AS id");
    let folder = Folder::new();
    let repository = folder.file("repo");
    let told = example("snapshot", &[&shop.conninfo(), &repository, "nightly"]);
    assert!(
        told.contains("_nightly, 1 rows\n") && told.contains(" complete\n"),
        "{told}"
    );
    // The history tells of it as of any other.
    let log = crate::kit::run(&["log", "--repo", &repository], &[]).expect_code(0);
    assert!(log.stdout.contains("create"), "{}", log.stdout);
}
