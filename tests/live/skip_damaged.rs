//! `restore --skip-damaged`: exactly the damaged chunks are left out and listed, everything else is there.

use std::fs;
use std::path::Path;

use pgark::archive::{Archive, ChunkRef};
use pgark::format::record::RECORD_HEADER_BYTES;

use crate::kit::{Folder, copy_text, filled, json, restore, says, value};
use crate::support::Database;
use crate::support::program::command;

/// `big` has several chunks, `child` refers to all of it, `lone` has one small chunk.
const SCRIPT: &str = "\
CREATE TABLE big AS SELECT id, repeat(md5(id::text), 8) AS a FROM generate_series(1, 120000) id;
ALTER TABLE big ADD PRIMARY KEY (id);
CREATE TABLE child (id int PRIMARY KEY, big int REFERENCES big);
INSERT INTO child SELECT id, id FROM generate_series(1, 120000, 100) id;
CREATE TABLE lone (id serial PRIMARY KEY, b text);
INSERT INTO lone (b) SELECT 'row ' || n FROM generate_series(1, 50) n;
CREATE TABLE whole (id int);
INSERT INTO whole SELECT generate_series(1, 7);
SELECT lo_from_bytea(4711, 'precious bytes');
";

fn chunks(archive: &Archive, table: &str) -> Vec<ChunkRef> {
    let found = archive.catalog().relations.iter().find(|r| match table {
        "large objects" => r.large_objects,
        table => r.name == table,
    });
    let relation = archive.manifest().relation(found.expect("table").id);
    relation.expect("rows").chunks.clone()
}

/// A copy of the archive in which one byte of the payload of each of these is another.
fn damage(file: &str, chunks: &[&ChunkRef], copy: &Path) {
    let mut bytes = fs::read(file).expect("archive");
    for chunk in chunks {
        bytes[chunk.offset as usize + RECORD_HEADER_BYTES + chunk.stored_bytes as usize / 2] ^= 0x20;
    }
    fs::write(copy, bytes).expect("damaged archive");
}

fn ids(archive: &Archive, chunks: &[ChunkRef]) -> Vec<u64> {
    let text = chunks.iter().map(|chunk| copy_text(archive, chunk)).collect::<String>();
    let id = |line: &str| line.split_once('\t').expect("tab").0.parse().expect("id");
    let mut ids: Vec<u64> = text.lines().map(id).collect();
    ids.sort_unstable();
    ids
}

/// What `table` has, as one digest: equal tables give equal ones.
fn content(database: &Database, table: &str) -> String {
    value(
        database,
        &format!("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"),
    )
}

#[test]
fn exactly_what_is_damaged_is_left_out() {
    let source = filled(18, "skip_damaged", SCRIPT);
    let folder = Folder::new();
    let file = folder.dump(&source, "good.pgark", &["-j2"]);
    let archive = Archive::open(file.as_ref()).expect("archive");
    let (big, lone) = (chunks(&archive, "big"), chunks(&archive, "lone"));
    assert!(big.len() > 2 && lone.len() == 1, "{} chunks", big.len());
    let damaged = folder.file("damaged.pgark");
    let lost = [&big[1], &lone[0], &chunks(&archive, "large objects")[0]];
    damage(&file, &lost, damaged.as_ref());

    for jobs in ["-j1", "-j3"] {
        let target = Database::create(18, "skip_damaged_copy");
        let run = restore(&damaged, &target, &["--skip-damaged", "--json", "-q", jobs]).expect_code(3);
        let report = json(&run);
        let listed = report["damaged"].as_array().expect("list");
        let rows: Vec<u64> = listed.iter().map(|d| d["rows"].as_u64().expect("rows")).collect();
        let mut expected: Vec<u64> = lost.iter().map(|chunk| chunk.rows).collect();
        let mut found = rows.clone();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{}", run.stdout);
        says(
            &run.stderr,
            &[
                &format!(
                    "left out as damaged: chunk 1 of public.big, {} rows: record ",
                    big[1].rows
                ),
                "left out as damaged: chunk 0 of public.lone, 50 rows: record ",
                "cannot restore FK CONSTRAINT",
            ],
        );
        // Only the key that refers to lost rows could not be made.
        assert_eq!(report["failures"].as_array().map(Vec::len), Some(1), "{}", run.stderr);
        assert_eq!(report["skipped"].as_array().map(Vec::len), Some(0), "{}", run.stderr);

        let kept: Vec<ChunkRef> = big.iter().filter(|c| c.chunk != 1).cloned().collect();
        let kept: Vec<String> = ids(&archive, &kept).iter().map(ToString::to_string).collect();
        let there = value(&target, "SELECT string_agg(id::text, ',' ORDER BY id) FROM big");
        assert_eq!(there, kept.join(","), "{jobs}");
        let wrong = "SELECT count(*) FROM big WHERE a IS DISTINCT FROM repeat(md5(id::text), 8)";
        assert_eq!(value(&target, wrong), "0");
        for table in ["child", "whole"] {
            assert_eq!(content(&source, table), content(&target, table), "{table}");
        }
        assert_eq!(value(&target, "SELECT count(*) FROM lone"), "0");
        assert_eq!(value(&target, "SELECT nextval('lone_id_seq')"), "51");
        let keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'p'";
        assert_eq!(value(&target, keys), value(&source, keys));
        let object = "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 4711";
        assert_eq!(value(&target, object), "1");
    }
}

#[test]
fn without_the_option_a_damaged_table_fails_as_a_whole() {
    let source = filled(18, "not_skipped", SCRIPT);
    let folder = Folder::new();
    let file = folder.dump(&source, "good.pgark", &["-j2"]);
    let archive = Archive::open(file.as_ref()).expect("archive");
    let damaged = folder.file("damaged.pgark");
    damage(&file, &[&chunks(&archive, "big")[0]], damaged.as_ref());
    let target = Database::create(18, "not_skipped_copy");
    let run = restore(&damaged, &target, &["-j1", "-q"]).expect_code(3);
    says(
        &run.stderr,
        &["error: cannot restore TABLE DATA public.big: ", "is damaged: record "],
    );
    assert_eq!(value(&target, "SELECT count(*) FROM big"), "0");
    assert_eq!(content(&source, "lone"), content(&target, "lone"));
}

#[test]
fn of_a_good_archive_nothing_is_left_out_and_a_pipe_is_refused() {
    let source = filled(18, "nothing_skipped", "CREATE TABLE t AS SELECT 1 AS a;");
    let folder = Folder::new();
    let file = folder.dump(&source, "good.pgark", &[]);
    let target = Database::create(18, "nothing_skipped_copy");
    let done = restore(&file, &target, &["--skip-damaged", "--json", "-q"]).expect_code(0);
    assert_eq!(json(&done)["damaged"].as_array().map(Vec::len), Some(0));
    assert_eq!(content(&source, "t"), content(&target, "t"));

    let piped = command(["restore", "-", "-d", &target.conninfo(), "--skip-damaged"])
        .stdin(fs::File::open(&file).expect("archive"))
        .output()
        .expect("restore");
    assert_eq!(piped.status.code(), Some(1));
    let said = String::from_utf8_lossy(&piped.stderr);
    says(
        &said,
        &["error: --skip-damaged reads the archive twice, which a pipe cannot give: save it in a file"],
    );
}
