//! The options that leave parts out: each takes out its part and nothing else, at the dump and at the restore.

use crate::kit::{Folder, entries, filled, restore, run, says, value};
use crate::support::Database;

const SOURCE: &str = r"
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE leaving_out LOCATION '';
CREATE TABLE t (id int, note text);
CREATE INDEX t_id ON t (id) TABLESPACE leaving_out;
CREATE TABLE stored (id int) TABLESPACE leaving_out;
CREATE TABLE squeezed (note text COMPRESSION pglz, other text);
CREATE UNLOGGED TABLE lost (id int);
INSERT INTO lost VALUES (1), (2);
INSERT INTO t VALUES (1, 'x');
ALTER TABLE t OWNER TO pgark_owner;
GRANT SELECT ON stored TO pgark_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pgark_reader;
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.note IS 'a column';
CREATE POLICY mine ON t TO pgark_reader USING (id > 0);
COMMENT ON POLICY mine ON t IS 'a policy';
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE PUBLICATION pub FOR TABLE t, TABLES IN SCHEMA public;
COMMENT ON PUBLICATION pub IS 'a publication';
CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE);
COMMENT ON SUBSCRIPTION sub IS 'a subscription';
";

/// What a catalog says: a name, and a query for one value.
const FACTS: &[(&str, &str)] = &[
    ("owner", "SELECT relowner::regrole FROM pg_class WHERE relname = 't'"),
    (
        "grants",
        "SELECT has_table_privilege('pgark_reader', 'stored', 'SELECT')",
    ),
    ("defaults", "SELECT count(*) FROM pg_default_acl"),
    (
        "comments",
        "SELECT count(*) FROM pg_description WHERE objoid IN ('t'::regclass, 't_id'::regclass)",
    ),
    ("policies", "SELECT count(*) FROM pg_policy"),
    ("enforced", "SELECT relrowsecurity FROM pg_class WHERE relname = 't'"),
    (
        "policy comments",
        "SELECT count(*) FROM pg_description WHERE classoid = 'pg_policy'::regclass",
    ),
    ("publications", "SELECT count(*) FROM pg_publication"),
    (
        "members",
        "SELECT (SELECT count(*) FROM pg_publication_rel) + (SELECT count(*) FROM pg_publication_namespace)",
    ),
    (
        "publication comments",
        "SELECT count(*) FROM pg_description WHERE classoid = 'pg_publication'::regclass",
    ),
    (
        "subscriptions",
        "SELECT count(*) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE datname = current_database()",
    ),
    (
        "subscription comments",
        "SELECT count(*) FROM pg_description WHERE classoid = 'pg_subscription'::regclass",
    ),
    (
        "tablespaces",
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE reltablespace <> 0 AND oid >= 16384",
    ),
    (
        "compression",
        "SELECT string_agg(attcompression::text, '' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'squeezed'::regclass AND attnum > 0",
    ),
    ("unlogged rows", "SELECT count(*) FROM lost"),
    ("rows", "SELECT count(*) FROM t"),
];

/// An option, and the facts that it changes.
const SHARED: &[(&str, &[&str])] = &[
    ("--no-owner", &["owner"]),
    ("--no-privileges", &["grants", "defaults"]),
    (
        "--no-comments",
        &[
            "comments",
            "policy comments",
            "publication comments",
            "subscription comments",
        ],
    ),
    ("--no-policies", &["policies", "enforced", "policy comments"]),
    (
        "--no-publications",
        &["publications", "members", "publication comments"],
    ),
    ("--no-subscriptions", &["subscriptions", "subscription comments"]),
    ("--no-tablespaces", &["tablespaces"]),
    ("--no-security-labels", &[]),
    ("--no-table-access-method", &[]),
];

const OF_DUMP: &[(&str, &[&str])] = &[
    ("--no-toast-compression", &["compression"]),
    ("--no-unlogged-table-data", &["unlogged rows"]),
];

fn facts(database: &Database) -> Vec<String> {
    FACTS
        .iter()
        .map(|(_, query)| value(database, &format!("coalesce(({query})::text, '')")))
        .collect()
}

