//! What the dumping role cannot read: all of it listed before any row moves, or skipped and said.

use pgark::archive::Archive;

use crate::kit::{Folder, filled, json, restore, run, says, value};
use crate::support::Database;

const SETUP: &str = "
CREATE SCHEMA closed;
CREATE TABLE public.open (id int); INSERT INTO public.open VALUES (1), (2);
CREATE TABLE public.secret (id serial PRIMARY KEY, a text DEFAULT 'x'); INSERT INTO public.secret DEFAULT VALUES;
CREATE TABLE public.hidden (id int); INSERT INTO public.hidden SELECT generate_series(1, 9);
ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON public.hidden FOR SELECT USING (id < 4);
CREATE TABLE closed.inner (id int); INSERT INTO closed.inner VALUES (7);
CREATE TABLE public.parted (id int) PARTITION BY LIST (id);
CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES IN (1);
INSERT INTO public.parted VALUES (1);
CREATE VIEW public.over AS SELECT a FROM public.secret;
";

fn lists_and_skips(major: u32) {
    let source = filled(major, "unreadable", SETUP);
    let role = format!("{}_reader", source.name());
    let mut session = source.session();
    session.execute(&format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT ON public.open, public.hidden, public.parted_1, closed.inner TO {role}"
    ));
    let folder = Folder::new();
    let (file, as_role) = (
        folder.file("a.pgark"),
        source.conninfo().replace("user=postgres", &format!("user={role}")),
    );
    let refused = run(&["dump", &as_role, "-o", &file, "-j2"], &[]).expect_code(1);
    says(
        &refused.stderr,
        &[
            "cannot read 4 of the objects to dump",
            "TABLE public.secret: no SELECT privilege on the table; GRANT SELECT ON TABLE public.secret TO",
            "SEQUENCE public.secret_id_seq: no SELECT privilege on the sequence",
            "TABLE public.hidden: row-level security hides rows",
            "TABLE closed.\"inner\": no USAGE privilege on schema closed",
            "--skip-unreadable",
        ],
    );
    assert!(!folder.path("a.pgark").exists());

    let skipped = run(&["dump", &as_role, "-o", &file, "--skip-unreadable", "--json"], &[]).expect_code(3);
    assert_eq!(
        json(&skipped)["partial"].as_array().map(Vec::len),
        Some(4),
        "{}",
        skipped.stdout
    );
    let archive = Archive::open(file.as_ref()).expect("archive");
    assert_eq!((archive.manifest().rows, archive.catalog().partial.len()), (3, 4));
    let says_so = "not in the archive: rows of TABLE public.secret";
    says(&run(&["show", &file], &[]).expect_code(0).stdout, &[says_so]);
    says(&run(&["verify", &file], &[]).expect_code(0).stdout, &[says_so]);
    let copy = Database::create(major, "unreadable_copy");
    says(&restore(&file, &copy, &["-j2"]).expect_code(0).stderr, &[says_so]);
    let rows = "(SELECT count(*) FROM public.open) || ' ' || (SELECT count(*) FROM public.over) || ' ' \
                || (SELECT count(*) FROM public.parted) || ' ' || (SELECT count(*) FROM closed.inner)";
    assert_eq!(value(&copy, rows), "2 0 1 0");

    // Policies on: what they show, and the archive says that there may be more.
    let shown = folder.file("shown.pgark");
    let options = ["-t", "public.hidden", "--enable-row-security"];
    run(&["dump", &as_role, "-o", &shown], &options).expect_code(3);
    let archive = Archive::open(shown.as_ref()).expect("archive");
    assert_eq!(archive.manifest().rows, 3);
    assert_eq!(archive.catalog().partial[0].what, "some rows");
    assert!(archive.source().options.contains(&"enable-row-security".to_owned()));

    // The role of `--role` counts, not the one that connects.
    run(
        &["dump", &source.conninfo(), "-o", &file, "--overwrite", "--role", &role],
        &[],
    )
    .expect_code(1);
    run(&["dump", &source.conninfo(), "-o", &file, "--overwrite"], &[]).expect_code(0);
    drop(copy);
    session.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn what_cannot_be_read_is_listed_at_once_or_skipped_on_13() {
    lists_and_skips(13);
}

#[test]
fn what_cannot_be_read_is_listed_at_once_or_skipped_on_18() {
    lists_and_skips(18);
}

#[test]
fn a_comparison_does_not_name_options_that_it_does_not_have() {
    let source = filled(18, "compare_hint", "CREATE TABLE t (id int)");
    let role = format!("{}_login", source.name());
    source.session().execute(&format!("CREATE ROLE {role} LOGIN"));
    let conninfo = source.conninfo().replace("user=postgres", &format!("user={role}"));
    let ended = run(&["compare", &conninfo, &conninfo], &[]).expect_code(1);
    says(&ended.stderr, &["TABLE public.t: no SELECT privilege", "--schema-only"]);
    assert!(!ended.stderr.contains("--skip-unreadable"), "{}", ended.stderr);
    run(&["compare", &conninfo, &conninfo], &["--schema-only"]).expect_code(0);
    source.session().execute(&format!("DROP ROLE {role}"));
}
