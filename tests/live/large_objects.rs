//! Large objects: content, owners, privileges, who may read and write them, and which options choose them.

use pgark::archive::Archive;

use crate::kit::{Folder, entries, filled, json, relations, restore, run, says, value};
use crate::pipe::restore_bytes;
use crate::support::session::Session;
use crate::support::{Database, ROLES};

/// oid, size and content of every object, as the server's own functions give them. Huge ones by their ends.
const CONTENT: &str = "
SELECT pg_catalog.string_agg(format('%s %s %s', m.oid, s.size, s.digest), E'\\n' ORDER BY m.oid)
FROM pg_largeobject_metadata m
CROSS JOIN LATERAL (SELECT lo_lseek64(lo_open(m.oid, 262144), 0, 2) AS size OFFSET 0) z
CROSS JOIN LATERAL (SELECT z.size, CASE WHEN z.size < 1000000 THEN md5(lo_get(m.oid))
  ELSE md5(lo_get(m.oid, 0, 100000)) || md5(lo_get(m.oid, z.size - 100000, 100000)) END AS digest) s";

const SHAPES: &str = "
SELECT lo_create(9000 + g) FROM generate_series(0, 9) g;
SELECT lo_put(9001, 0, 'a'), lo_put(9002, 0, decode(repeat('62', 2048), 'hex')), lo_put(9003, 0, decode(repeat('63', 2049), 'hex'));
SELECT lo_put(9004, 5000, 'hole at the start'), lo_put(9005, 0, 'hole in the'), lo_put(9005, 90000, 'middle');
SELECT lo_put(9006, 0, 'hole at the end'), lo_truncate64(lo_open(9006, 131072), 70000);
SELECT lo_put(9007, 3221225472, 'three gigabytes away');
SELECT lo_put(9008, 0, decode(repeat('68', 9000), 'hex')), lo_truncate64(lo_open(9008, 131072), 4096), lo_put(9008, 2040, 'written over');
SELECT lo_truncate64(lo_open(9009, 131072), 8192);
CREATE TABLE t (a int, o oid);
INSERT INTO t VALUES (1, 9001);
";

/// In a table that is read by several sessions in several ranges, on majors that can.
fn many_bytes(oid: u32, megabytes: u32) -> String {
    format!(
        "SELECT lo_create({oid});
         SELECT count(lo_put({oid}, g::int8 * 65536, int4send(g) || substr(
           (SELECT decode(string_agg(md5(i::text), ''), 'hex') FROM generate_series(1, 4096) i), 5)))
         FROM generate_series(0, {}) g;",
        megabytes * 16 - 1
    )
}

#[track_caller]
fn same_content(a: &Database, b: &Database) {
    assert_eq!(value(a, CONTENT), value(b, CONTENT));
}

#[track_caller]
fn content_survives(major: u32, target: u32) {
    let (folder, source) = (Folder::new(), filled(major, "lo", SHAPES));
    let archive = folder.dump(&source, "a.pgark", &["-j", "2"]);
    run(&["verify", &archive], &[]).expect_code(0);
    let copy = Database::create(target, "lo_copy");
    let report = json(&restore(&archive, &copy, &["-j", "2", "--json"]).expect_code(0));
    assert_eq!(
        (&report["large_objects"], &report["rows"], &report["relations"]),
        (&serde_json::json!(10), &serde_json::json!(1), &serde_json::json!(1))
    );
    same_content(&source, &copy);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    let compared = json(&run(&["compare", &archive, &copy.conninfo(), "--json"], &[]).expect_code(0));
    assert_eq!(compared["large_objects"], 10);
    // Holes are not filled.
    let rows = "SELECT count(*) FROM pg_largeobject WHERE loid IN (9004, 9005, 9006, 9007)";
    assert_eq!(value(&copy, rows), "6");
}

#[test]
fn content_of_every_shape_survives_on_13() {
    content_survives(13, 13);
}

#[test]
fn content_of_every_shape_survives_on_18() {
    content_survives(18, 18);
}