/// Names of the facts in which two databases differ.
fn changed(source: &[String], copy: &[String]) -> Vec<&'static str> {
    let pairs = FACTS.iter().zip(source.iter().zip(copy));
    pairs.filter(|(_, (a, b))| a != b).map(|((name, _), _)| *name).collect()
}

#[test]
fn each_option_takes_out_its_part_and_nothing_else() {
    let folder = Folder::new();
    let source = filled(18, "leaving_out", SOURCE);
    let before = facts(&source);
    let whole = folder.dump(&source, "whole.pgark", &[]);
    let restored = |archive: &str, options: &[&str]| {
        let copy = Database::create(18, "leaving_out_copy");
        restore(archive, &copy, options).expect_code(0);
        changed(&before, &facts(&copy))
    };
    assert_eq!(restored(&whole, &[]), Vec::<&str>::new(), "without any option");
    for (option, expected) in SHARED {
        assert_eq!(restored(&whole, &[option]), *expected, "{option} at the restore");
    }
    for (option, expected) in SHARED.iter().chain(OF_DUMP) {
        let archive = folder.dump(&source, &format!("{option}.pgark"), &[option]);
        assert_eq!(restored(&archive, &[]), *expected, "{option} at the dump");
        says(&run(&["show", &archive], &[]).stdout, &[&option[2..]]);
    }
}

#[test]
fn what_is_left_out_need_not_be_on_the_target() {
    let folder = Folder::new();
    let setup = "DO $$BEGIN CREATE ROLE leaving_out_role; EXCEPTION WHEN duplicate_object THEN NULL; END$$;
        SET allow_in_place_tablespaces = on;
        CREATE TABLESPACE leaving_out_elsewhere LOCATION '';
        CREATE TABLE t (id int) TABLESPACE leaving_out_elsewhere;
        ALTER TABLE t OWNER TO leaving_out_role;
        CREATE TABLE g (id int);
        GRANT SELECT ON g TO leaving_out_role;
        CREATE POLICY p ON g TO leaving_out_role USING (true);";
    let source = filled(17, "leaving_out_needs", setup);
    let archive = folder.dump(&source, "a.pgark", &[]);
    // Neither the role nor the tablespace is on the server of 18.
    let options = ["--no-owner", "--no-privileges", "--no-policies", "--no-tablespaces"];
    for left in 0..options.len() {
        let mut fewer = options.to_vec();
        fewer.remove(left);
        let copy = Database::create(18, "leaving_out_refused");
        let run = restore(&archive, &copy, &fewer).expect_code(1);
        says(&run.stderr, &["the target has no", "leaving_out_"]);
    }
    let copy = Database::create(18, "leaving_out_accepted");
    restore(&archive, &copy, &options).expect_code(0);
    let bare = folder.dump(&source, "bare.pgark", &options);
    let copy = Database::create(18, "leaving_out_bare");
    restore(&bare, &copy, &[]).expect_code(0);
}

#[test]
fn tables_of_another_access_method_become_plain_ones() {
    let folder = Folder::new();
    let setup = "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
        CREATE TABLE t (id int) USING heap2;
        CREATE MATERIALIZED VIEW m USING heap2 AS SELECT 1 AS a;
        CREATE TABLE parted (id int) PARTITION BY RANGE (id) USING heap2;";
    let source = filled(18, "leaving_out_method", setup);
    let method = "SELECT count(*) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'heap2'";
    assert_eq!(value(&source, method), "3");
    for at_dump in [true, false] {
        let option = ["--no-table-access-method"];
        let (of_dump, of_restore) = if at_dump {
            (&option[..], &[][..])
        } else {
            (&[][..], &option[..])
        };
        let file = folder.file(if at_dump { "without.pgark" } else { "with.pgark" });
        run(&["dump", &source.conninfo(), "-o", &file], of_dump);
        let copy = Database::create(18, "leaving_out_method_copy");
        restore(&file, &copy, of_restore).expect_code(0);
        assert_eq!(value(&copy, method), "0");
    }
}