#[test]
fn content_of_every_shape_survives_from_13_to_18() {
    content_survives(13, 18);
}

/// Equal content is equal however the server stores it, and any other content is not.
#[test]
fn a_comparison_sees_content_and_not_how_it_is_stored() {
    let a = filled(18, "lo_a", SHAPES);
    let b = filled(18, "lo_b", SHAPES);
    let compare = |code| {
        run(&["compare", &a.conninfo(), &b.conninfo()], &[])
            .expect_code(code)
            .stdout
    };
    // The same bytes with holes filled, and with an end that is a page of its own.
    for sql in [
        "SELECT lo_put(9005, 30000, decode(repeat('00', 40000), 'hex'))",
        "SELECT lo_put(9006, 60000, decode(repeat('00', 10000), 'hex'))",
        "SELECT lo_put(9002, 2048, 'x'), lo_truncate(lo_open(9002, 131072), 2048)",
        "SELECT lo_put(9009, 0, decode(repeat('00', 8193), 'hex')), lo_truncate(lo_open(9009, 131072), 8192)",
    ] {
        b.session().execute(sql);
    }
    assert_ne!(
        value(&a, "SELECT count(*) FROM pg_largeobject"),
        value(&b, "SELECT count(*) FROM pg_largeobject")
    );
    compare(0);
    for (change, undo) in [
        (
            "SELECT lo_put(9007, 3000000000, 'x')",
            "SELECT lo_put(9007, 3000000000, '\\x00')",
        ),
        (
            "SELECT lo_truncate(lo_open(9009, 131072), 8193)",
            "SELECT lo_truncate(lo_open(9009, 131072), 8192)",
        ),
        ("SELECT lo_put(9001, 0, 'b')", "SELECT lo_put(9001, 0, 'a')"),
    ] {
        b.session().execute(change);
        says(&compare(3), &["large objects"]);
        b.session().execute(undo);
        compare(0);
    }
    // The default privileges, spelled out.
    b.session().execute("GRANT ALL ON LARGE OBJECT 9005 TO postgres");
    compare(0);
    b.session().execute("REVOKE ALL ON LARGE OBJECT 9005 FROM postgres");
    says(&compare(3), &["privileges of LARGE OBJECT 9005 differs"]);
    b.session().execute("SELECT lo_create(9999), lo_unlink(9000)");
    b.session().execute("COMMENT ON LARGE OBJECT 9003 IS 'new'");
    b.session()
        .execute(&format!("GRANT SELECT ON LARGE OBJECT 9001, 9002 TO {}", ROLES[1]));
    b.session()
        .execute(&format!("ALTER LARGE OBJECT 9004 OWNER TO {}", ROLES[0]));
    says(
        &compare(3),
        &[
            "only in A: LARGE OBJECT 9000\n",
            "only in B: LARGE OBJECT 9999\n",
            "comment of LARGE OBJECT 9003 differs",
            "owner of LARGE OBJECT 9004 differs",
            "privileges of LARGE OBJECT 9001 .. 9002 (2) differs",
        ],
    );
    // They were restored as one group, and are of three groups here.
    let folder = Folder::new();
    let archive = folder.dump(&b, "b.pgark", &[]);
    let copy = Database::create(18, "lo_c");
    restore(&archive, &copy, &["--no-owner", "--no-privileges"]).expect_code(0);
    run(
        &["compare", &archive, &copy.conninfo()],
        &["--no-owner", "--no-privileges"],
    )
    .expect_code(0);
    run(&["compare", &archive, &copy.conninfo()], &["--no-owner"]).expect_code(3);
}

#[test]
fn one_big_object_is_read_and_written_by_several_sessions() {
    let source = filled(18, "lo_big", &many_bytes(8000, 100));
    let (folder, copy) = (Folder::new(), Database::create(18, "lo_big_copy"));
    let archive = folder.dump(&source, "a.pgark", &["-j", "3", "-Z", "none"]);
    let open = Archive::open(archive.as_ref()).expect("archive");
    let stored = open.manifest().relations.first().expect("large objects");
    assert!(
        stored.streams >= 2 && stored.chunks.len() > 10,
        "{} {}",
        stored.streams,
        stored.chunks.len()
    );
    restore(&archive, &copy, &["-j", "4"]).expect_code(0);
    let digest = "SELECT md5(string_agg(md5(data), '' ORDER BY pageno)) FROM pg_largeobject";
    assert_eq!(value(&source, digest), value(&copy, digest));
    run(&["compare", &archive, &copy.conninfo()], &[]).expect_code(0);
}

#[test]
fn thousands_of_objects_go_in_groups() {
    let script = format!(
        "SELECT count(lo_put(lo_create(100000 + g), 0, decode(md5(g::text), 'hex'))) FROM generate_series(1, 2500) g;
         DO $$ BEGIN FOR o IN 100001..100300 LOOP EXECUTE format('ALTER LARGE OBJECT %s OWNER TO {}', o); END LOOP; END $$;
         DO $$ BEGIN FOR o IN 100200..101500 LOOP EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {}', o); END LOOP; END $$;",
        ROLES[0], ROLES[1]
    );
    let (folder, source) = (Folder::new(), filled(13, "lo_many", &script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let mut groups = entries(&archive);
    groups.retain(|entry| entry.starts_with("LARGE OBJECTS "));
    assert_eq!(
        groups,
        [
            "LARGE OBJECTS 100001 .. 100199 (199)",
            "LARGE OBJECTS 100200 .. 100300 (101)",
            "LARGE OBJECTS 100301 .. 101300 (1000)",
            "LARGE OBJECTS 101301 .. 101500 (200)",
            "LARGE OBJECTS 101501 .. 102500 (1000)"
        ]
    );
    says(
        &run(&["show", &archive], &[]).expect_code(0).stdout,
        &["large objects (2,500)"],
    );
    let copy = Database::create(13, "lo_many_copy");
    let said = restore(&archive, &copy, &[]).expect_code(0);
    says(&said.stdout, &["0 tables", "0 rows", "2,500 large objects"]);
    same_content(&source, &copy);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    let facts = "SELECT md5(string_agg(format('%s %s %s', oid, lomowner::regrole, lomacl), ',' ORDER BY oid)) FROM pg_largeobject_metadata";
    assert_eq!(value(&source, facts), value(&copy, facts));

    // Again into the same database: refused, then replaced.
    let again = restore(&archive, &copy, &[]).expect_code(1);
    says(&again.stderr, &["the target already has 5", "large objects 100001"]);
    restore(&archive, &copy, &["--clean"]).expect_code(0);
    run(&["compare", &archive, &copy.conninfo()], &[]).expect_code(0);
    copy.session().execute("SELECT lo_unlink(101000)");
    restore(&archive, &copy, &["--clean", "--if-exists"]).expect_code(0);
    run(&["compare", &archive, &copy.conninfo()], &[]).expect_code(0);
}

#[test]
fn a_taken_oid_is_found_before_anything_changes() {
    let (folder, source) = (Folder::new(), filled(18, "lo_taken", SHAPES));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = filled(18, "lo_taken_copy", "SELECT lo_create(9004), lo_put(9004, 0, 'mine')");
    let refused = restore(&archive, &target, &[]).expect_code(1);
    says(
        &refused.stderr,
        &["the target already has 1", "large objects 9000 .. 9009 (10)"],
    );
    assert_eq!(
        value(
            &target,
            "SELECT string_agg(oid::text, ' ') FROM pg_largeobject_metadata"
        ),
        "9004"
    );
    assert_eq!(value(&target, "SELECT convert_from(lo_get(9004), 'UTF8')"), "mine");
    restore(&archive, &target, &["-B"]).expect_code(0);
}

/// Options as in pg_dump: large objects are data of the database as a whole.
#[test]
fn options_choose_large_objects() {
    let (folder, source) = (Folder::new(), filled(18, "lo_options", SHAPES));
    let has = |archive: &str| {
        let entry = entries(archive).iter().any(|e| e.starts_with("LARGE OBJECTS"));
        let rows = relations(archive).contains(&"pg_catalog.pg_largeobject".to_owned());
        assert_eq!(entry, rows, "{archive}");
        entry
    };
    let dumps: [(&str, &[&str], bool); 10] = [
        ("all", &[], true),
        ("B", &["-B"], false),
        ("bB", &["-b", "-B"], true),
        ("s", &["-s"], false),
        ("sb", &["-s", "-b"], false),
        ("a", &["-a"], true),
        ("aB", &["-a", "--no-large-objects"], false),
        ("t", &["-t", "t"], false),
        ("tb", &["-t", "t", "--large-objects"], true),
        ("n", &["-n", "public"], false),
    ];
    for (name, options, expected) in dumps {
        let archive = folder.dump(&source, &format!("{name}.pgark"), options);
        assert_eq!(has(&archive), expected, "{options:?}");
    }
    let all = folder.file("all.pgark");
    let count = "SELECT count(*) FROM pg_largeobject_metadata";
    let restores: [(&[&str], &str); 5] = [
        (&["-B"], "0"),
        (&["-s"], "0"),
        (&["-s", "-b"], "0"),
        (&["-t", "t"], "0"),
        (&["-t", "t", "-b"], "10"),
    ];
    for (options, expected) in restores {
        let copy = Database::create(18, "lo_options_copy");
        restore(&all, &copy, options).expect_code(0);
        assert_eq!(value(&copy, count), expected, "{options:?}");
        if options.contains(&"-B") {
            run(&["compare", &all, &copy.conninfo()], &["-B"]).expect_code(0);
            run(&["compare", &all, &copy.conninfo()], &[]).expect_code(3);
        }
    }
    // Rows into tables that are there, large objects made: from a whole archive and from one of data alone.
    for archive in ["all.pgark", "a.pgark"] {
        let copy = filled(18, "lo_data", "CREATE TABLE t (a int, o oid)");
        restore(&folder.file(archive), &copy, &["--data-only"]).expect_code(0);
        assert_eq!(value(&copy, "SELECT o FROM t"), "9001");
        same_content(&source, &copy);
    }
    let empty = Database::create(18, "lo_no_table");
    let refused = restore(&folder.file("a.pgark"), &empty, &["--data-only"]).expect_code(1);
    says(&refused.stderr, &["the target has no table", "public.t"]);
    assert_eq!(value(&empty, count), "0");
}

#[test]
fn large_objects_go_through_a_pipe() {
    let (folder, source) = (Folder::new(), filled(18, "lo_pipe", SHAPES));
    source.run_script(&many_bytes(8000, 20)).expect("script");
    let bytes = std::fs::read(folder.dump(&source, "a.pgark", &[])).expect("archive");
    let copy = Database::create(18, "lo_pipe_copy");
    let output = restore_bytes(&bytes, &copy.conninfo());
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    same_content(&source, &copy);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
}

/// A role without rights beyond its own, named for its test; the connection string of a session of it.
fn ordinary_role(database: &Database, name: &str) -> String {
    let mut admin = Session::open(&database.server().conninfo("postgres"));
    if admin.value(&format!(
        "SELECT count(*)::text AS value FROM pg_roles WHERE rolname = '{name}'"
    )) == "0"
    {
        admin.execute(&format!("CREATE ROLE {name} LOGIN"));
    }
    let own = format!("user={}", database.server().user());
    let conninfo = database.conninfo();
    assert!(conninfo.contains(&own), "{conninfo}");
    conninfo.replace(&own, &format!("user={name}"))
}

/// Through the functions that everybody may call the archive is the same as from the table.
#[track_caller]
fn ordinary_roles_dump_and_restore(major: u32) {
    let role = format!("lo_ordinary_{major}");
    let source = filled(major, "lo_role", SHAPES);
    let conninfo = ordinary_role(&source, &role);
    source.run_script(&many_bytes(8000, 3)).expect("script");
    // Zeros that fill more than one call of lo_get, with something at their very ends.
    source.session().execute("SELECT lo_create(8001), lo_put(8001, 262143, 'x'), lo_put(8001, 2 * 262144, 'yz'), lo_put(8001, 1048575, '\\x00')");
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    let refused = run(&["dump", &conninfo, "-o", &file], &["-T", "t"]).expect_code(1);
    says(
        &refused.stderr,
        &[
            "the role cannot read 12 of the objects",
            "LARGE OBJECT 8000: no SELECT privilege",
            &format!("GRANT SELECT ON LARGE OBJECT 9009 TO {role}"),
        ],
    );
    assert!(!std::path::Path::new(&file).exists());
    source
        .session()
        .execute(&format!("GRANT SELECT ON LARGE OBJECT 8000 TO {role}"));
    let some = folder.file("some.pgark");
    let skipped = run(&["dump", &conninfo, "-o", &some, "--skip-unreadable"], &["-T", "t"]).expect_code(3);
    says(&skipped.stderr, &["LARGE OBJECT 8001"]);
    let partial = Database::create(major, "lo_role_partial");
    restore(&some, &partial, &[]);
    let pieces = "SELECT string_agg(DISTINCT loid::text, ' ') FROM pg_largeobject";
    assert_eq!(value(&partial, pieces), "8000");
    assert_eq!(
        value(&partial, "SELECT count(*)::text FROM pg_largeobject_metadata"),
        "12"
    );
    source.session().execute(&format!(
        "DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata WHERE oid <> 9003 LOOP \
         EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {role}', o); END LOOP; END $$"
    ));
    source.session().execute("GRANT SELECT ON LARGE OBJECT 9003 TO PUBLIC");
    run(&["dump", &conninfo, "-o", &file, "-j", "2"], &["-T", "t"]).expect_code(0);
    let from_table = folder.dump(&source, "b.pgark", &["-T", "t"]);
    run(&["compare", &file, &from_table], &[]).expect_code(0);

    // The role restores, owners and grants to others aside, and may give objects away only when it is told to.
    let copy = Database::create(major, "lo_role_copy");
    let to = ordinary_role(&copy, &role);
    run(
        &["restore", &file, "-d", &to, "-j", "2"],
        &["--no-owner", "--no-privileges"],
    )
    .expect_code(0);
    same_content(&source, &copy);
    let owners = "SELECT string_agg(DISTINCT lomowner::regrole::text, ' ') FROM pg_largeobject_metadata";
    assert_eq!(value(&copy, owners), role);
    run(&["compare", &file, &to], &["-O", "-x"]).expect_code(0);
}

#[test]
fn ordinary_roles_dump_and_restore_on_13() {
    ordinary_roles_dump_and_restore(13);
}

#[test]
fn ordinary_roles_dump_and_restore_on_18() {
    ordinary_roles_dump_and_restore(18);
}

/// Once it has given an object away the restoring role cannot write it: content comes first.
#[test]
fn a_role_restores_what_it_then_gives_away() {
    let source = filled(18, "lo_give", SHAPES);
    let given = "lo_given";
    let mut admin = Session::open(&source.server().conninfo("postgres"));
    admin.execute(&format!("CREATE ROLE {given}"));
    source.session().execute(&format!(
        "DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP \
         EXECUTE format('ALTER LARGE OBJECT %s OWNER TO {given}', o); \
         EXECUTE format('REVOKE ALL ON LARGE OBJECT %s FROM {given}', o); END LOOP; END $$"
    ));
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &["-T", "t"]);
    let copy = Database::create(18, "lo_give_copy");
    let to = ordinary_role(&copy, "lo_giver");
    admin.execute(&format!("GRANT {given} TO lo_giver WITH INHERIT TRUE, SET TRUE"));
    run(&["restore", &archive, "-d", &to], &[]).expect_code(0);
    same_content(&source, &copy);
    run(&["compare", &archive, &copy.conninfo()], &[]).expect_code(0);
}