#[test]
fn a_members_table_that_is_nowhere_is_listed() {
    let folder = Folder::new();
    let setup = "CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE TABLE kept (id int); CREATE TABLE gone (id int);
        CREATE TABLE hidden (id int);
        CREATE PUBLICATION pub FOR TABLE kept, gone, hidden WHERE (id > 1), TABLES IN SCHEMA s;";
    let source = filled(18, "leaving_out_member", setup);
    let archive = folder.dump(&source, "a.pgark", &["-T", "gone", "-T", "hidden", "-N", "s"]);
    let shown = run(&["show", &archive], &[]);
    says(&shown.stdout, &["publication pub without table public.hidden"]);
    let members = "SELECT count(*) FROM pg_publication_rel";
    let copy = Database::create(18, "leaving_out_member_copy");
    let run = restore(&archive, &copy, &[]).expect_code(0);
    says(
        &run.stderr,
        &[
            "left out: PUBLICATION TABLE pub.public.gone, which needs TABLE public.gone",
            "left out: PUBLICATION TABLES IN SCHEMA pub.s, which needs SCHEMA s",
        ],
    );
    assert_eq!(value(&copy, members), "1");
    // Where the target has the table, the member comes.
    let copy = filled(18, "leaving_out_member_there", "CREATE TABLE gone (id int)");
    restore(&archive, &copy, &[]).expect_code(0);
    assert_eq!(value(&copy, members), "2");
}

#[test]
fn connection_strings_are_shown_to_nobody() {
    let folder = Folder::new();
    let setup = "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid password=hunter2' PUBLICATION p
        WITH (connect = false, slot_name = NONE, binary = true)";
    let source = filled(18, "leaving_out_secret", setup);
    let archive = folder.dump(&source, "a.pgark", &[]);
    assert_eq!(
        entries(&archive)
            .iter()
            .filter(|e| e.starts_with("SUBSCRIPTION"))
            .count(),
        1
    );
    says(&run(&["show", &archive, "--sql"], &[]).stdout, &["hunter2"]);
    let refuse = "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused: %', current_query(); END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE SUBSCRIPTION') EXECUTE FUNCTION refuse()";
    let copy = filled(18, "leaving_out_secret_copy", refuse);
    let other = filled(18, "leaving_out_secret_other", &setup.replace("hunter2", "hunter3"));
    let runs = [
        run(&["show", &archive, "--entries", "--json"], &[]),
        run(&["show", &archive, "--entries"], &[]),
        run(&["show", &archive, "--json"], &[]),
        restore(&archive, &copy, &["--json"]),
        restore(&archive, &copy, &["--exit-on-error"]),
        restore(&archive, &copy, &["--plan"]),
        run(&["compare", &archive, &other.conninfo()], &[]),
        run(&["compare", &archive, &other.conninfo(), "--json"], &[]),
    ];
    for run in &runs {
        assert!(
            !run.stdout.contains("hunter") && !run.stderr.contains("hunter"),
            "{}: {}{}",
            run.command,
            run.stdout,
            run.stderr
        );
    }
    says(&runs[3].stderr, &["cannot restore SUBSCRIPTION sub", "P0001"]);
    says(&runs[6].stdout, &["definition of SUBSCRIPTION sub differs"]);
}

#[test]
fn who_may_not_read_subscriptions_is_told_their_names() {
    let folder = Folder::new();
    let setup = "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE)";
    for major in [13, 18] {
        let source = filled(major, "leaving_out_reader", setup);
        let mut session = source.session();
        session.execute(
            "DO $$BEGIN CREATE ROLE leaving_out_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$",
        );
        let conninfo = format!("{} user=leaving_out_reader", source.conninfo());
        let file = folder.file(&format!("{major}.pgark"));
        let dumped = run(&["dump", &conninfo, "-o", &file], &[]).expect_code(3);
        says(
            &dumped.stderr,
            &["not covered: SUBSCRIPTION sub", "may not read their connection strings"],
        );
        let asked = folder.file(&format!("{major}-without.pgark"));
        run(&["dump", &conninfo, "-o", &asked, "--no-subscriptions"], &[]).expect_code(0);
    }
}
